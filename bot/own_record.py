"""Answers from the person's own record, and what each identity opens. Pure.

A fact that is not there is said not to be there; a fact this proof does not open is asked a stronger proof for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.events import OwnRecord
from bot.replies import day_text, moment_text, money_text, phrase
from records.needs import Need
from records.types import Language, Subscriber
from subscribers.topics import Topic

DOOR: dict[str, Topic] = {
    "cutover": Topic.MOVE,
    "must_act": Topic.MUST_ACT,
    "renewal": Topic.CONTRACT,
    "term_end": Topic.CONTRACT,
    "deadline": Topic.CONTRACT,
    "next_charge": Topic.MONEY,
    "price": Topic.MONEY,
    "plan": Topic.CONTRACT,
    "payment": Topic.MONEY,
    "sent": Topic.SENT,
    "case": Topic.SENT,
}
"""Which door each topic of the talk goes through; what proof a door needs is said in subscribers.access."""


@dataclass(frozen=True)
class _Page:
    """What one line is written from: the record as far as this topic's proof opens it, and whom it is for."""

    person: Subscriber
    record: OwnRecord
    language: Language
    now: datetime
    plan_name: Callable[[str, Language], str]


def tell(
    topics: tuple[str, ...],
    record: OwnRecord,
    language: Language,
    now: datetime,
    plan_name: Callable[[str, Language], str],
) -> str:
    """One line a topic, under a heading that says how old the record is."""
    lines = [_TELLERS[topic](_Page(record.facts[topic], record, language, now, plan_name)) for topic in topics]
    person = record.facts[topics[0]]
    on = day_text(record.on.astimezone(ZoneInfo(person.time_zone)).date(), _locale(person, language))
    heading = phrase("own.heading", language, date=on)
    return "\n".join([heading, *lines])


def _locale(person: Subscriber, language: Language) -> str:
    """The person's own locale while they speak its language; else the plain locale of the language they speak."""
    own = person.locale
    return own if own[:2] == language.value else {"es": "es_ES", "en": "en_GB"}[language.value]


def _cutover(page: _Page) -> str:
    person, language = page.person, page.language
    if person.moved_at is not None:
        moved = person.moved_at.astimezone(ZoneInfo(person.time_zone)).date()
        return phrase("own.moved", language, date=day_text(moved, _locale(person, language)))
    if person.cutover_date is None:
        return phrase("own.no_cutover", language)
    return phrase("own.cutover", language, date=day_text(person.cutover_date, _locale(person, language)))


def _must_act(page: _Page) -> str:
    person, language = page.person, page.language
    keys = {Need.AUTOMATIC: "own.act_none", Need.NOTICE: "own.act_notice", Need.RE_ENTER: "own.act_re_enter"}
    return phrase(keys[page.record.need], language, method=_method(person, language))


def _day_of(topic: str, day_of: Callable[[Subscriber], date | None]) -> Callable[[_Page], str]:
    """A line that is one date of the record."""

    def tell_day(page: _Page) -> str:
        day = day_of(page.person)
        if day is None:
            return phrase(f"own.no_{topic}", page.language)
        return phrase(f"own.{topic}", page.language, date=day_text(day, _locale(page.person, page.language)))

    return tell_day


def _next_charge(page: _Page) -> str:
    person, language = page.person, page.language
    if person.next_charge_date is None:
        return phrase("own.no_charge", language)
    day = day_text(person.next_charge_date, _locale(person, language))
    return phrase("own.next_charge", language, date=day, amount=_amount(person, language))


def _price(page: _Page) -> str:
    person, language = page.person, page.language
    return phrase("own.price", language, amount=_amount(person, language))


def _plan(page: _Page) -> str:
    person, language = page.person, page.language
    plan = page.plan_name(person.plan, language)
    return phrase("own.plan", language, plan=plan) if plan else phrase("own.no_plan", language)


def _payment(page: _Page) -> str:
    person, language = page.person, page.language
    if not person.payment_method:
        return phrase("own.no_payment", language)
    return phrase("own.payment", language, method=_method(person, language)) + " " + _must_act(page)


def _sent(page: _Page) -> str:
    person, language = page.person, page.language
    if not page.record.sent:
        return phrase("own.no_sent", language)
    zone = ZoneInfo(person.time_zone)
    lines = [
        phrase(
            "own.sent_line",
            language,
            date=day_text(one.at.astimezone(zone).date(), _locale(person, language)),
            channel=phrase(f"channel.{one.channel.value}", language),
            name=one.campaign_name or phrase("own.reply", language),
        )
        for one in page.record.sent
    ]
    return "\n".join([phrase("own.sent", language), *lines])


def _case(page: _Page) -> str:
    person, language = page.person, page.language
    if not page.record.cases:
        return phrase("own.no_case", language)
    lines = []
    for case in page.record.cases:
        promised = case.promised_at or case.opened_at
        when = moment_text(promised, page.now, language, person.time_zone)
        key = "own.case_claimed" if case.claimed_by else "own.case_open"
        lines.append(phrase(key, language, code=case.code, when=when))
    return "\n".join(lines)


def _amount(person: Subscriber, language: Language) -> str:
    return money_text(person.price_minor, person.currency, _locale(person, language))


def _method(person: Subscriber, language: Language) -> str:
    known = {"card", "paypal", "sepa", "apple_pay", "google_pay", "bizum", "transfer"}
    method = person.payment_method
    return phrase(f"method.{method}", language) if method in known else method or phrase("method.none", language)


_TELLERS: dict[str, Callable[[_Page], str]] = {
    "cutover": _cutover,
    "must_act": _must_act,
    "renewal": _day_of("renewal", lambda person: person.renewal_date),
    "term_end": _day_of("term_end", lambda person: person.term_end_date),
    "deadline": _day_of("deadline", lambda person: person.deadline_date),
    "next_charge": _next_charge,
    "price": _price,
    "plan": _plan,
    "payment": _payment,
    "sent": _sent,
    "case": _case,
}
