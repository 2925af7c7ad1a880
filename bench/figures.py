"""What one measurement gives: our rate beside the rate of a bare loop that does only the unavoidable part of the work."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table. Rates are in `unit` a second; `peer` says what the bare loop did."""

    name: str
    unit: str
    rate: float
    peer: str
    peer_rate: float

    @property
    def ratio(self) -> float:
        return self.rate / self.peer_rate

    def __str__(self) -> str:
        ours, theirs = f"{self.rate:,.0f}", f"{self.peer_rate:,.0f}"
        return f"{self.name:44} {ours:>9} {self.unit:11} {theirs:>9}  {self.ratio:7.3f}  {self.peer}"


HEADING = f"{'measured':44} {'a second':>9} {'':11} {'bare':>9}  {'ratio':>7}  bare loop"


class Watch:
    """Adds up the seconds spent inside its blocks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def rate(self, count: int) -> float:
        """`count` done in the time that ran."""
        return count / self.seconds


def rate_of(count: int, work: Callable[[], object]) -> float:
    """How many a second, when `work` does `count` of them."""
    watch = Watch()
    with watch.running():
        work()
    return watch.rate(count)
