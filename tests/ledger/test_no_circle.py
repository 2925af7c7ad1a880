"""Those who move several rows never wait for each other in a circle. On PostgreSQL: on SQLite there is one writer at a time."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Event

import pytest
from sqlalchemy import text

from channels.bounces import Patience
from channels.contract import Accepted, Outgoing, SendResult
from channels.pacer import Pacer
from channels.volley import BrokenOff, Claimed, Starts, Volleys
from records.clock import ManualClock
from records.database import Database
from records.lease import Unleased
from records.ledger import Outcome
from records.store import attempts, forms, messages
from records.types import MessageState
from tests.journeys.vendors import wait_until
from tests.ledger.people import ScriptedChannel, plan_batch
from tests.lent import lent_postgres
from tests.servers import PostgresServer

pytestmark = pytest.mark.postgres
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def db(postgres_server: PostgresServer) -> Iterator[Database]:
    with lent_postgres(postgres_server) as database:
        yield database


def waiting(db: Database) -> int:
    with db.read() as tx:
        return int(tx.execute(text(WAITING)).scalar_one())


@pytest.mark.parametrize("sent", [0, 1], ids=["the lower row was sent", "the higher row was sent"])
def test_a_volley_and_whoever_gives_its_rows_back(db: Database, now: datetime, sent: int) -> None:
    """A worker woke up that others take for dead. It has sent one row and is about to start the other, which somebody holds;
    the recovery waits for that too, and then the volley does."""
    plan_batch(db, 2, now)
    with db.write() as tx:
        rows = messages.due_of_batch(tx, "bat_1", now, 2)
        token = attempts.claim(tx, [row.id for row in rows], "worker-1")
        bodies = {row.id: forms.body_of(tx, row.content) for row in rows}
    first, other = rows[sent], rows[1 - sent]
    recovered: list[Future[tuple[int, int]]] = []

    def recover() -> tuple[int, int]:
        with db.write() as tx:
            return attempts.recover(tx, "worker-1", now)

    def hold_on() -> None:
        with db.write() as tx:
            attempts.hold(tx, [other.id])
            recovered.append(threads.submit(recover))
            wait_until(lambda: waiting(db) == 1, "the recovery waits")
            held.set()
            wait_until(lambda: waiting(db) == 2, "the volley waits")

    def answer(outgoing: Outgoing) -> SendResult:
        holding.append(threads.submit(hold_on))
        assert held.wait(20)
        return Accepted(f"id:{outgoing.key}")

    held, holding = Event(), list[Future[None]]()
    channel = ScriptedChannel(answer)
    with ThreadPoolExecutor(2) as threads:
        volleys_of(db, channel, now).send(Claimed(token, (first, other), bodies), lambda _: None)
        holding[0].result(20)
        assert recovered[0].result(20) == (1, 1)
    assert [one.address for one in channel.taken] == [first.address]


@pytest.mark.parametrize("sent", [0, 1], ids=["the lower row was sent", "the higher row was sent"])
def test_a_worker_whose_unit_broke_off_and_whoever_gives_its_rows_back(db: Database, now: datetime, sent: int) -> None:
    """It knows that one row was sent, which does not stand yet, and comes back to the database while others take it for dead
    and wait for its other row, which somebody holds."""
    plan_batch(db, 2, now)
    with db.write() as tx:
        rows = messages.due_of_batch(tx, "bat_1", now, 2)
        token = attempts.claim(tx, [row.id for row in rows], "worker-1")
        assert len(attempts.start(tx, [row.id for row in rows], token, now)) == 2
    known, other = rows[sent], rows[1 - sent]
    broken = BrokenOff(token, [(known, Outcome(MessageState.SENT))])
    volleys = volleys_of(db, ScriptedChannel(lambda outgoing: Accepted(outgoing.key)), now)

    def recover() -> None:
        with db.write() as tx:
            attempts.recover(tx, "worker-1", now)

    def give_back() -> None:
        with db.write() as tx:
            volleys.give_back(tx, [broken])

    with ThreadPoolExecutor(2) as threads:
        with db.write() as tx:
            attempts.hold(tx, [other.id])
            recovering = threads.submit(recover)
            wait_until(lambda: waiting(db) == 1, "the recovery waits")
            giving = threads.submit(give_back)
            wait_until(lambda: waiting(db) == 2, "the worker waits")
        recovering.result(20)
        giving.result(20)
    with db.read() as tx:
        states = {row.state for row in tx.execute(text("SELECT state FROM messages"))}
    assert states <= {"sent", "uncertain"}


def volleys_of(db: Database, channel: ScriptedChannel, now: datetime) -> Volleys:
    clock = ManualClock(now)
    return Volleys(
        db=db,
        channels={channel.name: channel},
        clock=clock,
        pacer=Pacer({}, clock),
        stop=Event(),
        lease=Unleased(),
        lines=1,
        starts=Starts(),
        closes_addresses=True,
        patience=Patience(),
        chance=lambda: 0.0,
        broken_off={},
    )
