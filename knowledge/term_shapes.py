"""Where a phrase may state a term: spans by shape, generous in words and exact in borders. Pure; data in term_shapes.toml.

The rules know constructions; a shape is what they have in common: a right to leave and a word for free, a "no" and a word for
fees, a verb of handing on and whose leave it takes. What a span means is weighed (`knowledge.term_evidence`).
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from knowledge.clause_keys import ClauseKey
from knowledge.term_passages import Sentence
from knowledge.term_rules import bounds, follows_a_no, listed, lists, pattern


@dataclass(frozen=True)
class Shape:
    """`says` are (value, ways of saying it), `means` the kinds it can be: `change/exit_right`.

    Without `needs` in the sentence none is said, nor with `unless`.
    `turns`: which values say more than one a rule has found on the same words, by that one. `within`: it is looked for only in
    clauses of one of these keys.
    """

    name: str
    needs: re.Pattern[str]
    unless: re.Pattern[str] | None
    wants: str
    means: tuple[str, ...]
    says: tuple[tuple[str, re.Pattern[str]], ...]
    turns: Mapping[str, tuple[str, ...]]
    negatable: bool
    cased: bool
    within: frozenset[ClauseKey]


@dataclass(frozen=True)
class Span:
    """Words of a sentence that may say `value`, from `start` to `end` in its text."""

    shape: Shape
    value: str
    start: int
    end: int


def spans(sentence: Sentence, keys: Collection[ClauseKey]) -> Iterator[Span]:
    """In a clause of those keys, by shape in the order of the file, and in a shape by way.

    They may overlap, and the first that means anything holds.
    """
    for shape in shapes():
        if (shape.within and shape.within.isdisjoint(keys)) or not _may_stand(shape, sentence.plain):
            continue
        for value, way in shape.says:
            for match in way.finditer(sentence.text if shape.cased else sentence.masked):
                start, end = bounds(shape.wants, match)
                if start < sentence.own or end <= start or (shape.negatable and follows_a_no(sentence, start)):
                    continue
                yield Span(shape, value, start, end)


def _may_stand(shape: Shape, plain: str) -> bool:
    return bool(shape.needs.search(plain)) and not (shape.unless and shape.unless.search(plain))


@cache
def shapes() -> tuple[Shape, ...]:
    return tuple(_shape(row, names()) for row in _data()["shape"])


@cache
def names() -> Mapping[str, str]:
    """What @name stands for in a shape, by name: the lists of the rules and those of its own."""
    words = dict(lists())
    for name, said in _data()["words"].items():
        words[name] = listed(said, dict(sorted(words.items(), key=lambda one: -len(one[0]))))
    return dict(sorted(words.items(), key=lambda one: -len(one[0])))


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("knowledge") / "term_shapes.toml").read_text(encoding="utf-8"))


def _shape(row: Mapping[str, Any], words: Mapping[str, str]) -> Shape:
    says = tuple((value, pattern(rf"(?<!\w)(?:{said})", words, row["wants"])) for value, said in row["says"])
    return Shape(
        row["name"],
        re.compile(listed(row.get("needs", ""), words)),
        re.compile(listed(row["unless"], words)) if "unless" in row else None,
        row["wants"],
        tuple(row["means"]),
        says,
        {value: tuple(others) for value, others in row.get("turns", {}).items()},
        row.get("negatable", False),
        row.get("cased", False),
        frozenset(map(ClauseKey, row.get("within", ()))),
    )
