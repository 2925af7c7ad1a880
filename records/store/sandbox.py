"""What the sandbox channels accepted: an outbox a person can read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records.content import Body, content_from_json
from records.database import Tx
from records.tables import campaigns, messages, sandbox_messages
from records.types import ChannelName


@dataclass(frozen=True)
class SandboxMessage:
    """One accepted message; from `subscriber_id` on, what the ledger knows: empty when it was a reply."""

    id: int
    channel: ChannelName
    address: str
    key: str
    content: Body
    at: datetime
    subscriber_id: str
    stage: str
    rehearsal: bool


def log(tx: Tx, channel: ChannelName, address: str, key: str, body: str, now: datetime) -> None:
    """Append what was accepted. Twice accepted is twice here: an honest outbox hides no duplicate."""
    tx.execute(sandbox_messages.insert().values(channel=channel.value, address=address, key=key, body=body, at=now))


def listed(
    tx: Tx, *, channel: ChannelName | None = None, subscriber_id: str = "", limit: int = 100, before: int = 0
) -> tuple[SandboxMessage, ...]:
    """Newest first; `before` an id pages on."""
    query = (
        select(sandbox_messages, messages.c.subscriber_id, messages.c.stage, campaigns.c.rehearsal)
        .outerjoin(messages, messages.c.key == sandbox_messages.c.key)
        .outerjoin(campaigns, campaigns.c.id == messages.c.campaign_id)
        .order_by(sandbox_messages.c.id.desc())
        .limit(limit)
    )
    if channel is not None:
        query = query.where(sandbox_messages.c.channel == channel.value)
    if subscriber_id:
        query = query.where(messages.c.subscriber_id == subscriber_id)
    if before:
        query = query.where(sandbox_messages.c.id < before)
    return tuple(
        SandboxMessage(
            row.id,
            ChannelName(row.channel),
            row.address,
            row.key,
            content_from_json(row.body),
            row.at,
            row.subscriber_id or "",
            row.stage or "",
            bool(row.rehearsal),
        )
        for row in tx.execute(query)
    )
