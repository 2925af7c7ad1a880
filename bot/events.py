"""What can happen in a conversation, and what we may do about it, as data. Nothing here acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.hours import DeskHours
from knowledge.passages import Found
from records.ledger import SentMessage
from records.types import Case, CaseEvent, Choice, Citation, Conversation, Language, Reason, Subscriber
from subscribers.needs import Need

CodeVerdict = Literal["none", "right", "wrong", "dead"]


@dataclass(frozen=True)
class Policy:
    """What this workspace decided: how sure an answer must be, who speaks, when people work."""

    company: str
    threshold: float  # an answer needs at least this chance of being right
    floor: float  # below this chance that there is an answer at all, nothing is offered
    hours: DeskHours
    first_reply_minutes: int
    staff_language: Language
    plans: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # what each plan is called, by language

    def plan_name(self, plan: str, language: Language) -> str:
        """What people call a plan; its own id where the workspace gives it no name."""
        return self.plans.get(language.value, {}).get(plan, plan)


@dataclass(frozen=True)
class Talk:
    """A conversation as it stands, with what the deciders need to know beside it. `case` is the unresolved one."""

    conversation: Conversation
    policy: Policy
    language: Language
    case: Case | None = None
    target: Case | None = None  # the case an act of staff is about
    vip: bool = False
    next_case_id: str = ""
    next_case_code: str = ""
    proven: bool = False  # linked or verified, and the proof has not run out
    contract: str = ""  # the terms this person signed, when they have shown who they are


# ---------------------------------------------------------------- what can happen


@dataclass(frozen=True)
class MessageReceived:
    """The person wrote. `spoken` is the language of the text, None for one we do not speak; `code` judges digits in it."""

    text: str
    spoken: Language | None
    masked: bool = False
    code: CodeVerdict = "none"
    code_subscriber: str = ""


@dataclass(frozen=True)
class ChoiceTaken:
    """A button of ours was pressed; `data` is what we gave it, `label` what it said."""

    data: str
    label: str


@dataclass(frozen=True)
class PersonWanted:
    """The button that asks for a person, beside every answer."""


@dataclass(frozen=True)
class ThumbGiven:
    answer_id: str
    up: bool
    comment: str = ""


@dataclass(frozen=True)
class RatingGiven:
    case_id: str
    value: int
    comment: str = ""


@dataclass(frozen=True)
class ChatStarted:
    """The person opened the chat; `link` says what their personal link was worth."""

    link: Literal["none", "good", "bad"]


@dataclass(frozen=True)
class PassagesFound:
    question: str
    found: Found
    picked: bool = False
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnRecord:
    """What the person who asks may be told. `facts`: their record as far as each topic's proof opens it; a topic that is not
    there stays shut. `on`: when the record was last written."""

    facts: Mapping[str, Subscriber]
    need: Need
    sent: tuple[SentMessage, ...]
    cases: tuple[Case, ...]
    on: datetime


@dataclass(frozen=True)
class RecordRead:
    question: str
    topics: tuple[str, ...]
    record: OwnRecord


@dataclass(frozen=True)
class RecordMissing:
    """The identity is known but there is no row any more, or not for this person."""

    question: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class StaffWrote:
    """`to_person` is False for a note: marked as one, or from somebody who does not hold the case."""

    staff: str
    text: str
    marked_internal: bool = False


@dataclass(frozen=True)
class StaffClaimed:
    staff: str


@dataclass(frozen=True)
class StaffReleased:
    staff: str


@dataclass(frozen=True)
class StaffResolved:
    staff: str


@dataclass(frozen=True)
class StaffReopened:
    staff: str


@dataclass(frozen=True)
class NoteSent:
    """Somebody pressed Send on an internal note."""

    staff: str
    note: CaseEvent


@dataclass(frozen=True)
class CaseOverdue:
    """Whoever claimed the case has been silent for too long."""


Event = (
    MessageReceived
    | ChoiceTaken
    | PersonWanted
    | ThumbGiven
    | RatingGiven
    | ChatStarted
    | PassagesFound
    | RecordRead
    | RecordMissing
    | StaffWrote
    | StaffClaimed
    | StaffReleased
    | StaffResolved
    | StaffReopened
    | NoteSent
    | CaseOverdue
)

# ---------------------------------------------------------------- what we may do


@dataclass(frozen=True)
class Lookup:
    """Ask the library; the answer comes back as PassagesFound. `own`: topics of the person's record it may be about."""

    question: str
    picked: bool = False
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadRecord:
    """Read the person's own record through the one door; comes back as RecordRead or RecordMissing."""

    question: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Say:
    """One turn to the subscriber. With `rateable` the channel offers thumbs and a person."""

    text: str
    reason: Reason
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    rateable: bool = False
    confidence: float = 0.0


@dataclass(frozen=True)
class Remember:
    """Keep these in the conversation's memory; None forgets."""

    facts: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Speak:
    """From now on this language."""

    language: Language


@dataclass(frozen=True)
class OpenCase:
    kind: Reason
    summary: str
    promised_at: datetime


@dataclass(frozen=True)
class AddToCase:
    """A further matter joins the open case; a weightier one becomes its kind."""

    case_id: str
    line: str
    kind: Reason
    promised_at: datetime | None


@dataclass(frozen=True)
class ClaimCase:
    case_id: str
    staff: str


@dataclass(frozen=True)
class ReleaseCase:
    case_id: str
    actor: str
    promised_at: datetime


@dataclass(frozen=True)
class ResolveCase:
    case_id: str
    staff: str


@dataclass(frozen=True)
class ReopenCase:
    case_id: str
    actor: str
    promised_at: datetime


@dataclass(frozen=True)
class RelayToSubscriber:
    """A staff member's own words, to the person."""

    case_id: str
    staff: str
    text: str


@dataclass(frozen=True)
class KeepNote:
    """Internal: stays with the case."""

    case_id: str
    staff: str
    text: str


@dataclass(frozen=True)
class PostToDesk:
    """A line in the thread of the case; with `whisper_to`, for that member only."""

    case_id: str
    author: str
    text: str
    whisper_to: str = ""


@dataclass(frozen=True)
class AskRating:
    """Note that the person was asked how it went."""

    case_id: str


@dataclass(frozen=True)
class RecordFeedback:
    about: Literal["answer", "case"]
    about_id: str
    value: int
    comment: str = ""


@dataclass(frozen=True)
class OptOut:
    """No more messages of ours on this channel to this address."""


@dataclass(frozen=True)
class OptIn:
    """The person wants messages here again."""


@dataclass(frozen=True)
class SendCode:
    """A six-digit code to this e-mail address, if it is somebody's; the person cannot tell whether it is."""

    email: str


@dataclass(frozen=True)
class CountWrongCode:
    pass


@dataclass(frozen=True)
class DropCode:
    pass


@dataclass(frozen=True)
class Bind:
    """The person has shown who they are."""

    subscriber_id: str


@dataclass(frozen=True)
class StaySilent:
    """Say nothing, on purpose."""

    reason: Reason = field(default=Reason.STAFF_HOLDS)


Action = (
    Lookup
    | ReadRecord
    | Say
    | Remember
    | Speak
    | OpenCase
    | AddToCase
    | ClaimCase
    | ReleaseCase
    | ResolveCase
    | ReopenCase
    | RelayToSubscriber
    | KeepNote
    | PostToDesk
    | AskRating
    | RecordFeedback
    | OptOut
    | OptIn
    | SendCode
    | CountWrongCode
    | DropCode
    | Bind
    | StaySilent
)
