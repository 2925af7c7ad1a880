"""The one clock. Everything else takes `now`.

`WorkspaceClock` follows `RELEVO_CLOCK=2027-03-01T09:00:00Z[@speed]`: the anchor pairs that moment with the real moment it
was first used, so every process of a workspace agrees on the time.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from records.errors import SettingsError


class Clock(Protocol):
    """Says what time it is, as an aware UTC moment."""

    def now(self) -> datetime: ...


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  the one place where the machine's clock is read


@dataclass
class ManualClock:
    """A clock that moves only when told; for rehearsals and tests."""

    moment: datetime
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def now(self) -> datetime:
        return self.moment

    def advance_to(self, moment: datetime) -> None:
        """Move forward to `moment`; an earlier moment leaves the clock where it is."""
        with self._lock:
            self.moment = max(self.moment, moment)

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self.moment += by


@dataclass(frozen=True)
class ClockAnchor:
    """`real` is when the workspace clock was set to `shown`; since then it runs `speed` times as fast."""

    shown: datetime
    real: datetime
    speed: float = 1.0

    def to_text(self) -> str:
        return f"{self.shown.isoformat()}|{self.real.isoformat()}|{self.speed}"

    @classmethod
    def from_text(cls, text: str) -> "ClockAnchor":
        shown, real, speed = text.split("|")
        return cls(datetime.fromisoformat(shown), datetime.fromisoformat(real), float(speed))


@dataclass(frozen=True)
class WorkspaceClock:
    """The workspace's own time, derived from its anchor and the machine's clock."""

    anchor: ClockAnchor

    def now(self) -> datetime:
        elapsed = RealClock().now() - self.anchor.real
        return self.anchor.shown + elapsed * self.anchor.speed


def parse_clock(text: str) -> tuple[datetime, float]:
    """`2027-03-01T09:00:00Z` or `…@600` as (moment, speed). Raises SettingsError naming what is wrong."""
    moment_text, _, speed_text = text.partition("@")
    try:
        moment = datetime.fromisoformat(moment_text)
        speed = float(speed_text) if speed_text else 1.0
    except ValueError as error:
        raise SettingsError(
            f"RELEVO_CLOCK={text!r} is not a moment like 2027-03-01T09:00:00Z, optionally followed by @speed."
        ) from error
    if moment.tzinfo is None or speed <= 0:
        raise SettingsError(f"RELEVO_CLOCK={text!r} needs a time zone (end it with Z) and a speed above zero.")
    return moment.astimezone(UTC), speed
