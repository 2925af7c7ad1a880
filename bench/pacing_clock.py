"""Pacing on one clock that both sides read: how exactly the pacers use what a vendor allows, whatever else the machine does.

Two workers, each with pacers of its own, take turns on one database; one of them is begun anew a third of the way. Waiting
moves the clock, so while one waits the other stalls. Adapters, connections and stand-ins are the real ones.
"""

import threading
from datetime import UTC, datetime, timedelta

from bench.pacing_parts import STANDINS, Load, Seen, channel_to, pace_at
from bench.pacing_rows import fill
from channels.contract import Channel
from channels.courier import Courier
from channels.pacer import Pacer
from channels.tolls import limits
from records.clock import ManualClock
from records.database import Database
from records.hours import Window
from records.store import messages
from tests.standins.rates import ALLOWED

BEGIN = datetime(2027, 1, 18, 10, 0, tzinfo=UTC)
TURN = 40
"""Messages in a batch: so many a worker sends before the other has its turn."""


def on_one_clock(db: Database, load: Load) -> tuple[Seen, float]:
    """What the stand-in saw, and the share of the allowed rate that was used from the first message to the last."""
    clock = ManualClock(BEGIN)
    count = -(-load.messages // TURN)
    units = fill(db, load, clock.now(), batches=count) * load.messages
    url, report = STANDINS[load.vendor](load.times, lambda: (clock.now() - BEGIN).total_seconds())
    channel = channel_to(load.vendor, url)
    workers = [_worker(db, load, channel, clock, name) for name in ("w-1", "w-2")]
    left, turn = [f"bat_{number}" for number in range(count)], 0
    while left:
        if turn == count // 3:
            workers[1] = _worker(db, load, channel, clock, "w-2 again")
        drained = workers[turn % 2].drain_batch(batch := left.pop(0))
        assert not drained.failed, drained
        turn += 1
        with db.read() as tx:
            at = messages.next_of_batch_at(tx, batch)
        if at is not None:
            left.append(batch)
            clock.advance_to(min(at, clock.now() + timedelta(milliseconds=10)))
    channel.close()
    seconds = (clock.now() - BEGIN).total_seconds()
    return report(), units / seconds / (ALLOWED[load.allowed] * load.times)


def _worker(db: Database, load: Load, channel: Channel, clock: ManualClock, holder: str) -> Courier:
    def wait(stop: threading.Event, seconds: float) -> bool:
        clock.advance(timedelta(seconds=seconds))
        return stop.is_set()

    pacer = Pacer(limits(pace_at(load.times)), clock, wait)
    return Courier(db, {channel.name: channel}, clock, Window.parse("00:00", "23:59"), holder, pacer)
