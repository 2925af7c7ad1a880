"""The outcomes of a campaign as lines: for the page, for the command and for a spreadsheet, the same ones. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.outcome_report import CampaignWent
from campaigns.outcomes import Compared, NotCompared, Share, Went, Why
from console.written import money
from records.types import Language

COLUMNS = ("campaign", "wave", "what", "detail", "count", "of", "percent", "low", "high")
"""Of a sheet: a line a wave and measure; of all waves together with an empty wave."""

MEASURES = (
    "days",
    "people",
    "left_before",
    "told",
    "moved",
    "first_charges_failed",
    "cancellations",
    "lost",
    "days_compared",
    "compared",
    "waiting",
    "difference",
    "questions",
    "questions_per_100",
    "settled",
    "handovers",
    "helped",
    "ratings",
    "mean_rating",
)
"""What is measured, in the order in which it is read."""


@dataclass(frozen=True)
class Number:
    """So many; `detail` tells several of one measure apart."""

    what: str
    count: float | None
    detail: str = ""


@dataclass(frozen=True)
class Part:
    """A share of something, in percent with its interval."""

    what: str
    share: Share


@dataclass(frozen=True)
class Gap:
    """A difference of two shares, in points with its interval."""

    what: str
    points: float
    low: float
    high: float


Line = Number | Part | Gap


@dataclass(frozen=True)
class Column:
    """One wave, or with an empty name all of them: its lines."""

    wave: str
    lines: tuple[Line, ...]

    def of(self, what: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.what == what)


def columns_of(found: CampaignWent, language: Language) -> tuple[Column, ...]:
    """A column a wave; with several waves one more for all of them. While no outcomes are known none are told: nought would be
    taken for an answer."""
    columns = _columns(found, language)
    if any(one.compared == NotCompared(Why.NO_OUTCOMES) for one in found.waves):
        return tuple(
            Column(one.wave, tuple(line for line in one.lines if line.what not in _OF_OUTCOMES)) for one in columns
        )
    return columns


_OF_OUTCOMES = frozenset({"left_before", "moved", "first_charges_failed", "cancellations"})


def _columns(found: CampaignWent, language: Language) -> tuple[Column, ...]:
    waves = tuple(
        Column(
            one.name,
            (Number("days", one.days), *_went(one.went, language), *_beside(one.compared)),
        )
        for one in found.waves
    )
    return (*waves, Column("", tuple(_went(found.together, language)))) if len(waves) > 1 else waves


def _went(went: Went, language: Language) -> Iterator[Line]:
    yield Number("people", went.people)
    yield Number("left_before", went.left_before)
    yield Number("told", went.told)
    yield Part("moved", went.moved)
    yield Part("first_charges_failed", went.first_charges_failed)
    yield Part("cancellations", went.cancelled)
    for lost in went.lost:
        price = money(lost.minor, lost.currency, language) if lost.currency else str(lost.minor)
        yield Number("lost", lost.people, f"{lost.plan}: {price}" if lost.plan else price)
    yield Number("questions", went.questions)
    yield Number("questions_per_100", went.questions_per_100)
    yield Part("settled", went.settled)
    yield Number("handovers", went.handovers)
    yield Part("helped", went.helped)
    yield Number("ratings", went.ratings)
    yield Number("mean_rating", went.mean_rating)


def _beside(compared: Compared | NotCompared) -> Iterator[Line]:
    if isinstance(compared, Compared):
        yield Number("days_compared", compared.days)
        yield Part("compared", compared.here)
        yield Part("waiting", compared.waiting)
        yield Gap("difference", 100 * compared.difference, 100 * compared.low, 100 * compared.high)


def sheet(found: CampaignWent, language: Language) -> Iterator[tuple[object, ...]]:
    """The lines as rows of a sheet; what a measure does not have is an empty cell."""
    for column in columns_of(found, language):
        for line in column.lines:
            yield (found.campaign, column.wave, line.what, *_cells(line))


def _cells(line: Line) -> tuple[object, ...]:
    match line:
        case Number(_, count, detail):
            return (detail, "" if count is None else count, "", "", "", "")
        case Part(_, share):
            known = ("", "", "") if share.share is None else tuple(percent(one) for one in _ends(share))
            return ("", share.count, share.of, *known)
        case Gap(_, points, low, high):
            return ("", "", "", *(round(one, 2) for one in (points, low, high)))


def _ends(share: Share) -> tuple[float, float, float]:
    return share.share or 0.0, share.low, share.high


def percent(share: float) -> float:
    """Of a fraction, to the hundredth of a percent."""
    return round(100 * share, 2)
