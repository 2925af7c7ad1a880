"""What a question asks of a contract, and how contracts say that.

Lay wording hardly meets legal wording: asked "can they drop us for no reason", a contract answers "terminate for convenience
upon thirty days' notice". So a question is matched with examples of lay questions by topic, and the topic's legal wording, in
the language of the contract, is searched for beside the question itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from knowledge.letters import Chars, Letters
from knowledge.lexicon import Lexicon
from knowledge.postings import Marks
from knowledge.questions import Query, read_query
from knowledge.standing import topics_text
from knowledge.text import fold
from knowledge.voices import SAID, Said, Voices
from records.types import Language

_SHARPNESS = 10.0  # of votes, so that they become chances; measured, flat from 8 to 16


@dataclass(frozen=True)
class Topic:
    """`questions` as people ask, `wording` as contracts answer. `key` is the family of clauses it belongs to."""

    id: str
    key: str
    questions: dict[Language, tuple[str, ...]]
    wording: dict[Language, tuple[str, ...]]


@cache
def shipped_topics() -> tuple[Topic, ...]:
    """The topics that come with this room."""
    from ruamel.yaml import YAML

    data: dict[str, Any] = YAML(typ="safe").load(topics_text())
    return tuple(
        Topic(str(row["id"]), str(row["key"]), _by_language(row["questions"]), _by_language(row["wording"]))
        for row in data["topics"]
    )


@cache
@lru_cache(maxsize=2)
def fitted_topics(lexicon: Lexicon) -> "Topics":
    """The classifier of the shipped topics. Half of the time a small index takes, and the same for every one of these words."""
    return Topics(shipped_topics(), lexicon)


def _by_language(lines: dict[str, list[str]]) -> dict[Language, tuple[str, ...]]:
    return {language: tuple(map(str, lines[language.value])) for language in Language}


class Topics:
    """A classifier of questions in either language."""

    def __init__(self, topics: Sequence[Topic], lexicon: Lexicon) -> None:
        self.topics = tuple(topics)
        said = [
            Said(at, read_query(question, language, language, lexicon))
            for at, topic in enumerate(topics)
            for language, questions in topic.questions.items()
            for question in questions
        ]
        wording = [line for topic in topics for lines in topic.wording.values() for line in lines]
        chars = Chars([*(one.query.folded for one in said), *map(fold, wording)])
        self._voices = Voices(said, len(self.topics), chars)
        self._letters = Letters.of({SAID: self._voices.spelt(chars)})

    def chances(self, query: Query) -> Marks:
        """For each topic, the chance that the question, read in its own language, asks for it; they sum to 1."""
        votes = self._voices.marks(query, self._letters.marks(query.folded)[SAID])
        raised = np.exp(_SHARPNESS * (votes - votes.max()))
        return np.asarray(raised / raised.sum())

    def wording(self, language: Language) -> list[str]:
        """By topic, its legal wording in one piece."""
        return ["\n".join(topic.wording[language]) for topic in self.topics]
