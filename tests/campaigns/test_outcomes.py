"""What became of people is counted the same on both databases, as the gates count it, and beside those who waited."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from campaigns import outcome_report, runner
from campaigns import report as reports
from campaigns.kept import kept_content
from campaigns.outcome_report import CampaignWent, Outcomes
from campaigns.outcomes import Compared, NotCompared, Verdict, Why
from campaigns.report import Asked
from records.became import Lost
from records.content import TextMessage
from records.database import Database
from records.errors import NotFound
from records.ledger import NewMessage
from records.store import audiences, cases, conversations, feedback, messages, outcomes, reach
from records.store import campaigns as store
from records.store.campaigns import OpenWave
from records.store.cases import NewCase
from records.store.conversations import NewTurn
from records.store.outcomes import OutcomeKind, PersonOutcome
from records.tables import messages as ledger
from records.tables import outcomes as table
from records.types import Author, ChannelName, Language, MessageKind, Reason
from tests.campaigns.world import PLAN, World, add_people, make_world, person

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
SECOND = OPENS + timedelta(days=6)
PEOPLE = 120
MOVED, FINE, FAILED, LEFT = OutcomeKind
HALVES = PLAN.replace("share: 20%, soak: 2d", "share: 50%, soak: 4d").replace("share: 80%", "share: 50%")


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    """Half of the people were written to, the other half waits for its wave."""
    world = make_world(db, tmp_path / "w", now, people=PEOPLE, plan=HALVES)
    world.approve()
    world.clock.advance_to(OPENS)
    world.turn()
    return world


def _halves(world: World) -> tuple[list[str], list[str]]:
    """Who is in the first wave, and who waits."""
    with world.db.read() as tx:
        plan = kept_content(runner.named(tx, "mudanza").plan).plan
    everybody = [f"s{number:04}" for number in range(PEOPLE)]
    first = [one for one in everybody if plan.wave_of(one) == 0]
    return first, sorted(set(everybody) - set(first))


def _import(world: World, rows: Iterable[tuple[str, OutcomeKind, date]]) -> None:
    with world.db.write() as tx:
        outcomes.add(tx, [PersonOutcome(*row) for row in rows], world.now)


def _told(world: World, name: str = "") -> Outcomes:
    with world.db.read() as tx:
        return outcome_report.outcomes_of(tx, Language.EN, world.now, name)


def _only(world: World) -> CampaignWent:
    (found,) = _told(world).campaigns
    return found


def _day(number: int) -> date:
    return OPENS.date() + timedelta(days=number)


def test_it_is_counted_as_one_would_by_hand_whatever_came_twice_and_in_any_order(world: World) -> None:
    first, waiting = _halves(world)
    world.clock.advance_to(OPENS + timedelta(days=20))
    for seed in range(4):
        chance = np.random.default_rng(seed)
        kinds, days = chance.choice(list(OutcomeKind), 150), chance.integers(-6, 20, 150)
        people = chance.choice([*first, *waiting], 150)
        rows = [
            (str(one), OutcomeKind(kind), _day(int(day))) for one, kind, day in zip(people, kinds, days, strict=True)
        ]
        with world.db.write() as tx:
            tx.execute(table.delete())
        _import(world, rows)
        _import(world, [rows[at] for at in chance.permutation(len(rows))])
        found = _only(world)
        went, compared = found.waves[0].went, found.waves[0].compared
        by_hand = _by_hand(first, rows)
        assert (went.people, went.left_before, went.moved.count) == (len(first), by_hand["before"], by_hand["moved"])
        assert (went.first_charges_failed.count, went.first_charges_failed.of) == (
            by_hand["failed"],
            by_hand["charged"],
        )
        assert (went.cancelled.count, went.cancelled.of) == (by_hand["left"], len(first) - by_hand["before"])
        assert isinstance(compared, Compared)
        assert (compared.here.count, compared.here.of) == _there_and_left(first, rows)
        assert (compared.waiting.count, compared.waiting.of) == _there_and_left(waiting, rows)
        assert replace(found.together, lost=()) == replace(went, lost=())
        echo = reports.report(world.db, "mudanza", Asked(Language.EN, "EUR", world.now)).waves[0].echo
        assert (echo.first_charges, echo.first_charges_failed) == (by_hand["charged"], by_hand["failed"])
        assert echo.cancellations == went.cancelled.count == sum(one.people for one in went.lost)


Days = dict[OutcomeKind, list[date]]


def _each(people: Sequence[str], rows: Sequence[tuple[str, OutcomeKind, date]]) -> list[Days]:
    found: dict[str, Days] = {one: defaultdict(list) for one in people}
    for one, kind, day in rows:
        if one in found:
            found[one][kind].append(day)
    return list(found.values())


def _by_hand(people: Sequence[str], rows: Sequence[tuple[str, OutcomeKind, date]]) -> dict[str, int]:
    counts = dict.fromkeys(("before", "moved", "charged", "failed", "left"), 0)
    for days in _each(people, rows):
        since = {kind: [day for day in days[kind] if day >= _day(0)] for kind in OutcomeKind}
        before = bool(days[LEFT]) and not since[LEFT]
        counts["before"] += before
        counts["moved"] += bool(days[MOVED]) and not before
        counts["charged"] += bool(since[FINE] or since[FAILED])
        counts["failed"] += bool(since[FAILED])
        counts["left"] += bool(since[LEFT])
    return counts


def _there_and_left(people: Sequence[str], rows: Sequence[tuple[str, OutcomeKind, date]]) -> tuple[int, int]:
    left = there = 0
    for days in _each(people, rows):
        since = any(day >= _day(0) for day in days[LEFT])
        if min(days[MOVED], default=_day(0)) >= _day(0) and (since or not days[LEFT]):
            there, left = there + 1, left + since
    return left, there


def test_harm_is_said_in_words_and_what_it_costs_by_plan(world: World) -> None:
    first, waiting = _halves(world)
    world.clock.advance_to(OPENS + timedelta(days=5))
    _import(world, [(one, LEFT, _day(2)) for one in [*first[:20], *waiting[:2]]])
    found = _only(world)
    assert found.verdict is found.waves[0].verdict is Verdict.HARM
    assert found.waves[0].words.startswith(f"More people leave: {round(2000 / len(first), 1)}%, against ")
    assert found.words == "More people leave than among those who were still waiting for their wave: piloto."
    assert found.together.lost == (Lost("anual", "EUR", 20, 20 * 8900),)
    assert found.unopened == ("resto",)


def test_without_outcomes_or_before_its_time_nothing_is_said_to_be_fine(world: World) -> None:
    found = _only(world)
    assert found.verdict is Verdict.TOO_EARLY
    assert found.waves[0].compared == NotCompared(Why.NO_OUTCOMES)
    assert found.words.startswith("Nobody has said yet what became of people")
    first, waiting = _halves(world)
    _import(world, [(first[0], MOVED, _day(0))])
    assert _only(world).waves[0].compared == NotCompared(Why.TOO_YOUNG)
    world.clock.advance_to(OPENS + timedelta(days=9))
    assert _only(world).waves[0].compared == NotCompared(Why.TOO_YOUNG)  # nothing is known of the days since
    _import(world, [(one, MOVED, _day(-1)) for one in waiting[: len(waiting) - 29]])
    assert _only(world).waves[0].compared == NotCompared(Why.TOO_FEW)


def test_who_waits_is_who_the_plan_means_and_the_last_wave_has_nobody_beside_it(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    world = make_world(
        db, tmp_path / "w", now, people=PEOPLE, plan=HALVES.replace("all: true", "where: {country: [ES]}")
    )
    add_people(db, [person(number, country="MX") for number in range(PEOPLE, PEOPLE + 40)], now)
    world.approve()
    world.clock.advance_to(OPENS)
    world.turn()
    first, waiting = _halves(world)
    world.clock.advance_to(SECOND)
    _import(world, [(one, LEFT, _day(1)) for one in [*first[:3], *waiting[:4]]])
    compared = _only(world).waves[0].compared
    assert isinstance(compared, Compared)
    assert (compared.waiting.count, compared.waiting.of, compared.days) == (4, len(waiting), 6)
    with db.write() as tx:
        campaign = runner.named(tx, "mudanza").id
        audiences.freeze(tx, campaign, [(one, 1, "") for one in waiting])
        store.open_wave(tx, campaign, OpenWave(1, SECOND, len(waiting), 40))
    _import(world, [(one, LEFT, _day(6)) for one in [*first[3:6], *waiting[4:9]]])
    after = _only(world)
    assert after.waves[0].compared == compared  # those who waited do so no more from the second opening on
    assert after.waves[0].went.cancelled.count == 6
    assert after.waves[1].compared == NotCompared(Why.NOBODY_WAITS)
    assert after.verdict is Verdict.NO_HARM


def test_the_company_s_own_people_are_compared_with_nobody(lite: Database, tmp_path: Path, now: datetime) -> None:
    plan = HALVES.replace("{name: piloto, share: 50%,", "{name: equipo, share: staff,").replace("50%", "100%")
    world = make_world(lite, tmp_path / "w", now, people=PEOPLE, plan=plan)
    add_people(lite, [person(number, fields={"staff": "yes"}) for number in range(40)], now)
    world.approve()
    world.clock.advance_to(OPENS)
    world.turn()
    world.clock.advance_to(SECOND)
    _import(world, [("s0001", LEFT, _day(1))])
    (wave,) = _only(world).waves
    assert (wave.went.people, wave.compared, wave.verdict) == (40, NotCompared(Why.STAFF), Verdict.TOO_EARLY)


def test_whom_two_messages_reached_was_told_once(world: World) -> None:
    told = _only(world).together.told
    with world.db.write() as tx:
        campaign = runner.named(tx, "mudanza").id
        one = next(line for line in messages.lines_of(tx, campaign) if line.subscriber_id)
        said, at = TextMessage("Otra vez", "es"), world.now
        another = NewMessage("again", MessageKind.CAMPAIGN, ChannelName.SMS, "+34600000001", said, at, at)
        messages.put(tx, replace(another, subscriber_id=one.subscriber_id, campaign_id=campaign, stage="otra"))
        tx.execute(ledger.update().where(ledger.c.key == "again").values(state="sent"))
        assert reach.reached_by_wave(tx, campaign) == {0: told}
        assert reach.people_reached(tx, campaign) == told


def test_what_people_said_is_what_the_campaign_s_own_report_says(world: World) -> None:
    first, _ = _halves(world)
    with world.db.write() as tx:
        for number, one in enumerate(first[:3]):
            talk = conversations.open_or_get(tx, ChannelName.EMAIL, f"{one}@x.example", world.now)
            conversations.save(tx, replace(talk, subscriber_id=one))
            conversations.add_turn(tx, NewTurn(f"t{number}", talk.id, Author.SUBSCRIBER, "?", world.now))
            feedback.record(tx, "answer", f"a{number}", talk.id, 1 if number else -1, "", world.now)
        new = NewCase("c1", "C-1", talk.id, one, Reason.PERSON, Language.ES, "", None)
        cases.open(tx, new, world.now + timedelta(hours=71))
        feedback.record(tx, "case", "c1", talk.id, 4, "", world.now)
    assert _only(world).together.settled.of == 0  # not yet 72 hours ago
    world.clock.advance_to(OPENS + timedelta(days=4))
    went, report = _only(world).together, reports.report(world.db, "mudanza", Asked(Language.EN, "EUR", world.now))
    echo = report.waves[0].echo
    assert (went.questions, went.handovers, went.ratings, went.mean_rating) == (3, 1, 1, 4.0)
    assert (went.questions, went.handovers, went.ratings, went.mean_rating) == (
        echo.questions,
        echo.handovers,
        echo.ratings,
        echo.mean_rating,
    )
    assert (went.helped.count, went.helped.of) == (echo.thumbs_up, echo.thumbs_up + echo.thumbs_down) == (2, 3)
    assert (went.settled.count, went.settled.of) == (2, 3)
    assert 0 < went.told == report.reached < len(first)  # by day where they are
    assert went.questions_per_100 == pytest.approx(300 / went.told, abs=0.01)
    with world.db.read() as tx:
        assert reach.reached_by_wave(tx, runner.named(tx, "mudanza").id) == {0: report.reached}


def test_a_campaign_that_has_not_begun_is_told_of_only_by_name(db: Database, tmp_path: Path, now: datetime) -> None:
    world = make_world(db, tmp_path / "w", now, people=3)
    with pytest.raises(NotFound, match="submit its plan first"):
        _told(world, "mudanza")
    world.approve()
    assert _told(world).campaigns == ()
    (found,) = _told(world, "mudanza").campaigns
    assert (found.waves, found.together.people, found.unopened) == ((), 0, ("piloto", "resto"))
