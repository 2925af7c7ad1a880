"""What failed in passing can be tried again, on a person's word; what failed for good, or may have left, never."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from campaigns import runner
from campaigns.errors import NotAllowed
from channels.contract import Refusal
from records.database import Database
from records.store import wave_numbers
from records.store.wave_numbers import WaveSpan
from records.tables import messages
from records.types import CampaignState, MessageState
from tests.campaigns.world import APPROVER, PLAN, World, make_world

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
PEOPLE = 8
BY_MAIL = (
    PLAN.replace("[email, sms]", "[email]")
    .replace(
        "waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]",
        "waves: [{name: todos, share: 100%}]",
    )
    .replace("minimum_sends: 3", "minimum_sends: 1000")
)
DOWN = frozenset({"p2@farolito.example", "p3@farolito.example"})


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    world = make_world(db, tmp_path / "w", now, people=PEOPLE, plan=BY_MAIL)
    world.approve()
    world.clock.advance_to(OPENS)
    return world


def _announce(world: World, why: Refusal) -> None:
    world.email.refuses, world.email.why = DOWN, why
    for _ in range(12):
        world.turn()
        world.clock.advance(timedelta(hours=1))


def _sent(world: World) -> list[str]:
    return sorted(one.address for one in world.email.sent)


def test_what_failed_in_passing_is_sent_once_more_and_nobody_else_is(world: World) -> None:
    _announce(world, Refusal.CREDENTIALS)
    assert len(world.email.sent) == PEOPLE - 2
    world.email.refuses = frozenset()
    with pytest.raises(NotAllowed, match="reason"):
        runner.retry(world.db, "mudanza", APPROVER, " ", world.now)
    runner.retry(world.db, "mudanza", APPROVER, "the account works again", world.now)
    for _ in range(24):
        world.turn()
        world.clock.advance(timedelta(hours=1))
    assert _sent(world) == sorted(f"p{number}@farolito.example" for number in range(PEOPLE))
    assert "retried" in [event.what for event in runner.status(world.db, "mudanza").events]
    with pytest.raises(NotAllowed, match="nothing to try again"):
        runner.retry(world.db, "mudanza", APPROVER, "again", world.now)


def test_what_failed_for_good_is_not_tried_again(world: World) -> None:
    _announce(world, Refusal.BAD_ADDRESS)
    with pytest.raises(NotAllowed, match="nothing to try again"):
        runner.retry(world.db, "mudanza", APPROVER, "again", world.now)


def test_what_may_have_left_is_not_tried_again(world: World) -> None:
    world.email.unsure = DOWN
    for _ in range(12):
        world.turn()
        world.clock.advance(timedelta(hours=1))
    assert runner.status(world.db, "mudanza").total(MessageState.UNCERTAIN) == len(DOWN)
    with pytest.raises(NotAllowed, match="nothing to try again"):
        runner.retry(world.db, "mudanza", APPROVER, "again", world.now)


def test_a_campaign_that_is_done_goes_on_for_what_is_tried_again(world: World) -> None:
    world.email.refuses, world.email.why = DOWN, Refusal.CREDENTIALS
    world.live(datetime(2027, 3, 20, tzinfo=UTC))
    assert runner.status(world.db, "mudanza").state is CampaignState.DONE
    before = len(world.email.sent)
    world.email.refuses = frozenset()
    runner.retry(world.db, "mudanza", APPROVER, "the account works again", world.now)
    assert runner.status(world.db, "mudanza").state is CampaignState.APPROVED
    world.live(world.now + timedelta(days=2))
    after = runner.status(world.db, "mudanza")
    assert after.state is CampaignState.DONE
    # The announcement has no end; the reminder and the thanks are too late to be of use.
    assert before < len(world.email.sent) <= before + 3 * len(DOWN)


def test_a_batch_that_is_opened_again_counts_its_rows_again(world: World) -> None:
    _announce(world, Refusal.CREDENTIALS)
    seen = [_counted(world)]
    world.email.refuses = frozenset()
    runner.retry(world.db, "mudanza", APPROVER, "the account works again", world.now)
    for _ in range(25):
        seen.append(_counted(world))
        world.turn()
        world.clock.advance(timedelta(hours=1))
    assert [counts[MessageState.PLANNED] for counts in (seen[0], seen[1], seen[-1])] == [0, 2, 0]


def _counted(world: World) -> Counter[str]:
    """The rows of the wave by state, after the numbers of its gates have been found to say the same."""
    with world.db.read() as tx:
        campaign = runner.named(tx, "mudanza")
        wave = wave_numbers.numbers_of(tx, campaign.id, {0: WaveSpan(OPENS, PEOPLE)}, OPENS, world.now)[0]
        states = Counter(tx.execute(select(messages.c.state)).scalars())
    assert wave.attempts == states[MessageState.SENT] + states[MessageState.FAILED]
    assert wave.waiting == states[MessageState.PLANNED]
    return states
