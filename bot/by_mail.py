"""A conversation by mail: what an answer hangs on, and what a mail shows about who wrote it.

Anyone can write any sender into a mail. Only one that quotes the name of a mail we sent to that very address comes from
somebody who had it, which is worth what a personal link is: the address, no more. What is said goes to that address alone in
any case.
"""

from dataclasses import replace

from records.content import Heading
from records.database import Tx
from records.inbound import Said
from records.store import messages
from records.types import Conversation

_KEY = "mail"


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
