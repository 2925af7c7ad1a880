"""Fusion: what every scorer says of every text, as one order.

Each scorer's marks become z-scores within one question and are added: measured better than rank fusion, and the only fusion
that leaves a usable confidence. Then the first few are looked at sentence by sentence. Knows no disk, database or Chroma.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.letters import Chars, Letters, Spelt
from knowledge.lexicon import Lexicon
from knowledge.masks import Mask
from knowledge.postings import Marks
from knowledge.questions import Query, read_query
from knowledge.sayings import Sayings
from knowledge.scorers import Bm25, Sentences, bag
from knowledge.text import fold, stems, without_stop_words, words
from knowledge.texts import Read
from knowledge.topics import Topics
from knowledge.voices import MOST, SAID, Said, Voices
from records.types import Language

_OWN_WORDS = 3  # a title or phrasing counts three times, the answer once (weights 1 and 1/3 without fractions)
_ANSWER = 0.3  # how surely somebody who speaks like the answer means the entry
_LOOKED_AT = 30  # texts whose sentences are compared; the right one is among them in 99.7 of 100 questions
_FAR = -1e9
_CLOSER = ("cover", "sentence", "order")
_LIKELY = 0.02  # a topic below this chance is not searched for
_NO_TOPICS = np.zeros(0)
_TAUGHT = 5  # learned phrasings an entry needs before they join its words


class Mode(StrEnum):
    """How texts of a kind are searched."""

    ENTRIES = "entries"  # FAQ entries, by what people say
    GUIDES = "guides"  # sections of tutorials, by what they say
    CLAUSES = "clauses"  # of contracts, by what they say and by topic


@dataclass(frozen=True)
class Marked:
    """How every text stands to one question: `total`, and by scorer what it is made of.

    `topics`: the likelier ones of what the question asks of a contract.
    """

    total: Marks
    parts: Mapping[str, Marks]
    topics: Mapping[str, float] = field(default_factory=dict)

    def of(self, at: int) -> tuple[tuple[str, float], ...]:
        """What each scorer gave one text, before weights."""
        return tuple((name, float(marks[at])) for name, marks in self.parts.items() if marks.size)


@dataclass(frozen=True)
class Heard:
    """What the scorers of a part say of one question. `chances`: of each topic, empty where none is searched for."""

    query: Query
    parts: Mapping[str, Marks]
    chances: Marks


WEIGHTS: Mapping[tuple[Mode, bool], Mapping[str, float]] = {
    (Mode.ENTRIES, False): {"word": 0.1, "char": 0.15, "vector": 0.33, "votes": 0.43, "theme": 0.86},
    (Mode.ENTRIES, True): {"word": 0.1, "char": 0.15, "vector": 0.33, "votes": 0.43, "theme": 0.86},
    (Mode.GUIDES, False): {"word": 0.5, "char": 0.7, "vector": 0.1, "cover": 0.45, "sentence": 0.5, "order": 0.3},
    (Mode.GUIDES, True): {"word": 0.3, "char": 1.2, "concept": 0.47, "cover": 0.4},
    (Mode.CLAUSES, False): {"word": 0.2, "char": 0.2, "vector": 0.2, "concept": 0.2, "topic": 1.0},
    (Mode.CLAUSES, True): {"word": 0.2, "char": 0.2, "vector": 0.2, "concept": 0.2, "topic": 1.0},
}
"""By mode, and whether the question is in another language than the texts: what each scorer's z-score counts for.

Fitted over all question sets at once, as one conditional logit with every set weighing the same; left out in turn, each set did
as well with the weights of the others to within a point. `topic` is a sum of z-scores already."""

_TOPIC_WEIGHTS = (1.0, 1.0, 2.0)  # word, char, vector of a topic's legal wording


def best_of(total: Marks, most: int) -> NDArray[np.int64]:
    """The places of the `most` highest marks, best first; of equals the earlier."""
    if len(total) > most:
        least = np.partition(total, -most)[-most]
        high = np.flatnonzero(total >= least)
    else:
        high = np.arange(len(total))
    return high[np.argsort(-total[high], kind="stable")[:most]]


def standard(marks: Marks) -> Marks:
    """z-scores; all zeros when nothing differs. `mean` itself takes as long as what it does to a thousand marks."""
    if not marks.size:
        return marks
    apart = marks - np.add.reduce(marks) / marks.size
    spread = float(np.sqrt(np.add.reduce(apart * apart) / marks.size))
    return apart / spread if spread > 1e-9 else np.zeros_like(marks)


class Part:
    """The texts of one language and one mode with their fitted scorers."""

    def __init__(
        self,
        reads: Sequence[Read],
        language: Language,
        lexicon: Lexicon,
        mode: Mode,
        learned: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        self.language = language
        self.mode = mode
        self._given = tuple(reads)
        self._lexicon = lexicon
        learned = learned or {}
        self._reads = tuple(_taught(read, learned.get(at, ()), language) for at, read in enumerate(reads))
        entries = mode is Mode.ENTRIES
        times, k1, b = (_OWN_WORDS, 4.5, 0.75) if entries else (1, 1.2, 0.5)
        self.words = Bm25([read.own * times + read.body for read in self._reads], k1, b)
        self.concepts = Bm25([_concepts(read, lexicon) for read in self._reads], 1.5, 0.5)
        lines = self._lines() if entries else []
        self.voices = self._voices(lines, learned) if entries else None
        self.sayings = Sayings.of(lines, self.words) if entries else None
        self.sentences = None if entries else Sentences([read.sentences for read in self._reads], self.words)
        self.topics: Topics | None = None
        self._topic_marks: NDArray[np.float32] = np.zeros((0, 0, 0), dtype=np.float32)

    def spelt(self) -> dict[str, Spelt]:
        """Its texts for the letters of its language, and the phrasings its classifier has heard."""
        texts = [fold(read.text.all) for read in self._reads]
        chars = Chars(texts)
        own = {self.mode.value: chars.spelt(texts)}
        return own if self.voices is None else own | {SAID: self.voices.spelt(chars)}

    def with_phrasings(self, learned: Mapping[int, Sequence[str]]) -> "Part":
        """The same entries, having heard more: by place, how people put it whom the entry answered.

        Below five an entry they only teach the classifier; from five on they join the entry's words. Poured in earlier they
        made entries with many of them swallow the questions of the others.
        """
        return Part(self._given, self.language, self._lexicon, self.mode, learned)

    def with_reads(self, more: Sequence[Read]) -> "Part":
        """These texts behind those that are there."""
        return Part((*self._given, *more), self.language, self._lexicon, self.mode)

    def _voices(self, lines: Sequence[Sequence[Query]], learned: Mapping[int, Sequence[str]]) -> Voices | None:
        heard = [(at, line) for at in range(len(lines)) for line in _only_heard(learned.get(at, ()))]
        bodies = [(at, read.text.body) for at, read in enumerate(self._reads) if read.text.body]
        if len(lines) < 2 or sum(map(len, lines)) + len(heard) + len(bodies) > MOST:
            return None
        said = [Said(at, query) for at, queries in enumerate(lines) for query in queries]
        said += [Said(at, self._query(line)) for at, line in heard]
        said += [Said(at, self._query(body), _ANSWER) for at, body in bodies]
        return Voices(said, len(lines), Chars([fold(read.text.all) for read in self._reads]))

    def _lines(self) -> list[list[Query]]:
        """By entry its title and phrasings, read."""
        return [[self._query(line) for line in (read.text.title, *read.text.phrasings)] for read in self._reads]

    def _query(self, text: str) -> Query:
        return read_query(text, self.language, self.language, self._lexicon)

    def search_topics(self, topics: Topics, letters: Letters, near: NDArray[np.float32]) -> None:
        """Mark every text once for each topic's wording. `near`: by topic, how near its wording's vector is to each text."""
        self.topics = topics
        rows = []
        for at, wording in enumerate(topics.wording(self.language)):
            tokens = without_stop_words(words(wording))
            spelling = letters.marks(" ".join(tokens))[self.mode]
            rows.append((self.words.marks(stems(tokens, self.language)), spelling, near[at]))
        self._topic_marks = np.array(rows, dtype=np.float32)

    def hear(self, query: Query, own: Query, near: Marks, spelling: Mapping[str, Marks]) -> "Heard":
        """What every scorer says of every text, whoever may find it.

        `own`: the question read in its own language. `near`: how near its vector is to each text. `spelling`: what the
        letters of the language say of it.
        """
        parts = {
            "word": self.words.marks(query.stems),
            "char": spelling[self.mode],
            "vector": near,
            "concept": self.concepts.marks(list(query.concepts)),
        }
        if self.voices is not None:
            parts["votes"] = self.voices.marks(query, spelling[SAID])
        if self.mode is Mode.ENTRIES:
            parts["theme"] = self.concepts.covers(list(query.concepts))
        return Heard(query, parts, self.topics.chances(own) if self.topics is not None else _NO_TOPICS)

    def mark(self, heard: "Heard", mask: Mask) -> Marked:
        """Every scorer's marks and their sum; texts the mask leaves out end far below."""
        parts, query = dict(heard.parts), heard.query
        likely = np.flatnonzero(heard.chances > _LIKELY).tolist()
        if self.topics is not None:
            parts["topic"] = self._topic_part(heard.chances, likely, mask)
        weights = WEIGHTS[self.mode, query.across]
        total = np.full(len(mask.shown), _FAR)
        total[mask.places] = _sum(parts, weights, query, mask.places)
        if self.sentences is not None and weights.keys() & _CLOSER:
            total = self._look_closer(self.sentences, parts, total, query, weights)
        topics = self.topics.topics if self.topics is not None else ()
        return Marked(total, parts, {topics[at].id: float(heard.chances[at]) for at in likely})

    def _topic_part(self, chances: Marks, likely: Sequence[int], mask: Mask) -> Marks:
        """The marks of each likely topic's wording, weighed and added."""
        total = np.zeros(len(mask.shown), dtype=np.float32)
        for at in likely:
            if at not in mask.topics:
                mask.topics[at] = _topic_marks(self._topic_marks[at], mask)
            total += mask.topics[at] * np.float32(chances[at])
        return total.astype(np.float64)

    @staticmethod
    def _look_closer(
        sentences: Sentences, parts: dict[str, Marks], total: Marks, query: Query, weights: Mapping[str, float]
    ) -> Marks:
        """The first ones judged anew among themselves, with what their sentences hold. The rest stays below them."""
        first = best_of(total, _LOOKED_AT)
        first = first[total[first] > _FAR / 2]
        shares = sentences.marks([word.stem for word in query.content], first)
        for name, column in zip(_CLOSER, shares.T, strict=True):
            parts[name] = np.zeros(len(total))
            parts[name][first] = column
        judged = _sum(parts, weights, query, first)
        closer = np.where(total > _FAR / 2, total - total[first[-1]] + judged.min(), _FAR)
        closer[first] = judged
        return closer


def _topic_marks(wording: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """The z-scores of one topic's wording among the texts of a mask, weighed and added; 0 for the others."""
    marks = np.zeros(len(mask.shown))
    for weight, row in zip(_TOPIC_WEIGHTS, wording, strict=True):
        marks[mask.places] += weight * standard(row[mask.places].astype(np.float64))
    return marks.astype(np.float32)


def _sum(parts: Mapping[str, Marks], weights: Mapping[str, float], query: Query, at: NDArray[Any] | slice) -> Marks:
    """The weighted z-scores of the texts `at`. Concepts count as far as the question speaks the lexicon's language."""
    total: Marks = np.zeros(len(parts["word"][at]))
    for name, weight in weights.items():
        if name == "topic":
            total += weight * parts[name][at]
        elif name in parts:
            total += weight * (query.share if name == "theme" else 1.0) * standard(parts[name][at])
    return total


def _taught(read: Read, heard: Sequence[str], language: Language) -> Read:
    if len(heard) < _TAUGHT:
        return read
    return Read.of(replace(read.text, phrasings=(*read.text.phrasings, *heard)), language)


def _only_heard(heard: Sequence[str]) -> Sequence[str]:
    return heard if len(heard) < _TAUGHT else ()


def _concepts(read: Read, lexicon: Lexicon) -> list[str]:
    own = lexicon.concepts(list(read.own_words)) | lexicon.concepts(words(read.text.twin))
    return [*own, *lexicon.concepts(list(read.body_words))]


def vector_bag(read: Read) -> str:
    """What the word vector of a text is made from."""
    return bag((*read.own, *read.body))
