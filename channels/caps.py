"""How often a person may hear from us, over all campaigns. Pure.

A message is one stage of one campaign, on however many channels it was tried. Mandatory notices are never held back, but count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.ledger import Heard
from records.sections import Frequency

DAY, WEEK = timedelta(days=1), timedelta(days=7)
IN_HAND = timedelta(minutes=10)
"""How soon to look again when another message to the person is just on its way: it may fail, and then it does not count."""


@dataclass(frozen=True)
class Caps:
    """The most messages to one person in 24 hours and in seven days; 0 for no limit."""

    per_day: int = 0
    per_week: int = 0

    @property
    def any(self) -> bool:
        return bool(self.per_day or self.per_week)

    def free_at(self, heard: Heard, now: datetime) -> datetime:
        """When one more message may leave; `now` if it may at once."""
        if not self.any:
            return now
        return max(_free_at(self.per_day, DAY, heard, now), _free_at(self.per_week, WEEK, heard, now))


NO_CAPS = Caps()


def caps_of(frequency: Frequency) -> Caps:
    """The caps of a workspace."""
    return Caps(frequency.per_day, frequency.per_week)


def _free_at(most: int, span: timedelta, heard: Heard, now: datetime) -> datetime:
    if not most:
        return now
    counted: Sequence[datetime] = [moment for moment in heard.moments if moment > now - span]
    room = most - len(counted) - heard.in_hand
    if room > 0:
        return now
    # So many of the oldest have to age out first; what is in hand has no age yet.
    wanted = 1 - room
    return counted[wanted - 1] + span if wanted <= len(counted) else now + IN_HAND
