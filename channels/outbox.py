"""Into the outbox. Nothing is sent here: rows are planned in the caller's own transaction, and the courier takes them out."""

from collections.abc import Sequence
from datetime import datetime

from records.content import Body
from records.database import Tx
from records.ledger import Hand, Line, NewMessage, Sheet, StoredMessage
from records.store import filled, messages
from records.types import ChannelName, MessageKind


def put_reply(
    tx: Tx,
    *,
    channel: ChannelName,
    address: str,
    content: Body,
    key: str,
    now: datetime,
    conversation_id: str = "",
    case_id: str = "",
    subscriber_id: str = "",
) -> bool:
    """Plan what answers a person or belongs to their case; it may leave at once. False if this key is known."""
    return messages.put(
        tx,
        NewMessage(
            key=key,
            kind=MessageKind.REPLY,
            channel=channel,
            address=address,
            content=content,
            planned_at=now,
            not_before=now,
            conversation_id=conversation_id,
            case_id=case_id,
            subscriber_id=subscriber_id,
        ),
    )


def put_campaign(tx: Tx, sheet: Sheet, lines: Sequence[Line], hand: Hand | None = None) -> tuple[StoredMessage, ...]:
    """Plan the messages of a batch, or put them straight in `hand`; those that were new. Each is unique in (campaign, stage,
    subscriber, channel)."""
    return filled.put(tx, sheet, lines, hand)
