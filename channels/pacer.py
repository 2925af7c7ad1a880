"""How fast a channel may be used. A token bucket per channel; the vendor's own "wait" holds that channel only."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from records.clock import Clock
from records.types import ChannelName


class Pacer:
    """At most `rates[channel]` sends a second, after a burst of one second's worth. Waiting ends early when `stop` is set."""

    def __init__(self, rates: Mapping[ChannelName, float], clock: Clock) -> None:
        self._rates = rates
        self._clock = clock
        self._free_at: dict[ChannelName, datetime] = {}
        self._lock = threading.Lock()

    def wait(self, channel: ChannelName, stop: threading.Event) -> bool:
        """Wait for this channel's turn. False when stopped meanwhile: then nothing may be sent."""
        return not stop.wait(self._reserve(channel)) and not stop.is_set()

    def hold(self, channel: ChannelName, seconds: float) -> None:
        """The vendor asked for quiet on this channel."""
        with self._lock:
            until = self._clock.now() + timedelta(seconds=seconds)
            self._free_at[channel] = max(until, self._free_at.get(channel, until))

    def _reserve(self, channel: ChannelName) -> float:
        rate = self._rates.get(channel, 0.0)
        if rate <= 0:
            return 0.0
        with self._lock:
            now = self._clock.now()
            earliest = now - timedelta(seconds=1)
            turn = max(self._free_at.get(channel, earliest), earliest)
            self._free_at[channel] = turn + timedelta(seconds=1 / rate)
            return max(0.0, (turn - now).total_seconds())
