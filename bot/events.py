"""What can happen in a conversation, and what the deciders know beside it, as data. Nothing here acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.actions import How
from bot.hours import DeskHours
from knowledge.answers import Drafted
from knowledge.passages import Altered, Found, Passage
from knowledge.scope import ANYBODY, Scope
from records.ledger import SentMessage
from records.needs import Need
from records.phrasings import Phrasing, Written
from records.types import Case, CaseEvent, Conversation, Language, Subscriber

CodeVerdict = Literal["none", "right", "wrong", "dead"]


@dataclass(frozen=True)
class Policy:
    """What this workspace decided: how sure an answer must be, who speaks, when people work."""

    company: str
    wrong_answers: float  # the share of all questions that may get a wrong answer
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
    scope: Scope = ANYBODY  # what they have shown about themselves, and the day: whom answers are for


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
class Meant:
    """A question, the entry it was about, and what that entry is called."""

    said: Phrasing
    title: str


@dataclass(frozen=True)
class ThumbGiven:
    """`about`: the entry the answer came from with the question that led to it, when it came from one entry alone."""

    answer_id: str
    up: bool
    comment: str = ""
    about: Meant | None = None


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
    """`wording`: what a language model made of the first passage, if there is a model and it kept to its source.

    `leans`: it only makes sense behind the question before it, and is no failure of that one.
    `altered`: they asked how their contract differs from the newest, and this is what was confirmed about it.
    """

    question: str
    found: Found
    how: How = How.ASKED
    own: tuple[str, ...] = ()
    wording: Drafted | None = None
    altered: tuple[Altered, ...] = ()
    leans: bool = False


@dataclass(frozen=True)
class FollowUpFound:
    """`alone`: what the words find by themselves; `joined`: what they find behind the question before."""

    text: str
    joined_text: str
    alone: Found
    joined: Found


@dataclass(frozen=True)
class TutorialRead:
    """The sections of a tutorial in order; empty when it is gone. `path`: the one to tell."""

    sections: tuple[Passage, ...]
    path: str
    confidence: float


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
class Gathered:
    """What came of each question of one message, in their order."""

    text: str
    parts: tuple[PassagesFound | RecordRead | RecordMissing, ...]
    more: bool = False


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
    """`about`: the entry staff named as the one that answers, with the question that had led to the case; or `written`: that
    question with what staff answered, when they named none."""

    staff: str
    about: Meant | None = None
    written: Written | None = None


@dataclass(frozen=True)
class WrittenLookedUp:
    """What the library has for a question that staff answered in their own words."""

    case_id: str
    staff: str
    written: Written
    found: Found


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
    | FollowUpFound
    | TutorialRead
    | Gathered
    | RecordRead
    | RecordMissing
    | StaffWrote
    | StaffClaimed
    | StaffReleased
    | StaffResolved
    | WrittenLookedUp
    | StaffReopened
    | NoteSent
    | CaseOverdue
)
