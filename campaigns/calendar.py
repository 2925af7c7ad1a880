"""When a message is due where a person lives, and when it may leave. Pure; safe on the nights the clocks change."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from campaigns.plan import Anchor, Stage
from records.hours import Window, local_moment, zones_for
from records.sections import Quiet
from records.types import Subscriber

LATE = timedelta(days=14)
"""How long after its moment a message that names no later date still makes sense."""


def window_of(quiet: Quiet) -> Window:
    return Window.parse(quiet.opens, quiet.closes, holidays=quiet.holidays)


def anchor_day(anchor: Anchor, person: Subscriber, effective: date, wave_opened_on: date) -> date | None:
    """The day a stage counts from for this person; None if they have no such date, and for events."""
    if anchor is Anchor.WAVE:
        return wave_opened_on
    if anchor is Anchor.EFFECTIVE_DATE:
        return effective
    own = _OWN_DAYS.get(anchor)
    return own(person) if own is not None else None


_OWN_DAYS: Mapping[Anchor, Callable[[Subscriber], date | None]] = {
    Anchor.CUTOVER: attrgetter("cutover_date"),
    Anchor.RENEWAL: attrgetter("renewal_date"),
    Anchor.NEXT_CHARGE: attrgetter("next_charge_date"),
    Anchor.TERM_END: attrgetter("term_end_date"),
    Anchor.DEADLINE: attrgetter("deadline_date"),
}


def wave_day(opened_at: datetime, company_zone: str) -> date:
    """The calendar day a wave opened, in the company's zone: the day its stages count from."""
    zone = zones_for(company_zone, "", "UTC")[0]
    return opened_at.astimezone(zone).date()


def due_moment(day: date, at: time, zones: Sequence[ZoneInfo]) -> datetime:
    """When that day's message is due; where the zone is unknown, when it is due in the last of them."""
    return max(local_moment(day, at, zone) for zone in zones)


def expiry(stage: Stage, anchor: date, due: datetime, zones: Sequence[ZoneInfo]) -> datetime:
    """After this the message would be wrong: what announces a day is wrong from that day on."""
    if stage.offset < 0:
        return min(local_moment(anchor, time(0), zone) for zone in zones)
    return due + LATE
