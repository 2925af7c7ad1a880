"""What a campaign message costs, and which ceilings it falls under. Pure.

Amounts are thousandths of a minor unit (of a cent), whole numbers, rounded up: what is reserved is never less than the bill.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from channels.render import segments
from records.forms import Letter
from records.ledger import Payload
from records.types import ChannelName

THOUSANDTHS = 1_000
LOOK_AGAIN = timedelta(hours=1)
"""How soon an empty pot is looked at again: a message that did not leave gives back what was reserved for it, and a person may
raise the ceiling."""


@dataclass(frozen=True)
class Prices:
    """`sms`: a segment, by country; `other_sms` where the country is not named. `each`: one message, by channel."""

    sms: Mapping[str, int] = field(default_factory=dict)
    other_sms: int = 0
    each: Mapping[ChannelName, int] = field(default_factory=dict)

    def of(self, channel: ChannelName, country: str, payload: Payload | None) -> int:
        """What one message costs. `payload` is asked for SMS only, which are charged by segment."""
        if channel is not ChannelName.SMS or payload is None:
            return self.each.get(channel, 0)
        whole = payload.whole() if isinstance(payload, Letter) else payload
        return segments(getattr(whole, "text", "")).count * self.sms.get(country, self.other_sms)


@dataclass(frozen=True)
class Ceilings:
    """The most that campaigns may spend: a day in all, a day on a channel, a day in a country, and one campaign ever. What is
    not named has no ceiling."""

    day: int | None = None
    campaign: int | None = None
    channels: Mapping[ChannelName, int] = field(default_factory=dict)
    countries: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """One pot of money: its name in the records, what it may hold, and its day; without a day it is filled once."""

    name: str
    cap: int
    day: date | None = None


def scopes_of(ceilings: Ceilings, campaign_id: str, channel: ChannelName, country: str, day: date) -> tuple[Scope, ...]:
    """The pots a message is paid from: only those that have a ceiling."""
    found = (
        (f"day:{day}", ceilings.day, day),
        (f"channel:{channel}:{day}", ceilings.channels.get(channel), day),
        (f"country:{country}:{day}", ceilings.countries.get(country), day),
        (f"campaign:{campaign_id}", ceilings.campaign, None),
    )
    return tuple(Scope(name, cap, of) for name, cap, of in found if cap is not None)


def refills_at(scope: Scope, zone: ZoneInfo, now: datetime) -> datetime:
    """When it is worth asking again: soon, and at the latest when the next day begins where the desk is."""
    if scope.day is None:
        return now + LOOK_AGAIN
    tomorrow = scope.day + timedelta(days=1)
    begins = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(now.tzinfo)
    return min(begins, now + LOOK_AGAIN)


def thousandths(minor: float) -> int:
    """Minor units as they stand in the settings."""
    return math.ceil(round(minor * THOUSANDTHS, 6))
