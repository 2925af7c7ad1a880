"""The pacer: how fast vendors may be used, agreed among all workers through the records, so a restart forgets nothing.

`admit` runs inside the claim: one group of rows, one look at the keys, one write. So slots are taken in small groups and cost
no write of their own. A row without a slot goes back with the moment its turn comes, and holds up nobody else. Whoever dies
with slots in hand loses them, and nothing more.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from channels.contract import Reach, RetryLater
from channels.pace import Ask, Go, Later, admit, keys_of
from channels.tolls import OF_ONE, Limits, is_card, keys_for, tolls_of
from records.clock import Clock, RealClock
from records.database import Database, Tx
from records.ledger import StoredMessage
from records.store import messages, pace

_IDLE = timedelta(minutes=10)
"""How long the key of a chat is kept after its last use."""


class Moment(Enum):
    NOW = auto()  # its slot has come: send
    MISSED = auto()  # its slot passed, or its key was held meanwhile: back to planned
    STOPPED = auto()  # we were told to stop: send nothing more


Wait = Callable[[threading.Event, float], bool]
"""Wait so many seconds; True when the event was set meanwhile."""


def _wait(stop: threading.Event, seconds: float) -> bool:
    return stop.wait(seconds)


@dataclass
class Pacer:
    """`limits` are units a second and a day by key; what has no limit is never held back, except when its vendor says so.

    Paced by `clock`, which is the machine's and not the workspace's: a vendor's limits run in real time.
    """

    limits: Limits
    clock: Clock = field(default_factory=RealClock)
    wait_for: Wait = _wait
    _slots: dict[int, Go] = field(default_factory=dict)
    _tails: dict[str, datetime] = field(default_factory=dict)
    _held: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _swept: datetime | None = None

    def admit(self, tx: Tx, rows: Sequence[StoredMessage]) -> dict[int, Later]:
        """Slots for these rows; those that get none, and when their turn comes on the pacer's clock."""
        if not rows:
            return {}
        now = self.clock.now()
        held = pace.held(tx, now)
        if not self.limits and not held:
            return {}
        asks = [self._ask(tx, row, held) for row in rows]
        paces = pace.take(tx, keys_of(asks), now)
        now = self.clock.now()  # another worker's claim may have held them until now; a slot counts from here
        with self._lock:
            done = admit(asks, paces, self._tails, now)
            self._tails = {key: end for key, end in done.tails.items() if end > now}
            self._slots |= {ask.id: turn for ask in asks if ask.tolls and isinstance(turn := done.turns[ask.id], Go)}
            self._held = {key: end for key, end in (self._held | held).items() if end > now}
        pace.save(tx, [new for key, new in done.paces.items() if new != paces[key]])
        self._sweep(tx, now)
        return {id: turn for id, turn in done.turns.items() if isinstance(turn, Later)}

    def _ask(self, tx: Tx, row: StoredMessage, held: Mapping[str, datetime]) -> Ask:
        keys = keys_for(row)
        ends = [held[key] for key in (keys.sender, keys.destination) if key in held]
        redraws = bool(self.limits) and is_card(row) and bool(messages.thread_of_case(tx, row.channel, row.case_id))
        return Ask(row.id, tolls_of(row, self.limits, redraws=redraws), max(ends, default=None))

    @property
    def is_queueing(self) -> bool:
        """Were rows sent away whose turn is still to come?"""
        now = self.clock.now()
        return any(end > now for end in self._tails.values())

    def in_order(self, rows: Sequence[StoredMessage]) -> list[StoredMessage]:
        """By slot; rows of one destination keep their order."""
        now = self.clock.now()
        return sorted(rows, key=lambda row: self._slots[row.id].at if row.id in self._slots else now)

    @property
    def is_pacing(self) -> bool:
        """Whether any row has to wait for a slot, or a vendor asked for quiet."""
        return bool(self.limits or self._slots or self._held)

    def is_due(self, row: StoredMessage) -> bool:
        """Whether `wait` would not have to wait."""
        slot = self._slots.get(row.id) if self._slots else None
        return slot is None or slot.at <= self.clock.now()

    def wait(self, row: StoredMessage, stop: threading.Event) -> Moment:
        """Wait for this row's slot."""
        if not self._slots and not self._held:
            return Moment.STOPPED if stop.is_set() else Moment.NOW
        with self._lock:
            slot = self._slots.pop(row.id, None)
        now = self.clock.now()
        if slot is not None and now > slot.at + slot.late:
            return Moment.MISSED
        pause = (slot.at - now).total_seconds() if slot is not None else 0.0
        if self.wait_for(stop, pause) if pause > 0 else stop.is_set():
            return Moment.STOPPED
        return Moment.MISSED if self._is_held(row) else Moment.NOW

    def rest(self, stop: threading.Event, seconds: float) -> bool:
        """Nothing may leave for so long. True when told to stop meanwhile."""
        return self.wait_for(stop, max(0.001, seconds))

    def seconds_until(self, moment: datetime) -> float:
        return max(0.0, (moment - self.clock.now()).total_seconds())

    def heard(self, db: Database, row: StoredMessage, wait: RetryLater) -> None:
        """The vendor asked for quiet: on our sender, on this destination, or (a passing trouble) on nothing but this row."""
        if wait.reach is Reach.MESSAGE:
            return
        now, keys = self.clock.now(), keys_for(row)
        key = keys.sender if wait.reach is Reach.SENDER else keys.destination
        until = now + timedelta(seconds=wait.seconds)
        with self._lock:
            self._held[key] = max(until, self._held.get(key, until))
        with db.write_quick() as tx:
            pace.hold(tx, key, until, wait.detail, now)

    def refused(self, tx: Tx, row: StoredMessage) -> None:
        """Count a refusal for good, for whoever watches."""
        pace.count_refusal(tx, keys_for(row).sender, self.clock.now())

    def _is_held(self, row: StoredMessage) -> bool:
        if not self._held:
            return False
        now, keys = self.clock.now(), keys_for(row)
        return any(self._held.get(key, now) > now for key in (keys.sender, keys.destination))

    def _sweep(self, tx: Tx, now: datetime) -> None:
        if self._swept is None or now - self._swept > _IDLE:
            self._swept = now
            pace.forget_idle(tx, OF_ONE, now - _IDLE)
