"""Coming in: what a personal link or the host site's token says about who is there, and for how long."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from records.database import Tx
from records.errors import RelevoError
from records.store import shut_addresses, subscribers
from records.types import ChannelName, Contact, Conversation, Proof
from subscribers.errors import BadLink
from subscribers.links import PersonalLink, read_host_token, read_link

LINK_LASTS = timedelta(days=30)


@dataclass(frozen=True)
class Entry:
    """Who came in, and what that is worth until when."""

    subscriber_id: str
    proof: Proof
    until: datetime
    link: PersonalLink | None = None


def open_link(payload: str, secret: str, now: datetime) -> Entry | None:
    """What a personal link, or the host site's token, says about who is there."""
    if not payload:
        return None
    if payload.count(".") == 2:
        try:
            host = read_host_token(payload, secret, now)
            return Entry(host.subscriber_id, Proof.VERIFIED, host.expires_at)
        except BadLink:
            pass
    try:
        link = read_link(payload, secret, now)
    except (BadLink, RelevoError):
        return None
    return Entry(link.subscriber_id, Proof.LINKED, min(link.expires_at, now + LINK_LASTS), link)


def enter(tx: Tx, entry: Entry | None, conversation: Conversation, now: datetime) -> Conversation:
    """Who came in through a link is known as far as the link goes; an earlier, stronger proof of the same person stays."""
    shut_addresses.lift_block(tx, conversation.channel, conversation.address, "blocked", now)
    person = subscribers.get(tx, entry.subscriber_id) if entry else None
    if entry is None or person is None or _is_weaker(entry, conversation, now):
        return conversation
    if entry.link is not None:
        _bind_chat(tx, entry.link, conversation, now)
    memory = {key: value for key, value in conversation.memory.items() if key != "link_channel"}
    if entry.link is not None:
        memory["link_channel"] = entry.link.channel.value
    return replace(
        conversation,
        subscriber_id=entry.subscriber_id,
        proof=entry.proof,
        proof_until=entry.until,
        language=conversation.language or person.language,
        memory=memory,
    )


def worth(payload: str, entry: Entry | None) -> Literal["none", "good", "bad"]:
    if not payload:
        return "none"
    return "good" if entry else "bad"


def _is_weaker(entry: Entry, conversation: Conversation, now: datetime) -> bool:
    same = conversation.subscriber_id == entry.subscriber_id
    alive = conversation.proof_until is None or conversation.proof_until > now
    return same and alive and conversation.proof is Proof.VERIFIED and entry.proof is Proof.LINKED


def _bind_chat(tx: Tx, link: PersonalLink, conversation: Conversation, now: datetime) -> None:
    """The first Telegram chat a link opens becomes the person's, unless they have one; a forwarded link binds nothing."""
    if conversation.channel is not ChannelName.TELEGRAM or not subscribers.use_link(tx, link.token_id, now):
        return
    contacts = subscribers.contacts_of(tx, link.subscriber_id)
    if not any(contact.channel is ChannelName.TELEGRAM for contact in contacts):
        contact = Contact(link.subscriber_id, ChannelName.TELEGRAM, conversation.address)
        subscribers.bind_contact(tx, contact)
