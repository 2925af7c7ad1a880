"""From marks to what was found: features, chances, and entries and passages in one order. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from knowledge.confidence import Heads
from knowledge.index import Generation, Scored
from knowledge.passages import Chunk, Found, Kind, Passage
from knowledge.retrieve import Marked
from knowledge.text import fold, words
from records.types import Language

MOST = 10
_ASKS_TERMS = re.compile(r"clausulas?|contrat(?:o|os|ual)|condiciones|terminos|clauses?|contracts?|terms|agreement")
_ASKS_STEPS = re.compile(r"guias?|tutorial(?:es|s)?|pasos|guides?|steps|walkthrough")
_DISCOUNT = {Kind.CONTRACT: 0.75, Kind.TUTORIAL: 0.85, Kind.FAQ: 1.0}
_VERSION = re.compile(r"[-_.]?v?(\d+(?:[-_.]\d+)*)$", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\b(?:clausula|articulo|estipulacion|clause|section|article)\s+(\d+(?:\.\d+)*)\s*(?:([a-z])(?=\)|$|[?.,]))?"
)
_NAMED = 0.97  # chance that the clause of that number is what was asked for
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Ranked:
    """One manner's texts, best first, with its two chances."""

    passages: tuple[Passage, ...]
    right: float
    answerable: float
    features: Mapping[str, float]


def search(
    generation: Generation, heads: Mapping[str, Heads], question: str, language: Language, contract: str = ""
) -> Found:
    """The best passages in `language`; in the other one only when the index has none in this. Empty when it holds nothing."""
    held = language if language in generation.tongues else next(iter(generation.tongues), None)
    if held is None or not words(question):
        return Found((), 0.0, 0.0)
    chunks = [chunk for manner in generation.tongues[held].manners.values() for chunk in manner.chunks]
    in_force = versions_in_force((chunk.contract for chunk in chunks if chunk.contract), contract)
    named = clause_named(question)
    ranked = [
        rank(scored, heads, named)
        for scored in generation.score(
            question, language, held, lambda chunk: not chunk.contract or chunk.contract in in_force
        )
    ]
    return merge(ranked, frozenset(words(question)))


def versions_in_force(versions: Iterable[str], own: str = "") -> frozenset[str]:
    """Of each contract the version to quote: the person's own, else the newest (`terms-2027` over `terms-2024`)."""
    newest: dict[str, str] = {}
    for version in set(versions):
        family = _VERSION.sub("", version)
        held = newest.get(family)
        if held is None or version == own or (held != own and _age(version) > _age(held)):
            newest[family] = version
    return frozenset(newest.values())


def _age(version: str) -> tuple[list[int], str]:
    return [int(number) for number in _NUMBERS.findall(version)], version


def clause_named(question: str) -> str:
    """The path of the clause a question asks for by number (`cláusula 7.2 b`), or empty."""
    match = _CLAUSE.search(fold(question))
    return " ".join(part for part in match.groups() if part) if match else ""


def rank(scored: Scored, heads: Mapping[str, Heads], named: str = "") -> Ranked:
    """One manner's marks as passages and chances. `named`: the clause asked for by number comes first, whatever its words."""
    features = features_of(scored)
    head = heads["entries" if scored.manner.part.entries else "passages"]
    right, answerable = head.right.chance(features), head.answerable.chance(features)
    total = scored.marked.total
    order = [int(at) for at in np.argsort(-total, kind="stable")[:MOST] if total[at] > -1e8]
    asked = [
        at for at, chunk in enumerate(scored.manner.chunks) if named and _is_clause(chunk, named) and total[at] > -1e8
    ]
    if asked:
        best = max(asked, key=lambda at: (scored.manner.chunks[at].path == named, float(total[at])))
        order = [best, *(at for at in order if at != best)][:MOST]
        right = answerable = max(right, _NAMED)
    shares = np.exp(np.array([min(0.0, float(total[at] - total[order[0]])) for at in order]))
    if asked:
        shares[1:] = np.minimum(shares[1:], 0.5)
    passages = tuple(
        _passage(scored.manner.chunks[at], right * float(share)) for at, share in zip(order, shares, strict=True)
    )
    return Ranked(passages, right, max(right, answerable), features)


def features_of(scored: Scored) -> dict[str, float]:
    """What the chances are judged on; every value is small and about the best text."""
    marked, query, manner = scored.marked, scored.query, scored.manner
    order = np.argsort(-marked.total, kind="stable")
    top = int(order[0])
    rival = next((int(at) for at in order[1:] if not _kin(manner.chunks[top], manner.chunks[int(at)])), None)
    margin = float(marked.total[top] - marked.total[rival]) if rival is not None else 2.0
    near = marked.near
    others = np.delete(near, top) if near.size > 1 else np.zeros(1)
    return {
        "cover": manner.part.words.cover(query.stems, top),
        "known": manner.part.words.known_share(query.stems),
        "char": float(marked.char[top]),
        "vector": float(marked.vector[top]),
        "total": min(float(marked.total[top]), 30.0) / 10.0,
        "margin": min(margin, 8.0) / 4.0,
        "agreement": _agreement(marked, top),
        "posterior": float(np.exp(marked.posterior[top])) if marked.posterior.size else 0.0,
        "near": float(near[top]) if near.size else 0.0,
        "near_gap": float(near[top] - others.max()) if near.size else 0.0,
        "concept_cover": manner.part.concepts.cover(list(query.concepts), top) if query.concepts else 0.0,
        "length": min(len(query.stems), 15) / 15.0,
        "across": float(query.across),
    }


def _is_clause(chunk: Chunk, path: str) -> bool:
    return bool(chunk.contract) and (chunk.path == path or chunk.path.startswith((f"{path}.", f"{path} ")))


def _agreement(marked: Marked, top: int) -> float:
    """The share of scorers that put this text first by themselves."""
    every = (marked.word, marked.char, marked.vector, marked.concept, marked.posterior, marked.near)
    told = [marks for marks in every if marks.size and marks.max() > marks.min()]
    return sum(int(marks.argmax()) == top for marks in told) / len(told) if told else 0.0


def _kin(one: Chunk, other: Chunk) -> bool:
    """Two pieces of one clause are no rivals, nor the same clause in two files of one version."""
    same = one.contract == other.contract and one.kind is other.kind is Kind.CONTRACT
    return same and one.path.split(" ")[0] == other.path.split(" ")[0]


def _passage(chunk: Chunk, score: float) -> Passage:
    return Passage(chunk.id, chunk.source, chunk.path, chunk.title, chunk.text, chunk.language, chunk.kind, score)


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
