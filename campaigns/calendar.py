"""When a message is due where a person lives, and when it may leave. Pure; safe on the nights the clocks change."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from campaigns.plan import Anchor, Stage
from records.hours import Window, zone_or_none
from records.settings import Quiet
from records.types import Subscriber

_MINUTE = timedelta(minutes=1)
LATE = timedelta(days=14)
"""How long after its moment a message that names no later date still makes sense."""


def window_of(quiet: Quiet) -> Window:
    return Window.parse(quiet.opens, quiet.closes)


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """That local time as a UTC moment. In a gap: the next time that exists; told twice: the first."""
    wanted = datetime.combine(day, at)
    while True:
        moment = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wanted:
            return moment
        wanted += _MINUTE


@cache
def _zones_by_country() -> dict[str, tuple[str, ...]]:
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, tuple[str, ...]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, name = line.split("\t")[:3]
            zones[country] = (*zones.get(country, ()), name)
    return zones


@cache
def zones_for(time_zone: str, country: str, fallback: str) -> tuple[ZoneInfo, ...]:
    """The person's zone; if it is unknown, every zone of their country (a message must suit them all), else `fallback`."""
    own = zone_or_none(time_zone)
    if own is not None:
        return (own,)
    found = tuple(zone for name in _zones_by_country().get(country.upper(), ()) if (zone := zone_or_none(name)))
    return found or (zone_or_none(fallback) or ZoneInfo("UTC"),)


def next_allowed(moment: datetime, zones: Sequence[ZoneInfo], window: Window) -> datetime:
    """The first moment from `moment` on that lies inside the window in every one of the zones.

    A country so wide that no moment suits all its zones is held to its first one.
    """
    found = moment.astimezone(UTC)
    for _ in range(8 * len(zones)):
        late = [zone for zone in zones if not window.opens <= found.astimezone(zone).time() < window.closes]
        if not late:
            return found
        found = max(_opening(found, zone, window) for zone in late)
    return next_allowed(moment, zones[:1], window)


def _opening(moment: datetime, zone: ZoneInfo, window: Window) -> datetime:
    local = moment.astimezone(zone)
    day = local.date() if local.time() < window.opens else local.date() + timedelta(days=1)
    return max(local_moment(day, window.opens, zone), moment)


def anchor_day(anchor: Anchor, person: Subscriber, effective: date, wave_opened_on: date) -> date | None:
    """The day a stage counts from for this person; None if they have no such date."""
    days: dict[Anchor, date | None] = {
        Anchor.EFFECTIVE_DATE: effective,
        Anchor.WAVE: wave_opened_on,
        Anchor.CUTOVER: person.cutover_date,
        Anchor.RENEWAL: person.renewal_date,
        Anchor.NEXT_CHARGE: person.next_charge_date,
    }
    return days[anchor]


def due_moment(day: date, at: time, zones: Sequence[ZoneInfo]) -> datetime:
    """When that day's message is due; where the zone is unknown, when it is due in the last of them."""
    return max(local_moment(day, at, zone) for zone in zones)


def expiry(stage: Stage, anchor: date, due: datetime, zones: Sequence[ZoneInfo]) -> datetime:
    """After this the message would be wrong: what announces a day is wrong from that day on."""
    if stage.offset < 0:
        return min(local_moment(anchor, time(0), zone) for zone in zones)
    return due + LATE
