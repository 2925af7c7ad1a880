"""Worker slots: who may work this workspace, held by a lock that dies with its process.

SQLite: one slot, a locked file. PostgreSQL: slot n is an advisory lock held by a connection of its own, so any number of
workers, each with a name that comes back after a restart and never has two holders. A holder that stands still keeps its
lock and its name, but not its life (`records.lease`): it is dead to the others all the same.
"""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from records.database import Database, Tx
from records.errors import WorkerBusy
from records.store import sessions, workers

_LOCK_SPACE = 726_566  # an arbitrary number that keeps our advisory locks apart from others'
_MOST_SLOTS = 64
_LOOKED_AT_MS = 2000
_HELD = """
SELECT objid FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND classid = :space AND granted AND datname = current_database()
"""


@dataclass(frozen=True)
class Slot:
    """A held slot. `name` is the same after a restart; `release` gives it back. `keep` says whether it is ours, and where the
    connection that held it broke, takes it again unless somebody else has; raises while the database is away."""

    name: str
    release: Callable[[], None]
    keep: Callable[[], bool] = lambda: True


def take_slot(database: Database, state: Path) -> Slot:
    """The first free slot. Raises WorkerBusy when the database allows no further worker."""
    return _file_slot(state) if database.is_sqlite else _advisory_slot(database)


def _file_slot(state: Path) -> Slot:
    state.mkdir(parents=True, exist_ok=True)
    handle = os.open(state / "worker.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise WorkerBusy(
            f"another process already works {state.parent}: with SQLite one process runs inbox, batches and schedules. "
            "Stop it first, start this one with --no-worker, or move to PostgreSQL (RELEVO_DATABASE_URL)."
        ) from error
    return Slot("worker-1", lambda: os.close(handle))


def _advisory_slot(database: Database) -> Slot:
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True)
    connection = engine.connect()
    for number in range(1, _MOST_SLOTS + 1):
        if connection.execute(text("SELECT pg_try_advisory_lock(:space, :slot)"), _key(number)).scalar():
            held = _Held(engine, number, connection)
            return Slot(f"worker-{number}", held.release, held.keep)
    connection.close()
    engine.dispose()
    raise WorkerBusy(f"all {_MOST_SLOTS} worker slots of this database are taken; stop one first.")


@dataclass
class _Held:
    """An advisory lock, and the connection without which it is gone."""

    engine: Engine
    number: int
    connection: Connection

    def keep(self) -> bool:
        if not self.connection.closed:
            try:
                self.connection.execute(text("SELECT 1"))
            except DBAPIError:
                self.connection.close()
            else:
                return True
        return self._take_again()

    def _take_again(self) -> bool:
        """Whoever looks whether we are dead holds it for a moment, so it is waited for a little."""
        connection = self.engine.connect()
        connection.execute(text(f"SET lock_timeout = {_LOOKED_AT_MS}"))
        try:
            connection.execute(text("SELECT pg_advisory_lock(:space, :slot)"), _key(self.number))
        except DBAPIError:
            connection.close()
            return False
        self.connection = connection
        return True

    def release(self) -> None:
        self.connection.close()
        self.engine.dispose()


def is_dead(tx: Tx, slot_name: str) -> bool:
    """True when nobody holds this slot, or its holder was taken for dead; until the unit ends nobody takes it anew.
    On SQLite only the holder of the one slot asks, so every other name is dead."""
    if tx.dialect.name == "sqlite":
        return True
    free = tx.execute(text("SELECT pg_try_advisory_xact_lock(:space, :slot)"), _key(_number(slot_name))).scalar()
    return bool(free) or workers.is_ended(tx, slot_name)


def end_units_of(tx: Tx, slot_name: str) -> int:
    """End what the holder of this slot has open in the database, so that nobody waits for it; how many units. It keeps the
    slot, and gets an error when it goes on."""
    return sessions.end_units_of(tx, _LOCK_SPACE, _number(slot_name))


def _number(slot_name: str) -> int:
    return int(slot_name.rpartition("-")[2])


def _key(number: int) -> dict[str, int]:
    return {"space": _LOCK_SPACE, "slot": number}


def living(database: Database) -> frozenset[str]:
    """The slots somebody holds and lives in. On SQLite that is the one slot: only its holder asks."""
    if database.is_sqlite:
        return frozenset({"worker-1"})
    with database.read() as tx:
        held = tx.execute(
            text(_HELD),
            {"space": _LOCK_SPACE},
        ).scalars()
        alive = {heart.name for heart in workers.hearts(tx)}
        return frozenset(name for number in held if (name := f"worker-{number}") in alive)
