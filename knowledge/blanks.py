"""Blanks `[[name]]` in the content, filled from the settings of each language. Only `open_blanks` reads files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.passages import Document

_BLANK = re.compile(r"\[\[\s*([A-Za-z0-9_.-]+)\s*\]\]")
_FILE_LANGUAGE = re.compile(r"\.([a-z]{2})\.[a-z]+$")

Blanks = Mapping[str, Mapping[str, str]]
"""Values by name, by language: `settings.blanks`."""


@dataclass(frozen=True)
class OpenBlank:
    """A blank nobody has filled: where it stands and what is missing."""

    file: str
    language: str
    name: str


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with every known blank filled; unknown ones stay as they are."""
    return _BLANK.sub(lambda match: values.get(match.group(1), "") or match.group(0), text)


def missing(text: str) -> tuple[str, ...]:
    """Names of the blanks still open, in order, once each."""
    return tuple(dict.fromkeys(_BLANK.findall(text)))


def fill_document(document: Document, values: Mapping[str, str]) -> Document:
    """The document with its blanks filled."""
    blocks = tuple(replace(block, text=fill(block.text, values)) for block in document.blocks)
    return Document(document.name, {key: fill(value, values) for key, value in document.front.items()}, blocks)


def open_blanks(content: Path, blanks: Blanks) -> list[OpenBlank]:
    """Every blank in the Markdown of `content` that no setting fills, by file and name."""
    found: list[OpenBlank] = []
    for path in sorted(content.rglob("*.md")):
        text = path.read_text(encoding="utf-8", errors="replace")
        language = _language_of(path.name, text)
        found += [
            OpenBlank(path.relative_to(content).as_posix(), language, name)
            for name in missing(fill(text, blanks.get(language, {})))
        ]
    return found


def _language_of(name: str, text: str) -> str:
    stated = re.search(r"\A---.*?^language:\s*[\"']?([a-z]{2})", text, re.DOTALL | re.MULTILINE)
    in_name = _FILE_LANGUAGE.search(name)
    return stated.group(1) if stated else in_name.group(1) if in_name else "es"
