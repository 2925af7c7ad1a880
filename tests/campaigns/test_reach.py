"""Every person of a frozen audience stands in exactly one way, whatever came of their messages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns import reach, runner
from records.database import Database
from records.errors import NotFound
from records.inbound import Receipt
from records.store import messages, money
from records.store import reach as store
from records.store.reach import Standing
from records.types import ChannelName, DeliveryState
from tests.campaigns.world import PLAN, World, make_world

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
ALL_AT_ONCE = PLAN.replace(
    "waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]", "waves: [{name: todos, share: 100%}]"
).replace("hard_failure_pause: 5%", "hard_failure_pause: 99%")
REFUSED = ("p3@farolito.example", "p4@farolito.example")
REFUSED_TOO = ("+34600000003", "+34600000004")


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    world = make_world(db, tmp_path / "w", now, people=20, plan=ALL_AT_ONCE)
    world.email.refuses, world.sms.refuses = frozenset(REFUSED), frozenset(REFUSED_TOO)
    world.approve()
    world.clock.advance_to(OPENS)
    world.live(OPENS + timedelta(hours=12))
    return world


def _give_back(world: World, number: int) -> None:
    """The network returns the mail to this person for good."""
    place = next(at for at, one in enumerate(world.email.sent) if one.address == f"p{number}@farolito.example")
    receipt = Receipt(ChannelName.EMAIL, f"r{number}", f"paper-email-{place + 1}", DeliveryState.FAILED, "", world.now)
    with world.db.write() as tx:
        messages.record_receipt(tx, receipt)


def test_each_stage_adds_up_to_the_audience(world: World) -> None:
    _give_back(world, 7)
    found = reach.standings(world.db, "mudanza")
    assert found["anuncio"] == {Standing.REACHED: 17, Standing.UNREACHED: 3}
    assert found["recordatorio"] == {Standing.PENDING: 20}
    missed = {one.subscriber_id: one for one in reach.missed(world.db, "mudanza", "anuncio")}
    assert set(missed) == {"s0003", "s0004", "s0007"}
    assert missed["s0003"].why.startswith("bad_address")
    assert missed["s0007"].why == "returned"


def test_who_is_left_to_call_comes_with_a_phone(world: World) -> None:
    people = list(reach.to_call(world.db, "mudanza", "anuncio"))
    assert [(one.subscriber_id, one.phone) for one in people] == [
        ("s0003", "+34600000003"),
        ("s0004", "+34600000004"),
    ]


def test_nobody_waits_for_a_cancelled_campaign(world: World) -> None:
    runner.cancel(world.db, "mudanza", "ana@farolito.example", "Otro plan", world.now)
    found = reach.standings(world.db, "mudanza")
    assert found["anuncio"] == {Standing.REACHED: 18, Standing.UNREACHED: 2}
    assert found["recordatorio"] == {Standing.UNREACHED: 20}
    assert {one.why for one in reach.missed(world.db, "mudanza", "recordatorio")} == {"cancelled"}
    assert [one.subscriber_id for one in reach.to_call(world.db, "mudanza")] == ["s0003", "s0004"]


def test_a_stage_nobody_wrote_is_named(world: World) -> None:
    with pytest.raises(NotFound, match="anuncio, recordatorio, hecho"):
        list(reach.missed(world.db, "mudanza", "otra"))


def test_what_stands_how_is_one_way_for_everybody(world: World) -> None:
    with world.db.read() as tx:
        campaign = runner.named(tx, "mudanza")
        for stage in ("anuncio", "recordatorio", "hecho"):
            assert sum(store.counts(tx, campaign.id, stage).values()) == 20


def test_what_it_cost_is_told_for_each_person_reached(world: World) -> None:
    assert reach.cost_so_far(world.db, "mudanza", "EUR") == {}
    with world.db.write() as tx:
        rows = messages.lines_of(tx, runner.named(tx, "mudanza").id)
        money.reserve(tx, {}, [money.Cost(row.id, 250, world.now.date()) for row in rows])
    # 18 of 20 were reached; what failed for good is not counted as spent.
    told = reach.cost_so_far(world.db, "mudanza", "EUR")
    assert told == {"cost": "0.04500", "currency": "EUR", "cost_per_person": "0.00250"}
    assert reach.cost_in("JPY", 1_500, 0) == {"cost": "1.500", "currency": "JPY"}
