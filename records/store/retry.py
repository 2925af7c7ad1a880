"""Messages that failed for a reason that may have passed, made due once more. Nobody else is ever sent anything again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, or_, select, update

from records.database import Tx
from records.tables import batches, messages
from records.types import DeliveryState, MessageState

TRANSIENT = ("gave_up:", "full:", "unreachable:", "credentials:", "no channel")
"""How the reasons begin that may have passed: a vendor that was down, a full mailbox, our own account."""

_AT_ONCE = 5_000
_MAY_HAVE_LEFT = [
    state.value
    for state in (
        MessageState.PLANNED,
        MessageState.CLAIMED,
        MessageState.SENDING,
        MessageState.SENT,
        MessageState.UNCERTAIN,
    )
]


def failed_in_passing(tx: Tx, campaign_id: str) -> tuple[int, ...]:
    """Rows that may be tried again: each the last to its person in its stage, and no other has reached or may reach them."""
    other = messages.alias("other")
    elsewhere = exists().where(
        other.c.campaign_id == messages.c.campaign_id,
        other.c.stage == messages.c.stage,
        other.c.subscriber_id == messages.c.subscriber_id,
        other.c.id != messages.c.id,
        or_(
            other.c.id > messages.c.id,
            and_(other.c.state.in_(_MAY_HAVE_LEFT), other.c.delivery != DeliveryState.FAILED.value),
        ),
    )
    passing = or_(*(messages.c.reason.startswith(start, autoescape=True) for start in TRANSIENT))
    query = select(messages.c.id).where(
        messages.c.campaign_id == campaign_id, messages.c.state == MessageState.FAILED.value, passing, ~elsewhere
    )
    return tuple(tx.execute(query.order_by(messages.c.id)).scalars())


def make_due(tx: Tx, campaign_id: str, ids: Sequence[int], now: datetime) -> int:
    """Back to planned, as if never tried, and their batches to those that are handed out again; how many rows."""
    changed = 0
    for start in range(0, len(ids), _AT_ONCE):
        some = list(ids[start : start + _AT_ONCE])
        changed += tx.execute(
            update(messages)
            .where(messages.c.id.in_(some), messages.c.state == MessageState.FAILED.value)
            .values(
                state=MessageState.PLANNED.value,
                reason=None,
                token=None,
                holder=None,
                attempts=0,
                not_before=now,
                settled_at=None,
            )
        ).rowcount
    waiting = exists().where(messages.c.batch_id == batches.c.id, messages.c.state == MessageState.PLANNED.value)
    tx.execute(
        update(batches)
        .where(batches.c.campaign_id == campaign_id, batches.c.state == "done", waiting)
        .values(state="filled")
    )
    return changed
