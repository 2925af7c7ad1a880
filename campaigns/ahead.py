"""Looking ahead: the next moment at which a campaign may have something to do, for whoever can jump to it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from campaigns import calendar, next_way, putting_right
from campaigns.kept import kept_content
from campaigns.plan import Anchor, Stage
from campaigns.tick import EVENTS_WITHIN, Work, first_opening
from records import hours
from records.database import Database
from records.store import audiences, batches
from records.store import campaigns as store
from records.types import CampaignState


def next_moment(db: Database, campaign_id: str, company_zone: str, now: datetime) -> datetime | None:
    """The next moment at which something may be due, for a rehearsal to jump to; None once the campaign has ended."""
    with db.read() as tx:
        campaign = store.get(tx, campaign_id)
        if campaign is None or campaign.state is not CampaignState.APPROVED:
            return None
        work = Work(tx, campaign, kept_content(campaign.plan), company_zone, now)
        waits = putting_right.pending(tx, campaign) is not None
        found = [] if waits else [*_wave_moments(work), *_stage_moments(work)]
        until = next_way.may_come_back_until(tx, campaign, work.content)
        row = batches.next_row_at(tx, campaign_id)
    soon = now + timedelta(minutes=30)
    ahead = (*found, *([row] if row else []), *([until] if until and until > now else []))
    return min((max(moment, soon) for moment in ahead), default=soon)


def _wave_moments(work: Work) -> list[datetime]:
    opened = store.waves_of(work.tx, work.campaign.id)
    if len(opened) == len(work.content.plan.waves):
        return []
    if not opened:
        return [first_opening(work.content, work.company_zone)]
    return [opened[-1].opened_at + work.content.plan.watched(work.content.plan.waves[len(opened) - 1])]


def _stage_moments(work: Work) -> list[datetime]:
    """When someone next enters each stage, where they live."""
    opened = {
        wave.wave: calendar.wave_day(wave.opened_at, work.company_zone)
        for wave in store.waves_of(work.tx, work.campaign.id)
    }
    moments: list[datetime] = []
    for stage in work.content.plan.stages if opened else ():
        anchors, own = _next_anchors(work, stage, opened)
        places = audiences.pending_zones(work.tx, work.campaign.id, stage.name, stage.anchor, own)
        for anchor in anchors:
            day = anchor + timedelta(days=stage.offset)
            zones = [hours.zones_for(zone, country, work.company_zone) for zone, country in places]
            moments += [calendar.due_moment(day, work.content.plan.at, some) for some in zones]
    return [moment for moment in moments if moment > work.now]


def _next_anchors(work: Work, stage: Stage, opened: dict[int, date]) -> tuple[Sequence[date], date | None]:
    """The days a stage may count from next, and the person's own date if it hangs on one."""
    if stage.anchor is Anchor.WAVE:
        return sorted(set(opened.values())), None
    if stage.anchor is Anchor.EFFECTIVE_DATE:
        return [work.content.plan.effective_date], None
    own = audiences.next_pending_day(work.tx, work.campaign.id, stage.name, stage.anchor)
    # Without a date: settled on the day after the change, or after the stage's last day.
    patience = EVENTS_WITHIN if stage.anchor.event else timedelta(0)
    return [own or work.content.plan.effective_date + patience + timedelta(days=1 + max(0, -stage.offset))], own
