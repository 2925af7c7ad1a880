"""How fast vendors let anyone go: the stand-ins' own table, and the meters that enforce it. Shares nothing with the pacers.

A meter is a bucket that holds one second's worth and fills at the allowed rate: vendors speak of a rate a second and tolerate
short bursts. What does not fit is refused.
"""

import threading
import time
from collections.abc import Callable, Mapping

ALLOWED: Mapping[str, float] = {
    "telegram": 30.0,  # core.telegram.org/bots/faq: about 30 messages a second for all chats
    "telegram:chat": 1.0,  # … and not over one a second in one chat
    "twilio": 1.0,  # twilio.com/docs/messaging/guides/mps-and-limits: segments a second, US and Canadian long code
    "slack:channel": 1.0,  # docs.slack.dev/apis/web-api/rate-limits: 1 message a second in a channel
    "smtp": 200.0,  # no vendor publishes one; ours for the mail server of the proof
    "smtp:domain": 50.0,  # … and for one recipient domain
}


class Meter:
    """`per_second` for each key; `take` returns 0, or the seconds to wait when the bucket is empty."""

    def __init__(self, per_second: float, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._room = max(1.0, per_second)
        self._stopwatch = stopwatch
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str = "", units: int = 1) -> float:
        """Take so many units, all or none; a call over a whole bucket needs a full one."""
        with self._lock:
            now = self._stopwatch()
            left, at = self._buckets.get(key, (self._room, now))
            left = min(self._room, left + (now - at) * self._rate)
            needed = min(float(units), self._room)
            if left < needed - 1e-9:
                self._buckets[key] = (left, now)
                return (needed - left) / self._rate
            self._buckets[key] = (left - units, now)
            return 0.0


def segments_of(body: str) -> int:
    """Of an SMS in ASCII letters and digits, or in any other alphabet (docs/glossary/what-sms-character-limit)."""
    single, each = (160, 153) if body.isascii() else (70, 67)
    return 1 if len(body) <= single else -(-len(body) // each)
