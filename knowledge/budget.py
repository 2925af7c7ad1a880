"""When a model is not even asked: it failed too often just now, its day's money is spent, or enough calls are under way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from knowledge.model import MOST_TOKENS, Model, Reply
from knowledge.passages import ModelFailed
from knowledge.prompts import Prompt
from knowledge.wire import Deadline
from records.clock import Clock

LETTERS_A_TOKEN = 2
"""Spanish and English run at 3 to 4.5 letters a token; two reserve enough whatever the tokenizer."""


@dataclass(frozen=True)
class Price:
    """Minor units (cents) for 1,000 tokens read and 1,000 written."""

    read: float
    written: float

    def of(self, tokens_in: int, tokens_out: int) -> int:
        """Thousandths of a minor unit."""
        return round(tokens_in * self.read + tokens_out * self.written)


class Purse(Protocol):
    """A day's money, shared by all processes of a workspace. Amounts in thousandths of a minor unit."""

    def reserve(self, amount: int, now: datetime) -> bool:
        """Set aside before a call; False when the day's cap would be passed."""
        ...

    def give_back(self, amount: int, now: datetime) -> None:
        """What was set aside and not spent; `now` is the moment it was set aside."""
        ...


@dataclass
class Breaker:
    """After `failures` failures in a row nothing is asked for `pause`; then one call tries, and its outcome decides."""

    failures: int
    pause: timedelta
    _in_a_row: int = 0
    _open_until: datetime | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def admits(self, now: datetime) -> bool:
        """May a call be made? While open, the first call after the pause is let through, and no other until it ended."""
        with self._guard:
            if self._open_until is None:
                return True
            if now < self._open_until:
                return False
            self._open_until = now + self.pause
            return True

    def succeeded(self) -> None:
        with self._guard:
            self._in_a_row, self._open_until = 0, None

    def failed(self, now: datetime) -> None:
        with self._guard:
            self._in_a_row += 1
            if self._in_a_row >= self.failures:
                self._open_until = now + self.pause


@dataclass(frozen=True)
class Sparing:
    """A model behind its breaker, its purse and a limit of calls at once. Itself a Model; whatever stops a call is a
    ModelFailed, at once."""

    model: Model
    price: Price
    purse: Purse
    breaker: Breaker
    clock: Clock
    room: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(4))

    def complete(self, prompt: Prompt, deadline: Deadline) -> Reply:
        now = self.clock.now()
        with self._place():
            if not self.breaker.admits(now):
                raise ModelFailed("the model failed several times; it is left alone for a while.")
            reserved = self.price.of(prompt.size // LETTERS_A_TOKEN + 1, MOST_TOKENS)
            if not self.purse.reserve(reserved, now):
                raise ModelFailed("the day's money for the model is spent.")
            try:
                reply = self.model.complete(prompt, deadline)
            except ModelFailed:
                # Whether a call that failed is charged, nobody says: it stays reserved.
                self.breaker.failed(self.clock.now())
                raise
            self.breaker.succeeded()
            if reply.tokens_in and reply.tokens_out:
                self.purse.give_back(max(0, reserved - self.price.of(reply.tokens_in, reply.tokens_out)), now)
            return reply

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self.room.acquire(blocking=False):
            raise ModelFailed("enough calls are under way.")
        try:
            yield
        finally:
            self.room.release()
