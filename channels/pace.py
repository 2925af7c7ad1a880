"""How fast a key may be used, and what a message costs there. Pure.

Each key is paced by virtual scheduling (the generic cell rate algorithm, ITU-T I.371): units leave one after another, a `gap`
apart. A slot is given out at most `AHEAD` before its time and at most `SLACK` after it. It may be used until `SLACK + LATE`
after its time, and in any case for `LATE`. So whatever stalls where, no vendor ever sees more than its rate plus
`rate * (AHEAD + SLACK + LATE)` units, which is under one second's worth. Keys of a unit or so a second get no slack, and
little lateness.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from records.pacing import Pace

AHEAD = timedelta(seconds=0.2)
SLACK = timedelta(seconds=0.4)
LATE = timedelta(seconds=0.3)
LATE_SLOW = timedelta(seconds=0.1)
SLOW = 5.0
"""A key of at most so many units a second is slow: one unit is a large part of what the vendor allows."""

BEAT = timedelta(seconds=0.1)
"""Slots still to come wait for the next beat, so that several leave together: a commit costs the same for one as for eight."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

WINDOW = timedelta(seconds=10)
"""The rate shown for a key is that of its last full window."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """Units a second (0: no rate of its own). `days`: units on the first, second, … day of use; afterwards no more limit.
    `spare`: seconds added to each gap, for keys where order matters and speed does not."""

    per_second: float = 0.0
    days: tuple[int, ...] = ()
    spare: float = 0.0

    @property
    def gap(self) -> timedelta:
        """Between two units."""
        return timedelta(seconds=1 / self.per_second + self.spare) if self.per_second > 0 else timedelta()

    @property
    def slow(self) -> bool:
        return 0 < self.per_second <= SLOW

    @property
    def late(self) -> timedelta:
        """How long after its slot a message may still leave."""
        return max(LATE_SLOW, timedelta(seconds=self.spare)) if self.slow else LATE

    @property
    def slack(self) -> timedelta:
        """How long after its time a slot is still given out."""
        return timedelta() if self.slow else SLACK


@dataclass(frozen=True)
class Toll:
    """What one message costs at one key."""

    key: str
    units: int
    limit: Limit


@dataclass(frozen=True)
class Ask:
    """A message that would leave: its tolls, and until when one of its keys is held, if any."""

    id: int
    tolls: tuple[Toll, ...]
    held_until: datetime | None = None


@dataclass(frozen=True)
class Go:
    """It has a slot at every key; `at` is the beat at or after the latest of them, `late` how much later it may still leave."""

    at: datetime
    late: timedelta


@dataclass(frozen=True)
class Later:
    """Nothing was taken; ask again then. `why` is one of held, warm_up, paced."""

    until: datetime
    why: str


Turn = Go | Later


@dataclass(frozen=True)
class Admitted:
    """What a group of asks came to: a turn by id, the keys as they stand now, and the ends of the queues."""

    turns: Mapping[int, Turn]
    paces: Mapping[str, Pace]
    tails: Mapping[str, datetime]


def admit(asks: Sequence[Ask], paces: Mapping[str, Pace], tails: Mapping[str, datetime], now: datetime) -> Admitted:
    """A turn for each, in order. `tails` says, for each key, when the last one sent away was told to come back: the next is
    told to come later still, so that a long queue is looked at once and not every second."""
    turns: dict[int, Turn] = {}
    stand, ends = dict(paces), dict(tails)
    for ask in asks:
        turn = _turn(ask, stand, now)
        if isinstance(turn, Go):
            stand |= {toll.key: _charged(stand[toll.key], toll, now) for toll in ask.tolls}
        else:
            turn = _queued(turn, ask, stand, ends, now)
        turns[ask.id] = turn
    return Admitted(turns, stand, ends)


def _turn(ask: Ask, stand: Mapping[str, Pace], now: datetime) -> Turn:
    if ask.held_until is not None and ask.held_until > now:
        return Later(ask.held_until, "held")
    if any(_day_is_full(stand[toll.key], toll, now) for toll in ask.tolls):
        return Later(datetime.combine(now.date() + DAY, time(), UTC), "warm_up")
    at = max((_slot(stand[toll.key], now) for toll in ask.tolls), default=now)
    if at - now > AHEAD:
        return Later(at, "paced")
    until = min((_last_moment(toll, stand[toll.key], at, now) for toll in ask.tolls), default=at + LATE)
    leaves = at if any(toll.limit.slow for toll in ask.tolls) else _on_beat(at, now)
    return Go(leaves, until - leaves)


def _slot(pace: Pace, now: datetime) -> datetime:
    return max(now, pace.free_at)


def _time_of(pace: Pace, limit: Limit, now: datetime) -> datetime:
    """When the key's next slot was or is to come, of those that are still given out."""
    return max(pace.free_at, now - limit.slack)


def _last_moment(toll: Toll, pace: Pace, at: datetime, now: datetime) -> datetime:
    """Until when a message that has its slots by `at` may leave, as far as this key goes."""
    return max(at, _time_of(pace, toll.limit, now) + toll.limit.slack) + toll.limit.late


def _on_beat(at: datetime, now: datetime) -> datetime:
    """`at` itself when that has come, else the first beat from then on."""
    return at + -(at - _EPOCH) % BEAT if at > now else at


def _day_is_full(pace: Pace, toll: Toll, now: datetime) -> bool:
    if not toll.limit.days:
        return False
    number = (now.date() - pace.first_day).days if pace.first_day else 0
    if not 0 <= number < len(toll.limit.days):
        return False
    used = pace.day_units if pace.day == now.date() else 0
    # A message over a whole day's worth leaves alone rather than never.
    return used > 0 and used + toll.units > toll.limit.days[number]


def _charged(pace: Pace, toll: Toll, now: datetime) -> Pace:
    today, units = now.date(), toll.units
    return _counted(
        replace(
            pace,
            free_at=_time_of(pace, toll.limit, now) + units * toll.limit.gap,
            units=pace.units + units,
            first_day=pace.first_day or today,
            day=today,
            day_units=units + (pace.day_units if pace.day == today else 0),
        ),
        units,
        now,
    )


def _counted(pace: Pace, units: int, now: datetime) -> Pace:
    passed = now - pace.window_at
    if timedelta() <= passed < WINDOW:
        return replace(pace, window_units=pace.window_units + units)
    rate = pace.window_units / passed.total_seconds() if WINDOW <= passed < 2 * WINDOW else 0.0
    return replace(pace, window_at=now, window_units=units, rate=rate)


def rate_now(pace: Pace, now: datetime) -> float:
    """Units a second over the last full window; 0 for a key that was not used since."""
    passed = now - pace.window_at
    if passed >= 2 * WINDOW:
        return 0.0
    return pace.window_units / passed.total_seconds() if passed >= WINDOW else pace.rate


def _queued(turn: Later, ask: Ask, stand: Mapping[str, Pace], ends: dict[str, datetime], now: datetime) -> Later:
    """At the end of the queue of the key that keeps it longest; for a slot a little early, since some must be there then."""
    if not ask.tolls:
        return turn
    toll = max(ask.tolls, key=lambda toll: _slot(stand[toll.key], now))
    place = max(turn.until, ends.get(toll.key, turn.until))
    ends[toll.key] = place + toll.units * toll.limit.gap
    return replace(turn, until=place - AHEAD if turn.why == "paced" else place)


def keys_of(asks: Iterable[Ask]) -> set[str]:
    return {toll.key for ask in asks for toll in ask.tolls}
