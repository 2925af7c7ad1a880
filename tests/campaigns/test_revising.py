"""A campaign that has begun is moved or mended: whoever got what was wrong hears so once, first, and nobody else does."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from campaigns import reach, revising, runner
from campaigns.errors import NotAllowed
from campaigns.revising import Asked, Revised
from campaigns.tick import tick
from channels.caps import Caps
from channels.contract import Outgoing
from channels.prices import Ceilings, Prices
from channels.purse import Purse
from records.database import Database
from records.inbound import Receipt
from records.ledger import Outcome
from records.store import attempts, batches, messages, money, subscribers
from records.store.reach import Standing
from records.tables import messages as messages_table
from records.tables import money as money_table
from records.types import CampaignState, ChannelName, DeliveryState, MessageState, Purpose
from tests.campaigns.world import APPROVER, AUTHOR, PLAN, OnlyWrites, World, make_world

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
NEW = date(2027, 4, 15)
PEOPLE = 10
WAVES = "waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]"
HALVES = (
    PLAN.replace(WAVES, "waves: [{name: una, share: 50%, soak: 2d}, {name: otra, share: 50%}]")
    .replace("minimum_sends: 3", "minimum_sends: 2")
    .replace("hard_failure_pause: 5%", "hard_failure_pause: 99%, opt_out_pause: 99%")
)


@pytest.fixture
def world(lite: Database, tmp_path: Path, now: datetime) -> World:
    return _half_told(lite, tmp_path, now)


@pytest.fixture
def on_both(db: Database, tmp_path: Path, now: datetime) -> World:
    """The same on both databases."""
    return _half_told(db, tmp_path, now)


def _half_told(db: Database, folder: Path, now: datetime) -> World:
    """Half of the people have been told; the other half has heard nothing."""
    world = make_world(db, folder / "w", now, people=PEOPLE, plan=HALVES)
    world.approve()
    world.clock.advance_to(OPENS)
    _hours(world, 14)
    return world


def _hours(world: World, hours: int) -> None:
    """With a tick in every second one: with one in each these tests took half as long again, and said the same."""
    for _ in range(hours // 2):
        world.turn()
        world.clock.advance(timedelta(hours=2))


def _fill_second_wave(world: World) -> None:
    """The messages of the second wave are written, and a worker is stopped before any of them leaves."""
    world.clock.advance_to(datetime(2027, 2, 2, 19, 0, tzinfo=UTC))
    for run in [*tick(world.db, world.now), *tick(world.db, world.now)]:
        replace(world.batches(), courier=OnlyWrites(world.db, world.now)).run(run.batch_id, world.now)


def _move(world: World, day: date = NEW, template: str = "") -> Revised:
    asked = Asked(AUTHOR, world.now, "the platform is late")
    return revising.reschedule(world.db, world.workspace, world.path, asked, day=day, template=template)


def _approve(world: World) -> None:
    runner.approve(world.db, world.workspace, world.path, APPROVER, world.now)


def _mend(world: World) -> None:
    for language, wrong, right in (
        ("es", "No hagas nada", "No tienes que hacer nada"),
        ("en", "Nothing to do", "All done"),
    ):
        path = world.workspace.templates / f"anuncio.{language}.md"
        path.write_text(path.read_text().replace(wrong, right))


def _person(one: Outgoing) -> str:
    return one.key.split(":")[-2]


def _stage(one: Outgoing) -> str:
    return one.key.removeprefix("campaign:").split(":", 1)[1].rsplit(":", 2)[0]


def _told(world: World, stage: str) -> list[str]:
    return sorted(_person(one) for one in world.sent if _stage(one) == stage)


def _hash(world: World, revision: int = 1) -> str:
    return runner.status(world.db, "mudanza").revisions[revision - 1].content_hash


MAIL, TEXT = 9, 500
ZONE = ZoneInfo("Europe/Madrid")


def _take_in_hand(world: World, *, asked: bool) -> int:
    """A worker sets money aside for what is written and dies; with `asked` a vendor was tried in vain before. How many rows."""
    assert world.purse is not None
    with world.db.write() as tx:
        rows = messages.rows_of_campaign(tx, MessageState.PLANNED, 100)
        assert not world.purse.admit(tx, rows, messages.facts_of(tx, rows), world.now)
        token = attempts.claim(tx, [row.id for row in rows], "dead")
        if asked:
            again = Outcome(MessageState.PLANNED, "unreachable", again_at=world.now)
            assert attempts.start(tx, [row.id for row in rows], token, world.now)
            attempts.settle(tx, [(row, again) for row in rows], token, world.now)
        attempts.recover(tx, "dead", world.now)
    return len(rows)


def _pots(world: World) -> dict[str, int]:
    with world.db.read() as tx:
        return {row.scope: row.reserved for row in tx.execute(select(money_table))}


@pytest.mark.parametrize("asked", [False, True])
def test_a_message_written_anew_is_paid_once(on_both: World, asked: bool) -> None:
    world = on_both
    told = len(world.sent)
    prices = Prices({"ES": TEXT}, TEXT, {ChannelName.EMAIL: MAIL})
    most = {ChannelName.EMAIL: 10_000, ChannelName.SMS: 10_000}
    world.purse = Purse(prices, Ceilings(10_000, 20_000, most, {"ES": 10_000}), ZONE)
    _fill_second_wave(world)
    rows = _take_in_hand(world, asked=asked)
    assert rows == PEOPLE - told
    assert set(_pots(world).values()) == {rows * MAIL}
    _move(world)
    _approve(world)
    world.turn()
    with world.db.read() as tx:
        campaign = runner.named(tx, "mudanza").id
        corrections = sum(money.spent_by_stage(tx, campaign).values())
    assert _pots(world)[f"campaign:{campaign}"] == corrections
    world.live(datetime(2027, 3, 20, tzinfo=UTC))
    assert _told(world, "anuncio") == [f"s{number:04}" for number in range(PEOPLE)]
    with world.db.read() as tx:
        lines = tx.execute(select(messages_table.c.cost, messages_table.c.reserved_on)).all()
    by_day: Counter[str] = Counter()
    for cost, day in lines:
        by_day[f"day:{day}"] += cost or 0
    del by_day["day:None"]  # those of the first half, when nothing had a price
    pots = _pots(world)
    assert {name: amount for name, amount in pots.items() if name.startswith("day:") and amount} == dict(by_day)
    assert pots[f"campaign:{campaign}"] == sum(by_day.values())


def _words(world: World) -> tuple[str, ...]:
    found = runner.status(world.db, "mudanza")
    return runner.waiting(world.db, world.workspace.settings, found.id, world.now)


def test_a_new_date_reaches_those_who_got_the_old_one_before_anything_else(on_both: World) -> None:
    world = on_both
    old = _told(world, "anuncio")
    assert 0 < len(old) < PEOPLE
    revised = _move(world)
    assert revised.changed
    assert revised.people == len(old)
    assert f"effective_date: {NEW}" in world.path.read_text()
    assert any(f"given another one: {len(old)}." in line for line in _words(world))
    before = len(world.sent)
    _hours(world, 72)
    assert len(world.sent) == before  # nothing leaves while it waits
    _approve(world)
    assert any(f"have not been told yet: {len(old)}." in line for line in _words(world))
    _hours(world, 24)
    assert _told(world, "correction:2") == old
    said = [one for one in world.sent if _stage(one) == "correction:2"]
    assert all(re.search(r"15 de abril de 2027|15 April 2027", str(one.content)) for one in said)
    world.live(datetime(2027, 5, 1, tzinfo=UTC))
    assert _told(world, "correction:2") == old
    everyone = [f"s{number:04}" for number in range(PEOPLE)]
    assert _told(world, "anuncio") == everyone
    places = {(_stage(one), _person(one)): place for place, one in enumerate(world.email.sent)}
    last = max(place for (stage, _), place in places.items() if stage == "correction:2")
    assert all(places["anuncio", one] > last for one in everyone if one not in old)
    assert runner.status(world.db, "mudanza").state is CampaignState.DONE
    assert [(one.revision, one.people) for one in runner.status(world.db, "mudanza").revisions] == [
        (1, len(old)),
        (2, PEOPLE),
    ]


def test_a_second_person_has_to_approve_it_and_the_same_again_changes_nothing(world: World) -> None:
    _move(world)
    with pytest.raises(NotAllowed, match="second person"):
        runner.approve(world.db, world.workspace, world.path, AUTHOR, world.now)
    assert not _move(world).changed
    _approve(world)
    assert not _move(world).changed
    _hours(world, 24)
    told = _told(world, "correction:2")
    assert not _move(world).changed
    assert runner.status(world.db, "mudanza").state is CampaignState.APPROVED
    _hours(world, 48)
    assert _told(world, "correction:2") == told


def test_a_second_new_date_supersedes_one_that_has_not_gone_out(on_both: World) -> None:
    world = on_both
    old = _told(world, "anuncio")
    _move(world)
    _approve(world)
    world.clock.advance_to(datetime(2027, 2, 1, 2, 0, tzinfo=UTC))
    world.turn()  # at night: written, not sent
    later = date(2027, 5, 20)
    _move(world, later)
    _approve(world)
    _hours(world, 24)
    assert not _told(world, "correction:2")
    assert _told(world, "correction:3") == old
    assert runner.status(world.db, "mudanza").outcomes["correction:2", "superseded"] == len(old)


def test_those_who_heard_the_first_new_date_hear_the_second_too(world: World) -> None:
    old = _told(world, "anuncio")
    _move(world)
    _approve(world)
    _hours(world, 24)
    assert _told(world, "correction:2") == old
    _move(world, date(2027, 5, 20))
    _approve(world)
    world.live(datetime(2027, 2, 8, tzinfo=UTC))
    assert _told(world, "correction:3")[: len(old)] >= old[:1]
    assert set(old) <= set(_told(world, "correction:3"))


def test_a_wrong_text_is_put_right_for_exactly_those_who_got_it(world: World) -> None:
    old = _told(world, "anuncio")
    with pytest.raises(NotAllowed, match="Mend them first"):
        _correct(world)
    _mend(world)
    assert _correct(world).people == len(old)
    assert not _correct(world).changed
    _approve(world)
    assert not _correct(world).changed
    world.live(datetime(2027, 3, 20, tzinfo=UTC))
    assert not _correct(world).changed
    assert _told(world, "correction:2") == old
    assert len(_told(world, "anuncio")) == PEOPLE
    late = [one for one in world.sent if _stage(one) == "anuncio" and _person(one) not in old]
    assert not any("No hagas nada" in str(one.content) for one in late)


def _correct(world: World, of: str = "") -> Revised:
    asked = Asked(AUTHOR, world.now, "a wrong sentence")
    return revising.correct(world.db, world.workspace, world.path, of or _hash(world)[:8], asked)


def test_what_was_planned_from_the_old_version_is_written_anew(on_both: World) -> None:
    world = on_both
    _fill_second_wave(world)
    planned = runner.lines(world.db, "mudanza", [MessageState.PLANNED])
    assert planned
    _move(world)
    _approve(world)
    world.turn()
    left = runner.lines(world.db, "mudanza", [MessageState.PLANNED])
    assert {line.stage for line in left} == {"correction:2"}
    _hours(world, 48)
    assert len(_told(world, "anuncio")) == PEOPLE
    waited = {line.subscriber_id for line in planned}
    assert not waited & set(_told(world, "correction:2"))


def test_a_message_in_hand_when_the_date_moves_never_starts(on_both: World) -> None:
    world = on_both
    _fill_second_wave(world)
    with world.db.write() as tx:
        found = runner.named(tx, "mudanza")
        rows = messages.rows_of_campaign(tx, MessageState.PLANNED, 100)
        token = attempts.claim(tx, [row.id for row in rows], "slow")
    assert rows
    _move(world)
    _approve(world)
    world.turn()
    with world.db.write() as tx:
        assert not attempts.start(tx, [row.id for row in rows], token, world.now)
        attempts.put_back(tx, [row.id for row in rows], token)
    _hours(world, 30)
    with world.db.read() as tx:
        assert not batches.any_open_batch(tx, found.id)
    waited = {row.subscriber_id for row in rows}
    assert not waited & set(_told(world, "correction:2"))
    assert waited <= set(_told(world, "anuncio"))


def test_what_nobody_knows_about_counts_as_heard_and_what_came_back_does_not(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    one_wave = HALVES.replace(
        "{name: una, share: 50%, soak: 2d}, {name: otra, share: 50%}", "{name: todos, share: 100%}"
    )
    world = make_world(db, tmp_path / "w", now, people=PEOPLE, plan=one_wave.replace("[email, sms]", "[email]"))
    world.email.unsure = frozenset({"p3@farolito.example"})
    world.email.refuses = frozenset({"p4@farolito.example"})
    world.approve()
    world.clock.advance_to(OPENS)
    _hours(world, 14)
    name = next(f"paper-email-{place}" for place, one in enumerate(world.email.sent, 1) if _person(one) == "s0005")
    with db.write() as tx:
        messages.record_receipt(tx, Receipt(ChannelName.EMAIL, "b", name, DeliveryState.FAILED, "", world.now))
    _move(world)
    _approve(world)
    world.email.unsure = frozenset()
    _hours(world, 24)
    told = {f"s{number:04}" for number in range(PEOPLE)} - {"s0004", "s0005"}
    assert _told(world, "correction:2") == sorted(told)
    # The vendor says after all that it arrived: its reader hears, too, before the campaign ends.
    with db.write() as tx:
        messages.record_receipt(tx, Receipt(ChannelName.EMAIL, "d", name, DeliveryState.DELIVERED, "", world.now))
    world.live(datetime(2027, 5, 10, tzinfo=UTC))
    assert _told(world, "correction:2") == sorted(told | {"s0005"})
    assert runner.status(db, "mudanza").state is CampaignState.DONE


def test_it_begins_on_the_channel_that_reached_them_and_falls_back(world: World) -> None:
    first = _told(world, "anuncio")[0]
    address = f"p{int(first[1:])}@farolito.example"
    world.email.refuses = frozenset({address})
    _move(world)
    _approve(world)
    _hours(world, 24)
    by_sms = [one for one in world.sms.sent if _stage(one) == "correction:2"]
    assert [_person(one) for one in by_sms] == [first]
    assert reach.standings(world.db, "mudanza")["correction:2"] == {Standing.REACHED: len(_told(world, "anuncio"))}


def test_who_must_not_be_written_to_is_listed_and_holds_nothing_up(world: World) -> None:
    first = _told(world, "anuncio")[0]
    with world.db.write() as tx:
        for channel in (ChannelName.EMAIL, ChannelName.SMS):
            subscribers.set_consent(tx, first, channel, Purpose.SERVICE, False, "test", world.now)
    _move(world)
    _approve(world)
    _hours(world, 24)
    assert first not in _told(world, "correction:2")
    assert [one.subscriber_id for one in reach.missed(world.db, "mudanza", "correction:2")] == [first]
    assert [one.subscriber_id for one in reach.to_call(world.db, "mudanza", "correction:2")] == [first]
    assert not any("have not been told yet" in line for line in _words(world))


def test_how_often_they_heard_from_us_does_not_hold_a_correction_back(world: World) -> None:
    world.caps = Caps(per_day=1, per_week=1)
    old = _told(world, "anuncio")
    _move(world)
    _approve(world)
    _hours(world, 24)
    assert _told(world, "correction:2") == old


def test_a_campaign_that_is_done_can_still_be_moved(lite: Database, tmp_path: Path, now: datetime) -> None:
    stages = HALVES[: HALVES.index("  - {name: recordatorio")] + HALVES[HALVES.index("opens:") :]
    world = make_world(lite, tmp_path / "w", now, people=4, plan=stages)
    world.approve()
    world.clock.advance_to(OPENS)
    world.live(datetime(2027, 2, 20, tzinfo=UTC))
    assert runner.status(lite, "mudanza").state is CampaignState.DONE
    _move(world)
    _approve(world)
    world.live(datetime(2027, 3, 1, tzinfo=UTC))
    assert len(_told(world, "correction:2")) == 4
    assert runner.status(lite, "mudanza").state is CampaignState.DONE


def test_a_day_people_were_told_does_not_move_by_a_mere_edit(world: World) -> None:
    world.path.write_text(world.path.read_text().replace("2027-03-01", "2027-04-15"))
    with pytest.raises(NotAllowed, match="campaign reschedule"):
        runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    asked = Asked(AUTHOR, world.now)
    assert revising.reschedule(world.db, world.workspace, world.path, asked).people == len(_told(world, "anuncio"))


def test_an_edit_does_not_forget_what_a_correction_has_still_to_tell(world: World) -> None:
    old = _told(world, "anuncio")
    _move(world)
    _approve(world)
    _mend(world)
    runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    _approve(world)
    _hours(world, 24)
    assert _told(world, "correction:3") == old


def test_a_template_of_ones_own_tells_it(world: World) -> None:
    for language, text in (("es", "Perdona"), ("en", "Sorry")):
        source = (world.workspace.templates / f"anuncio.{language}.md").read_text()
        (world.workspace.templates / f"perdon.{language}.md").write_text(
            source.replace("{{ name }}: ", f"{{{{ name }}}}. {text}: ")
        )
    with pytest.raises(runner.Refused, match="otro"):
        _move(world, template="otro")
    assert "2027-03-01" in world.path.read_text()
    _move(world, template="perdon")
    _approve(world)
    _hours(world, 24)
    said = [str(one.content) for one in world.email.sent if _stage(one) == "correction:2"]
    assert said
    assert all("Perdona" in text or "Sorry" in text for text in said)


def test_a_notice_that_the_law_wants_early_does_not_move_closer_than_its_days(
    lite: Database, tmp_path: Path, now: datetime
) -> None:
    stages = HALVES[: HALVES.index("  - {name: recordatorio")] + HALVES[HALVES.index("opens:") :]
    notice = stages.replace("class: service", "class: contract_notice\nnotice_days: 20").replace(
        "2027-03-01", "2027-06-30"
    )
    world = make_world(lite, tmp_path / "w", now, people=4, plan=notice.replace("opens: -30d", "opens: -150d"))
    world.approve()
    world.clock.advance_to(datetime(2027, 2, 1, 9, 0, tzinfo=UTC))
    _hours(world, 30)
    with pytest.raises(runner.Refused, match="days ahead"):
        _move(world, date(2027, 2, 20))
    assert _move(world, date(2027, 6, 10)).changed


def test_nothing_else_begins_while_a_correction_waits_for_the_morning(world: World) -> None:
    runner.go_on(world.db, "mudanza", APPROVER, "fine", world.now)
    world.clock.advance_to(datetime(2027, 2, 2, 21, 0, tzinfo=UTC))  # the second wave could open
    _move(world)
    _approve(world)
    _hours(world, 8)
    found = runner.status(world.db, "mudanza")
    assert found.unheard is not None
    assert 0 < found.unheard.people < len(_told(world, "anuncio"))  # in Mexico it was still day
    assert found.waves[1].opened_at is None
    _hours(world, 24)
    found = runner.status(world.db, "mudanza")
    assert found.unheard is None
    assert found.waves[1].opened_at is not None
