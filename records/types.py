"""Nouns and vocabulary. Frozen values; every enum word has one line that says what it promises. Imports nothing of ours."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Language(StrEnum):
    """The languages of every phrase."""

    ES = "es"
    EN = "en"


class ChannelName(StrEnum):
    """Where a message travels."""

    EMAIL = "email"
    SMS = "sms"
    TELEGRAM = "telegram"
    WEB = "web"
    SLACK = "slack"
    CONSOLE = "console"  # acts of staff in our own inbox; nothing is sent to it


class Purpose(StrEnum):
    """What a person agreed to hear."""

    SERVICE = "service"  # running the subscription they pay for
    MARKETING = "marketing"  # offers
    SURVEY = "survey"  # being asked for an opinion


class MessageClass(StrEnum):
    """Why a campaign message is sent; decides whose consent it needs."""

    CONTRACT_NOTICE = "contract_notice"  # the contract or the law obliges us: opt-outs of topics do not hold it
    DEBIT_NOTICE = "debit_notice"  # announces a direct debit: opt-outs of topics do not hold it
    SERVICE = "service"  # the service they pay for; needs consent `service`
    MARKETING = "marketing"  # needs consent `marketing`
    SURVEY = "survey"  # needs consent `survey`

    @property
    def mandatory(self) -> bool:
        return self in _MANDATORY

    @property
    def purpose(self) -> Purpose:
        return _PURPOSES.get(self, Purpose.SERVICE)


# Every message is asked for both several times, and to name a member of an enum costs more than to look it up.
_MANDATORY = frozenset({MessageClass.CONTRACT_NOTICE, MessageClass.DEBIT_NOTICE})
_PURPOSES = {MessageClass.MARKETING: Purpose.MARKETING, MessageClass.SURVEY: Purpose.SURVEY}


class MessageKind(StrEnum):
    """Every outbox row is one of the two."""

    REPLY = "reply"  # answers something the person wrote or belongs to their case: goes at once
    CAMPAIGN = "campaign"  # quiet hours, caps and topic opt-outs hold it back


class MessageState(StrEnum):
    """Ours. planned -> claimed -> sending -> sent | failed | suppressed | expired | uncertain (see records.store.messages)."""

    PLANNED = "planned"  # in the outbox; nobody has it in hand
    CLAIMED = "claimed"  # a worker has it in hand; nothing has left
    SENDING = "sending"  # the vendor call may be under way
    SENT = "sent"  # the vendor said yes
    FAILED = "failed"  # the vendor said no for good
    SUPPRESSED = "suppressed"  # we must not send it; `reason` says why
    EXPIRED = "expired"  # its time passed before it could leave
    UNCERTAIN = "uncertain"  # the process died during the vendor call; never sent again in silence


class DeliveryState(StrEnum):
    """From receipts; only climbs."""

    UNKNOWN = "unknown"  # no receipt yet
    ACCEPTED = "accepted"  # the vendor has it in a queue
    SENT = "sent"  # the vendor handed it to the network
    DELIVERED = "delivered"  # it reached the person's device or mailbox
    READ = "read"  # it was opened, where the channel can tell
    FAILED = "failed"  # the network gave it back for good
    COMPLAINED = "complained"  # the person reported it as unwanted


DELIVERY_RANK: dict[DeliveryState, int] = {
    DeliveryState.UNKNOWN: 0,
    DeliveryState.ACCEPTED: 1,
    DeliveryState.SENT: 2,
    DeliveryState.FAILED: 3,
    DeliveryState.DELIVERED: 4,
    DeliveryState.READ: 5,
    DeliveryState.COMPLAINED: 6,
}


class Proof(StrEnum):
    """What a person has shown about who they are (DESIGN: a table says what each is worth)."""

    ANONYMOUS = "anonymous"  # nothing
    LINKED = "linked"  # holds a link we sent to an address: proves the address only
    VERIFIED = "verified"  # code, host's token or bound chat


class Author(StrEnum):
    """Who said a turn."""

    SUBSCRIBER = "subscriber"
    BOT = "bot"
    STAFF = "staff"


class Decision(StrEnum):
    """What one turn of the bot came to."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    ACTION = "action"


class Reason(StrEnum):
    """Why; the public vocabulary of `relevo ask --json`."""

    ANSWERED = "answered"
    CHOICES = "choices"
    OWN_RECORD = "own_record"
    LOW_CONFIDENCE = "low_confidence"
    NO_SOURCE = "no_source"
    PERSON = "person"
    CANCELLATION = "cancellation"
    OPT_OUT = "opt_out"
    UNCLEAR_STOP = "unclear_stop"
    DOUBLE_CHARGE = "double_charge"
    UNKNOWN_CHARGE = "unknown_charge"
    RETURNED_DEBIT = "returned_debit"
    DISPUTE = "dispute"
    FRAUD = "fraud"
    IMPERSONATION = "impersonation"
    LEGAL = "legal"
    COMPLAINT = "complaint"
    OBJECTION = "objection"
    ERASURE = "erasure"
    NO_ACCESS = "no_access"
    DUPLICATE_ACCOUNT = "duplicate_account"
    HARDSHIP = "hardship"
    ANGER = "anger"
    BEREAVEMENT = "bereavement"
    VIP = "vip"
    REPEATED_FAILURE = "repeated_failure"
    UNVERIFIED = "unverified"
    SMALL_TALK = "small_talk"
    OTHER_LANGUAGE = "other_language"
    STAFF_HOLDS = "staff_holds"


_DECISIONS: dict[Reason, Decision] = {
    Reason.ANSWERED: Decision.ANSWER,
    Reason.OWN_RECORD: Decision.ANSWER,
    Reason.SMALL_TALK: Decision.ANSWER,
    Reason.OTHER_LANGUAGE: Decision.ANSWER,
    Reason.CHOICES: Decision.CLARIFY,
    Reason.UNVERIFIED: Decision.CLARIFY,
    Reason.UNCLEAR_STOP: Decision.CLARIFY,
    Reason.OPT_OUT: Decision.ACTION,
    Reason.STAFF_HOLDS: Decision.ACTION,
}


def decision_of(reason: Reason) -> Decision:
    """The one decision each reason belongs to; what is not listed goes to a person."""
    return _DECISIONS.get(reason, Decision.HANDOFF)


class CaseState(StrEnum):
    OPEN = "open"  # nobody has taken it; the bot still answers other questions
    CLAIMED = "claimed"  # a person holds it; the bot is silent
    RESOLVED = "resolved"  # closed; a rating may be asked


class CampaignState(StrEnum):
    DRAFT = "draft"  # may be edited
    SUBMITTED = "submitted"  # waits for a second person; bound to its content hash
    REJECTED = "rejected"  # a second person said no
    APPROVED = "approved"  # the tick may act on it
    PAUSED = "paused"  # nothing of it leaves
    CANCELLED = "cancelled"  # nothing of it will ever leave
    DONE = "done"  # every stage of every wave has been dealt with


class Role(StrEnum):
    """What an account of the console may do."""

    MARKETER = "marketer"  # writes and submits campaigns
    APPROVER = "approver"  # approves, rejects, stops
    SUPPORT = "support"  # works the inbox
    ANALYST = "analyst"  # reads reports
    ADMIN = "admin"  # everything, except approving what they wrote


@dataclass(frozen=True)
class Citation:
    """`quote` stands word for word in the chunk at `path` of `source`."""

    source: str
    path: str
    quote: str
    title: str = ""


@dataclass(frozen=True)
class Choice:
    """One tap: `label` is read by a person, `data` comes back (Telegram allows 64 bytes)."""

    data: str
    label: str


@dataclass(frozen=True)
class Subscriber:
    """One row of the register. Money in minor units; dates are the person's own calendar days."""

    id: str
    name: str
    language: Language
    country: str
    locale: str
    time_zone: str
    plan: str
    price_minor: int
    currency: str
    renewal_date: date | None
    next_charge_date: date | None
    payment_method: str
    contract: str
    cutover_date: date | None
    moved_at: datetime | None
    updated_at: datetime
    fields: dict[str, str]
    term_end_date: date | None = None
    deadline_date: date | None = None


@dataclass(frozen=True)
class Contact:
    """One address of a subscriber. `address` is normal form: lower-case e-mail, E.164, Telegram chat id."""

    subscriber_id: str
    channel: ChannelName
    address: str


@dataclass(frozen=True)
class Consent:
    """The latest word of a person about one channel and purpose."""

    channel: ChannelName
    purpose: Purpose
    granted: bool


@dataclass(frozen=True)
class Conversation:
    """One thread of talk with one address on one channel. `memory` is the bot's own small state."""

    id: str
    channel: ChannelName
    address: str
    subscriber_id: str | None
    language: Language | None
    proof: Proof
    proof_until: datetime | None
    memory: dict[str, object]
    opened_at: datetime


@dataclass(frozen=True)
class Turn:
    """One thing said. `seq` counts from 1 within its conversation."""

    id: str
    conversation_id: str
    seq: int
    author: Author
    text: str
    at: datetime
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    answer_id: str = ""
    reason: str = ""
    staff: str = ""


@dataclass(frozen=True)
class Case:
    """What a person has to settle. `code` is what the subscriber is told; `promised_at` is the time they were promised."""

    id: str
    code: str
    conversation_id: str
    subscriber_id: str | None
    kind: Reason
    state: CaseState
    language: Language
    summary: str
    opened_at: datetime
    promised_at: datetime | None
    claimed_by: str
    claimed_at: datetime | None
    last_staff_at: datetime | None
    resolved_at: datetime | None
    thread: str


@dataclass(frozen=True)
class CaseEvent:
    """One step of a case: opened, added, claimed, note, reply, released, resolved, reopened, rating_asked."""

    id: int
    case_id: str
    what: str
    actor: str
    text: str
    external_id: str
    at: datetime


HOLDING_KINDS: frozenset[Reason] = frozenset(
    {
        Reason.DOUBLE_CHARGE,
        Reason.DISPUTE,
        Reason.FRAUD,
        Reason.COMPLAINT,
        Reason.BEREAVEMENT,
        Reason.ERASURE,
        Reason.OBJECTION,
        Reason.CANCELLATION,
    }
)
"""An open case of these kinds holds the person's non-mandatory messages and their cut-over."""


IMPORT_ORIGIN = "import"
"""The origin of a consent that came with a file: it never overrules a word of the person's own."""


@dataclass(frozen=True)
class Registration:
    """All the register holds about one person: `contacts` is the whole set, `consents` are words to be recorded."""

    subscriber: Subscriber
    contacts: tuple[Contact, ...]
    consents: tuple[Consent, ...]


@dataclass(frozen=True)
class ConsentWord:
    """Where one consent stands, and which word put it there."""

    channel: ChannelName
    purpose: Purpose
    granted: bool
    at: datetime
    origin: str
