"""A report says what the rows say: every message and every person once, each reason in words."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns import report as reports
from campaigns import runner
from campaigns.report import Asked, Cause, Report
from records.database import Database
from records.errors import NotFound
from records.inbound import Receipt
from records.store import cases, conversations, feedback, messages, money, outcomes
from records.store.cases import NewCase
from records.store.conversations import NewTurn
from records.store.outcomes import OutcomeKind, PersonOutcome
from records.store.reach import Standing
from records.tables import messages as table
from records.types import Author, ChannelName, DeliveryState, Language, Reason
from tests.campaigns.world import PLAN, World, add_people, make_world, person

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
CALM = PLAN.replace("hard_failure_pause: 5%", "hard_failure_pause: 99%")
PEOPLE = 30
REFUSED, REFUSED_TOO = ("p3@farolito.example", "p4@farolito.example"), ("+34600000004",)


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    """Both waves were written to: one is refused by mail, one everywhere, one has moved already and is left out."""
    world = make_world(db, tmp_path / "w", now, people=PEOPLE, plan=CALM)
    add_people(db, [person(PEOPLE, moved_at=now)], now)
    world.email.refuses, world.sms.refuses = frozenset(REFUSED), frozenset(REFUSED_TOO)
    world.approve()
    world.clock.advance_to(OPENS)
    world.live(OPENS + timedelta(days=3))
    return world


def _report(world: World) -> Report:
    return reports.report(world.db, "mudanza", Asked(Language.EN, "EUR", world.now))


def _receipt(world: World, number: int, delivery: DeliveryState) -> None:
    place = next(at for at, one in enumerate(world.email.sent) if one.address == f"p{number}@farolito.example")
    receipt = Receipt(ChannelName.EMAIL, f"r{number}", f"paper-email-{place + 1}", delivery, "", world.now)
    with world.db.write() as tx:
        messages.record_receipt(tx, receipt)


def _talk(world: World, one: str, at: datetime) -> str:
    with world.db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.EMAIL, f"{one}@x.example", at)
        conversations.save(tx, replace(talk, subscriber_id=one))
        for seq, author in enumerate((Author.SUBSCRIBER, Author.BOT, Author.SUBSCRIBER)):
            conversations.add_turn(tx, NewTurn(f"t-{one}-{seq}", talk.id, author, "?", at))
    return talk.id


def test_every_person_and_every_message_counts_once(world: World) -> None:
    _receipt(world, 7, DeliveryState.FAILED)
    _receipt(world, 8, DeliveryState.DELIVERED)
    _receipt(world, 9, DeliveryState.COMPLAINED)
    found = _report(world)
    assert (found.people, found.left_out, found.reached, found.unopened) == (PEOPLE, 1, PEOPLE - 2, ())
    first = next(one for one in found.stages if one.stage == "anuncio").people
    assert first == {
        Standing.LEFT_OUT: 1,
        Standing.REACHED: PEOPLE - 2,
        Standing.PENDING: 0,
        Standing.UNCERTAIN: 0,
        Standing.UNREACHED: 2,
    }
    with world.db.read() as tx:
        rows = messages.lines_of(tx, runner.named(tx, "mudanza").id)
    ends = ("reached", "returned", "failed", "uncertain", "waiting", "held_back", "expired")
    by_way = {(way.wave, way.stage, way.channel): asdict(way.counts) for way in found.ways}
    assert sum(counts[end] for counts in by_way.values() for end in ends) == len(rows)
    mail = [counts for (_, stage, channel), counts in by_way.items() if (stage, channel) == ("anuncio", "email")]
    assert len(mail) == 2  # both waves
    summed = {end: sum(counts[end] for counts in mail) for end in mail[0]}
    assert (summed["reached"], summed["returned"], summed["failed"]) == (PEOPLE - 3, 1, 2)
    assert (summed["confirmed"], summed["complained"]) == (1, 1)


def test_reasons_are_told_in_words_without_what_a_vendor_said(world: World) -> None:
    _receipt(world, 7, DeliveryState.FAILED)
    found = _report(world)
    assert found.not_arrived == (
        Cause("anuncio", "email", "bad_address", "there is no such address", 2),
        Cause("anuncio", "email", "returned", "came back undelivered", 1),
        Cause("anuncio", "sms", "bad_address", "there is no such address", 1),
    )
    assert found.excluded == (Cause("", "", "already_moved", "has already moved", 1),)


def test_what_people_said_counts_from_the_opening_of_their_wave_on(world: World) -> None:
    with world.db.read() as tx:
        rows = messages.lines_of(tx, runner.named(tx, "mudanza").id)
    one, other = rows[0].subscriber_id, rows[1].subscriber_id
    assert one is not None
    assert other is not None
    _talk(world, other, OPENS - timedelta(days=1))
    talk = _talk(world, one, world.now)
    with world.db.write() as tx:
        cases.open(tx, NewCase("c1", "C-1", talk, one, Reason.DOUBLE_CHARGE, Language.ES, "", None), world.now)
        for answer, thumb in (("a1", 1), ("a2", 1), ("a3", -1)):
            feedback.record(tx, "answer", answer, talk, thumb, "", world.now)
        feedback.record(tx, "case", "c1", talk, 4, "", world.now)
        outcomes.add(tx, [PersonOutcome(one, OutcomeKind.FIRST_CHARGE_FAILED, world.now.date())], world.now)
    echo = _report(world).waves[0].echo
    assert (echo.questions, echo.handovers, echo.cases) == (2, 1, {Reason.DOUBLE_CHARGE: 1})
    assert (echo.thumbs_up, echo.thumbs_down, echo.ratings, echo.mean_rating) == (2, 1, 1, 4.0)
    assert (echo.first_charges, echo.first_charges_failed, echo.cancellations) == (1, 1, 0)
    assert _report(world).waves[1].echo.mean_rating is None


def test_verdicts_come_with_their_waves_and_costs_with_their_channels(world: World) -> None:
    with world.db.write() as tx:
        rows = messages.lines_of(tx, runner.named(tx, "mudanza").id)
        money.reserve(tx, {}, [money.Cost(row.id, 250, world.now.date()) for row in rows])
    found = _report(world)
    assert [wave.name for wave in found.waves] == ["piloto", "resto"]
    assert found.waves[0].verdicts[-1].verdict == "continue"
    assert "The next wave is open already" in found.waves[0].verdicts[-1].words
    # 29 of 30 were reached; what was refused for good is not counted as spent.
    assert found.cost == {"cost": "0.07250", "currency": "EUR", "cost_per_person": "0.00250"}
    assert sum(float(way.cost.get("cost", 0)) for way in found.ways) == pytest.approx(0.0725)
    assert found.stages[0].cost == found.cost


def test_a_campaign_that_has_not_begun_has_a_report_and_an_unknown_one_none(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    world = make_world(db, tmp_path / "w", now, people=3)
    with pytest.raises(NotFound, match="submit its plan first"):
        _report(world)
    world.approve()
    found = _report(world)
    assert (found.people, found.waves, found.unopened, found.cost) == (0, (), ("piloto", "resto"), {})


def test_it_says_what_to_do_about_those_it_did_not_reach(world: World) -> None:
    (to_call,) = _report(world).advice
    assert to_call.startswith("Messages that reached their person on no channel: 1. ")
    with world.db.write() as tx:
        row = next(line.id for line in messages.lines_of(tx, runner.named(tx, "mudanza").id) if not line.reason)
        tx.execute(table.update().where(table.c.id == row).values(state="failed", reason="full: 452 4.2.2"))
    _, retry = _report(world).advice
    assert retry.startswith("Messages that failed for a reason that may have passed: 1. ")
    assert "relevo campaign retry mudanza" in retry
