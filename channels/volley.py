"""The volley: as many messages as there are lines to a vendor, started in one quick commit and handed over side by side.

    say to whom it goes                        where the vendor can be told that early
    settle the volley before, start this one   one commit
    hand it over                               each message on a line of its own
    …
    settle the last

So an open line has at most one row in `sending`, a commit is shared by a whole volley, and a slow vendor is waited for once a
volley. Whoever gets two messages (an address, a chat, the thread of a case) gets them one after the other.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from channels import bounces
from channels.bounces import Back, Patience
from channels.contract import Abreast, Announces, Channel, Outgoing, Refusal, RetryLater, SendResult
from channels.outcomes import outcome_of
from channels.pacer import Moment, Pacer
from records.clock import Clock
from records.content import CaseCard, ThreadPost
from records.database import Database, QuickLine, Tx
from records.forms import Letter
from records.lease import Lease
from records.ledger import Outcome, Payload, StoredMessage
from records.store import attempts, messages
from records.store.attempts import Settled
from records.types import ChannelName, MessageKind, MessageState

LINES = 8
"""Messages of one batch under way at once, where the vendor takes so many."""

LOOK_EVERY = 16
"""Messages between two looks at how a campaign does."""

CARD_LOOK = timedelta(seconds=2)
"""How soon a post looks again for the card of its case, when the card is still on its way."""

Look = Callable[[Tx], None]
"""Told between two units of the line they go over: on another connection SQLite read again every page the unit had changed."""


@dataclass(frozen=True)
class Claimed:
    """Rows in hand, in the order in which they leave, with what each carries, under one attempt token."""

    token: str
    rows: tuple[StoredMessage, ...]
    bodies: Mapping[int, Payload]


@dataclass(frozen=True)
class BrokenOff:
    """An attempt that ended in an error, and what its last volley is known to have come to, which may not stand yet."""

    token: str
    known: Sequence[Settled]


def marks_of(row: StoredMessage) -> tuple[tuple[str, str], ...]:
    """Where it arrives. Two messages that share a mark never travel side by side."""
    place = ((row.channel, row.address),) if row.address or not row.case_id else ()
    return (*place, ("case", row.case_id)) if row.case_id else place


@dataclass
class _Hand:
    """What is left of a claim: rows that wait, rows that go back, and the volley that was sent last and is not settled."""

    token: str
    bodies: Mapping[int, Payload]
    waiting: deque[StoredMessage]
    unsent: list[StoredMessage] = field(default_factory=list)
    before: Sequence[Settled] = ()


_Going = tuple[StoredMessage, Outgoing]


class Starts:
    """Who starts messages, and who looks at what failed. Any number start side by side (taking turns at it cost a twelfth of
    the time on PostgreSQL); while one looks nobody starts anything, so all that may still leave after a failure is what is
    under way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._starting = 0
        self._looking = False

    @contextmanager
    def starting(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._looking)
            self._starting += 1
        try:
            yield
        finally:
            with self._changed:
                self._starting -= 1
                self._changed.notify_all()

    @contextmanager
    def looking(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._looking)
            self._looking = True
            self._changed.wait_for(lambda: not self._starting)
        try:
            yield
        finally:
            with self._changed:
                self._looking = False
                self._changed.notify_all()


@dataclass
class Volleys:
    """Sends claimed rows. `lines`: the most messages under way at once. `starts` is shared by all threads that send."""

    db: Database
    channels: Mapping[ChannelName, Channel]
    clock: Clock
    pacer: Pacer
    stop: threading.Event
    lease: Lease
    lines: int
    starts: Starts
    closes_addresses: bool
    patience: Patience
    chance: Callable[[], float]
    broken_off: dict[str, BrokenOff]

    def send(self, claimed: Claimed, look: Look) -> Counter[MessageState]:
        """Volley by volley until none is left or we are told to stop; how many rows came to what. What is in hand when it
        raises is remembered in `broken_off`: the database may be away, so the next claim that reaches it gives it back."""
        hand = _Hand(claimed.token, claimed.bodies, deque(claimed.rows))
        try:
            return self._send(hand, look)
        except BaseException:
            self.broken_off[hand.token] = BrokenOff(hand.token, hand.before)
            raise

    def _send(self, hand: _Hand, look: Look) -> Counter[MessageState]:
        total: Counter[MessageState] = Counter()
        with ExitStack() as threads, self.db.quick_line() as line:
            vendor = Vendor(self.lines, threads)
            unseen, told = 0, list[str]()
            while volley := self._next(hand):
                if told != [row.address for row in volley]:
                    self._announce(volley)
                going = self._start(line, hand, volley)
                told = self._upcoming(hand, volley[0].channel)
                self._hand_over(vendor, hand, going, told)
                states = [outcome.state for _, outcome in hand.before]
                total.update(states)
                unseen += len(volley)
                if MessageState.FAILED in states or unseen >= LOOK_EVERY:
                    self._look(line, hand, look, failed=MessageState.FAILED in states)
                    unseen = 0
            self._finish(line, hand)
            look(line.between)
        return total

    def _next(self, hand: _Hand) -> list[StoredMessage]:
        """Wait for the first row's slot; with it go those whose slot has come by then. Empty: nothing more may leave."""
        while hand.waiting:
            row = hand.waiting.popleft()
            moment = self.pacer.wait(row, self.stop)
            if moment is Moment.NOW:
                return [row, *self._beside(hand, row)]
            hand.unsent.append(row)
            if moment is Moment.STOPPED:
                hand.unsent += hand.waiting
                hand.waiting.clear()
        return []

    def _beside(self, hand: _Hand, first: StoredMessage) -> list[StoredMessage]:
        room = min(self.lines, self._width(first.channel)) - 1
        taken = set(marks_of(first))
        beside: list[StoredMessage] = []
        left: list[StoredMessage] = []
        while hand.waiting and len(beside) < room and self.pacer.is_due(hand.waiting[0]):
            row = hand.waiting.popleft()
            marks = marks_of(row)
            if row.channel is not first.channel or not taken.isdisjoint(marks):
                left.append(row)
            elif self.pacer.wait(row, self.stop) is Moment.NOW:
                beside.append(row)
            else:
                hand.unsent.append(row)
            taken.update(marks)
        hand.waiting.extendleft(reversed(left))
        return beside

    def _width(self, name: ChannelName) -> int:
        channel = self.channels.get(name)
        return channel.capabilities.lines if channel is not None else 1

    def _announce(self, volley: Sequence[StoredMessage]) -> None:
        """The vendor makes ready while the ledger is asked which of these may leave."""
        channel = self.channels.get(volley[0].channel)
        if channel is not None and isinstance(channel, Announces):
            channel.announce([row.address for row in volley])

    def _upcoming(self, hand: _Hand, channel: ChannelName) -> list[str]:
        """To whom the next volley goes, where nothing but this one keeps it waiting."""
        if self.pacer.is_pacing or self.stop.is_set():
            return []
        addresses = [row.address for row in islice(hand.waiting, self.lines) if row.channel is channel]
        return addresses if len(set(addresses)) == len(addresses) else []

    def _start(self, line: QuickLine, hand: _Hand, volley: Sequence[StoredMessage]) -> list[_Going]:
        """One quick commit: the outcomes of the volley before, and the mark `sending` of those of this one that may leave."""
        now = self.clock.now()
        with self.starts.starting(), self._settling(line, hand, volley) as tx:
            whole = {row.id: self._complete(tx, row, hand.bodies[row.id]) for row in volley}
            early = [row.id for row in volley if whole[row.id] is None]
            started = attempts.start(tx, [row.id for row in volley if row.id not in early], hand.token, now)
            attempts.put_back(tx, [row.id for row in volley if row.id not in started], hand.token)
            messages.defer_each(tx, [(id, now + CARD_LOOK, "card_on_its_way") for id in early])
        return [
            (row, Outgoing(row.key, row.address, body, row.id))
            for row in volley
            if row.id in started and (body := whole[row.id]) is not None
        ]

    def _complete(self, tx: Tx, row: StoredMessage, body: Payload) -> Payload | None:
        """Posts about a case learn here which thread is theirs; None while the case's first card is on its way."""
        if isinstance(body, CaseCard):
            return replace(body, update_of=messages.thread_of_case(tx, row.channel, body.case_id))
        if isinstance(body, ThreadPost) and not body.thread:
            thread = messages.thread_of_case(tx, row.channel, body.case_id)
            return replace(body, thread=thread) if thread else None
        return body

    def _hand_over(self, vendor: "Vendor", hand: _Hand, going: Sequence[_Going], upcoming: Sequence[str]) -> None:
        """What the vendor said is in hand before anything else is done about it."""
        rows = [row for row, _ in going]
        if not rows:
            return
        name = rows[0].channel
        channel = self.channels.get(name)
        if channel is None:
            missing = Outcome(MessageState.FAILED, f"no channel is set up for {name.value}")
            hand.before = [(row, missing) for row in rows]
            return
        outgoings = [_shown(channel, outgoing) for _, outgoing in going]
        if not self.lease.may_call():
            still = Outcome(MessageState.PLANNED, "stood_still", again_at=self.clock.now(), counts=False)
            hand.before = [(row, still) for row in rows]
            return
        results = vendor.send(channel, outgoings, upcoming)
        now = self.clock.now()
        hand.before = [(row, self._outcome(row, result, now)) for row, result in zip(rows, results, strict=True)]
        for row, result in zip(rows, results, strict=True):
            if isinstance(result, RetryLater):
                self.pacer.heard(self.db, row, result)

    def _outcome(self, row: StoredMessage, result: SendResult, now: datetime) -> Outcome:
        return outcome_of(result, row.attempts, now, self.chance() if isinstance(result, RetryLater) else 0.0)

    def _look(self, line: QuickLine, hand: _Hand, look: Look, *, failed: bool) -> None:
        """Whoever watches sees every failure before anything else starts."""
        if not failed:
            look(line.between)
            return
        with self.starts.looking():
            with self._settling(line, hand):
                pass
            look(line.between)

    @contextmanager
    def _settling(self, line: QuickLine, hand: _Hand, others: Sequence[StoredMessage] = ()) -> Iterator[Tx]:
        """A quick unit over these rows that first settles the volley before. What came of that is forgotten once it stands."""
        with line as tx:
            attempts.hold(tx, [row.id for row in (*(row for row, _ in hand.before), *others)])
            self._settle(tx, hand.token, hand.before)
            yield tx
        hand.before = ()

    def give_back(self, tx: Tx, broken_off: Sequence[BrokenOff]) -> None:
        """What attempts that broke off had in hand: what is known of it is settled, and only the rest is uncertain."""
        attempts.hold_hands(tx, [broken.token for broken in broken_off])
        for broken in broken_off:
            self._settle(tx, broken.token, broken.known)
            attempts.give_back(tx, broken.token, self.clock.now())

    def _settle(self, tx: Tx, token: str, done: Sequence[Settled]) -> None:
        now = self.clock.now()
        ours = attempts.settle(tx, done, token, now)
        for row, outcome in done:
            if outcome.state is MessageState.FAILED and row.id in ours:
                self.pacer.refused(tx, row)
                self._came_back(tx, row, outcome, now)

    def _came_back(self, tx: Tx, row: StoredMessage, outcome: Outcome, now: datetime) -> None:
        word, _, raw = outcome.reason.partition(": ")
        reason = Refusal(word) if word in set(Refusal) else Refusal.OTHER
        if self.closes_addresses and (row.kind is MessageKind.CAMPAIGN or reason is Refusal.UNKNOWN):
            bounces.act_on(tx, Back(row.channel, row.address, reason, outcome.word, raw), self.patience, now)

    def _finish(self, line: QuickLine, hand: _Hand) -> None:
        with self._settling(line, hand, hand.unsent) as tx:
            attempts.put_back(tx, [row.id for row in hand.unsent], hand.token)


def _shown(channel: Channel, outgoing: Outgoing) -> Outgoing:
    if isinstance(outgoing.content, Letter) and not channel.capabilities.letters:
        return outgoing._replace(content=outgoing.content.whole())
    return outgoing


@dataclass
class Vendor:
    """Calls a channel for several messages at once: itself where it can, else in threads that are there while rows are sent."""

    lines: int
    threads: ExitStack
    _pool: ThreadPoolExecutor | None = None

    def send(
        self, channel: Channel, outgoings: Sequence[Outgoing], upcoming: Sequence[str] = ()
    ) -> Sequence[SendResult]:
        """One result for each, in their order."""
        if isinstance(channel, Announces):
            return channel.send_all(outgoings, upcoming)
        if isinstance(channel, Abreast):
            return channel.send_all(outgoings)
        if len(outgoings) == 1:
            return [channel.send(outgoings[0])]
        self._pool = self._pool or self.threads.enter_context(ThreadPoolExecutor(self.lines, "line"))
        return list(self._pool.map(channel.send, outgoings))
