"""The pacers' promises in the records: workers share one pace and one hold, a restart forgets neither, being slowed down is no
attempt, and one slow domain keeps nobody else waiting."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from channels.contract import Accepted, Outgoing, Reach, RetryLater, SendResult
from channels.courier import FEWEST, GROUP, Courier, next_look
from channels.outbox import put_reply
from channels.outcomes import MAX_ATTEMPTS, outcome_of
from channels.pace import Limit
from channels.pacer import Pacer
from records.clock import ManualClock
from records.content import ChatMessage
from records.database import Database
from records.hours import Window
from records.ledger import StoredMessage
from records.store import messages, pace
from records.types import ChannelName, MessageState
from tests.ledger.people import ScriptedChannel, plan_batch

WINDOW = Window.parse("09:00", "20:00")
EMAIL, TELEGRAM = ChannelName.EMAIL, ChannelName.TELEGRAM


@dataclass
class Seen(ScriptedChannel):
    """Writes down when each message came."""

    clock: ManualClock

    def __init__(self, clock: ManualClock, answer: Callable[[Outgoing], SendResult] = lambda _: Accepted("ok")) -> None:
        super().__init__(answer)
        self.clock = clock
        self.at: list[tuple[str, datetime]] = []

    def send(self, outgoing: Outgoing) -> SendResult:
        self.at.append((outgoing.key, self.clock.now()))
        return super().send(outgoing)


def courier(
    db: Database, channel: ScriptedChannel, clock: ManualClock, holder: str, limits: dict[str, Limit]
) -> Courier:
    """As after a start: nothing remembered but what the records hold. Waiting moves the clock."""

    def wait(stop: threading.Event, seconds: float) -> bool:
        clock.advance(timedelta(seconds=seconds))
        return stop.is_set()

    pacer = Pacer(limits, clock, wait)
    return Courier(db, {name: channel for name in ChannelName}, clock, WINDOW, holder, pacer, chance=lambda: 0.0)


def put(db: Database, channel: ChannelName, address: str, key: str, now: datetime) -> None:
    with db.write() as tx:
        put_reply(tx, channel=channel, address=address, content=ChatMessage(key, "es"), key=key, now=now)


def test_two_workers_and_a_restart_keep_to_one_pace(db: Database, now: datetime) -> None:
    plan_batch(db, 120, now)
    clock = ManualClock(now)
    seen, limits = Seen(clock), {"email": Limit(20.0)}
    workers = [courier(db, seen, clock, "worker-1", limits), courier(db, seen, clock, "worker-2", limits)]
    for turn in range(400):
        if turn == 3:
            workers[0] = courier(db, seen, clock, "worker-1", limits)
        worker = workers[turn % 2]
        with stopped_after(worker, 5):
            worker.drain_batch("bat_1")
        clock.advance(timedelta(milliseconds=20))
    assert len({key for key, _ in seen.at}) == len(seen.at) == 120
    moments = [at for _, at in seen.at]
    lasted = (moments[-1] - moments[0]).total_seconds()
    assert lasted >= 119 / 20 - 0.9
    assert lasted <= 119 / 20 * 1.6  # whoever is stopped loses the slots it had in hand
    bucket, last = 20.0, now
    for at in moments:
        bucket = min(20.0, bucket + 20 * (at - last).total_seconds()) - 1
        last = at
        assert bucket >= 0


@contextmanager
def stopped_after(worker: Courier, count: int) -> Iterator[None]:
    """The worker is told to stop after so many messages, and may start again afterwards."""
    channel = worker.channels[EMAIL]
    assert isinstance(channel, Seen)
    goal, answer = len(channel.at) + count, channel.answer

    def then_stop(outgoing: Outgoing) -> SendResult:
        if len(channel.at) >= goal:
            worker.stop.set()
        return answer(outgoing)

    channel.answer = then_stop
    yield
    channel.answer = answer
    worker.stop.clear()


@pytest.mark.parametrize("reach", [Reach.DESTINATION, Reach.SENDER])
def test_a_vendors_wait_holds_that_key_for_every_worker(db: Database, now: datetime, reach: Reach) -> None:
    clock = ManualClock(now)
    for number in range(3):
        put(db, EMAIL, f"p{number}@slow.example", f"slow{number}", now)
    put(db, EMAIL, "p@fast.example", "fast", now)
    slow = {"slow0"}

    def answer(outgoing: Outgoing) -> SendResult:
        return RetryLater(60, "421 4.7.0 slow down", reach, asked=True) if outgoing.key in slow else Accepted("ok")

    seen = Seen(clock, answer)
    courier(db, seen, clock, "worker-1", {}).drain_replies(EMAIL)
    courier(db, seen, clock, "worker-2", {}).drain_replies(EMAIL)
    fast = ["fast"] if reach is Reach.DESTINATION else []
    assert [key for key, _ in seen.at] == ["slow0", *fast]
    slow.clear()
    clock.advance(timedelta(seconds=59))
    courier(db, seen, clock, "worker-3", {}).drain_replies(EMAIL)
    assert len(seen.at) == 1 + len(fast)
    clock.advance(timedelta(seconds=2))
    courier(db, seen, clock, "worker-3", {}).drain_replies(EMAIL)
    assert {key for key, _ in seen.at} == {"slow0", "slow1", "slow2", "fast"}
    with db.read() as tx:
        standing = {one.key: one.holds for one in pace.listed(tx)}
    assert standing == {"email:domain:slow.example" if reach is Reach.DESTINATION else "email": 1}


def test_being_slowed_down_is_no_attempt_and_never_a_failure(db: Database, now: datetime) -> None:
    clock = ManualClock(now)
    put(db, EMAIL, "p@slow.example", "k", now)
    seen = Seen(clock, lambda _: RetryLater(30, "450", Reach.DESTINATION, asked=True))
    for _ in range(3 * MAX_ATTEMPTS):
        courier(db, seen, clock, "w", {}).drain_replies(EMAIL)
        clock.advance(timedelta(seconds=31))
    assert len(seen.at) == 3 * MAX_ATTEMPTS
    with db.write() as tx:
        (row,) = messages.due_replies(tx, EMAIL, clock.now(), 10)
    assert (row.state, row.attempts) == (MessageState.PLANNED, 0)


def test_a_passing_trouble_is_tried_with_growing_pauses_and_given_up(now: datetime) -> None:
    broken = RetryLater(1, "no connection")
    pauses = [outcome_of(broken, attempts, now, 0.0).again_at for attempts in range(MAX_ATTEMPTS - 1)]
    assert [(at - now).total_seconds() for at in pauses if at] == [1, 2, 4, 8, 16, 32, 64]
    assert outcome_of(broken, MAX_ATTEMPTS - 1, now, 0.0).state is MessageState.FAILED
    spread = outcome_of(broken, 3, now, 0.99).again_at
    assert spread is not None
    assert timedelta(seconds=8) < spread - now < timedelta(seconds=10)


def test_messages_to_one_chat_leave_in_order_a_second_apart_and_others_between(db: Database, now: datetime) -> None:
    clock = ManualClock(now)
    for key in ("a1", "a2", "a3"):
        put(db, TELEGRAM, "71", key, now)
    for number in range(5):
        put(db, TELEGRAM, f"8{number}", f"b{number}", now)
    seen = Seen(clock)
    worker = courier(db, seen, clock, "w", {"telegram": Limit(25.0), "telegram:chat:": Limit(1.0, spare=0.4)})
    for _ in range(20):
        worker.drain_replies(TELEGRAM)
    keys, at = [key for key, _ in seen.at], dict(seen.at)
    assert [key for key in keys if key[0] == "a"] == ["a1", "a2", "a3"]
    assert all(at[later] - at[earlier] >= timedelta(seconds=1) for earlier, later in (("a1", "a2"), ("a2", "a3")))
    assert max(at[f"b{number}"] for number in range(5)) < at["a2"]


def test_a_slot_that_passed_is_lost_and_the_row_asks_again(db: Database, now: datetime) -> None:
    clock = ManualClock(now)
    put(db, EMAIL, "p@a.example", "k", now)
    seen = Seen(clock)
    worker = courier(db, seen, clock, "w", {"email": Limit(10.0)})
    stalled = replace(worker, pacer=_Stalling(worker.pacer.limits, clock, worker.pacer.wait_for))
    stalled.drain_replies(EMAIL)
    assert seen.at == []
    worker.drain_replies(EMAIL)
    assert [key for key, _ in seen.at] == ["k"]


class _Stalling(Pacer):
    """A worker that loses five seconds between the claim and the send."""

    def in_order(self, rows: Sequence[StoredMessage]) -> list[StoredMessage]:
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(timedelta(seconds=5))
        return super().in_order(rows)


def test_a_claim_grows_while_all_leaves_and_shrinks_to_what_did() -> None:
    assert next_look(64, deferred=0, claimed=64, left=64) == 128
    assert next_look(300, deferred=0, claimed=300, left=300) == GROUP
    assert next_look(128, deferred=98, claimed=30, left=30) == 60
    assert next_look(40, deferred=10, claimed=30, left=30) == 50
    assert next_look(128, deferred=0, claimed=80, left=40) == 40
    assert next_look(64, deferred=64, claimed=0, left=0) == FEWEST


def test_keys_of_chats_are_forgotten_when_idle(db: Database, now: datetime) -> None:
    clock = ManualClock(now)
    limits = {"telegram": Limit(25.0), "telegram:chat:": Limit(1.0)}
    put(db, TELEGRAM, "71", "k1", now)
    courier(db, Seen(clock), clock, "w", limits).drain_replies(TELEGRAM)
    clock.advance(timedelta(hours=1))
    put(db, TELEGRAM, "72", "k2", clock.now())
    courier(db, Seen(clock), clock, "w", limits).drain_replies(TELEGRAM)
    with db.read() as tx:
        keys = [one.key.rpartition(":")[0] for one in pace.listed(tx)]
    assert keys == ["", "telegram:chat"]
