"""Who is not reached on one channel hears on the next one of the stage, until one confirms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns import reach, runner
from channels.contract import Refusal
from records.database import Database
from records.inbound import Receipt
from records.store import audiences, messages, subscribers
from records.store import campaigns as store
from records.store.reach import Standing
from records.types import CampaignState, ChannelName, DeliveryState, MessageState, Purpose
from tests.campaigns.world import PLAN, World, make_world

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAIL_FIRST = PLAN.replace(
    "waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]", "waves: [{name: todos, share: 100%}]"
).replace("hard_failure_pause: 5%", "hard_failure_pause: 99%")
SMS_FIRST = MAIL_FIRST.replace("[email, sms]", "[sms, email]")
PEOPLE = 12


def _world(db: Database, tmp_path: Path, now: datetime, plan: str) -> World:
    world = make_world(db, tmp_path / "w", now, people=PEOPLE, plan=plan)
    world.approve()
    world.clock.advance_to(OPENS)
    return world


@pytest.fixture
def by_mail(db: Database, tmp_path: Path, now: datetime) -> World:
    return _world(db, tmp_path, now, MAIL_FIRST)


@pytest.fixture
def by_sms(db: Database, tmp_path: Path, now: datetime) -> World:
    return _world(db, tmp_path, now, SMS_FIRST)


def _hear(world: World, place: int, delivery: DeliveryState, channel: ChannelName = ChannelName.SMS) -> None:
    """A receipt for the message sent as the `place`th of a channel."""
    name = f"paper-{channel}-{place + 1}"
    with world.db.write() as tx:
        messages.record_receipt(tx, Receipt(channel, f"{name}-{delivery}", name, delivery, "", world.now))


def _wait(world: World, hours: float) -> None:
    """Let the hours pass with a turn at every hour, so that nights and batches pass as they do."""
    until = world.now + timedelta(hours=hours)
    while world.now < until:
        world.turn()
        world.clock.advance(HOUR)
    world.turn()


def _assert_counted_once(world: World) -> None:
    """Whoever was written to on two channels is one person in every count."""
    with world.db.write() as tx:
        gone = next(row.subscriber_id for row in messages.rows_of_campaign(tx, MessageState.SENT, 1))
        campaign = runner.named(tx, "mudanza").id
        written = store.people_counts(tx, campaign)
        assert {key: count for key, count in written.items() if not key[2]} == {(0, "anuncio", ""): PEOPLE}
        assert audiences.people_to_go(tx, campaign) == 0
        subscribers.erase(tx, gone, world.now)
        assert audiences.people_to_go(tx, campaign) == 0
        known = subscribers.get(tx, subscribers.all_ids(tx)[0])
        assert known is not None
        subscribers.save(tx, replace(known, id="s9999"), (), (), world.now)
        assert audiences.people_to_go(tx, campaign) == 1


def test_a_permanent_failure_goes_to_the_next_channel_at_once(by_mail: World) -> None:
    by_mail.email.refuses = frozenset({"p3@farolito.example", "p4@farolito.example"})
    _wait(by_mail, 11)
    first_sms = {one.address: moment for one, moment in zip(by_mail.sms.sent, by_mail.sms.moments, strict=True)}
    assert set(first_sms) == {"+34600000003", "+34600000004"}
    assert reach.standings(by_mail.db, "mudanza")["anuncio"] == {Standing.REACHED: PEOPLE}
    _assert_counted_once(by_mail)


def test_what_the_network_gives_back_later_goes_on_too(by_mail: World) -> None:
    _wait(by_mail, 11)
    assert not by_mail.sms.sent
    place = next(at for at, one in enumerate(by_mail.email.sent) if one.address == "p5@farolito.example")
    _hear(by_mail, place, DeliveryState.FAILED, ChannelName.EMAIL)
    _wait(by_mail, 24)
    assert [one.address for one in by_mail.sms.sent] == ["+34600000005"]
    _wait(by_mail, 24)
    assert len(by_mail.sms.sent) == 1


def test_our_own_trouble_does_not_spread_to_another_channel(by_mail: World) -> None:
    by_mail.email.refuses = frozenset(f"p{number}@farolito.example" for number in range(PEOPLE))
    by_mail.email.why = Refusal.CREDENTIALS
    _wait(by_mail, 24)
    assert not by_mail.sent


def test_silence_goes_on_after_the_hours_of_the_plan_only_where_receipts_are_given(by_sms: World) -> None:
    _wait(by_sms, 11)
    sent = [one.address for one in by_sms.sms.sent]
    assert len(sent) == PEOPLE
    for place in range(PEOPLE - 2):
        _hear(by_sms, place, DeliveryState.DELIVERED)
    _wait(by_sms, 11)
    assert not by_sms.email.sent
    _wait(by_sms, 24)
    quiet = {f"p{int(address[-5:])}@farolito.example" for address in sent[-2:]}
    assert {one.address for one in by_sms.email.sent} == quiet
    for one, moment in zip(by_sms.email.sent, by_sms.email.moments, strict=True):
        number = int(one.address[1:].partition("@")[0])
        first = next(at for at, sms in enumerate(by_sms.sms.sent) if int(sms.address[-5:]) == number)
        assert moment - by_sms.sms.moments[first] >= DAY


def test_a_confirmation_stops_what_already_waits_on_the_next_channel(by_sms: World) -> None:
    by_sms.turn()
    _wait(by_sms, 11)
    by_sms.clock.advance_to(by_sms.sms.moments[-1] + timedelta(hours=36))  # at night: mails are planned, not sent
    by_sms.turn()
    assert not by_sms.email.sent
    for place in range(PEOPLE):
        _hear(by_sms, place, DeliveryState.DELIVERED)
    _wait(by_sms, 24)
    assert not by_sms.email.sent
    with by_sms.db.read() as tx:
        held = messages.lines_of(tx, runner.named(tx, "mudanza").id, [MessageState.SUPPRESSED])
    assert {line.reason for line in held} == {"confirmed_elsewhere"}


def test_without_consent_on_the_next_channel_a_person_is_unreached_and_counted(by_mail: World) -> None:
    by_mail.email.refuses = frozenset({"p3@farolito.example", "p4@farolito.example"})
    with by_mail.db.write() as tx:
        subscribers.set_consent(tx, "s0003", ChannelName.SMS, Purpose.SERVICE, False, "test", by_mail.now - DAY)
    _wait(by_mail, 11)
    found = reach.standings(by_mail.db, "mudanza")["anuncio"]
    assert found == {Standing.REACHED: PEOPLE - 1, Standing.UNREACHED: 1}
    assert [one.subscriber_id for one in reach.missed(by_mail.db, "mudanza", "anuncio")] == ["s0003"]


def test_a_campaign_with_a_second_channel_stays_open_for_what_comes_back(by_mail: World) -> None:
    by_mail.live(datetime(2027, 3, 20, tzinfo=UTC))
    assert runner.status(by_mail.db, "mudanza").state is CampaignState.DONE
    done = next(one.at for one in runner.status(by_mail.db, "mudanza").events if one.what == "done")
    assert done - by_mail.email.moments[-1] >= DAY
