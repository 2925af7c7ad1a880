"""Clauses that were found, and what their own contract says otherwise on the same point. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from knowledge.passages import AtOdds, Passage, Quoted
from knowledge.terms import Conflict, Term


def clauses_at_odds(
    passages: Iterable[Passage], conflicts: Sequence[Conflict], sections: Sequence[Passage]
) -> Mapping[str, tuple[AtOdds, ...]]:
    """By `chunk_id`, the conflicts that a passage is part of. `sections` are those of the one contract they all come from."""
    found = {passage.chunk_id: _of(passage, conflicts, sections) for passage in passages}
    return {chunk: odds for chunk, odds in found.items() if odds}


def _of(passage: Passage, conflicts: Sequence[Conflict], sections: Sequence[Passage]) -> tuple[AtOdds, ...]:
    return tuple(
        AtOdds(term.quote, _quoted(conflict.terms, sections), _quoted(conflict.precedence, sections))
        for conflict in conflicts
        for term in conflict.terms
        if _states(passage, term)
    )


def _quoted(terms: Sequence[Term], sections: Sequence[Passage]) -> tuple[Quoted, ...]:
    """Each sentence once, from the smallest section that holds it. What the index holds back cannot be quoted."""
    quoted = []
    for term in sorted(terms, key=lambda term: term.start):
        holding = [section for section in sections if _states(section, term) and term.sentence in section.text]
        if holding:
            quoted.append(Quoted(min(holding, key=lambda section: len(section.text)), term.sentence))
    return tuple(dict.fromkeys(quoted))


def _states(passage: Passage, term: Term) -> bool:
    return _clause(passage) in (term.path, term.whole) and term.quote in passage.text


def _clause(passage: Passage) -> str:
    """The clause a piece was cut from."""
    return passage.path.split(" · ")[0]
