"""Shares as bars, each with the whisker of its interval, and who stays as a line. Pure numbers; the template draws them.

Narrow enough for a hand: a name stands above its bar, never beside it.
"""

from dataclasses import dataclass

from campaigns.outcome_report import CampaignWent
from campaigns.outcomes import Compared, Share

WIDTH, ROW, FOOT = 320, 40, 20
_BAR_AT, _BAR = 18, 14
_PLOT = WIDTH - 16
"""Room is left at the right for the label of the last tick."""
_DOWN = 100


@dataclass(frozen=True)
class Bar:
    """One share: where it and its whisker stand. `waiting`: of those whose wave had not opened, under the wave beside which."""

    wave: str
    waiting: bool
    share: Share
    y: int
    width: float
    low: float
    high: float


@dataclass(frozen=True)
class Bars:
    """Everything the drawing needs; `ticks` are (x, percent)."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]


def draw(found: CampaignWent) -> Bars:
    """Who left, wave by wave, and beside each wave that is compared those who waited: over the same days both of them."""
    shares = [one for one in _shares(found) if one[2].share is not None]
    step = _step(max((share.high for _, _, share in shares), default=0.0))
    most = step * 4 / 100
    bars = tuple(_bar(wave, waiting, share, place, most) for place, (wave, waiting, share) in enumerate(shares))
    ticks = tuple((_x(step * number / 100, most), step * number) for number in range(5))
    return Bars(WIDTH, ROW * len(bars) + FOOT, bars, ticks)


@dataclass(frozen=True)
class Curve:
    """Who stays, as a line that goes down in steps: `path` to draw it, `days` and `shares` are (place, number) along its sides;
    `last`: the share on the last day, in percent."""

    width: int
    height: int
    path: str
    days: tuple[tuple[float, int], ...]
    shares: tuple[tuple[float, int], ...]
    last: float


def curve(found: CampaignWent) -> Curve | None:
    """The line of those who stay, from all of them downwards; None before a day has passed."""
    last = found.staying[-1] if found.staying else None
    if last is None or last.day == 0:
        return None
    step = _step(1 - last.share)
    across, down = (WIDTH - 60) / last.day, _DOWN / (step * 4)

    def y(share: float) -> float:
        return round(10 + down * 100 * (1 - share), 1)

    path = f"M44 {y(1)}" + "".join(f"H{round(44 + across * one.day, 1)}V{y(one.share)}" for one in found.staying)
    days = tuple((round(44 + across * day, 1), day) for day in sorted({last.day * part // 4 for part in range(5)}))
    shares = tuple((round(10 + down * step * number, 1), 100 - step * number) for number in range(5))
    return Curve(WIDTH, _DOWN + 36, path, days, shares, 100 * last.share)


def _shares(found: CampaignWent) -> list[tuple[str, bool, Share]]:
    listed: list[tuple[str, bool, Share]] = []
    for wave in found.waves:
        if isinstance(wave.compared, Compared):
            listed += [(wave.name, False, wave.compared.here), (wave.name, True, wave.compared.waiting)]
        else:
            listed.append((wave.name, False, wave.went.cancelled))
    return listed


def _step(highest: float) -> int:
    """The percent between two ticks, the smallest with which four of them reach the highest end."""
    return next((step for step in (1, 2, 5, 10) if step * 4 >= 100 * highest), 25)


def _bar(wave: str, waiting: bool, share: Share, place: int, most: float) -> Bar:
    low, high = _x(share.low, most), _x(share.high, most)
    return Bar(wave, waiting, share, place * ROW + _BAR_AT, _x(share.share or 0.0, most), low, high)


def _x(share: float, most: float) -> float:
    return round(_PLOT * min(share, most) / most, 1)
