"""A stage may hang on what happened to a person: it reaches exactly those to whom it did, on the day the plan says."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from campaigns import reach, runner
from campaigns.errors import PlanError
from campaigns.plan import plan_from_data
from records.database import Database
from records.store import outcomes
from records.store.outcomes import OutcomeKind, PersonOutcome
from records.store.reach import Standing
from records.types import CampaignState
from tests.campaigns.world import PLAN, World, make_world

PEOPLE = 9
FAILED = ("s0001", "s0004", "s0008")
DAY = date(2027, 3, 8)
EVENTS = PLAN.replace(
    "waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]", "waves: [{name: todos, share: 100%}]"
).split("stages:")[0] + (
    "stages:\n"
    "  - {name: anuncio, anchor: wave, offset: 0d, channels: [email], template: anuncio}\n"
    "  - {name: ayuda, anchor: first_charge_failed, offset: +1d, channels: [email], template: anuncio}\n"
    'opens: -30d\nat: "10:00"\n'
)


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    world = make_world(db, tmp_path / "w", now, people=PEOPLE, plan=EVENTS)
    world.approve()
    return world


def _tell(world: World, people: Sequence[str], kind: OutcomeKind, day: date) -> None:
    with world.db.write() as tx:
        outcomes.add(tx, [PersonOutcome(one, kind, day) for one in people], world.now)


def test_only_those_to_whom_it_happened_hear_and_on_the_day_after(world: World) -> None:
    world.live(datetime(2027, 3, 8, 23, tzinfo=UTC))
    assert len(world.email.sent) == PEOPLE
    _tell(world, FAILED, OutcomeKind.FIRST_CHARGE_FAILED, DAY)
    _tell(world, ("s0002",), OutcomeKind.FIRST_CHARGE_FINE, DAY)
    world.live(datetime(2027, 3, 10, 23, tzinfo=UTC))
    told = world.email.sent[PEOPLE:]
    assert sorted(one.address for one in told) == [f"p{int(one[1:])}@farolito.example" for one in FAILED]
    assert {moment.date() for moment in world.email.moments[PEOPLE:]} == {DAY + timedelta(days=1)}
    assert reach.standings(world.db, "mudanza")["ayuda"] == {
        Standing.REACHED: len(FAILED),
        Standing.PENDING: PEOPLE - len(FAILED),
    }


def test_whom_nothing_happened_to_is_settled_in_the_end(world: World) -> None:
    world.live(datetime(2027, 6, 5, tzinfo=UTC))
    assert runner.status(world.db, "mudanza").state is CampaignState.DONE
    assert {one.why for one in reach.missed(world.db, "mudanza", "ayuda")} == {"no_date"}
    assert len(world.email.sent) == PEOPLE


def test_nothing_can_be_said_before_it_happened() -> None:
    stage = {"name": "a", "anchor": "moved", "offset": "-1d", "channels": ["email"], "template": "a"}
    data = {
        "campaign": "c",
        "class": "service",
        "effective_date": "2027-03-01",
        "audience": {"all": True},
        "stages": [stage],
        "opens": "-30d",
    }
    with pytest.raises(PlanError, match="before it happens"):
        plan_from_data(data)
