"""Local hours: when a person may be disturbed. Pure; right on nights when clocks change and for zones we do not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class Window:
    """Open from `opens` (included) to `closes` (not included), local time, every day."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, opens: str, closes: str) -> "Window":
        window = cls(time.fromisoformat(opens), time.fromisoformat(closes))
        if window.opens >= window.closes:
            raise ValueError(f"quiet hours must open before they close, got {opens} and {closes}")
        return window


_MINUTE = timedelta(minutes=1)


def zone_or_none(name: str) -> ZoneInfo | None:
    """The zone of this IANA name, or None when there is no such name."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


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


# Where nobody's zone is known, a moment must be fine from the Canaries to Madrid and from Buenos Aires to Tijuana alike.
_EVERYWHERE = ("Europe/Madrid", "Atlantic/Canary", "America/Argentina/Buenos_Aires", "America/Tijuana")


@cache
def zones_for(time_zone: str, country: str, fallback: str = "") -> tuple[ZoneInfo, ...]:
    """The person's zone; if it is unknown, every zone of their country (a message must suit them all); if that is unknown
    too, `fallback`, and without one the zones of everywhere we serve."""
    own = zone_or_none(time_zone)
    if own is not None:
        return (own,)
    found = tuple(zone for name in _zones_by_country().get(country.upper(), ()) if (zone := zone_or_none(name)))
    last = zone_or_none(fallback)
    return found or ((last,) if last else tuple(ZoneInfo(name) for name in _EVERYWHERE))


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
