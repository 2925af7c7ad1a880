"""From marks to what was found: features, chances, and entries and passages in one order. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.confidence import Heads
from knowledge.facts import facts
from knowledge.index import Generation, Masks, Scored
from knowledge.passages import Chunk, Found, Kind, Passage
from knowledge.retrieve import best_of
from knowledge.scope import ANYBODY, Fit, Label, Scope, family, fit, open_facts
from knowledge.scorers import Marks
from knowledge.text import fold, words
from records.types import Language

MOST = 10
_ASKS_TERMS = re.compile(r"clausulas?|contrat(?:o|os|ual)|condiciones|terminos|clauses?|contracts?|terms|agreement")
_ASKS_STEPS = re.compile(r"guias?|tutorial(?:es|s)?|pasos|guides?|steps|walkthrough")
_DISCOUNT = {Kind.CONTRACT: 0.75, Kind.TUTORIAL: 0.85, Kind.FAQ: 1.0}
_CLAUSE = re.compile(
    r"\b(?:clausula|articulo|estipulacion|clause|section|article)\s+(\d+(?:\.\d+)*)\s*(?:([a-z])(?=\)|$|[?.,]))?"
)
_NAMED = 0.97  # chance that the clause of that number is what was asked for
_ALIKE = 0.3  # share of the words of two clauses that are in both
_NOES = re.compile(r"(?:no|ni|sin|nunca|ningun|ninguna|tampoco|salvo|excepto|not|nor|without|never|none|unless|except)")


@dataclass(frozen=True)
class Ranked:
    """One manner's texts, best first, with its two chances."""

    passages: tuple[Passage, ...]
    right: float
    answerable: float
    features: Mapping[str, float]


def search(
    generation: Generation, heads: Mapping[str, Heads], question: str, language: Language, scope: Scope = ANYBODY
) -> Found:
    """The best passages in `language`; in the other one only when the index has none in this. Empty when it holds nothing.

    What is for somebody else is not found. What the sources say for people among whom this person may be comes as `variants`.
    """
    held = language if language in generation.tongues else next(iter(generation.tongues), None)
    if held is None or not words(question):
        return Found((), 0.0, 0.0)
    asked = _Asked(generation, heads, question, language, held, scope)
    masks = generation.masks(held, scope)
    found = asked.find(masks)
    if not found.passages:
        return found
    first = found.passages[0]
    if first.kind is Kind.CONTRACT and not scope.contract:
        return replace(found, variants=other_versions(first, asked.find(asked.versions(first), first.path).passages))
    rivals = [
        passage for passage in found.passages[1:] if first.depends and passage.depends and same_point(first, passage)
    ]
    if not rivals:
        return found
    # Variants of one point are no rivals of each other: without them the first is judged as if it stood alone.
    return replace(asked.find(asked.without(masks, rivals)), variants=tuple(rivals))


@dataclass(frozen=True)
class _Asked:
    """One question to one generation, as often as needed."""

    generation: Generation
    heads: Mapping[str, Heads]
    question: str
    language: Language
    held: Language
    scope: Scope

    def find(self, masks: Masks, named: str = "") -> Found:
        """What these masks leave, best first; the clause `named`, or that the question names, before all others."""
        scored = self.generation.score(self.question, self.language, self.held, masks)
        wanted = named or clause_named(self.question)
        ranked = [rank(one, self.heads, wanted, self.scope) for one in scored]
        return merge(ranked, frozenset(words(self.question)))

    def versions(self, first: Passage) -> Masks:
        """Only the clauses of other versions of the contract of `first` that may be this person's."""

        def other(label: Label) -> bool:
            kin = bool(label.contract) and label.contract != first.contract
            return (
                kin and family(label.contract) == family(first.contract) and fit(label.reach, self.scope) is not Fit.OUT
            )

        return self.generation.mask_of(self.held, other)

    def without(self, masks: Masks, passages: Sequence[Passage]) -> Masks:
        hidden = {passage.chunk_id for passage in passages}
        return {
            name: masks[name] & np.array([chunk.id not in hidden for chunk in chunks], dtype=bool)
            for name, chunks in self._chunks()
        }

    def _chunks(self) -> Iterator[tuple[str, tuple[Chunk, ...]]]:
        for name, manner in self.generation.tongues[self.held].manners.items():
            yield name, manner.chunks


def same_point(one: Passage, other: Passage) -> bool:
    """Do two texts answer the same question for different people?"""
    same = fold(one.title).strip() == fold(other.title).strip() if one.title else one.path == other.path
    return one.kind is other.kind and one.reach != other.reach and same


def other_versions(first: Passage, clauses: Iterable[Passage]) -> tuple[Passage, ...]:
    """Of each other version the clause on the point of `first`, where it says something else: other facts, or yes for no."""
    nearest: dict[str, Passage] = {}
    for clause in clauses:
        if _on_one_point(first, clause):
            nearest.setdefault(clause.contract, clause)
    return tuple(clause for clause in nearest.values() if _says(clause) != _says(first))


def _on_one_point(one: Passage, other: Passage) -> bool:
    mine, theirs = set(words(one.text)), set(words(other.text))
    alike = len(mine & theirs) / max(1, len(mine | theirs))
    named = bool(one.title) and fold(one.title) == fold(other.title)
    return alike >= _ALIKE or (named and alike >= _ALIKE / 2)


def _says(passage: Passage) -> tuple[frozenset[str], int]:
    return frozenset(facts(passage.text)), sum(map(bool, map(_NOES.fullmatch, words(passage.text))))


def clause_named(question: str) -> str:
    """The path of the clause a question asks for by number (`cláusula 7.2 b`), or empty."""
    match = _CLAUSE.search(fold(question))
    return " ".join(part for part in match.groups() if part) if match else ""


def rank(scored: Scored, heads: Mapping[str, Heads], named: str = "", scope: Scope = ANYBODY) -> Ranked:
    """One manner's marks as passages and chances. `named`: the clause asked for by number comes first, whatever its words."""
    features = features_of(scored)
    head = heads[scored.manner.part.mode]
    right, answerable = head.right.chance(features), head.answerable.chance(features)
    total = scored.marked.total
    order = [int(at) for at in best_of(total, MOST) if total[at] > -1e8]
    asked = [at for at in scored.manner.clauses.get(named, ()) if total[at] > -1e8] if named else []
    if asked:
        best = max(asked, key=lambda at: (scored.manner.chunks[at].path == named, float(total[at])))
        order = [best, *(at for at in order if at != best)][:MOST]
        right = answerable = max(right, _NAMED)
    shares = np.exp(np.array([min(0.0, float(total[at] - total[order[0]])) for at in order]))
    if asked:
        shares[1:] = np.minimum(shares[1:], 0.5)
    passages = tuple(
        passage_of(scored.manner.chunks[at], right * float(share), scope, scored.marked.of(at))
        for at, share in zip(order, shares, strict=True)
    )
    return Ranked(passages, right, max(right, answerable), features)


def features_of(scored: Scored) -> dict[str, float]:
    """What the chances are judged on; every value is small and about the best text."""
    marked, query, part = scored.marked, scored.query, scored.manner.part
    chunks = scored.manner.chunks
    top = int(np.argmax(marked.total))
    rival = _rival(chunks, marked.total, top)
    near, votes = marked.parts.get("near", _NONE), marked.parts.get("votes", _NONE)
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
        "near": _at(near, top),
        "near_gap": _gap(near, top),
        "share": query.share,
        "strange": sum(strangers(scored, top)) / max(1, len(query.content)),
        "sentence": _at(marked.parts.get("sentence", _NONE), top),
        "order": _at(marked.parts.get("order", _NONE), top),
        "topic": max(marked.topics.values(), default=0.0),
        "topic_mark": _at(marked.parts.get("topic", _NONE), top) / 10.0,
        "length": min(len(query.stems), 15) / 15.0,
        "across": float(query.across),
    }


def _rival(chunks: Sequence[Chunk], total: Marks, top: int) -> int | None:
    """The next best that is not of the same clause."""
    for most in (50, len(total)):
        found = next((int(at) for at in best_of(total, most)[1:] if not _kin(chunks[top], chunks[int(at)])), None)
        if found is not None:
            return found
    return None


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


def strangers(scored: Scored, top: int) -> list[float]:
    """For each content word the best text neither has nor means by a concept: how rare it is, in (0, 1]."""
    part = scored.manner.part
    return [
        part.words.weight(word.stem) / part.words.unseen
        for word in scored.query.content
        if not part.words.holds(word.stem, top) and not any(part.concepts.holds(one, top) for one in word.concepts)
    ]


def _kin(one: Chunk, other: Chunk) -> bool:
    """Two pieces of one clause are no rivals, nor the same clause in two files of one version."""
    same = one.contract == other.contract and one.kind is other.kind is Kind.CONTRACT
    return same and one.path.split(" ")[0] == other.path.split(" ")[0]


def passage_of(chunk: Chunk, score: float, scope: Scope, parts: tuple[tuple[str, float], ...] = ()) -> Passage:
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
        parts=parts,
    )


def merge(ranked: list[Ranked], asked: frozenset[str]) -> Found:
    """Entries and passages in one order. A clause outranks an entry only when it is clearly nearer, or asked for by name."""
    weigh = _weigher(asked) if len(ranked) > 1 else lambda _: 1.0
    every = sorted(
        ((passage, one) for one in ranked for passage in one.passages),
        key=lambda pair: -pair[0].score * weigh(pair[0].kind),
    )
    if not every:
        return Found((), 0.0, 0.0)
    first, winner = every[0]
    return Found(
        tuple(passage for passage, _ in every[:MOST]),
        right=first.score,
        answerable=max(one.answerable * weigh(one.passages[0].kind) for one in ranked if one.passages),
        features=winner.features,
    )


def _weigher(asked: frozenset[str]) -> Callable[[Kind], float]:
    named = {
        Kind.CONTRACT: any(map(_ASKS_TERMS.fullmatch, asked)),
        Kind.TUTORIAL: any(map(_ASKS_STEPS.fullmatch, asked)),
    }
    return lambda kind: 1.0 if named.get(kind) else _DISCOUNT[kind]
