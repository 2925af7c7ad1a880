"""A unit in which a process stands still keeps nobody waiting, however far it had come. On PostgreSQL: nobody shares SQLite."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from console.worker import take_over
from records import slots
from records.clock import ManualClock
from records.database import Database, Tx, insert_new
from records.lease import HeldLease, Watch
from records.store import attempts, messages, pace, sessions, workers
from records.tables import messages as table
from records.tables import workers as workers_table
from records.types import MessageState
from tests.journeys.vendors import wait_until
from tests.ledger.people import plan_batch
from tests.ledger.test_lease import SILENCE, Machine, lease_of
from tests.servers import PostgresServer

pytestmark = pytest.mark.postgres
STALLED = 0.5
ROWS = [{"name": f"worker-{number}", "life": "x", "beats": 0} for number in range(2, 40)]


@pytest.fixture
def url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.lent() as address:
        yield address


@pytest.fixture
def other(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def pid_of(tx: Tx) -> int:
    return int(tx.execute(text("SELECT pg_backend_pid()")).scalar_one())


def is_there(other: Database, pid: int) -> bool:
    with other.read() as tx:
        return tx.execute(text("SELECT 1 FROM pg_stat_activity WHERE pid = :pid"), {"pid": pid}).first() is not None


def stay_silent(db: Database, other: Database, later: datetime) -> None:
    with db.write() as tx:
        pid = pid_of(tx)
        ids = tx.execute(select(table.c.id)).scalars().all()
        messages.defer_each(tx, [(id, later, "caps") for id in ids])
        wait_until(lambda: not is_there(other, pid), "PostgreSQL ended the silent unit")


def test_silence_after_many_rows_were_written_ends_the_unit(url: str, other: Database, now: datetime) -> None:
    db = Database(url, stalled=STALLED)
    plan_batch(db, 50, now)
    with pytest.raises(DBAPIError):
        stay_silent(db, other, now + timedelta(days=1))
    with other.read() as tx:
        assert set(tx.execute(select(table.c.not_before)).scalars()) == {now}
    db.close()


def stop_on_the_way(db: Database, other: Database) -> None:
    """A statement has come, and what ends it has not."""
    with db.write() as tx:
        pid = pid_of(tx)
        driver = tx.connection.driver_connection
        assert driver is not None
        with driver.pipeline():
            driver.execute("UPDATE workers SET beats = 1")
            driver.pgconn.send_flush_request()
            driver.pgconn.flush()
            wait_until(lambda: ended_by(other) == 1, "the living ended it")
            assert not is_there(other, pid)


def test_a_unit_that_stands_still_with_statements_on_their_way_is_ended_by_whoever_lives(
    url: str, other: Database
) -> None:
    db = Database(url, stalled=STALLED)
    with pytest.raises(DBAPIError):
        stop_on_the_way(db, other)
    db.close()


def ended_by(other: Database) -> int:
    with other.read() as tx:
        return sessions.end_stalled(tx, STALLED)


def test_a_unit_that_goes_on_is_left_alone(url: str, other: Database) -> None:
    db = Database(url)
    with db.write() as tx:
        insert_new(tx, workers_table, ROWS)
        assert ended_by(other) == 0
    with other.read() as tx:
        assert len(workers.hearts(tx)) == len(ROWS)
    db.close()


def stand_still_in_a_claim(db: Database, lease: HeldLease, watch: Watch, machine: Machine, now: datetime) -> None:
    """Until another took it over; then go on."""
    with db.write() as tx:
        lease.hold(tx)
        pace.take(tx, ["email"], now)
        tx.execute(table.update().values(reason="held"))
        for _ in range(int(SILENCE)):
            machine.seconds += 1
            assert watch.end_silent() == ()
        machine.seconds += 1
        assert watch.end_silent() == (lease.name,)
        take_over(watch.db, watch.own, ManualClock(now))
        tx.execute(select(table.c.id))


def test_a_worker_that_stands_still_in_its_claim_is_taken_over_when_its_silence_is_over(
    url: str, other: Database, tmp_path: Path, now: datetime
) -> None:
    db, machine = Database(url), Machine()
    plan_batch(db, 3, now)
    slot = slots.take_slot(db, tmp_path)
    lease = lease_of(db, slot.name, machine)
    with db.write() as tx:
        attempts.claim(tx, tx.execute(select(table.c.id)).scalars().all(), slot.name)
    watch = Watch(other, "worker-2", SILENCE, machine)
    watch.end_silent()
    with pytest.raises(DBAPIError):
        stand_still_in_a_claim(db, lease, watch, machine, now)
    lease.beat()
    assert lease.lost.is_set()
    with other.read() as tx:
        assert set(tx.execute(select(table.c.state)).scalars()) == {MessageState.PLANNED.value}
        assert set(tx.execute(select(table.c.reason)).scalars()) == {None}
    slot.release()
    db.close()


def test_a_heart_beats_while_a_claim_of_its_worker_waits_for_another(url: str, other: Database, now: datetime) -> None:
    db = Database(url)
    lease = HeldLease(db, "worker-1")
    lease.begin()
    holding = threading.Event()

    def claim() -> None:
        with db.write() as tx:
            lease.hold(tx)
            holding.set()
            pace.take(tx, ["email"], now)

    with ThreadPoolExecutor(1) as thread:
        with other.write() as tx:
            pace.take(tx, ["email"], now)
            waiting = thread.submit(claim)
            assert holding.wait(20)
            with db.read() as mine:
                mine.execute(text("SET LOCAL lock_timeout = '5s'"))
                assert workers.beat(mine, "worker-1", lease._life)
            assert not waiting.done()
        waiting.result()
    db.close()


def test_an_end_does_not_wait_for_a_unit_in_which_the_life_goes_on(url: str, other: Database) -> None:
    db = Database(url)
    lease = HeldLease(db, "worker-1")
    lease.begin()
    with db.write() as tx:
        lease.hold(tx)
        with other.write() as theirs:
            (seen,) = workers.hearts(theirs)
            assert workers.end(theirs, seen) is False
            assert workers.is_ended(theirs, "worker-1") is False
    with other.write() as theirs:
        assert workers.end(theirs, seen) is True
        assert workers.is_ended(theirs, "worker-1") is True
    db.close()
