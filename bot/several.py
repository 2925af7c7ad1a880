"""Several questions in one message: each is answered from its own source, or it is said plainly what becomes of it. Pure.

When no part can be answered, the message is treated as one question: asked back once, else to a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest
from typing import assert_never

from bot import identity
from bot.actions import Action, AddToCase, Gather, How, Lookup, OpenCase, ReadRecord, Say
from bot.answering import (
    MOST_CHOICES,
    Verdict,
    as_choices,
    ask_back,
    drafted,
    found,
    judge,
    needs_person_beside,
    titles_of,
)
from bot.events import Gathered, OwnRecord, PassagesFound, RecordMissing, RecordRead, Talk
from bot.follow_up import keep_topic
from bot.handing import hand_over, open_or_join
from bot.learning import asked_back
from bot.own_record import tell
from bot.parts import Parts
from bot.replies import person_choice, phrase, remember, speak
from bot.rules import hear
from bot.wording import worded
from knowledge.answers import Drafted
from knowledge.passages import Found
from records.types import Choice, Reason

_LONGEST_NAME = 90  # characters of a part that are said back


@dataclass(frozen=True)
class _Answered:
    part: PassagesFound
    made: Drafted


@dataclass(frozen=True)
class _Told:
    question: str
    topics: tuple[str, ...]
    record: OwnRecord


@dataclass(frozen=True)
class _Unclear:
    part: PassagesFound
    titles: tuple[str, ...]


@dataclass(frozen=True)
class _Unproven:
    question: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class _Nothing:
    question: str


_Outcome = _Answered | _Told | _Unclear | _Unproven | _Nothing


def ask_each(talk: Talk, text: str, parts: Parts) -> Gather:
    """What has to be looked up for each part: their record, or the library."""
    return Gather(text, tuple(_ask(talk, part) for part in parts.asked), parts.more)


def _ask(talk: Talk, part: str) -> Lookup | ReadRecord:
    heard = hear(part)
    if heard.own and talk.proven:
        return ReadRecord(part, heard.own)
    return Lookup(part, How.RECORD if heard.own_is_clear else How.ASKED, heard.own)


def gathered(talk: Talk, event: Gathered, now: datetime) -> tuple[Action, ...]:
    """One turn about all the parts; the whole message as one question when no part has an answer."""
    outcomes = tuple(_outcome(talk, part) for part in event.parts)
    if not any(isinstance(one, _Answered | _Told) for one in outcomes):
        return _as_one(talk, event, outcomes, now)
    return _each(talk, event, outcomes, now)


def _outcome(talk: Talk, part: PassagesFound | RecordRead | RecordMissing) -> _Outcome:
    match part:
        case RecordRead():
            shown = tuple(topic for topic in part.topics if topic in part.record.facts)
            return _Told(part.question, shown, part.record) if shown else _Unproven(part.question, part.topics)
        case RecordMissing():
            return _Nothing(part.question)
        case PassagesFound():
            return _outcome_of_search(talk, part)
        case _:
            assert_never(part)


def _outcome_of_search(talk: Talk, part: PassagesFound) -> _Outcome:
    verdict, made = judge(talk, part), drafted(talk, part)
    if verdict is Verdict.ANSWER and made is not None:
        return _Answered(part, made)
    if verdict is Verdict.PROVE:
        return _Unproven(part.question, part.own)
    if verdict in (Verdict.ASK_BACK, Verdict.REWORD):
        return _Unclear(part, titles_of(part.found.passages))
    return _Nothing(part.question)


# ---------------------------------------------------------------- no part has an answer


def _as_one(talk: Talk, event: Gathered, outcomes: tuple[_Outcome, ...], now: datetime) -> tuple[Action, ...]:
    topics = tuple(topic for one in outcomes if isinstance(one, _Unproven) for topic in one.topics)
    if topics:
        return identity.ask_for_proof(talk, event.text, tuple(dict.fromkeys(topics)))
    offered = _offered(outcomes)
    answerable = max((part.found.answerable for part in event.parts if isinstance(part, PassagesFound)), default=0.0)
    if offered:
        titles = tuple(offered)
        return ask_back(talk, event.text, titles, Found((), 0.0, answerable), _by_part(talk, outcomes, offered))
    if any(isinstance(part, RecordMissing) for part in event.parts):
        return hand_over(talk, Reason.NO_SOURCE, event.text, now)
    return found(talk, PassagesFound(event.text, Found((), 0.0, answerable)), now)


def _offered(outcomes: tuple[_Outcome, ...]) -> Mapping[str, str]:
    """At most three titles and the part each is for; the unclear parts take turns, so that each has one among the three."""
    lists = [[(title, one.part.question) for title in one.titles] for one in outcomes if isinstance(one, _Unclear)]
    taken: dict[str, str] = {}
    for title, part in filter(None, chain.from_iterable(zip_longest(*lists))):
        if len(taken) < MOST_CHOICES:
            taken.setdefault(title, part)
    return taken


def _by_part(talk: Talk, outcomes: tuple[_Outcome, ...], offered: Mapping[str, str]) -> str:
    """Which title is for which part; empty where only one part is asked back, and its titles speak for themselves."""
    unclear = [one.part.question for one in outcomes if isinstance(one, _Unclear)]
    if len(unclear) < 2:
        return ""
    return "\n\n".join(
        phrase("parts.titles", talk.language, question=_named(part), titles=_listed(part, offered))
        for part in dict.fromkeys(unclear)
        if part in offered.values()
    )


def _listed(part: str, offered: Mapping[str, str]) -> str:
    return "\n".join(f"• {title}" for title, whose in offered.items() if whose == part)


# ---------------------------------------------------------------- some have


def _each(talk: Talk, event: Gathered, outcomes: tuple[_Outcome, ...], now: datetime) -> tuple[Action, ...]:
    answered = [one for one in outcomes if isinstance(one, _Answered)]
    handed, told_code = _hand_over_rest(talk, event, outcomes, now)
    offered = _offered(outcomes)
    blocks = [_block(talk, one, now, told_code, offered) for one in outcomes]
    text = "\n\n".join(phrase("parts.one", talk.language, n=n, text=block) for n, block in enumerate(blocks, start=1))
    if event.more:
        text = f"{text}\n\n{phrase('parts.more', talk.language)}"
    turn = Say(
        text,
        Reason.ANSWERED if answered else Reason.OWN_RECORD,
        tuple(dict.fromkeys(citation for one in answered for citation in one.made.citations)),
        choices=_choices(talk, outcomes, tuple(offered)),
        rateable=bool(answered),
        confidence=min((one.part.found.right for one in answered), default=1.0),
    )
    return (*_memory(talk, outcomes), *handed, *speak(talk, turn))


def _block(talk: Talk, one: _Outcome, now: datetime, told_code: str, offered: Mapping[str, str]) -> str:
    language = talk.language
    match one:
        case _Answered(part, made):
            text = worded(talk, part.question, made)
            return phrase("parts.answered", language, question=_named(part.question), text=text)
        case _Told(question, topics, record):
            text = tell(topics, record, language, now, talk.policy.plan_name)
            return phrase("parts.answered", language, question=_named(question), text=text)
        case _Unclear(part):
            shown = phrase("parts.unclear", language, question=_named(part.question))
            mixed = len(set(offered.values())) > 1
            return f"{shown}\n{_listed(part.question, offered)}".rstrip() if mixed else shown
        case _Unproven(question):
            return phrase("parts.unproven", language, question=_named(question))
        case _Nothing(question):
            return phrase("parts.nothing", language, question=_named(question), told=told_code)
        case _:
            assert_never(one)


def _named(question: str) -> str:
    """The part in the person's own words, without the marks a split question would show only half of."""
    words = question.strip(" ¿?¡!.,;:")
    return words if len(words) <= _LONGEST_NAME else f"{words[:_LONGEST_NAME].rsplit(None, 1)[0]}…"


def _hand_over_rest(
    talk: Talk, event: Gathered, outcomes: tuple[_Outcome, ...], now: datetime
) -> tuple[tuple[OpenCase | AddToCase, ...], str]:
    """One case for all parts that have no answer, with the whole message in it, and what the person hears about it."""
    if not any(isinstance(one, _Nothing) for one in outcomes):
        return (), ""
    reason = Reason.VIP if talk.vip else Reason.NO_SOURCE
    case, told = open_or_join(talk, reason, event.text, now)
    return (case,), told


def _choices(talk: Talk, outcomes: tuple[_Outcome, ...], titles: tuple[str, ...]) -> tuple[Choice, ...]:
    language = talk.language
    proof = any(isinstance(one, _Unproven) for one in outcomes)
    prove = (Choice("prove", phrase("choice.prove", language)),) if proof else ()
    offered = any(
        isinstance(one, _Answered) and needs_person_beside(talk, one.made, one.part.found) for one in outcomes
    )
    person = (person_choice(language),) if offered else ()
    return (*as_choices(titles), *prove, *person)


def _memory(talk: Talk, outcomes: tuple[_Outcome, ...]) -> tuple[Action, ...]:
    unclear = [one.part.question for one in outcomes if isinstance(one, _Unclear)]
    unproven = [one for one in outcomes if isinstance(one, _Unproven)]
    answered = [one for one in outcomes if isinstance(one, _Answered)]
    kept: list[Action] = [remember(failures=1 if unclear else 0, asked=unclear[0] if unclear else None)]
    # With two unclear ones nobody knows which of them the title tapped next was for.
    kept.append(asked_back(talk, unclear[0]) if len(unclear) == 1 else remember(meant=None))
    if unproven:
        topics = list(dict.fromkeys(topic for one in unproven for topic in one.topics))
        kept.append(remember(proof_step="email", pending=unproven[0].question, pending_topics=topics))
    if answered:
        kept.append(keep_topic(answered[-1].part.question, answered[-1].made.passages[0]))
    return tuple(kept)
