"""A plan as a picture: waves down, days across, a mark where each stage is due. Pure numbers; the template draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from campaigns.plan import Anchor, Plan, Stage

LEFT, RIGHT, TOP, ROW = 150, 24, 46, 46
WIDTH = 900


@dataclass(frozen=True)
class Mark:
    """Where a stage of a wave is due."""

    x: int
    y: int
    stage: str
    number: int
    day: date


@dataclass(frozen=True)
class Lane:
    """One wave: its label's place, its soak bar and its marks. The staff's own has no share of the people."""

    name: str
    share: Decimal | None
    y: int
    soak_x: int
    soak_width: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Span:
    """A stage that hangs on each person's own date: from the first person's day to the last one's."""

    name: str
    number: int
    y: int
    x: int
    width: int
    first: date
    last: date


@dataclass(frozen=True)
class Tick:
    x: int
    day: date


@dataclass(frozen=True)
class Timeline:
    """Everything the drawing needs: waves as lanes, then stages of each person's own date as spans."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    effective_x: int
    effective: date
    now_x: int  # 0: outside the picture
    spans: tuple[Span, ...]


def _due(stage: Stage, opening: date, effective: date) -> date:
    anchor = opening if stage.anchor is Anchor.WAVE else effective
    return max(opening, anchor + timedelta(days=stage.offset))


Dates = Mapping[Anchor, tuple[date, date]]
"""The earliest and latest date of anyone, by the anchor that hangs on it."""


def draw(plan: Plan, today: date, dates: Dates, opened: Sequence[date] = ()) -> Timeline:
    """The picture of a plan as seen on `today`; a stage of personal dates nobody has is not drawn. `opened`: the days on which
    its first waves did open, whatever the plan says of them by now."""
    openings = _openings(plan, opened)
    common = [stage for stage in plan.stages if not stage.anchor.personal]
    effective = plan.effective_date
    dues = [[(stage, _due(stage, opening, effective)) for stage in common] for opening in openings]
    personal = [(stage, *_around(stage, dates[stage.anchor])) for stage in plan.stages if stage.anchor in dates]
    own_days = [day for _, begin, end in personal for day in (begin, end)]
    days = [*openings, effective, *own_days, *(day for lane in dues for _, day in lane)]
    first, last = min(days) - timedelta(days=1), max(days) + timedelta(days=4)
    span = (last - first).days

    def x(day: date) -> int:
        return LEFT + round((day - first).days / span * (WIDTH - LEFT - RIGHT))

    numbers = {stage.name: place for place, stage in enumerate(plan.stages, 1)}
    lanes = []
    for row, (wave, opening, due) in enumerate(zip(plan.waves, openings, dues, strict=True)):
        y = TOP + row * ROW + ROW // 2
        marks = _spread([Mark(x(day), y, stage.name, numbers[stage.name], day) for stage, day in due])
        soak = max(4, x(min(last, opening + wave.soak)) - x(opening))
        lanes.append(Lane(wave.name, None if wave.staff else wave.share.normalize(), y, x(opening), soak, marks))
    spans = tuple(
        Span(
            stage.name,
            numbers[stage.name],
            TOP + (len(lanes) + row) * ROW + ROW // 2,
            x(begin),
            max(4, x(end) - x(begin)),
            begin,
            end,
        )
        for row, (stage, begin, end) in enumerate(personal)
    )
    return Timeline(
        width=WIDTH,
        height=TOP + ROW * (len(lanes) + len(spans)) + 12,
        lanes=tuple(lanes),
        ticks=tuple(Tick(x(first + timedelta(days=step)), first + timedelta(days=step)) for step in _steps(span)),
        effective_x=x(effective),
        effective=effective,
        now_x=x(today) if first <= today <= last else 0,
        spans=spans,
    )


def _openings(plan: Plan, opened: Sequence[date]) -> tuple[date, ...]:
    """When each wave opened or can open at the earliest: one that is still shut waits for the one before it."""
    planned = plan.opening_days()
    late = opened[-1] - planned[len(opened) - 1] if opened else timedelta(0)
    return (*opened, *(day + late for day in planned[len(opened) :]))


def _around(stage: Stage, dates: tuple[date, date]) -> tuple[date, date]:
    days = timedelta(days=stage.offset)
    return dates[0] + days, dates[1] + days


def _spread(marks: list[Mark]) -> tuple[Mark, ...]:
    """Marks of one lane side by side where they would cover each other."""
    placed: list[Mark] = []
    for mark in sorted(marks, key=lambda one: (one.x, one.number)):
        x = max(mark.x, placed[-1].x + 22) if placed else mark.x
        placed.append(Mark(x, mark.y, mark.stage, mark.number, mark.day))
    return tuple(placed)


def _steps(span: int) -> range:
    """About six labels, on whole days."""
    return range(0, span + 1, max(1, -(-span // 6)))
