"""Sources of made contracts: what is written in them, and what is to be found."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"
_PLANTED = re.compile(r"\{\{([a-z_]+)/([a-z_]+)=([^|{}]*)\|([^{}]*)\}\}")
_LINE = re.compile(r"(?P<mark>[=_¦]|\+{1,3})?(?:@(?P<path>[^ ]+(?: (?:\d+|[ivx]+|[a-zA-Z]))*) )?(?P<text>.*)")


class Mark(StrEnum):
    """What a paragraph is."""

    TITLE = "#"
    HEADING = "="
    TEXT = ""
    RUN_IN = "_"
    FIRST = "+"
    SECOND = "++"
    THIRD = "+++"
    ROW = "¦"


@dataclass(frozen=True)
class Planted:
    """A term that has to be found: its clause, what it is, its value in words, and its exact quote."""

    path: str
    what: str
    value: str
    quote: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `lines` are printed lines that must not be joined in a PDF."""

    mark: Mark
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of a row of a table."""
        return tuple(cell.strip() for cell in self.text.split("¦"))


@dataclass(frozen=True)
class Written:
    """One contract: how it reads, and what to find in it. `conflicts` are (what, paths), `only` are (what, value)."""

    name: str
    language: str
    locale: str
    formats: tuple[str, ...]
    contents: bool
    paragraphs: tuple[Paragraph, ...]
    paths: tuple[str, ...]
    planted: tuple[Planted, ...]
    conflicts: tuple[tuple[str, tuple[str, ...]], ...]
    only: tuple[tuple[str, str], ...]


def written(folder: Path = SOURCES) -> tuple[Written, ...]:
    """Every source in a folder, by name."""
    return tuple(_read(path) for path in sorted(folder.glob("*.txt")))


def _read(path: Path) -> Written:
    name, language = path.stem.split(".")
    head: dict[str, str] = {}
    paragraphs: list[Paragraph] = []
    paths: list[str] = []
    planted: list[Planted] = []
    conflicts: list[tuple[str, tuple[str, ...]]] = []
    only: list[tuple[str, str]] = []
    here = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(": ")
        if key in ("formats", "contents", "locale"):
            head[key] = value
        elif line.startswith("!conflict "):
            what, _, places = line.removeprefix("!conflict ").partition(" ")
            conflicts.append((what, tuple(place.strip() for place in places.split("|"))))
        elif line.startswith("!only "):
            what, _, value = line.removeprefix("!only ").partition(" ")
            only.append((what, value))
        elif line.startswith("\\"):
            before = paragraphs.pop()
            planted += _planted(here, line)
            paragraphs.append(Paragraph(before.mark, (*before.lines, _plain(line[1:]))))
        elif line.startswith("# "):
            paragraphs.append(Paragraph(Mark.TITLE, (line[2:],)))
        else:
            match = _LINE.fullmatch(line)
            assert match is not None, line
            if match.group("path"):
                here = match.group("path")
                paths.append(here)
            planted += _planted(here, match.group("text"))
            paragraphs.append(Paragraph(Mark(match.group("mark") or ""), (_plain(match.group("text")).strip(),)))
    return Written(
        name,
        language,
        head.get("locale", language),
        tuple(head["formats"].split()),
        head.get("contents") == "yes",
        tuple(paragraphs),
        tuple(paths),
        tuple(planted),
        tuple(conflicts),
        tuple(only),
    )


def _planted(path: str, text: str) -> list[Planted]:
    return [Planted(path, f"{key}/{kind}", value, quote) for key, kind, value, quote in _PLANTED.findall(text)]


def _plain(text: str) -> str:
    return _PLANTED.sub(lambda match: match.group(4), text)
