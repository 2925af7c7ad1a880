"""From marks to what was found: features, chances, and entries and passages in one order. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from knowledge.clause_named import clause_named
from knowledge.confidence import Heads
from knowledge.facts import facts
from knowledge.index import Generation, Hearing, Scored, Tongue
from knowledge.masks import Mask, Masks
from knowledge.passages import Chunk, Found, Kind, Passage
from knowledge.postings import Marks
from knowledge.questions import Word
from knowledge.retrieve import Part, best_of
from knowledge.scope import ANYBODY, Scope, open_facts
from knowledge.text import fold, words
from knowledge.twins import with_others
from records.types import Language

MOST = 10
NOTHING = Found((), 0.0, 0.0)
_ASKS_TERMS = re.compile(
    r"\b(?:clausulas?|contrat(?:o|os|ual)|condiciones|terminos|clauses?|contracts?|terms|agreement)\b"
)
_ASKS_STEPS = re.compile(
    r"\b(?:guias?|tutorial(?:es|s)?|pasos|paso (?:a|por) paso|guides?|steps|step by step|walk me through|walkthrough)\b"
)
_DISCOUNT = {Kind.CONTRACT: 0.75, Kind.TUTORIAL: 0.85, Kind.FAQ: 1.0}
_STEP_OF_ANYTHING = 0.5  # a step of a guide, for a question that says too little to mean it
_NAMED = 0.97  # chance that the clause of that number is what was asked for
_SAYS = 3  # content words from which on a question that does not ask how is taken for one about a step
_NEXT = 4  # entries whose phrasings are compared with the question, the first among them
_SHARPNESS = 8.0  # of votes, so that they become chances
_ALIKE = 0.3  # share of the words of two clauses that are in both
_NOES = re.compile(r"(?:no|ni|sin|nunca|ningun|ninguna|tampoco|salvo|excepto|not|nor|without|never|none|unless|except)")


@dataclass(frozen=True)
class Ranked:
    """One manner's texts, best first: their `places` and `scores`, with its two chances."""

    scored: Scored
    places: tuple[int, ...]
    scores: tuple[float, ...]
    right: float
    answerable: float
    features: Mapping[str, float]


def search(
    generation: Generation, heads: Mapping[str, Heads], question: str, language: Language, scope: Scope = ANYBODY
) -> Found:
    """The best passages in `language`, and of the other one what is in no other. Empty when it holds nothing.

    What is for somebody else is not found. What the sources say for people among whom this person may be comes as `variants`.
    """
    if not words(question):
        return NOTHING
    hear = generation.listen(question, language)
    found = _search_in(generation, heads, question, hear, language, scope)
    for other, lonely in generation.alone.items():
        if other is not language and lonely:
            across = _search_in(generation, heads, question, hear, other, scope)
            found = with_others(found, across, lonely, MOST)
    return found


def _search_in(
    generation: Generation,
    heads: Mapping[str, Heads],
    question: str,
    hear: Callable[[Language], Hearing],
    held: Language,
    scope: Scope,
) -> Found:
    """The best passages of the texts in `held`."""
    if held not in generation.tongues:
        return NOTHING
    asked = _Asked(hear(held), heads, question, scope)
    masker = generation.maskers[held]
    masks = masker.of_scope(scope)
    found = asked.find(masks)
    if not found.passages:
        return found
    first = found.passages[0]
    if first.kind is Kind.CONTRACT and not scope.contract:
        versions = asked.find(masker.of_versions(first.contract, scope), first.path)
        return replace(found, variants=other_versions(first, versions.passages))
    rivals = [
        passage for passage in found.passages[1:] if first.depends and passage.depends and same_point(first, passage)
    ]
    if not rivals:
        return found
    # Variants of one point are no rivals of each other: without them the first is judged as if it stood alone.
    return replace(asked.find(_without(generation.tongues[held], masks, rivals)), variants=tuple(rivals))


def _without(tongue: Tongue, masks: Masks, passages: Sequence[Passage]) -> Masks:
    """The same masks, and these passages hidden; a manner that has none of them keeps its very mask."""
    hidden = {
        name: [manner.places[one.chunk_id] for one in passages if one.chunk_id in manner.places]
        for name, manner in tongue.manners.items()
    }
    return {name: mask.without(hidden[name]) if hidden[name] else mask for name, mask in masks.items()}


class _Asked:
    """One question, looked for among several masks. What one mask of a manner gave is not worked out again."""

    def __init__(self, hearing: Hearing, heads: Mapping[str, Heads], question: str, scope: Scope) -> None:
        self._hearing = hearing
        self._heads = heads
        self._named = clause_named(question)
        self._asked = fold(question)
        self._scope = scope
        self._ranked: dict[tuple[Mask, tuple[str, ...]], Ranked] = {}

    def find(self, masks: Masks, named: str = "") -> Found:
        """What these masks leave, best first; the clause `named`, or that the question names, before all others."""
        wanted = (named,) if named else self._named
        ranked = [self._rank(name, mask, wanted) for name, mask in masks.items() if not mask.nothing]
        return merge(ranked, self._asked, self._scope)

    def _rank(self, name: str, mask: Mask, wanted: tuple[str, ...]) -> Ranked:
        if (mask, wanted) not in self._ranked:
            scored = self._hearing.score(name, mask)
            self._ranked[mask, wanted] = rank(scored, self._heads, wanted)
        return self._ranked[mask, wanted]


def same_point(one: Passage, other: Passage) -> bool:
    """Do two texts answer the same question for different people?"""
    same = fold(one.title).strip() == fold(other.title).strip() if one.title else one.path == other.path
    return one.kind is other.kind and one.reach != other.reach and same


def other_versions(first: Passage, clauses: Iterable[Passage]) -> tuple[Passage, ...]:
    """Of each other version the clause on the point of `first`, where it says something else: other facts, or yes for no."""
    nearest: dict[str, Passage] = {}
    for clause in clauses:
        if clause.contract not in nearest and _on_one_point(first, clause):
            nearest[clause.contract] = clause
    return tuple(clause for clause in nearest.values() if _says(clause) != _says(first))


def _on_one_point(one: Passage, other: Passage) -> bool:
    mine, theirs = _word_set(one.text), _word_set(other.text)
    alike = len(mine & theirs) / max(1, len(mine | theirs))
    named = bool(one.title) and fold(one.title) == fold(other.title)
    return alike >= _ALIKE or (named and alike >= _ALIKE / 2)


@lru_cache(maxsize=2_000)
def _word_set(text: str) -> frozenset[str]:
    """Kept, because the same clauses of the same versions are compared again and again."""
    return frozenset(words(text))


def _says(passage: Passage) -> tuple[frozenset[str], int]:
    return frozenset(facts(passage.text)), sum(map(bool, map(_NOES.fullmatch, words(passage.text))))


def rank(scored: Scored, heads: Mapping[str, Heads], wanted: Sequence[str] = ()) -> Ranked:
    """One manner's marks as an order and chances. `wanted`: the clause asked for by number, under the first
    of these paths that there is, comes first, whatever its words."""
    features = features_of(scored)
    head = heads[scored.manner.part.mode]
    right, answerable = head.right.chance(features), head.answerable.chance(features)
    total = scored.marked.total
    order = [at for at in scored.order[:MOST] if total[at] > -1e8]
    named = next((path for path in wanted if path in scored.manner.clauses), "")
    asked = [at for at in scored.manner.clauses.get(named, ()) if total[at] > -1e8] if named else []
    if asked:
        best = max(asked, key=lambda at: (scored.manner.chunks[at].path == named, float(total[at])))
        order = [best, *(at for at in order if at != best)][:MOST]
        right = answerable = max(right, _NAMED)
    shares = np.exp(np.array([min(0.0, float(total[at] - total[order[0]])) for at in order]))
    if asked:
        shares[1:] = np.minimum(shares[1:], 0.5)
    return Ranked(scored, tuple(order), tuple((right * shares).tolist()), right, max(right, answerable), features)


def features_of(scored: Scored) -> dict[str, float]:
    """What the chances are judged on, and what keeps a text from being certain; every value is small, about the best text."""
    marked, query, part = scored.marked, scored.query, scored.manner.part
    top = scored.order[0]
    rival = _rival(scored)
    unheld = strangers(scored, top)
    strange = [part.words.share(word.stem) for word in unheld]
    votes = marked.parts.get("votes", _NONE)
    return {
        "cover": part.words.cover(query.stems, top),
        "known": part.words.known_share(query.stems),
        "char": float(marked.parts["char"][top]),
        "vector": float(marked.parts["vector"][top]),
        "total": min(float(marked.total[top]), 30.0) / 10.0,
        "margin": min(float(marked.total[top] - marked.total[rival]), 8.0) / 4.0 if rival is not None else 0.5,
        "sure": _sure(marked.total),
        "vote": _at(votes, top),
        "vote_gap": _gap(votes, top),
        "doubt": _doubt(votes),
        "share": query.share,
        "strange": sum(strange) / max(1, len(query.content)),
        "unsaid": sum(strange) / max(1e-9, sum(map(part.words.share, (word.stem for word in query.content)))),
        "sentence": _at(marked.parts.get("sentence", _NONE), top),
        "order": _at(marked.parts.get("order", _NONE), top),
        "topic": max(marked.topics.values(), default=0.0),
        "topic_mark": _at(marked.parts.get("topic", _NONE), top) / 10.0,
        "length": min(len(query.stems), 15) / 15.0,
        "across": float(query.across),
        "foreign": float(any(word.hinge and _never_heard(part, word) for word in unheld)),
        "bare": float(len(query.content) < _SAYS and "steps" not in query.asks),
        **_compared(scored, unheld),
    }


def _compared(scored: Scored, unheld: Sequence[Word]) -> dict[str, float]:
    """The best entry's phrasings beside the question, and those of the next ones that are not hidden."""
    sayings, total = scored.manner.part.sayings, scored.marked.total
    if sayings is None:
        return {}
    first, *others = [at for at in scored.order[:_NEXT] if at == scored.order[0] or total[at] > -1e8]
    compared = sayings.features(scored.query, first, others)
    return compared | {"elsewhere": sayings.titled(unheld, others)}


def _rival(scored: Scored) -> int | None:
    """The next best that is not of the same clause."""
    chunks, total = scored.manner.chunks, scored.marked.total
    first = chunks[scored.order[0]]
    near = next((at for at in scored.order[1:] if not _kin(first, chunks[at])), None)
    if near is not None or len(total) == len(scored.order):
        return near
    return next((at for at in best_of(total, len(total)).tolist() if not _kin(first, chunks[at])), None)


_NONE = np.zeros(0)


def _at(marks: Marks, top: int) -> float:
    return float(marks[top]) if marks.size else 0.0


def _gap(marks: Marks, top: int) -> float:
    return (
        float(marks[top] - max(marks[:top].max(initial=-np.inf), marks[top + 1 :].max(initial=-np.inf)))
        if marks.size > 1
        else 0.0
    )


def _sure(total: Marks) -> float:
    """The share of the first when the sums are read as chances, over what it would be among equals."""
    raised = np.exp(total - total.max())
    return float(1.0 / raised.sum())


def _doubt(votes: Marks) -> float:
    """How far the votes are spread over all entries: 0 for one alone, 1 for all alike."""
    if votes.size < 2:
        return 0.0
    chances = np.exp(_SHARPNESS * (votes - votes.max()))
    chances /= chances.sum()
    return float(-(chances * np.log(chances + 1e-12)).sum() / np.log(votes.size))


def strangers(scored: Scored, top: int) -> list[Word]:
    """The content words of the question that the best text neither has nor means by a concept."""
    part = scored.manner.part
    return [
        word
        for word in scored.query.content
        if not part.words.holds(word.stem, top) and not any(part.concepts.holds(one, top) for one in word.concepts)
    ]


def _never_heard(part: Part, word: Word) -> bool:
    """Has no text of the part this word, nor one that means the same?"""
    return part.words.never_heard(word.stem) and word.concepts.isdisjoint(part.concepts.rarity)


def _kin(one: Chunk, other: Chunk) -> bool:
    """Two pieces of one clause are no rivals, nor the same clause in two files of one version."""
    same = one.contract == other.contract and one.kind is other.kind is Kind.CONTRACT
    return same and one.path.split(" ")[0] == other.path.split(" ")[0]


def passage_of(
    chunk: Chunk, score: float, scope: Scope, parts: tuple[tuple[str, float], ...] = (), *, alone: bool = False
) -> Passage:
    """A chunk as it is given to who asked."""
    return Passage(
        chunk_id=chunk.id,
        source=chunk.source,
        path=chunk.path,
        title=chunk.title,
        text=chunk.text,
        language=chunk.language,
        kind=chunk.kind,
        score=score,
        contract=chunk.contract,
        reach=chunk.reach,
        depends=open_facts(chunk.reach, scope),
        note=chunk.note,
        short=chunk.short,
        alone=alone,
        parts=parts,
    )


def merge(ranked: Sequence[Ranked], asked: str, scope: Scope = ANYBODY) -> Found:
    """Entries and passages in one order. `asked`: the folded question.

    A clause outranks an entry only when it is clearly nearer, or asked for by name.
    """
    weigh = _weigher(asked) if len(ranked) > 1 else lambda _: 1.0
    weighed = [(one, weigh(one)) for one in ranked if one.places]
    every = sorted(
        (
            (one, at, score, score * weight)
            for one, weight in weighed
            for at, score in zip(one.places, one.scores, strict=True)
        ),
        key=lambda found: -found[3],
    )
    if not every:
        return NOTHING
    winner, _, right, _ = every[0]
    return Found(
        tuple(_passage(one.scored, at, score, scope) for one, at, score, _ in every[:MOST]),
        right=right,
        answerable=max(one.answerable * weight for one, weight in weighed),
        features=winner.features,
    )


def _passage(scored: Scored, at: int, score: float, scope: Scope) -> Passage:
    return passage_of(scored.manner.chunks[at], score, scope, scored.marked.of(at))


def _weigher(asked: str) -> Callable[[Ranked], float]:
    named = {Kind.CONTRACT: _ASKS_TERMS.search(asked), Kind.TUTORIAL: _ASKS_STEPS.search(asked)}

    def weigh(one: Ranked) -> float:
        kind = one.scored.manner.chunks[0].kind
        if named.get(kind):
            return 1.0
        return _DISCOUNT[kind] * (_STEP_OF_ANYTHING if kind is Kind.TUTORIAL and one.features["bare"] else 1.0)

    return weigh
