"""What must be right before a campaign may be submitted. Pure: a plan, its templates and people in, findings out.

A finding says where, what and what to do; an `error` refuses the plan, a `warning` does not.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from campaigns.audience import STAFF_FIELD, Person, is_staff, why_not
from campaigns.calendar import anchor_day
from campaigns.content import Content, values_for
from campaigns.errors import TemplateError
from campaigns.finding import Country, Finding, Seen, Severity, refusal, warning
from campaigns.links import Links
from campaigns.plan import Anchor, Plan, Stage
from campaigns.templates import Filled, Template
from channels.render import odd_letters, segments
from knowledge.text import fold
from records.hours import Window, hours_for
from records.types import ChannelName, MessageClass, Subscriber

_CHANNELS = frozenset({ChannelName.EMAIL, ChannelName.SMS, ChannelName.TELEGRAM})
_OPT_OUT = re.compile(r"\b(BAJA|STOP|PARAR|ALTO)\b")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_URL = re.compile(r"\bhttps?://[^\s)\]>\"']+")


def refused(findings: Iterable[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


_PASSED = frozenset({"opens_in_past", "effective_in_past"})


def after_approval(findings: Iterable[Finding]) -> list[Finding]:
    """What still matters of a plan that is approved as it stands: that its days have passed is what they were for."""
    return [finding for finding in findings if finding.code not in _PASSED]


def check(
    content: Content, people: Iterable[Person], links: Callable[[Subscriber], Links], now: date, window: Window
) -> list[Finding]:
    """Everything there is to say about a plan, errors first. `people`: the whole register; `window`: when they may go out."""
    meant = [person.subscriber for person in people if why_not(content.plan, person) is None]
    found = [
        *_shares(content),
        *_stages(content),
        *_dates(content, now),
        *_hours(content.plan, window),
        *_legal_hours(content.plan, window, meant),
        *_notice(content, meant, now),
        *_moves(content, meant),
        *_near_charges(content, meant),
        *_languages(content, meant),
    ]
    found += [*_same_variables(content), *_opt_outs(content), *_people(content, meant, links, now)]
    return sorted(found, key=lambda finding: finding.severity is Severity.WARNING)


# ---------------------------------------------------------------- the plan alone


def _shares(content: Content) -> Iterator[Finding]:
    total = sum((wave.share for wave in content.plan.waves), Decimal(0))
    if total != 100:
        yield refusal("shares", "waves", total=total.normalize())
    yield from _twice("wave", [wave.name for wave in content.plan.waves])


def _twice(kind: str, names: Sequence[str]) -> Iterator[Finding]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield refusal("twice", f"{kind}s.{name}", name=name)


def _stages(content: Content) -> Iterator[Finding]:
    yield from _twice("stage", [stage.name for stage in content.plan.stages])
    last: dict[Anchor, Stage] = {}
    for stage in content.plan.stages:
        where = f"stages.{stage.name}"
        for channel in stage.channels:
            if channel not in _CHANNELS:
                yield refusal("channel", where, channel=channel)
        before = last.get(stage.anchor)
        if before is not None and before.offset >= stage.offset:
            yield refusal("order", where, name=stage.name, before=before.name)
        last[stage.anchor] = stage
        if stage.anchor is Anchor.WAVE and stage.offset < 0:
            yield refusal("before_wave", where, name=stage.name)


def _dates(content: Content, now: date) -> Iterator[Finding]:
    days = content.plan.opening_days()
    if days[0] < now:
        yield warning("opens_in_past", "opens", day=days[0])
    if content.plan.effective_date < now:
        yield refusal("effective_in_past", "effective_date", day=content.plan.effective_date)
    if days[-1] > content.plan.effective_date and _announces(content):
        yield warning("last_wave_late", "waves", day=days[-1], effective=content.plan.effective_date)


def _hours(plan: Plan, window: Window) -> Iterator[Finding]:
    """What is due outside the hours waits for them; what announces the next day would be wrong by then (calendar.expiry)."""
    hours = {"at": plan.at, "opens": window.opens, "closes": window.closes}
    if plan.at < window.opens:
        yield warning("at_early", "at", **hours)
    if plan.at >= window.closes:
        yield warning("at_late", "at", **hours)
        for stage in plan.stages:
            if stage.offset == -1:
                yield refusal("at_never", f"stages.{stage.name}", name=stage.name, **hours)


def _legal_hours(plan: Plan, window: Window, meant: Sequence[Subscriber]) -> Iterator[Finding]:
    """By country whose law narrows the hours, the people to whom `at` comes outside them on some day that has any.

    `at` is an hour where each person lives, so their zones change nothing.
    """
    by_country: dict[str, Seen] = defaultdict(Seen)
    for one in meant:
        by_country[one.country.upper()].add(one)
    for country, seen in sorted(by_country.items()):
        days = [day for day in hours_for(window, country, plan.message_class).week if day]
        if any(day != window and not day.opens <= plan.at < day.closes for day in days):
            span = {"opens": max(day.opens for day in days), "closes": min(day.closes for day in days)}
            people = {"count": seen.count, "people": ", ".join(seen.first)}
            yield warning("at_law", "at", country=Country(country), at=plan.at, **span, **people)


def _announces(content: Content) -> bool:
    return any(stage.anchor is Anchor.WAVE for stage in content.plan.stages)


# ---------------------------------------------------------------- what the law and the contract ask


@cache
def notice_table() -> tuple[tuple[MessageClass, str, int, str], ...]:
    """(class, country or empty, days, source)."""
    data = tomllib.loads((resources.files("campaigns") / "law.toml").read_text(encoding="utf-8"))
    return tuple((MessageClass(row["class"]), row["country"], row["days"], row["source"]) for row in data["notice"])


def notice_of(content: Content) -> tuple[int, str]:
    """Days of notice this plan owes, and where that stands; 0 if none. The plan may ask for more, never for less."""
    rows = [(days, source) for of_class, _, days, source in notice_table() if of_class is content.plan.message_class]
    days, source = max(rows, default=(0, ""))
    own = content.plan.notice_days or 0
    return (own, "notice_days") if own > days else (days, source)


def _notice(content: Content, meant: Sequence[Subscriber], now: date) -> Iterator[Finding]:
    days, source = notice_of(content)
    plan = content.plan
    if not days:
        return
    if plan.message_class is MessageClass.DEBIT_NOTICE:
        first = next((stage for stage in plan.stages if stage.anchor is Anchor.NEXT_CHARGE), None)
        if first is None or -first.offset < days:
            yield refusal("debit_notice", f"stages.{(first or plan.stages[0]).name}", days=days, source=source)
        return
    if own_days(plan):
        yield from _own_notice(content, meant, now)
        return
    # A day more than the notice: in the last zone of the world the message goes out a day after the company's.
    deadline = plan.effective_date - timedelta(days=days)
    latest = min((_latest(content, stage) for stage in plan.stages if not stage.anchor.personal), default=None)
    if _moved_closer(content):
        # Who was told a later day has to hear the new one as early as the law asks; in the last zone that is a day from now.
        latest = max(latest or now, now + timedelta(days=1))
    if latest is None or latest > deadline:
        yield refusal("notice", "opens", days=days, source=source, deadline=deadline, latest=latest or "-")


def own_days(plan: Plan) -> bool:
    """Does every message count from a date that each person has of their own, and none from the day of the change?"""
    return all(stage.anchor.personal and not stage.anchor.event for stage in plan.stages)


def _own_notice(content: Content, meant: Sequence[Subscriber], now: date) -> Iterator[Finding]:
    """Whatever is announced about a person's own day is announced early enough before that day."""
    (days, source), plan = notice_of(content), content.plan
    opens = [max(day, now) for day in plan.opening_days()]
    for anchor in dict.fromkeys(stage.anchor for stage in plan.stages):
        first = next(stage for stage in plan.stages if stage.anchor is anchor)
        if -first.offset < days:
            yield refusal("own_notice", f"stages.{first.name}", days=days, source=source)
            continue
        near = Seen()
        for person in meant:
            day = anchor_day(anchor, person, plan.effective_date, now)
            # The dates come with the subscribers, so the plan is not refused for them.
            if day is not None and day - timedelta(days=days) < opens[_wave(plan, person)]:
                near.add(person)
        if near.count:
            yield warning(
                "own_day_near", f"stages.{first.name}", count=near.count, people=", ".join(near.first), days=days
            )


def _wave(plan: Plan, person: Subscriber) -> int:
    return plan.wave_of(person.id, staff=is_staff(person.fields.get(STAFF_FIELD, "")))


def _moved_closer(content: Content) -> bool:
    correction = content.correction
    return correction is not None and any(day > content.plan.effective_date for day in correction.dates)


def _moves(content: Content, meant: Sequence[Subscriber]) -> Iterator[Finding]:
    """A day that is put off does not put off anybody's own move: those come with the subscribers."""
    correction, day = content.correction, content.plan.effective_date
    if correction is None or not correction.dates:
        return
    early = Seen()
    for person in meant:
        if person.cutover_date is not None and person.cutover_date < day and person.moved_at is None:
            early.add(person)
    if early.count:
        yield warning("moves_before", "subscribers", count=early.count, people=", ".join(early.first), day=day)


CHARGE_DISTANCE = timedelta(days=3)
"""Nobody moves so close to a payment, before or after it: one side could charge what the other has charged already."""


def _near_charges(content: Content, meant: Sequence[Subscriber]) -> Iterator[Finding]:
    """The dates come with the subscribers, so the plan is not refused for them."""
    near = Seen()
    for person in meant if content.plan.about_the_move else ():
        move, charge = person.cutover_date, person.next_charge_date
        if person.moved_at is None and move and charge and abs(move - charge) <= CHARGE_DISTANCE:
            near.add(person)
    if near.count:
        yield warning(
            "near_charge", "subscribers", count=near.count, people=", ".join(near.first), days=CHARGE_DISTANCE.days
        )


def _latest(content: Content, stage: Stage) -> date:
    """The day the last person is told by this stage, if no gate asks to wait."""
    last_wave = content.plan.opening_days()[-1]
    if stage.anchor is Anchor.WAVE:
        return last_wave + timedelta(days=stage.offset)
    return max(content.plan.effective_date + timedelta(days=stage.offset), last_wave)


# ---------------------------------------------------------------- templates


def _languages(content: Content, meant: Sequence[Subscriber]) -> Iterator[Finding]:
    spoken = sorted({person.language for person in meant})
    for stage in content.stages:
        for language in spoken:
            if f"{stage.template}.{language}" not in content.templates:
                yield refusal("no_template", f"templates/{stage.template}.{language}.md", spoken=language)


def _by_name(content: Content) -> dict[str, list[str]]:
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for key in sorted(content.templates):
        keys[key.rpartition(".")[0]].append(key)
    return keys


def _same_variables(content: Content) -> Iterator[Finding]:
    for keys in _by_name(content).values():
        first = content.templates[keys[0]]
        for key in keys[1:]:
            odd = first.uses.all ^ content.templates[key].uses.all
            if odd:
                where = content.templates[key].source.where
                yield refusal("variables_differ", where, other=first.source.where, names=", ".join(sorted(odd)))


def _opt_outs(content: Content) -> Iterator[Finding]:
    used = {stage.template for stage in content.stages}
    for template in content.templates.values():
        source, channels = template.source, _channels_of(content, template.source.name)
        if source.name not in used:
            continue
        if ChannelName.SMS in channels and not source.sms:
            yield refusal("no_sms", source.where)
        if content.plan.message_class.mandatory:
            yield from _offers(template)
            continue
        if channels - {ChannelName.SMS} and "unsubscribe" not in template.uses.all:
            yield refusal("no_unsubscribe", source.where)
        if ChannelName.SMS in channels and source.sms and not _OPT_OUT.search(source.sms):
            yield refusal("no_stop_word", source.where)


def _offers(template: Template) -> Iterator[Finding]:
    """What must be said reaches people who asked not to be sold anything."""
    text = " ".join(part for _, part in template.source.parts)
    found = _selling().search(fold(text))
    if found:
        yield refusal("sells", template.source.where, words=found.group().strip())


@cache
def _selling() -> re.Pattern[str]:
    rows = tomllib.loads((resources.files("campaigns") / "law.toml").read_text(encoding="utf-8"))
    return re.compile("|".join(rf"\b(?:{words})" for words in rows["selling"]["words"]))


def _channels_of(content: Content, template: str) -> set[ChannelName]:
    return {channel for stage in content.stages if stage.template == template for channel in stage.channels}


# ---------------------------------------------------------------- the dry run: every person


def _people(
    content: Content, meant: Sequence[Subscriber], links: Callable[[Subscriber], Links], now: date
) -> Iterator[Finding]:
    """Every message is filled for every person who can get it; what goes wrong is told once, with how many and who first."""
    if not meant:
        yield refusal("nobody", "audience")
    seen: defaultdict[tuple[Severity, str, str, str], Seen] = defaultdict(Seen)
    for person in meant:
        values = values_for(content, person, links(person), now)
        for name in dict.fromkeys(stage.template for stage in content.stages if _has_day(content, stage, person, now)):
            template = content.templates.get(f"{name}.{person.language}")
            if template is None:
                continue
            try:
                filled = template.fill(values)
            except TemplateError as error:
                seen[Severity.ERROR, "cannot_fill", template.source.where, str(error)].add(person)
                continue
            for severity, code, detail in _filled(content, name, filled):
                seen[severity, code, template.source.where, detail].add(person)
    for (severity, code, where, detail), people in seen.items():
        fields = (("detail", detail), ("count", str(people.count)), ("people", ", ".join(people.first)))
        yield Finding(severity, code, where, fields)


def _has_day(content: Content, stage: Stage, person: Subscriber, now: date) -> bool:
    """Who lacks the date a stage counts from gets nothing from it, so need not have what its text says either."""
    if not stage.anchor.personal or stage.anchor.event:
        return True
    return anchor_day(stage.anchor, person, content.plan.effective_date, now) is not None


def _filled(content: Content, name: str, filled: Filled) -> Iterator[tuple[Severity, str, str]]:
    channels = _channels_of(content, name)
    if ChannelName.SMS in channels and filled.sms:
        odd = odd_letters(filled.sms)
        if segments(filled.sms).count > content.plan.sms_segments:
            yield Severity.ERROR, "sms_long", str(content.plan.sms_segments)
        if odd:
            yield Severity.WARNING, "sms_letters", odd
    for url in {*_URL.findall(filled.text), *_URL.findall(filled.sms), *(address for _, address in filled.links)}:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "mailto") and parts.hostname not in _LOOPBACK:
            yield Severity.ERROR, "not_https", f"{parts.scheme or '-'}://{parts.hostname or url[:40]}"
