"""What a message costs and which pots it is paid from."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from channels.prices import Ceilings, Prices, refills_at, scopes_of, thousandths
from records.content import TextMessage
from records.types import ChannelName

DAY = date(2027, 3, 1)
ZONE = ZoneInfo("Europe/Madrid")
PRICES = Prices({"ES": 6_200}, 12_000, {ChannelName.EMAIL: 9})


def test_an_sms_costs_its_segments_where_it_goes() -> None:
    short, long = TextMessage("Hola", "es"), TextMessage("a" * 161, "es")
    assert PRICES.of(ChannelName.SMS, "ES", short) == 6_200
    assert PRICES.of(ChannelName.SMS, "ES", long) == 12_400
    assert PRICES.of(ChannelName.SMS, "FR", short) == 12_000
    assert PRICES.of(ChannelName.EMAIL, "ES", None) == 9
    assert PRICES.of(ChannelName.TELEGRAM, "ES", None) == 0


def test_parts_of_a_cent_are_rounded_up_never_down() -> None:
    assert thousandths(0.0085) == 9
    assert thousandths(6.2) == 6_200
    assert thousandths(0.1 + 0.2) == 300


def test_only_pots_with_a_ceiling_are_asked() -> None:
    some = Ceilings(day=100, countries={"ES": 50})
    assert [one.name for one in scopes_of(some, "cam_1", ChannelName.SMS, "ES", DAY)] == [
        "day:2027-03-01",
        "country:ES:2027-03-01",
    ]
    assert not scopes_of(Ceilings(), "cam_1", ChannelName.SMS, "ES", DAY)


def test_a_day_is_over_at_midnight_where_the_desk_is() -> None:
    now = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    day, ever = scopes_of(Ceilings(day=1, campaign=1), "cam_1", ChannelName.SMS, "ES", DAY)
    assert refills_at(day, ZONE, now) == refills_at(ever, ZONE, now) == now + timedelta(hours=1)
    late = datetime(2027, 3, 1, 22, 30, tzinfo=UTC)
    assert refills_at(day, ZONE, late) == datetime(2027, 3, 1, 23, 0, tzinfo=UTC)
    assert refills_at(ever, ZONE, late) == late + timedelta(hours=1)
