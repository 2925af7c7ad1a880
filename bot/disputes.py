"""A contract that says two things on one point: both are quoted and a person is offered, never one chosen. Pure."""

from collections.abc import Sequence

from bot.events import Talk
from bot.replies import phrase
from knowledge.answers import Drafted, draft, why_not_grounded
from knowledge.passages import AtOdds, Found, NotGrounded, Quoted
from records.types import Citation, Language


def drafted_first(talk: Talk, question: str, found: Found) -> Drafted | None:
    """The first passage as an answer, with all that its contract says on a point it is at odds on; None when not proven."""
    try:
        made = draft(question, found, talk.language)
    except NotGrounded:
        return None
    odds = _touched(made, found)
    if odds:
        made = _all_quoted(talk.language, odds)
    held = (*found.passages, *(one.passage for one in _quotes(odds)))
    return None if why_not_grounded(made, held) else made


def is_disputed(made: Drafted, found: Found) -> bool:
    """Does this answer quote clauses that are at odds?"""
    every = [odds for listed in found.at_odds.values() for odds in listed]
    return any({_citation(one) for one in odds.clauses} <= set(made.citations) for odds in every)


def _touched(made: Drafted, found: Found) -> tuple[AtOdds, ...]:
    """Where the words that would be quoted state a point the contract states otherwise elsewhere."""
    listed = found.at_odds.get(made.passages[0].chunk_id, ())
    return tuple(one for one in listed if any(one.point in citation.quote for citation in made.citations))


def _quotes(odds: Sequence[AtOdds]) -> tuple[Quoted, ...]:
    return tuple(dict.fromkeys(quoted for one in odds for quoted in (*one.clauses, *one.precedence)))


def _all_quoted(language: Language, odds: Sequence[AtOdds]) -> Drafted:
    clauses = tuple(dict.fromkeys(quoted for one in odds for quoted in one.clauses))
    precedence = tuple(dict.fromkeys(quoted for one in odds for quoted in one.precedence))
    told = [phrase("disputed.heading", language), *(_line(one, language) for one in clauses)]
    if precedence:
        told += [phrase("disputed.precedence", language), *(_line(one, language) for one in precedence)]
    quotes = (*clauses, *precedence)
    passages = tuple(dict.fromkeys(one.passage for one in quotes))
    text = "\n\n".join([*told, phrase("disputed.person", language)])
    return Drafted(text, tuple(_citation(one) for one in quotes), passages)


def _line(one: Quoted, language: Language) -> str:
    path, heading = one.passage.path.split(" · ")[0], one.passage.title
    if not path[:1].isdigit():
        return phrase("disputed.clause_named", language, heading=heading or path, quote=one.quote)
    key = "disputed.clause" if heading else "disputed.clause_bare"
    return phrase(key, language, path=path, heading=heading, quote=one.quote)


def _citation(one: Quoted) -> Citation:
    return Citation(one.passage.source, one.passage.path, one.quote, one.passage.title)
