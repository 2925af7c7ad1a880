"""Caps on how often a person hears from us: never one too many, never a wait without need."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.caps import DAY, IN_HAND, WEEK, Caps
from records.ledger import Heard

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
CAPS = Caps(per_day=1, per_week=3)
_minutes = st.integers(1, 7 * 24 * 60)


def _before(*ago: timedelta) -> Heard:
    return Heard(tuple(sorted(NOW - one for one in ago)))


def test_one_a_day_waits_for_the_day_to_pass() -> None:
    assert CAPS.free_at(Heard(), NOW) == NOW
    assert CAPS.free_at(_before(timedelta(hours=5)), NOW) == NOW + timedelta(hours=19)
    assert CAPS.free_at(_before(DAY), NOW) == NOW


def test_three_a_week_wait_for_the_oldest() -> None:
    three = _before(timedelta(days=6), timedelta(days=4), timedelta(days=2))
    assert CAPS.free_at(three, NOW) == NOW + timedelta(days=1)


def test_what_is_in_hand_counts_and_is_looked_at_again_soon() -> None:
    assert CAPS.free_at(Heard(in_hand=1), NOW) == NOW + IN_HAND


@given(st.lists(_minutes, max_size=12), st.integers(0, 4), st.integers(0, 6))
def test_a_message_that_leaves_when_it_is_free_never_exceeds_a_cap(ago: list[int], a_day: int, a_week: int) -> None:
    heard = _before(*(timedelta(minutes=one) for one in ago))
    caps = Caps(a_day, a_week)
    free = caps.free_at(heard, NOW)
    for most, span in ((a_day, DAY), (a_week, WEEK)):
        assert not most or sum(moment > free - span for moment in heard.moments) < most
    earlier = free - timedelta(seconds=1)
    if free > NOW:
        assert any(
            most and sum(moment > earlier - span for moment in heard.moments) >= most
            for most, span in ((a_day, DAY), (a_week, WEEK))
        )
