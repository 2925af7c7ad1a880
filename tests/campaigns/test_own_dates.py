"""A stage may hang on any date of the person: it reaches whoever has one on its day, and follows the date when it moves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns import reach, runner
from campaigns.plan import Anchor
from records.database import Database
from records.store import subscribers
from records.types import CampaignState
from tests.campaigns.world import PLAN, TEMPLATE, World, add_people, make_world, person

COLUMNS = {
    Anchor.CUTOVER: "cutover_date",
    Anchor.RENEWAL: "renewal_date",
    Anchor.NEXT_CHARGE: "next_charge_date",
    Anchor.TERM_END: "term_end_date",
    Anchor.DEADLINE: "deadline_date",
}
FIRST, SECOND, MOVED = date(2027, 3, 20), date(2027, 3, 25), date(2027, 4, 5)


def _plan(anchor: Anchor) -> str:
    stages = (
        "stages:\n"
        f"  - {{name: aviso, anchor: {anchor}, offset: -7d, channels: [email], template: anuncio}}\n"
        f"  - {{name: despues, anchor: {anchor}, offset: +1d, channels: [email], template: anuncio}}\n"
    )
    waves = "waves: [{name: todos, share: 100%}]\n"
    head = PLAN.split("waves:")[0]
    return head + waves + stages + 'opens: -30d\nat: "10:00"\n'


def _told(world: World) -> list[tuple[str, date]]:
    pairs = zip(world.email.sent, world.email.moments, strict=True)
    return [(one.address.split("@")[0], moment.date()) for one, moment in pairs]


def test_every_personal_date_has_its_column() -> None:
    assert {anchor for anchor in Anchor if anchor.personal and not anchor.event} == set(COLUMNS)


@pytest.mark.parametrize("anchor", list(COLUMNS))
def test_a_message_follows_the_date_it_counts_from(db: Database, tmp_path: Path, now: datetime, anchor: Anchor) -> None:
    column = COLUMNS[anchor]
    own: dict[str, Any] = dict.fromkeys(COLUMNS.values())

    def dated(number: int, day: date | None) -> Any:
        return person(number, time_zone="Europe/Madrid", **(own | {column: day}))

    world = make_world(db, tmp_path / "w", now, people=0, plan=_plan(anchor))
    for language, text in TEMPLATE.items():
        shown = text.replace("{{ price }}", f"{{{{ price }}}} ({{{{ {column} }}}})")
        (world.workspace.templates / f"anuncio.{language}.md").write_text(shown)
    add_people(db, [dated(1, FIRST), dated(2, SECOND), dated(3, None)], now)
    world.approve()
    world.live(datetime(2027, 3, 14, tzinfo=UTC))
    assert _told(world) == [("p1", FIRST - timedelta(days=7))]
    first = world.email.sent[0].content
    assert "20 de marzo de 2027" in str(first)
    add_people(db, [dated(2, MOVED)], world.now)  # before its message has left
    world.live(datetime(2027, 6, 1, tzinfo=UTC))
    assert sorted(_told(world)) == [
        ("p1", FIRST - timedelta(days=7)),
        ("p1", FIRST + timedelta(days=1)),
        ("p2", MOVED - timedelta(days=7)),
        ("p2", MOVED + timedelta(days=1)),
    ]
    missed = [(one.subscriber_id, one.why) for one in reach.missed(db, "mudanza", "aviso")]
    assert missed == [("s0003", "no_date")]
    assert runner.status(db, "mudanza").state is CampaignState.DONE
    with db.read() as tx:
        assert subscribers.date_ranges(tx)[anchor] == (FIRST, MOVED)


def test_a_preview_says_that_there_is_no_date(db: Database, tmp_path: Path, now: datetime) -> None:
    world = make_world(db, tmp_path / "w", now, people=2, plan=_plan(Anchor.TERM_END))
    one = person(1)
    add_people(db, [replace(one, term_end_date=FIRST)], now)
    with_date = runner.preview(db, world.workspace, world.path, "s0001", now)
    assert [item.due.date() for item in with_date if item.due] == [date(2027, 3, 13), date(2027, 3, 21)]
    without = runner.preview(db, world.workspace, world.path, "s0000", now)
    assert [(item.content, item.why_not) for item in without] == [(None, "no_date"), (None, "no_date")]
