"""The one way in: each delivery once, in order within a conversation, never lost."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from channels.courier import Courier
from channels.pacer import Pacer
from console.worker import Worker, take_over
from records.bell import Bell
from records.clock import ManualClock
from records.database import Database
from records.hours import Window
from records.inbound import Inbound, Said
from records.store import inbox
from records.types import ChannelName
from tests.blank import blank


def said(external_id: str, address: str, now: datetime) -> Said:
    return Said(ChannelName.WEB, external_id, address, f"texto {external_id}", now)


class Remembering:
    """A handler that fails as often as told, then remembers."""

    def __init__(self, failures: int = 0) -> None:
        self.handled: list[str] = []
        self._failures = failures

    def handle(self, inbound: Inbound) -> None:
        if self._failures:
            self._failures -= 1
            raise RuntimeError("not today")
        self.handled.append(inbound.external_id)


def worker(db: Database, handler: Remembering, clock: ManualClock, holder: str = "worker-1") -> Worker:
    courier = Courier(db, {}, clock, Window.parse("09:00", "20:00"), holder, Pacer({}))
    return Worker(db, clock, Bell(), handler, courier, {}, holder)


def test_a_repeated_delivery_is_one(db: Database, now: datetime) -> None:
    with db.write() as tx:
        assert inbox.put(tx, said("e1", "a", now), now) is True
        assert inbox.put(tx, said("e1", "a", now), now) is False
    handler = Remembering()
    while worker(db, handler, ManualClock(now)).inbox_step():
        pass
    assert handler.handled == ["e1"]


def test_a_conversation_keeps_its_order_while_others_go_on(db: Database, now: datetime) -> None:
    with db.write() as tx:
        for number in range(3):
            inbox.put(tx, said(f"a{number}", "a", now), now)
        inbox.put(tx, said("b0", "b", now), now)
    clock = ManualClock(now)
    handler = Remembering(failures=1)
    worker(db, handler, clock).inbox_step()  # a0 fails and must be tried again before a1
    worker(db, handler, clock).inbox_step()
    assert handler.handled == ["b0"]
    clock.advance(timedelta(seconds=5))
    while worker(db, handler, clock).inbox_step():
        pass
    assert handler.handled == ["b0", "a0", "a1", "a2"]


def test_what_always_fails_is_kept_for_a_person_and_frees_the_way(db: Database, now: datetime) -> None:
    with db.write() as tx:
        inbox.put(tx, said("bad", "a", now), now)
    clock = ManualClock(now)
    handler = Remembering(failures=99)
    for _ in range(8):
        worker(db, handler, clock).inbox_step()
        clock.advance(timedelta(hours=1))
    with db.read() as tx:
        assert inbox.open_count(tx) == {"failed": 1}


def test_a_dead_workers_deliveries_are_handled_by_the_living(lite: Database, now: datetime) -> None:
    with lite.write() as tx:
        inbox.put(tx, said("e1", "a", now), now)
        assert len(inbox.take(tx, "worker-9", now, 5)) == 1
    clock, handler = ManualClock(now), Remembering()
    assert worker(lite, handler, clock).inbox_step() is False
    take_over(lite, "worker-1", clock)
    worker(lite, handler, clock).inbox_step()
    assert handler.handled == ["e1"]


def test_the_text_of_what_is_done_is_dropped(db: Database, now: datetime) -> None:
    from records.tables import inbox as table

    with db.write() as tx:
        inbox.put(tx, said("e1", "a", now), now)
    worker(db, Remembering(), ManualClock(now)).inbox_step()
    with db.read() as tx:
        assert [row.body for row in tx.execute(table.select())] == [""]


def test_a_card_number_is_not_kept_even_while_a_delivery_waits(db: Database, now: datetime) -> None:
    from records.tables import inbox as table

    with db.write() as tx:
        inbox.put(tx, Said(ChannelName.WEB, "e1", "a", "mi tarjeta es 4111 1111 1111 1111", now), now)
        body = tx.execute(table.select()).one().body
    assert "4111 1111" not in body
    assert "1111" in body


class InboxMachine(RuleBasedStateMachine):
    """Deliveries repeat, workers fail and die; in the end each is handled, and none twice by a living worker."""

    @initialize(folder=st.just(None))
    def open(self, folder: None) -> None:
        import tempfile
        from datetime import UTC

        self.folder = tempfile.TemporaryDirectory()
        self.db = blank(Path(self.folder.name, "r.db"))
        self.now = datetime(2027, 1, 18, 10, tzinfo=UTC)
        self.clock = ManualClock(self.now)
        self.handler = Remembering()
        self.sent: dict[str, str] = {}

    @rule(number=st.integers(0, 9), address=st.sampled_from("ab"))
    def deliver(self, number: int, address: str) -> None:
        key = f"{address}{number}"
        with self.db.write() as tx:
            fresh = inbox.put(tx, said(key, address, self.now), self.now)
        assert fresh is (key not in self.sent)
        self.sent.setdefault(key, address)

    @rule()
    def step(self) -> None:
        worker(self.db, self.handler, self.clock).inbox_step()

    @rule()
    def someone_dies_holding_rows(self) -> None:
        with self.db.write() as tx:
            inbox.take(tx, "worker-9", self.clock.now(), 3)
        take_over(self.db, "worker-1", self.clock)

    @invariant()
    def nothing_is_handled_twice(self) -> None:
        if hasattr(self, "handler"):
            assert len(self.handler.handled) == len(set(self.handler.handled))

    def teardown(self) -> None:
        if not hasattr(self, "db"):
            return
        while worker(self.db, self.handler, self.clock).inbox_step():
            pass
        assert sorted(self.handler.handled) == sorted(self.sent)
        self.db.close()
        self.folder.cleanup()


TestInboxMachine = InboxMachine.TestCase
TestInboxMachine.settings = settings(max_examples=15, stateful_step_count=20)


def test_a_running_worker_lets_the_index_learn(db: Database, now: datetime) -> None:
    asked = threading.Event()

    def learn() -> bool:
        asked.set()
        return False

    working = replace(worker(db, Remembering(), ManualClock(now)), learn=learn)
    working.start(lambda: None)
    assert asked.wait(10)
    working.join()
