"""One-time codes for proving who one is: one live code per conversation, kept as a hash, five tries, ten minutes.

An address nobody has gets a row too (with no subscriber), so that a stranger sees no difference.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from records.database import Tx, upsert
from records.tables import codes

LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5


@dataclass(frozen=True)
class CodeOnFile:
    """A code that was sent. `subscriber_id` is empty when the address belongs to nobody."""

    conversation_id: str
    subscriber_id: str
    code_hash: str
    expires_at: datetime
    tries: int

    def alive(self, now: datetime) -> bool:
        return now < self.expires_at and self.tries < MAX_TRIES


def put(tx: Tx, conversation_id: str, subscriber_id: str, code_hash: str, now: datetime) -> None:
    """A fresh code; the conversation's earlier one is worth nothing from now on."""
    row = {
        "conversation_id": conversation_id,
        "subscriber_id": subscriber_id,
        "code_hash": code_hash,
        "expires_at": now + LIFETIME,
        "tries": 0,
    }
    upsert(tx, codes, row, key=("conversation_id",))


def get(tx: Tx, conversation_id: str) -> CodeOnFile | None:
    row = tx.execute(select(codes).where(codes.c.conversation_id == conversation_id)).one_or_none()
    if row is None:
        return None
    return CodeOnFile(row.conversation_id, row.subscriber_id, row.code_hash, row.expires_at, row.tries)


def count_wrong(tx: Tx, conversation_id: str) -> None:
    """One try less."""
    tx.execute(update(codes).where(codes.c.conversation_id == conversation_id).values(tries=codes.c.tries + 1))


def drop(tx: Tx, conversation_id: str) -> None:
    """Used or given up: the code is worth nothing from now on."""
    tx.execute(delete(codes).where(codes.c.conversation_id == conversation_id))


def live_for(tx: Tx, subscriber_id: str, now: datetime) -> int:
    """How many codes of this person are still open, in all conversations: a limit on filling somebody's mailbox."""
    return tx.execute(
        select(func.count()).where(codes.c.subscriber_id == subscriber_id, codes.c.expires_at > now)
    ).scalar_one()
