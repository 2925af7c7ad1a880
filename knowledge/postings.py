"""Inverted lists: which texts hold a term, and what it weighs there. One question is met by a few hundred short lists.

scikit-learn and bm25s fit the weights; what they check anew with every call cost ten times what the sums cost.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.float64]

NOTHING = "·"
"""Stands for a text without a single token."""

_FEW = 32  # lists; for more of them scipy is faster, for fewer its checks cost more than the sums


def word_terms(tokens: Sequence[str], *, pairs: bool = False) -> Mapping[str, int]:
    """How often each token stands there, and with `pairs` each two neighbours."""
    terms = Counter(tokens or (NOTHING,))
    if pairs:
        terms.update(" ".join(pair) for pair in pairwise(tokens))
    return terms


class Terms:
    """Which terms are known, and how much each tells. `numbers`: their columns; `weights`: scikit-learn's, fitted.

    Takes numbers out of them, and keeps nothing else: what is on disk is read without scikit-learn.
    """

    def __init__(self, numbers: Mapping[str, int], weights: Any) -> None:
        self._numbers = numbers
        self.rarity = np.asarray(weights.idf_, dtype=np.float64)
        self._sublinear: bool = weights.sublinear_tf

    def weigh(self, counts: Mapping[str, int]) -> tuple[NDArray[np.int64], Marks]:
        """The numbers of the known terms, and their weights, of unit length together."""
        numbers = np.fromiter(map(self._numbers.get, counts, repeat(-1)), dtype=np.int64, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))[numbers >= 0]
        terms = numbers[numbers >= 0]
        weights = (1.0 + np.log(often) if self._sublinear else often) * self.rarity[terms]
        return terms, weights / max(float(np.sqrt(weights @ weights)), 1e-9)


class Postings:
    """Texts to be met by one question at a time: for each kind of term their unit TF-IDF rows.

    All kinds stand side by side in one table, so that a question meets them in one call and one sum.
    """

    def __init__(self, kinds: Sequence[tuple[Terms, Any]]) -> None:
        from scipy.sparse import hstack

        self._terms = [terms for terms, _ in kinds]
        self._starts = np.cumsum([0, *(rows.shape[1] for _, rows in kinds[:-1])])
        self._columns = hstack([rows for _, rows in kinds], format="csc")

    def marks(self, counts: Sequence[Mapping[str, int]], shares: Sequence[float] = (1.0,)) -> Marks:
        """The cosine of every row to a text of these terms: by kind, each times its share, added."""
        weighed = [terms.weigh(said) for terms, said in zip(self._terms, counts, strict=True)]
        terms = np.concatenate([start + one for start, (one, _) in zip(self._starts, weighed, strict=True)])
        weights = np.concatenate([share * one for share, (_, one) in zip(shares, weighed, strict=True)])
        columns = self._columns
        if len(terms) > _FEW:
            return np.asarray(columns[:, terms] @ weights.astype(np.float32), dtype=np.float64)
        lists = [slice(*ends) for ends in zip(columns.indptr[terms], columns.indptr[terms + 1], strict=True)]
        sizes = [one.stop - one.start for one in lists]
        return added(columns.indices, columns.data, lists, columns.shape[0], np.repeat(weights, sizes))


def added(
    texts: NDArray[Any], values: NDArray[Any], lists: Sequence[slice], size: int, weights: NDArray[Any] | float = 1.0
) -> Marks:
    """By text, of `size`, the sum of its values in these lists. bm25s adds list by list, in 14 times the time."""
    if not lists:
        return np.zeros(size)
    found = np.concatenate([values[one] for one in lists])
    return np.asarray(
        np.bincount(np.concatenate([texts[one] for one in lists]), found * weights, size), dtype=np.float64
    )
