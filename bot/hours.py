"""When people are at the desk, what time they can promise, and when a silent claim has lasted too long. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from records.errors import RelevoError
from records.types import Case, CaseState

SILENCE_LIMIT = timedelta(hours=4)
"""Working time a claimed case may go without a word from staff."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PART = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+(\d{1,2}:\d{2})-(\d{1,2}:\d{2})")
_LOOK_AHEAD = 400  # days; a desk that does not open within a year is a mistake


class BadHours(RelevoError):
    """The desk's hours cannot be read."""


@dataclass(frozen=True)
class DeskHours:
    """Opening times of each weekday (Monday first) in one time zone."""

    days: tuple[tuple[tuple[time, time], ...], ...]
    time_zone: str

    def shifts_on(self, day: datetime) -> list[tuple[datetime, datetime]]:
        """The shifts of that local calendar day, as aware moments."""
        zone, date = ZoneInfo(self.time_zone), day.date()
        return [
            (datetime.combine(date, opens, zone), datetime.combine(date, closes, zone))
            for opens, closes in self.days[date.weekday()]
        ]


def parse_hours(text: str, time_zone: str) -> DeskHours:
    """`Mon-Fri 09:00-18:00, Sat 10:00-14:00`. Raises BadHours naming the part that cannot be read."""
    days: list[list[tuple[time, time]]] = [[] for _ in _DAYS]
    for part in filter(None, (part.strip().lower() for part in text.split(","))):
        match = _PART.fullmatch(part)
        if match is None or match[1] not in _DAYS or (match[2] or match[1]) not in _DAYS:
            raise BadHours(f"desk.hours: {part!r} is not like `Mon-Fri 09:00-18:00`; separate several with commas")
        opens, closes = _clock(match[3]), _clock(match[4])
        if opens >= closes:
            raise BadHours(f"desk.hours: {part!r} closes before it opens")
        for day in _span(_DAYS.index(match[1]), _DAYS.index(match[2] or match[1])):
            days[day].append((opens, closes))
    if not any(days):
        raise BadHours(f"desk.hours is {text!r}: say when people answer, like `Mon-Fri 09:00-18:00`")
    return DeskHours(tuple(tuple(_merged(day)) for day in days), time_zone)


def is_open(now: datetime, hours: DeskHours) -> bool:
    local = now.astimezone(ZoneInfo(hours.time_zone))
    return any(opens <= local < closes for opens, closes in hours.shifts_on(local))


def promise(now: datetime, hours: DeskHours, minutes: int) -> datetime:
    """The moment by which somebody answers: `minutes` of working time from now, in UTC."""
    return after_working_time(now, hours, timedelta(minutes=minutes))


def after_working_time(start: datetime, hours: DeskHours, span: timedelta) -> datetime:
    """When `span` of opening time has passed since `start`."""
    left = span
    day = start.astimezone(ZoneInfo(hours.time_zone))
    for ahead in range(_LOOK_AHEAD):
        for opens, closes in hours.shifts_on(day + timedelta(days=ahead)):
            begin = max(_utc(opens), _utc(start))
            room = _utc(closes) - begin
            if room <= timedelta(0):
                continue
            if left <= room:
                return begin + left
            left -= room
    raise BadHours(f"the desk is not open long enough to promise {span} of work within a year")


def overdue(case: Case, now: datetime, hours: DeskHours) -> bool:
    """Whether the claimer has been silent for four working hours."""
    if case.state is not CaseState.CLAIMED or case.claimed_at is None:
        return False
    last_word = max(case.claimed_at, case.last_staff_at or case.claimed_at)
    return now >= after_working_time(last_word, hours, SILENCE_LIMIT)


def _utc(moment: datetime) -> datetime:
    # Sums and comparisons of moments in one zone ignore a change of clocks between them; in UTC they do not.
    return moment.astimezone(ZoneInfo("UTC"))


def _clock(text: str) -> time:
    hour, minute = map(int, text.split(":"))
    if hour > 23 or minute > 59:
        raise BadHours(f"desk.hours: {text!r} is not a time of day")
    return time(hour, minute)


def _span(first: int, last: int) -> list[int]:
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _merged(shifts: list[tuple[time, time]]) -> list[tuple[time, time]]:
    ordered = sorted(shifts)
    if any(later[0] < earlier[1] for earlier, later in pairwise(ordered)):
        raise BadHours("desk.hours: two shifts of one day overlap; write them as one")
    return ordered
