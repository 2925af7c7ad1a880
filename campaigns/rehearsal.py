"""A campaign's whole calendar in one go, on a copy marked rehearsal: months in seconds, on the channels it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from campaigns import checks, runner
from campaigns.ahead import next_moment
from campaigns.batch import BatchRunner, Drains
from campaigns.calendar import window_of
from campaigns.content import Content, load_content
from campaigns.errors import NotAllowed
from campaigns.links import links_nowhere
from campaigns.tick import tick
from campaigns.watch import Watch
from campaigns.workflow import Act
from channels.caps import caps_of
from channels.courier import Drained
from records.clock import ManualClock
from records.database import Database
from records.settings import Workspace
from records.store import campaigns as store
from records.types import CampaignState

MAX_TICKS = 5_000
_SECOND = "rehearsal"
"""Who approves a rehearsal: it reaches nobody, so no second person is asked."""


@dataclass(frozen=True)
class Rehearsed:
    """What would have happened. `status` counts it all; `began` and `ended` are the calendar's first and last moment."""

    status: runner.CampaignStatus
    began: datetime
    ended: datetime
    ticks: int
    drained: Drained
    finished: bool


def rehearse(
    db: Database,
    workspace: Workspace,
    plan_path: Path,
    by: str,
    now: datetime,
    courier_on: Callable[[ManualClock], Drains],
    progress: Callable[[datetime], None] = lambda _: None,
) -> Rehearsed:
    """Run a plan from its first opening to its end. `courier_on` makes a courier on sandbox channels that follows the
    clock it is given. An earlier rehearsal of the same name is forgotten. Raises Refused, NotAllowed, PlanError."""
    content = load_content(workspace, plan_path)
    findings = runner.check(db, workspace, plan_path, now)
    if checks.refused(findings):
        raise runner.Refused(content.plan.campaign, findings)
    clock = ManualClock(max(now, runner.opening_of(workspace, content)))
    campaign_id = _start(db, content, by, now)
    began = clock.now()
    window, zone = window_of(workspace.settings.quiet), workspace.settings.desk.time_zone
    caps = caps_of(workspace.settings.frequency)
    links = links_nowhere(workspace.settings.public_url)
    batches = BatchRunner(db, courier_on(clock), links, window, zone, Watch(db, clock), caps)
    drained, ticks = Drained(), 0
    while ticks < MAX_TICKS:
        ticks += 1
        drained += _step(db, batches, clock, zone)
        progress(clock.now())
        ahead = next_moment(db, campaign_id, zone, clock.now())
        if ahead is None:
            break
        clock.advance_to(max(ahead, clock.now() + timedelta(minutes=1)))
    _close(db, campaign_id, clock.now())
    ended = runner.status(db, content.plan.campaign, rehearsal=True)
    return Rehearsed(ended, began, clock.now(), ticks, drained, ended.state is CampaignState.DONE)


def _step(db: Database, batches: BatchRunner, clock: ManualClock, zone: str) -> Drained:
    total = Drained()
    for run in tick(db, clock.now(), zone, rehearsal=True):
        total += batches.run(run.batch_id, clock.now())
    return total


def _close(db: Database, campaign_id: str, now: datetime) -> None:
    """A rehearsal that did not come to its end leaves nothing that could still leave."""
    with db.write() as tx:
        campaign = store.get(tx, campaign_id)
        if campaign is not None and campaign.state is CampaignState.APPROVED:
            runner.apply(tx, campaign, Act.CANCEL, _SECOND, now)


def _start(db: Database, content: Content, by: str, now: datetime) -> str:
    if by.strip().casefold() == _SECOND:
        raise NotAllowed(f"{by!r} is the name of the rehearsal itself; say who you are with --by.")
    with db.write() as tx:
        for going in store.listed(tx, rehearsal=True, states=[CampaignState.APPROVED]):
            if going.name != content.plan.campaign:
                runner.apply(tx, going, Act.CANCEL, _SECOND, now)
        store.drop_rehearsal(tx, content.plan.campaign)
    campaign = runner.put_submitted(db, content, by, now, rehearsal=True)
    with db.write() as tx:
        runner.apply(tx, campaign, Act.APPROVE, _SECOND, now, content_hash=content.hash)
    return campaign.id
