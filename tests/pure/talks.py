"""A talk and what a test asks of the deciders, without any database."""

from datetime import UTC, datetime, timedelta

from bot.actions import Action, Ask, Gather, Lookup, LookupFollowUp, LookupWritten, ReadRecord, ReadTutorial, Say
from bot.conversation import decide
from bot.events import (
    Event,
    FollowUpFound,
    Gathered,
    MessageReceived,
    PassagesFound,
    RecordMissing,
    Talk,
    TutorialRead,
    WrittenLookedUp,
)
from bot.policy import policy_of
from bot.saving import changed
from knowledge.confidence import shipped_heads
from knowledge.passages import Found, Kind, Passage
from records.sections import Company
from records.settings import Settings
from records.types import Case, CaseState, ChannelName, Conversation, Language, Proof, Reason

NOW = datetime(2027, 1, 18, 10, 0, tzinfo=UTC)
POLICY = policy_of(Settings(company=Company(name="Farolito")))
CERTAIN = shipped_heads()["entries"].certain_from(POLICY.wrong_answers)
NOTHING = Found((), 0.0, 0.0)


def passage(text: str, title: str = "Título", path: str = "a", language: Language = Language.ES) -> Passage:
    return Passage(f"chk_{path}_{title}", "faq/a.md", path, title, text, language, Kind.FAQ, 0.9)


def sure(text: str, title: str = "Título", path: str = "a") -> Found:
    return Found((passage(text, title, path),), 0.99, 0.99)


def unsure(*titles: str) -> Found:
    return Found(tuple(passage(title, title, title) for title in titles), 0.3, 0.9)


def talk(**changes: object) -> Talk:
    memory: dict[str, object] = {"greeted": True}
    conversation = Conversation("con", ChannelName.WEB, "web1", None, None, Proof.ANONYMOUS, None, memory, NOW)
    values: dict[str, object] = {"next_case_id": "cas_1", "next_case_code": "R-7K3P", **changes}
    return Talk(conversation, POLICY, Language.ES, **values)  # type: ignore[arg-type]  # a table of test values


def case(state: CaseState = CaseState.OPEN, kind: Reason = Reason.PERSON, staff: str = "") -> Case:
    return Case(
        id="cas_0",
        code="R-2222",
        conversation_id="con",
        subscriber_id=None,
        kind=kind,
        state=state,
        language=Language.ES,
        summary="hola",
        opened_at=NOW,
        promised_at=NOW + timedelta(hours=1),
        claimed_by=staff,
        claimed_at=NOW,
        last_staff_at=None,
        resolved_at=None,
        thread="",
    )


def said(actions: tuple[Action, ...]) -> Say:
    (turn,) = [action for action in actions if isinstance(action, Say)]
    return turn


def only(actions: tuple[Action, ...], kind: type[Action]) -> list[Action]:
    return [action for action in actions if isinstance(action, kind)]


def heard(text: str, spoken: Language | None = Language.ES) -> MessageReceived:
    return MessageReceived(text, spoken)


def answer_of(ask: Ask, found: Found) -> Event:
    """What comes back when the library finds the same for everything and nobody has a record."""
    match ask:
        case Lookup(question, how, own):
            return PassagesFound(question, found, how, own)
        case LookupFollowUp(alone, joined):
            return FollowUpFound(alone, joined, found, found)
        case LookupWritten(case_id, staff, written):
            return WrittenLookedUp(case_id, staff, written, found)
        case ReadRecord(question, topics):
            return RecordMissing(question, topics)
        case ReadTutorial(_, path, confidence):
            return TutorialRead(found.passages, path, confidence)
        case Gather(text, asks, more):
            return Gathered(text, tuple(answer_of(one, found) for one in asks), more)  # type: ignore[misc]  # one-question asks


class Shelf:
    """A library of a few words: a question finds what the longest word in it stands for."""

    def __init__(self, **by_word: Found) -> None:
        self.by_word = by_word
        self.asked: list[str] = []

    def of(self, question: str) -> Found:
        self.asked.append(question)
        hits = [word for word in self.by_word if word in question.casefold()]
        return self.by_word[max(hits, key=len)] if hits else NOTHING

    def answer(self, ask: Ask) -> Event:
        match ask:
            case Lookup(question, how, own):
                return PassagesFound(question, self.of(question), how, own)
            case LookupFollowUp(alone, joined):
                return FollowUpFound(alone, joined, self.of(alone), self.of(joined))
            case LookupWritten(case_id, staff, written):
                return WrittenLookedUp(case_id, staff, written, self.of(written.question))
            case ReadRecord(question, topics):
                return RecordMissing(question, topics)
            case ReadTutorial(source, path, confidence):
                held = (one for found in self.by_word.values() for one in found.passages if one.source == source)
                return TutorialRead(tuple({one.chunk_id: one for one in held}.values()), path, confidence)
            case Gather(text, asks, more):
                return Gathered(text, tuple(self.answer(one) for one in asks), more)  # type: ignore[misc]  # as above


def play(now_talk: Talk, event: Event, shelf: Shelf) -> tuple[Talk, tuple[Action, ...]]:
    """Everything that follows from the event, and the talk afterwards."""
    from dataclasses import replace

    waiting, done = [event], []
    while waiting:
        for action in decide(now_talk, waiting.pop(0), NOW):
            done.append(action)
            now_talk = replace(now_talk, conversation=changed(now_talk.conversation, action, NOW))
            if isinstance(action, Ask):
                waiting.append(shelf.answer(action))
    return now_talk, tuple(done)
