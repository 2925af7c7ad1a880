"""What the library found, and what we say to it. Pure.

The whole policy is `judge`: certain enough -> the answer with its source; else, once, up to three titles to tap; else a person.
How certain is one number of the workspace: the share of all questions that may get a wrong answer.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from bot import follow_up, identity
from bot.actions import Action, How, Say
from bot.alterations import told_alterations
from bot.disputes import drafted_first, is_disputed
from bot.events import PassagesFound, Talk
from bot.follow_up import keep_asked_back, keep_topic
from bot.handing import hand_over
from bot.learning import answered, asked_back
from bot.replies import act_choice, answer, person_choice, phrase, remember, say, speak
from bot.rules import hear
from bot.steps import begins
from bot.taps import PICK
from bot.text import asks, fold, words_of
from bot.variants import told_apart
from bot.wording import in_short, worded
from knowledge.answers import Drafted, is_certain, is_in_another_language, why_not_grounded
from knowledge.passages import Found, Kind, NotGrounded, Passage
from knowledge.text import without_stop_words, words
from records.types import CaseState, Choice, Reason

MOST_CHOICES = 3
_TELLING = 3  # words from which on a message may tell something
_HARDLY = 0.5  # share of what was said, in weight, that the first text holds


class Verdict(StrEnum):
    """What one question comes to."""

    ANSWER = "answer"
    PROVE = "prove"  # it may be about their own record: who are they?
    ASK_BACK = "ask_back"
    CASE = "case"  # they tell more about the matter that is open
    PERSON = "person"
    REWORD = "reword"  # next to nothing that is said anywhere: in other words, please
    OTHER_LANGUAGE = "other_language"  # we say what we speak, and offer a person


def found(talk: Talk, event: PassagesFound, now: datetime) -> tuple[Action, ...]:
    """What we do about one question, now that the library has been asked."""
    event = _as_picked(event)
    verdict = judge(talk, event)
    match verdict:
        case Verdict.ANSWER:
            return _grounded_answer(talk, event)
        case Verdict.PROVE:
            return identity.ask_for_proof(talk, event.question, event.own)
        case Verdict.ASK_BACK:
            return ask_back(talk, event.question, titles_of(event.found.passages), event.found)
        case Verdict.REWORD:
            return say(talk, "talk.help", Reason.SMALL_TALK, choices=(person_choice(talk.language),))
        case Verdict.CASE:
            return hand_over(talk, _reason(talk, event), event.question, now)
        case Verdict.PERSON:
            return _to_a_person(talk, event, now)
        case Verdict.OTHER_LANGUAGE:
            return say(talk, "other_language", Reason.OTHER_LANGUAGE, choices=(person_choice(talk.language),))
        case _:
            assert_never(verdict)


def judge(talk: Talk, event: PassagesFound) -> Verdict:
    """The policy of one question, read from top to bottom."""
    if _is_certain(talk, event) and drafted(talk, event):
        return Verdict.ANSWER
    if event.how is How.FOREIGN:
        return Verdict.OTHER_LANGUAGE
    if event.own:
        return Verdict.PROVE
    if _tells_more(talk, event):
        return Verdict.CASE
    if _given_up(talk, event) or talk.vip or event.how in (How.PICKED, How.WHOLE):
        return Verdict.PERSON
    if _says_next_to_nothing(talk, event):
        return Verdict.REWORD
    worth_offering = event.found.answerable >= talk.policy.floor
    if worth_offering and titles_of(event.found.passages):
        return Verdict.ASK_BACK
    return Verdict.PERSON


def _is_certain(talk: Talk, event: PassagesFound) -> bool:
    match event.how:
        case How.PICKED | How.WHOLE:
            return True
        case How.RECORD:
            return False
        case How.ASKED | How.FOREIGN:
            return bool(event.altered) or is_certain(event.found, talk.policy.wrong_answers)
        case _:
            assert_never(event.how)


def _tells_more(talk: Talk, event: PassagesFound) -> bool:
    """Does what is no question belong to the case that waits for a person?"""
    waits = talk.case is not None and talk.case.state is CaseState.OPEN
    said = event.question
    return (
        waits
        and event.how is How.ASKED
        and len(words_of(said)) >= _TELLING
        and not asks(fold(said))
        and not follow_up.leans(said)
    )


def _says_next_to_nothing(talk: Talk, event: PassagesFound) -> bool:
    """A few words at most, none of the field and hardly any in the first text ("feliz navidad", "x"): titles would be noise.

    Not where a case waits: it may be what staff asked for.
    """
    features = event.found.features
    few = talk.case is None and len(words_of(event.question)) <= _TELLING and not hear(event.question).leans
    if not few or features.get("share", 1.0) > 0:
        return False
    content = without_stop_words(words(event.question))
    return features.get("cover", 1.0) < _HARDLY or all(len(word) < 2 or word.isdigit() for word in content)


def failed_before(talk: Talk) -> bool:
    """Were they asked back, or handed over, since the last answer?"""
    return failures_of(talk) > 0


def failures_of(talk: Talk) -> int:
    """How often, since the last answer."""
    return int(str(talk.conversation.memory.get("failures") or 0))


def _given_up(talk: Talk, event: PassagesFound) -> bool:
    """A question that leans on one that was asked back is a further question, and is asked back once itself."""
    return failures_of(talk) >= (2 if event.leans else 1)


def drafted(talk: Talk, event: PassagesFound) -> Drafted | None:
    """The answer if every fact in it stands in what it cites, and in their language unless there is none in it; None otherwise.
    A model's wording passes here, too, or a quote goes out instead."""
    made = _drafted(talk, event)
    foreign = made is not None and event.how is not How.FOREIGN and is_in_another_language(made, talk.language)
    return None if foreign else made


def _drafted(talk: Talk, event: PassagesFound) -> Drafted | None:
    if event.altered:
        return told_alterations(talk, event.altered)
    if event.found.passages and event.found.variants:
        return told_apart(talk, event.found, event.question)
    made = drafted_first(talk, event.question, event.found)
    if made is not None and is_disputed(made, event.found):
        return made
    worded_by_model = event.wording
    if worded_by_model and not why_not_grounded(worded_by_model, event.found.passages, talk.language):
        return worded_by_model
    return made


def _grounded_answer(talk: Talk, event: PassagesFound) -> tuple[Action, ...]:
    made = drafted(talk, event)
    if made is None:
        raise NotGrounded("an answer was chosen that does not stand in its source")
    first = made.passages[0]
    if (
        first.kind is Kind.TUTORIAL
        and made is not event.wording
        and event.how is not How.FOREIGN
        and len(made.passages) == 1
    ):
        return (begins(first, event.found.right),)
    leans = hear(event.question).leans
    kept = remember(
        failures=0,
        asked=event.question if leans else None,
        walk=None,
        pending=event.question if event.found.variants else None,
    )
    text, choices = _as_said(talk, event, made)
    said = answer(talk, text, made.citations, 1.0 if event.altered else event.found.right, choices)
    return (kept, *answered(talk, event.how, first), keep_topic(event.question, first), *said)


def _as_said(talk: Talk, event: PassagesFound, made: Drafted) -> tuple[str, tuple[Choice, ...]]:
    """The text, and what may be tapped below it."""
    if event.altered:
        return worded(talk, event.question, made), (person_choice(talk.language),)
    if event.how is How.FOREIGN:
        text = f"{phrase('answer.as_far_as_we_can', talk.language)}\n\n{worded(talk, event.question, made)}"
        return text, (person_choice(talk.language),)
    offered = _person_beside(talk, event, made)
    if event.found.variants and not talk.proven:
        return worded(talk, event.question, made), (Choice("prove", phrase("choice.prove", talk.language)), *offered)
    short = in_short(talk, event.question, made) if event.how is not How.WHOLE else ""
    if short and not is_disputed(made, event.found):
        return short, (Choice(f"more:{made.passages[0].chunk_id}", label_of(made.passages[0])), *offered)
    return worded(talk, event.question, made), offered


def _person_beside(talk: Talk, event: PassagesFound, made: Drafted) -> tuple[Choice, ...]:
    leans = hear(event.question).leans
    if leans:
        return (act_choice(leans[0], talk.language),)
    return (person_choice(talk.language),) if needs_person_beside(talk, made, event.found) else ()


def needs_person_beside(talk: Talk, made: Drafted, found: Found) -> bool:
    """Is a person offered with this answer: the contract is at odds with itself, or the text is not in their language?"""
    return is_disputed(made, found) or made.passages[0].language is not talk.language


def ask_back(talk: Talk, question: str, titles: tuple[str, ...], found: Found, by_part: str = "") -> tuple[Action, ...]:
    """The titles as buttons, and a person where it sounds like an act; once, because the next failure goes to a person.

    `by_part` says which title is for which part of the question.
    """
    acts = tuple(act_choice(kind, talk.language) for kind in hear(question).leans)
    choices = (*as_choices(titles), *acts)
    text = "\n\n".join(filter(None, (phrase("ask_back", talk.language), by_part)))
    turn = Say(text, Reason.CHOICES, choices=choices, confidence=found.right)
    kept = remember(asked=question, failures=failures_of(talk) + 1)
    return (kept, keep_asked_back(question), asked_back(talk, question), *speak(talk, turn))


def as_choices(titles: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(f"{PICK}{number}", title) for number, title in enumerate(titles, start=1))


def titles_of(passages: tuple[Passage, ...]) -> tuple[str, ...]:
    """At most three different titles; what reads as a question first. One in another language names what is in no other."""
    first = sorted(passages, key=lambda passage: passage.kind is Kind.CONTRACT)
    return tuple(dict.fromkeys(label_of(passage) for passage in first if passage.title))[:MOST_CHOICES]


def label_of(passage: Passage) -> str:
    """What a choice is called. The heading of a clause says nothing alone, so its number stands before it."""
    if passage.kind is not Kind.CONTRACT:
        return passage.title
    return phrase("choice.clause", passage.language, path=passage.path, title=passage.title)


def _as_picked(event: PassagesFound) -> PassagesFound:
    """A tap names one title: whatever else ranks above it now, that one is answered from."""
    if event.how not in (How.PICKED, How.WHOLE):
        return event
    named = tuple(passage for passage in event.found.passages if label_of(passage) == event.question)
    found = replace(event.found, passages=named, variants=()) if named else event.found
    return replace(event, found=found)


def _to_a_person(talk: Talk, event: PassagesFound, now: datetime) -> tuple[Action, ...]:
    if failed_before(talk):
        asked = str(talk.conversation.memory.get("asked") or event.question)
        reason = next(iter((*hear(asked).leans, *hear(event.question).leans)), Reason.REPEATED_FAILURE)
        return hand_over(talk, reason, asked, now)
    return (remember(failures=1), *hand_over(talk, _reason(talk, event), event.question, now))


def _reason(talk: Talk, event: PassagesFound) -> Reason:
    return next(iter(hear(event.question).leans), why_a_person(talk, event.found))


def why_a_person(talk: Talk, found: Found) -> Reason:
    """The reason the case is opened under."""
    if talk.vip:
        return Reason.VIP
    nothing = not found.passages or found.answerable < talk.policy.floor
    return Reason.NO_SOURCE if nothing else Reason.LOW_CONFIDENCE
