"""The one way in: each (channel, external id) once, worked off in order within a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import exists, func, select, update

from records.content import Heading
from records.database import Tx, insert_new
from records.inbound import Inbound, Pressed, Said, StaffSaid, inbound_from_json, inbound_to_json
from records.redact import mask
from records.tables import inbox


@dataclass(frozen=True)
class InboxRow:
    """One delivery in hand. `attempts` counts those before this one."""

    id: int
    inbound: Inbound
    attempts: int


def put(tx: Tx, inbound: Inbound, now: datetime) -> bool:
    """Keep a delivery; False if it is known. Acknowledge the vendor only after this has committed.

    Card numbers and IBANs are masked before they are kept, even for the moment a delivery waits here.
    """
    inbound = _masked(inbound)
    return (
        insert_new(
            tx,
            inbox,
            {
                "channel": inbound.channel.value,
                "external_id": inbound.external_id,
                "address": inbound.address,
                "body": inbound_to_json(inbound),
                "received_at": now,
                "state": "new",
                "attempts": 0,
            },
        )
        == 1
    )


def _masked(inbound: Inbound) -> Inbound:
    match inbound:
        case Said(heading=Heading() as heading):
            return replace(inbound, text=mask(inbound.text), heading=replace(heading, subject=mask(heading.subject)))
        case Said() | StaffSaid():
            return replace(inbound, text=mask(inbound.text))
        case Pressed():
            return replace(inbound, comment=mask(inbound.comment))
        case _:
            return inbound


def take(tx: Tx, holder: str, now: datetime, limit: int) -> tuple[InboxRow, ...]:
    """Take rows in hand, oldest first; one per conversation, none behind an unfinished one of the same conversation."""
    earlier = inbox.alias("earlier")
    waits = exists().where(
        earlier.c.channel == inbox.c.channel,
        earlier.c.address == inbox.c.address,
        earlier.c.id < inbox.c.id,
        earlier.c.state.in_(("new", "working")),
    )
    query = (
        select(inbox.c.id, inbox.c.body, inbox.c.attempts)
        .where(inbox.c.state == "new", (inbox.c.not_before.is_(None)) | (inbox.c.not_before <= now), ~waits)
        .order_by(inbox.c.id)
        .limit(limit)
    )
    rows = tx.execute(query.with_for_update(skip_locked=True)).all()
    tx.execute(update(inbox).where(inbox.c.id.in_([row.id for row in rows])).values(state="working", holder=holder))
    return tuple(InboxRow(row.id, inbound_from_json(row.body), row.attempts) for row in rows)


def done(tx: Tx, row_id: int) -> None:
    """Worked off. Its text is dropped: the conversation keeps what was said, masked."""
    tx.execute(update(inbox).where(inbox.c.id == row_id).values(state="done", holder=None, error=None, body=""))


def again(tx: Tx, row_id: int, error: str, not_before: datetime | None) -> None:
    """It went wrong: try again at `not_before`, or with None keep it as failed for a person to look at."""
    tx.execute(
        update(inbox)
        .where(inbox.c.id == row_id)
        .values(
            state="failed" if not_before is None else "new",
            holder=None,
            error=error,
            attempts=inbox.c.attempts + 1,
            not_before=not_before,
        )
    )


def give_back(tx: Tx, ids: Sequence[int]) -> None:
    """Taken in hand by a living holder and not worked off: new again."""
    if ids:
        tx.execute(
            update(inbox).where(inbox.c.id.in_(ids), inbox.c.state == "working").values(state="new", holder=None)
        )


def recover(tx: Tx, holder: str) -> int:
    """What a dead holder had in hand is new again; handling twice has the same effect as once."""
    return tx.execute(
        update(inbox).where(inbox.c.holder == holder, inbox.c.state == "working").values(state="new", holder=None)
    ).rowcount


def holders(tx: Tx) -> tuple[str, ...]:
    """Everyone who has rows in hand."""
    return tuple(row.holder for row in tx.execute(select(inbox.c.holder).where(inbox.c.state == "working").distinct()))


def open_count(tx: Tx) -> dict[str, int]:
    """How many rows stand in each state that is not done."""
    query = select(inbox.c.state, func.count()).where(inbox.c.state != "done").group_by(inbox.c.state)
    return {state: count for state, count in tx.execute(query)}
