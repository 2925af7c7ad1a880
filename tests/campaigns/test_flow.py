"""From approval to the last message, on both databases: each person enters each stage once, with a reason when not."""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from campaigns import runner
from campaigns.errors import NotAllowed
from campaigns.tick import tick
from records.database import Database
from records.store import audiences, batches, shut_addresses, subscribers
from records.store import campaigns as store
from records.types import CampaignState, ChannelName, MessageState, Purpose
from tests.campaigns.world import APPROVER, AUTHOR, PLAN, ZONES, World, make_world, write_workspace

OPENS = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
END = datetime(2027, 3, 20, tzinfo=UTC)


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    return make_world(db, tmp_path / "w", now)


def test_everyone_gets_each_stage_once_inside_their_hours(world: World) -> None:
    world.approve()
    world.live(END)
    keys = Counter(one.key for one in world.sent)
    assert len(keys) == 30 * 3
    assert set(keys.values()) == {1}
    status = runner.status(world.db, "mudanza")
    assert status.state is CampaignState.DONE
    assert status.total(MessageState.SENT) == 90
    by_zone = {f"p{number}@farolito.example": ZoneInfo(ZONES[number % 3]) for number in range(30)}
    for one, moment in zip(world.email.sent, world.email.moments, strict=True):
        assert 9 <= moment.astimezone(by_zone[one.address]).hour < 20


def test_the_next_wave_waits_for_soak_and_a_stored_verdict(world: World) -> None:
    world.approve()
    world.clock.advance_to(OPENS - timedelta(hours=1))
    assert world.turn() == 0
    world.clock.advance_to(OPENS)
    world.live(OPENS + timedelta(days=1, hours=23))
    status = runner.status(world.db, "mudanza")
    assert [wave.opened_at is not None for wave in status.waves] == [True, False]
    assert status.waves[0].verdict is not None
    assert status.waves[0].verdict.verdict == "wait"
    world.clock.advance_to(OPENS + timedelta(days=2))
    world.turn()
    status = runner.status(world.db, "mudanza")
    assert status.waves[1].opened_at is not None
    assert status.waves[0].verdict is not None
    assert status.waves[0].verdict.verdict == "continue"
    assert sum(wave.size + wave.excluded for wave in status.waves) == 30
    world.live(OPENS + timedelta(days=4))
    first = runner.status(world.db, "mudanza").waves[0].verdict
    assert first is not None
    assert first.why == "passed"  # nobody said to go on


def test_a_wave_that_fails_holds_the_campaign_until_a_person_resumes_it(world: World) -> None:
    write_workspace(world.workspace.root, PLAN.replace("[email, sms]", "[email]"))
    world.email.refuses = frozenset(f"p{number}@farolito.example" for number in range(30))
    world.approve()
    world.clock.advance_to(OPENS)
    world.live(OPENS + timedelta(days=3))
    status = runner.status(world.db, "mudanza")
    assert status.state is CampaignState.PAUSED
    assert status.waves[1].opened_at is None
    assert status.waves[0].verdict is not None
    assert status.waves[0].verdict.verdict == "hold"
    with pytest.raises(NotAllowed, match="reason"):
        runner.resume(world.db, "mudanza", APPROVER, " ", world.now)
    world.email.refuses = frozenset()
    runner.resume(world.db, "mudanza", APPROVER, "addresses mended", world.now)
    world.live(world.now + timedelta(days=1))
    assert runner.status(world.db, "mudanza").waves[1].opened_at is None  # nothing was sent since that could be judged
    runner.go_on(world.db, "mudanza", APPROVER, "they are right now", world.now)
    world.live(world.now + timedelta(days=1))
    assert runner.status(world.db, "mudanza").waves[1].opened_at is not None


def test_ticks_at_the_same_time_batch_each_person_once(world: World) -> None:
    world.approve()
    world.clock.advance_to(OPENS + timedelta(hours=9))
    threads = [threading.Thread(target=lambda: tick(world.db, world.now)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = tick(world.db, world.now)
    with world.db.read() as tx:
        people = [one for run in runs for one in batches.batch_people(tx, run.batch_id)]
    assert len(people) == len(set(people)) == runner.status(world.db, "mudanza").waves[0].size > 0


def test_one_batch_run_by_several_workers_sends_each_row_once(world: World) -> None:
    world.approve()
    world.clock.advance_to(OPENS + timedelta(hours=9))
    runs = tick(world.db, world.now)

    def work(holder: str) -> None:
        for run in runs:
            world.batches(holder).run(run.batch_id, world.now)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Counter(one.key for one in world.sent).values()) == {1}
    before = len(world.sent)
    work("again")
    assert len(world.sent) == before == runner.status(world.db, "mudanza").waves[0].size


def test_a_second_run_does_not_write_to_a_person_on_another_channel(world: World) -> None:
    world.approve()
    world.clock.advance_to(OPENS + timedelta(hours=9))
    runs = tick(world.db, world.now)
    for run in runs:
        world.batches().run(run.batch_id, world.now)
    reached = len(world.sent)
    with world.db.write() as tx:
        for number in range(30):
            shut_addresses.suppress(tx, ChannelName.EMAIL, f"p{number}@farolito.example", "bad_address", world.now)
            batches.mark_batch(tx, runs[0].batch_id, "planned")
    for run in runs:
        world.batches().run(run.batch_id, world.now)
    assert len(world.sent) == reached
    assert not world.sms.sent


def test_who_is_left_out_has_a_reason_and_the_sums_are_exact(world: World) -> None:
    with world.db.write() as tx:
        subscribers.set_consent(tx, "s0001", ChannelName.EMAIL, Purpose.SERVICE, False, "test", world.now)
        subscribers.set_consent(tx, "s0002", ChannelName.EMAIL, Purpose.SERVICE, False, "test", world.now)
        subscribers.set_consent(tx, "s0002", ChannelName.SMS, Purpose.SERVICE, False, "test", world.now)
        subscribers.mark_moved(tx, "s0003", world.now)
        shut_addresses.suppress(tx, ChannelName.EMAIL, "p4@farolito.example", "bad_address", world.now)
        shut_addresses.suppress(tx, ChannelName.SMS, "+34600000004", "blocked", world.now)
    world.approve()
    world.live(END)
    with world.db.read() as tx:
        campaign = runner.named(tx, "mudanza")
        assert audiences.excluded_people(tx, campaign.id) == (
            ("s0002", "no_consent"),
            ("s0003", "already_moved"),
            ("s0004", "suppressed"),
        )
    status = runner.status(world.db, "mudanza")
    assert status.total(MessageState.SENT) == 27 * 3
    assert {one.address for one in world.sms.sent} == {"+34600000001"}


def test_a_pause_stops_the_next_message_and_a_resume_goes_on(world: World) -> None:
    world.approve()
    world.clock.advance_to(OPENS + timedelta(hours=9))
    runs = tick(world.db, world.now)
    runner.pause(world.db, "mudanza", AUTHOR, "a typo", world.now)
    for run in runs:
        world.batches().run(run.batch_id, world.now)
    assert tick(world.db, world.now) == []
    assert world.sent == []
    runner.resume(world.db, "mudanza", APPROVER, "it was none", world.now)
    again = tick(world.db, world.now)
    assert [run.batch_id for run in again] == [run.batch_id for run in runs]
    assert all(after.runs > before.runs for after, before in zip(again, runs, strict=True))
    world.turn()
    assert world.sent


def test_a_cancelled_campaign_never_sends_again(world: World) -> None:
    world.approve()
    world.clock.advance_to(OPENS + timedelta(hours=9))
    world.turn()
    sent = len(world.sent)
    runner.cancel(world.db, "mudanza", APPROVER, "", world.now)
    world.live(END)
    assert len(world.sent) == sent


def test_content_changed_behind_the_approval_stops_the_campaign(world: World) -> None:
    world.approve()
    with world.db.write() as tx:
        campaign = runner.named(tx, "mudanza")
        data = json.loads(campaign.plan)
        data["facts"]["es"]["company"] = "Otra"
        changed = store.Campaign(**(vars(campaign) | {"plan": json.dumps(data)}))
        store.submit(tx, changed)
    world.clock.advance_to(OPENS + timedelta(hours=9))
    assert tick(world.db, world.now) == []
    assert runner.status(world.db, "mudanza").state is CampaignState.PAUSED
    assert world.sent == []


def test_an_edit_voids_the_approval_and_needs_the_second_person_again(world: World) -> None:
    world.approve()
    world.path.write_text(PLAN.replace("-30d", "-29d"))
    runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    world.clock.advance_to(OPENS + timedelta(days=2))
    assert tick(world.db, world.now) == []
    with pytest.raises(NotAllowed, match="second person"):
        runner.approve(world.db, world.workspace, world.path, AUTHOR.upper(), world.now)
    runner.approve(world.db, world.workspace, world.path, APPROVER, world.now)
    assert tick(world.db, world.now) != []


def test_approving_files_edited_since_the_submission_is_refused(world: World) -> None:
    runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)
    template = world.workspace.templates / "anuncio.es.md"
    template.write_text(template.read_text().replace("No hagas nada", "Haz algo"))
    with pytest.raises(NotAllowed, match="edited since"):
        runner.approve(world.db, world.workspace, world.path, APPROVER, world.now)


def test_waves_of_a_begun_campaign_cannot_change(world: World) -> None:
    world.approve()
    world.clock.advance_to(OPENS)
    world.turn()
    world.path.write_text(PLAN.replace("share: 20%", "share: 30%").replace("share: 80%", "share: 70%"))
    with pytest.raises(NotAllowed, match="change wave"):
        runner.submit(world.db, world.workspace, world.path, AUTHOR, world.now)


def test_someone_imported_later_joins_with_the_next_wave(world: World) -> None:
    from tests.campaigns.world import add_people, person

    world.approve()
    world.clock.advance_to(OPENS)
    world.turn()
    add_people(world.db, [person(number) for number in range(100, 140)], world.now)
    world.live(END)
    assert len({one.address for one in world.sent}) == 70
