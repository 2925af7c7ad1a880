"""Scoring: BM25 over stems, character n-grams, word vectors, concepts, and a classifier on the phrasings, fused.

Each scorer's marks become z-scores within one question and are added: measured better than rank fusion, and the only fusion
that leaves a usable confidence. Holds the fitted models; knows no disk, no database and no Chroma.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.lexicon import Lexicon
from knowledge.text import fold, stems, without_stop_words, words
from records.types import Language

Marks = NDArray[np.float64]

DIMENSIONS = 256
_OWN_WORDS = 3  # a title or phrasing counts three times, the answer once (weights 1 and 1/3 without fractions)
_K1 = 1.5
_CLASSIFIED_AT_MOST = 600  # entries; above, fitting the classifier would take minutes


@dataclass(frozen=True)
class Text:
    """One thing to be found. `phrasings` empty: a passage; else an FAQ entry."""

    title: str
    body: str
    phrasings: tuple[str, ...] = ()
    entry: bool = False

    @property
    def own(self) -> str:
        return "\n".join((self.title, *self.phrasings))

    @property
    def all(self) -> str:
        return f"{self.own}\n{self.body}"


@dataclass(frozen=True)
class Weights:
    """What each scorer counts for in the sum."""

    word: float = 1.0
    char: float = 1.0
    vector: float = 1.0
    posterior: float = 1.0
    theme: float = 0.0  # concepts on their own
    concept: float = 2.0  # concepts inside the word marks, at no word cover; fades to nothing at 0.7


FAQ_WEIGHTS = Weights(char=0.5, vector=0.25, theme=1.0)
PASSAGE_WEIGHTS = Weights(posterior=0.0, concept=0.0)
ACROSS_WEIGHTS = Weights(char=3.0, vector=0.0, posterior=0.0, concept=0.5)


@dataclass(frozen=True)
class Query:
    """A question made ready once."""

    folded: str
    stems: tuple[str, ...]
    concepts: dict[str, float]
    across: bool


def read_query(text: str, asked: Language, held: Language, lexicon: Lexicon) -> Query:
    """`asked` is the question's language, `held` the documents'. Across languages, stop-words go: they only mislead there."""
    tokens = lexicon.plain(words(text), asked)
    across = asked is not held
    kept = without_stop_words(tokens) if across else tokens
    return Query(" ".join(kept), tuple(stems(kept, held)), lexicon.concepts(tokens), across)


def standard(marks: Marks) -> Marks:
    """z-scores; all zeros when nothing differs."""
    spread = float(marks.std()) if marks.size else 0.0
    return (marks - marks.mean()) / spread if spread > 1e-9 else np.zeros_like(marks)


def _bag_weights(*, sublinear: bool) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    ready = r"\S+"
    return TfidfVectorizer(token_pattern=ready, lowercase=False, sublinear_tf=sublinear, dtype=np.float32)


class Vectors:
    """Word vectors of one language: TF-IDF over stems, reduced. Fitted on the whole, afresh with each generation."""

    def __init__(self, bags: Sequence[str]) -> None:
        from sklearn.decomposition import TruncatedSVD

        self._tfidf = _bag_weights(sublinear=True)
        matrix = self._tfidf.fit_transform(bags)
        size = min(128 if len(bags) > 2_000 else DIMENSIONS, matrix.shape[1] - 1, len(bags))
        self._svd = TruncatedSVD(max(1, size), random_state=7)
        self._svd.fit(matrix)

    def of(self, bags: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a bag (zero where no word is known)."""
        raw = self._svd.transform(self._tfidf.transform(bags))
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        return np.asarray(raw / np.maximum(lengths, 1e-9), dtype=np.float32)


class _Bm25:
    """BM25 over ready tokens, and how much of a question's weight a text covers."""

    def __init__(self, bags: Sequence[Sequence[str]], k1: float) -> None:
        import bm25s

        self._size = len(bags)
        self._model = bm25s.BM25(k1=k1, b=0.75)
        self._model.index([list(bag) or ["·"] for bag in bags], show_progress=False, leave_progress=False)
        sets = [frozenset(bag) for bag in bags]
        counts: dict[str, int] = {}
        for bag in sets:
            for token in bag:
                counts[token] = counts.get(token, 0) + 1
        self._rarity = {token: float(np.log(1 + (self._size - n + 0.5) / (n + 0.5))) for token, n in counts.items()}
        self._unseen = float(np.log(1 + (self._size + 0.5) / 0.5))
        self._sets = sets

    def marks(self, tokens: Sequence[str]) -> Marks:
        known = [token for token in tokens if token in self._rarity]
        if not known:
            return np.zeros(self._size)
        return np.asarray(self._model.get_scores(known), dtype=np.float64)

    def cover(self, tokens: Sequence[str], at: int) -> float:
        """Share of the question's weight that text `at` holds; a word seen nowhere weighs most."""
        unique = set(tokens)
        weights = {token: self._rarity.get(token, self._unseen) for token in unique}
        held = sum(weight for token, weight in weights.items() if token in self._sets[at])
        return held / max(sum(weights.values()), 1e-9)

    def known_share(self, tokens: Sequence[str]) -> float:
        unique = set(tokens)
        weights = {token: self._rarity.get(token, self._unseen) for token in unique}
        return sum(w for token, w in weights.items() if token in self._rarity) / max(sum(weights.values()), 1e-9)


class _Chars:
    """Character 3- to 5-grams inside words: forgives typing and joins cognates."""

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._tfidf = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, lowercase=False, dtype=np.float32
        )
        self._matrix = self._tfidf.fit_transform(texts).T.tocsr()

    def rows(self, texts: Sequence[str]) -> Any:
        return self._tfidf.transform(texts)

    def marks(self, text: str) -> Marks:
        return np.asarray((self.rows([text]) @ self._matrix).toarray()[0], dtype=np.float64)


class _Phrasings:
    """Every title and phrasing by itself: which entry would someone who says this mean, and has anyone said nearly the same?"""

    def __init__(self, texts: Sequence[Text], language: Language, lexicon: Lexicon, chars: _Chars) -> None:
        said = [(at, phrase) for at, text in enumerate(texts) for phrase in (text.title, *text.phrasings)]
        self._size = len(texts)
        self._chars = chars
        self._words = _bag_weights(sublinear=True)
        self._concepts = _bag_weights(sublinear=False)
        queries = [read_query(phrase, language, language, lexicon) for _, phrase in said]
        self._words.fit([" ".join(query.stems) or "·" for query in queries])
        self._concepts.fit([_spoken(query) for query in queries])
        self._starts = np.searchsorted([at for at, _ in said], np.arange(self._size))
        rows = self._features(queries)
        self._phrases = rows.T.tocsr()
        self._model = self._fitted(rows, [at for at, _ in said]) if 2 <= self._size <= _CLASSIFIED_AT_MOST else None

    @staticmethod
    def _fitted(rows: Any, entries: list[int]) -> Any:
        from sklearn.linear_model import LogisticRegression

        with warnings.catch_warnings():
            # An entry without phrasings is a class of one; scikit-learn wonders whether that is a regression.
            warnings.simplefilter("ignore", UserWarning)
            return LogisticRegression(C=100.0, max_iter=150, tol=1e-3).fit(rows, entries)

    def _features(self, queries: Sequence[Query]) -> Any:
        from scipy.sparse import hstack

        chars = self._chars.rows([query.folded for query in queries])
        bags = self._words.transform([" ".join(query.stems) for query in queries])
        concepts = self._concepts.transform([_spoken(query) for query in queries])
        return hstack([chars, bags, concepts]).tocsr()

    def marks(self, query: Query) -> tuple[Marks, Marks]:
        """Log-probabilities, and the likeness in [0, 1] to the nearest phrasing; one an entry."""
        row = self._features([query])
        likeness = np.maximum.reduceat((row @ self._phrases).toarray()[0], self._starts) / 3.0
        if self._model is None:
            return np.zeros(0), np.asarray(likeness, dtype=np.float64)
        return np.asarray(self._model.predict_log_proba(row)[0], dtype=np.float64), np.asarray(
            likeness, dtype=np.float64
        )


def _spoken(query: Query) -> str:
    return " ".join(sorted(query.concepts)) or "·"


@dataclass(frozen=True)
class Marked:
    """How every text stands to one question. `posterior` and `near` (likeness to one phrasing) are empty for passages."""

    total: Marks
    word: Marks
    char: Marks
    vector: Marks
    concept: Marks
    posterior: Marks
    near: Marks


class Part:
    """The texts of one language and one manner (entries or passages) with their fitted scorers."""

    def __init__(self, texts: Sequence[Text], language: Language, lexicon: Lexicon, *, entries: bool) -> None:
        self.language = language
        self.entries = entries
        own = [stems(words(text.own), language) for text in texts]
        body = [stems(words(text.body), language) for text in texts]
        times = _OWN_WORDS if entries else 1
        self.words = _Bm25([bag * times + rest for bag, rest in zip(own, body, strict=True)], _K1 * times)
        self.chars = _Chars([fold(text.all) for text in texts])
        self.concepts = _Bm25(
            [[*lexicon.concepts(words(text.own))] * times + [*lexicon.concepts(words(text.body))] for text in texts],
            _K1 * times,
        )
        self.phrasings = _Phrasings(texts, language, lexicon, self.chars) if entries else None

    def mark(self, query: Query, vector_marks: Marks, weights: Weights, allowed: NDArray[np.bool_] | None) -> Marked:
        """Every scorer's marks and their sum; texts that are not allowed end far below."""
        word = self.words.marks(query.stems)
        char = self.chars.marks(query.folded)
        concept = self.concepts.marks(list(query.concepts))
        posterior, near = self.phrasings.marks(query) if self.phrasings else (np.zeros(0), np.zeros(0))
        shown = np.ones(len(word), dtype=bool) if allowed is None else allowed
        if posterior.size:
            posterior = posterior - np.logaddexp.reduce(posterior[shown])  # one of those shown is meant
        near = np.where(shown, near, 0.0) if near.size else near
        gate = weights.concept * max(0.0, 1.0 - self._best_cover(query, word) / 0.7)
        total = np.full(len(word), -1e9)
        scored = standard(word[shown] + gate * concept[shown]) * weights.word
        scored = scored + standard(char[shown]) * weights.char + standard(vector_marks[shown]) * weights.vector
        if posterior.size:
            scored = scored + standard(posterior[shown]) * weights.posterior
        if weights.theme:
            scored = scored + standard(concept[shown]) * weights.theme
        total[shown] = scored
        return Marked(total, word, char, vector_marks, concept, posterior, near)

    def _best_cover(self, query: Query, word: Marks) -> float:
        return self.words.cover(query.stems, int(word.argmax())) if word.size and word.max() > 0 else 0.0


def vector_bag(text: Text, language: Language) -> str:
    """What the word vector of a text is made from."""
    return " ".join(stems(words(text.all), language)) or "·"
