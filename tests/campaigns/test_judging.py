"""What the gates see is counted from rows, what they decide is stored, told and asked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns import deadline, runner
from campaigns.tick import tick
from channels.prices import Ceilings, Prices
from channels.purse import Purse
from records.content import DeskNotice
from records.database import Database
from records.store import audiences, cases, conversations, feedback, messages, outcomes, subscribers, wave_numbers
from records.store.cases import NewCase
from records.store.outcomes import OutcomeKind, PersonOutcome
from records.store.wave_numbers import WaveSpan
from records.types import CampaignState, ChannelName, Language, Purpose, Reason
from records.wave import WaveNumbers
from subscribers.outcomes_csv import import_outcomes
from tests.campaigns.world import APPROVER, PLAN, World, add_people, make_world
from tests.campaigns.world import person as subscriber

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
THIN = PLAN.replace("minimum_sends: 3", "minimum_sends: 300")


def _opened(db: Database, root: Path, now: datetime, plan: str = PLAN) -> World:
    world = make_world(db, root, now, plan=plan)
    world.approve()
    world.clock.advance_to(OPENS)
    world.live(OPENS + timedelta(hours=12))
    return world


def _wave(world: World) -> tuple[str, tuple[str, ...]]:
    """The campaign and the people of its first wave."""
    with world.db.read() as tx:
        campaign = runner.named(tx, "mudanza")
        ids = sorted(audiences.frozen_ids(tx, campaign.id))
    return campaign.id, tuple(ids)


def _numbers(world: World, campaign_id: str, size: int) -> WaveNumbers:
    with world.db.read() as tx:
        found = wave_numbers.numbers_of(tx, campaign_id, {0: WaveSpan(OPENS, size)}, OPENS, world.now)
    return found[0]


def _speak(world: World, person: str, kind: Reason, at: datetime) -> str:
    """A case of this person; its conversation."""
    with world.db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.EMAIL, f"{person}@x.example", at)
        conversations.save(tx, replace(talk, subscriber_id=person))
        new = NewCase(f"case-{person}", f"C-{person}", talk.id, person, kind, Language.ES, "", None)
        cases.open(tx, new, at)
    return talk.id


def test_numbers_are_counts_of_rows(db: Database, tmp_path: Path, now: datetime) -> None:
    world = _opened(db, tmp_path / "w", now)
    campaign_id, people = _wave(world)
    later = world.now
    talk = _speak(world, people[0], Reason.PERSON, later)
    with db.write() as tx:
        feedback.record(tx, "answer", "a1", talk, -1, "", later)
        feedback.record(tx, "case", f"case-{people[0]}", talk, 2, "", later)
        subscribers.set_consent(tx, people[1], ChannelName.SMS, Purpose.SERVICE, False, "page", later)
        known = [PersonOutcome(people[0], OutcomeKind.FIRST_CHARGE_FAILED, later.date())]
        known += [PersonOutcome(people[0], OutcomeKind.FIRST_CHARGE_FINE, later.date() + timedelta(days=1))]
        known += [PersonOutcome(people[1], OutcomeKind.FIRST_CHARGE_FINE, later.date())]
        known += [PersonOutcome(people[1], OutcomeKind.CANCELLED, later.date())]
        known += [PersonOutcome("s9999", OutcomeKind.CANCELLED, later.date())]
        outcomes.add(tx, known, later)
    found = _numbers(world, campaign_id, len(people))
    assert (found.attempts, found.waiting, found.hard_failures) == (len(people), 0, 0)
    assert (found.handovers, found.thumbs_down, found.ratings, found.rating_sum) == (1, 1, 1, 2)
    assert found.opt_outs == 1
    assert (found.first_charges, found.first_charges_failed, found.cancellations) == (2, 1, 1)
    assert found.outcomes == 5


def test_a_wave_that_is_watched_is_told_by_the_numbers_of_this_moment(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    announced = PLAN.splitlines(keepends=True)[6]
    world = _opened(db, tmp_path / "w", now, PLAN.replace(announced, "").replace("soak: 2d", "soak: 60d"))

    def words() -> str:
        world.turn()
        (said,) = runner.waiting(db, world.workspace.settings, runner.status(db, "mudanza").id, world.now)
        return said

    assert words() == "Being watched: no message of this wave has left yet, and it is not time for the next one."
    world.live(datetime(2027, 3, 20, tzinfo=UTC))
    assert world.sent
    assert f"(sent: {len(world.sent)}; to go: 0)" in words()


def test_stages_are_told_as_the_plan_has_them(lite: Database, tmp_path: Path, now: datetime) -> None:
    world = _opened(lite, tmp_path / "w", now)
    world.live(datetime(2027, 3, 20, tzinfo=UTC))
    for wave in runner.status(lite, "mudanza").waves:
        assert list(dict.fromkeys(stage for stage, _ in wave.rows)) == ["anuncio", "recordatorio", "hecho"]


def test_a_wave_too_small_to_judge_asks_a_person_and_tells_the_desk(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    world = _opened(db, tmp_path / "w", now, THIN)
    world.clock.advance_to(OPENS + timedelta(days=5))
    tick(db, world.now, desk=Language.EN)
    tick(db, world.now, desk=Language.EN)
    assert runner.status(db, "mudanza").waves[1].opened_at is None
    with db.read() as tx:
        assert runner.asks(tx, runner.named(tx, "mudanza"))
        notices = [row.content for row in messages.due_replies(tx, ChannelName.SLACK, world.now, 10)]
    (notice,) = notices
    assert isinstance(notice, DeskNotice)
    assert "between" in notice.text
    runner.go_on(db, "mudanza", APPROVER, "the numbers look right", world.now)
    tick(db, world.now)
    tick(db, world.now)
    assert runner.status(db, "mudanza").waves[1].opened_at is not None


def test_a_pause_by_itself_is_told_with_its_numbers(lite: Database, tmp_path: Path, now: datetime) -> None:
    world = make_world(lite, tmp_path / "w", now)
    world.email.refuses = frozenset(f"p{number}@farolito.example" for number in range(30))
    world.approve()
    world.clock.advance_to(OPENS + timedelta(hours=9))
    world.watch.desk = Language.ES
    world.turn()
    assert runner.status(lite, "mudanza").state is CampaignState.PAUSED
    with lite.read() as tx:
        (row,) = messages.due_replies(tx, ChannelName.SLACK, world.now, 10)
    assert isinstance(row.content, DeskNotice)
    assert "han fallado" in row.content.text


def test_a_full_desk_slows_what_has_not_begun(lite: Database, tmp_path: Path, now: datetime) -> None:
    world = _opened(lite, tmp_path / "w", now)
    _, people = _wave(world)
    for person in people:
        _speak(world, person, Reason.PERSON, world.now)
    with lite.write() as tx:
        cases.claim(tx, f"case-{people[0]}", "ana", world.now)
        cases.resolve(tx, f"case-{people[0]}", "ana", world.now)
    world.clock.advance_to(OPENS + timedelta(days=3))
    world.turn()
    assert runner.status(lite, "mudanza").waves[1].opened_at is None
    told = "more untaken cases than it resolves in a day"
    assert told in " ".join(
        runner.waiting(lite, world.workspace.settings, runner.status(lite, "mudanza").id, world.now)
    )
    with lite.write() as tx:
        for person in people[1:]:
            cases.claim(tx, f"case-{person}", "ana", world.now)
            cases.resolve(tx, f"case-{person}", "ana", world.now)
    world.turn()
    assert runner.status(lite, "mudanza").waves[1].opened_at is not None
    assert told not in " ".join(
        runner.waiting(lite, world.workspace.settings, runner.status(lite, "mudanza").id, world.now)
    )


def test_a_desk_that_is_asked_little_is_not_taken_for_slow(lite: Database, tmp_path: Path, now: datetime) -> None:
    """It resolved one case in two weeks, because no more came. One untaken case holds nothing; two do."""
    world = _opened(lite, tmp_path / "w", now)
    _, (served, waits, waits_too, *_) = _wave(world)
    _speak(world, served, Reason.PERSON, world.now)
    with lite.write() as tx:
        cases.claim(tx, f"case-{served}", "ana", world.now)
        cases.resolve(tx, f"case-{served}", "ana", world.now)
    world.clock.advance_to(world.now + timedelta(days=10))
    _speak(world, waits, Reason.PERSON, world.now)
    assert not _is_full(world)
    _speak(world, waits_too, Reason.PERSON, world.now)
    assert _is_full(world)


def _is_full(world: World) -> bool:
    with world.db.read() as tx:
        cleared = wave_numbers.cases_cleared_a_day(tx, world.now)
        return cleared is not None and wave_numbers.open_cases(tx) > cleared


def test_a_held_notice_says_until_when_it_can_wait(lite: Database, tmp_path: Path, now: datetime) -> None:
    notice = PLAN.replace("class: service", "class: contract_notice").replace("opens: -30d", "opens: -32d")
    stages = notice.index("  - {name: recordatorio")
    plan = notice[:stages] + notice[notice.index("opens:") :]
    world = _opened(lite, tmp_path / "w", now, plan)
    runner.pause(lite, "mudanza", APPROVER, "a doubt", world.now)
    with lite.read() as tx:
        found = deadline.countdown_of(tx, runner.named(tx, "mudanza"), world.workspace.settings)
    assert found is not None
    assert found.people == 30 - len(_wave(world)[1])
    assert found.deadline == datetime(2027, 1, 30, 23, tzinfo=UTC)  # the end of the thirtieth day before, in Madrid
    assert date(2027, 1, 30) == found.resume_by.date()
    said = {
        language: deadline.say_countdown(found, OPENS - timedelta(days=1), world.workspace.settings, language)
        for language in Language
    }
    assert said[Language.EN].startswith("Resume by Sat 30 Jan, 19:59: ")
    assert said[Language.ES].startswith("Reanuda como muy tarde el sáb, 30 ene, 19:59: ")
    assert f"People who have not got it yet: {found.people}." in said[Language.EN]


def test_a_notice_without_money_says_until_when_it_can_wait(lite: Database, tmp_path: Path, now: datetime) -> None:
    notice = PLAN.replace("class: service", "class: contract_notice").replace("opens: -30d", "opens: -40d")
    plan = notice[: notice.index("  - {name: recordatorio")] + notice[notice.index("opens:") :]
    world = make_world(lite, tmp_path / "w", now, plan=plan)
    price = 9
    world.purse = Purse(Prices({}, 0, {ChannelName.EMAIL: price}), Ceilings(campaign=price), ZoneInfo("Europe/Madrid"))
    world.approve()
    world.live(datetime(2027, 1, 21, tzinfo=UTC))
    assert len(world.sent) == 1
    _, held_back, until = runner.waiting(lite, world.workspace.settings, runner.status(lite, "mudanza").id, world.now)
    assert "The money set for campaigns is spent" in held_back
    assert until.startswith("Raise the amount by Sat 30 Jan, 19:59: later there is no time")


HEADER = "id,outcome,date\n"


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("s0001,gone,2027-01-01", ["outcome"]),
        ("s0001,moved,1/2/2027", ["date"]),
        ("s0001,moved,2028-01-01", ["date"]),
        (",moved,2027-01-01", ["id"]),
        ("s7777,moved,2027-01-01", ["id"]),
        ("s0001,moved", ["the row"]),
        (",gone,1/2/2027", ["id", "outcome", "date"]),
        ("s7777,gone,2028-01-01", ["id", "outcome", "date"]),
    ],
)
def test_every_bad_cell_of_outcomes_is_named_and_the_good_rows_are_kept(
    lite: Database, tmp_path: Path, now: datetime, row: str, wrong: list[str]
) -> None:
    make_world(lite, tmp_path / "w", now)
    data = f"{HEADER}{row}\ns0002,moved,2027-01-04\n".encode()
    report = import_outcomes(lite, data, now)
    assert [(error.row, error.column) for error in report.errors] == [(2, column) for column in wrong]
    assert (report.added, report.known, report.refused) == (1, 0, 1)
    again = import_outcomes(lite, data, now)
    assert (again.added, again.known) == (0, 1)
    with lite.read() as tx:
        person = subscribers.get(tx, "s0002")
    assert person is not None
    assert person.moved_at == now


def test_checking_a_file_of_outcomes_changes_nothing(lite: Database, tmp_path: Path, now: datetime) -> None:
    make_world(lite, tmp_path / "w", now)
    report = import_outcomes(lite, f"{HEADER}s0002,moved,2027-01-04\n".encode(), now, check_only=True)
    assert report.errors == ()
    with lite.read() as tx:
        assert outcomes.of(tx, "s0002") == ()


def test_our_own_people_are_the_first_wave(lite: Database, tmp_path: Path, now: datetime) -> None:
    waves = "[{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]"
    plan = PLAN.replace(f"waves: {waves}", "waves: [{name: equipo, share: staff}, {name: resto, share: 100%}]")
    world = make_world(lite, tmp_path / "w", now, people=10, plan=plan)
    marked = {3: "yes", 5: "sí", 6: "no"}
    add_people(lite, [subscriber(number, fields={"staff": word}) for number, word in marked.items()], now)
    world.approve()
    world.clock.advance_to(OPENS)
    world.live(OPENS + timedelta(hours=12))
    assert _wave(world)[1] == ("s0003", "s0005")
