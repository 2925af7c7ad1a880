"""Where people live: the right day, never at night, on the nights the clocks change too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.calendar import due_moment
from records.hours import Window, local_moment, next_allowed, zones_for

WINDOW = Window(time(9), time(20))
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
MOMENTS = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
MADRID = ZoneInfo("Europe/Madrid")


@settings(max_examples=400, deadline=None)
@given(moment=MOMENTS, name=st.sampled_from(ZONES))
def test_nothing_leaves_outside_the_window_in_any_zone(moment: datetime, name: str) -> None:
    allowed = next_allowed(moment, zones_for(name, "", "UTC"), WINDOW)
    assert time(9) <= allowed.astimezone(ZoneInfo(name)).time() < time(20)
    assert moment <= allowed <= moment + timedelta(days=1, hours=2)
    assert next_allowed(allowed, zones_for(name, "", "UTC"), WINDOW) == allowed


@settings(max_examples=200, deadline=None)
@given(moment=MOMENTS, country=st.sampled_from(["ES", "MX", "US", "PT", "AR", "CL", "BR", "AU"]))
def test_who_has_no_known_zone_is_written_to_when_it_suits_their_whole_country(moment: datetime, country: str) -> None:
    zones = zones_for("", country, "Europe/Madrid")
    allowed = next_allowed(moment, zones, WINDOW)
    assert len(zones) > 1
    assert all(time(9) <= allowed.astimezone(zone).time() < time(20) for zone in zones)


def test_a_time_that_does_not_exist_becomes_the_next_and_a_double_one_the_first() -> None:
    assert local_moment(date(2027, 3, 28), time(2, 30), MADRID) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert local_moment(date(2027, 10, 31), time(2, 30), MADRID) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_ten_in_the_morning_stays_ten_in_the_morning_when_clocks_change() -> None:
    for day in (date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 31)):
        assert due_moment(day, time(10), (MADRID,)).astimezone(MADRID).time() == time(10)


def test_a_country_nobody_knows_falls_back_to_the_company() -> None:
    assert zones_for("Mars/Olympus", "ZZ", "Europe/Madrid") == (MADRID,)
