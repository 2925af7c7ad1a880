"""Workers as their database knows them: one row for each slot, with the life that holds it and how often its heart has beaten.

A life is one process's time in a slot. Who is taken for dead loses its life here; from then on it may claim nothing.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update

from records.database import Tx, upsert
from records.ids import new_id
from records.tables import workers


@dataclass(frozen=True)
class Heart:
    """What is seen of a worker. `life` is empty once it was taken for dead."""

    name: str
    life: str
    beats: int


def enter(tx: Tx, name: str) -> str:
    """Begin a life in a slot; whatever life was there before is over."""
    life = new_id("life")
    tx.execute(select(workers.c.name).where(workers.c.name == name).with_for_update())
    upsert(tx, workers, {"name": name, "life": life, "beats": 0}, ["name"])
    return life


def beat(tx: Tx, name: str, life: str) -> bool:
    """One more beat. False when this life is over."""
    mine = update(workers).where(workers.c.name == name, workers.c.life == life)
    return tx.execute(mine.values(beats=workers.c.beats + 1)).rowcount == 1


def lives(tx: Tx, name: str, life: str) -> bool:
    """Whether this life goes on, and until the unit ends it does: nobody ends it meanwhile. Its heart may beat meanwhile: a
    unit of ours that waits for another's rows must not silence us."""
    query = select(workers.c.name).where(workers.c.name == name, workers.c.life == life)
    return tx.execute(query.with_for_update(read=True, key_share=True)).first() is not None


def end(tx: Tx, seen: Heart) -> bool:
    """End a life that has not beaten since it was seen so. False if it has, if somebody else was first, or if a unit is open
    in which it goes on: that is not waited for."""
    as_seen = (workers.c.name == seen.name, workers.c.life == seen.life, workers.c.beats == seen.beats)
    if _held(tx, *as_seen) is None:
        return False
    return tx.execute(update(workers).where(*as_seen).values(life="")).rowcount == 1


def is_ended(tx: Tx, name: str) -> bool:
    """Whether the life of this slot was ended by others; until the unit ends nobody begins another there. False also while
    somebody else holds the row, which is not waited for."""
    return _held(tx, workers.c.name == name) == ""


def _held(tx: Tx, *which: ColumnElement[bool]) -> str | None:
    """The life of this row, kept from everybody else until the unit ends; None where there is none or others hold it."""
    life: str | None = tx.execute(select(workers.c.life).where(*which).with_for_update(skip_locked=True)).scalar()
    return life


def hearts(tx: Tx) -> tuple[Heart, ...]:
    """Every slot that has a life, by name."""
    query = select(workers).where(workers.c.life != "").order_by(workers.c.name)
    return tuple(Heart(row.name, row.life, row.beats) for row in tx.execute(query))
