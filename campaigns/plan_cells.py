"""How the values of a plan are written: shares, spans, days, times of day, names. Each says what to write instead. Pure."""

import re
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from records.types import ChannelName

STAFF = Decimal(0)
"""The share of a wave of the company's own people, who are no share of the audience."""

_DURATION = re.compile(r"([+-]?)(\d{1,5})([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_WAYS = tuple(ChannelName)
"""All are read, so that the check can say why nobody is written to on some."""

_NAME = r"^[a-z0-9][a-z0-9_-]{0,59}$"


def _duration(value: object, examples: str = "2d, -7d, 1w") -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(str(value))
    if found is None:
        raise ValueError(f"write a number and a unit: {examples}")
    sign, number, unit = found.groups()
    return (-1 if sign == "-" else 1) * int(number) * _UNITS[unit]


def _days(value: object) -> int:
    if isinstance(value, int):
        return value
    duration = _duration(value)
    if duration % timedelta(days=1):
        raise ValueError("write whole days: 0d, -7d, +1d")
    return duration // timedelta(days=1)


def _span(value: object) -> timedelta:
    span = _duration(value, "30m, 12h, 2d, 1w")
    if span < timedelta(0):
        raise ValueError("write how long, without a minus: 2d, 12h, 1w")
    return span


def _way(value: object) -> object:
    if value not in _WAYS:
        raise ValueError("write email, sms or telegram")
    return value


def _percent(value: object) -> Decimal:
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?\s*%", text):
        raise ValueError("write a percentage: 5%")
    return Decimal(text.removesuffix("%").strip())


def _at(value: object) -> time:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value))
    if found is None:
        raise ValueError('write a time of day in quotes: "10:00"')
    return time(int(found[1]), int(found[2]))


def _share(value: object) -> Decimal:
    """A percentage above nothing, or `staff`: kept as 0."""
    if str(value).strip() == "staff":
        return STAFF
    share = value if isinstance(value, Decimal) else _percent(value)
    if not 0 < share <= 100:
        raise ValueError("write a percentage from 0.0001% to 100%, or `staff`")
    return share


_OFFSET_SCHEMA = {"type": "string", "pattern": r"^[+-]?\d+[dw]$"}
_SPAN_SCHEMA = {"type": "string", "pattern": r"^\d+[mhdw]$"}
Percent = Annotated[
    Decimal,
    BeforeValidator(_percent, json_schema_input_type=str),
    Field(gt=0, le=100, json_schema_extra={"examples": ["5%"]}),
]
Share = Annotated[
    Decimal, BeforeValidator(_share, json_schema_input_type=str), Field(json_schema_extra={"examples": ["5%"]})
]
Times = Annotated[Decimal, Field(gt=1, le=100)]
Days = Annotated[
    int, BeforeValidator(_days, json_schema_input_type=Annotated[str, Field(json_schema_extra=_OFFSET_SCHEMA)])
]
Span = Annotated[
    timedelta, BeforeValidator(_span, json_schema_input_type=Annotated[str, Field(json_schema_extra=_SPAN_SCHEMA)])
]
Clock = Annotated[time, BeforeValidator(_at, json_schema_input_type=str)]
Way = Annotated[ChannelName, BeforeValidator(_way, json_schema_input_type=Literal["email", "sms", "telegram"])]
Name = Annotated[str, Field(pattern=_NAME)]
Words = tuple[str, ...]
