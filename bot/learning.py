"""What a turn shows about how people ask: proposals, never more. A person of the company decides on each. Pure."""

from typing import assert_never

from bot.actions import (
    Action,
    AddToCase,
    How,
    LookupWritten,
    OpenCase,
    Propose,
    ProposeEntry,
    Remember,
    TakeBack,
)
from bot.events import Event, Meant, PersonWanted, StaffResolved, Talk, ThumbGiven, WrittenLookedUp
from bot.follow_up import may_lean, topic_of
from bot.parts import split_parts
from bot.replies import remember
from bot.rules import hear
from knowledge.answers import is_certain
from knowledge.language import guess
from knowledge.passages import Kind, Passage
from knowledge.text import fold
from records.phrasings import Origin, Phrasing
from records.types import Case, Language, Reason

_GAVE_UP = frozenset({Reason.PERSON, Reason.REPEATED_FAILURE})


def asks_alone(text: str) -> bool:
    """Is it one question that says what it is about? Acts, talk, lists and follow-ups are no ways to ask for an entry."""
    heard = hear(text)
    plain = not heard.reasons and not heard.leans and heard.stop == "none" and not heard.back and not heard.talk
    return plain and len(split_parts(text).asked) == 1 and not may_lean(text)


def asked_back(talk: Talk, question: str) -> Remember:
    """The title tapped next tells what this question meant. A question read behind another one is nobody's own words."""
    own = topic_of(talk) is None and asks_alone(question)
    return remember(meant=question if own else None)


def answered(talk: Talk, how: How, entry: Passage) -> tuple[Action, ...]:
    """This entry is the answer. If they tapped its title when asked back, that is what they had meant."""
    match how:
        case How.PICKED:
            return _picked(talk, entry)
        case How.WHOLE:
            return ()
        case How.ASKED | How.FOREIGN | How.RECORD:
            return (remember(meant=None, taught=None),)
        case _:
            assert_never(how)


def _picked(talk: Talk, entry: Passage) -> tuple[Action, ...]:
    meant = talk.conversation.memory.get("meant")
    if not isinstance(meant, str) or entry.kind is not Kind.FAQ or entry.language is not talk.language:
        return (remember(meant=None, taught=None),)
    said = Phrasing(entry.source, entry.path, entry.language, meant)
    return (Propose(said, Origin.CHOICE), remember(meant=None, taught=[entry.source, entry.path]))


def judged(talk: Talk, event: ThumbGiven | StaffResolved) -> tuple[Action, ...]:
    """A thumb on an answer, or what staff say would have answered."""
    match event:
        case ThumbGiven(up=False, about=Meant(said)):
            return (TakeBack(said.source, said.path),)
        case ThumbGiven(up=True, about=Meant() as about):
            return _proposed(about, talk.language, Origin.THUMB)
        case StaffResolved(about=Meant() as about):
            return _proposed(about, talk.language, Origin.STAFF)
        case _:
            return ()


def answered_in_words(case: Case, event: StaffResolved) -> tuple[Action, ...]:
    """What staff wrote to a question that was one of its own: is there an entry that says it?"""
    written = event.written
    if (
        written is None
        or not asks_alone(written.question)
        or guess(written.answer).language not in (None, written.language)
    ):
        return ()
    return (LookupWritten(case.id, event.staff, written),)


def looked_up(talk: Talk, event: WrittenLookedUp) -> tuple[Action, ...]:
    """It is proposed where no entry would be given as the answer."""
    if is_certain(event.found, talk.policy.wrong_answers):
        return ()
    return (ProposeEntry(event.case_id, event.staff, event.written),)


def turned_away(talk: Talk, event: Event, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """They asked for a person right after what they had picked: it was not what they meant."""
    taught = talk.conversation.memory.get("taught")
    if not isinstance(taught, list) or len(taught) != 2:
        return ()
    gave_up = any(isinstance(one, OpenCase | AddToCase) and one.kind in _GAVE_UP for one in actions)
    if not gave_up and not isinstance(event, PersonWanted):
        return ()
    return (TakeBack(str(taught[0]), str(taught[1])), remember(taught=None))


def _proposed(about: Meant, language: Language, origin: Origin) -> tuple[Action, ...]:
    said = about.said
    new = fold(said.text).strip(" ¿?¡!.") != fold(about.title).strip(" ¿?¡!.")
    return (Propose(said, origin),) if new and said.language is language and asks_alone(said.text) else ()
