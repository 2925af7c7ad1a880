"""One batch: choose the channel, fill the message, put it in the outbox, let the courier take it out.

A second run puts nothing again (unique keys) and finds nothing left to send: the ledger is the cursor.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from campaigns.audience import Person
from campaigns.correction import is_correction, stage_name
from campaigns.filling import Filling, House, Known, Place, facts_of
from campaigns.kept import kept_content, standing_of
from campaigns.links import MakeLinks
from campaigns.people import load_people
from campaigns.plan import Stage
from campaigns.putting_right import pending
from campaigns.watch import Watch
from channels import outbox
from channels.caps import NO_CAPS, WEEK, Caps
from channels.courier import Drained, Fill, Found
from records.database import Database, Tx
from records.hours import Window
from records.ledger import UNCONFIRMED, Hand, Heard, Line, StoredMessage
from records.store import batches, next_way, outcomes, revisions
from records.store import campaigns as store
from records.store import heard as store_heard
from records.store.batches import Batch
from records.store.campaigns import Campaign
from records.store.outcomes import OutcomeKind


class Drains(Protocol):
    """The courier, as far as a batch needs it."""

    def drain_batch(self, batch_id: str, look: Callable[[Tx], None], fill: Fill) -> Drained: ...


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
        """Write what was not written yet and send what is due. If it fails or is stopped before all is written, the next tick
        hands the batch out again."""
        with self.db.read() as tx:
            place = _place(tx, batch_id)
        if place is None or place.batch.state == "done":
            return Drained()
        if place.waits or not standing_of(place.campaign).may_send:
            self._again(place.batch)
            return Drained()
        filler = _Filler(self, place, now)
        try:
            drained = self.courier.drain_batch(batch_id, self.watch.looker(place.campaign.id), filler)
        except BaseException:
            self._again(place.batch)
            raise
        if not filler.complete:
            self._again(place.batch)
            return drained
        # Quick: whatever outlives a power cut after it takes it along, and before that a second run finds nothing left.
        with self.db.write_quick() as tx:
            batches.mark_batch(tx, batch_id, "filled", place.batch.runs)
        return drained

    def _again(self, batch: Batch) -> None:
        """The workflow of this run is over, so the batch needs another number to be run under."""
        with self.db.write() as tx:
            batches.again(tx, batch.id, batch.runs)


@dataclass
class _Filler:
    """Writes rows for those who have none yet: who was reached on one channel is never written to on another by a re-run."""

    of: BatchRunner
    place: Place
    now: datetime
    complete: bool = False
    _ended: bool = False

    @property
    def done(self) -> bool:
        return self.complete or self._ended

    def write(self, tx: Tx, now: datetime, most: int, hand: Hand | None = None) -> Found:
        """The batch is held meanwhile. What is no longer to be said in these words is left for the next run."""
        left = batches.unfilled(tx, self.place.batch, most + 1, hold=True)
        campaign = store.get(tx, self.place.campaign.id)
        if campaign is None or campaign.revision != self.place.campaign.revision:
            self._ended = True
            return Found(())
        some, self.complete = left[:most], len(left) <= most
        people = {person.subscriber.id: person for person in load_people(tx, self.place.content.plan, some)}
        filling = Filling(self.place, self._house, self._known(tx, some), self.now)
        for person in people.values():
            filling.add(person)
        rows = outbox.put_campaign(tx, filling.sheet, filling.lines, hand)
        batches.set_outcomes(tx, self.place.campaign.id, self.place.stage.name, filling.outcomes)
        return _due(rows, filling.lines, people, campaign, now, hand)

    @property
    def _house(self) -> House:
        return House(self.of.links, self.of.window, self.of.company_zone, self.of.caps)

    def _known(self, tx: Tx, ids: Sequence[str]) -> Known:
        place = self.place
        wrong = revisions.channels_heard_on(tx, place.campaign.id, place.withdraws, ids) if place.withdraws else {}
        return Known(
            next_way.tried(tx, place.campaign.id, place.stage.name, ids),
            self._heard(tx, ids),
            _events(tx, place.stage, ids),
            wrong,
        )

    def _heard(self, tx: Tx, ids: Sequence[str]) -> Mapping[str, Heard]:
        place = self.place
        if not self.of.caps.any or place.content.plan.message_class.mandatory or is_correction(place.stage.name):
            return {}
        return store_heard.by_people(tx, ids, place.campaign.id, place.stage.name, self.now - WEEK)


def _due(
    rows: Sequence[StoredMessage],
    lines: Sequence[Line],
    people: Mapping[str, Person],
    campaign: Campaign,
    now: datetime,
    hand: Hand | None,
) -> Found:
    letters = {line.key: line for line in lines}
    due = [(row, letters[row.key]) for row in rows if row.not_before <= now]
    return Found(
        [row for row, _ in due],
        {row.id: line.letter for row, line in due},
        {
            row.id: facts_of(people[row.subscriber_id], line, campaign.state)
            for row, line in due
            if UNCONFIRMED not in row.conditions
        },
        hand.token if hand is not None else "",
    )


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
