"""The nouns of the ledger (the table `messages`); `records.store.messages` draws how a row moves. Pure.

What is made anew for every message is a tuple: a frozen dataclass sets its fields one by one, at four times the cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from records.content import Body, Kept, kept_from_json
from records.forms import Letter
from records.types import CampaignState, ChannelName, DeliveryState, MessageClass, MessageKind, MessageState

UNCONFIRMED = "unconfirmed"
"""The condition of a row on a next channel: no other channel has confirmed the same message meanwhile."""

CORRECTS = "corrects"
"""The mark of a row that puts right what we said ourselves: how often a person heard from us does not hold it back."""

Payload = Body | Letter
"""What a message may carry: whole, or as a letter that is written out where it is sent."""


@dataclass(frozen=True)
class NewMessage:
    """A message to be put in the outbox. `key` is unique for ever; `not_before` and `expires_at` are UTC."""

    key: str
    kind: MessageKind
    channel: ChannelName
    address: str
    content: Payload
    planned_at: datetime
    not_before: datetime
    expires_at: datetime | None = None
    subscriber_id: str = ""
    conversation_id: str = ""
    case_id: str = ""
    campaign_id: str = ""
    stage: str = ""
    batch_id: str = ""
    revision: int = 0
    message_class: MessageClass | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What all messages of one batch share."""

    campaign_id: str
    stage: str
    batch_id: str
    revision: int
    message_class: MessageClass
    planned_at: datetime


class Hand(NamedTuple):
    """One attempt at sending: its token, who makes it, and when. It takes what may leave by then."""

    token: str
    holder: str
    at: datetime


class Line(NamedTuple):
    """One message of a batch: the rest of what a `NewMessage` says."""

    key: str
    subscriber_id: str
    channel: ChannelName
    address: str
    letter: Letter
    not_before: datetime
    expires_at: datetime | None
    conditions: tuple[str, ...]


class StoredMessage(NamedTuple):
    """A row of the ledger, as far as sending it needs."""

    id: int
    key: str
    kind: MessageKind
    channel: ChannelName
    address: str
    body: str
    state: MessageState
    attempts: int
    not_before: datetime
    expires_at: datetime | None
    subscriber_id: str
    conversation_id: str
    case_id: str
    campaign_id: str
    stage: str
    message_class: MessageClass | None
    conditions: tuple[str, ...]
    token: str = ""
    reserved_on: date | None = None
    """The day on which its money was set aside, if it was."""

    @property
    def content(self) -> Kept:
        """As it is kept; `records.store.forms` turns a filled form into its letter."""
        return kept_from_json(self.body)


@dataclass(frozen=True)
class LedgerLine:
    """A row as people read it: what, to whom, how it stands and why."""

    id: int
    channel: ChannelName
    subscriber_id: str
    stage: str
    state: MessageState
    delivery: DeliveryState
    reason: str
    at: datetime


@dataclass(frozen=True)
class SentMessage:
    """One campaign message a person was sent; `campaign_name` is empty for replies."""

    campaign_name: str
    stage: str
    channel: ChannelName
    at: datetime
    state: MessageState
    delivery: DeliveryState


class Outcome(NamedTuple):
    """How a vendor call ended. `again_at` is set only when the state goes back to planned; then `counts` says whether this was
    an attempt, or the vendor only slowed us down. `word` is the
    vendor's own for a refusal.
    """

    state: MessageState
    reason: str = ""
    provider_id: str = ""
    again_at: datetime | None = None
    counts: bool = True
    word: str = ""


@dataclass(frozen=True)
class Heard:
    """When each campaign message to one person left lately, oldest first (UTC), and how many more are in hand now."""

    moments: tuple[datetime, ...] = ()
    in_hand: int = 0


class Facts(NamedTuple):
    """What the gate must know about one campaign row at the moment of claiming."""

    campaign_state: CampaignState | None
    suppressed: str
    consent: bool
    current_address: str
    known: bool
    moved: bool
    held_by_case: str
    time_zone: str
    country: str
    fields: Mapping[str, str] = MappingProxyType({})
    payment_method: str = ""
    next_charge_date: date | None = None
    confirmed_elsewhere: bool = False
    outdated: bool = False
    heard: Heard = Heard()
