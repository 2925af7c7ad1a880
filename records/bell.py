"""Wakes whoever waits for work, inside one process. Waiting has a limit: a missed ring costs a second, not a message."""

import threading
from collections import defaultdict


class Bell:
    """`ring(topic)` wakes every `wait(topic)` of this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rings: defaultdict[str, int] = defaultdict(int)

    def ring(self, topic: str) -> None:
        with self._changed:
            self._rings[topic] += 1
            self._changed.notify_all()

    def count(self, topic: str) -> int:
        """How often the topic has been rung; pass it to `wait` so that no ring between two looks is missed."""
        with self._changed:
            return self._rings[topic]

    def wait(self, topic: str, seen: int, seconds: float) -> int:
        """Wait until the topic has been rung more than `seen` times, or `seconds` passed; the count now."""
        with self._changed:
            self._changed.wait_for(lambda: self._rings[topic] > seen, timeout=seconds)
            return self._rings[topic]
