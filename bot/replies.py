"""How the bot puts things: the notice in its first words, promised times as people write them, buttons. Pure."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.actions import Action, Remember, Say
from bot.events import Talk
from records.phrases import load_phrases
from records.types import Choice, Citation, Language, Reason

ACT = "act:"
"""Before the kind of an act, in the data of a choice."""

_LOCALES = {Language.ES: "es_ES", Language.EN: "en_GB"}


def phrase(key: str, language: Language, **fields: object) -> str:
    return load_phrases("bot").say(key, language, **fields)


def say(
    talk: Talk, key: str, reason: Reason, *, choices: tuple[Choice, ...] = (), **fields: object
) -> tuple[Action, ...]:
    """One turn made of our own words."""
    return speak(talk, Say(phrase(key, talk.language, **fields), reason, choices=choices))


def speak(talk: Talk, turn: Say) -> tuple[Action, ...]:
    """The turn; before the very first one, that an automatic assistant is speaking. What it offers may be typed, too."""
    memory = talk.conversation.memory
    if memory.get("masked"):
        turn = replace(turn, text=f"{turn.text}\n\n{phrase('masked', talk.language)}")
    if not memory.get("greeted"):
        notice = phrase("notice", talk.language, company=talk.policy.company)
        turn = replace(turn, text=f"{notice}\n\n{turn.text}")
    offered = [[choice.data, choice.label] for choice in turn.choices] or None
    return (turn, remember(offered=offered, greeted=True, masked=None, beyond=None))


def answer(
    talk: Talk, text: str, citations: tuple[Citation, ...], confidence: float, choices: tuple[Choice, ...] = ()
) -> tuple[Action, ...]:
    """An answer from a source: it can be judged, and a person is one tap away."""
    if not citations:
        raise ValueError("an answer without a citation is not an answer")
    return speak(talk, Say(text, Reason.ANSWERED, citations, choices, rateable=True, confidence=confidence))


def remember(**facts: object) -> Remember:
    return Remember(tuple(facts.items()))


def person_choice(language: Language) -> Choice:
    return Choice("person", phrase("choice.person", language))


def act_choice(kind: Reason, language: Language) -> Choice:
    """A person is to look at what sounds like this kind of act."""
    return Choice(f"{ACT}{kind.value}", phrase("choice.act", language))


def moment_text(moment: datetime, now: datetime, language: Language, time_zone: str) -> str:
    """A promised time as people say it: the hour alone today, with the day otherwise; in the desk's zone."""
    from babel.dates import format_date

    zone, locale = ZoneInfo(time_zone), _LOCALES[language]
    local = moment.astimezone(zone)
    hour = local.time()
    if local.date() == now.astimezone(zone).date():
        return phrase("moment.today", language, hour=hour)
    skeleton = "EEEE d 'de' MMMM" if language is Language.ES else "EEEE d MMMM"
    return phrase("moment.day", language, day=format_date(local.date(), skeleton, locale=locale), hour=hour)


def stamp_text(moment: datetime, language: Language, time_zone: str) -> str:
    """The moment of an act, always with its day and year."""
    from babel.dates import format_datetime

    local = moment.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    return str(format_datetime(local, "d MMM y, HH:mm", locale=_LOCALES[language]))


def day_text(day: date, locale: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, "long", locale=babel_locale(locale)))


def money_text(minor: int, currency: str, locale: str) -> str:
    from babel.numbers import format_currency, get_currency_precision

    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(format_currency(amount, currency, locale=babel_locale(locale)))


def babel_locale(locale: str) -> str:
    """`es-MX` as babel names it; one it does not know falls back to its language."""
    from babel import Locale, UnknownLocaleError

    name = locale.replace("-", "_")
    try:
        return str(Locale.parse(name))
    except (UnknownLocaleError, ValueError):
        return name[:2] if name[:2] in ("es", "en") else "en"
