"""One batch: choose the channel, fill the message, put it in the outbox, let the courier take it out.

A second run puts nothing again (unique keys) and finds nothing left to send: the ledger is the cursor.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from campaigns import calendar
from campaigns.audience import Excluded, Person, Way, choose_way, unmet
from campaigns.content import Content, letter_for
from campaigns.errors import TemplateError
from campaigns.kept import kept_content, standing_of
from campaigns.links import MakeLinks
from campaigns.people import load_people
from campaigns.plan import Anchor, Condition, Stage
from campaigns.tick import wave_day
from campaigns.watch import Watch
from channels import outbox
from channels.caps import NO_CAPS, WEEK, Caps
from channels.courier import Drained
from records import hours
from records.database import Database, Tx
from records.hours import Window
from records.ledger import UNCONFIRMED, Heard, NewMessage
from records.store import batches, next_way, outcomes
from records.store import campaigns as store
from records.store import heard as store_heard
from records.store.batches import Batch
from records.store.campaigns import Campaign
from records.store.next_way import Tried
from records.store.outcomes import OutcomeKind
from records.types import MessageKind
from subscribers.errors import LinkTooLong

_UNMET = {
    Condition.NOT_MOVED: "already_moved",
    Condition.MOVED: "not_moved",
    Condition.ACTION_NEEDED: "no_action_needed",
    Condition.NO_ACTION_NEEDED: "action_needed",
}
"""Why a person got nothing from a stage, by the condition that did not hold."""


class Drains(Protocol):
    """The courier, as far as a batch needs it."""

    def drain_batch(self, batch_id: str, look: Callable[[], None]) -> Drained: ...


@dataclass
class _Filling:
    """Rows and outcomes of one batch, before they are written."""

    rows: list[NewMessage] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    before: Mapping[str, Tried] = field(default_factory=dict)
    """What earlier batches of the stage tried: for these people this is the next channel."""
    heard: Mapping[str, Heard] = field(default_factory=dict)
    events: Mapping[str, date] = field(default_factory=dict)
    """When what the stage waits for happened to each person; empty where it waits for no event."""


@dataclass(frozen=True)
class _Place:
    """Where a batch belongs."""

    batch: Batch
    campaign: Campaign
    content: Content
    stage: Stage
    opened_at: datetime


@dataclass(frozen=True)
class BatchRunner:
    """Runs batches. `company_zone` is for people whose own zone nobody knows; `watch` looks on between groups of messages."""

    db: Database
    courier: Drains
    links: MakeLinks
    window: Window
    company_zone: str
    watch: Watch
    caps: Caps = NO_CAPS

    def run(self, batch_id: str, now: datetime) -> Drained:
        """Fill the batch if that has not been done, then send what is due. If it fails, the next tick hands it out again."""
        with self.db.read() as tx:
            place = _place(tx, batch_id)
        if place is None or place.batch.state == "done":
            return Drained()
        if not standing_of(place.campaign).may_send:
            self._again(place.batch)
            return Drained()
        try:
            self._fill(place, now)
            drained = self.courier.drain_batch(batch_id, partial(self.watch.look, place.campaign.id))
        except BaseException:
            self._again(place.batch)
            raise
        with self.db.write() as tx:
            batches.mark_batch(tx, batch_id, "filled")
        return drained

    def _again(self, batch: Batch) -> None:
        """The workflow of this run is over, so the batch needs another number to be run under."""
        with self.db.write() as tx:
            batches.again(tx, batch.id, batch.runs)

    def _fill(self, place: _Place, now: datetime) -> None:
        """Rows for those who have none yet: who was reached on one channel is never written to on another by a re-run."""
        with self.db.read() as tx:
            ids = batches.unfilled(tx, place.batch)
            people = tuple(load_people(tx, place.content.plan, ids))
            before = next_way.tried(tx, place.campaign.id, place.stage.name, ids)
            heard = self._heard(tx, place, ids, now)
            events = _events(tx, place.stage, ids)
        filling = _Filling(before=before, heard=heard, events=events)
        for person in people:
            self._one(place, person, filling, now)
        with self.db.write() as tx:
            still = frozenset(batches.unfilled(tx, place.batch, hold=True))
            outbox.put_campaign(tx, [row for row in filling.rows if row.subscriber_id in still])
            batches.set_outcomes(tx, place.campaign.id, place.stage.name, filling.outcomes)

    def _heard(self, tx: Tx, place: _Place, ids: Sequence[str], now: datetime) -> Mapping[str, Heard]:
        if not self.caps.any or place.content.plan.message_class.mandatory:
            return {}
        return store_heard.by_people(tx, ids, place.campaign.id, place.stage.name, now - WEEK)

    def _one(self, place: _Place, person: Person, filling: _Filling, now: datetime) -> None:
        plan, stage, one = place.content.plan, place.stage, person.subscriber
        before = filling.before.get(one.id)
        if before is not None:
            self._next(place, person, before, filling, now)
            return
        missed = unmet(stage.when, one, now.date())
        if missed is not None:
            filling.outcomes[one.id] = _UNMET[missed]
            return
        if person.held and not plan.message_class.mandatory:
            filling.outcomes[one.id] = Excluded.CASE
            return
        way = choose_way(stage.channels, person, plan.message_class)
        if isinstance(way, Excluded):
            filling.outcomes[one.id] = way
            return
        try:
            filling.rows.append(self._row(place, person, way, filling, now))
        except (TemplateError, LinkTooLong, KeyError):
            filling.outcomes[one.id] = "cannot_be_filled"

    def _next(self, place: _Place, person: Person, before: Tried, filling: _Filling, now: datetime) -> None:
        """Who has no further channel stays as the last one left them: their messages say why."""
        plan, stage = place.content.plan, place.stage
        if before.confirmed or unmet(stage.when, person.subscriber, now.date()) is not None:
            return
        rest = [channel for channel in stage.channels if channel not in before.channels]
        way = choose_way(rest, person, plan.message_class)
        if isinstance(way, Excluded) or (person.held and not plan.message_class.mandatory):
            return
        with suppress(TemplateError, LinkTooLong, KeyError):
            row = self._row(place, person, way, filling, now)
            filling.rows.append(replace(row, conditions=(*row.conditions, UNCONFIRMED)))

    def _row(self, place: _Place, person: Person, way: Way, filling: _Filling, now: datetime) -> NewMessage:
        plan, stage, one = place.content.plan, place.stage, person.subscriber
        zones = hours.zones_for(one.time_zone, one.country, self.company_zone)
        opened = wave_day(place.opened_at, self.company_zone)
        known = filling.events.get(one.id)
        anchor = known or calendar.anchor_day(stage.anchor, one, plan.effective_date, opened) or opened
        due = max(calendar.due_moment(anchor + timedelta(days=stage.offset), plan.at, zones), place.opened_at)
        free = self.caps.free_at(filling.heard.get(one.id, Heard()), max(due, now))
        lasting = plan.message_class.mandatory or stage.anchor is Anchor.WAVE
        return NewMessage(
            key=f"campaign:{place.campaign.id}:{stage.name}:{one.id}:{way.channel}",
            kind=MessageKind.CAMPAIGN,
            channel=way.channel,
            address=way.address,
            content=letter_for(
                place.content, stage, person, way, self.links(one, way, plan.message_class, now), now.date()
            ),
            planned_at=now,
            not_before=hours.next_allowed(free, zones, hours.hours_for(self.window, one.country, plan.message_class)),
            expires_at=None if lasting else calendar.expiry(stage, anchor, due, zones),
            subscriber_id=one.id,
            campaign_id=place.campaign.id,
            stage=stage.name,
            batch_id=place.batch.id,
            message_class=plan.message_class,
            conditions=tuple(condition.value for condition in stage.when),
        )


def _events(tx: Tx, stage: Stage, ids: Sequence[str]) -> Mapping[str, date]:
    return outcomes.first_days(tx, ids, OutcomeKind(stage.anchor)) if stage.anchor.event else {}


def _place(tx: Tx, batch_id: str) -> _Place | None:
    batch = batches.batch(tx, batch_id)
    campaign = store.get(tx, batch.campaign_id) if batch else None
    if batch is None or campaign is None:
        return None
    content = kept_content(campaign.plan)
    opened = {wave.wave: wave.opened_at for wave in store.waves_of(tx, campaign.id)}
    return _Place(batch, campaign, content, content.plan.stage(batch.stage), opened[batch.wave])
