"""How fast a channel may be used. A token bucket per channel; the vendor's own "wait" holds that channel only.

Paced by a stopwatch, not by the workspace's clock: a vendor's limits run in real time whatever time the workspace shows.
"""

import threading
import time
from collections.abc import Callable, Mapping

from records.types import ChannelName


class Pacer:
    """At most `rates[channel]` sends a second, after a burst of one second's worth; a channel without a rate is not held
    back. Waiting ends early when `stop` is set."""

    def __init__(self, rates: Mapping[ChannelName, float], stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._stopwatch = stopwatch
        self._free_at: dict[ChannelName, float] = {}
        self._lock = threading.Lock()

    def wait(self, channel: ChannelName, stop: threading.Event) -> bool:
        """Wait for this channel's turn. False when stopped meanwhile: then nothing may be sent."""
        pause = self.reserve(channel)
        return not (stop.wait(pause) if pause > 0 else stop.is_set())

    def hold(self, channel: ChannelName, seconds: float) -> None:
        """The vendor asked for quiet on this channel."""
        with self._lock:
            until = self._stopwatch() + seconds
            self._free_at[channel] = max(until, self._free_at.get(channel, until))

    def reserve(self, channel: ChannelName) -> float:
        """Take the next turn; seconds to wait for it."""
        rate = self._rates.get(channel, 0.0)
        if rate <= 0:
            return 0.0
        with self._lock:
            now = self._stopwatch()
            turn = max(self._free_at.get(channel, now - 1.0), now - 1.0)
            self._free_at[channel] = turn + 1.0 / rate
            return max(0.0, turn - now)
