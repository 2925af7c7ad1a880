"""A conversation by mail: what an answer hangs on, and what a mail shows about who wrote it.

Anyone can write any sender into a mail. Only one that quotes the name of a mail we sent to that very address comes from
somebody who had it, which is worth what a personal link is: the address, no more. What is said goes to that address alone in
any case.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from records.content import Heading
from records.database import Tx
from records.inbound import Said
from records.store import conversations, messages
from records.types import Author, Conversation

_KEY = "mail"
_ROBOTS_SAY_AGAIN = timedelta(days=1)
_ROBOTS_SAY = 40  # characters at least; people do say "sí" and "gracias" twice
_LOOKED_BACK = 20  # turns


def with_mail(tx: Tx, said: Said, conversation: Conversation) -> Conversation:
    """The conversation as this mail leaves it; as it was for what is no mail."""
    heading = said.heading
    if heading is None:
        return conversation
    had_ours = bool(said.answers) and messages.went_to(tx, said.channel, said.answers, said.address)
    kept = {
        "subject": heading.subject,
        "message_id": heading.message_id,
        "earlier": list(heading.earlier),
        "had_ours": had_ours,
    }
    return replace(conversation, memory={**conversation.memory, _KEY: kept})


def is_said_again(tx: Tx, said: Said, conversation: Conversation, text: str, now: datetime) -> bool:
    """Whether a mail says word for word what one said within the last day. An answering robot that does not say that it is one
    (RFC 3834 asks it to) would answer our answer for ever; a person has the first answer already."""
    if said.heading is None or len(text) < _ROBOTS_SAY:
        return False
    return any(
        turn.author is Author.SUBSCRIBER and turn.text == text and turn.at > now - _ROBOTS_SAY_AGAIN
        for turn in conversations.turns_of(tx, conversation.id, _LOOKED_BACK)
    )


def heading_of(conversation: Conversation) -> Heading | None:
    """What the next answer hangs on; None where people do not write mails."""
    kept = conversation.memory.get(_KEY)
    if not isinstance(kept, dict):
        return None
    return Heading(kept["subject"], kept["message_id"], tuple(kept["earlier"]))


def is_unproven(conversation: Conversation) -> bool:
    """Whether the last word came by a mail that shows nothing about its sender."""
    kept = conversation.memory.get(_KEY)
    return isinstance(kept, dict) and not kept["had_ours"]
