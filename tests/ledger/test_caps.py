"""Nobody hears from campaigns more often than they may, whoever sends at the same time."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from channels.caps import Caps
from channels.courier import Courier
from channels.pacer import Pacer
from records.clock import ManualClock
from records.database import Database
from records.hours import Window
from records.ledger import NewMessage
from records.store import messages
from records.tables import campaigns
from records.types import ChannelName, MessageClass
from tests.ledger.people import ScriptedChannel, address_of, notice, save_campaign, save_person

WINDOW = Window.parse("00:00", "23:59")
ONE_A_DAY = Caps(per_day=1, per_week=3)
PEOPLE, CAMPAIGNS = 20, 6


def _courier(db: Database, channel: ScriptedChannel, clock: ManualClock, holder: str = "w1") -> Courier:
    return Courier(db, {ChannelName.EMAIL: channel}, clock, WINDOW, holder, Pacer({}, clock), caps=ONE_A_DAY)


def _of(campaign: int, person: int, now: datetime, of_class: MessageClass = MessageClass.SERVICE) -> NewMessage:
    name = f"cam_{campaign}"
    one = notice(person, now, batch=f"bat_{campaign}", message_class=of_class)
    return replace(one, key=f"campaign:{name}:{person}", campaign_id=name)


def _prepare(db: Database, now: datetime, of_class: MessageClass = MessageClass.SERVICE) -> None:
    """Many campaigns that all want the same people on the same day."""
    with db.write() as tx:
        save_campaign(tx, now)
        first = dict(tx.execute(campaigns.select()).mappings().one())
        for number in range(2, CAMPAIGNS + 1):
            tx.execute(campaigns.insert().values(first | {"id": f"cam_{number}", "name": f"mudanza-{number}"}))
        for person in range(PEOPLE):
            save_person(tx, person, now)
        rows = [_of(number, person, now, of_class) for number in range(1, CAMPAIGNS + 1) for person in range(PEOPLE)]
        messages.put_many(tx, rows)


def _drain_all(db: Database, channel: ScriptedChannel, clock: ManualClock) -> None:
    """Every campaign's batch at the same moment, each by a worker of its own."""
    gate = threading.Barrier(CAMPAIGNS)

    def work(number: int) -> None:
        courier = _courier(db, channel, clock, f"w{number}")
        gate.wait()
        courier.drain_batch(f"bat_{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, CAMPAIGNS + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_workers_at_the_same_time_never_send_one_too_many(db: Database, now: datetime) -> None:
    _prepare(db, now)
    channel, clock = ScriptedChannel(), ManualClock(now)
    _drain_all(db, channel, clock)
    assert Counter(one.address for one in channel.taken) == {address_of(number): 1 for number in range(PEOPLE)}
    for day in range(1, 7):
        clock.advance_to(now + timedelta(days=day, minutes=30 * day))
        _drain_all(db, channel, clock)
        most = max(Counter(one.address for one in channel.taken).values())
        assert most <= min(3, day + 1)
    assert set(Counter(one.address for one in channel.taken).values()) == {3}


def test_mandatory_notices_leave_and_count(db: Database, now: datetime) -> None:
    _prepare(db, now, MessageClass.CONTRACT_NOTICE)
    channel, clock = ScriptedChannel(), ManualClock(now)
    _drain_all(db, channel, clock)
    assert len(channel.taken) == PEOPLE * CAMPAIGNS
    with db.write() as tx:
        service = replace(notice(1, now), key="late", stage="another", batch_id="bat_late")
        messages.put_many(tx, [service])
    done = _courier(db, channel, clock).drain_batch("bat_late")
    assert (done.sent, done.deferred) == (0, 1)
    with db.read() as tx:
        held = [line.reason for line in messages.lines_of(tx, "cam_1") if line.stage == "another"]
    assert held == ["heard_enough"]
