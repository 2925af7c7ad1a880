"""Two calibrated chances: the first passage is right; the index has an answer at all. Pure.

Logistic functions over plain features. The numbers are data: `calibration.json`; `calibration.md` says how they were fitted.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_COMMON = (
    "cover",  # share of the question's weight in the best text
    "known",  # share of it anywhere in the index
    "strange",  # weight of the content words that the best text neither has nor means, by word
    "share",  # of the content words that the lexicon knows
    "char",
    "vector",
    "sure",  # share of the best text when the sums are read as chances
    "length",
    "across",
)
_STANDING = ("total", "margin")  # the sum of the best text, and its lead over the next that is not the same clause
FEATURES = {
    "entries": (*_COMMON, "vote", "vote_gap", "doubt", "alike", "alike_gap", "title", "denial"),
    "guides": (*_COMMON, *_STANDING, "sentence", "order"),
    "clauses": (*_COMMON, *_STANDING, "topic", "topic_mark"),
}
"""By manner of text, what its two chances are judged on. More of them fitted the known sets better and new ones worse.

Entries are judged on their phrasings, too: `Sayings.features`."""

MANNERS = tuple(FEATURES)

_OPEN: Mapping[str, Mapping[str, float]] = {
    "entries": {"unasked": 1.0, "elsewhere": 0.5, "foreign": 1.0},
    "guides": {"unsaid": 0.5, "foreign": 1.0, "bare": 1.0},
    "clauses": {},
}
"""By manner, from where on a feature keeps a text from being certain, whatever its chance."""


def leaves_open(manner: str, features: Mapping[str, float]) -> bool:
    """Is half of what was asked nowhere in the guide, or too little said to mean one step of it? Is the entry never asked in
    the way the question asks, or is what it does not say in the title of one of the next? Does the question hang on a word
    that no text of its manner has?

    The fitted chances weigh this too little: of questions like the first they took for certain, 17 in 100 were wrong on the
    question sets, of the others 4; of those that ask in another way 12, of those about another title's words 13, of the rest 7.
    """
    return any(features.get(name, 0.0) >= most for name, most in _OPEN[manner].items())


@dataclass(frozen=True)
class Head:
    """One logistic function."""

    bias: float
    weights: Mapping[str, float]

    def chance(self, features: Mapping[str, float]) -> float:
        """In (0, 1)."""
        total = self.bias + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True)
class Heads:
    """P(the first is right) and P(there is an answer) for one manner of text.

    `certain`: from which chance on answering outright leaves this share of all questions with a wrong answer.
    """

    right: Head
    answerable: Head
    certain: Mapping[float, float]

    def certain_from(self, wrong: float) -> float:
        """The chance to answer from when `wrong` of all questions may get a wrong answer: the nearest measured level below."""
        return nearest_below(self.certain, wrong)


def nearest_below(certain: Mapping[float, float], wrong: float) -> float:
    """Of a table by share of wrong answers, the chance of the nearest level that is not above `wrong`; 1 when there is none."""
    return min((chance for level, chance in certain.items() if level <= wrong), default=1.0)


@cache
def shipped_heads() -> Mapping[str, Heads]:
    """By manner: `entries`, `guides` and `clauses`."""
    data = json.loads((resources.files("knowledge") / "calibration.json").read_text(encoding="utf-8"))
    return {manner: _heads(data[manner]) for manner in MANNERS}


def _heads(data: Mapping[str, Any]) -> Heads:
    right, answerable = (Head(data[head]["bias"], data[head]["weights"]) for head in ("right", "answerable"))
    return Heads(right, answerable, {float(level): float(chance) for level, chance in data["certain"].items()})
