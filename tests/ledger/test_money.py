"""Campaigns never spend more than they may, however many workers send at the same moment."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Outgoing
from channels.courier import Courier
from channels.pacer import Pacer
from channels.prices import Ceilings, Prices
from channels.purse import Purse
from records.clock import ManualClock
from records.content import DeskNotice
from records.database import Database
from records.hours import Window
from records.ids import new_id
from records.store import attempts, messages, money
from records.store import campaigns as store
from records.tables import campaigns
from records.types import ChannelName, Language, MessageState
from tests.ledger.people import ScriptedChannel, notice, save_campaign, save_person

WINDOW = Window.parse("00:00", "23:59")
ZONE = ZoneInfo("Europe/Madrid")
PRICES = Prices({"ES": 6_200, "MX": 9_100}, 12_000, {ChannelName.EMAIL: 9})
PEOPLE = 24


def _plan(db: Database, now: datetime) -> str:
    """One campaign of its own, by mail, in four batches."""
    name = new_id("cam")
    with db.write() as tx:
        if store.get(tx, "cam_1") is None:
            save_campaign(tx, now)
            for number in range(PEOPLE):
                save_person(tx, number, now)
        first = dict(tx.execute(campaigns.select().where(campaigns.c.id == "cam_1")).mappings().one())
        tx.execute(campaigns.insert().values(first | {"id": name, "name": name}))
        rows = []
        for number in range(PEOPLE):
            one = notice(number, now, batch=f"{name}:{number % 4}")
            rows.append(replace(one, key=f"{name}:{number}", campaign_id=name))
        messages.put_many(tx, rows)
    return name


def _drain(db: Database, name: str, purse: Purse, clock: ManualClock) -> list[Outgoing]:
    """All batches at the same moment, two workers on each."""
    channel = ScriptedChannel()
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        courier = Courier(db, {ChannelName.EMAIL: channel}, clock, WINDOW, f"w{number}", Pacer({}, clock), purse=purse)
        barrier.wait()
        courier.drain_batch(f"{name}:{number % 4}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return channel.taken


def _purse(**ceilings: object) -> Purse:
    return Purse(PRICES, Ceilings(**ceilings), ZONE, Language.ES)  # type: ignore[arg-type]  # the keys are those of Ceilings


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_no_ceiling_is_ever_passed_and_none_is_left_unused(
    db: Database, now: datetime, day: int, campaign: int, channel: int, country: int
) -> None:
    # Every run has a day of its own, so that its pots are its own.
    with db.read() as tx:
        runs = len(store.listed(tx))
    clock = ManualClock(now + timedelta(days=3 * runs))
    name = _plan(db, clock.now())
    purse = _purse(day=day, campaign=campaign, channels={ChannelName.EMAIL: channel}, countries={"ES": country})
    price, least = 9, min(day, campaign, channel, country)
    first = _drain(db, name, purse, clock)
    assert len(first) == min(PEOPLE, least // price)
    clock.advance(timedelta(days=1))
    second = _drain(db, name, purse, clock)
    sent = len(first) + len(second)
    assert len(second) <= least // price
    assert sent == min(PEOPLE, campaign // price, 2 * (min(day, channel, country) // price))
    with db.read() as tx:
        assert money.reserved(tx, f"campaign:{name}") == sent * price <= campaign
        assert sum(money.spent_by_stage(tx, name).values()) == sent * price


def test_the_desk_is_told_once_and_the_history_says_so(db: Database, now: datetime) -> None:
    clock, purse = ManualClock(now), _purse(campaign=45)
    name = _plan(db, now)
    assert len(_drain(db, name, purse, clock)) == 5
    clock.advance(timedelta(hours=2))
    assert not _drain(db, name, purse, clock)
    with db.read() as tx:
        told = [one for one in messages.due_replies(tx, ChannelName.SLACK, clock.now(), 10)]
        events = [event.what for event in store.events_of(tx, name)]
        waiting = messages.lines_of(tx, name, [MessageState.PLANNED])
    assert events == ["ceiling"]
    assert len(told) == 1
    assert isinstance(told[0].content, DeskNotice)
    assert name in told[0].content.title
    assert {line.reason for line in waiting} == {"ceiling"}
    clock.advance(timedelta(hours=2))
    assert len(_drain(db, name, _purse(campaign=90), clock)) == 5


def test_a_message_taken_back_is_paid_once(db: Database, now: datetime) -> None:
    clock, purse = ManualClock(now), _purse(campaign=1_000)
    name = _plan(db, now)
    with db.write() as tx:
        rows = messages.due_of_batch(tx, f"{name}:0", now, 100)
        purse.admit(tx, rows, messages.facts_of(tx, rows), now)
        token = attempts.claim(tx, [row.id for row in rows], "dead")
        attempts.recover(tx, "dead", now)
    assert token
    assert len(_drain(db, name, purse, clock)) == PEOPLE
    with db.read() as tx:
        assert money.reserved(tx, f"campaign:{name}") == PEOPLE * 9
