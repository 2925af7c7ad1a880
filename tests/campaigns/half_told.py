"""A campaign half of whose people have been told, and what may be done to it from there."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from campaigns import revising, runner
from campaigns.revising import Asked, Revised
from campaigns.tick import tick
from channels.contract import Outgoing
from records.database import Database
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


def half_told(db: Database, folder: Path, now: datetime) -> World:
    """An afternoon after the first wave: it has had its announcement, the second has heard nothing."""
    world = make_world(db, folder / "w", now, people=PEOPLE, plan=HALVES)
    world.approve()
    world.clock.advance_to(OPENS)
    pass_hours(world, 14)
    return world


def pass_hours(world: World, hours: int) -> None:
    """With a tick in every second one: with one in each these tests took half as long again, and said the same."""
    for _ in range(hours // 2):
        world.turn()
        world.clock.advance(timedelta(hours=2))


def fill_second_wave(world: World) -> None:
    """The messages of the second wave are written, and a worker is stopped before any of them leaves."""
    world.clock.advance_to(datetime(2027, 2, 2, 19, 0, tzinfo=UTC))
    for run in [*tick(world.db, world.now), *tick(world.db, world.now)]:
        replace(world.batches(), courier=OnlyWrites(world.db, world.now)).run(run.batch_id, world.now)


def move(world: World, day: date = NEW, template: str = "") -> Revised:
    asked = Asked(AUTHOR, world.now, "the platform is late")
    return revising.reschedule(world.db, world.workspace, world.path, asked, day=day, template=template)


def approve(world: World) -> None:
    runner.approve(world.db, world.workspace, world.path, APPROVER, world.now)


def reader_of(one: Outgoing) -> str:
    return one.key.split(":")[-2]


def stage_of(one: Outgoing) -> str:
    return one.key.removeprefix("campaign:").split(":", 1)[1].rsplit(":", 2)[0]


def heard(world: World, stage: str) -> list[str]:
    """Who got a message of this stage."""
    return sorted(reader_of(one) for one in world.sent if stage_of(one) == stage)
