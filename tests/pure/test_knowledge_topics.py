"""The contract topics that ship: enough questions and wording in both languages, and no two topics that claim one question."""

from collections import Counter
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from ruamel.yaml import YAML

from knowledge.text import words
from records.types import Language

_KEYS = frozenset(
    [
        *("term", "renewal", "notice", "term_user", "term_provider", "penalty", "price", "payment"),
        *("change", "assign", "data", "service", "liability", "law", "notices", "misc"),
    ]
)
_TOPICS: list[dict[str, Any]] = YAML(typ="safe").load(
    (resources.files("knowledge") / "topics.yaml").read_text(encoding="utf-8")
)["topics"]
_SAME_IN_BOTH = {"sla", "nda"}
_IDS = [topic["id"] for topic in _TOPICS]


def _said(what: str) -> Iterator[tuple[str, str]]:
    """Topic and plain words of every question or line of wording."""
    for topic in _TOPICS:
        for texts in topic[what].values():
            yield from ((topic["id"], " ".join(words(text))) for text in texts)


def test_ids_are_unique_and_every_key_has_a_topic() -> None:
    assert len(_IDS) == len(set(_IDS)) >= 18
    assert {topic["key"] for topic in _TOPICS} == _KEYS


@pytest.mark.parametrize("topic", _TOPICS, ids=_IDS)
@pytest.mark.parametrize("language", Language)
def test_topic_is_complete_in_each_language(topic: dict[str, Any], language: Language) -> None:
    assert set(topic) == {"id", "key", "questions", "wording"}
    assert len(topic["questions"][language.value]) >= 15
    assert len(topic["wording"][language.value]) >= 6


@pytest.mark.parametrize("what", ["questions", "wording"])
def test_nothing_is_said_twice(what: str) -> None:
    twice = {text: topics for text, topics in _by_text(what).items() if sum(topics.values()) > 1}
    assert {text: topics for text, topics in twice.items() if text not in _SAME_IN_BOTH} == {}


def _by_text(what: str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for topic, text in _said(what):
        found.setdefault(text, Counter())[topic] += 1
    return found
