"""Which of several things somebody means who puts it this way: learnt from a few phrasings of each.

Kernel ridge regression: one linear system for all things at once, exact, without chance. Five phrasings a thing are few, and
there it finds as many as a support vector machine and more than a logistic regression, in a tenth of their time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.letters import Chars, Spelt
from knowledge.postings import Marks, Postings, Terms, word_terms
from knowledge.questions import Query
from knowledge.scorers import bag, bag_weights, times

SAID = "said"
"""The phrasings' place in a table of letters."""
MOST = 6_000  # phrasings; above, the system would take a minute and half a gigabyte
_POWER = 1.5  # what is nearly the same counts more than what shares a little
_RIDGE = 0.1
_CONCEPTS = 0.5  # beside characters and words, each 1


@dataclass(frozen=True)
class Said:
    """A phrasing of the thing `of`. `weight` below 1: it says so less surely, like the answer's own text."""

    of: int
    query: Query
    weight: float = 1.0


class Voices:
    """A classifier over `size` things, from at most `MOST` phrasings."""

    def __init__(self, said: Sequence[Said], size: int, chars: Chars) -> None:
        ordered = sorted(said, key=lambda one: (one.weight < 1.0, one.of))
        self._folded = [one.query.folded for one in ordered]
        words, concepts = bag_weights(sublinear=True, pairs=True), bag_weights(sublinear=False)
        rows = [
            words.fit_transform([bag(one.query.stems) for one in ordered]),
            concepts.fit_transform([bag(sorted(one.query.concepts)) for one in ordered]),
        ]
        kinds = [Terms(one.vocabulary_, one) for one in (words, concepts)]
        self._postings = Postings(list(zip(kinds, rows, strict=True)))
        spelling, tokens, meant = ((matrix @ matrix.T).toarray() for matrix in (chars.rows(self._folded), *rows))
        alike = spelling.astype(np.float64) + tokens + _CONCEPTS * meant
        self._shares = _solved(_likeness(alike), ordered, size)

    def spelt(self, chars: Chars) -> Spelt:
        """The phrasings for a table of letters; `chars` are those it was made with."""
        return chars.spelt(self._folded)

    def marks(self, query: Query, spelling: Marks) -> Marks:
        """The votes on every thing, about 1 when it is meant. `spelling`: how near each phrasing is by its characters.

        Concepts count as far as the question speaks the lexicon's language.
        """
        said = (word_terms(query.stems, pairs=True), word_terms(list(query.concepts)))
        likeness = _likeness(spelling + self._postings.marks(said, (1.0, query.share)))
        return times(self._shares, likeness * np.sqrt(likeness)).astype(np.float64)


def _solved(kernel: NDArray[np.float64], said: Sequence[Said], size: int) -> NDArray[np.float32]:
    """By thing, the share of every phrasing in its votes."""
    wanted = np.full((len(said), size), -1.0 / max(size - 1, 1))
    wanted[np.arange(len(said)), [one.of for one in said]] = 1.0
    ridge = np.diag([_RIDGE / one.weight for one in said])
    return np.ascontiguousarray(np.linalg.solve(kernel**_POWER + ridge, wanted).T, dtype=np.float32)


def _likeness(alike: NDArray[Any]) -> NDArray[np.float64]:
    """The sum of what characters, words and concepts have in common, as a share of the most it can be."""
    return np.asarray(np.maximum(alike, 0.0) / (2.0 + _CONCEPTS), dtype=np.float64)
