"""The pacer's promise: never more than the rate plus one second's burst, and a vendor's "wait" holds one channel only."""

from hypothesis import given
from hypothesis import strategies as st

from channels.pacer import Pacer
from records.types import ChannelName


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@given(rate=st.floats(0.5, 200), gaps=st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_second_sees_more_than_the_rate_and_one_burst(rate: float, gaps: list[float]) -> None:
    watch = Stopwatch()
    pacer = Pacer({ChannelName.SMS: rate}, watch)
    sent = []
    for gap in gaps:
        watch.seconds += gap + pacer.reserve(ChannelName.SMS)
        sent.append(watch.seconds)
    for start in sent:
        within = sum(start <= at < start + 1 for at in sent)
        assert within <= 2 * rate + 2


def test_a_vendors_wait_holds_that_channel_only() -> None:
    watch = Stopwatch()
    pacer = Pacer({ChannelName.SMS: 1.0, ChannelName.TELEGRAM: 1.0}, watch)
    pacer.hold(ChannelName.TELEGRAM, 30)
    assert pacer.reserve(ChannelName.TELEGRAM) == 30
    assert pacer.reserve(ChannelName.SMS) == 0


def test_a_channel_without_a_rate_is_not_held_back() -> None:
    pacer = Pacer({}, Stopwatch())
    assert [pacer.reserve(ChannelName.WEB) for _ in range(100)] == [0.0] * 100
