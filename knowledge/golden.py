"""Golden questions: what the index must go on finding. A new generation that finds less of it does not answer.

`content/golden.jsonl`, one a line: `{text, language, source, path?, contract?, country?, moved?, plan?}`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.confidence import shipped_heads
from knowledge.index import Generation
from knowledge.passages import KnowledgeError
from knowledge.scope import Scope
from knowledge.search import search
from records.types import Language

GOLDEN = "golden.jsonl"
_FIRST = 3  # places that count as found: what fits on the screen as choices
_NEEDED = ("text", "language", "source")
_KNOWN = (*_NEEDED, "path", "contract", "country", "moved", "plan", "id")


@dataclass(frozen=True)
class Golden:
    """One question and where its answer stands; an empty `path` takes any place of the source."""

    text: str
    language: Language
    source: str
    path: str
    scope: Scope


@dataclass(frozen=True)
class Recall:
    """How many of the questions have their source first, and among the first three."""

    first: int
    among_three: int
    of: int

    def __str__(self) -> str:
        return f"first {self.first}/{self.of}, among three {self.among_three}/{self.of}"


@dataclass(frozen=True)
class Compared:
    """Two generations over the same questions. `worse`: the questions whose answer moved back."""

    before: Recall
    after: Recall
    worse: tuple[str, ...]

    @property
    def got_worse(self) -> bool:
        return self.after.first < self.before.first or self.after.among_three < self.before.among_three


def read_golden(path: Path, on: date) -> tuple[Golden, ...]:
    """The questions, asked on that day; none when there is no file. Raises KnowledgeError naming line and key."""
    return tuple(_rows(path, on)) if path.exists() else ()


def _rows(path: Path, on: date) -> Iterator[Golden]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{GOLDEN}: is not UTF-8 text; save it as UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(line, f"{GOLDEN}:{number}", on)


def _row(line: str, where: str, on: date) -> Golden:
    try:
        row: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise KnowledgeError(f"{where}: not JSON ({error}).") from error
    if not isinstance(row, dict) or any(not row.get(key) for key in _NEEDED):
        raise KnowledgeError(f"{where}: needs {', '.join(_NEEDED)}.")
    unknown = next((key for key in row if key not in _KNOWN), "")
    if unknown:
        raise KnowledgeError(f"{where}: {unknown!r} is not known; use {', '.join(_KNOWN)}.")
    if row["language"] not in {language.value for language in Language}:
        raise KnowledgeError(f"{where}: {row['language']!r} is not a language we write; write es or en.")
    plan = (("plan", str(row["plan"])),) if row.get("plan") else ()
    scope = Scope(str(row.get("contract", "")), str(row.get("country", "")), row.get("moved"), on, plan)
    return Golden(str(row["text"]), Language(row["language"]), str(row["source"]), str(row.get("path", "")), scope)


def compare(before: Generation, after: Generation, questions: tuple[Golden, ...]) -> Compared:
    """How the two find what they must."""
    old, new = ([_place(one, question) for question in questions] for one in (before, after))
    moved_back = [
        question.text
        for question, was, now in zip(questions, old, new, strict=True)
        if now > was and (was == 0 or was < _FIRST <= now)
    ]
    return Compared(_recall(old), _recall(new), tuple(moved_back))


def _place(generation: Generation, question: Golden) -> int:
    """Where the right passage stands, from 0; far behind when it is not found."""
    found = search(generation, shipped_heads(), question.text, question.language, question.scope)
    places = [at for at, one in enumerate(found.passages) if _is_it(question, one.source, one.path)]
    return min(places, default=1_000)


def _is_it(question: Golden, source: str, path: str) -> bool:
    return source == question.source and (not question.path or path.split(" · ")[0] == question.path)


def _recall(places: list[int]) -> Recall:
    return Recall(sum(at == 0 for at in places), sum(at < _FIRST for at in places), len(places))
