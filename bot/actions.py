"""What we may do about something that happened, as data. Nothing here acts."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from records.phrasings import Origin, Phrasing, Written
from records.types import Choice, Citation, Language, Reason


class How(StrEnum):
    """What made us ask the library."""

    ASKED = "asked"
    PICKED = "picked"  # a title of ours was tapped: it is answered from, however it ranks
    FOREIGN = "foreign"  # the question is in a language we do not speak: only what is certain is said
    RECORD = "record"  # only their own record can answer this; the library is no help
    WHOLE = "whole"  # they asked for all of what was said in short: that entry, in full


@dataclass(frozen=True)
class Lookup:
    """Ask the library; the answer comes back as PassagesFound. `own`: topics of the person's record it may be about."""

    question: str
    how: How = How.ASKED
    own: tuple[str, ...] = ()


@dataclass(frozen=True)
class LookupFollowUp:
    """Ask the library twice, for the words alone and for them behind the question before; comes back as FollowUpFound."""

    alone: str
    joined: str


@dataclass(frozen=True)
class ReadTutorial:
    """Read one tutorial, to be told step by step; comes back as TutorialRead. `path`: the section to tell."""

    source: str
    path: str
    confidence: float = 1.0


@dataclass(frozen=True)
class ReadRecord:
    """Read the person's own record through the one door; comes back as RecordRead or RecordMissing."""

    question: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Gather:
    """Several questions of one message, asked one by one; they come back together as Gathered. `more`: some were left out."""

    text: str
    asks: tuple[Lookup | ReadRecord, ...]
    more: bool = False


@dataclass(frozen=True)
class LookupWritten:
    """Ask the library the question of a case that staff answered in their own words; comes back as WrittenLookedUp."""

    case_id: str
    staff: str
    written: Written


Ask = Lookup | LookupFollowUp | LookupWritten | ReadTutorial | ReadRecord | Gather
"""What is asked of the world before anything is said: it becomes an event again."""


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
class Propose:
    """These words may be another way to ask for that entry. Nothing is learned before a person of the company approves."""

    said: Phrasing
    origin: Origin


@dataclass(frozen=True)
class ProposeEntry:
    """What staff wrote may be an entry of its own. It answers nobody before a person of the company approves."""

    case_id: str
    staff: str
    written: Written


@dataclass(frozen=True)
class TakeBack:
    """What this conversation proposed for that entry was not so."""

    source: str
    path: str


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
    Ask
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
    | Propose
    | ProposeEntry
    | TakeBack
    | OptOut
    | OptIn
    | SendCode
    | CountWrongCode
    | DropCode
    | Bind
    | StaySilent
)
