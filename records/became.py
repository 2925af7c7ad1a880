"""What became of the people of a campaign, in the groups its outcomes are counted from. Pure."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class History:
    """So many people of a wave to whom the same happened on the same days. `moved` counts whenever it was; `charged` (fine or
    not), `charge_failed` and `cancelled` are the first days since the wave opened. `left_before`: they had left by then, and
    have not left again."""

    wave: int
    moved: date | None
    charged: date | None
    charge_failed: date | None
    cancelled: date | None
    left_before: bool
    people: int


@dataclass(frozen=True)
class Window:
    """The days, both ends among them, over which a wave is compared with those whose wave had not opened. `days`: how long
    that was."""

    first: date
    last: date
    days: int


@dataclass(frozen=True)
class Waiting:
    """People whose wave had not opened, and who had neither moved nor left when the window began; how many left within it."""

    people: int
    cancelled: int


@dataclass(frozen=True)
class Lost:
    """What people of one plan who left paid at each charge, added up: a register knows a plan's price, not how often it is
    charged. `minor` in the currency's minor unit."""

    plan: str
    currency: str
    people: int
    minor: int


@dataclass(frozen=True)
class FirstQuestion:
    """When somebody of a wave first wrote since it opened, and when a case of theirs was first opened after that, if ever."""

    wave: int
    at: datetime
    case_at: datetime | None
