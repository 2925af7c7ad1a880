"""What came back: reasons that wait to be acted on, soft bounces by address, and words no table explains."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, select, update

from records.database import Tx, insert_into, insert_new
from records.store.shut_addresses import address_hash
from records.tables import messages, receipts, soft_bounces, unknown_words
from records.types import ChannelName


@dataclass(frozen=True)
class Returned:
    """A receipt that says why a message failed. `address` is empty while no message of ours is known by its provider's id."""

    id: int
    channel: ChannelName
    reason: str
    raw: str
    at: datetime
    address: str


@dataclass(frozen=True)
class UnknownWord:
    """A vendor's word no table explains, as it was said last, and how often."""

    channel: ChannelName
    word: str
    raw: str
    seen: int
    first_at: datetime
    last_at: datetime


def waiting(tx: Tx, limit: int = 200) -> tuple[Returned, ...]:
    """Receipts whose reason has not been acted on, oldest first."""
    of_receipt = and_(messages.c.channel == receipts.c.channel, messages.c.provider_id == receipts.c.provider_id)
    query = (
        select(receipts, messages.c.address)
        .outerjoin(messages, of_receipt)
        .where(receipts.c.reason.is_not(None))
        .order_by(receipts.c.id)
        .limit(limit)
    )
    return tuple(
        Returned(row.id, ChannelName(row.channel), row.reason, row.raw, row.at, row.address or "")
        for row in tx.execute(query)
    )


def acted_on(tx: Tx, ids: Iterable[int]) -> None:
    tx.execute(update(receipts).where(receipts.c.id.in_(list(ids))).values(reason=None))


def add_soft(tx: Tx, channel: ChannelName, address: str, word: str, at: datetime, since: datetime) -> int:
    """One more soft bounce of this address; how many there are since then. Older ones are forgotten."""
    hashed = address_hash(tx, channel, address)
    of_address = and_(soft_bounces.c.channel == channel.value, soft_bounces.c.address_hash == hashed)
    tx.execute(delete(soft_bounces).where(of_address, soft_bounces.c.at < since))
    insert_new(tx, soft_bounces, {"channel": channel.value, "address_hash": hashed, "at": at, "word": word})
    return tx.scalar(select(func.count()).select_from(soft_bounces).where(of_address)) or 0


def note_unknown(tx: Tx, channel: ChannelName, word: str, raw: str, now: datetime) -> None:
    """Keep a word no table explains; `raw` without personal data."""
    row = {"channel": channel.value, "word": word[:80], "raw": raw[:500], "seen": 1, "first_at": now, "last_at": now}
    statement = insert_into(tx, unknown_words).values(row)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "word"],
            set_={"raw": statement.excluded.raw, "last_at": now, "seen": unknown_words.c.seen + 1},
        )
    )


def unknown(tx: Tx, limit: int = 50) -> tuple[UnknownWord, ...]:
    """Words no table explains, the latest first."""
    query = select(unknown_words).order_by(unknown_words.c.last_at.desc(), unknown_words.c.word).limit(limit)
    return tuple(
        UnknownWord(**(dict(row._mapping) | {"channel": ChannelName(row.channel)})) for row in tx.execute(query)
    )
