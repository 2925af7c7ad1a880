"""How the keys of the pacers stand. Whoever loads keys in a writing unit holds them until it commits, so workers take turns."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, update

from records.database import Tx
from records.pacing import Pace
from records.prepared import Prepared, among, new_rows
from records.tables import pace_keys

_KEPT_AFTER_HOLD = ("held_until", "held_for", "holds", "refusals")


def take(tx: Tx, keys: Iterable[str], now: datetime) -> dict[str, Pace]:
    """These keys as they stand, held for this unit of work; an unknown one begins fresh."""
    names = sorted(set(keys))
    found = _locked(tx, names)
    missing = {name: _fresh(name, now) for name in names if name not in found}
    if _NEW.run_many(tx, [vars(pace) for pace in missing.values()]) == len(missing):
        return found | missing  # nobody else has seen them yet
    return found | _locked(tx, list(missing))


def _fresh(key: str, now: datetime) -> Pace:
    return Pace(key, now, 0, None, None, 0, now, 0, 0.0)


def _locked(tx: Tx, names: Sequence[str]) -> dict[str, Pace]:
    return {pace.key: pace for pace in (Pace(*row) for row in _LOCKED.typed_rows(tx, {"names": names}))}


_NAMES = tuple(column.name for column in fields(Pace))
_SAVED = tuple(name for name in _NAMES if name not in ("key", *_KEPT_AFTER_HOLD))
_NEW = new_rows(pace_keys)
_LOCKED = Prepared(
    lambda dialect: (
        select(*(pace_keys.c[name] for name in _NAMES))
        .where(among(dialect, pace_keys.c.key, "names"))
        .order_by(pace_keys.c.key)
        .with_for_update()
    )
)
_SAVE = Prepared(
    lambda _: (
        update(pace_keys)
        .where(pace_keys.c.key == bindparam("of"))
        .values({name: bindparam(f"new_{name}") for name in _SAVED})
    )
)


def save(tx: Tx, paces: Iterable[Pace]) -> None:
    """Write back what was taken. Holds are written by `hold` alone."""
    _SAVE.run_many(tx, [{"of": pace.key} | {f"new_{name}": getattr(pace, name) for name in _SAVED} for pace in paces])


def hold(tx: Tx, key: str, until: datetime, why: str, now: datetime) -> None:
    """The vendor asked for quiet on this key. An earlier end never replaces a later one."""
    known = take(tx, [key], now)[key]
    longest = max(until, known.held_until or until)
    tx.execute(
        update(pace_keys)
        .where(pace_keys.c.key == key)
        .values(held_until=longest, held_for=why[:300], holds=pace_keys.c.holds + 1)
    )


def count_refusal(tx: Tx, key: str, now: datetime) -> None:
    """The vendor refused a message of this key for good."""
    take(tx, [key], now)
    tx.execute(update(pace_keys).where(pace_keys.c.key == key).values(refusals=pace_keys.c.refusals + 1))


def held(tx: Tx, now: datetime) -> dict[str, datetime]:
    """Every key that is held, and until when."""
    query = select(pace_keys.c.key, pace_keys.c.held_until).where(pace_keys.c.held_until > now)
    return {key: until for key, until in tx.execute(query)}


def forget_idle(tx: Tx, prefixes: Sequence[str], before: datetime) -> int:
    """Drop keys that begin so and were free before then; how many. A key that was idle and an unknown one stand the same."""
    begins = or_(*(pace_keys.c.key.startswith(prefix, autoescape=True) for prefix in prefixes))
    idle = or_(pace_keys.c.held_until.is_(None), pace_keys.c.held_until < before)
    return tx.execute(delete(pace_keys).where(begins, idle, pace_keys.c.free_at < before)).rowcount


def listed(tx: Tx, prefix: str = "") -> tuple[Pace, ...]:
    """Keys that begin so, by name."""
    query = select(pace_keys).where(pace_keys.c.key.startswith(prefix, autoescape=True)).order_by(pace_keys.c.key)
    return tuple(Pace(**row._mapping) for row in tx.execute(query))
