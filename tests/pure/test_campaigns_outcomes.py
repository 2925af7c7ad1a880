"""Did the move go well: each person once, every share of something, and no harm cried or denied without people to say it of."""

from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.chances import newcombe, wilson
from campaigns.outcomes import (
    SETTLED_AFTER,
    Compared,
    Counts,
    NotCompared,
    Share,
    Verdict,
    Why,
    became,
    compare,
    settled,
    staying,
    verdict_of_all,
    verdict_on,
    waited_behind,
    went,
    windows,
)
from records.became import FirstQuestion, History, Lost, Waiting, Window

OPENED = date(2027, 3, 1)
WEEK = Window(OPENED, date(2027, 3, 7), 6)
SOAK = timedelta(days=5)
NOTHING = History(0, None, None, None, None, False, 1)


def _day(number: int) -> date:
    return OPENED + timedelta(days=number)


days = st.none() | st.integers(0, 20).map(_day)


@st.composite
def groups(draw: st.DrawFn) -> History:
    charged, failed = draw(days), draw(days)
    left = draw(days)
    before = left is None and draw(st.booleans())
    charged = min(filter(None, (charged, failed)), default=None)
    return History(draw(st.integers(0, 3)), draw(days), charged, failed, left, before, draw(st.integers(1, 9)))


def _all(histories: Sequence[History], extra: int = 0) -> Counts:
    return sum(became(histories).values(), Counts(people=sum(one.people for one in histories) + extra))


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((45, 1000, 30, 1000), -0.2, 3.2), ((90, 2000, 60, 2000), 0.3, 2.7), ((0, 50, 0, 50), -7.1, 7.1)],
)
def test_a_difference_has_the_interval_of_newcombe(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    found = [100 * end for end in newcombe(*counts)]
    assert found == [pytest.approx(low, abs=0.06), pytest.approx(high, abs=0.06)]


@given(*[st.integers(0, 300)] * 4)
def test_an_interval_holds_its_difference_and_turns_with_it(one: int, more: int, two: int, other: int) -> None:
    of, of_other = one + more, two + other
    low, high = newcombe(one, of, two, of_other)
    assert -1 <= low <= high <= 1
    if of and of_other:
        assert low - 1e-9 <= one / of - two / of_other <= high + 1e-9
    assert list(newcombe(two, of_other, one, of)) == [pytest.approx(-high), pytest.approx(-low)]


@given(st.lists(groups(), max_size=12), st.integers(0, 100), st.randoms())
def test_waves_add_up_to_all_whatever_the_order_and_the_grouping(
    histories: list[History], untouched: int, chance: object
) -> None:
    by_wave, together = became(histories), _all(histories, untouched)
    each = [replace(one, people=1) for one in histories for _ in range(one.people)]
    chance.shuffle(each)  # type: ignore[attr-defined]  # hypothesis's Random
    assert became(each) == by_wave
    assert sum(by_wave.values(), Counts(people=together.people)) == together
    shown = went(together, ())
    for share in (shown.moved, shown.first_charges_failed, shown.cancelled, shown.settled, shown.helped):
        assert 0 <= share.count <= share.of
        assert 0 <= share.low <= (share.share if share.share is not None else share.low) <= share.high <= 1


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=20))
def test_who_was_settled_is_told_by_the_first_case_within_72_hours(asked: list[tuple[int, int | None]]) -> None:
    start, now = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 9, tzinfo=UTC)
    first = [
        FirstQuestion(0, start + timedelta(days=at), None if wait is None else start + timedelta(days=at + wait))
        for at, wait in asked
    ]
    counts = settled(first, now).get(0, Counts())
    ripe = [wait for at, wait in asked if start + timedelta(days=at) + SETTLED_AFTER <= now]
    assert (counts.asked, counts.settled) == (len(ripe), sum(wait is None or wait > 3 for wait in ripe))


def test_a_small_table_by_hand() -> None:
    """Ten people: two had left, six moved (one who had left), four were charged, one of them in vain, one left."""
    histories = [
        replace(NOTHING, moved=_day(1), charged=_day(3), people=3),
        replace(NOTHING, moved=_day(1), charged=_day(3), charge_failed=_day(4), cancelled=_day(5)),
        replace(NOTHING, moved=_day(2)),
        replace(NOTHING, moved=_day(-9), left_before=True),
        replace(NOTHING, left_before=True),
    ]
    said = Counts(people=10, told=8, questions=2, thumbs_up=3, thumbs_down=1, ratings=2, rating_sum=9)
    shown = went(became(histories)[0] + said, [Lost("anual", "EUR", 1, 8900), Lost("anual", "EUR", 2, 17800)])
    assert (shown.people, shown.left_before, shown.told) == (10, 2, 8)
    assert shown.moved == Share(5, 8, 0.625, *wilson(5, 8))
    assert shown.first_charges_failed == Share(1, 4, 0.25, *wilson(1, 4))
    assert shown.cancelled == Share(1, 8, 0.125, *wilson(1, 8))
    assert shown.lost == (Lost("anual", "EUR", 3, 26700),)
    assert (shown.questions_per_100, shown.mean_rating, shown.helped.share) == (25.0, 4.5, 0.75)
    nothing = went(Counts(), ())
    assert (nothing.questions_per_100, nothing.mean_rating, nothing.moved.share) == (None, None, None)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.none() | st.integers(0, 12)), max_size=40),
    st.lists(st.integers(0, 12), min_size=3, max_size=3),
)
def test_who_stays_is_what_the_product_limit_says_person_by_person(
    people: list[tuple[int, int | None]], followed: list[int]
) -> None:
    """Wave by wave followed for its own number of days; who leaves later than that has not left yet."""
    known = _day(12)
    seen = [(wave, left if left is not None and left <= followed[wave] else None) for wave, left in people]
    opened = {wave: known - timedelta(days=days) for wave, days in enumerate(followed)}
    histories = [
        replace(NOTHING, wave=wave, cancelled=opened[wave] + timedelta(days=left))
        for wave, left in people
        if left is not None
    ]
    counts = {wave: Counts(people=sum(one == wave for one, _ in seen)) for wave in opened}
    found = staying(opened, known, counts, histories)
    share, by_hand = 1.0, [(0, 1.0)]
    for day in sorted({left for _, left in seen if left is not None}):
        there = [left for wave, left in seen if (followed[wave] if left is None else left) >= day]
        share *= 1 - sum(left == day for left in there) / len(there)
        by_hand.append((day, share))
    by_hand.append((max(followed), share))
    assert [step.day for step in found] == [day for day, _ in by_hand]
    assert [step.share for step in found] == pytest.approx([share for _, share in by_hand])
    assert all(one.share >= two.share >= 0 for one, two in pairwise(found))
    assert staying({}, known, {}, []) == staying(opened, _day(-9), counts, histories) == ()


# ---------------------------------------------------------------- beside those who waited


def _leaving(left: int, of: int) -> list[History]:
    return [replace(NOTHING, cancelled=_day(2), people=left), replace(NOTHING, moved=_day(1), people=of - left)]


@pytest.mark.parametrize(
    ("left", "waited", "verdict"),
    [((90, 2000), (60, 2000), Verdict.HARM), ((45, 1000), (30, 1000), Verdict.NO_HARM)],
)
def test_harm_is_said_only_of_an_interval_above_nought(
    left: tuple[int, int], waited: tuple[int, int], verdict: Verdict
) -> None:
    found = compare(WEEK, SOAK, left[1], _leaving(*left), Waiting(waited[1], waited[0]))
    assert isinstance(found, Compared)
    assert verdict_on(found) is verdict
    assert found.low < found.difference < found.high
    assert (found.here.count, found.here.of) == left


@pytest.mark.parametrize(
    ("people", "waiting", "soak", "why"),
    [
        (29, 500, SOAK, Why.TOO_FEW),
        (500, 29, SOAK, Why.TOO_FEW),
        (500, 500, timedelta(days=7), Why.TOO_YOUNG),
    ],
)
def test_too_few_or_too_soon_is_no_verdict(people: int, waiting: int, soak: timedelta, why: Why) -> None:
    found = compare(WEEK, soak, people, _leaving(20, people), Waiting(waiting, 0))
    assert found == NotCompared(why)
    assert verdict_on(found) is Verdict.TOO_EARLY


def test_both_sides_are_without_whoever_had_moved_or_left_and_without_later_days() -> None:
    histories = [
        replace(NOTHING, cancelled=_day(6), people=4),
        replace(NOTHING, cancelled=_day(7), people=5),  # a day too late
        replace(NOTHING, moved=_day(-1), cancelled=_day(3), people=6),
        replace(NOTHING, left_before=True, people=7),
    ]
    found = compare(WEEK, SOAK, 100, histories, Waiting(50, 1))
    assert isinstance(found, Compared)
    assert astuple(found.here)[:2] == (4, 100 - 6 - 7)
    assert found.difference == pytest.approx(4 / 87 - 1 / 50)


def test_a_wave_is_compared_until_today_or_until_the_last_one_opened() -> None:
    opened, known = {0: _day(0), 1: _day(7)}, _day(20)
    assert windows(opened, 3, known) == {0: Window(_day(0), known, 20), 1: Window(_day(7), known, 13)}
    assert waited_behind(opened, 3) == 1
    assert windows(opened, 2, known) == {0: Window(_day(0), _day(6), 7)}
    assert waited_behind(opened, 2) == 0
    assert windows(opened, 2, _day(3)) == {0: Window(_day(0), _day(3), 4)}  # nothing is known of later days
    assert windows(opened, 3, _day(-1)) == windows({0: _day(0)}, 1, known) == windows({}, 2, known) == {}
    assert waited_behind({0: _day(0)}, 1) == -1


def test_one_harmed_wave_is_harm_and_none_compared_is_too_early() -> None:
    assert verdict_of_all([Verdict.NO_HARM, Verdict.HARM, Verdict.TOO_EARLY]) is Verdict.HARM
    assert verdict_of_all([Verdict.TOO_EARLY, Verdict.NO_HARM]) is Verdict.NO_HARM
    assert verdict_of_all([]) is verdict_of_all([Verdict.TOO_EARLY]) is Verdict.TOO_EARLY
