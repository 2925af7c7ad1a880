"""Handing over: a case is opened, or the matter joins the open one; the person is told the code and the promised time. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from bot.actions import Action, AddToCase, OpenCase
from bot.events import Talk
from bot.hours import promise
from bot.replies import moment_text, phrase, say, stamp_text
from records.phrases import load_phrases
from records.types import HOLDING_KINDS, Case, CaseState, Language, Reason

STAMPED = frozenset({Reason.CANCELLATION, Reason.OBJECTION, Reason.ERASURE})
"""Acts whose date counts: stamped at the first message and acknowledged with that date."""

SILENT_KINDS = frozenset({Reason.LOW_CONFIDENCE, Reason.NO_SOURCE, Reason.REPEATED_FAILURE, Reason.VIP})
"""Questions we had no answer to, nothing that was done to the person."""

_BEFORE_MONEY = frozenset({Reason.FRAUD, Reason.BEREAVEMENT})
_ABOUT_MONEY = frozenset({Reason.DOUBLE_CHARGE, Reason.DISPUTE})
"""A case about money that was taken takes the kind of a fraud or a death told later: it comes first then. No dated act does."""

_LONGEST_SUMMARY = 1_500
_QUOTE_OR_KINDS = re.compile("«[^»]*»|^[^«\\n]+", re.MULTILINE)


@dataclass(frozen=True)
class _Step:
    """What becomes of the case, and the phrase that tells the person."""

    case: OpenCase | AddToCase
    key: str
    told: dict[str, Any]


def hand_over(
    talk: Talk, reason: Reason, text: str, now: datetime, also: tuple[Reason, ...] = ()
) -> tuple[Action, ...]:
    """To a person. `also`: further matters of the same message."""
    step = _step(talk, reason, text, now, also)
    return (step.case, *say(talk, step.key, reason, **step.told))


def open_or_join(talk: Talk, reason: Reason, text: str, now: datetime) -> tuple[OpenCase | AddToCase, str]:
    """The same for a part of a message: the case, and the sentence about it to put beside what else is said."""
    step = _step(talk, reason, text, now, ())
    return step.case, phrase("handoff.part", talk.language, **step.told)


def _step(talk: Talk, reason: Reason, text: str, now: datetime, also: tuple[Reason, ...]) -> _Step:
    if talk.case is not None and talk.case.state is CaseState.OPEN:
        return _join(talk, talk.case, reason, text, now)
    promised = promise(now, talk.policy.hours, talk.policy.first_reply_minutes)
    opened = OpenCase(reason, summary_of(talk, reason, text, also), promised)
    return _Step(opened, f"handoff.{reason.value}", _told(talk, promised, now))


def summary_of(talk: Talk, reason: Reason, text: str, also: tuple[Reason, ...]) -> str:
    """What staff read first, in the desk's language: the person's own words, and what else the rules heard in them."""
    kinds = " + ".join(phrase(f"kind.{one.value}", talk.policy.staff_language) for one in (reason, *also))
    words = text.strip()[:_LONGEST_SUMMARY]
    return f"{kinds}: «{words}»" if words else kinds


def summary_in(summary: str, language: Language) -> str:
    """A summary for one reader: its kinds in their language, in whichever it was written; the person's words untouched."""
    return _QUOTE_OR_KINDS.sub(lambda found: _kinds_in(found[0], language), summary)


def _kinds_in(text: str, language: Language) -> str:
    kinds = text.removesuffix(": ")
    keys = [_kind_keys().get(kind) for kind in kinds.split(" + ")]
    told = " + ".join(phrase(key, language) for key in keys if key)
    return text if None in keys else told + text.removeprefix(kinds)


@cache
def _kind_keys() -> dict[str, str]:
    """The key of every kind, by its words in any language."""
    spoken = load_phrases("bot").texts.values()
    return {text: key for texts in spoken for key, text in texts.items() if key.startswith("kind.")}


def headline_of(case: Case, language: Language) -> str:
    """What one line says of a case beside its kind: the words that gave it that kind, the first ones where none did."""
    lines = summary_in(case.summary, language).split("\n")
    kind = phrase(f"kind.{case.kind.value}", language)
    line = next((line for line in lines if line.startswith((f"{kind}:", f"{kind} +"))), lines[0])
    return line.removeprefix(f"{kind}: ")


def _join(talk: Talk, case: Case, reason: Reason, text: str, now: datetime) -> _Step:
    weightier = (
        case.kind in SILENT_KINDS | {Reason.PERSON}
        or (case.kind not in HOLDING_KINDS and reason in HOLDING_KINDS)
        or (case.kind in _ABOUT_MONEY and reason in _BEFORE_MONEY)
    )
    kind = reason if weightier and reason not in SILENT_KINDS else case.kind
    promised = case.promised_at if case.promised_at and case.promised_at > now else None
    again = promised or promise(now, talk.policy.hours, talk.policy.first_reply_minutes)
    line = AddToCase(case.id, summary_of(talk, reason, text, ()), kind, again)
    return _Step(line, _joined_key(case, reason), _told(talk, again, now) | {"code": case.code})


def _joined_key(case: Case, reason: Reason) -> str:
    """A matter new to the case is met like any other: with its regret, its stamp, or what to do at once."""
    if reason not in SILENT_KINDS and reason is not case.kind:
        return f"handoff.{reason.value}"
    return "handoff.joined_act" if reason in STAMPED else "handoff.joined"


def _told(talk: Talk, promised: datetime, now: datetime) -> dict[str, Any]:
    zone = talk.policy.hours.time_zone
    return {
        "code": talk.next_case_code,
        "when": moment_text(promised, now, talk.language, zone),
        "stamp": stamp_text(now, talk.language, zone),
    }
