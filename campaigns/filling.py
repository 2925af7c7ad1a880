"""What the people of one batch get: for each a line of the outbox, or the reason why there is none. Pure."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from campaigns import calendar
from campaigns.audience import Excluded, Person, Way, choose_way, unmet
from campaigns.content import Content, letter_for
from campaigns.correction import is_correction
from campaigns.errors import TemplateError
from campaigns.links import MakeLinks
from campaigns.plan import Anchor, Condition, Stage
from channels.caps import Caps
from records import hours
from records.hours import Window
from records.ledger import CORRECTS, UNCONFIRMED, Facts, Heard, Line, Sheet
from records.store.batches import Batch
from records.store.campaigns import Campaign
from records.store.next_way import Tried
from records.types import CampaignState, ChannelName
from subscribers.errors import LinkTooLong

UNMET = {
    Condition.NOT_MOVED: "already_moved",
    Condition.MOVED: "not_moved",
    Condition.ACTION_NEEDED: "no_action_needed",
    Condition.NO_ACTION_NEEDED: "action_needed",
}
"""Why a person got nothing from a stage, by the condition that did not hold."""


@dataclass(frozen=True)
class Place:
    """Where a batch belongs."""

    batch: Batch
    campaign: Campaign
    content: Content
    stage: Stage
    opened_at: datetime
    withdraws: tuple[int, ...] = ()
    """For a correction: the revisions it puts right."""
    waits: bool = False
    """A correction goes first, and this is none."""


@dataclass(frozen=True)
class House:
    """What is the same for all batches. `company_zone` is for people whose own zone nobody knows."""

    links: MakeLinks
    window: Window
    company_zone: str
    caps: Caps


@dataclass(frozen=True)
class Known:
    """What is known of the people of a batch beside the register."""

    before: Mapping[str, Tried] = field(default_factory=dict)
    """What earlier batches of the stage tried: for these people this is the next channel."""
    heard: Mapping[str, Heard] = field(default_factory=dict)
    events: Mapping[str, date] = field(default_factory=dict)
    """When what the stage waits for happened to each person; empty where it waits for no event."""
    wrong: Mapping[str, Sequence[ChannelName]] = field(default_factory=dict)
    """For a correction: on which channels each person got what was wrong, the latest first."""


@dataclass(frozen=True)
class _Times:
    """The moments of a message, UTC: `due` where the person lives, `leaves` when it may if nothing else holds it."""

    due: datetime
    leaves: datetime
    expires: datetime | None


_UNHEARD = Heard()


@dataclass
class Filling:
    """Fills one batch at `now`; `lines` and `outcomes` grow with each person."""

    place: Place
    house: House
    known: Known
    now: datetime
    lines: list[Line] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    _times: dict[tuple[str, str, date], _Times] = field(default_factory=dict)

    def __post_init__(self) -> None:  # what every line asks for
        plan, stage = self.place.content.plan, self.place.stage
        self._today = self.now.date()
        self._class = plan.message_class
        self._mandatory = plan.message_class.mandatory
        self._opened = calendar.wave_day(self.place.opened_at, self.house.company_zone)
        self._key = f"campaign:{self.place.campaign.id}:{stage.name}:"
        conditions = tuple(condition.value for condition in stage.when)
        self._conditions = (CORRECTS,) if is_correction(stage.name) else conditions

    @property
    def sheet(self) -> Sheet:
        """What all lines share."""
        place = self.place
        return Sheet(
            place.campaign.id, place.stage.name, place.batch.id, place.campaign.revision, self._class, self.now
        )

    def add(self, person: Person) -> None:
        """Decide about this person."""
        one = person.subscriber
        before = self.known.before.get(one.id)
        if before is not None:
            self._next(person, before)
            return
        missed = unmet(self.place.stage.when, one, self._today)
        if missed is not None:
            self.outcomes[one.id] = UNMET[missed]
            return
        if person.held and not self._mandatory:
            self.outcomes[one.id] = Excluded.CASE
            return
        way = choose_way(self._channels(one.id), person, self._class)
        if isinstance(way, Excluded):
            self.outcomes[one.id] = way
            return
        try:
            self.lines.append(self._line(person, way, self._conditions))
        except (TemplateError, LinkTooLong, KeyError):
            self.outcomes[one.id] = "cannot_be_filled"

    def _next(self, person: Person, before: Tried) -> None:
        """Who has no further channel stays as the last one left them: their messages say why."""
        stage = self.place.stage
        if before.confirmed or unmet(stage.when, person.subscriber, self._today) is not None:
            return
        rest = [channel for channel in self._channels(person.subscriber.id) if channel not in before.channels]
        way = choose_way(rest, person, self._class)
        if isinstance(way, Excluded) or (person.held and not self._mandatory):
            return
        with suppress(TemplateError, LinkTooLong, KeyError):
            self.lines.append(self._line(person, way, (*self._conditions, UNCONFIRMED)))

    def _channels(self, person: str) -> Sequence[ChannelName]:
        """In order of preference: a correction begins where they got what was wrong."""
        channels = self.place.stage.channels
        known = [channel for channel in self.known.wrong.get(person, ()) if channel in channels]
        return tuple(dict.fromkeys((*known, *channels))) if known else channels

    def _line(self, person: Person, way: Way, conditions: tuple[str, ...]) -> Line:
        one, place = person.subscriber, self.place
        links = self.house.links(one, way, self._class, self.now)
        times = self._when(person)
        return Line(
            f"{self._key}{one.id}:" + way.channel,
            one.id,
            way.channel,
            way.address,
            letter_for(place.content, place.stage, person, way, links, self._today),
            self._leaves(person, times),
            times.expires,
            conditions,
        )

    def _leaves(self, person: Person, times: _Times) -> datetime:
        """Later than the others of the same place if the person has heard enough from us."""
        one = person.subscriber
        heard = self.known.heard.get(one.id)
        if heard is None:
            return times.leaves
        return self._allowed(self.house.caps.free_at(heard, max(times.due, self.now)), one.time_zone, one.country)

    def _when(self, person: Person) -> _Times:
        """Worked out once for all who live in the same place and count from the same day."""
        one, place = person.subscriber, self.place
        anchor = (
            self.known.events.get(one.id)
            or calendar.anchor_day(place.stage.anchor, one, place.content.plan.effective_date, self._opened)
            or self._opened
        )
        key = (one.time_zone, one.country, anchor)
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = self._worked_out(*key)
        return times

    def _worked_out(self, time_zone: str, country: str, anchor: date) -> _Times:
        plan, stage, opened_at = self.place.content.plan, self.place.stage, self.place.opened_at
        zones = hours.zones_for(time_zone, country, self.house.company_zone)
        due = max(calendar.due_moment(anchor + timedelta(days=stage.offset), plan.at, zones), opened_at)
        free = self.house.caps.free_at(_UNHEARD, max(due, self.now))
        lasting = self._mandatory or stage.anchor is Anchor.WAVE
        expires = None if lasting else calendar.expiry(stage, anchor, due, zones)
        return _Times(due, self._allowed(free, time_zone, country), expires)

    def _allowed(self, moment: datetime, time_zone: str, country: str) -> datetime:
        zones = hours.zones_for(time_zone, country, self.house.company_zone)
        return hours.next_allowed(moment, zones, hours.hours_for(self.house.window, country, self._class))


def facts_of(person: Person, line: Line, state: CampaignState) -> Facts:
    """What the gate must know about a line that was filled this moment: its channel was chosen because the person is there,
    agreed and is not shut out. Not for lines that hang on what another channel says."""
    one = person.subscriber
    return Facts(
        campaign_state=state,
        suppressed="",
        consent=True,
        current_address=line.address,
        known=True,
        moved=one.moved_at is not None,
        held_by_case=Excluded.CASE if person.held else "",
        time_zone=one.time_zone,
        country=one.country,
        fields=one.fields,
        payment_method=one.payment_method,
        next_charge_date=one.next_charge_date,
    )
