"""The noun of the pacers: how one key (a sender, a recipient domain, a chat) has been used. Pure."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Pace:
    """`free_at` is when the key's next unit may leave; `units` counts all ever taken. `rate` is units a second over the
    last full window of use, `window_units` those of the present one. `first_day` is None before the first use."""

    key: str
    free_at: datetime
    units: int
    first_day: date | None
    day: date | None
    day_units: int
    window_at: datetime
    window_units: int
    rate: float
    held_until: datetime | None = None
    held_for: str = ""
    holds: int = 0
    refusals: int = 0
