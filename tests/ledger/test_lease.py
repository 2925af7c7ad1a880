"""A worker that stands still is dead to the others, and a stranger when it wakes: it sends nothing more."""

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from channels.contract import Accepted, Outgoing, SendResult
from channels.courier import Courier
from channels.pacer import Pacer
from console.worker import take_over
from records.clock import ManualClock
from records.database import Database
from records.errors import LeaseLost
from records.hours import Window
from records.lease import HeldLease, Watch
from records.store import inbox, messages, workers
from records.types import MessageState
from tests.ledger.people import ScriptedChannel, plan_batch

SILENCE = 40.0
TEN_MINUTES = 600.0
PEOPLE = 100
WINDOW = Window.parse("09:00", "20:00")


@dataclass
class Machine:
    """A monotonic clock that moves when told."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def lease_of(db: Database, name: str, machine: Machine) -> HeldLease:
    lease = HeldLease(db, name, SILENCE, monotonic=machine)
    lease.begin()
    return lease


def courier(db: Database, channel: ScriptedChannel, now: datetime, lease: HeldLease) -> Courier:
    clock = ManualClock(now)
    return Courier(db, {channel.name: channel}, clock, WINDOW, lease.name, Pacer({}, clock), lease=lease)


def declare_dead(db: Database, machine: Machine, now: datetime) -> tuple[str, ...]:
    """What another worker's ticks do while this one stands still for ten minutes."""
    watch = Watch(db, "worker-2", SILENCE, machine)
    assert watch.end_silent() == ()
    dead: tuple[str, ...] = ()
    for _ in range(int(TEN_MINUTES)):
        machine.seconds += 1
        dead += watch.end_silent()
    take_over(db, "worker-2", ManualClock(now))
    return dead


@dataclass
class Stopping:
    """The machine's clock as a worker sees it that is stopped just before its next look at it, once `armed`."""

    db: Database
    machine: Machine
    now: datetime
    other: Courier
    armed: bool = False

    def __call__(self) -> float:
        if self.armed:
            self.armed = False
            assert declare_dead(self.db, self.machine, self.now) == ("worker-1",)
            self.other.drain_batch("bat_1")
        return self.machine()


def addresses(channel: ScriptedChannel) -> list[str]:
    return [out.address for out in channel.taken]


def assert_ledger_is_log(db: Database, taken: list[str]) -> list[str]:
    """Sent rows and the vendor's log are the same; the addresses nobody can be sure of."""
    assert len(set(taken)) == len(taken)
    with db.read() as tx:
        sent = {row.address for row in messages.rows_of_campaign(tx, MessageState.SENT, PEOPLE)}
        unsure = {row.address for row in messages.rows_of_campaign(tx, MessageState.UNCERTAIN, PEOPLE)}
    assert sent <= set(taken) <= sent | unsure
    assert len(sent | unsure) == PEOPLE
    return sorted(unsure)


@pytest.mark.parametrize("sent_before", [1, 5, 63, 64, 99])
def test_stopped_for_ten_minutes_in_a_call_it_sends_nothing_after_waking(
    db: Database, now: datetime, sent_before: int
) -> None:
    plan_batch(db, PEOPLE, now)
    machine = Machine()
    zombie_lease, lease = lease_of(db, "worker-1", machine), lease_of(db, "worker-2", Machine())
    other = ScriptedChannel()

    def answer(outgoing: Outgoing) -> SendResult:
        if len(channel.taken) == sent_before:
            assert declare_dead(db, machine, now) == ("worker-1",)
            courier(db, other, now, lease).drain_batch("bat_1")
        return Accepted(f"id:{outgoing.key}")

    channel = ScriptedChannel(answer)
    with pytest.raises(LeaseLost, match="another worker took over"):
        courier(db, channel, now, zombie_lease).drain_batch("bat_1")
    assert zombie_lease.lost.is_set()
    assert len(channel.taken) == sent_before + 1
    assert assert_ledger_is_log(db, addresses(channel) + addresses(other)) == [channel.taken[-1].address]


@pytest.mark.parametrize("sent_before", [1, 5, 40])
def test_stopped_between_the_mark_and_the_call_it_does_not_call(db: Database, now: datetime, sent_before: int) -> None:
    plan_batch(db, PEOPLE, now)
    machine, other = Machine(), ScriptedChannel()
    stopping = Stopping(db, machine, now, courier(db, other, now, lease_of(db, "worker-2", Machine())))
    zombie_lease = replace(lease_of(db, "worker-1", machine), monotonic=stopping)

    def answer(outgoing: Outgoing) -> SendResult:
        stopping.armed = len(channel.taken) + 1 == sent_before
        return Accepted(f"id:{outgoing.key}")

    channel = ScriptedChannel(answer)
    with pytest.raises(LeaseLost):
        courier(db, channel, now, zombie_lease).drain_batch("bat_1")
    assert len(channel.taken) == sent_before
    unsure = assert_ledger_is_log(db, addresses(channel) + addresses(other))
    assert len(unsure) == 1
    assert unsure[0] not in addresses(channel)


def test_a_heart_that_beats_is_left_alone_and_a_silent_one_is_dead_after_the_silence(db: Database) -> None:
    machine = Machine()
    lease = lease_of(db, "worker-1", machine)
    watch = Watch(db, "worker-2", SILENCE, machine)
    for _ in range(200):
        machine.seconds += 1
        if machine.seconds % 5 == 0:
            lease.beat()
        assert watch.end_silent() == ()
    began = machine.seconds
    while not watch.end_silent():
        machine.seconds += 1
    assert SILENCE <= machine.seconds - began <= SILENCE + 5
    lease.beat()
    assert lease.lost.is_set()


def test_who_stood_still_itself_takes_nobody_for_dead_at_once(db: Database) -> None:
    machine = Machine()
    lease_of(db, "worker-1", machine)
    watch = Watch(db, "worker-2", SILENCE, machine)
    watch.end_silent()
    machine.seconds += TEN_MINUTES
    assert watch.end_silent() == ()


def test_a_worker_stops_sending_long_before_others_take_over_and_goes_on_when_heard_again(
    db: Database, now: datetime
) -> None:
    plan_batch(db, PEOPLE, now)
    machine, channel = Machine(), ScriptedChannel()
    lease = lease_of(db, "worker-1", machine)
    machine.seconds += SILENCE / 2
    assert lease.may_call() is False
    with pytest.raises(LeaseLost, match="until heard again"):
        courier(db, channel, now, lease).drain_batch("bat_1")
    assert channel.taken == []
    lease.beat()
    assert courier(db, channel, now, lease).drain_batch("bat_1").sent == PEOPLE


def test_a_new_life_in_a_slot_ends_the_one_before(db: Database, now: datetime) -> None:
    plan_batch(db, 3, now)
    machine, channel = Machine(), ScriptedChannel()
    before, after = lease_of(db, "worker-1", machine), lease_of(db, "worker-1", machine)
    with pytest.raises(LeaseLost):
        courier(db, channel, now, before).drain_batch("bat_1")
    assert courier(db, channel, now, after).drain_batch("bat_1").sent == 3


def test_two_that_watch_end_a_life_once(db: Database) -> None:
    lease_of(db, "worker-1", Machine())
    with db.read() as tx:
        seen = workers.hearts(tx)[0]
    with db.write() as tx:
        assert workers.end(tx, seen) is True
    with db.write() as tx:
        assert workers.end(tx, seen) is False
        assert workers.hearts(tx) == ()
        assert inbox.holders(tx) == ()
