"""What was reserved for a message follows it: spent when it was sent, given back when it ends unsent, whatever ended it."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from channels.contract import Accepted, Outgoing, Refusal, Refused, RetryLater, SendResult, Unsure
from channels.courier import Courier
from channels.pacer import Pacer
from channels.prices import Ceilings, Prices
from channels.purse import Purse
from records.clock import ManualClock
from records.database import Database
from records.hours import Window
from records.ids import new_id
from records.store import attempts, messages, money, retry, subscribers
from records.store import campaigns as store
from records.tables import campaigns
from records.tables import messages as ledger
from records.tables import money as table
from records.types import CampaignState, ChannelName, MessageState
from tests.ledger.people import WideChannel, address_of, notice, save_campaign, save_person

ZONE = ZoneInfo("Europe/Madrid")
PRICE = 9
PRICES = Prices({}, 0, {ChannelName.EMAIL: PRICE})
WINDOW = Window.parse("00:00", "23:59")
PEOPLE = 8
MONTH = timedelta(days=30)
_ANSWERS: dict[str, SendResult] = {
    "yes": Accepted(""),
    "later": RetryLater(5, "busy"),
    "content": Refused(Refusal.CONTENT, "no"),
    "gone": Refused(Refusal.BAD_ADDRESS, "no"),
    "full": Refused(Refusal.FULL, "no room"),
    "broke": Unsure("line broke"),
}
_MAY_BE_PAID = (MessageState.SENT.value, MessageState.UNCERTAIN.value)


@dataclass
class _Story:
    """One campaign to people of its own, on days of its own."""

    db: Database
    clock: ManualClock
    purse: Purse
    caps: dict[str, int]
    name: str
    start: date
    first: int
    taken: list[Outgoing] = field(default_factory=list)

    def drain(self, words: Sequence[str]) -> None:
        script = cycle(words)

        def answer(outgoing: Outgoing) -> SendResult:
            result = _ANSWERS[next(script)]
            return Accepted(outgoing.key) if isinstance(result, Accepted) else result

        channel = WideChannel(2, answer)
        self._courier(channel, "w1").drain_batch(self.name)
        self.taken += channel.taken

    def _courier(self, channel: WideChannel, holder: str) -> Courier:
        return Courier(
            self.db, {ChannelName.EMAIL: channel}, self.clock, WINDOW, holder, Pacer({}, self.clock), purse=self.purse
        )

    def dies(self, started: int) -> None:
        """A worker has set money aside and is gone, so many of its messages half sent."""
        now = self.clock.now()
        with self.db.write() as tx:
            rows = messages.due_of_batch(tx, self.name, now, 3)
            short = self.purse.admit(tx, rows, messages.facts_of(tx, rows), now) if rows else {}
            token = attempts.claim(tx, [row.id for row in rows if row.id not in short], "dead")
            attempts.start(tx, [row.id for row in rows if row.id not in short][:started], token, now)
            attempts.recover(tx, "dead", now)

    def opt_out(self, number: int) -> None:
        with self.db.write() as tx:
            subscribers.opt_out(tx, ChannelName.EMAIL, address_of(self.first + number), "test", self.clock.now())

    def try_again(self) -> None:
        with self.db.write() as tx:
            retry.make_due(tx, self.name, retry.failed_in_passing(tx, self.name), self.clock.now())

    def cancel(self) -> None:
        with self.db.write() as tx:
            tx.execute(
                campaigns.update().where(campaigns.c.id == self.name).values(state=CampaignState.CANCELLED.value)
            )
            store.end_open_rows(tx, self.name, self.clock.now())

    def passes(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    def give_back(self) -> None:
        with self.db.write() as tx:
            while money.give_back_ended(tx, 3):
                pass

    def check(self) -> None:
        """Every pot holds what its rows say, and no more than it may."""
        pots = self._pots()
        assert pots == self._of_rows()
        assert all(0 <= amount <= self.caps[name.partition(":")[0]] for name, amount in pots.items())

    def _pots(self) -> Counter[str]:
        with self.db.read() as tx:
            return Counter({row.scope: row.reserved for row in tx.execute(select(table)) if self._is_mine(row.scope)})

    def _is_mine(self, pot: str) -> bool:
        _, _, which = pot.rpartition(":")
        return which == self.name or (which[0] == "2" and self.start <= date.fromisoformat(which) < self.start + MONTH)

    def _of_rows(self, states: Sequence[str] = ()) -> Counter[str]:
        query = select(ledger.c.pots).where(ledger.c.campaign_id == self.name, ledger.c.pots.is_not(None))
        total: Counter[str] = Counter()
        with self.db.read() as tx:
            for pots in tx.execute(query.where(ledger.c.state.in_(states)) if states else query).scalars():
                total.update(pots)
        return total

    def end(self) -> None:
        """Everyone's message has ended: nothing is reserved that was not spent or may have been."""
        self.cancel()
        self.give_back()
        self.check()
        assert self._of_rows(_MAY_BE_PAID) == self._pots()
        with self.db.read() as tx:
            lines = Counter(line.state for line in messages.lines_of(tx, self.name))
            spent = sum(money.spent_by_stage(tx, self.name).values())
            assert spent == money.reserved(tx, f"campaign:{self.name}")
        assert spent == PRICE * (lines[MessageState.SENT] + lines[MessageState.UNCERTAIN])
        assert lines[MessageState.SENT] == len(self.taken)


def _story(db: Database, now: datetime, ceilings: Sequence[int], people: int = PEOPLE) -> _Story:
    day, campaign, channel, country = ceilings
    name = new_id("cam")
    with db.write() as tx:
        if store.get(tx, "cam_1") is None:
            save_campaign(tx, now)
        before = len(store.listed(tx))
        start, first = now + MONTH * before, 100 * before
        one = dict(tx.execute(campaigns.select().where(campaigns.c.id == "cam_1")).mappings().one())
        tx.execute(campaigns.insert().values(one | {"id": name, "name": name}))
        for number in range(first, first + people):
            save_person(tx, number, start)
            message = notice(number, start, batch=name, expires_at=start + timedelta(days=3))
            messages.put(tx, replace(message, key=f"{name}:{number}", campaign_id=name))
    purse = Purse(PRICES, Ceilings(day, campaign, {ChannelName.EMAIL: channel}, {"ES": country}), ZONE)
    caps = {"day": day, "campaign": campaign, "channel": channel, "country": country}
    return _Story(db, ManualClock(start), purse, caps, name, start.date(), first)


_STEPS = st.one_of(
    st.tuples(st.just("drain"), st.lists(st.sampled_from(sorted(_ANSWERS)), min_size=1, max_size=5)),
    st.tuples(st.just("dies"), st.integers(0, 2)),
    st.tuples(st.just("opt_out"), st.integers(0, PEOPLE - 1)),
    st.tuples(st.just("passes"), st.sampled_from([1, 14, 24, 80])),
    st.tuples(st.sampled_from(["give_back", "try_again", "cancel"])),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*[st.integers(0, PRICE * PEOPLE + 4)] * 4), st.lists(_STEPS, max_size=12))
def test_money_follows_its_message(
    db: Database, now: datetime, ceilings: tuple[int, ...], steps: list[tuple[object, ...]]
) -> None:
    story = _story(db, now, ceilings)
    for name, *values in steps:
        getattr(story, str(name))(*values)
        story.check()
    story.end()


def test_it_comes_back_while_others_reserve(db: Database, now: datetime) -> None:
    """Workers whose vendor refuses every second message, while what was reserved for those goes back to the same pots."""
    story = _story(db, now, [10_000] * 4, people=96)
    over = threading.Event()

    def give_back() -> None:
        while not over.is_set():
            with db.write() as tx:
                money.give_back_ended(tx, 5)

    back = threading.Thread(target=give_back)
    workers = [threading.Thread(target=story.drain, args=(["yes", "content"],)) for _ in range(4)]
    for thread in (back, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    over.set()
    back.join()
    story.end()
    assert len(story.taken) == 48
