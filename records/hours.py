"""Local hours: when a person may be disturbed. Pure; right on nights when clocks change and for zones we do not know."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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


# Where nobody's zone is known, a moment must be fine from the Canaries to Madrid and from Buenos Aires to Tijuana alike.
_EVERYWHERE = ("Europe/Madrid", "Atlantic/Canary", "America/Argentina/Buenos_Aires", "America/Tijuana")


def zone_or_none(name: str) -> ZoneInfo | None:
    """The zone of this IANA name, or None when there is no such name."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """That wall-clock moment in UTC. In the gap of a spring night the next one that exists; in the fold the first."""
    # fold=0 is the first of two; in a gap it maps with the offset from before it, as far behind the gap as `at` was into it.
    return datetime.combine(day, at, zone).astimezone(UTC)


def next_allowed(now: datetime, zone_name: str, window: Window) -> datetime:
    """The first moment from `now` on inside the window, UTC. An unknown zone must be inside it in every zone we serve."""
    zone = zone_or_none(zone_name)
    zones = [zone] if zone else [ZoneInfo(name) for name in _EVERYWHERE]
    moment = now.astimezone(UTC)
    for _ in range(8):
        pushed = max(_into_window(moment, each, window) for each in zones)
        if pushed == moment:
            return moment
        moment = pushed
    return moment


def _into_window(moment: datetime, zone: ZoneInfo, window: Window) -> datetime:
    local = moment.astimezone(zone)
    wall = local.time().replace(tzinfo=None)
    if window.opens <= wall < window.closes:
        return moment
    day = local.date() if wall < window.opens else local.date() + timedelta(days=1)
    return local_moment(day, window.opens, zone)
