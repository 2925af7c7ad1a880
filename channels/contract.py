"""The contract every channel keeps. To add a channel: one file with a class that satisfies `Channel`, a row in
`console.wiring`, a stand-in in `tests/standins/` that refuses what the vendor refuses, and one subclass of the port suite.

    ChannelError
    └── Forged      a delivery whose signature, secret or age is wrong; nothing of it may be stored
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from records.errors import RelevoError
from records.inbound import Inbound, Receipt
from records.ledger import Payload
from records.types import ChannelName


class ChannelError(RelevoError):
    """Anything a channel raises on purpose."""


class Forged(ChannelError):
    """The delivery is not from who it says, or too old. Answer 401 or 403 and store nothing."""


class Refusal(StrEnum):
    """Why a vendor said no for good. What the word promises is what the rest of the house does about it."""

    BAD_ADDRESS = "bad_address"  # no such address: never again to it
    BLOCKED = "blocked"  # the person shut this channel to us: no more on it until they open it
    OPTED_OUT = "opted_out"  # the vendor keeps an opt-out of this person: counts as theirs
    COMPLAINED = "complained"  # the person reported us: never again to it
    FULL = "full"  # their mailbox is full: it may pass
    UNREACHABLE = "unreachable"  # they cannot be reached now: it may pass
    CONTENT = "content"  # the vendor will not carry this text: the address is fine
    CREDENTIALS = "credentials"  # our own account is refused: nobody's address is at fault
    UNSUPPORTED = "unsupported"  # this channel cannot show this faithfully
    OTHER = "other"  # refused for good, for a reason that asks nothing of us
    UNKNOWN = "unknown"  # the vendor said what no table of ours explains; kept as it was said


@dataclass(frozen=True)
class Accepted:
    """The vendor took it. `provider_id` is the vendor's own name for it; receipts will quote it."""

    provider_id: str


@dataclass(frozen=True)
class Refused:
    """The vendor will never take it. `detail` carries the vendor's words, without personal data, `word` its code for it."""

    reason: Refusal
    detail: str
    word: str = ""


class Reach(StrEnum):
    """What a vendor's wait is about: so much is held, and nothing else."""

    MESSAGE = "message"  # this message only
    DESTINATION = "destination"  # the recipient's domain, the chat, the desk's channel
    SENDER = "sender"  # everything we send from this account, number or bot


@dataclass(frozen=True)
class RetryLater:
    """Not now; nothing was sent. `seconds` as the vendor asked, or our own guess.

    `asked`: the vendor slows us down, which is no failure, and no attempt. Else it is a passing trouble: tried again with
    growing pauses, and given up in the end as `at_last`.
    """

    seconds: float
    detail: str
    reach: Reach = Reach.MESSAGE
    asked: bool = False
    at_last: Refusal = Refusal.OTHER


@dataclass(frozen=True)
class Unsure:
    """The line broke at a moment when the vendor may have taken it. Never sent again in silence."""

    detail: str


SendResult = Accepted | Refused | RetryLater | Unsure


class Outgoing(NamedTuple):
    """One message on its way. `key` is unique for ever: pass it to the vendor wherever it can be searched later. A letter
    comes only to a channel whose capabilities say that it writes them out. `number` is its row's in the outbox."""

    key: str
    address: str
    content: Payload
    number: int = 0


@dataclass(frozen=True)
class Delivery:
    """One delivery as it came in. `public_url` is the address the vendor signed; `transport` is http or socket."""

    body: bytes
    headers: Mapping[str, str]
    public_url: str = ""
    transport: str = "http"

    def header(self, name: str) -> str:
        """The header of this name in any case, or empty."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@dataclass(frozen=True)
class Capabilities:
    """What a channel can show and take. Declared data, so that nobody branches on a channel's name."""

    max_text: int  # characters in one message
    buttons: bool  # can show choices a person taps
    staff: bool = False  # a desk for staff, not for subscribers
    subject: bool = False  # has a subject line
    letters: bool = False  # writes out a letter by itself; others get it whole
    lines: int = 1  # messages to different people it can send at once; its `send` is then called by so many threads
    kinds: frozenset[str] = field(default_factory=lambda: frozenset({"chat", "text"}))  # contents it can carry


class Channel(Protocol):
    """One way to people. `send` may block; it is called by the courier only, never inside a transaction.

    `send` never raises for what a vendor answers: each answer is one of the four results. `read` is pure: the same delivery,
    secret and `now` give the same events; it raises `Forged` for what is not authentic.
    """

    name: ChannelName
    capabilities: Capabilities

    def send(self, outgoing: Outgoing) -> SendResult: ...

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]: ...

    def close(self) -> None: ...


@runtime_checkable
class Abreast(Protocol):
    """A channel that sends several messages at once without a thread for each."""

    def send_all(self, outgoings: Sequence[Outgoing]) -> Sequence[SendResult]:
        """What `send` does, for messages to different people: one result for each, in their order."""
        ...


@runtime_checkable
class Announces(Protocol):
    """A channel that can be told to whom messages will go before it is known whether they may leave. Nothing of them does: a
    message comes with `send_all`, or not at all."""

    def announce(self, addresses: Sequence[str]) -> None: ...

    def send_all(self, outgoings: Sequence[Outgoing], upcoming: Sequence[str] = ()) -> Sequence[SendResult]:
        """What `Abreast` promises, with the next announced at once: those to `upcoming`, as far as that is known."""
        ...
