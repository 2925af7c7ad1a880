"""Did the move go well? What became of the people of each wave, beside those whose wave had not opened yet. Pure.

Every share names what it is a share of and carries its 95 % interval. The gates judge day by day and stop a campaign; this
describes and decides nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from campaigns.chances import newcombe, wilson
from records.became import FirstQuestion, History, Lost, Waiting, Window

FEWEST = 30
"""With fewer people on either side a difference says nothing worth reading."""

SETTLED_AFTER = timedelta(hours=72)
"""Whom no person of ours had to help within this time was helped by what they were told."""


@dataclass(frozen=True)
class Share:
    """`count` of `of`, as a fraction between `low` and `high` (95 %, Wilson 1927); None of nobody."""

    count: int
    of: int
    share: float | None
    low: float
    high: float


def share_of(count: int, of: int) -> Share:
    low, high = wilson(count, of)
    return Share(count, of, count / of if of else None, low, high)


@dataclass(frozen=True)
class Counts:
    """What a wave came to; several add up. `people` are those in it, `left_before` had left when it opened, `told` were reached
    by any of its messages. `asked` wrote at least 72 hours ago, `settled` of them needed no person within 72."""

    people: int = 0
    left_before: int = 0
    told: int = 0
    moved: int = 0
    first_charges: int = 0
    first_charges_failed: int = 0
    cancelled: int = 0
    questions: int = 0
    asked: int = 0
    settled: int = 0
    handovers: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    ratings: int = 0
    rating_sum: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Went:
    """How it went for a wave, or for all that have opened. `moved` and `cancelled` are shares of those who had not left when it
    opened, `first_charges_failed` of those charged since, `settled` of those who wrote, `helped` of the thumbs given."""

    people: int
    left_before: int
    told: int
    moved: Share
    first_charges_failed: Share
    cancelled: Share
    lost: tuple[Lost, ...]
    questions: int
    questions_per_100: float | None
    settled: Share
    handovers: int
    helped: Share
    ratings: int
    mean_rating: float | None


def became(histories: Iterable[History]) -> dict[int, Counts]:
    """What the outcomes of each wave come to; its people, and what they said, are for others to add."""
    found: dict[int, Counts] = {}
    for one in histories:
        here = Counts(
            left_before=one.people * one.left_before,
            moved=one.people * (one.moved is not None and not one.left_before),
            first_charges=one.people * (one.charged is not None),
            first_charges_failed=one.people * (one.charge_failed is not None),
            cancelled=one.people * (one.cancelled is not None),
        )
        found[one.wave] = found.get(one.wave, Counts()) + here
    return found


def settled(asked: Iterable[FirstQuestion], now: datetime) -> dict[int, Counts]:
    """Who wrote and needed no person, by wave. Whoever wrote within the last 72 hours is not counted yet."""
    found: dict[int, Counts] = {}
    for one in asked:
        if one.at <= now - SETTLED_AFTER:
            alone = one.case_at is None or one.case_at > one.at + SETTLED_AFTER
            found[one.wave] = found.get(one.wave, Counts()) + Counts(asked=1, settled=int(alone))
    return found


def went(counts: Counts, lost: Iterable[Lost]) -> Went:
    """The shares of these counts; what was lost is added up by plan and currency."""
    there = counts.people - counts.left_before
    return Went(
        people=counts.people,
        left_before=counts.left_before,
        told=counts.told,
        moved=share_of(counts.moved, there),
        first_charges_failed=share_of(counts.first_charges_failed, counts.first_charges),
        cancelled=share_of(counts.cancelled, there),
        lost=_by_plan(lost),
        questions=counts.questions,
        questions_per_100=round(100 * counts.questions / counts.told, 2) if counts.told else None,
        settled=share_of(counts.settled, counts.asked),
        handovers=counts.handovers,
        helped=share_of(counts.thumbs_up, counts.thumbs_up + counts.thumbs_down),
        ratings=counts.ratings,
        mean_rating=round(counts.rating_sum / counts.ratings, 2) if counts.ratings else None,
    )


def _by_plan(lost: Iterable[Lost]) -> tuple[Lost, ...]:
    people: Counter[tuple[str, str]] = Counter()
    minor: Counter[tuple[str, str]] = Counter()
    for one in lost:
        people[one.plan, one.currency] += one.people
        minor[one.plan, one.currency] += one.minor
    return tuple(Lost(*key, people[key], minor[key]) for key in sorted(people, key=lambda key: (-people[key], key)))


@dataclass(frozen=True)
class Step:
    """From this many days after the opening on, this share of the people is still there."""

    day: int
    share: float


def staying(
    opened: Mapping[int, date], known: date, counts: Mapping[int, Counts], histories: Sequence[History]
) -> tuple[Step, ...]:
    """Who stays, over all waves, by the days since a person's wave opened; the last step is the last day anybody is followed.
    A wave counts for as long as it is followed, until `known`. Product-limit estimate (Kaplan and Meier 1958)."""
    followed = {wave: (known - day).days for wave, day in opened.items() if day <= known}
    if not followed:
        return ()
    left: Counter[tuple[int, int]] = Counter()
    for one in histories:
        if one.wave in followed and one.cancelled is not None and one.cancelled <= known:
            left[one.wave, (one.cancelled - opened[one.wave]).days] += one.people
    there = {wave: counts[wave].people - counts[wave].left_before for wave in followed}
    share, steps = 1.0, [Step(0, 1.0)]
    for day in sorted({day for _, day in left}):
        watched = [wave for wave, last in followed.items() if last >= day]
        gone = sum(left[wave, day] for wave in watched)
        share *= 1 - gone / sum(there[wave] for wave in watched)
        there = {wave: people - left[wave, day] for wave, people in there.items()}
        steps.append(Step(day, share))
    return (*steps, Step(max(followed.values()), share))


# ---------------------------------------------------------------- beside those whose wave had not opened


class Verdict(StrEnum):
    """What can be said of a wave in one look."""

    NO_HARM = "no_harm"
    HARM = "harm"
    TOO_EARLY = "too_early"


class Why(StrEnum):
    """Why a wave is not compared; the first that holds."""

    NO_OUTCOMES = "no_outcomes"  # nobody has imported any
    STAFF = "staff"  # the company's own people are like nobody else
    NOBODY_WAITS = "nobody_waits"  # every wave had opened
    TOO_YOUNG = "too_young"  # its soak was not over
    TOO_FEW = "too_few"  # fewer than 30 people on one side


@dataclass(frozen=True)
class NotCompared:
    why: Why


@dataclass(frozen=True)
class Compared:
    """How many left over the same days: of the wave, and of those whose wave had not opened; the difference of the two shares
    with its 95 % interval (Newcombe 1998)."""

    days: int
    here: Share
    waiting: Share
    difference: float
    low: float
    high: float


def windows(opened: Mapping[int, date], waves: int, known: date) -> dict[int, Window]:
    """Over which days each wave can be compared with people who were still waiting all that time: until `known`, the last day
    anything is known of, or until the last of all `waves` opened. A wave without a single such day is in none."""
    last = max(opened, default=-1)
    if last + 1 < waves:
        return {wave: Window(day, known, (known - day).days) for wave, day in opened.items() if day <= known}
    ended = min(opened[last], known + timedelta(days=1)) if opened else known
    return {
        wave: Window(day, ended - timedelta(days=1), (ended - day).days)
        for wave, day in opened.items()
        if wave < last and day < ended
    }


def waited_behind(opened: Mapping[int, date], waves: int) -> int:
    """The last wave that is compared: whoever has no place up to it was waiting."""
    last = max(opened, default=-1)
    return last if last + 1 < waves else last - 1


def compare(
    window: Window, soak: timedelta, people: int, histories: Iterable[History], waiting: Waiting
) -> Compared | NotCompared:
    """The wave of these `people` and histories beside those who waited. Both sides without whoever had moved or left before the
    first day: nothing could become of them any more."""
    if timedelta(days=window.days) < soak:
        return NotCompared(Why.TOO_YOUNG)
    there, left = people, 0
    for one in histories:
        if one.left_before or (one.moved is not None and one.moved < window.first):
            there -= one.people
        elif one.cancelled is not None and one.cancelled <= window.last:
            left += one.people
    if min(there, waiting.people) < FEWEST:
        return NotCompared(Why.TOO_FEW)
    here, other = share_of(left, there), share_of(waiting.cancelled, waiting.people)
    low, high = newcombe(left, there, waiting.cancelled, waiting.people)
    return Compared(window.days, here, other, left / there - waiting.cancelled / waiting.people, low, high)


def verdict_on(compared: Compared | NotCompared) -> Verdict:
    """Harm only where the whole interval lies above nought."""
    if isinstance(compared, NotCompared):
        return Verdict.TOO_EARLY
    return Verdict.HARM if compared.low > 0 else Verdict.NO_HARM


def verdict_of_all(verdicts: Iterable[Verdict]) -> Verdict:
    """Harm in any wave is harm; no harm takes one wave that could be compared."""
    found = set(verdicts)
    return next((one for one in (Verdict.HARM, Verdict.NO_HARM) if one in found), Verdict.TOO_EARLY)
