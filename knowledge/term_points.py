"""What a sentence says on points a contract settles in words: does it renew by itself, may it be handed on… Weighed. Pure.

The rules and shapes know ways of saying it; another writer has others (`keeps rolling`, `a friend can take over your spot`).
Here all words of a sentence, its heading and what its clause is about speak for each answer. The points are data in
term_points.toml, how much each word says is data in point_weights.json: one multinomial logistic function a point, fitted by
`bench.terms` on the marked texts of the tests.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from knowledge.quantities import flat
from knowledge.term_evidence import Weighing, concepts_in, stems, weighing_from
from knowledge.term_passages import FILL, Passage, Sentence
from knowledge.term_rules import listed
from knowledge.term_shapes import names

SILENT = "silent"
"""What a sentence that does not settle a point says on it."""


@dataclass(frozen=True)
class Point:
    """The answers there are, and how likely a sentence has to be to give one: the chances are those of term_points.toml."""

    answers: frozenset[str]
    least: float
    again: float
    unless: re.Pattern[str] | None


_TOKEN = re.compile(rf"[a-z']+|[\ue000-\ue005]{FILL}*|[,;:()]")
_STOPS = frozenset(",;:()")
_NO = re.compile(
    r"(?:no|not|never|nunca|sin|without|ni|nor|neither|tampoco|ninguna?|nothing|nada|nobody|nadie|cannot|none|[a-z]+n't)"
)
_PART = re.compile(r"[^.;:,()?!¿¡«»\"“”—\ue000-\ue005]+")
_JOINED = re.compile(
    r"(?:\d+\s)?\s*(?:(?:y|e|pero|and|or|but|then|so|thereafter|entonces|luego|otherwise|which|who|it is agreed that)\s+)*"
)
_HANGS = re.compile(
    r"(?:\s+(?:for|by|of|to|with|on|at|in|within|a|an|the|por|de|con|en|un|una|el|la|los|las|cada|otros?|hasta))*\s*$"
)
_CASE = re.compile(r"(?:si|if|when|cuando|unless|salvo|where|en caso|should|once|upon|quien(?:es)?|except|save)\b")
_STEM = 5
_LONGER, _ONLY_WHEN = 0.1, 2.0  # what a word more counts for a part, and that it only says when against it
_HEADING, _NAMED, _KEY, _SOFT, _BEFORE = 1.0, 1.5, 0.75, 0.7, 0.3


@dataclass(frozen=True)
class Likely:
    """The likeliest answer of a sentence, and the chance in (0, 1) that it gives one."""

    value: str
    chance: float


def features_of_sentence(passage: Passage, sentence: Sentence) -> Mapping[str, float]:
    """What speaks for and against an answer, by name."""
    features = dict(_worded(sentence.masked))
    features |= {f"c={name}": _SOFT for name in concepts_in(sentence.plain)}
    heading = flat(passage.clause.heading)
    features |= {f"h={word}": _HEADING for word in stems(heading)}
    features |= {f"hc={name}": _SOFT for name in concepts_in(heading)}
    features |= {f"key={key}": _KEY for key in passage.keys} | {f"named={key}": _NAMED for key in passage.named}
    features |= {f"b={word}": _BEFORE for word in stems(sentence.before)}
    return features | {f"bc={name}": _BEFORE for name in concepts_in(sentence.before)}


def likeliest_answer(weighing: Weighing, features: Mapping[str, float]) -> Likely:
    """However unlikely it is."""
    found = weighing.chances(features)
    value = max((name for name in found if name != SILENT), key=lambda name: found[name])
    return Likely(value, 1 - found[SILENT])


def answer(name: str, features: Mapping[str, float], sentence: Sentence) -> Likely | None:
    """What a sentence says on a point; none where that is unlikely even if the contract says nothing else on it."""
    likely, unless = likeliest_answer(_weighings()[name], features), points()[name].unless
    settles = likely.chance >= points()[name].least and not (unless and unless.search(sentence.plain))
    return likely if settles else None


def words_of(name: str, value: str, sentence: Sentence) -> tuple[int, int] | None:
    """Where the words stand that say most of an answer; nowhere where little but quantities stands in the sentence."""
    weighing = _weighings()[name]
    parts = tuple(_parts(sentence))
    return max(parts, key=lambda part: _speaks(weighing, value, sentence.masked[part[0] : part[1]]), default=None)


def _speaks(weighing: Weighing, value: str, words: str) -> float:
    """How much words of a sentence speak for an answer; of two that say as much the longer ones, what only says when last."""
    says, silent = weighing.meanings.index(value), weighing.meanings.index(SILENT)
    rows = ((weighing.weights.get(name), much) for name, much in dict(_worded(words)).items())
    spoken = sum(max(0.0, row[says] - row[silent]) * much for row, much in rows if row)
    return spoken + _LONGER * len(words.split()) - (_ONLY_WHEN if _CASE.match(words) else 0.0)


def _parts(sentence: Sentence) -> Iterator[tuple[int, int]]:
    """The parts between stops and quantities, without what only joins them."""
    for match in _PART.finditer(sentence.masked.replace(FILL, "\ue000"), sentence.own):
        joined = _JOINED.match(match.group())
        start = match.start() + (joined.end() if joined else 0)
        hangs = _HANGS.search(sentence.masked[start : match.end()])
        end = start + hangs.start() if hangs else match.end()
        if " " in sentence.masked[start:end].strip():
            yield start, end


def _worded(words: str) -> Iterator[tuple[str, float]]:
    """The words by their stems, those a `no` stands before in the same part once more, and two side by side."""
    tokens = _TOKEN.findall(words.replace("’", "'"))
    names = [one[0] if one[0] >= "\ue000" else one[:_STEM] for one in tokens]
    denied = False
    for token, name in zip(tokens, names, strict=True):
        if token in _STOPS:
            denied = False
            continue
        yield f"w={name}", 1.0
        if denied:
            yield f"n={name}", _SOFT
        denied = denied or bool(_NO.fullmatch(token))
    for one, other in pairwise(["^", *names, "$"]):
        yield f"p={one} {other}", _SOFT


@cache
def points() -> Mapping[str, Point]:
    """By name: `renewal/mode`."""
    return {name: _point(row) for name, row in tomllib.loads(_data_file("term_points.toml")).items()}


def _point(row: Mapping[str, Any]) -> Point:
    unless = re.compile(listed(row["unless"], names())) if "unless" in row else None
    return Point(frozenset(row["answers"]), row["least"], row["again"], unless)


@cache
def _weighings() -> Mapping[str, Weighing]:
    return {point: weighing_from(row) for point, row in json.loads(_data_file("point_weights.json")).items()}


def _data_file(name: str) -> str:
    return (resources.files("knowledge") / name).read_text(encoding="utf-8")
