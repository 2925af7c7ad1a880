"""Scorers fitted on one set of texts: BM25 over tokens, word vectors, and the words of single sentences."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.postings import NOTHING, Marks, Terms, added, word_terms

Places = NDArray[np.int64]

DIMENSIONS = 256
_READY = r"\S+"
_LONG = 5  # letters of a stem; shorter ones are too much alike
_ALIKE = 0.8


def bag_weights(*, sublinear: bool, pairs: bool = False) -> Any:
    """TF-IDF over ready tokens, and over pairs of neighbours."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        token_pattern=_READY,
        lowercase=False,
        sublinear_tf=sublinear,
        ngram_range=(1, 2 if pairs else 1),
        dtype=np.float32,
    )


def bag(tokens: Iterable[str]) -> str:
    """Tokens as one text for `bag_weights`."""
    return " ".join(tokens) or NOTHING


class Vectors:
    """Word vectors of one language: TF-IDF over stems, reduced. Fitted on the whole, afresh with each generation."""

    def __init__(self, axes: NDArray[np.float32], terms: Terms) -> None:
        self._axes = axes
        self._terms = terms

    @staticmethod
    def fitted(bags: Sequence[str]) -> "tuple[Vectors, NDArray[np.float32]]":
        """Vectors fitted on these bags, and the unit row of each."""
        tfidf = bag_weights(sublinear=True)
        matrix = tfidf.fit_transform(bags)
        axes = _axes(matrix)
        return Vectors(axes, Terms(tfidf.vocabulary_, tfidf)), _unit(np.asarray(matrix @ axes, dtype=np.float32))

    def of(self, bags: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a bag that was not fitted on (zero where no word is known)."""
        return np.stack([self.of_one(one.split()) for one in bags])

    def of_one(self, tokens: Sequence[str]) -> NDArray[np.float32]:
        """The unit row of one text of these tokens."""
        terms, weights = self._terms.weigh(word_terms(tokens))
        row: NDArray[np.float32] = _unit(times(self._axes[terms].T, weights)[None, :])[0]
        return row


def _axes(matrix: Any) -> NDArray[np.float32]:
    """The axes that tell most texts apart, one a column. One text, or one word in all of them, has one axis: itself."""
    if min(matrix.shape) == 1:
        return _unit(np.asarray(matrix.sum(axis=0))).T
    from sklearn.decomposition import TruncatedSVD

    texts, known = matrix.shape
    size = min(128 if texts > 2_000 else DIMENSIONS, known - 1, texts)
    return np.asarray(TruncatedSVD(size, random_state=7).fit(matrix).components_.T, dtype=np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return np.asarray(rows / lengths, dtype=np.float32)


def times(matrix: NDArray[np.float32], vector: NDArray[Any]) -> NDArray[np.float32]:
    """One product of matrix and vector on this thread alone: waking others took thirty times as long as the sums."""
    return np.asarray(np.vecdot(matrix, vector.astype(np.float32)), dtype=np.float32)


class Bm25:
    """BM25 over ready tokens, and how much each token tells."""

    def __init__(self, bags: Sequence[Sequence[str]], k1: float, b: float) -> None:
        import bm25s

        self._size = len(bags)
        model = bm25s.BM25(k1=k1, b=b)
        model.index([list(tokens) or [NOTHING] for tokens in bags], show_progress=False, leave_progress=False)
        self._numbers: dict[str, int] = model.vocab_dict
        self._starts, self._texts, self._values = (model.scores[name] for name in ("indptr", "indices", "data"))
        self._sets = [frozenset(tokens) for tokens in bags]
        counts = Counter(token for tokens in self._sets for token in tokens)
        self.rarity = {token: float(np.log(1 + (self._size - n + 0.5) / (n + 0.5))) for token, n in counts.items()}
        self.unseen = float(np.log(1 + (self._size + 0.5) / 0.5))

    def marks(self, tokens: Sequence[str]) -> Marks:
        lists = [self._list(token) for token in tokens if token in self.rarity]
        return added(self._texts, self._values, lists, self._size)

    def covers(self, tokens: Sequence[str]) -> Marks:
        """Of every text, the share of the question's weight it holds; a token seen nowhere weighs most."""
        unique = list(dict.fromkeys(tokens))
        total = sum(self.weight(token) for token in unique)
        found = np.zeros(self._size)
        for token in unique:
            if token in self.rarity:
                found[self._texts[self._list(token)]] += self.rarity[token]
        return found / max(total, 1e-9)

    def _list(self, token: str) -> slice:
        """Where the texts that have it, and their scores, stand."""
        at = self._numbers[token]
        return slice(int(self._starts[at]), int(self._starts[at + 1]))

    def cover(self, tokens: Sequence[str], at: int) -> float:
        """The same share for the text `at` alone."""
        unique = set(tokens)
        total = sum(self.weight(token) for token in unique)
        return sum(self.weight(token) for token in unique if token in self._sets[at]) / max(total, 1e-9)

    def known_share(self, tokens: Sequence[str]) -> float:
        """The share of the question's weight that stands in any text at all."""
        unique = set(tokens)
        total = sum(self.weight(token) for token in unique)
        return sum(self.rarity.get(token, 0.0) for token in unique) / max(total, 1e-9)

    def weight(self, token: str) -> float:
        return self.rarity.get(token, self.unseen)

    def share(self, token: str) -> float:
        """How rare it is, in (0, 1]: 1 for what no text has."""
        return self.weight(token) / self.unseen

    def holds(self, token: str, at: int) -> bool:
        return token in self._sets[at]

    def never_heard(self, token: str) -> bool:
        """Does no text have it, nor anything spelt nearly so?"""
        return token not in self.rarity and not self._mistyped(token)

    def _mistyped(self, token: str) -> bool:
        """Is it a long word of these texts, but for some letters?"""
        lengths = (len(token) - 1, len(token), len(token) + 1)
        near = [one for length in lengths for one in self._long.get((token[:2], length), ())]
        return len(token) >= _LONG and bool(get_close_matches(token, near, 1, _ALIKE))

    @cached_property
    def _long(self) -> dict[tuple[str, int], list[str]]:
        """Its long tokens by their first two letters, which who mistypes a word seldom mistypes, and their length."""
        found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for token in self.rarity:
            if len(token) >= _LONG:
                found[token[:2], len(token)].append(token)
        return dict(found)


class Sentences:
    """The content stems of every text, sentence by sentence: is the whole question in one place, and in its own order?"""

    def __init__(self, texts: Sequence[Sequence[Sequence[str]]], words_of: Bm25) -> None:
        self._words = words_of
        self._numbers: dict[str, int] = {}
        stems_, sentences, starts = [], [], [0]
        for pieces in texts:
            for number, found in enumerate(pieces):
                stems_ += [self._numbers.setdefault(stem, len(self._numbers)) for stem in found]
                sentences += [number] * len(found)
            starts.append(len(stems_))
        self._stems = np.array(stems_, dtype=np.int64)
        self._sentences = np.array(sentences, dtype=np.int64)
        self._starts = np.array(starts, dtype=np.int64)

    def marks(self, asked: Sequence[str], candidates: NDArray[np.int64]) -> NDArray[np.float64]:
        """For each candidate three shares of the question's weight: in the text, in its best sentence, in neighbours' order."""
        unique = list(dict.fromkeys(asked))
        if not unique:
            return np.zeros((len(candidates), 3))
        weights = np.array([self._words.weight(stem) for stem in unique])
        stems_, rows, sentences = self._held(candidates)
        place = np.full(len(self._numbers) + 1, -1)  # the last one is for stems no text has
        place[[self._numbers.get(stem, -1) for stem in unique]] = np.arange(len(unique))
        place[-1] = -1
        at = place[stems_]
        shares = (
            _once(rows, at, len(candidates), weights),
            _best(rows, sentences, at, len(candidates), weights),
        )
        ordered = _in_order(rows, at, len(candidates), self._pairs(asked, unique))
        return np.stack((*(share / max(weights.sum(), 1e-9) for share in shares), ordered), axis=1)

    def _held(self, candidates: NDArray[np.int64]) -> tuple[Places, Places, Places]:
        """Of all candidates, one after the other: the stems, which candidate each is in, and in which sentence of it."""
        sizes = self._starts[candidates + 1] - self._starts[candidates]
        ends = np.cumsum(sizes)
        places = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(
            self._starts[candidates] - ends + sizes, sizes
        )
        return self._stems[places], np.repeat(np.arange(len(candidates)), sizes), self._sentences[places]

    def _pairs(self, asked: Sequence[str], unique: Sequence[str]) -> NDArray[np.float64]:
        """For two stems of the question by place: what it weighs that one follows the other; 0 when it does not.

        The last row and column stand for what no text has.
        """
        places = {stem: at for at, stem in enumerate(unique) if stem in self._numbers}
        table = np.zeros((len(unique) + 1, len(unique) + 1))
        for one, other in pairwise(asked):
            table[places.get(one, -1), places.get(other, -1)] = self._words.weight(one) + self._words.weight(other)
        return table


def _once(rows: Places, at: Places, size: int, weights: Marks) -> Marks:
    """By row the weight of the places it has, each counted once."""
    found = np.zeros((size, len(weights)), dtype=bool)
    found[rows[at >= 0], at[at >= 0]] = True
    return found @ weights


def _best(rows: Places, sentences: Places, at: Places, size: int, weights: Marks) -> Marks:
    """By row the weight of its best sentence."""
    hit = at >= 0
    most = int(sentences.max(initial=0)) + 1
    held, numbers = np.unique(rows[hit] * most + sentences[hit], return_inverse=True)
    best = np.zeros(size)
    np.maximum.at(best, held // most, _once(numbers, at[hit], len(held), weights))
    return best


def _in_order(rows: Places, at: Places, size: int, pairs: NDArray[np.float64]) -> Marks:
    """By row the share of the question's neighbours that are neighbours there too."""
    follows = (at[:-1] >= 0) & (at[1:] >= 0) & (rows[:-1] == rows[1:])
    codes = at[:-1][follows] * len(pairs) + at[1:][follows]
    return _once(rows[:-1][follows], codes, size, pairs.ravel()) / max(float(pairs.sum()), 1e-9)
