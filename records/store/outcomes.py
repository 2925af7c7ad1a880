"""What became of people after they moved, as the company's own systems tell it: moved, first payment, left. Append-only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select, update

from records.database import Tx, insert_new
from records.tables import outcomes, subscribers

_AT_ONCE = 5_000


class OutcomeKind(StrEnum):
    """What can become of a person; what each word promises is what the gates count."""

    MOVED = "moved"  # their subscription runs on the new side
    FIRST_CHARGE_FINE = "first_charge_fine"  # the first payment there went through
    FIRST_CHARGE_FAILED = "first_charge_failed"  # it did not
    CANCELLED = "cancelled"  # they left


@dataclass(frozen=True)
class PersonOutcome:
    """One thing that happened to one person on one day, where they live."""

    subscriber_id: str
    kind: OutcomeKind
    day: date


def add(tx: Tx, rows: Sequence[PersonOutcome], now: datetime) -> int:
    """Keep what is new; how many rows were. A person who moved counts as moved from `now` on."""
    values = [
        {"subscriber_id": row.subscriber_id, "kind": row.kind.value, "day": row.day, "recorded_at": now} for row in rows
    ]
    added = insert_new(tx, outcomes, values) if values else 0
    _mark_moved(tx, [row.subscriber_id for row in rows if row.kind is OutcomeKind.MOVED], now)
    return added


def first_days(tx: Tx, people: Sequence[str], kind: OutcomeKind) -> dict[str, date]:
    """The first day on which this happened to each of `people` to whom it did."""
    found: dict[str, date] = {}
    for start in range(0, len(people), _AT_ONCE):
        some = list(people[start : start + _AT_ONCE])
        query = select(outcomes.c.subscriber_id, outcomes.c.day).where(
            outcomes.c.subscriber_id.in_(some), outcomes.c.kind == kind.value
        )
        found |= {row.subscriber_id: row.day for row in tx.execute(query.order_by(outcomes.c.day.desc()))}
    return found


def _mark_moved(tx: Tx, ids: Sequence[str], now: datetime) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        still = subscribers.c.id.in_(some) & subscribers.c.moved_at.is_(None)
        tx.execute(update(subscribers).where(still).values(moved_at=now, updated_at=now))


def known_subscribers(tx: Tx, ids: Iterable[str]) -> frozenset[str]:
    """Those of these ids who are in the register."""
    wanted, found = list(ids), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found |= set(tx.execute(select(subscribers.c.id).where(subscribers.c.id.in_(some))).scalars())
    return frozenset(found)


def of(tx: Tx, subscriber_id: str) -> tuple[PersonOutcome, ...]:
    """Everything known of one person, oldest first."""
    query = select(outcomes).where(outcomes.c.subscriber_id == subscriber_id).order_by(outcomes.c.day, outcomes.c.id)
    return tuple(PersonOutcome(row.subscriber_id, OutcomeKind(row.kind), row.day) for row in tx.execute(query))
