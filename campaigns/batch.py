"""One batch: choose the channel, fill the message, put it in the outbox, let the courier take it out.

A second run puts nothing again (unique keys) and finds nothing left to send: the ledger is the cursor.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Protocol

from campaigns.correction import is_correction, stage_name
from campaigns.filling import Filling, House, Known, Place
from campaigns.kept import kept_content, standing_of
from campaigns.links import MakeLinks
from campaigns.people import load_people
from campaigns.plan import Stage
from campaigns.putting_right import pending
from campaigns.watch import Watch
from channels import outbox
from channels.caps import NO_CAPS, WEEK, Caps
from channels.courier import Drained
from records.database import Database, Tx
from records.hours import Window
from records.ledger import Heard
from records.store import batches, next_way, outcomes, revisions
from records.store import campaigns as store
from records.store import heard as store_heard
from records.store.batches import Batch
from records.store.campaigns import Campaign
from records.store.outcomes import OutcomeKind


class Drains(Protocol):
    """The courier, as far as a batch needs it."""

    def drain_batch(self, batch_id: str, look: Callable[[], None]) -> Drained: ...


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
        if place.waits or not standing_of(place.campaign).may_send:
            self._again(place.batch)
            return Drained()
        try:
            self._fill(place, now)
            drained = self.courier.drain_batch(batch_id, partial(self.watch.look, place.campaign.id))
        except BaseException:
            self._again(place.batch)
            raise
        with self.db.write() as tx:
            batches.mark_batch(tx, batch_id, "filled", place.batch.runs)
        return drained

    def _again(self, batch: Batch) -> None:
        """The workflow of this run is over, so the batch needs another number to be run under."""
        with self.db.write() as tx:
            batches.again(tx, batch.id, batch.runs)

    def _fill(self, place: Place, now: datetime) -> None:
        """Rows for those who have none yet: who was reached on one channel is never written to on another by a re-run."""
        with self.db.read() as tx:
            ids = batches.unfilled(tx, place.batch)
            people = tuple(load_people(tx, place.content.plan, ids))
            before = next_way.tried(tx, place.campaign.id, place.stage.name, ids)
            heard = self._heard(tx, place, ids, now)
            events = _events(tx, place.stage, ids)
            wrong = revisions.channels_heard_on(tx, place.campaign.id, place.withdraws, ids) if place.withdraws else {}
        house = House(self.links, self.window, self.company_zone, self.caps)
        filling = Filling(place, house, Known(before, heard, events, wrong), now)
        for person in people:
            filling.add(person)
        with self.db.write() as tx:
            still = frozenset(batches.unfilled(tx, place.batch, hold=True))
            outbox.put_campaign(tx, filling.sheet, [line for line in filling.lines if line.subscriber_id in still])
            batches.set_outcomes(tx, place.campaign.id, place.stage.name, filling.outcomes)

    def _heard(self, tx: Tx, place: Place, ids: Sequence[str], now: datetime) -> Mapping[str, Heard]:
        if not self.caps.any or place.content.plan.message_class.mandatory or is_correction(place.stage.name):
            return {}
        return store_heard.by_people(tx, ids, place.campaign.id, place.stage.name, now - WEEK)


def _events(tx: Tx, stage: Stage, ids: Sequence[str]) -> Mapping[str, date]:
    return outcomes.first_days(tx, ids, OutcomeKind(stage.anchor)) if stage.anchor.event else {}


def _place(tx: Tx, batch_id: str) -> Place | None:
    batch = batches.batch(tx, batch_id)
    campaign = store.get(tx, batch.campaign_id) if batch else None
    if batch is None or campaign is None:
        return None
    content = kept_content(campaign.plan)
    opened = {wave.wave: wave.opened_at for wave in store.waves_of(tx, campaign.id)}
    stage = next((known for known in content.stages_of(campaign.revision) if known.name == batch.stage), None)
    if stage is None:
        return None  # of an earlier version: the next tick ends it
    one = pending(tx, campaign)
    waits = one is not None and batch.stage != stage_name(one.revision)
    return Place(batch, campaign, content, stage, opened[batch.wave], _withdraws(tx, batch, campaign), waits)


def _withdraws(tx: Tx, batch: Batch, campaign: Campaign) -> tuple[int, ...]:
    one = revisions.get(tx, campaign.id, campaign.revision) if is_correction(batch.stage) else None
    return one.withdraws if one is not None else ()
