"""A campaign that has begun is moved or mended: whoever got what was wrong hears so once, first, and nobody else does."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from campaigns import reach, revising, runner
from campaigns.errors import NotAllowed
from campaigns.revising import Asked, Revised
from channels.caps import Caps
from records.database import Database
from records.inbound import Receipt
from records.store import attempts, batches, messages, subscribers
from records.store.reach import Standing
from records.types import CampaignState, ChannelName, DeliveryState, MessageState, Purpose
from tests.campaigns.half_told import (
    HALVES,
    NEW,
    OPENS,
    PEOPLE,
    approve,
    fill_second_wave,
    half_told,
    heard,
    move,
    pass_hours,
    reader_of,
    stage_of,
)
from tests.campaigns.world import APPROVER, AUTHOR, World, make_world


@pytest.fixture
def world(lite: Database, tmp_path: Path, now: datetime) -> World:
    return half_told(lite, tmp_path, now)


@pytest.fixture
def on_both(db: Database, tmp_path: Path, now: datetime) -> World:
    """The same on both databases."""
    return half_told(db, tmp_path, now)


def _mend(world: World) -> None:
    for language, wrong, right in (
        ("es", "No hagas nada", "No tienes que hacer nada"),
        ("en", "Nothing to do", "All done"),
    ):
        path = world.workspace.templates / f"anuncio.{language}.md"
        path.write_text(path.read_text().replace(wrong, right))


def _hash(world: World, revision: int = 1) -> str:
    return runner.status(world.db, "mudanza").revisions[revision - 1].content_hash


def _words(world: World) -> tuple[str, ...]:
    found = runner.status(world.db, "mudanza")
    return runner.waiting(world.db, world.workspace.settings, found.id, world.now)


def test_a_new_date_reaches_those_who_got_the_old_one_before_anything_else(on_both: World) -> None:
    world = on_both
    old = heard(world, "anuncio")
    assert 0 < len(old) < PEOPLE
    revised = move(world)
    assert revised.changed
    assert revised.people == len(old)
    assert f"effective_date: {NEW}" in world.path.read_text()
    assert any(f"given another one: {len(old)}." in line for line in _words(world))
    before = len(world.sent)
    pass_hours(world, 72)
    assert len(world.sent) == before  # nothing leaves while it waits
    approve(world)
    assert any(f"have not been told yet: {len(old)}." in line for line in _words(world))
    pass_hours(world, 24)
    assert heard(world, "correction:2") == old
    said = [one for one in world.sent if stage_of(one) == "correction:2"]
    assert all(re.search(r"15 de abril de 2027|15 April 2027", str(one.content)) for one in said)
    world.live(datetime(2027, 5, 1, tzinfo=UTC))
    assert heard(world, "correction:2") == old
    everyone = [f"s{number:04}" for number in range(PEOPLE)]
    assert heard(world, "anuncio") == everyone
    places = {(stage_of(one), reader_of(one)): place for place, one in enumerate(world.email.sent)}
    last = max(place for (stage, _), place in places.items() if stage == "correction:2")
    assert all(places["anuncio", one] > last for one in everyone if one not in old)
    assert runner.status(world.db, "mudanza").state is CampaignState.DONE
    assert [(one.revision, one.people) for one in runner.status(world.db, "mudanza").revisions] == [
        (1, len(old)),
        (2, PEOPLE),
    ]


def test_a_second_person_has_to_approve_it_and_the_same_again_changes_nothing(world: World) -> None:
    move(world)
    with pytest.raises(NotAllowed, match="second person"):
        runner.approve(world.db, world.workspace, world.path, AUTHOR, world.now)
    assert not move(world).changed
    approve(world)
    assert not move(world).changed
    pass_hours(world, 24)
    told = heard(world, "correction:2")
    assert not move(world).changed
    assert runner.status(world.db, "mudanza").state is CampaignState.APPROVED
    pass_hours(world, 48)
    assert heard(world, "correction:2") == told


def test_a_second_new_date_supersedes_one_that_has_not_gone_out(on_both: World) -> None:
    world = on_both
    old = heard(world, "anuncio")
    move(world)
    approve(world)
    world.clock.advance_to(datetime(2027, 2, 1, 2, 0, tzinfo=UTC))
    world.turn()  # at night: written, not sent
    later = date(2027, 5, 20)
    move(world, later)
    approve(world)
    pass_hours(world, 24)
    assert not heard(world, "correction:2")
    assert heard(world, "correction:3") == old
    assert runner.status(world.db, "mudanza").outcomes["correction:2", "superseded"] == len(old)


def test_those_who_heard_the_first_new_date_hear_the_second_too(world: World) -> None:
    old = heard(world, "anuncio")
    move(world)
    approve(world)
    pass_hours(world, 24)
    assert heard(world, "correction:2") == old
    move(world, date(2027, 5, 20))
    approve(world)
    world.live(datetime(2027, 2, 8, tzinfo=UTC))
    assert heard(world, "correction:3")[: len(old)] >= old[:1]
    assert set(old) <= set(heard(world, "correction:3"))


def test_a_wrong_text_is_put_right_for_exactly_those_who_got_it(world: World) -> None:
    old = heard(world, "anuncio")
    with pytest.raises(NotAllowed, match="Mend them first"):
        _correct(world)
    _mend(world)
    assert _correct(world).people == len(old)
    assert not _correct(world).changed
    approve(world)
    assert not _correct(world).changed
    world.live(datetime(2027, 3, 20, tzinfo=UTC))
    assert not _correct(world).changed
    assert heard(world, "correction:2") == old
    assert len(heard(world, "anuncio")) == PEOPLE
    late = [one for one in world.sent if stage_of(one) == "anuncio" and reader_of(one) not in old]
    assert not any("No hagas nada" in str(one.content) for one in late)


def _correct(world: World, of: str = "") -> Revised:
    asked = Asked(AUTHOR, world.now, "a wrong sentence")
    return revising.correct(world.db, world.workspace, world.path, of or _hash(world)[:8], asked)


def test_what_was_planned_from_the_old_version_is_written_anew(on_both: World) -> None:
    world = on_both
    fill_second_wave(world)
    planned = runner.lines(world.db, "mudanza", [MessageState.PLANNED])
    assert planned
    move(world)
    approve(world)
    world.turn()
    left = runner.lines(world.db, "mudanza", [MessageState.PLANNED])
    assert {line.stage for line in left} == {"correction:2"}
    pass_hours(world, 48)
    assert len(heard(world, "anuncio")) == PEOPLE
    waited = {line.subscriber_id for line in planned}
    assert not waited & set(heard(world, "correction:2"))


def test_a_message_in_hand_when_the_date_moves_never_starts(on_both: World) -> None:
    world = on_both
    fill_second_wave(world)
    with world.db.write() as tx:
        found = runner.named(tx, "mudanza")
        rows = messages.rows_of_campaign(tx, MessageState.PLANNED, 100)
        token = attempts.claim(tx, [row.id for row in rows], "slow")
    assert rows
    move(world)
    approve(world)
    world.turn()
    with world.db.write() as tx:
        assert not attempts.start(tx, [row.id for row in rows], token, world.now)
        attempts.put_back(tx, [row.id for row in rows], token)
    pass_hours(world, 30)
    with world.db.read() as tx:
        assert not batches.any_open_batch(tx, found.id)
    waited = {row.subscriber_id for row in rows}
    assert not waited & set(heard(world, "correction:2"))
    assert waited <= set(heard(world, "anuncio"))


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
    pass_hours(world, 14)
    name = next(f"paper-email-{place}" for place, one in enumerate(world.email.sent, 1) if reader_of(one) == "s0005")
    with db.write() as tx:
        messages.record_receipt(tx, Receipt(ChannelName.EMAIL, "b", name, DeliveryState.FAILED, "", world.now))
    move(world)
    approve(world)
    world.email.unsure = frozenset()
    pass_hours(world, 24)
    told = {f"s{number:04}" for number in range(PEOPLE)} - {"s0004", "s0005"}
    assert heard(world, "correction:2") == sorted(told)
    # The vendor says after all that it arrived: its reader hears, too, before the campaign ends.
    with db.write() as tx:
        messages.record_receipt(tx, Receipt(ChannelName.EMAIL, "d", name, DeliveryState.DELIVERED, "", world.now))
    world.live(datetime(2027, 5, 10, tzinfo=UTC))
    assert heard(world, "correction:2") == sorted(told | {"s0005"})
    assert runner.status(db, "mudanza").state is CampaignState.DONE


def test_it_begins_on_the_channel_that_reached_them_and_falls_back(world: World) -> None:
    first = heard(world, "anuncio")[0]
    address = f"p{int(first[1:])}@farolito.example"
    world.email.refuses = frozenset({address})
    move(world)
    approve(world)
    pass_hours(world, 24)
    by_sms = [one for one in world.sms.sent if stage_of(one) == "correction:2"]
    assert [reader_of(one) for one in by_sms] == [first]
    assert reach.standings(world.db, "mudanza")["correction:2"] == {Standing.REACHED: len(heard(world, "anuncio"))}


def test_who_must_not_be_written_to_is_listed_and_holds_nothing_up(world: World) -> None:
    first = heard(world, "anuncio")[0]
    with world.db.write() as tx:
        for channel in (ChannelName.EMAIL, ChannelName.SMS):
            subscribers.set_consent(tx, first, channel, Purpose.SERVICE, False, "test", world.now)
    move(world)
    approve(world)
    pass_hours(world, 24)
    assert first not in heard(world, "correction:2")
    assert [one.subscriber_id for one in reach.missed(world.db, "mudanza", "correction:2")] == [first]
    assert [one.subscriber_id for one in reach.to_call(world.db, "mudanza", "correction:2")] == [first]
    assert not any("have not been told yet" in line for line in _words(world))


def test_how_often_they_heard_from_us_does_not_hold_a_correction_back(world: World) -> None:
    world.caps = Caps(per_day=1, per_week=1)
    old = heard(world, "anuncio")
    move(world)
    approve(world)
    pass_hours(world, 24)
    assert heard(world, "correction:2") == old


def test_a_campaign_that_is_done_can_still_be_moved(lite: Database, tmp_path: Path, now: datetime) -> None:
    stages = HALVES[: HALVES.index("  - {name: recordatorio")] + HALVES[HALVES.index("opens:") :]
    world = make_world(lite, tmp_path / "w", now, people=4, plan=stages)
    world.approve()
    world.clock.advance_to(OPENS)
    world.live(datetime(2027, 2, 20, tzinfo=UTC))
    assert runner.status(lite, "mudanza").state is CampaignState.DONE
    move(world)
    approve(world)
    world.live(datetime(2027, 3, 1, tzinfo=UTC))
    assert len(heard(world, "correction:2")) == 4
    assert runner.status(lite, "mudanza").state is CampaignState.DONE


def test_a_day_people_were_told_does_not_move_by_a_mere_edit(world: World) -> None:
    world.path.write_text(world.path.read_text().replace("2027-03-01", "2027-04-15"))
    with pytest.raises(NotAllowed, match="campaign reschedule"):
        runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    asked = Asked(AUTHOR, world.now)
    assert revising.reschedule(world.db, world.workspace, world.path, asked).people == len(heard(world, "anuncio"))


def test_an_edit_does_not_forget_what_a_correction_has_still_to_tell(world: World) -> None:
    old = heard(world, "anuncio")
    move(world)
    approve(world)
    _mend(world)
    runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    approve(world)
    pass_hours(world, 24)
    assert heard(world, "correction:3") == old


def test_a_template_of_ones_own_tells_it(world: World) -> None:
    for language, text in (("es", "Perdona"), ("en", "Sorry")):
        source = (world.workspace.templates / f"anuncio.{language}.md").read_text()
        (world.workspace.templates / f"perdon.{language}.md").write_text(
            source.replace("{{ name }}: ", f"{{{{ name }}}}. {text}: ")
        )
    with pytest.raises(runner.Refused, match="otro"):
        move(world, template="otro")
    assert "2027-03-01" in world.path.read_text()
    move(world, template="perdon")
    approve(world)
    pass_hours(world, 24)
    said = [str(one.content) for one in world.email.sent if stage_of(one) == "correction:2"]
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
    pass_hours(world, 30)
    with pytest.raises(runner.Refused, match="days ahead"):
        move(world, date(2027, 2, 20))
    assert move(world, date(2027, 6, 10)).changed


def test_nothing_else_begins_while_a_correction_waits_for_the_morning(world: World) -> None:
    runner.go_on(world.db, "mudanza", APPROVER, "fine", world.now)
    world.clock.advance_to(datetime(2027, 2, 2, 21, 0, tzinfo=UTC))  # the second wave could open
    move(world)
    approve(world)
    pass_hours(world, 8)
    found = runner.status(world.db, "mudanza")
    assert found.unheard is not None
    assert 0 < found.unheard.people < len(heard(world, "anuncio"))  # in Mexico it was still day
    assert found.waves[1].opened_at is None
    pass_hours(world, 24)
    found = runner.status(world.db, "mudanza")
    assert found.unheard is None
    assert found.waves[1].opened_at is not None
