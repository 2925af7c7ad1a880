"""Whom a text is for, and whether that is this person, today. Pure.

What is known about the person is only what they have proven. A text for somebody else is left out; one that hangs on a fact
nobody knows yet stays in, and says on which. What is not in force on the day, or when no day is given, is always left out.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_VERSION = re.compile(r"[-_.]?v?(\d+(?:[-_.]\d+)*)$", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SEPARATORS = re.compile(r"[,;\s]+")
_STAGES = ("before", "after")

KEYS = ("countries", "contracts", "stage", "valid_from", "valid_until", "segment")
"""What a document may say about whom it is for: in its front matter, in `sources.toml`, in an entry's heading."""


class BadReach(ValueError):
    """What a document says about whom it is for cannot be understood; the message names key and value."""


class Fit(StrEnum):
    """How a text stands to a person."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"  # it hangs on a fact of the person that nobody has shown


@dataclass(frozen=True)
class Reach:
    """Whom a text is for, and when. Empty fields say nothing: for everybody, always.

    `contracts` are versions of the terms it holds under; `stage` is before or after the person's own move; `segment` holds
    (field, value) pairs of the subscriber's record: values of one field are alternatives, different fields must all hold.
    """

    countries: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    stage: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    segment: tuple[tuple[str, str], ...] = ()


EVERYBODY = Reach()


@dataclass(frozen=True)
class Scope:
    """What is proven about the person, and the day in their calendar. Empty, None and a missing field mean unknown.

    `facts` are (field, value) pairs of the record, `plan` among them. `moved`: has their own move happened?
    """

    contract: str = ""
    country: str = ""
    moved: bool | None = None
    on: date | None = None
    facts: tuple[tuple[str, str], ...] = ()


ANYBODY = Scope()


@dataclass(frozen=True)
class Label:
    """What texts are told apart by. `contract` is empty outside contracts."""

    contract: str = ""
    reach: Reach = field(default=EVERYBODY)


def fit(reach: Reach, scope: Scope) -> Fit:
    """Whether a text of this reach is for this person on this day."""
    verdicts = _verdicts(reach, scope).values()
    if not _in_force(reach, scope.on) or False in verdicts:
        return Fit.OUT
    return Fit.UNKNOWN if None in verdicts else Fit.IN


def open_facts(reach: Reach, scope: Scope) -> tuple[str, ...]:
    """The facts of the person a text hangs on that nobody knows yet: contract, country, stage, segment."""
    return tuple(name for name, holds in _verdicts(reach, scope).items() if holds is None)


def _verdicts(reach: Reach, scope: Scope) -> dict[str, bool | None]:
    """By fact the text hangs on: does it hold? None: unknown."""
    found: dict[str, bool | None] = {}
    if reach.contracts:
        found["contract"] = scope.contract in reach.contracts if scope.contract else None
    if reach.countries:
        found["country"] = scope.country in reach.countries if scope.country else None
    if reach.stage:
        found["stage"] = None if scope.moved is None else scope.moved == (reach.stage == "after")
    if reach.segment:
        found["segment"] = _in_segment(reach.segment, dict(scope.facts))
    return found


def _in_segment(segment: tuple[tuple[str, str], ...], facts: Mapping[str, str]) -> bool | None:
    wanted: dict[str, set[str]] = {}
    for name, value in segment:
        wanted.setdefault(name, set()).add(value.casefold())
    told = {name: facts.get(name, "").strip().casefold() for name in wanted}
    if any(value and value not in wanted[name] for name, value in told.items()):
        return False
    return True if all(told.values()) else None


def _in_force(reach: Reach, day: date | None) -> bool:
    if reach.valid_from is None and reach.valid_until is None:
        return True
    if day is None:
        return False
    return (reach.valid_from or day) <= day <= (reach.valid_until or day)


def shown(labels: Sequence[Label], scope: Scope) -> list[bool]:
    """Which of these may be searched for this person: what fits, and of each contract the version in force."""
    fits = [fit(label.reach, scope) is not Fit.OUT for label in labels]
    held = (label.contract for label, fitting in zip(labels, fits, strict=True) if fitting and label.contract)
    current = versions_in_force(held, scope.contract)
    return [
        fitting and (not label.contract or label.contract in current)
        for label, fitting in zip(labels, fits, strict=True)
    ]


def versions_in_force(versions: Iterable[str], own: str = "") -> frozenset[str]:
    """Of each contract the version to quote: the person's own, else the newest (`terms-2027` over `terms-2024`)."""
    newest: dict[str, str] = {}
    for version in set(versions):
        held = newest.get(family(version))
        if held is None or version == own or (held != own and _age(version) > _age(held)):
            newest[family(version)] = version
    return frozenset(newest.values())


def family(version: str) -> str:
    """What the versions of one contract share: `terms` of `terms-2027`."""
    return _VERSION.sub("", version)


def _age(version: str) -> tuple[list[int], str]:
    return [int(number) for number in _NUMBERS.findall(version)], version


def meet(one: Label, other: Label) -> bool:
    """Can two texts be for the same person on the same day?"""
    return (
        _share_versions(_versions(one), _versions(other))
        and _share(one.reach.countries, other.reach.countries)
        and _share(_stages(one.reach), _stages(other.reach))
        and (one.reach.valid_from or date.min) <= (other.reach.valid_until or date.max)
        and (other.reach.valid_from or date.min) <= (one.reach.valid_until or date.max)
        and _share_segments(one.reach.segment, other.reach.segment)
    )


def _share(one: Collection[str], other: Collection[str]) -> bool:
    return not one or not other or not set(one).isdisjoint(other)


def _share_versions(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Versions of different contracts go together, different versions of one contract do not."""
    families = {family(version) for version in one} & {family(version) for version in other}
    return all(
        _share([name for name in one if family(name) == key], [name for name in other if family(name) == key])
        for key in families
    )


def _versions(label: Label) -> tuple[str, ...]:
    return (label.contract,) if label.contract else label.reach.contracts


def _stages(reach: Reach) -> tuple[str, ...]:
    return (reach.stage,) if reach.stage else ()


def _share_segments(one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]) -> bool:
    fields = {name for name, _ in one} & {name for name, _ in other}
    return all(
        _share([value for name, value in one if name == key], [value for name, value in other if name == key])
        for key in fields
    )


def reach_of(values: Mapping[str, str], base: Reach = EVERYBODY) -> Reach:
    """What a document says about whom it is for, over `base`; other keys are somebody else's. Raises BadReach."""
    read = Reach(
        countries=_countries(values["countries"]) if "countries" in values else base.countries,
        contracts=_several(values["contracts"]) if "contracts" in values else base.contracts,
        stage=_stage(values["stage"]) if "stage" in values else base.stage,
        valid_from=_day("valid_from", values["valid_from"]) if "valid_from" in values else base.valid_from,
        valid_until=_day("valid_until", values["valid_until"]) if "valid_until" in values else base.valid_until,
        segment=_segment(values["segment"]) if "segment" in values else base.segment,
    )
    if read.valid_from and read.valid_until and read.valid_until < read.valid_from:
        raise BadReach(f"valid_until: {read.valid_until} is before valid_from, {read.valid_from}")
    return read


def reach_said(said: Iterable[tuple[str, str]], base: Reach) -> Reach:
    """What a heading says, over `base`; here every key has to be about whom it is for. Raises BadReach."""
    values = dict(said)
    unknown = next((key for key in values if key not in KEYS), "")
    if unknown:
        raise BadReach(f"{unknown}: is not known here; use {', '.join(KEYS)}")
    return reach_of(values, base)


def _several(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATORS.split(text.strip()) if part)


def _countries(text: str) -> tuple[str, ...]:
    found = tuple(part.upper() for part in _several(text))
    for country in found:
        if not _COUNTRY.fullmatch(country):
            raise BadReach(f"countries: {country!r} is not a country of two letters like ES or MX")
    return found


def _stage(text: str) -> str:
    if text.strip() not in _STAGES:
        raise BadReach(f"stage: {text!r} is neither before nor after (the person's own move)")
    return text.strip()


def _day(key: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadReach(f"{key}: {text!r} is not a day like 2027-03-01") from error


def _segment(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in _several(text):
        name, equals, value = part.partition("=")
        if not equals or not name or not value:
            raise BadReach(f"segment: {part!r} is not field=value, like plan=annual")
        found.append((name, value))
    return tuple(found)


def to_plain(reach: Reach) -> dict[str, object]:
    """What JSON can keep; only what is said. `from_plain` reads it back."""
    plain = {
        "countries": list(reach.countries),
        "contracts": list(reach.contracts),
        "stage": reach.stage,
        "valid_from": reach.valid_from.isoformat() if reach.valid_from else "",
        "valid_until": reach.valid_until.isoformat() if reach.valid_until else "",
        "segment": [list(pair) for pair in reach.segment],
    }
    return {name: value for name, value in plain.items() if value}


def from_plain(plain: Mapping[str, object]) -> Reach:
    """What `to_plain` wrote."""
    said = {name: value for name, value in plain.items() if isinstance(value, str)}
    lists = {name: value for name, value in plain.items() if isinstance(value, list)}
    return Reach(
        countries=tuple(lists.get("countries", ())),
        contracts=tuple(lists.get("contracts", ())),
        stage=said.get("stage", ""),
        valid_from=date.fromisoformat(said["valid_from"]) if "valid_from" in said else None,
        valid_until=date.fromisoformat(said["valid_until"]) if "valid_until" in said else None,
        segment=tuple((pair[0], pair[1]) for pair in lists.get("segment", ())),
    )
