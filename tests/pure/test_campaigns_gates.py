"""The judge of a wave: every signal at its limit, and the promises about time and repeated looks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import chances
from campaigns.deadline import countdown
from campaigns.gates import (
    Ask,
    Continue,
    Hold,
    Level,
    Signal,
    Verdict,
    Wait,
    Watch,
    judge,
    levels_of,
    say,
    warnings,
)
from campaigns.plan import USUAL_WAVES, Limits, plan_from_data
from records.hours import Window
from records.types import Language
from records.wave import WaveNumbers

NOW = datetime(2027, 1, 18, 10, tzinfo=UTC)
LIMITS = Limits()
WELL = WaveNumbers(attempts=1_000, recent_attempts=1_000)
OLD = Watch(NOW - timedelta(days=3), NOW - timedelta(days=2))
USUAL = {"usual_handovers": 5.0, "usual_thumbs_down": 5.0, "usual_ratings": 100, "usual_rating_sum": 450}


def _numbers(**changes: Any) -> WaveNumbers:
    return replace(WELL, **changes)


@pytest.mark.parametrize(
    ("numbers", "signal", "level"),
    [
        (_numbers(hard_failures=20), Signal.HARD_FAILURES, Level.FINE),
        (_numbers(hard_failures=21), Signal.HARD_FAILURES, Level.WARN),
        (_numbers(hard_failures=50), Signal.HARD_FAILURES, Level.WARN),
        (_numbers(hard_failures=51), Signal.HARD_FAILURES, Level.HARM),
        (WaveNumbers(attempts=199, hard_failures=50), Signal.HARD_FAILURES, Level.THIN),
        (_numbers(attempts=10_000, complaints=8), Signal.COMPLAINTS, Level.FINE),
        (_numbers(attempts=10_000, complaints=9), Signal.COMPLAINTS, Level.WARN),
        (_numbers(attempts=10_000, complaints=11), Signal.COMPLAINTS, Level.HARM),
        (_numbers(opt_outs=10), Signal.OPT_OUTS, Level.FINE),
        (_numbers(opt_outs=11), Signal.OPT_OUTS, Level.HARM),
        (_numbers(provider_failures=50), Signal.PROVIDER_FAILURES, Level.FINE),
        (_numbers(provider_failures=51), Signal.PROVIDER_FAILURES, Level.HARM),
        (_numbers(recent_attempts=20, provider_failures=20), Signal.PROVIDER_FAILURES, Level.FINE),
        (_numbers(handovers=15, **USUAL), Signal.HANDOVERS, Level.WARN),
        (_numbers(handovers=16, **USUAL), Signal.HANDOVERS, Level.HARM),
        (_numbers(handovers=6), Signal.HANDOVERS, Level.FINE),
        (_numbers(thumbs_down=16, **USUAL), Signal.THUMBS_DOWN, Level.HARM),
        (_numbers(ratings=30, rating_sum=120, **USUAL), Signal.RATINGS, Level.FINE),
        (_numbers(ratings=30, rating_sum=119, **USUAL), Signal.RATINGS, Level.HARM),
        (_numbers(ratings=29, rating_sum=29, **USUAL), Signal.RATINGS, Level.FINE),
        (_numbers(outcomes=500, first_charges=500, first_charges_failed=15), Signal.FIRST_CHARGES, Level.FINE),
        (_numbers(outcomes=500, first_charges=500, first_charges_failed=40), Signal.FIRST_CHARGES, Level.HARM),
        (_numbers(cancellations=30, person_days=30_000.0), Signal.CANCELLATIONS, Level.FINE),
        (_numbers(cancellations=60, person_days=30_000.0), Signal.CANCELLATIONS, Level.HARM),
    ],
)
def test_each_signal_at_its_limit(numbers: WaveNumbers, signal: Signal, level: Level) -> None:
    assert levels_of(numbers, LIMITS)[signal] is level
    held = judge(numbers, LIMITS, OLD, NOW) == Hold(signal.value)
    assert held is (level is Level.HARM)
    assert (signal in warnings(numbers, LIMITS)) is (level in (Level.WARN, Level.HARM))


@pytest.mark.parametrize(
    ("numbers", "watch", "verdict"),
    [
        (WELL, OLD, Continue("healthy")),
        (_numbers(hard_failures=21), OLD, Continue("warned")),
        (WELL, Watch(NOW - timedelta(hours=23), NOW), Wait("soaking")),  # answers ripen in a day
        (WELL, Watch(NOW - timedelta(days=1), NOW + timedelta(hours=1)), Wait("soaking")),
        (WaveNumbers(attempts=20, waiting=500), OLD, Wait("too_few")),
        (WaveNumbers(attempts=20), OLD, Ask("thin")),
        (WaveNumbers(), OLD, Ask("thin")),
        (WaveNumbers(attempts=20), replace(OLD, waved_on=True), Continue("waved_on")),
        (WELL, Watch(NOW, NOW, waved_on=True), Continue("waved_on")),
        (WELL, replace(OLD, passed=True), Continue("passed")),
        (_numbers(hard_failures=51), replace(OLD, waved_on=True), Hold("hard_failures")),
        (_numbers(hard_failures=51), replace(OLD, passed=True), Hold("hard_failures")),
        (WaveNumbers(attempts=3, hard_failures=3), OLD, Hold("most_failed")),
        (WaveNumbers(attempts=3, provider_failures=2), OLD, Hold("most_failed")),
        (WaveNumbers(attempts=1, hard_failures=1), OLD, Ask("thin")),
        (_numbers(opt_outs=500), replace(OLD, mandatory=True), Continue("warned")),
        (_numbers(complaints=500), replace(OLD, mandatory=True), Continue("warned")),
        (_numbers(hard_failures=51), replace(OLD, mandatory=True), Hold("hard_failures")),
        (_numbers(provider_failures=51), replace(OLD, mandatory=True), Hold("provider_failures")),
    ],
)
def test_the_gate(numbers: WaveNumbers, watch: Watch, verdict: Verdict) -> None:
    found = judge(numbers, LIMITS, watch, NOW)
    assert found == verdict
    for language in Language:
        assert "{" not in say(found, numbers, LIMITS, language)


@given(
    st.builds(
        WaveNumbers,
        waiting=st.integers(0, 10),
        attempts=st.integers(0, 2_000),
        hard_failures=st.integers(0, 100),
        complaints=st.integers(0, 5),
        opt_outs=st.integers(0, 30),
    ),
    st.integers(0, 72),
)
def test_a_wave_that_cannot_be_judged_never_passes_by_itself(numbers: WaveNumbers, hours: int) -> None:
    opened = NOW - timedelta(hours=hours)
    found = judge(numbers, LIMITS, Watch(opened, opened), NOW)
    if numbers.attempts < LIMITS.minimum_sends or hours < 24:
        assert not isinstance(found, Continue)


def test_a_small_wave_shows_the_interval() -> None:
    said = say(Ask("thin"), WaveNumbers(attempts=50), LIMITS, Language.EN)
    assert "200 messages are needed to judge, and only 50 could be sent" in said
    assert "between 0.0% and 7.1%" in said
    assert "entre el 0,0 % y el 7,1 %" in say(Ask("thin"), WaveNumbers(attempts=50), LIMITS, Language.ES)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # the figures of the closed formula, to one decimal of a percent
    [(0, 50, 0.0, 7.1), (3, 50, 2.1, 16.2), (12, 200, 3.5, 10.2), (30, 1000, 2.1, 4.3), (45, 1000, 3.4, 6.0)],
)
def test_intervals_are_those_of_wilson(count: int, of: int, low: float, high: float) -> None:
    found = chances.wilson(count, of)
    assert (round(found[0] * 100, 1), round(found[1] * 100, 1)) == (low, high)


def _alarmed(share: float, runs: int, people_a_day: int) -> float:
    """In which share of runs harm is believed at some look of a year of daily ones."""
    failed = np.random.default_rng(7).binomial(people_a_day, share, (runs, 365)).cumsum(axis=1)
    charges = np.arange(1, 366) * people_a_day

    def believed(run: int, day: int) -> bool:
        numbers = _numbers(outcomes=1, first_charges=int(charges[day]), first_charges_failed=int(failed[run, day]))
        return levels_of(numbers, LIMITS)[Signal.FIRST_CHARGES] is Level.HARM

    return sum(any(believed(run, day) for day in range(365)) for run in range(runs)) / runs


def test_a_year_of_daily_looks_raises_few_false_alarms_and_catches_harm() -> None:
    assert _alarmed(0.03, 200, 20) < 0.05
    assert _alarmed(0.05, 200, 20) > 0.90


def test_waves_by_default_are_staff_then_one_ten_thirty_and_all() -> None:
    upto = [sum(wave.share for wave in USUAL_WAVES[: number + 1]) for number in range(len(USUAL_WAVES))]
    assert [wave.staff for wave in USUAL_WAVES] == [True, False, False, False, False]
    assert upto == [0, 1, 10, 30, 100]
    plan = plan_from_data(
        {
            "campaign": "x",
            "class": "service",
            "effective_date": date(2027, 3, 1),
            "audience": {"all": True},
            "stages": [{"name": "a", "anchor": "wave", "offset": "0d", "channels": ["email"], "template": "a"}],
            "opens": "-30d",
        }
    )
    assert plan.waves == USUAL_WAVES
    assert plan.wave_of("F-1", staff=True) == 0
    assert all(plan.wave_of(f"F-{number}") > 0 for number in range(500))


ZONE = ZoneInfo("Europe/Madrid")
WINDOW = Window(time(9), time(20))


@pytest.mark.parametrize(
    ("people", "resume_by"),
    [
        (0, datetime(2027, 1, 29, 19, tzinfo=UTC)),  # the window closes at 20:00 in Madrid
        (3_600, datetime(2027, 1, 29, 18, tzinfo=UTC)),
        (11 * 3_600, datetime(2027, 1, 29, 8, tzinfo=UTC)),
        (12 * 3_600, datetime(2027, 1, 28, 18, tzinfo=UTC)),
    ],
)
def test_a_held_notice_counts_down_inside_the_window(people: int, resume_by: datetime) -> None:
    found = countdown(people, datetime(2027, 1, 29, 23, tzinfo=UTC), 1.0, WINDOW, ZONE)
    assert found.resume_by == resume_by
    assert not found.too_late(resume_by)
    assert found.too_late(resume_by + timedelta(seconds=1))
