"""The database ends every connection of a living worker: it keeps its slot and its life, and what it had in hand moves on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import DBAPIError

from channels.contract import Accepted, Outgoing, Refusal, Refused, SendResult
from channels.courier import Courier
from channels.pacer import Pacer
from console.worker import Worker
from records import slots
from records.bell import Bell
from records.clock import ManualClock
from records.database import Database
from records.inbound import Inbound, Said
from records.lease import HeldLease
from records.store import inbox, messages, shut_addresses
from records.tables import inbox as inbox_table
from records.types import ChannelName, MessageState
from tests.ledger.people import ScriptedChannel, WideChannel, address_of, plan_batch
from tests.ledger.test_lease import WINDOW
from tests.lent import lent_postgres
from tests.servers import PostgresServer

pytestmark = pytest.mark.postgres
PEOPLE = 20
BROKEN = (DBAPIError, psycopg.Error)
CUT = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = :name"


@pytest.fixture
def db(postgres_server: PostgresServer) -> Iterator[Database]:
    with lent_postgres(postgres_server) as database:
        yield database


@pytest.fixture
def other(db: Database) -> Iterator[Database]:
    database = Database(db.url)
    yield database
    database.close()


def cut(db: Database, other: Database) -> None:
    """Every connection of `db`'s sessions, the slot's among them."""
    with other.read() as tx:
        ended = tx.execute(text(CUT), {"name": make_url(db.url).query["application_name"]}).scalars().all()
    assert ended
    assert all(ended)


def courier(db: Database, channel: ScriptedChannel, now: datetime) -> Courier:
    clock = ManualClock(now)
    return Courier(db, {channel.name: channel}, clock, WINDOW, "worker-1", Pacer({}, clock))


def test_what_was_in_hand_goes_on_and_what_the_vendor_said_is_kept(
    db: Database, other: Database, now: datetime
) -> None:
    plan_batch(db, PEOPLE, now)

    def answer(outgoing: Outgoing) -> SendResult:
        if len(channel.taken) == 5:
            cut(db, other)
        return Accepted(f"id:{outgoing.key}")

    channel = ScriptedChannel(answer)
    sender = courier(db, channel, now)
    with pytest.raises(BROKEN):
        sender.drain_batch("bat_1")
    assert sender.drain_batch("bat_1").sent == PEOPLE - 6
    taken = [out.address for out in channel.taken]
    assert len(set(taken)) == len(taken) == PEOPLE
    with db.read() as tx:
        assert len(messages.rows_of_campaign(tx, MessageState.SENT, PEOPLE)) == PEOPLE


def test_of_a_volley_only_what_nobody_answered_for_is_uncertain(db: Database, other: Database, now: datetime) -> None:
    """The second volley breaks off in its call; what came of the first stood before that."""
    plan_batch(db, PEOPLE, now)

    def answer(outgoing: Outgoing) -> SendResult:
        if len(channel.volleys) == 2 and outgoing is channel.volleys[1][3]:
            raise ConnectionResetError
        return Accepted(f"id:{outgoing.key}")

    channel = WideChannel(8, answer)
    sender = courier(db, channel, now)
    with pytest.raises(ConnectionResetError):
        sender.drain_batch("bat_1")
    sender.drain_batch("bat_1")
    with db.read() as tx:
        unsure = [row.address for row in messages.rows_of_campaign(tx, MessageState.UNCERTAIN, PEOPLE)]
        assert unsure == [one.address for one in channel.volleys[1]]
        assert len(messages.rows_of_campaign(tx, MessageState.SENT, PEOPLE)) == PEOPLE - 8


def test_what_a_volley_failed_of_is_acted_on_after_all(db: Database, other: Database, now: datetime) -> None:
    """The commit that would have said so is lost with its connection."""
    plan_batch(db, PEOPLE, now)
    cuts = iter([True])

    def answer(outgoing: Outgoing) -> SendResult:
        if next(cuts, False):
            cut(db, other)
        return Refused(Refusal.BAD_ADDRESS, "no such user")

    sender = courier(db, ScriptedChannel(answer), now)
    with pytest.raises(BROKEN):
        sender.drain_batch("bat_1")
    sender.drain_batch("bat_1")
    with db.read() as tx:
        assert len(messages.rows_of_campaign(tx, MessageState.FAILED, PEOPLE)) == PEOPLE
        assert all(shut_addresses.is_suppressed(tx, ChannelName.EMAIL, address_of(at)) for at in range(PEOPLE))


@dataclass
class CutOff:
    """Handles one, and finds the database away at the next."""

    db: Database
    other: Database
    handled: list[str] = field(default_factory=list)

    def handle(self, inbound: Inbound) -> None:
        self.handled.append(inbound.external_id)
        if len(self.handled) == 2:
            cut(self.db, self.other)
            self.let_in(False)
            with self.db.read() as tx:
                tx.execute(text("SELECT 1"))

    def let_in(self, whether: bool) -> None:
        url = make_url(self.other.url)
        engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS {str(whether).lower()}"))
        engine.dispose()


def test_what_came_in_is_handled_after_all(db: Database, other: Database, now: datetime) -> None:
    with db.write() as tx:
        for number in range(3):
            inbox.put(tx, Said(ChannelName.EMAIL, f"e{number}", f"p{number}@x.example", "hola", now), now)
    handler = CutOff(db, other)
    channel, clock = ScriptedChannel(), ManualClock(now)
    worker = Worker(db, clock, Bell(), handler, courier(db, channel, now), {}, "worker-1")
    with pytest.raises(BROKEN):
        worker.inbox_step()
    handler.let_in(True)
    worker.inbox_step()
    assert handler.handled == ["e0", "e1", "e1", "e2"]
    with db.read() as tx:
        assert set(tx.execute(select(inbox_table.c.state)).scalars()) == {"done"}


def test_a_slot_is_kept_over_a_lost_connection_and_its_life_goes_on(
    db: Database, other: Database, tmp_path: Path
) -> None:
    slot = slots.take_slot(db, tmp_path)
    lease = HeldLease(db, slot.name, keep_slot=slot.keep)
    lease.begin()
    cut(db, other)
    with other.write() as tx:
        assert slots.is_dead(tx, slot.name)
    lease.beat()
    assert not lease.lost.is_set()
    with other.write() as tx:
        assert not slots.is_dead(tx, slot.name)
    slot.release()


def test_a_slot_is_taken_again_although_somebody_looks_whether_it_is_free(
    db: Database, other: Database, tmp_path: Path
) -> None:
    slot = slots.take_slot(db, tmp_path)
    cut(db, other)
    with ThreadPoolExecutor(1) as thread:
        with other.write() as tx:
            assert slots.is_dead(tx, slot.name)
            kept = thread.submit(slot.keep)
            assert not wait([kept], timeout=0.3).done
        assert kept.result(20)
    slot.release()


def test_a_slot_that_another_took_meanwhile_ends_the_life(db: Database, other: Database, tmp_path: Path) -> None:
    slot = slots.take_slot(db, tmp_path)
    lease = HeldLease(db, slot.name, keep_slot=slot.keep)
    lease.begin()
    cut(db, other)
    theirs = slots.take_slot(other, tmp_path)
    assert theirs.name == slot.name
    lease.beat()
    assert lease.lost.is_set()
    theirs.release()
    slot.release()
