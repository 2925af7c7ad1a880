"""The engine for real: a run is one run, and a worker killed in the middle leaves nothing undone."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from campaigns import runner
from campaigns.durable import Durable, launch
from campaigns.tick import tick
from channels.courier import Drained, Fill
from records.database import Database, Tx
from records.store import batches
from tests.campaigns.durable_process import BATCHES
from tests.campaigns.world import make_world


def _work(url: str, out: Path, mode: str, executor: str) -> int:
    command = [sys.executable, "-m", "tests.campaigns.durable_process", url, str(out), mode, executor]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    return done.returncode


def test_the_same_run_enqueued_twice_is_one_run_and_the_next_number_another(db: Database) -> None:
    ran: list[str] = []
    engine = launch(db.url, "slot-1", ran.append)
    try:
        for runs in (0, 0, 1):
            engine.enqueue("bat_1", runs)
        engine.wait("bat_1", 0)
        engine.wait("bat_1", 1)
    finally:
        engine.shutdown()
    assert ran == ["bat_1", "bat_1"]


def test_what_was_handed_out_is_not_named_to_the_engine_again(db: Database) -> None:
    entered: list[str] = []
    here = threading.get_ident()

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, parameters: object, _x: object, _many: bool) -> None:
        if threading.get_ident() == here and "INSERT INTO" in statement and "workflow_status" in statement:
            entered.extend(f"bat_{number}" for number in (1, 2) if f"bat_{number}:" in str(parameters))

    engine = launch(db.url, "slot-1", lambda _batch: None)
    try:
        engine.hand_out([("bat_1", 0)])
        engine.hand_out([("bat_1", 0), ("bat_2", 0)])
        assert entered == ["bat_1", "bat_2"]
        engine.hand_out([("bat_1", 1), ("bat_2", 0)])
        engine.wait("bat_1", 1)
        assert entered == ["bat_1", "bat_2", "bat_1"]
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        engine.shutdown()


@pytest.mark.parametrize("survivor", ["slot-1", "slot-2"])
def test_a_killed_worker_is_finished_by_itself_or_by_another(db: Database, tmp_path: Path, survivor: str) -> None:
    out = tmp_path / "ran.txt"
    assert _work(db.url, out, "die", "slot-1") == -signal.SIGKILL
    assert len(out.read_text().splitlines()) == 2
    assert _work(db.url, out, "live" if survivor == "slot-1" else "adopt", survivor) == 0
    assert Counter(out.read_text().split()) == Counter(BATCHES)


def test_a_wave_goes_out_through_the_engine_and_a_failed_run_is_handed_out_again(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    world = make_world(db, tmp_path / "w", now)
    world.approve()
    world.clock.advance_to(datetime(2027, 1, 30, 18, 0, tzinfo=UTC))
    broken = [True]

    def run(batch_id: str) -> None:
        batches = world.batches()
        if broken:
            broken.clear()
            batches = replace(batches, courier=_Broken())
        batches.run(batch_id, world.now)

    engine = launch(db.url, "slot-1", run)
    try:
        assert _hand_out(db, engine, world.now) == 1
        with db.read() as tx:
            batch = batches.planned_batches(tx, runner.named(tx, "mudanza").id, 1)[0]
        with pytest.raises(RuntimeError, match="the line is down"):
            engine.wait(batch.id, 0)
        assert world.sent == []
        assert _hand_out(db, engine, world.now) == 1
        engine.wait(batch.id, 1)
    finally:
        engine.shutdown()
    assert len(world.sent) == len({one.key for one in world.sent}) == runner.status(db, "mudanza").waves[0].size


class _Broken:
    def drain_batch(self, batch_id: str, look: Callable[[Tx], None], fill: Fill) -> Drained:
        raise RuntimeError("the line is down")


def _hand_out(db: Database, engine: Durable, now: datetime) -> int:
    runs = tick(db, now)
    engine.hand_out([(run.batch_id, run.runs) for run in runs])
    return len(runs)
