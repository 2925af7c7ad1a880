"""Scorers fitted on one set of texts: BM25 over tokens, character n-grams, word vectors, and the words of single sentences."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.float64]

DIMENSIONS = 256
_READY = r"\S+"
_NOTHING = "·"  # stands for a text without a single token


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
    return " ".join(tokens) or _NOTHING


class Postings:
    """Unit TF-IDF rows to be met by one question at a time.

    What scikit-learn checks anew with every call cost ten times what the sums cost; so a question is weighed here.
    """

    def __init__(self, vectorizer: Any, rows: Any) -> None:
        self._terms: dict[str, int] = vectorizer.vocabulary_
        self._rarity = np.asarray(vectorizer.idf_, dtype=np.float64)
        self._sublinear: bool = vectorizer.sublinear_tf
        self._split = vectorizer.build_analyzer()
        columns = rows.tocsc()
        self._starts, self._texts, self._values = columns.indptr, columns.indices, columns.data
        self._size: int = rows.shape[0]

    def weigh(self, text: str) -> tuple[NDArray[np.int64], Marks]:
        """The numbers of the known terms of a text, and their weights, of unit length together."""
        counts = Counter(at for term in self._split(text) if (at := self._terms.get(term)) is not None)
        terms = np.fromiter(counts, dtype=np.int64, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        weights = (1.0 + np.log(often) if self._sublinear else often) * self._rarity[terms]
        return terms, weights / max(float(np.sqrt(weights @ weights)), 1e-9)

    def marks(self, text: str) -> Marks:
        """The cosine of every row to this text."""
        terms, weights = self.weigh(text)
        total = np.zeros(self._size)
        for term, weight in zip(terms, weights, strict=True):
            span = slice(self._starts[term], self._starts[term + 1])
            total[self._texts[span]] += weight * self._values[span]
        return total


class Vectors:
    """Word vectors of one language: TF-IDF over stems, reduced. Fitted on the whole, afresh with each generation."""

    def __init__(self, bags: Sequence[str]) -> None:
        from sklearn.decomposition import TruncatedSVD

        self._tfidf = bag_weights(sublinear=True)
        matrix = self._tfidf.fit_transform(bags)
        size = min(128 if len(bags) > 2_000 else DIMENSIONS, matrix.shape[1] - 1, len(bags))
        svd = TruncatedSVD(max(1, size), random_state=7)
        svd.fit(matrix)
        self._axes = np.asarray(svd.components_.T, dtype=np.float32)
        self._postings = Postings(self._tfidf, matrix[:0])

    def of(self, bags: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a bag (zero where no word is known)."""
        return _unit(np.asarray(self._tfidf.transform(bags) @ self._axes, dtype=np.float32))

    def of_one(self, tokens: str) -> NDArray[np.float32]:
        """The unit row of one bag."""
        terms, weights = self._postings.weigh(tokens)
        row: NDArray[np.float32] = _unit((weights.astype(np.float32) @ self._axes[terms])[None, :])[0]
        return row


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return np.asarray(rows / lengths, dtype=np.float32)


class Bm25:
    """BM25 over ready tokens, and how much each token tells."""

    def __init__(self, bags: Sequence[Sequence[str]], k1: float, b: float) -> None:
        import bm25s

        self._size = len(bags)
        self._model = bm25s.BM25(k1=k1, b=b)
        self._model.index([list(tokens) or [_NOTHING] for tokens in bags], show_progress=False, leave_progress=False)
        self._sets = [frozenset(tokens) for tokens in bags]
        counts = Counter(token for tokens in self._sets for token in tokens)
        self.rarity = {token: float(np.log(1 + (self._size - n + 0.5) / (n + 0.5))) for token, n in counts.items()}
        self.unseen = float(np.log(1 + (self._size + 0.5) / 0.5))

    def marks(self, tokens: Sequence[str]) -> Marks:
        known = [token for token in tokens if token in self.rarity]
        if not known:
            return np.zeros(self._size)
        return np.asarray(self._model.get_scores(known), dtype=np.float64)

    def covers(self, tokens: Sequence[str]) -> Marks:
        """Of every text, the share of the question's weight it holds; a token seen nowhere weighs most."""
        unique = list(dict.fromkeys(tokens))
        total = sum(self.weight(token) for token in unique)
        found = np.zeros(self._size)
        for token in unique:
            if token in self.rarity:
                found += self.rarity[token] * (np.asarray(self._model.get_scores([token])) > 0)
        return found / max(total, 1e-9)

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

    def holds(self, token: str, at: int) -> bool:
        return token in self._sets[at]


class Chars:
    """Character 3- to 5-grams inside words: forgives typing and joins cognates."""

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._tfidf = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, lowercase=False, dtype=np.float32
        )
        self._postings = Postings(self._tfidf, self._tfidf.fit_transform(texts))

    def rows(self, texts: Sequence[str]) -> Any:
        return self._tfidf.transform(texts)

    def postings(self, rows: Any) -> Postings:
        """Other texts, weighed in the same way (`rows` of them)."""
        return Postings(self._tfidf, rows)

    def marks(self, text: str) -> Marks:
        return self._postings.marks(text)


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
        weights = np.array([self._words.weight(stem) for stem in unique])
        found = np.zeros((len(candidates), 3))
        if not unique:
            return found
        place = np.full(len(self._numbers) + 1, -1)
        numbers = [self._numbers.get(stem, -1) for stem in unique]
        place[[number for number in numbers if number >= 0]] = [at for at, number in enumerate(numbers) if number >= 0]
        pairs = self._pairs(asked)
        for row, text in enumerate(candidates):
            span = slice(self._starts[text], self._starts[text + 1])
            at = place[self._stems[span]]
            hit = at >= 0
            found[row] = (
                _weight_of(weights, at[hit]),
                _best_sentence(weights, at[hit], self._sentences[span][hit]),
                self._in_order(pairs, self._stems[span]),
            )
        found[:, :2] /= max(weights.sum(), 1e-9)
        return found

    def _pairs(self, asked: Sequence[str]) -> dict[tuple[int, int], float]:
        numbered = [(self._numbers.get(stem, -1), self._words.weight(stem)) for stem in asked]
        return {(one, two): w1 + w2 for (one, w1), (two, w2) in pairwise(numbered)}

    @staticmethod
    def _in_order(pairs: dict[tuple[int, int], float], held: NDArray[np.int64]) -> float:
        if not pairs:
            return 0.0
        there = sum(
            weight
            for (one, two), weight in pairs.items()
            if one >= 0 and two >= 0 and bool(((held[:-1] == one) & (held[1:] == two)).any())
        )
        return there / max(sum(pairs.values()), 1e-9)


def _weight_of(weights: Marks, places: NDArray[np.int64]) -> float:
    return float(weights[np.unique(places)].sum())


def _best_sentence(weights: Marks, places: NDArray[np.int64], sentences: NDArray[np.int64]) -> float:
    if not len(places):
        return 0.0
    once = np.unique(np.stack((sentences, places)), axis=1)
    return float(np.bincount(once[0], weights[once[1]]).max())
