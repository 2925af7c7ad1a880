"""A worker's right to work, which ends when its heart is not heard: a process that was stopped and continued is a stranger.

A lock alone cannot tell a working process from one that stands still: both hold it. So each worker counts beats in a row of
its own, and the others watch the count by their own monotonic clocks; no two machines need agree on the time. Who is silent
too long loses its life there, in one compare-and-set, and what it had in hand is given back. What then keeps a worker that
wakes up from sending: its tokens are gone, its claims are refused (`hold`), and just before a vendor is called it looks at its
own clock (`may_call`), which has run on while it slept. What was already in a vendor's hand cannot be called back.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from records import slots
from records.database import Database, Tx
from records.errors import LeaseLost
from records.store import sessions, workers
from records.store.workers import Heart

_log = logging.getLogger(__name__)

SILENCE_SECONDS = 40.0
"""Unheard for so long, a worker is dead to the others."""

_OWN_SHARE = 0.5
"""Of the silence, after which a worker stops by itself: well before the others act, whatever a commit takes."""
_BEAT_SHARE = 0.125

Monotonic = Callable[[], float]


class Lease(Protocol):
    """What a courier asks before it takes rows in hand, and before each call."""

    def hold(self, tx: Tx) -> None:
        """Until this unit ends, nobody takes us for dead. Raises LeaseLost when somebody has, or soon may."""
        ...

    def may_call(self) -> bool:
        """Whether a vendor may be called now. Asks no database."""
        ...


class Unleased:
    """For a courier that shares its rows with no other process: a rehearsal's, a bench's."""

    def hold(self, tx: Tx) -> None:  # noqa: ARG002  the lease's
        return None

    def may_call(self) -> bool:
        return True


@dataclass
class HeldLease:
    """The lease of one worker process. `on_lost` is called once, from the beating thread, when it is over: others ended it, or
    have our slot (`keep_slot`, see `records.slots`)."""

    db: Database
    name: str
    silence: float = SILENCE_SECONDS
    on_lost: Callable[[], None] = lambda: None
    keep_slot: Callable[[], bool] = lambda: True
    monotonic: Monotonic = time.monotonic
    lost: threading.Event = field(default_factory=threading.Event)
    _life: str = ""
    _heard_at: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Begin a life in our slot, which ends any earlier one."""
        asked = self.monotonic()
        with self.db.write() as tx:
            self._life = workers.enter(tx, self.name)
        self._heard_at = asked

    def keep(self, watch: "Watch") -> None:
        """Beat, and look how the others do, until `release` or until the lease is lost. In a thread of its own: a step of ours
        that waits for a row of a worker that stands still must not keep us from finding out."""
        threading.Thread(target=self._beat_on, args=(watch,), name="heart", daemon=True).start()

    def release(self) -> None:
        self._stop.set()

    def beat(self) -> None:
        """One beat. The lease runs from before it was asked for, so a slow database shortens it."""
        asked = self.monotonic()
        if not self.keep_slot():
            self._lose()
            return
        with self.db.write_quick() as tx:
            alive = workers.beat(tx, self.name, self._life)
        if alive:
            self._heard_at = asked
        else:
            self._lose()

    def may_call(self) -> bool:
        return not self.lost.is_set() and self.monotonic() - self._heard_at < self.silence * _OWN_SHARE

    def hold(self, tx: Tx) -> None:
        if not workers.lives(tx, self.name, self._life):
            self._lose()
        if not self.may_call():
            raise LeaseLost(
                f"{self.name} stood still for more than {self.silence * _OWN_SHARE:g} s, so it takes nothing in hand"
                + (
                    ": another worker took over its work. Start it again."
                    if self.lost.is_set()
                    else " until heard again."
                )
            )

    def _lose(self) -> None:
        if not self.lost.is_set():
            self.lost.set()
            self.on_lost()

    def _beat_on(self, watch: "Watch") -> None:
        while not self._stop.wait(self.silence * _BEAT_SHARE) and not self.lost.is_set():
            try:
                self.beat()
                watch.end_silent()
            except Exception:
                # The lease runs out by itself while the database is away, and goes on when it is back in time.
                _log.exception("a heartbeat failed; it is tried again")


@dataclass(frozen=True)
class _Sight:
    heart: Heart
    since: float


@dataclass
class Watch:
    """Watches the other workers' hearts for one worker. `own` is its slot."""

    db: Database
    own: str
    silence: float = SILENCE_SECONDS
    monotonic: Monotonic = time.monotonic
    _sights: dict[str, _Sight] = field(default_factory=dict)
    _looked_at: float = 0.0

    def end_silent(self) -> tuple[str, ...]:
        """Look once; end the lives of those that have not been heard for too long. Their names. Units in which nothing is said
        for as long end, too, whosever they are."""
        now = self.monotonic()
        with self.db.read() as tx:
            sessions.end_stalled(tx, self.silence)
            hearts = [heart for heart in workers.hearts(tx) if heart.name != self.own]
        self._remember(hearts, now)
        silent = [sight.heart for sight in self._sights.values() if now - sight.since > self.silence]
        ended = tuple(heart.name for heart in silent if self._end(heart))
        for name in ended:
            _log.warning("%s was not heard of for more than %g s and is taken for dead", name, self.silence)
        return ended

    def _remember(self, hearts: list[Heart], now: float) -> None:
        """A count that did not move keeps its time, unless we stood still ourselves: then we cannot know who else did."""
        slept = now - self._looked_at > self.silence * _OWN_SHARE
        self._looked_at = now
        before = {} if slept else self._sights
        fresh = {heart.name: _Sight(heart, now) for heart in hearts}
        self._sights = {
            name: before[name] if name in before and before[name].heart == sight.heart else sight
            for name, sight in fresh.items()
        }

    def _end(self, heart: Heart) -> bool:
        """What it has open in the database ends first: nobody waits for one who stands still."""
        with self.db.write() as tx:
            slots.end_units_of(tx, heart.name)
            return workers.end(tx, heart)
