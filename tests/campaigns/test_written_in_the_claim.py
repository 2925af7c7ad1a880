"""Messages are written in the claim that takes them in hand: what the gate is told is what it would read, and whoever is cut
short leaves the rest to the next run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from campaigns import revising, runner
from campaigns.revising import Asked
from campaigns.tick import tick
from channels.courier import Drained, Fill, Found
from channels.pace import Limit
from channels.pacer import Pacer
from channels.prices import Ceilings, Prices
from channels.purse import Purse
from records.clock import ManualClock
from records.database import Database, Tx
from records.hours import Window
from records.store import batches, messages, subscribers
from records.tables import messages as ledger
from records.types import ChannelName, MessageState
from tests.campaigns.world import APPROVER, AUTHOR, PLAN, OnlyWrites, World, make_world
from tests.ledger.people import save_campaign
from tests.servers import PostgresServer

WAVES = "waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]"
WAVE = PLAN.replace(WAVES, "waves: [{name: todos, share: 100%}]")
EVENING = datetime(2027, 1, 30, 18, 0, tzinfo=UTC)


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    world = make_world(db, tmp_path / "w", now, people=10, plan=WAVE)
    world.approve()
    world.clock.advance_to(EVENING)
    return world


def _write(world: World, writer: OnlyWrites) -> str:
    (run,) = tick(world.db, world.now)
    replace(world.batches(), courier=writer).run(run.batch_id, world.now)
    return run.batch_id


def test_the_gate_is_told_what_it_would_read(world: World) -> None:
    seen: list[int] = []

    def compare(tx: Tx, found: Found) -> None:
        assert found.facts == messages.facts_of(tx, found.rows)
        seen.append(len(found.rows))

    _write(world, OnlyWrites(world.db, world.now, seen=compare))
    assert sum(seen) == 10


def test_whoever_is_cut_short_leaves_the_rest_to_the_next_run(world: World) -> None:
    batch = _write(world, OnlyWrites(world.db, world.now, most=3, times=2))
    with world.db.read() as tx:
        found = batches.batch(tx, batch)
        assert found is not None
        assert len(batches.unfilled(tx, found)) == 4
    assert (found.state, found.runs) == ("planned", 1)
    world.turn()
    assert len(world.sent) == len({one.address for one in world.sent}) == 10
    assert not world.turn()


@dataclass(frozen=True)
class _MovesMeanwhile:
    """Three people get their rows, then the date moves and that is approved."""

    world: World

    def drain_batch(self, batch_id: str, look: Callable[[Tx], None], fill: Fill) -> Drained:
        world = self.world
        with world.db.write() as tx:
            assert len(fill.write(tx, world.now, 3).rows) == 3
        asked = Asked(AUTHOR, world.now, "the platform is late")
        revising.reschedule(world.db, world.workspace, world.path, asked, day=date(2027, 4, 15), template="")
        runner.approve(world.db, world.workspace, world.path, APPROVER, world.now)
        with world.db.write() as tx:
            assert not fill.write(tx, world.now, 3).rows
        assert fill.done
        return Drained()


def test_what_is_no_longer_to_be_said_is_written_to_nobody_else(world: World) -> None:
    (run,) = tick(world.db, world.now)
    replace(world.batches(), courier=_MovesMeanwhile(world)).run(run.batch_id, world.now)
    with world.db.read() as tx:
        assert len(messages.rows_of_campaign(tx, MessageState.PLANNED, 100)) == 3


def test_an_opt_out_between_two_writings_counts(world: World) -> None:
    batch = _write(world, OnlyWrites(world.db, world.now, most=3, times=1))
    with world.db.write() as tx:
        found = batches.batch(tx, batch)
        assert found is not None
        last = batches.unfilled(tx, found)[-1]
        address = subscribers.addresses_of_many(tx, [last])[last][ChannelName.EMAIL]
        subscribers.opt_out(tx, ChannelName.EMAIL, address, "test", world.now)
    world.turn()
    assert len(world.sent) >= 6
    assert address not in {one.address for one in world.sent}


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ({"window": Window.parse("03:00", "04:00")}, "quiet_hours"),
        ({"purse": Purse(Prices({}, 0, {ChannelName.EMAIL: 10}), Ceilings(campaign=9), ZoneInfo("UTC"))}, "ceiling"),
        ({"pacer": Pacer({"email": Limit(0.0001)}, ManualClock(EVENING))}, "paced"),
    ],
)
def test_what_may_not_leave_after_all_is_in_nobodys_hand(world: World, held: dict[str, Any], why: str) -> None:
    (run,) = tick(world.db, world.now)
    replace(world.batches(), courier=replace(world.courier(), **held)).run(run.batch_id, world.now)
    with world.db.read() as tx:
        waiting = tx.execute(select(ledger).where(ledger.c.state == "planned")).all()
    assert len(waiting) + len(world.sent) == 10
    assert len(waiting) >= 9
    assert {(row.token, row.holder, row.attempts) for row in waiting} == {(None, None, 0)}
    assert {row.reason for row in waiting} == {why}
    assert all(row.not_before > world.now for row in waiting)


_READ = """
SELECT seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes AS one WHERE one.relid = read.relid)
FROM pg_stat_user_tables AS read WHERE relname = 'stage_members'
"""


@pytest.mark.postgres
def test_who_is_still_to_be_written_to_is_found_without_reading_the_whole_stage(
    postgres_server: PostgresServer, now: datetime
) -> None:
    people = [f"P-{number:05}" for number in range(3000)]
    with postgres_server.lent() as url:
        db = Database(url)
        with db.write() as tx:
            save_campaign(tx, now)
            batches.enter_stage(tx, "cam_1", "anuncio", people)
            batch = batches.batch(tx, batches.make_batch(tx, "cam_1", "anuncio", 0, people[:100], now))
            assert batch is not None
        before = _rows_read(db)
        with db.read() as tx:
            assert batches.unfilled(tx, batch) == tuple(people[:100])
        assert _rows_read(db) - before <= 100
        db.close()


def _rows_read(db: Database) -> int:
    with db.read() as tx:
        tx.execute(text("SELECT pg_stat_force_next_flush()"))
    with db.read() as tx:
        return int(tx.execute(text(_READ)).scalar_one())
