"""The plan of a campaign: frozen types, read from YAML. Errors name file, line and key, all of them at once."""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from itertools import accumulate
from math import nextafter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from campaigns.errors import PlanError
from campaigns.plan_cells import STAFF, Clock, Days, Name, Percent, Share, Span, Times, Way, Words
from campaigns.plan_faults import faults_of
from records.ids import share_of
from records.types import ChannelName, Language, MessageClass

if TYPE_CHECKING:
    from ruamel.yaml import YAML

_STRICT = ConfigDict(extra="forbid")


class Anchor(StrEnum):
    """What a stage counts its days from."""

    EFFECTIVE_DATE = "effective_date"  # the day the change applies, the same for everyone
    WAVE = "wave"  # the day the person's wave opened
    CUTOVER = "cutover"  # the person's own move
    RENEWAL = "renewal"  # the person's renewal
    NEXT_CHARGE = "next_charge"  # the person's next payment
    TERM_END = "term_end"  # the end of the term the person signed for
    DEADLINE = "deadline"  # the day by which the person has to have done something
    MOVED = "moved"  # the day the person moved, as the company's systems tell it
    FIRST_CHARGE_FINE = "first_charge_fine"  # the day their first payment on the new side went through
    FIRST_CHARGE_FAILED = "first_charge_failed"  # the day it did not

    @property
    def personal(self) -> bool:
        """Has each person a day of their own?"""
        return self not in (Anchor.EFFECTIVE_DATE, Anchor.WAVE)

    @property
    def event(self) -> bool:
        """Is it something that happens, or does not, rather than a date that is known beforehand?"""
        return self in (Anchor.MOVED, Anchor.FIRST_CHARGE_FINE, Anchor.FIRST_CHARGE_FAILED)


class Condition(StrEnum):
    """What must be true of a person when a message leaves."""

    NOT_MOVED = "not_moved"
    MOVED = "moved"
    ACTION_NEEDED = "action_needed"
    NO_ACTION_NEEDED = "no_action_needed"


@dataclass(frozen=True)
class Where:
    """A person is meant if every list that is given holds their value."""

    __pydantic_config__ = _STRICT
    country: Words = ()
    plan: Words = ()
    language: tuple[Language, ...] = ()
    payment_method: Words = ()
    currency: Words = ()


@dataclass(frozen=True)
class AudienceOf:
    """Everyone, or those a filter means; never neither, so that nobody is written to by leaving a line out."""

    __pydantic_config__ = _STRICT
    all: bool = False
    where: Where | None = None

    def __post_init__(self) -> None:
        if self.all == (self.where is not None):
            raise ValueError("write either {all: true} or {where: {...}}")


@dataclass(frozen=True)
class Wave:
    """A share of the audience, in percent, or the company's own staff; `soak` is how long its numbers are watched before the
    next one opens, if that is longer than its signals take to ripen."""

    __pydantic_config__ = _STRICT
    name: Name
    share: Share
    soak: Span = timedelta(0)

    @property
    def staff(self) -> bool:
        """Is it for the people of the company itself, who are subscribers, too?"""
        return self.share == STAFF


_DAY = timedelta(days=1)
USUAL_WAVES = (
    Wave("staff", STAFF, _DAY),
    Wave("first", Decimal(1), _DAY),
    Wave("second", Decimal(9), _DAY),
    Wave("third", Decimal(20), _DAY),
    Wave("rest", Decimal(70), _DAY),
)
"""1, 10, 30, then all of the audience, after the company's own people: what a plan without `waves` means."""


@dataclass(frozen=True)
class Stage:
    """One message: `offset` days from the anchor, on the first of `channels` that may be used for the person."""

    __pydantic_config__ = _STRICT
    name: Name
    anchor: Anchor
    offset: Days
    channels: Annotated[tuple[Way, ...], Field(min_length=1)]
    template: Name
    when: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        if self.anchor.event and self.offset < 0:
            raise ValueError(f"nobody knows `{self.anchor}` before it happens: write an offset of 0d or more")


@dataclass(frozen=True)
class Limits:
    """When a campaign warns and when it stops by itself: shares in percent of at least `minimum_sends` attempts.

    `…_times`: so many times what was usual before the campaign. `first_charge_…` and `cancellation_…` (within 30 days): the
    share that is expected and the one that is harm, told apart by a sequential test. `ripe_…`: how old a wave must be for
    such a signal.
    """

    __pydantic_config__ = _STRICT
    minimum_sends: Annotated[int, Field(ge=1)] = 200
    hard_failure_warn: Percent = Decimal(2)
    hard_failure_pause: Percent = Decimal(5)
    complaint_warn: Percent = Decimal("0.08")
    complaint_pause: Percent = Decimal("0.1")
    provider_failure_pause: Percent = Decimal(5)
    opt_out_pause: Percent = Decimal(1)
    handover_times: Times = Decimal(3)
    thumbs_down_times: Times = Decimal(3)
    rating_drop: Annotated[Decimal, Field(gt=0, le=4)] = Decimal("0.5")
    first_charge_expected: Percent = Decimal(3)
    first_charge_harmful: Percent = Decimal(5)
    cancellation_expected: Percent = Decimal(3)
    cancellation_harmful: Percent = Decimal(5)
    ripe_delivery: Span = timedelta(minutes=30)
    ripe_answers: Span = timedelta(hours=24)

    def __post_init__(self) -> None:
        for low, high in (
            ("hard_failure_warn", "hard_failure_pause"),
            ("complaint_warn", "complaint_pause"),
            ("first_charge_expected", "first_charge_harmful"),
            ("cancellation_expected", "cancellation_harmful"),
        ):
            if getattr(self, low) >= getattr(self, high):
                raise ValueError(f"`{low}` has to be below `{high}`")


def _reaching(percent: Decimal) -> float:
    """The least float that as a percentage is not below `percent`: who is compared with it, a million times, need not become
    a Decimal to fall on the same side."""
    found = float(percent / 100)
    while found > 0 and Decimal(found) * 100 >= percent:
        found = nextafter(found, 0)
    while Decimal(found) * 100 < percent:
        found = nextafter(found, 1)
    return found


@dataclass(frozen=True)
class Plan:
    """One announcement, as marketing wrote it."""

    __pydantic_config__ = _STRICT
    campaign: Name
    message_class: Annotated[MessageClass, Field(alias="class")]
    effective_date: date
    audience: AudienceOf
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    opens: Days
    waves: Annotated[tuple[Wave, ...], Field(min_length=1)] = USUAL_WAVES
    at: Clock = time(10)
    gates: Limits = field(default_factory=Limits)
    notice_days: Annotated[int, Field(ge=0, le=365)] | None = None
    sms_segments: Annotated[int, Field(ge=1, le=10)] = 2
    fallback_after: Span = timedelta(hours=24)

    @cached_property
    def channels(self) -> tuple[ChannelName, ...]:
        """Every channel of any stage, each once, in the order of first mention."""
        return tuple(dict.fromkeys(channel for stage in self.stages for channel in stage.channels))

    @cached_property
    def about_the_move(self) -> bool:
        """True if a stage hangs on the person's own move, so that who has moved already needs none of it."""
        return any(stage.anchor is Anchor.CUTOVER for stage in self.stages)

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)

    def wave_of(self, subscriber_id: str, *, staff: bool = False) -> int:
        """Which wave a person is in: from the campaign's name and their id alone, so nobody ever changes wave.

        The company's own people are in the wave for staff, where there is one.
        """
        if staff:
            own = next((number for number, wave in enumerate(self.waves) if wave.staff), None)
            if own is not None:
                return own
        return min(bisect_right(self._begin_at, share_of(self.campaign, subscriber_id)), len(self.waves) - 1)

    @cached_property
    def _begin_at(self) -> tuple[float, ...]:
        """The shares of the waves, added up, as `share_of` says where somebody falls."""
        return tuple(_reaching(upto) for upto in accumulate(wave.share for wave in self.waves))

    def opening_days(self) -> tuple[date, ...]:
        """The earliest day each wave can open, if no gate asks to wait."""
        day, spent, days = self.effective_date + timedelta(days=self.opens), timedelta(0), []
        for wave in self.waves:
            days.append(day + timedelta(days=-(-spent // timedelta(days=1))))
            spent += self.watched(wave)
        return tuple(days)

    def watched(self, wave: Wave) -> timedelta:
        """How long a wave is watched before the next one may open: its own soak, or until its slowest signal is ripe."""
        return max(wave.soak, self.gates.ripe_delivery, self.gates.ripe_answers)


@cache
def _adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def schema() -> dict[str, Any]:
    """The JSON schema of a plan, for editors."""
    return _adapter().json_schema(mode="validation")


def plan_from_data(data: object, where: str = "plan") -> Plan:
    """The plan in plain values. Raises PlanError naming every key at fault."""
    try:
        return _adapter().validate_python(data)
    except ValidationError as error:
        raise PlanError(faults_of(error, where, data)) from error


def read_plan(path: Path) -> tuple[Plan, dict[str, Any]]:
    """The plan in this file and its plain values (for keeping). Raises PlanError with file, line and key."""
    return plan_of_text(plan_text(path), str(path))


def plan_text(path: Path) -> str:
    """What stands in this file. Raises PlanError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PlanError(f"{path}: there is no such plan. Plans live in campaigns/, one file each.") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{path}: this cannot be read as YAML in UTF-8.") from error


def plan_of_text(text: str, where: str) -> tuple[Plan, dict[str, Any]]:
    """The plan in this text, as if it stood in the file `where`, and its plain values. Raises PlanError."""
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        data = _yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlanError(f"{where}:{line}: this is not YAML: {error.problem}.") from error
    except YAMLError as error:
        raise PlanError(f"{where}: this cannot be read as YAML in UTF-8.") from error
    if not isinstance(data, Mapping):
        raise PlanError(f"{where}:1: a plan is a list of keys such as `campaign:` and `class:`.")
    return plan_from_data(data, where), _plain(data)


def _yaml() -> "YAML":
    """Days are left as they are written: one that does not exist is then refused with its line, as any other value is."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor

    class AsWritten(RoundTripConstructor):
        """Knows no times."""

    AsWritten.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_scalar)
    yaml = YAML(typ="rt")
    yaml.Constructor = AsWritten
    return yaml


_EFFECTIVE = re.compile(r"^effective_date[ \t]*:[ \t]*([^#\s]+)", re.MULTILINE)


def with_effective_date(text: str, day: date, where: str) -> str:
    """The text of a plan with another effective date; everything else, comments too, stays as it is. Raises PlanError."""
    found = _EFFECTIVE.search(text)
    if found is None:
        raise PlanError(
            f"{where}: `effective_date`: is not on a line of its own; write the new date in the file yourself."
        )
    return text[: found.start(1)] + day.isoformat() + text[found.end(1) :]


def canonical(content: Mapping[str, Any]) -> str:
    """One text for one content, whatever the order of keys: what an approval is bound to."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int) or value is None else str(value)
