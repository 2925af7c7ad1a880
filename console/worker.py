"""A worker: the threads that move a workspace. Each loop does one step, waits for its bell, and stops when told.

inbox    takes deliveries, one per conversation at a time, and lets the bot handle them
replies  one thread per channel, so that a slow vendor holds no other
tick     decides what is due: waves, batches, promised times; takes over from workers that died or stand still
learning lets the index take in what people approved; seconds of work that no question waits for
sockets  long polling and Socket Mode, where a channel has no webhook
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog

from channels.courier import Courier
from records import slots
from records.bell import Bell
from records.clock import Clock
from records.database import Database, Tx
from records.errors import LeaseLost
from records.inbound import Inbound
from records.store import attempts, inbox
from records.store.inbox import InboxRow
from records.types import ChannelName

log = structlog.get_logger()

INBOX_ATTEMPTS = 5
IDLE_SECONDS = 1.0
"""The longest a waiting loop sleeps: what another process rang is noticed within this."""


class Handler(Protocol):
    """Whoever handles what came in; twice has the same effect as once."""

    def handle(self, inbound: Inbound) -> object: ...


def take_over(db: Database, holder: str, clock: Clock) -> None:
    """Give back what dead workers had in hand."""
    with db.read() as tx:
        names = {*attempts.holders(tx), *inbox.holders(tx)}
    for name in sorted(names - {holder}):
        _recover(db, name, clock, partial(slots.is_dead, slot_name=name))


def _recover(db: Database, name: str, clock: Clock, is_dead: Callable[[Tx], bool]) -> None:
    with db.write() as tx:
        if not is_dead(tx):
            return
        back, unsure = attempts.recover(tx, name, clock.now())
        again = inbox.recover(tx, name)
    if back or unsure or again:
        log.info("took over from a stopped worker", slot=name, planned=back, uncertain=unsure, inbox=again)


@dataclass
class Worker:
    """Runs until told to stop. `sockets` are long-running listeners. `learn` is True when there was something to learn."""

    db: Database
    clock: Clock
    bell: Bell
    handler: Handler
    courier: Courier
    channels: Mapping[ChannelName, object]
    holder: str
    sockets: tuple[Callable[[threading.Event], None], ...] = ()
    inbox_threads: int = 2
    learn: Callable[[], bool] = lambda: False
    stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _unhandled: set[int] = field(default_factory=set)

    def recover(self) -> None:
        """Give back what our slot's earlier life and other dead workers had in hand. Before anything else runs."""
        _recover(self.db, self.holder, self.clock, lambda _: True)
        take_over(self.db, self.holder, self.clock)

    def start(self, tick: Callable[[], None]) -> None:
        """Start every loop; `tick` is called about once a second."""
        for number in range(self.inbox_threads):
            self._spawn(f"inbox-{number}", partial(self._loop, "inbox", self.inbox_step))
        for name in self.channels:
            self._spawn(f"replies-{name.value}", partial(self._loop, "outbox", partial(self.reply_step, name)))
        self._spawn("tick", partial(self._loop, "tick", partial(self.tick_step, tick)))
        self._spawn("learning", partial(self._loop, "learning", self.learn))
        for number, socket in enumerate(self.sockets):
            self._spawn(f"socket-{number}", partial(socket, self.stop))

    def join(self, seconds: float = 10.0) -> None:
        """Stop every loop between two steps and wait for them."""
        self.stop.set()
        self.courier.stop.set()
        for topic in ("inbox", "outbox", "tick", "learning"):
            self.bell.ring(topic)
        for thread in self._threads:
            thread.join(seconds)

    def inbox_step(self) -> bool:
        """Handle one group; True when there was something."""
        with self.db.write() as tx:
            self.courier.lease.hold(tx)
            unhandled = tuple(self._unhandled)
            inbox.give_back(tx, unhandled)
            rows = inbox.take(tx, self.holder, self.clock.now(), limit=4)
        self._unhandled.difference_update(unhandled)
        left = deque(rows)
        try:
            while left:
                self._handle(left[0])
                left.popleft()
        finally:
            # Not even what went wrong could be written: the database is away, and the next step that reaches it starts over.
            self._unhandled.update(row.id for row in left)
        return bool(rows)

    def _handle(self, row: InboxRow) -> None:
        try:
            self.handler.handle(row.inbound)
        except Exception as error:
            # Whatever went wrong, the delivery stays: tried again with growing pauses, then kept for a person to look at.
            log.exception("handling failed", inbox=row.id, attempt=row.attempts + 1)
            last = row.attempts + 1 >= INBOX_ATTEMPTS
            pause = timedelta(seconds=4.0**row.attempts)
            with self.db.write() as tx:
                inbox.again(tx, row.id, type(error).__name__, None if last else self.clock.now() + pause)
        else:
            with self.db.write() as tx:
                inbox.done(tx, row.id)
            self.bell.ring("outbox")

    def reply_step(self, name: ChannelName) -> bool:
        """Send one group of replies of a channel; True when something left or ended."""
        return self.courier.drain_replies(name).touched > 0

    def tick_step(self, tick: Callable[[], None]) -> bool:
        """One tick; never True: the next one comes after a pause."""
        take_over(self.db, self.holder, self.clock)
        tick()
        return False

    def _loop(self, topic: str, step: Callable[[], bool]) -> None:
        while not self.stop.is_set():
            seen = self.bell.count(topic)
            try:
                busy = step()
            except LeaseLost as error:
                log.warning("a step was not begun", loop=topic, why=str(error))
                busy = False
            except Exception:
                log.exception("a step failed; it is tried again", loop=topic)
                busy = False
            if not busy:
                self.bell.wait(topic, seen, IDLE_SECONDS)

    def _spawn(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)
