"""How the numbers of `calibration.json` come about: labelled question sets in, two logistic functions a manner out.

A set is a folder with `documents.jsonl` and `queries*.jsonl` as `relevo evaluate` reads them, each question with `relevant`:
the ids of the documents that answer it, none when nothing does. Sets that share documents are a family, and every family counts
the same. Of sets whose entries or guides answer everything a second one is made with half of the documents missing: refusing
is learnt from those, and
from questions of other families.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.confidence import FEATURES, MANNERS, Head, Heads
from knowledge.evaluate import Asked, read_documents, read_questions, rows_of, scored
from knowledge.index import Generation, in_memory
from knowledge.lexicon import shipped_lexicon
from knowledge.passages import Chunk, KnowledgeError
from knowledge.retrieve import Mode
from knowledge.search import features_of

LEVELS = (0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.1)
"""Shares of all questions that may get a wrong answer, for the table `certain`."""

_ONE_IN_25 = 10  # of 256
_LOOSE = 3_000.0  # over the number of questions: how little the L2 penalty on standardised features weighs
_STEPS = 1_000

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """One question of a set, as the heads see it. `family`: sets that share documents are left out together."""

    name: str
    family: str
    manner: str
    question: str
    features: Mapping[str, float]
    right: bool
    answerable: bool


@dataclass(frozen=True)
class Judged:
    """How well the two chances order the questions of one set (AUROC), fitted without its family, and with it.

    None where the set has only one kind of question.
    """

    name: str
    manner: str
    questions: int
    right: float | None
    answerable: float | None
    right_within: float | None
    answerable_within: float | None


def samples(folder: Path, borrowed: Mapping[str, str], without: Sequence[str] = ()) -> Iterator[Sample]:
    """Every question of every set in `folder`. `borrowed` names, for a set without documents, the set whose it uses.

    Raises KnowledgeError naming the file and line that is not as it should be.
    """
    paths = [one for one in sorted(folder.iterdir()) if one.is_dir() and one.name not in without]
    documents = {path: folder / borrowed.get(path.name, path.name) / "documents.jsonl" for path in paths}
    families = _families(documents)
    held: tuple[Path, list[_Indexed]] = (folder, [])
    for path in paths:
        if held[0] != documents[path]:
            held = (documents[path], list(_indexed(read_documents(documents[path]), path)))
        for indexed in held[1]:
            yield from _asked(path, families[path], indexed)
        others = [other for other in paths if families[other] != families[path]]
        yield from _strangers(path, families[path], held[1][0], others)


def _families(documents: Mapping[Path, Path]) -> dict[Path, str]:
    """Sets that share a document share the name of the first of them."""
    by_id: dict[str, str] = {}
    families = {}
    for path, file in documents.items():
        ids = [str(row["id"]) for row in rows_of(file, ("id",))]
        families[path] = next((by_id[one] for one in ids if one in by_id), path.name)
        by_id |= dict.fromkeys(ids, families[path])
    return families


@dataclass(frozen=True)
class _Indexed:
    """The documents of a set, or some of them; `ending` says which."""

    ending: str
    generation: Generation
    ids: frozenset[str]
    contracts: tuple[str, ...]

    @staticmethod
    def of(ending: str, chunks: Sequence[Chunk]) -> "_Indexed":
        contracts = tuple(sorted({chunk.contract for chunk in chunks if chunk.contract}))
        return _Indexed(
            ending, in_memory(chunks, shipped_lexicon()), frozenset(chunk.id for chunk in chunks), contracts
        )


def _indexed(chunks: list[Chunk], path: Path) -> Iterator[_Indexed]:
    """The documents as they are; and with half of them missing, if they answer every question and are no contracts."""
    whole = _Indexed.of("", chunks)
    yield whole
    complete = all(row["relevant"] for queries in path.glob("queries*.jsonl") for row in _labelled(queries))
    if complete and not whole.contracts:
        yield _Indexed.of(", half missing", [chunk for chunk in chunks if _digest(chunk.id) % 2])


def _digest(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0]


def _asked(path: Path, family: str, indexed: _Indexed) -> Iterator[Sample]:
    for queries in sorted(path.glob("queries*.jsonl")):
        relevant = {str(row["id"]): {str(one) for one in row["relevant"]} & indexed.ids for row in _labelled(queries)}
        for question in read_questions(queries, next(iter(indexed.generation.tongues))):
            yield from _judged(f"{path.name}{indexed.ending}", family, indexed, question, relevant[question.id])


def _strangers(path: Path, family: str, indexed: _Indexed, others: Sequence[Path]) -> Iterator[Sample]:
    """Questions of other families, one in 25, asked of guides and contracts: nothing there answers them.

    Not of entries: there two sets may well answer the same question. They are counted with the questions of the set.
    """
    if any(Mode.ENTRIES in tongue.manners for tongue in indexed.generation.tongues.values()):
        return
    pool = (
        question
        for other in others
        for queries in sorted(other.glob("queries*.jsonl"))
        for question in read_questions(queries, next(iter(indexed.generation.tongues)))
    )
    for question in {one.text: one for one in pool if _digest(f"{path.name} {one.text}") < _ONE_IN_25}.values():
        contract = indexed.contracts[_digest(question.text) % len(indexed.contracts)] if indexed.contracts else ""
        asked = replace(question, contract=contract)
        yield from _judged(path.name, family, indexed, asked, set())


def _judged(name: str, family: str, indexed: _Indexed, question: Asked, wanted: set[str]) -> Iterator[Sample]:
    for one in scored(indexed.generation, question):
        first = one.manner.chunks[int(np.argmax(one.marked.total))].id
        yield Sample(
            name, family, one.manner.part.mode, question.id, features_of(one), first in wanted, answerable=bool(wanted)
        )


def _labelled(queries: Path) -> Iterator[dict[str, Any]]:
    yield from rows_of(queries, ("id", "text", "relevant"))


def fit(all_samples: Sequence[Sample]) -> dict[str, Heads]:
    """Heads by manner. A manner without questions has none."""
    heads = {}
    for manner, own in _by_manner(all_samples):
        right, answerable = _pair(own)
        heads[manner] = Heads(right, answerable, _certain(own, right))
    return heads


def judge(all_samples: Sequence[Sample]) -> list[Judged]:
    """Every set, judged by heads that have not seen its family: the honest figures.

    Where a manner has one family only, each half of its questions is judged by heads that have seen the other half.
    """
    found = []
    for manner, own in _by_manner(all_samples):
        whole = _pair(own)
        folds = _folds(own)
        apart = {fold: _pair([sample for sample in own if folds[id(sample)] != fold]) for fold in set(folds.values())}
        for name in sorted({sample.name for sample in own}):
            those = [sample for sample in own if sample.name == name]
            strict = [apart[folds[id(sample)]] for sample in those]
            found.append(
                Judged(
                    name,
                    manner,
                    len(those),
                    right=_auroc(those, [head for head, _ in strict], _is_right),
                    answerable=_auroc(those, [head for _, head in strict], _is_answerable),
                    right_within=_auroc(those, [whole[0]] * len(those), _is_right),
                    answerable_within=_auroc(those, [whole[1]] * len(those), _is_answerable),
                )
            )
    return found


def _by_manner(all_samples: Sequence[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    for manner in MANNERS:
        own = [sample for sample in all_samples if sample.manner == manner]
        if own:
            yield manner, own


def _folds(own: Sequence[Sample]) -> dict[int, str]:
    several = len({sample.family for sample in own}) > 1
    return {id(sample): sample.family if several else str(_digest(sample.question) % 2) for sample in own}


def _is_right(sample: Sample) -> bool:
    return sample.right


def _is_answerable(sample: Sample) -> bool:
    return sample.answerable


def _pair(own: Sequence[Sample]) -> tuple[Head, Head]:
    return _head(own, _is_right), _head(own, _is_answerable)


def _head(own: Sequence[Sample], label: Callable[[Sample], bool]) -> Head:
    from sklearn.linear_model import LogisticRegression

    names = FEATURES[own[0].manner]
    values = np.array([[sample.features[name] for name in names] for sample in own])
    labels = np.array([label(sample) for sample in own])
    if labels.all() or not labels.any():
        raise KnowledgeError("a chance cannot be fitted on questions that all turned out the same; add others.")
    weights = _equal(own)
    middle = np.average(values, axis=0, weights=weights)
    spread = np.sqrt(np.average((values - middle) ** 2, axis=0, weights=weights))
    spread[spread < 1e-9] = np.inf
    scaled = (values - middle) / spread
    # Sets differ in how much of them can be answered at all. An intercept each keeps that out of the slopes.
    sets = np.array([[sample.name == name for name in sorted({one.name for one in own})] for sample in own])
    model = LogisticRegression(C=_LOOSE / len(own), max_iter=_STEPS)
    model.fit(np.hstack([scaled, sets]), labels, sample_weight=weights)
    slopes = model.coef_[0][: len(names)] / spread
    bias = _level(values @ slopes, labels, weights)
    return Head(bias, {name: float(slope) for name, slope in zip(names, slopes, strict=True) if slope})


def _level(sums: Values, labels: Values, weights: Values) -> float:
    """The bias at which chances are right on average, all sets together."""
    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        chances = 1.0 / (1.0 + np.exp(-np.clip(sums + middle, -30.0, 30.0)))
        low, high = (middle, high) if float((weights * (chances - labels)).sum()) < 0 else (low, middle)
    return (low + high) / 2


def _equal(own: Sequence[Sample]) -> Values:
    """Each family weighs the same, and in it each set; on average a question weighs 1."""
    sizes = Counter(sample.name for sample in own)
    sets = Counter(family for _, family in {(sample.name, sample.family) for sample in own})
    raw = np.array([1.0 / (sizes[sample.name] * sets[sample.family]) for sample in own])
    return np.asarray(raw * len(own) / raw.sum())


def _certain(own: Sequence[Sample], right: Head) -> dict[float, float]:
    """For each level, the lowest chance from which on at most that share of all questions gets a wrong answer."""
    chances = np.array([right.chance(sample.features) for sample in own])
    return certain_table(chances, np.array([not sample.right for sample in own]), _equal(own))


def certain_table(chances: Values, wrong: NDArray[np.bool_], weights: Values | None = None) -> dict[float, float]:
    """For each level, the lowest chance from which on at most that share of all questions is wrong. `weights`: on average 1."""
    each = np.ones(len(chances)) if weights is None else weights
    steps = np.round(np.arange(200) / 200, 3)  # the very numbers that are given back: 0.95, not 0.9500000000000001
    shares = np.array([each[wrong & (chances >= step)].sum() / max(1, len(chances)) for step in steps])
    return {level: float(min(steps[shares <= level], default=1.0)) for level in LEVELS}


def _auroc(own: Sequence[Sample], heads: Sequence[Head], label: Callable[[Sample], bool]) -> float | None:
    from sklearn.metrics import roc_auc_score

    labels = [label(sample) for sample in own]
    if all(labels) or not any(labels):
        return None
    return float(roc_auc_score(labels, [head.chance(one.features) for one, head in zip(own, heads, strict=True)]))


def to_json(heads: Mapping[str, Heads], all_samples: Sequence[Sample]) -> str:
    """`calibration.json`."""
    data = {
        manner: {
            "right": {"bias": round(one.right.bias, 4), "weights": _rounded(one.right)},
            "answerable": {"bias": round(one.answerable.bias, 4), "weights": _rounded(one.answerable)},
            "questions": sum(sample.manner == manner for sample in all_samples),
            "certain": {str(level): chance for level, chance in one.certain.items()},
        }
        for manner, one in heads.items()
    }
    return json.dumps(data, indent=1) + "\n"


def _rounded(head: Head) -> dict[str, float]:
    return {name: round(weight, 4) for name, weight in head.weights.items()}
