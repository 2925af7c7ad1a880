"""The courier: the only caller of `Channel.send`.

A claim is one transaction over a group of rows; `sending` is written row by row just before the vendor call, together with
the outcome of the row before. So one connection has at most one row in `sending`, and one quick commit is paid per message.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from channels import bounces, gate
from channels.bounces import Back, Patience
from channels.caps import NO_CAPS, WEEK, Caps
from channels.contract import Accepted, Channel, Outgoing, Refusal, Refused, RetryLater, SendResult, Unsure
from channels.pace import Later
from channels.pacer import Moment, Pacer
from channels.purse import Purse
from records.clock import Clock
from records.content import CaseCard, ThreadPost
from records.database import Database, QuickLine, Tx
from records.forms import Letter
from records.hours import Window
from records.ids import chance
from records.lease import Lease, Unleased
from records.ledger import Facts, Outcome, Payload, StoredMessage
from records.store import forms, messages
from records.types import ChannelName, MessageKind, MessageState

GROUP = 64
"""Rows claimed together: 59,000 ledger rows a second against 2,560 one by one on SQLite (measured). However many are claimed,
pause and opt-out are asked again before each one starts."""

LOOK_EVERY = 16
"""Messages between two looks at how a campaign does."""

REPLIES = 16
"""Replies claimed together: a vendor's slow answer keeps at most so many others waiting in hand."""

MAX_ATTEMPTS = 8
LONGEST_REST = 2.0
"""A drain waits so many seconds for the next slot; for what is due later the next tick hands the batch out again."""

SHORTEST_REST = 0.1
"""So that several rows are due at the next claim: it costs the same for one as for a group. What a key missed meanwhile is
caught up with."""

MAX_RESTS = 2
"""After so many rests in which nothing came due, somebody else is at it."""

CARD_LOOK = timedelta(seconds=2)
"""How soon a post looks again for the card of its case, when the card is still on its way."""

Due = Callable[[Tx, datetime], Sequence[StoredMessage]]
"""The rows that might leave now, looked up in the claim."""


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


_COUNTED: Mapping[MessageState, Drained] = {
    MessageState.SENT: Drained(sent=1),
    MessageState.FAILED: Drained(failed=1),
    MessageState.PLANNED: Drained(deferred=1),
    MessageState.SUPPRESSED: Drained(suppressed=1),
    MessageState.EXPIRED: Drained(suppressed=1),
    MessageState.UNCERTAIN: Drained(uncertain=1),
}


@dataclass(frozen=True)
class _Claimed:
    """Rows in hand, in the order in which they leave, with what each carries, under one attempt token."""

    token: str
    rows: tuple[StoredMessage, ...]
    bodies: Mapping[int, Payload]


_Before = tuple[StoredMessage, Outcome] | None
"""The row that was sent last and what came of it, until it is settled together with the start of the next."""


@dataclass
class Courier:
    """Takes planned rows out. `holder` names this process's worker slot, in which it works as long as its `lease` lasts:
    a drain raises LeaseLost once it is over. `stop` ends a drain between two messages.
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

    def drain_replies(self, channel: ChannelName, limit: int = REPLIES) -> Drained:
        """Send the replies that wait on a channel, oldest first, each address in order. One slow vendor holds no other."""
        return self._drain(
            lambda tx, now: messages.due_replies(tx, channel, now, limit),
            lambda tx: messages.next_reply_at(tx, channel),
        )

    def drain_batch(self, batch_id: str, look: Callable[[], None] = lambda: None) -> Drained:
        """Send every row of a batch whose time has come. A second run of the same batch finds nothing left.

        `look` is called every sixteen messages and after each group: whoever watches may pause the campaign there, and the
        next message stays.
        """
        return self._drain(
            lambda tx, now: messages.due_of_batch(tx, batch_id, now, GROUP),
            lambda tx: messages.next_of_batch_at(tx, batch_id),
            look,
        )

    def _drain(
        self, due: Due, upcoming: Callable[[Tx], datetime | None], look: Callable[[], None] | None = None
    ) -> Drained:
        """Group by group until nothing is left; without `look`, one group."""
        total = Drained()
        rests = 0
        while not self.stop.is_set():
            claimed, kept = self._claim(due)
            total += kept + self._send_all(claimed, look or (lambda: None))
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

    def _rested(self, upcoming: Callable[[Tx], datetime | None]) -> bool:
        """Wait for rows that were sent away a moment ago because a key was busy. False when there are none that soon."""
        if not self.pacer.is_queueing:
            return False
        with self.db.read() as tx:
            at = upcoming(tx)
        seconds = (at - self.clock.now()).total_seconds() if at is not None else LONGEST_REST + 1
        return seconds <= LONGEST_REST and not self.pacer.rest(self.stop, max(seconds, SHORTEST_REST))

    def _claim(self, due: Due) -> tuple[_Claimed, Drained]:
        """One transaction: look, ask the gate, find a slot for each, take in hand what may leave."""
        now = self.clock.now()
        kept = Drained()
        with self.db.write() as tx:
            self.lease.hold(tx)
            rows = due(tx, now)
            since = now - WEEK if self.caps.any else None
            facts = messages.facts_of(tx, [row for row in rows if row.kind is MessageKind.CAMPAIGN], since)
            leaving = []
            for row in rows:
                verdict = gate.decide(row, facts.get(row.id), self.window, now, self.caps)
                if isinstance(verdict, gate.Allow):
                    leaving.append(row)
                else:
                    kept += self._keep(tx, row, verdict, now)
            leaving, short = self._paid(tx, leaving, facts, now)
            kept += short
            later = self.pacer.admit(tx, leaving)
            kept += self._send_away(tx, later, now)
            leaving = [row for row in leaving if row.id not in later]
            token = messages.claim(tx, [row.id for row in leaving], self.holder) if leaving else ""
            bodies = {row.id: forms.body_of(tx, row.content) for row in leaving}
        return _Claimed(token, tuple(self.pacer.in_order(leaving)), bodies), kept

    def _paid(
        self, tx: Tx, rows: list[StoredMessage], facts: Mapping[int, Facts], now: datetime
    ) -> tuple[list[StoredMessage], Drained]:
        """Those whose money is set aside; the others come back when their pot may have some."""
        short = self.purse.admit(tx, rows, facts, now) if self.purse is not None else {}
        messages.defer_each(tx, [(id, held.until, gate.WhyNot.CEILING.value) for id, held in short.items()])
        return [row for row in rows if row.id not in short], Drained(deferred=len(short))

    def _send_away(self, tx: Tx, later: Mapping[int, Later], now: datetime) -> Drained:
        """Rows without a slot come back when their turn comes: one update, and nobody waits for them."""
        moments = {id: now + timedelta(seconds=self.pacer.seconds_until(turn.until)) for id, turn in later.items()}
        messages.defer_each(tx, [(id, moment, later[id].why) for id, moment in moments.items()])
        return Drained(deferred=len(later))

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

    def _send_all(self, claimed: _Claimed, look: Callable[[], None]) -> Drained:
        total = Drained()
        if not claimed.rows:
            return total
        before: _Before = None
        unsent: list[StoredMessage] = []
        with self.db.quick_line() as line:
            for position, row in enumerate(claimed.rows):
                moment = self.pacer.wait(row, self.stop)
                if moment is Moment.STOPPED:
                    unsent += claimed.rows[position:]
                    break
                if moment is Moment.MISSED:
                    unsent.append(row)
                    continue
                outgoing = self._settle_and_start(line, claimed, before, row)
                before = None
                if outgoing is not None:
                    outcome = self._send(row, outgoing)
                    before = (row, outcome)
                    total += _COUNTED[outcome.state]
                if position % LOOK_EVERY == LOOK_EVERY - 1:
                    look()
            self._finish(line, claimed.token, before, unsent)
        look()
        return total

    def _settle_and_start(
        self, line: QuickLine, claimed: _Claimed, before: _Before, row: StoredMessage
    ) -> Outgoing | None:
        """One quick commit: the outcome of the row before, and the mark `sending` of this one. None: it may not leave."""
        now, token = self.clock.now(), claimed.token
        with line as tx:
            self._settle(tx, token, before, now)
            content = self._complete(tx, row, claimed.bodies[row.id])
            if content is None:
                messages.put_back(tx, [row.id], token)
                messages.defer(tx, row.id, now + CARD_LOOK, "card_on_its_way")
                return None
            if not messages.start(tx, row.id, token, now):
                messages.put_back(tx, [row.id], token)
                return None
        return Outgoing(row.key, row.address, content)

    def _complete(self, tx: Tx, row: StoredMessage, body: Payload) -> Payload | None:
        """Posts about a case learn here which thread is theirs; None while the case's first card is on its way."""
        if isinstance(body, CaseCard):
            return replace(body, update_of=messages.thread_of_case(tx, row.channel, body.case_id))
        if isinstance(body, ThreadPost) and not body.thread:
            thread = messages.thread_of_case(tx, row.channel, body.case_id)
            return replace(body, thread=thread) if thread else None
        return body

    def _send(self, row: StoredMessage, outgoing: Outgoing) -> Outcome:
        channel = self.channels.get(row.channel)
        if channel is None:
            return Outcome(MessageState.FAILED, f"no channel is set up for {row.channel.value}")
        if isinstance(outgoing.content, Letter) and not channel.capabilities.letters:
            outgoing = replace(outgoing, content=outgoing.content.whole())
        if not self.lease.may_call():
            return Outcome(MessageState.PLANNED, "stood_still", again_at=self.clock.now(), counts=False)
        result = channel.send(outgoing)
        if isinstance(result, RetryLater):
            self.pacer.heard(self.db, row, result)
        return outcome_of(result, row.attempts, self.clock.now(), self.chance())

    def _settle(self, tx: Tx, token: str, before: _Before, now: datetime) -> None:
        if before is None:
            return
        row, outcome = before
        if messages.settle(tx, row, token, outcome, now) and outcome.state is MessageState.FAILED:
            self.pacer.refused(tx, row)
            self._came_back(tx, row, outcome, now)

    def _came_back(self, tx: Tx, row: StoredMessage, outcome: Outcome, now: datetime) -> None:
        word, _, raw = outcome.reason.partition(": ")
        reason = Refusal(word) if word in set(Refusal) else Refusal.OTHER
        if self.closes_addresses and (row.kind is MessageKind.CAMPAIGN or reason is Refusal.UNKNOWN):
            bounces.act_on(tx, Back(row.channel, row.address, reason, outcome.word, raw), self.patience, now)

    def _finish(self, line: QuickLine, token: str, before: _Before, unsent: Sequence[StoredMessage]) -> None:
        with line as tx:
            self._settle(tx, token, before, self.clock.now())
            messages.put_back(tx, [row.id for row in unsent], token)


def outcome_of(result: SendResult, attempts: int, now: datetime, chance: float) -> Outcome:
    """What a vendor's answer means for the row. `attempts` were made before this one; `chance` is in [0, 1).

    Being slowed down is no failure and no attempt. A passing trouble is tried again after twice the pause each time, spread
    by up to a quarter so that rows that failed together do not come back together; the last attempt ends it.
    """
    match result:
        case Accepted(provider_id):
            return Outcome(MessageState.SENT, provider_id=provider_id)
        case Refused(reason, detail, word):
            return Outcome(MessageState.FAILED, f"{reason.value}: {detail}"[:500], word=word)
        case RetryLater(seconds, detail, asked=True):
            again = now + timedelta(seconds=seconds)
            return Outcome(MessageState.PLANNED, detail[:500], again_at=again, counts=False)
        case RetryLater(seconds, detail, at_last=at_last):
            if attempts + 1 >= MAX_ATTEMPTS:
                word = "gave_up" if at_last is Refusal.OTHER else at_last.value
                return Outcome(MessageState.FAILED, f"{word}: {detail}"[:500])
            pause = max(seconds, 2.0**attempts) * (1 + chance / 4)
            return Outcome(MessageState.PLANNED, detail[:500], again_at=now + timedelta(seconds=pause))
        case Unsure(detail):
            return Outcome(MessageState.UNCERTAIN, detail[:500])
        case _:
            assert_never(result)
