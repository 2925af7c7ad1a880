"""Local hours: when a person may be disturbed. Pure; right on nights when clocks change and for zones we do not know."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from records.types import MessageClass


@dataclass(frozen=True)
class Window:
    """Open from `opens` (included) to `closes` (not included), local time; on public holidays only where `holidays` says so."""

    opens: time
    closes: time
    holidays: bool = False

    @classmethod
    def parse(cls, opens: str, closes: str, *, holidays: bool = False) -> "Window":
        window = cls(time.fromisoformat(opens), time.fromisoformat(closes), holidays)
        if window.opens >= window.closes:
            raise ValueError(f"quiet hours must open before they close, got {opens} and {closes}")
        return window

    def within(self, other: "Window") -> "Window | None":
        """The part of this window inside the other one, if there is any."""
        opens, closes = max(self.opens, other.opens), min(self.closes, other.closes)
        return Window(opens, closes, self.holidays) if opens < closes else None


@dataclass(frozen=True)
class Hours:
    """When messages of one class may leave to one country: the window of each weekday from Monday on, None where none may.

    `holidays_of` names the country whose public holidays are closed; empty where they are not.
    """

    week: tuple[Window | None, ...]
    holidays_of: str = ""

    def on(self, day: date) -> Window | None:
        """The window of this day, or None when nothing may leave on it."""
        if self.holidays_of and day in _holidays(self.holidays_of, day.year):
            return None
        return self.week[day.weekday()]


@dataclass(frozen=True)
class _Law:
    country: str
    classes: frozenset[str]
    week: tuple[Window | None, ...]


@cache
def _laws() -> tuple[_Law, ...]:
    rows = tomllib.loads((resources.files("records") / "quiet_hours.toml").read_text(encoding="utf-8"))["law"]
    return tuple(
        _Law(row["country"], frozenset(row["classes"]), tuple(_span(text) for text in row["week"])) for row in rows
    )


def _span(text: str) -> Window | None:
    opens, _, closes = text.partition("-")
    return Window.parse(opens, closes) if closes else None


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    """The national public holidays; none for a country nobody has listed."""
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


@cache
def hours_for(window: Window, country: str, message_class: MessageClass | None) -> Hours:
    """The company's window, narrowed by the law of the person's country. What must be said is not held for a holiday."""
    country, mandatory = country.upper(), message_class is not None and message_class.mandatory
    week: tuple[Window | None, ...] = (window,) * 7
    closed = country if not (window.holidays or mandatory) else ""
    for law in _laws():
        if law.country == country and message_class is not None and message_class.value in law.classes:
            week = tuple(own.within(day) if own and day else None for own, day in zip(week, law.week, strict=True))
            closed = country
    return Hours(week, closed)


_MINUTE = timedelta(minutes=1)


def zone_or_none(name: str) -> ZoneInfo | None:
    """The zone of this IANA name, or None when there is no such name."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=4096)
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


def next_allowed(moment: datetime, zones: Sequence[ZoneInfo], hours: Hours) -> datetime:
    """The first moment from `moment` on that lies inside the hours in every one of the zones.

    A country so wide that no moment suits all its zones is held to its first one.
    """
    found = moment.astimezone(UTC)
    for _ in range(_LONGEST_CLOSED * len(zones)):
        late = [zone for zone in zones if not is_open(found, zone, hours)]
        if not late:
            return found
        found = max(_opening(found, zone, hours) for zone in late)
    return next_allowed(moment, zones[:1], hours)


_LONGEST_CLOSED = 16
"""Days; no country closes longer for holidays in a row."""


def is_open(moment: datetime, zone: ZoneInfo, hours: Hours) -> bool:
    """May messages leave at this moment to somebody in this zone?"""
    local = moment.astimezone(zone)
    window = hours.on(local.date())
    return window is not None and window.opens <= local.time() < window.closes


def _opening(moment: datetime, zone: ZoneInfo, hours: Hours) -> datetime:
    """The next time the hours open in this zone."""
    local = moment.astimezone(zone)
    for ahead in range(_LONGEST_CLOSED):
        day = local.date() + timedelta(days=ahead)
        window = hours.on(day)
        if window is not None and (ahead or local.time() < window.opens):
            return max(local_moment(day, window.opens, zone), moment)
    return moment + timedelta(days=_LONGEST_CLOSED)
