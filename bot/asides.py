"""What people say about the talk itself, not about their matter: none of these, are you sure, I am still waiting. Pure."""

from datetime import datetime

from bot import identity
from bot.actions import Action
from bot.answering import failures_of
from bot.events import Talk
from bot.follow_up import topic_of
from bot.handing import hand_over
from bot.replies import moment_text, person_choice, remember, say
from bot.rules import Heard
from records.types import CaseState, Reason

_TURNED = 2
"""Failures from which on an answer or the titles have been turned down, and other words asked for, already."""


def met(talk: Talk, heard: Heard, text: str, now: datetime) -> tuple[Action, ...]:
    """What we say to it; nothing where it means nothing as things stand, and is read as any other message."""
    match heard.aside:
        case "turned":
            return _turned(talk, now)
        case "no" if failures_of(talk):
            return _turned(talk, now)
        case "no":
            return say(talk, "talk.fine", Reason.SMALL_TALK)
        case "yes":
            return say(talk, "talk.help", Reason.SMALL_TALK)
        case "sure" if (topic := topic_of(talk)) is not None and topic.place:
            return say(talk, "aside.sure", Reason.SMALL_TALK, choices=(person_choice(talk.language),))
        case "asking" if talk.case is None:
            return say(talk, "aside.asking", Reason.SMALL_TALK)
        case "staying" if waits(talk):
            return hand_over(talk, Reason.LOW_CONFIDENCE, text, now)
        case "staying":
            return say(talk, "aside.staying", Reason.SMALL_TALK, choices=(person_choice(talk.language),))
        case "without" if talk.conversation.memory.get("proof_step"):
            kept = remember(proof_step=None, pending=None, pending_topics=None)
            return (kept, *say(talk, "proof.without", Reason.UNVERIFIED, choices=(person_choice(talk.language),)))
        case _:
            return ()


def waits(talk: Talk) -> bool:
    """Is a case of theirs open, and a time promised?"""
    return talk.case is not None and talk.case.state is CaseState.OPEN and talk.case.promised_at is not None


def own_case(talk: Talk, text: str, now: datetime) -> tuple[Action, ...]:
    """How their case stands. The one of this very conversation may be spoken of without further proof."""
    case = talk.case
    if case is None or case.promised_at is None:
        return identity.ask_for_proof(talk, text, ("case",))
    when = moment_text(case.promised_at, now, talk.language, talk.policy.hours.time_zone)
    return say(talk, "own.case_open", Reason.OWN_RECORD, code=case.code, when=when)


def _turned(talk: Talk, now: datetime) -> tuple[Action, ...]:
    """The answer, or the titles, were not it: in other words, once; then a person."""
    asked, topic = talk.conversation.memory.get("asked"), topic_of(talk)
    meant = str(asked) if failures_of(talk) and asked else topic.question if topic else ""
    if failures_of(talk) >= _TURNED:
        return hand_over(talk, Reason.REPEATED_FAILURE, meant, now)
    if not meant:
        return say(talk, "talk.help", Reason.SMALL_TALK)
    kept = remember(failures=_TURNED, asked=meant, topic=None, walk=None)
    return (kept, *say(talk, "aside.turned", Reason.CHOICES, choices=(person_choice(talk.language),)))
