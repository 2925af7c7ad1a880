"""What can arrive, in neutral words, and how it is kept as JSON in the inbox. `external_id` is the vendor's own id of the
delivery: the inbox takes each (channel, external_id) once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter

from records.content import Heading
from records.types import ChannelName, DeliveryState

LONGEST_SAID = 8_000
"""Characters a person may write at once; longer is a file, not a message."""


@dataclass(frozen=True)
class Said:
    """A person wrote. `address` is where to answer (chat id, phone, e-mail, web session).

    Of a mail, `heading` is what an answer hangs on, and `answers` our Message-ID it quotes: who quotes one has had that mail.
    """

    channel: ChannelName
    external_id: str
    address: str
    text: str
    at: datetime
    heading: Heading | None = None
    answers: str = ""
    kind: Literal["said"] = "said"


@dataclass(frozen=True)
class Pressed:
    """A person tapped a choice, a thumb or a rating; `data` is what we gave the button."""

    channel: ChannelName
    external_id: str
    address: str
    data: str
    at: datetime
    comment: str = ""
    kind: Literal["pressed"] = "pressed"


@dataclass(frozen=True)
class Started:
    """A person opened the chat, perhaps through a personal link whose token is `payload`."""

    channel: ChannelName
    external_id: str
    address: str
    payload: str
    at: datetime
    kind: Literal["started"] = "started"


@dataclass(frozen=True)
class Unreachable:
    """The person blocked us on this channel; nothing more can reach this address."""

    channel: ChannelName
    external_id: str
    address: str
    at: datetime
    kind: Literal["unreachable"] = "unreachable"


@dataclass(frozen=True)
class StaffSaid:
    """A member of staff wrote in the thread of a case; `case_id` is set by our own inbox, `thread` by a vendor."""

    channel: ChannelName
    external_id: str
    address: str  # the thread or case, so that each keeps its order
    case_id: str
    thread: str
    staff: str
    text: str
    at: datetime
    kind: Literal["staff_said"] = "staff_said"


@dataclass(frozen=True)
class StaffPressed:
    """A member of staff pressed a button of a case card: claim, release, resolve, reopen, send:<external id of a note>,
    resolve:<chunk id of the entry that would have answered>."""

    channel: ChannelName
    external_id: str
    address: str
    case_id: str
    staff: str
    action: str
    at: datetime
    kind: Literal["staff_pressed"] = "staff_pressed"


Inbound = Said | Pressed | Started | Unreachable | StaffSaid | StaffPressed
_codec: TypeAdapter[Inbound] = TypeAdapter(Annotated[Inbound, Discriminator("kind")])


@dataclass(frozen=True)
class Receipt:
    """A vendor's word about a message it took. `raw` is the vendor's own word, kept for the record; `reason` says in a neutral
    word why it failed, where the vendor says why."""

    channel: ChannelName
    external_id: str
    provider_id: str
    delivery: DeliveryState
    raw: str
    at: datetime
    reason: str = ""


def inbound_to_json(inbound: Inbound) -> str:
    return _codec.dump_json(inbound).decode()


def inbound_from_json(text: str) -> Inbound:
    return _codec.validate_json(text)
