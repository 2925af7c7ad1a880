"""Where people live: the right day, never at night, on the nights the clocks change too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.calendar import due_moment
from records.hours import Hours, Window, hours_for, local_moment, next_allowed, zones_for
from records.types import MessageClass

WINDOW = Window(time(9), time(20))
EVERY_DAY = Hours((WINDOW,) * 7)
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
MOMENTS = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
MADRID = ZoneInfo("Europe/Madrid")


@settings(max_examples=400)
@given(moment=MOMENTS, name=st.sampled_from(ZONES))
def test_nothing_leaves_outside_the_window_in_any_zone(moment: datetime, name: str) -> None:
    allowed = next_allowed(moment, zones_for(name, "", "UTC"), EVERY_DAY)
    assert time(9) <= allowed.astimezone(ZoneInfo(name)).time() < time(20)
    assert moment <= allowed <= moment + timedelta(days=1, hours=2)
    assert next_allowed(allowed, zones_for(name, "", "UTC"), EVERY_DAY) == allowed


@settings(max_examples=200)
@given(moment=MOMENTS, country=st.sampled_from(["ES", "MX", "US", "PT", "AR", "CL", "BR", "AU"]))
def test_who_has_no_known_zone_is_written_to_when_it_suits_their_whole_country(moment: datetime, country: str) -> None:
    zones = zones_for("", country, "Europe/Madrid")
    allowed = next_allowed(moment, zones, EVERY_DAY)
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


@settings(max_examples=400)
@given(
    moment=MOMENTS,
    country=st.sampled_from(["ES", "MX", "CO", "AR", "CL", "PE", "US", "GB", "DE", "ZZ"]),
    message_class=st.sampled_from(MessageClass),
)
def test_the_hours_of_a_country_and_a_class_are_kept(
    moment: datetime, country: str, message_class: MessageClass
) -> None:
    zones, hours = zones_for("", country, "Europe/Madrid"), hours_for(WINDOW, country, message_class)
    allowed = next_allowed(moment, zones[:1], hours)
    local = allowed.astimezone(zones[0])
    assert moment <= allowed <= moment + timedelta(days=16)
    assert time(9) <= local.time() < time(20)
    if country == "CO" and message_class in (MessageClass.MARKETING, MessageClass.SURVEY):
        assert local.weekday() < 6
        assert local.time() < (time(15) if local.weekday() == 5 else time(19))


def test_public_holidays_are_closed_but_not_for_what_must_be_said() -> None:
    epiphany = datetime(2027, 1, 6, 10, tzinfo=UTC)
    service = hours_for(WINDOW, "ES", MessageClass.SERVICE)
    assert next_allowed(epiphany, (MADRID,), service) == datetime(2027, 1, 7, 8, tzinfo=UTC)
    notice = hours_for(WINDOW, "ES", MessageClass.CONTRACT_NOTICE)
    assert next_allowed(epiphany, (MADRID,), notice) == epiphany
    open_then = hours_for(Window(time(9), time(20), holidays=True), "ES", MessageClass.SERVICE)
    assert next_allowed(epiphany, (MADRID,), open_then) == epiphany


def test_a_year_in_every_zone_keeps_every_message_inside_the_window() -> None:
    """Every zone there is, at moments 47 hours and 13 minutes apart for a year, so that every hour and weekday comes up."""
    step, year = timedelta(hours=47, minutes=13), datetime(2027, 1, 1, tzinfo=UTC)
    hours = hours_for(WINDOW, "", MessageClass.SERVICE)
    for name in ZONES:
        zones, zone = zones_for(name, "", "UTC"), ZoneInfo(name)
        for number in range(186):
            local = next_allowed(year + step * number, zones, hours).astimezone(zone)
            assert time(9) <= local.time() < time(20), (name, local)
