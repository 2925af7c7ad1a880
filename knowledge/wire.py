"""How far a call to a model may go: one deadline for everything, a cap on what is read, no redirects, no proxies.

A vendor's own time limit counts from byte to byte, so an answer that trickles never ends. Here a call runs in a thread of its
own, whoever waits for it leaves at the deadline, and the thread ends at the next byte or at the vendor's own limit.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from knowledge.passages import ModelFailed

if TYPE_CHECKING:
    import httpx2

Value = TypeVar("Value")

LARGEST_REPLY = 100_000
"""Bytes of one answer to a chat; more is refused while it is read."""


@dataclass(frozen=True)
class Deadline:
    """The moment of a stopwatch at which a call must have ended, for all its parts together."""

    until: float
    stopwatch: Callable[[], float] = time.monotonic

    @staticmethod
    def in_seconds(seconds: float, stopwatch: Callable[[], float] = time.monotonic) -> "Deadline":
        return Deadline(stopwatch() + seconds, stopwatch)

    def left(self) -> float:
        return max(0.0, self.until - self.stopwatch())


@dataclass
class _Call:
    """One call under way. `given_up` is set by whoever waited for it."""

    deadline: Deadline
    largest: int
    given_up: threading.Event = field(default_factory=threading.Event)

    def check(self, size: int) -> None:
        """Raises ModelFailed when the call has to end here."""
        if self.given_up.is_set() or self.deadline.left() <= 0:
            raise ModelFailed("the time for a model's answer is over.")
        if size > self.largest:
            raise ModelFailed(f"a model's answer is larger than {self.largest:,} bytes.")


_call: ContextVar[_Call | None] = ContextVar("relevo_model_call", default=None)


def within(deadline: Deadline, work: Callable[[], Value], largest: int = LARGEST_REPLY) -> Value:
    """What `work` returns, if it does before the deadline. Raises ModelFailed otherwise, for whatever reason, without the
    vendor's own words: those may repeat what was asked."""
    call = _Call(deadline, largest)
    call.check(0)
    got: list[Value] = []
    failed: list[BaseException] = []

    def run() -> None:
        _call.set(call)
        try:
            got.append(work())
        except BaseException as error:  # handed over to the one who waits
            failed.append(error)

    # A daemon: a vendor that holds the line must not hold up the end of the process.
    thread = threading.Thread(target=run, name="model-call", daemon=True)
    thread.start()
    thread.join(deadline.left())
    call.given_up.set()
    if got:
        return got[0]
    reason = type(failed[0]).__name__ if failed else "no answer in time"
    raise ModelFailed(f"the model call failed ({reason}).") from (failed[0] if failed else None)


def guarded_client() -> "httpx2.Client":
    """An HTTP client whose answers keep to the deadline and size of the `within` they are asked in."""
    import httpx2

    class Counted(httpx2.SyncByteStream):
        def __init__(self, stream: httpx2.SyncByteStream, call: _Call) -> None:
            self._stream, self._call = stream, call

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for part in self._stream:
                size += len(part)
                self._call.check(size)
                yield part

        def close(self) -> None:
            self._stream.close()

    class Guarded(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            call = _call.get() or _Call(Deadline.in_seconds(60), LARGEST_REPLY)
            call.check(0)
            request.headers["accept-encoding"] = "identity"  # a packed answer would be counted before it is unpacked
            response = super().handle_request(request)
            call.check(0)
            packed = response.headers.get("content-encoding", "identity") != "identity"
            if packed or response.has_redirect_location or not isinstance(response.stream, httpx2.SyncByteStream):
                response.close()
                raise ModelFailed("a model's address redirects, or packs its answers; neither is followed.")
            return httpx2.Response(
                response.status_code,
                headers=response.headers,
                stream=Counted(response.stream, call),
                extensions=response.extensions,
            )

    return httpx2.Client(transport=Guarded(trust_env=False), trust_env=False, follow_redirects=False)
