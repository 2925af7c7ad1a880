"""Character 3- to 5-grams inside words: they forgive typing and join cognates. All texts of one language in one table.

Entries, guides, clauses and phrasings each weigh grams in their own way. Asked one after the other they looked up the same
grams four times, and that took as long as the sums.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.postings import Marks

_SHORTEST, _LONGEST = 3, 5


@lru_cache(maxsize=50_000)
def grams_of(word: str) -> tuple[str, ...]:
    """The character 3- to 5-grams of one word between blanks; a word too short for a length is one gram, once."""
    padded = f" {word} "
    size = len(padded)
    if size <= _SHORTEST:
        return (padded,)
    lengths = range(_SHORTEST, min(_LONGEST, size) + 1)
    return tuple(padded[at : at + length] for length in lengths for at in range(size - length + 1))


@lru_cache(maxsize=64)
def char_terms(text: str) -> Mapping[str, int]:
    """How often each gram stands in a text. Texts and topics ask it of one question, so it is kept."""
    return Counter(gram for word in text.split() for gram in grams_of(word))


@dataclass(frozen=True)
class Spelt:
    """Some texts by their grams. `rarity`: how much each gram tells, 0 for one that counts nothing; `numbers`: its column.

    `rows`: by text, what each gram weighs in it, in unit length, times its rarity.
    """

    numbers: Mapping[str, int]
    rarity: NDArray[np.float32]
    rows: Any


class Chars:
    """How much each gram tells among some texts.

    The weights are scikit-learn's for `char_wb`. Counting is not: it takes every word of every text apart anew, in twice
    the time.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfTransformer

        words = {word for text in texts for word in text.split()}
        grams = sorted({gram for word in words for gram in grams_of(word)})
        self._numbers = {gram: at for at, gram in enumerate(grams)}
        self._weights = TfidfTransformer(sublinear_tf=True).fit(self._counted(texts))

    def rows(self, texts: Sequence[str]) -> Any:
        """One row a text, of unit length; grams that are in none of the texts it was fitted on count nothing."""
        return self._weights.transform(self._counted(texts), copy=False)

    def spelt(self, texts: Sequence[str]) -> Spelt:
        """These texts for `Letters`."""
        rows, rarity = self.rows(texts), np.asarray(self._weights.idf_, dtype=np.float32)
        rows.data *= rarity[rows.indices]
        return Spelt(self._numbers, rarity, rows)

    def _counted(self, texts: Sequence[str]) -> Any:
        """How often each gram stands in each text: how often each word does, times how often each gram does in the word."""
        words: dict[str, int] = {}
        said = [[words.setdefault(word, len(words)) for word in text.split()] for text in texts]
        spelt = [[at for gram in grams_of(word) if (at := self._numbers.get(gram)) is not None] for word in words]
        counts = _table(said, len(words)) @ _table(spelt, len(self._numbers))
        counts.sort_indices()
        return counts


def _table(rows: Sequence[Sequence[int]], columns: int) -> Any:
    """By row, how often each number below `columns` stands in it."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *map(len, rows)])
    places = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=ends[-1])
    table = csr_matrix((np.ones(len(places), dtype=np.float32), places, ends), shape=(len(rows), columns))
    table.sum_duplicates()
    return table


class Letters:
    """Several groups of texts, met by one question at a time, by name.

    With rarities in the rows a question's grams weigh the same for all groups, but for its length.
    """

    def __init__(
        self, numbers: dict[str, int], ends: Mapping[str, int], rarity: NDArray[np.float32], rows: Any
    ) -> None:
        self._numbers = numbers
        self._ends = ends
        self._rarity = rarity  # by group and gram; 0 where the group has none
        self._rows = rows  # the groups one after the other, up to `ends`; by gram

    @staticmethod
    def of(groups: Mapping[str, Spelt]) -> "Letters":
        from scipy.sparse import csr_matrix, vstack

        numbers: dict[str, int] = {}
        places = [
            np.array([numbers.setdefault(gram, len(numbers)) for gram in one.numbers], dtype=np.int64)
            for one in groups.values()
        ]
        rarity = np.zeros((len(groups), len(numbers)), dtype=np.float32)
        tables = []
        for at, (own, one) in enumerate(zip(places, groups.values(), strict=True)):
            rarity[at, own] = one.rarity
            shape = (one.rows.shape[0], len(numbers))
            tables.append(csr_matrix((one.rows.data, own[one.rows.indices], one.rows.indptr), shape=shape))
        ends = dict(zip(groups, np.cumsum([one.rows.shape[0] for one in groups.values()]).tolist(), strict=True))
        return Letters(numbers, ends, rarity, vstack(tables, format="csc"))

    def replacing(self, groups: Mapping[str, Spelt]) -> "Letters":
        """The same with these groups, in place of those of the same name."""
        rows, starts = self._rows.tocsr(), (0, *self._ends.values())
        kept = {
            name: Spelt(self._numbers, rarity, rows[start:end])
            for (name, end), start, rarity in zip(self._ends.items(), starts, self._rarity, strict=False)
            if name not in groups
        }
        return Letters.of({**kept, **groups})

    def marks(self, text: str) -> Mapping[str, Marks]:
        """By group, the cosine of every text to this one."""
        counts = char_terms(text)
        found = np.fromiter(map(self._numbers.get, counts, repeat(-1)), dtype=np.int64, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        grams, weights = found[found >= 0], 1.0 + np.log(often[found >= 0])
        sums = np.asarray(self._rows[:, grams] @ weights.astype(np.float32), dtype=np.float64)
        weighed = self._rarity[:, grams] * weights
        lengths = np.sqrt(np.vecdot(weighed, weighed))
        starts = (0, *self._ends.values())
        return {
            name: sums[start:end] / max(float(length), 1e-9)
            for (name, end), start, length in zip(self._ends.items(), starts, lengths, strict=False)
        }
