"""The courier: the only caller of `Channel.send`.

A claim is one transaction over a group of rows. They leave in volleys (`channels.volley`): `sending` is written just before
the vendor is called, so each open line has at most one row in `sending`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from channels import gate
from channels.bounces import Patience
from channels.caps import NO_CAPS, WEEK, Caps
from channels.contract import Channel
from channels.pacer import Pacer
from channels.purse import Purse
from channels.volley import LINES, BrokenOff, Claimed, Look, Starts, Volleys
from records.clock import Clock
from records.database import Database, Tx
from records.hours import Window
from records.ids import chance
from records.lease import Lease, Unleased
from records.ledger import Facts, Hand, Payload, StoredMessage
from records.store import attempts, forms, messages
from records.types import ChannelName, MessageKind, MessageState

GROUP = 512
"""Rows claimed together: 59,000 ledger rows a second against 2,560 one by one on SQLite (measured), and a batch of five hundred
waits for the disk once. However many are claimed, pause and opt-out are asked again before each one starts."""

FIRST = 64
FEWEST = 16
"""A drain that is paced looks at so many rows first, and never at fewer."""

REPLIES = 16
"""Replies claimed together: a vendor's slow answer keeps at most so many others waiting in hand."""

LONGEST_REST = 2.0
"""A drain waits so many seconds for the next slot; for what is due later the next tick hands the batch out again."""

SHORTEST_REST = 0.1
"""So that several rows are due at the next claim: it costs the same for one as for a group. What a key missed meanwhile is
caught up with."""

MAX_RESTS = 2
"""After so many rests in which nothing came due, somebody else is at it."""


@dataclass(frozen=True)
class Found:
    """Rows that might leave now. What each carries and what the gate must know of it, by its id, where that is known: for
    the others it is read. `token` is that of the attempt in whose hand they were written, if they were."""

    rows: Sequence[StoredMessage]
    payloads: Mapping[int, Payload] = field(default_factory=dict)
    facts: Mapping[int, Facts] = field(default_factory=dict)
    token: str = ""


_Wait = tuple[datetime, str]
"""Until when a row waits, and why."""

Due = Callable[[Tx, datetime, int], Found]
"""The rows that might leave now, at most so many, looked up in the claim."""


class Fill(Protocol):
    """Rows of a batch that are still to be written. They are written in the claim that takes them in hand: nobody else has seen
    them, and nothing has to be read twice."""

    @property
    def done(self) -> bool:
        """Nothing more is to be written now."""

    def write(self, tx: Tx, now: datetime, most: int, hand: Hand | None = None) -> Found:
        """Write the rows of the next `most` people; those of them whose time has come, in `hand` if there is one."""


@dataclass(frozen=True)
class Drained:
    """What one drain did, in rows."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    suppressed: int = 0
    uncertain: int = 0

    def __add__(self, other: "Drained") -> "Drained":
        return Drained(
            self.sent + other.sent,
            self.failed + other.failed,
            self.deferred + other.deferred,
            self.suppressed + other.suppressed,
            self.uncertain + other.uncertain,
        )

    @property
    def touched(self) -> int:
        return self.sent + self.failed + self.deferred + self.suppressed + self.uncertain


def next_look(most: int, deferred: int, claimed: int, left: int) -> int:
    """How many rows to look at after a claim that looked at `most`. To look at a row and send it away costs nearly as much as
    to claim it, and a slot not used in time is lost: so at most twice as many as found a slot, and no more than left in time,
    from where it grows slowly."""
    if left < claimed:
        wanted = left
    elif deferred:
        wanted = min(2 * claimed, most + most // 4)
    else:
        wanted = 2 * most
    return min(GROUP, max(FEWEST, wanted))


@dataclass
class Courier:
    """Takes planned rows out. `holder` names this process's worker slot, in which it works as long as its `lease` lasts:
    a drain raises LeaseLost once it is over. `stop` ends a drain between two volleys. `lines`: how many messages of one batch
    are under way at once, where the vendor takes so many.
    With `closes_addresses` an address its vendor refuses for good is never written to by a campaign again."""

    db: Database
    channels: Mapping[ChannelName, Channel]
    clock: Clock
    window: Window
    holder: str
    pacer: Pacer
    stop: threading.Event = field(default_factory=threading.Event)
    closes_addresses: bool = True
    patience: Patience = field(default_factory=Patience)
    caps: Caps = NO_CAPS
    purse: Purse | None = None
    chance: Callable[[], float] = chance
    lease: Lease = field(default_factory=Unleased)
    lines: int = LINES
    _starts: Starts = field(default_factory=Starts)
    _broken_off: dict[str, BrokenOff] = field(default_factory=dict)

    def drain_replies(self, channel: ChannelName, limit: int = REPLIES) -> Drained:
        """Send the replies that wait on a channel, oldest first, each address in order. One slow vendor holds no other."""
        return self._drain(
            lambda tx, now, most: Found(messages.due_replies(tx, channel, now, min(limit, most))),
            lambda tx: messages.next_reply_at(tx, channel),
        )

    def drain_batch(self, batch_id: str, look: Look = lambda _: None, fill: Fill | None = None) -> Drained:
        """Send every row of a batch whose time has come, with those that `fill` has still to write. A second run of the same
        batch finds nothing left.

        `look` is called every sixteen messages, as soon as one failed, and after each group: whoever watches may pause the
        campaign there, and the next message stays.
        """
        new = self._drain_new(fill, look) if fill is not None else Drained()
        return new + self._drain(
            lambda tx, now, most: Found(messages.due_of_batch(tx, batch_id, now, most)),
            lambda tx: messages.next_of_batch_at(tx, batch_id),
            look,
        )

    def _drain_new(self, fill: Fill, look: Look) -> Drained:
        total, most = Drained(), self._first
        while not fill.done and not self.stop.is_set():
            claimed, kept = self._claim(
                lambda tx, now, most: fill.write(tx, now, most, attempts.hand(self.holder, now)), most
            )
            done = self._send(claimed, look)
            most = next_look(most, kept.deferred, len(claimed.rows), done.touched)
            total += kept + done
        return total

    def _drain(self, due: Due, upcoming: Callable[[Tx], datetime | None], look: Look | None = None) -> Drained:
        """Group by group until nothing is left; without `look`, one group."""
        total = Drained()
        rests, most = 0, self._first
        while not self.stop.is_set():
            claimed, kept = self._claim(due, most)
            done = self._send(claimed, look or (lambda _: None))
            most = next_look(most, kept.deferred, len(claimed.rows), done.touched)
            total += kept + done
            if claimed.rows or kept.touched:
                rests = 0
            elif rests >= MAX_RESTS or not self._rested(upcoming):
                break
            else:
                rests += 1
                continue
            if look is None:
                break
        return total

    @property
    def _first(self) -> int:
        """How many rows a drain looks at first: where nothing is paced, there is nothing to find out."""
        return FIRST if self.pacer.limits else GROUP

    def _rested(self, upcoming: Callable[[Tx], datetime | None]) -> bool:
        """Wait for rows that were sent away a moment ago because a key was busy. False when there are none that soon."""
        if not self.pacer.is_queueing:
            return False
        with self.db.read() as tx:
            at = upcoming(tx)
        seconds = (at - self.clock.now()).total_seconds() if at is not None else LONGEST_REST + 1
        return seconds <= LONGEST_REST and not self.pacer.rest(self.stop, max(seconds, SHORTEST_REST))

    def _claim(self, due: Due, most: int) -> tuple[Claimed, Drained]:
        """One transaction: look, ask the gate, find a slot for each, take in hand what may leave."""
        now = self.clock.now()
        kept = Drained()
        with self.db.write() as tx:
            self.lease.hold(tx)
            broken_off = tuple(self._broken_off.values())
            self._volleys.give_back(tx, broken_off)
            found = due(tx, now, most)
            facts = self._facts(tx, found, now)
            leaving, staying = [], []
            for row in found.rows:
                verdict = gate.decide(row, facts.get(row.id), self.window, now, self.caps)
                if isinstance(verdict, gate.Allow):
                    leaving.append(row)
                else:
                    staying.append((row, verdict))
            self._let_go(tx, [row.id for row, _ in staying], found.token)
            for row, why in staying:
                kept += self._keep(tx, row, why, now)
            short = self._short(tx, leaving, facts, now)
            later = self._later(tx, [row for row in leaving if row.id not in short], now)
            kept += self._send_away(tx, {**short, **later}, found.token)
            leaving = [row for row in leaving if row.id not in short and row.id not in later]
            token = found.token or self._take(tx, leaving)
            bodies = {row.id: found.payloads.get(row.id) or forms.body_of(tx, row.content) for row in leaving}
        for attempt in broken_off:
            self._broken_off.pop(attempt.token, None)
        return Claimed(token, tuple(self.pacer.in_order(leaving)), bodies), kept

    def _facts(self, tx: Tx, found: Found, now: datetime) -> Mapping[int, Facts]:
        """What people heard is counted here alone, with everybody else kept from counting it."""
        known = found.facts if not self.caps.any else {}
        asked = [row for row in found.rows if row.kind is MessageKind.CAMPAIGN and row.id not in known]
        return {**known, **messages.facts_of(tx, asked, now - WEEK if self.caps.any else None)}

    def _short(
        self, tx: Tx, rows: Sequence[StoredMessage], facts: Mapping[int, Facts], now: datetime
    ) -> dict[int, _Wait]:
        """Those whose money could not be set aside: they come back when their pot may have some."""
        short = self.purse.admit(tx, rows, facts, now) if self.purse is not None else {}
        return {id: (held.until, gate.WhyNot.CEILING.value) for id, held in short.items()}

    def _later(self, tx: Tx, rows: Sequence[StoredMessage], now: datetime) -> dict[int, _Wait]:
        """Those without a slot: they come back when their turn comes, and nobody waits for them."""
        turns = self.pacer.admit(tx, rows)
        return {
            id: (now + timedelta(seconds=self.pacer.seconds_until(turn.until)), turn.why) for id, turn in turns.items()
        }

    def _send_away(self, tx: Tx, waits: Mapping[int, _Wait], token: str) -> Drained:
        """One update, however many."""
        self._let_go(tx, list(waits), token)
        messages.defer_each(tx, [(id, until, why) for id, (until, why) in waits.items()])
        return Drained(deferred=len(waits))

    def _let_go(self, tx: Tx, ids: Sequence[int], token: str) -> None:
        """What was written in hand and does not leave."""
        if token:
            attempts.put_back(tx, ids, token)

    def _take(self, tx: Tx, rows: Sequence[StoredMessage]) -> str:
        return attempts.claim(tx, [row.id for row in rows], self.holder) if rows else ""

    def _keep(self, tx: Tx, row: StoredMessage, verdict: gate.Defer | gate.Refuse, now: datetime) -> Drained:
        match verdict:
            case gate.Defer(until, why):
                messages.defer(tx, row.id, until, why.value)
                return Drained(deferred=1)
            case gate.Refuse(state, why):
                messages.end_unsent(tx, row.id, state, why.value, now)
                return Drained(suppressed=1)
            case _:
                assert_never(verdict)

    def _send(self, claimed: Claimed, look: Look) -> Drained:
        if not claimed.rows:
            return Drained()
        done = self._volleys.send(claimed, look)
        return Drained(
            sent=done[MessageState.SENT],
            failed=done[MessageState.FAILED],
            deferred=done[MessageState.PLANNED],
            uncertain=done[MessageState.UNCERTAIN],
        )

    @property
    def _volleys(self) -> Volleys:
        return Volleys(
            self.db,
            self.channels,
            self.clock,
            self.pacer,
            self.stop,
            self.lease,
            self.lines,
            self._starts,
            self.closes_addresses,
            self.patience,
            self.chance,
            self._broken_off,
        )
