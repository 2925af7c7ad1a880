"""What the variables of a template say to one person: dates and amounts as they are written where the person lives. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from campaigns.audience import action_needed
from campaigns.links import Links
from records.phrases import load_phrases
from records.types import Language, Subscriber

_STAFF_LOCALES: Mapping[Language, str] = {Language.ES: "es-ES", Language.EN: "en-GB"}


class Said(NamedTuple):
    """What decides the words beside the person. `facts` are the company's, in the person's language."""

    facts: Mapping[str, str]
    links: Links
    effective_date: date
    today: date


_Word = Callable[[Subscriber, Said], str | bool]


def personal(subscriber: Subscriber, said: Said, names: Sequence[str]) -> dict[str, str | bool]:
    """Those of these variables that have a value for this person."""
    pairs = zip(names, in_order(subscriber, said, tuple(names)), strict=True)
    return {name: value for name, value in pairs if value != ""}


def in_order(subscriber: Subscriber, said: Said, names: tuple[str, ...]) -> list[str | bool]:
    """What each of these variables says to this person; empty where it has no value for them."""
    return [word(subscriber, said) for word in _words_of(names)]


@lru_cache(maxsize=256)
def _words_of(names: tuple[str, ...]) -> tuple[_Word, ...]:
    return tuple(_WORDS.get(name, _nothing) for name in names)


def _nothing(_one: Subscriber, _said: Said) -> str:
    return ""


# A few locales, some hundred days and prices serve a whole audience; writing one afresh costs more than the rest of a message.


@lru_cache(maxsize=256)
def _locale(locale: str, language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(language)


@lru_cache(maxsize=8192)
def _day(day: date, locale: str, language: str) -> str:
    from babel.dates import format_date

    return _plain_blanks(format_date(day, "long", locale=_locale(locale, language)))


def day_for_staff(day: date, language: Language | str) -> str:
    """A day in a sentence for those who write campaigns: 15 de enero de 2027, 15 January 2027."""
    return _day(day, _STAFF_LOCALES[Language(language)], str(language))


@lru_cache(maxsize=8192)
def _amount(minor: int, currency: str, locale: str, language: str) -> str:
    from decimal import Decimal

    from babel.numbers import format_currency, get_currency_precision

    major = Decimal(minor).scaleb(-get_currency_precision(currency))
    return _plain_blanks(format_currency(major, currency, locale=_locale(locale, language)))


def _plain_blanks(text: str) -> str:
    """Hard blanks as plain ones, as a template would make them: here once for everybody."""
    return " ".join(text.split())


def _label(payment_method: str, language: Language, facts: Mapping[str, str]) -> str:
    given = facts.get(f"payment_{payment_method}")
    return _known_label(payment_method, language) if given is None else given or payment_method


@lru_cache(maxsize=256)
def _known_label(payment_method: str, language: Language) -> str:
    phrases, known = load_phrases("campaigns"), f"payment.{payment_method}"
    return phrases.say(known, language) if known in phrases.texts[language] else payment_method


def _day_of(one: Subscriber, day: date | None) -> str:
    return "" if day is None else _day(day, one.locale, one.language)


_WORDS: Mapping[str, _Word] = {
    "name": lambda one, _: one.name,
    "plan": lambda one, said: said.facts.get(f"plan_{one.plan}", one.plan),
    "price": lambda one, _: _amount(one.price_minor, one.currency, one.locale, one.language),
    "renewal_date": lambda one, _: _day_of(one, one.renewal_date),
    "next_charge_date": lambda one, _: _day_of(one, one.next_charge_date),
    "cutover_date": lambda one, _: _day_of(one, one.cutover_date),
    "term_end_date": lambda one, _: _day_of(one, one.term_end_date),
    "deadline_date": lambda one, _: _day_of(one, one.deadline_date),
    "effective_date": lambda one, said: _day_of(one, said.effective_date),
    "payment_method": lambda one, said: _label(one.payment_method, one.language, said.facts),
    "action_needed": lambda one, said: action_needed(one, said.today),
    "link": lambda _, said: said.links.home,
    "unsubscribe": lambda _, said: said.links.unsubscribe,
}
"""What differs from person to person; empty where they have no such thing."""

PERSONAL: tuple[str, ...] = tuple(_WORDS)
"""A fact of the company with such a name stands back."""
