"""A campaign that crosses a limit stops while its batches run, not at the next tick."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns import runner
from campaigns.tick import tick
from channels.contract import Outgoing, Refusal, Refused, SendResult
from records.database import Database
from records.store import campaigns as store
from records.store import subscribers
from records.store.wave_numbers import WaveSpan, numbers_of
from records.types import CampaignState, ChannelName, MessageState
from records.wave import WaveNumbers
from tests.campaigns.test_reach import ALL_AT_ONCE
from tests.campaigns.world import APPROVER, Paper, World, make_world

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
PEOPLE = 600
LIMITED = ALL_AT_ONCE.replace("hard_failure_pause: 99%, minimum_sends: 3", "minimum_sends: 200")
STILL = 32
"""Messages a worker may send after the crossing."""


class Crossing(Paper):
    """Says yes until `good` messages have left, then something happens at each further one."""

    good: int = 0
    after: int = 0

    def happens(self, outgoing: Outgoing) -> SendResult | None:
        return Refused(Refusal.BAD_ADDRESS, "no such mailbox")

    def send(self, outgoing: Outgoing) -> SendResult:
        if len(self.sent) < self.good:
            return super().send(outgoing)
        self.after += 1
        return self.happens(outgoing) or super().send(outgoing)


def _ready(db: Database, root: Path, now: datetime, channel: Crossing) -> World:
    world = make_world(db, root, now, people=PEOPLE, plan=LIMITED)
    world.email = channel
    world.approve()
    world.clock.advance_to(OPENS + timedelta(hours=9))
    return world


@pytest.mark.parametrize("good", [0, 150, 400])
def test_failures_past_the_limit_stop_the_batch_that_runs(
    lite: Database, tmp_path: Path, now: datetime, good: int
) -> None:
    channel = Crossing(ChannelName.EMAIL)
    channel.good = good
    world = _ready(lite, tmp_path / "w", now, channel)
    world.turn()
    status = runner.status(lite, "mudanza")
    assert status.state is CampaignState.PAUSED
    failed = status.total(MessageState.FAILED)
    # the first moment at which both hold: enough messages, and more than one in twenty of them failed
    crossing = next(n for n in range(1, PEOPLE) if n + good >= 200 and n > 0.05 * (n + good)) if good else 2
    assert crossing <= failed <= crossing + STILL


def test_opt_outs_past_the_limit_stop_the_batch_that_runs(lite: Database, tmp_path: Path, now: datetime) -> None:
    class Annoying(Crossing):
        def happens(self, outgoing: Outgoing) -> None:
            with lite.write() as tx:
                subscribers.opt_out(tx, ChannelName.EMAIL, outgoing.address, "reply", OPENS + timedelta(hours=9))

    channel = Annoying(ChannelName.EMAIL)
    channel.good = 300
    world = _ready(lite, tmp_path / "w", now, channel)
    world.turn()
    assert runner.status(lite, "mudanza").state is CampaignState.PAUSED
    assert channel.after <= 4 + STILL  # more than one in a hundred of a little over three hundred


def test_nobody_counts_twice_while_their_batch_runs(db: Database, tmp_path: Path, now: datetime) -> None:
    seen: list[WaveNumbers] = []

    class Counted(Crossing):
        def happens(self, outgoing: Outgoing) -> None:
            with db.read() as tx:
                campaign = store.find(tx, "mudanza")
                assert campaign is not None
                (wave,) = store.waves_of(tx, campaign.id)
                span = {0: WaveSpan(wave.opened_at, wave.size)}
                seen.append(numbers_of(tx, campaign.id, span, wave.opened_at, wave.opened_at)[0])

    channel = Counted(ChannelName.EMAIL)
    channel.good = PEOPLE - 20
    world = _ready(db, tmp_path / "w", now, channel)
    world.turn()
    assert len(seen) == 20
    assert {numbers.attempts + numbers.waiting for numbers in seen} == {PEOPLE}


def test_two_workers_stop_together(db: Database, tmp_path: Path, now: datetime) -> None:
    channel = Crossing(ChannelName.EMAIL)
    channel.good = 300
    world = _ready(db, tmp_path / "w", now, channel)
    runs = tick(db, world.now)
    assert len(runs) == 2
    threads = [
        threading.Thread(target=world.batches(f"w{number}").run, args=(run.batch_id, world.now))
        for number, run in enumerate(runs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status = runner.status(db, "mudanza")
    assert status.state is CampaignState.PAUSED
    assert status.total(MessageState.FAILED) <= 16 + 2 * STILL


def test_a_pause_by_a_person_stops_within_a_group(lite: Database, tmp_path: Path, now: datetime) -> None:
    class Paused(Crossing):
        def happens(self, outgoing: Outgoing) -> None:
            if self.after == 1:
                runner.pause(lite, "mudanza", APPROVER, "a typo", now)

    channel = Paused(ChannelName.EMAIL)
    channel.good = 100
    world = _ready(lite, tmp_path / "w", now, channel)
    world.turn()
    assert channel.after == 1
