"""What time can be promised, and when a silent claim has lasted too long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hours import BadHours, after_working_time, is_open, overdue, parse_hours, promise
from records.types import Case, CaseState, Language, Reason

HOURS = parse_hours("Mon-Fri 09:00-18:00", "Europe/Madrid")
YEAR = datetime(2027, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 330 * 24 * 60).map(lambda minutes: YEAR + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("now", "promised"),
    [
        ("2027-01-18T10:00", "2027-01-18T11:00"),  # Monday, inside
        ("2027-01-18T06:00", "2027-01-18T09:00"),  # before opening
        ("2027-01-18T16:30", "2027-01-19T08:30"),  # half an hour left
        ("2027-01-22T20:00", "2027-01-25T09:00"),  # Friday night
        ("2027-03-26T16:30", "2027-03-29T07:30"),  # over the night the clocks change
    ],
)
def test_a_promise_counts_only_opening_time(now: str, promised: str) -> None:
    at, until = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, promised))
    assert promise(at, HOURS, 60) == until


@given(MOMENTS, st.integers(1, 600))
def test_a_promise_is_later_and_falls_in_opening_time(now: datetime, minutes: int) -> None:
    promised = promise(now, HOURS, minutes)
    assert promised >= now + timedelta(minutes=minutes)
    assert is_open(promised - timedelta(seconds=1), HOURS)


@given(MOMENTS, MOMENTS, st.integers(1, 600))
def test_who_asks_earlier_is_never_promised_later(one: datetime, other: datetime, minutes: int) -> None:
    first, second = sorted((one, other))
    assert promise(first, HOURS, minutes) <= promise(second, HOURS, minutes)


def test_several_shifts_and_a_week_that_wraps() -> None:
    hours = parse_hours("Mon-Fri 09:00-13:00, Mon-Fri 15:00-18:00, Sat-Sun 10:00-12:00", "UTC")
    friday = datetime(2027, 1, 22, 12, 30, tzinfo=UTC)
    assert after_working_time(friday, hours, timedelta(hours=1)) == datetime(2027, 1, 22, 15, 30, tzinfo=UTC)
    assert is_open(datetime(2027, 1, 23, 11, 0, tzinfo=UTC), hours)


@pytest.mark.parametrize(
    "text", ["", "always", "Mon-Fri", "Mon-Fri 18:00-09:00", "Mon 25:00-26:00", "Mon 9:00-12:00, Mon 11:00-13:00"]
)
def test_hours_that_cannot_be_kept_are_refused(text: str) -> None:
    with pytest.raises(BadHours, match=r"desk\.hours"):
        parse_hours(text, "UTC")


def claimed(at: datetime, spoke: datetime | None) -> Case:
    return Case(
        "c",
        "R-2222",
        "con",
        None,
        Reason.PERSON,
        CaseState.CLAIMED,
        Language.ES,
        "",
        at,
        at,
        "marta",
        at,
        spoke,
        None,
        "",
    )


@pytest.mark.parametrize(("spoke_after", "late"), [(None, True), (3, False)])
def test_a_claim_is_overdue_after_four_working_hours_without_a_word(spoke_after: int | None, late: bool) -> None:
    start = datetime(2027, 1, 18, 8, 0, tzinfo=UTC)
    spoke = start + timedelta(hours=spoke_after) if spoke_after else None
    assert overdue(claimed(start, spoke), start + timedelta(hours=4), HOURS) is late
    assert not overdue(claimed(start, spoke), start + timedelta(hours=3, minutes=59), HOURS)
