"""Showing who one is, inside the talk: an e-mail address, a six-digit code sent there, and the question goes on. Pure.

What is said never depends on whether the address is somebody's.
"""

import re

from bot.actions import Action, Bind, CountWrongCode, DropCode, ReadRecord, SendCode
from bot.events import MessageReceived, Talk
from bot.replies import remember, say
from records.types import Choice, Reason

_LONGEST_LABEL = 120  # characters of a question that may stand on a button

MOST_CODES = 3
"""Codes asked for in one conversation before only a person can help."""

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})(?!\d)")


def email_in(text: str) -> str:
    """The first e-mail address of the text in lower case, or empty."""
    match = _EMAIL.search(text)
    return match.group().rstrip(".").lower() if match else ""


def code_in(text: str) -> str:
    """Six digits standing alone, or empty."""
    match = _CODE.search(text)
    return match[1] + match[2] if match else ""


def ask_for_proof(talk: Talk, question: str, topics: tuple[str, ...]) -> tuple[Action, ...]:
    """Why we ask, and what for; the question waits."""
    kept = remember(proof_step="email", pending=question, pending_topics=list(topics))
    return (kept, *say(talk, "proof.ask_email", Reason.UNVERIFIED))


def go_on_proving(talk: Talk) -> tuple[Action, ...]:
    """The button that starts the proof; what waits for it goes on waiting."""
    return (remember(proof_step="email"), *say(talk, "proof.ask_email", Reason.UNVERIFIED))


def proving(talk: Talk, event: MessageReceived) -> tuple[Action, ...]:
    """The next step of the proof, if one is under way and the message belongs to it."""
    step = talk.conversation.memory.get("proof_step")
    email = email_in(event.text)
    if step in ("email", "code") and email:
        return _send(talk, email)
    if step in ("email", "code") and code_in(event.text):
        return _judge(talk, event)
    return ()


def _send(talk: Talk, email: str) -> tuple[Action, ...]:
    sent = int(str(talk.conversation.memory.get("codes_sent") or 0))
    if sent >= MOST_CODES:
        return (remember(proof_step=None), *say(talk, "proof.too_many", Reason.UNVERIFIED))
    return (
        SendCode(email),
        remember(proof_step="code", codes_sent=sent + 1),
        *say(talk, "proof.code_sent", Reason.UNVERIFIED),
    )


def _judge(talk: Talk, event: MessageReceived) -> tuple[Action, ...]:
    if event.code == "right":
        return (Bind(event.code_subscriber), DropCode(), remember(proof_step=None, codes_sent=None), *_go_on(talk))
    if event.code == "wrong":
        return (CountWrongCode(), *say(talk, "proof.wrong_code", Reason.UNVERIFIED))
    return (DropCode(), remember(proof_step="email"), *say(talk, "proof.dead_code", Reason.UNVERIFIED))


def _go_on(talk: Talk) -> tuple[Action, ...]:
    memory = talk.conversation.memory
    topics = memory.get("pending_topics")
    if isinstance(topics, list) and topics:
        return (ReadRecord(str(memory.get("pending") or ""), tuple(str(topic) for topic in topics)),)
    pending = str(memory.get("pending") or "")
    again = (Choice("again", pending),) if pending and len(pending) <= _LONGEST_LABEL else ()
    return say(talk, "proof.again" if again else "proof.done", Reason.OWN_RECORD, choices=again)
