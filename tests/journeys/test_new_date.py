"""The sample company's move slips: everyone who was told the old day hears the new one, in the outbox a person can read."""

from datetime import UTC, date, datetime
from pathlib import Path

from campaigns import revising, runner
from campaigns.ahead import next_moment
from campaigns.batch import BatchRunner
from campaigns.links import personal_links
from campaigns.revising import Asked
from campaigns.tick import tick
from campaigns.watch import Watch
from console.wiring import House
from records.clock import ManualClock
from records.content import MailMessage, TextMessage
from records.store import sandbox
from records.store.sandbox import SandboxMessage
from records.types import CampaignState
from tests.journeys.company import PLAN, approve, people_house

PEOPLE = 120
BEGIN = datetime(2027, 1, 14, 9, 0, tzinfo=UTC)
SLIPS = datetime(2027, 1, 18, 12, 0, tzinfo=UTC)
NEW = date(2027, 4, 15)
WRITTEN = ("15 de abril de 2027", "15 April 2027", "April 15, 2027", "15/04/2027")


def _run(house: House, clock: ManualClock, campaign_id: str, until: datetime) -> None:
    """What a worker does until then."""
    zone = house.settings.desk.time_zone
    links = personal_links(house.secret, house.settings.public_url)
    batches = BatchRunner(house.db, house.courier("worker-1"), links, house.window, zone, Watch(house.db, house.clock))
    while clock.now() < until:
        for run in tick(house.db, clock.now(), zone):
            batches.run(run.batch_id, clock.now())
        ahead = next_moment(house.db, campaign_id, zone, clock.now())
        if ahead is None:
            return
        clock.advance_to(min(ahead, until))


def _outbox(house: House) -> list[SandboxMessage]:
    with house.db.read() as tx:
        return list(reversed(sandbox.listed(tx, limit=100_000)))


def test_a_move_that_slips_is_told_to_everyone_who_knew_the_old_day(tmp_path: Path) -> None:
    clock = ManualClock(BEGIN)
    house = people_house(tmp_path / "w", PEOPLE, BEGIN, clock)
    plan = house.workspace.campaigns / f"{PLAN}.yaml"
    plan.write_text(plan.read_text().replace("minimum_sends: 20}", "minimum_sends: 1}"))
    campaign_id = approve(house, plan, BEGIN)
    _run(house, clock, campaign_id, SLIPS)
    told = {one.subscriber_id for one in _outbox(house)}
    assert 0 < len(told) < PEOPLE

    asked = Asked("marketer@farolito.example", clock.now(), "Ruedapago is late")
    assert revising.reschedule(house.db, house.workspace, plan, asked, day=NEW).people == len(told)
    runner.approve(house.db, house.workspace, plan, "approver@farolito.example", clock.now())
    before = len(_outbox(house))
    _run(house, clock, campaign_id, datetime(2027, 8, 1, tzinfo=UTC))

    after = _outbox(house)[before:]
    corrections = [one for one in after if one.stage == "correction:2"]
    assert sorted(one.subscriber_id for one in corrections) == sorted(told)
    assert [one.stage for one in after[: len(corrections)]] == ["correction:2"] * len(told)
    for one in corrections:
        assert isinstance(one.content, MailMessage | TextMessage)
        assert any(day in one.content.text for day in WRITTEN), one.content.text
    announced = [one.subscriber_id for one in after if one.stage == "anuncio"]
    assert not told & set(announced)
    found = runner.status(house.db, PLAN)
    assert found.state is CampaignState.DONE
    assert [(one.revision, one.effective_date, one.why) for one in found.revisions] == [
        (1, date(2027, 3, 1), ""),
        (2, NEW, "Ruedapago is late"),
    ]
    assert found.revisions[0].people == len(told)
    house.close()
