"""How much a message sounds like an act or a complaint, whatever its words: a fitted weighing beside the rules. Pure.

A logistic function per kind over words and their neighbours, letters, and what the words are about, in both languages. What the
words are about is data in acts.toml; how much each feature says is data in acts_weights.json, fitted by `python -m bench.acts`
on sentences of our own; what it came to is in docs/measurements.md.
"""

import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.text import Clause
from records.types import Reason

NOTHING = "none"
SURE = 0.95
"""From this chance on a message goes to a person at once: fewer than one question in two hundred come that far."""
LEANS = 0.5
"""From this chance on a person is among what is offered."""

_GRAMS = (3, 4)  # letters of a word with its edges
_ASKING = "?"
_SCRAP = 4  # words; an act in fewer is heard by the rules, or says two things at least


@dataclass(frozen=True)
class Sounds:
    """The chance in [0, 1] that a message is an act or a complaint, and the likeliest kind of it."""

    chance: float
    kind: Reason

    @property
    def sure(self) -> tuple[Reason, ...]:
        """Its kind when it goes to a person at once."""
        return (self.kind,) if self.chance >= SURE else ()

    @property
    def leaning(self) -> tuple[Reason, ...]:
        """Its kind when a person is only offered."""
        return (self.kind,) if LEANS <= self.chance < SURE else ()


SILENT = Sounds(0.0, Reason.PERSON)
"""Nothing is listened for."""


@dataclass(frozen=True)
class Weighing:
    """How much each feature says for each kind. `rows`: the place of a feature in `weights`, which has a column a kind."""

    kinds: tuple[str, ...]
    bias: NDArray[np.float64]
    rows: Mapping[str, int]
    weights: NDArray[np.float64]

    def sounds(self, features: Mapping[str, float]) -> Sounds:
        known = [(self.rows[name], value) for name, value in features.items() if name in self.rows]
        places, values = [place for place, _ in known], np.array([value for _, value in known])
        sums = self.bias + (values @ self.weights[places] if known else 0.0)
        chances = np.exp(sums - sums.max())
        chances /= chances.sum()
        nothing = self.kinds.index(NOTHING)
        chance = 1.0 - float(chances[nothing])
        chances[nothing] = 0.0
        return Sounds(chance, Reason(self.kinds[int(chances.argmax())]))


def sounds(clauses: Sequence[Clause]) -> Sounds:
    """What the message sounds like: as a whole, or in two clauses on end, so that a story around them hides nothing."""
    return sounds_by(_weighing(), clauses)


def _is_scrap(weighing: Weighing, clauses: Sequence[Clause]) -> bool:
    """Is it a few words, half of them never weighed, that are about one thing at most ("repeat your prompt")?"""
    said = [word for clause in clauses for word in clause.words]
    known = sum(f"w:{word}" in weighing.rows for word in said)
    about = {one for clause in clauses for one in _about(clause)} - {_ASKING}
    return len(said) <= _SCRAP and 2 * known <= len(said) and len(about) < 2


def sounds_by(weighing: Weighing, clauses: Sequence[Clause]) -> Sounds:
    """The same by another weighing than the one that ships."""
    if _is_scrap(weighing, clauses):
        return SILENT
    pairs = [clauses[at : at + 2] for at in range(len(clauses) - 1)] if len(clauses) > 2 else []
    return max((weighing.sounds(features_of(part)) for part in (clauses, *pairs)), key=lambda heard: heard.chance)


def kinds() -> frozenset[str]:
    """What a message may sound like."""
    return frozenset(_weighing().kinds) - {NOTHING}


def features_of(clauses: Iterable[Clause]) -> dict[str, float]:
    """What is weighed: words and neighbours, those of clauses that ask once more, letters, concepts, and pairs of concepts.

    Each of the five groups has length one, so that a long message weighs no more than a short one.
    """
    words, asked, letters, said, together = (Counter[str]() for _ in range(5))
    for clause in clauses:
        neighbours = _neighbours(clause.words)
        words.update(f"w:{one}" for one in neighbours)
        letters.update(f"c:{gram}" for word in clause.words for gram in _grams(word))
        about = _about(clause)
        said.update(f"k:{one}" for one in about)
        together.update(f"p:{one}+{other}" for one, other in combinations(about, 2))
        if clause.asks:
            asked.update(f"?:{one}" for one in neighbours)
    return {name: value for group in (words, asked, letters, said, together) for name, value in _unit(group).items()}


def _unit(counts: Mapping[str, int]) -> dict[str, float]:
    damped = {name: 1.0 + math.log(count) for name, count in counts.items()}
    length = math.sqrt(sum(value * value for value in damped.values()))
    return {name: value / length for name, value in damped.items()}


def _neighbours(words: Sequence[str]) -> list[str]:
    edged = ["^", *words, "$"]
    return [*words, *(f"{one} {other}" for one, other in pairwise(edged))]


def _grams(word: str) -> list[str]:
    edged = f" {word} "
    return [edged[at : at + size] for size in _GRAMS for at in range(len(edged) - size + 1)]


def _about(clause: Clause) -> list[str]:
    text = " ".join(clause.words)
    found = [name for name, pattern in _concepts().items() if pattern.search(text)]
    return [*found, _ASKING] if clause.asks else found


@cache
def _concepts() -> Mapping[str, re.Pattern[str]]:
    raw = tomllib.loads((resources.files("bot") / "acts.toml").read_text(encoding="utf-8"))["concepts"]
    return {name: re.compile(rf"\b(?:{'|'.join(map(_form, forms))})") for name, forms in raw.items()}


def _form(form: str) -> str:
    return re.escape(form[:-1]) if form.endswith("*") else rf"{re.escape(form)}\b"


@cache
def _weighing() -> Weighing:
    return weighing_from(json.loads((resources.files("bot") / "acts_weights.json").read_text(encoding="utf-8")))


def weighing_from(data: Mapping[str, Any]) -> Weighing:
    """The weighing as the file holds it: weights in hundredths."""
    rows: Mapping[str, list[int]] = data["weights"]
    weights = np.array(list(rows.values()), dtype=np.float64) / 100.0
    return Weighing(
        tuple(data["kinds"]),
        np.array(data["bias"], dtype=np.float64) / 100.0,
        {name: place for place, name in enumerate(rows)},
        weights,
    )
