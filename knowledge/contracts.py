"""Contracts to clauses: every clause has a path like `7.2 b`, its heading and its text. Pure.

An item (`a)`) stands in its own section together with the sentence that leads to it, because it means nothing alone; the whole
clause stands beside it.
"""

import re
from dataclasses import dataclass, field

from knowledge.faq import slug
from knowledge.numbering import Marker, follows, read_marker
from knowledge.passages import Block, Document, Section, Shape
from knowledge.text import sentence_spans, word_lists, words

GAP = "[…]"
"""Stands in an item's section where other items of the clause were left out."""

_LONGEST_HEADING = 90
_LONGEST_LEAD = 400
_CONTENTS_LINE = re.compile(r"\.{4,}\s*\d*\s*$|(?:\s\.){4,}\s*\d*\s*$")
_HYPHENATED = re.compile(r"[a-záéíóúñ]-$")
_LANGUAGE_ENDING = re.compile(r"[._-](es|en)$")
_REFERS = re.compile(
    r"\b(?:cl[áa]usulas?|art[íi]culos?|apartados?|clauses?|sections?|articles?|paragraphs?|y|o|e|and|or|de|of|la|las|los)$",
    re.IGNORECASE,
)
_ANNEX = re.compile(r"(?:ANEXO|ANNEX|APPENDIX|SCHEDULE|Anexo|Annex|Appendix|Schedule)\b.{0,80}[^.]$")
_PREAMBLE = "preamble"
_SHORTEST_PREAMBLE = 40


@dataclass
class _Clause:
    path: str
    heading: str
    lines: list[str] = field(default_factory=list)
    items: list[tuple[str, list[str]]] = field(default_factory=list)
    first: str = ""  # the line that was taken for a heading

    def last_line(self) -> str:
        held = self.items[-1][1] if self.items else self.lines
        return held[-1] if held else self.first

    def add(self, line: str) -> None:
        held = self.items[-1][1] if self.items else self.lines
        if held and _HYPHENATED.search(held[-1]) and line[:1].islower():
            held[-1] = held[-1][:-1] + line
        elif held and held[-1][-1:] not in ".:;":
            held[-1] = f"{held[-1]} {line}"
        else:
            held.append(line)


@dataclass
class _Reader:
    """Walks the lines once; `last` is the last clause number, `headings` those of its parents."""

    clauses: list[_Clause] = field(default_factory=list)
    last: str = ""
    headings: dict[str, str] = field(default_factory=dict)

    def take(self, line: str, *, heading: bool) -> None:
        heading = heading or bool(_ANNEX.match(line))
        marker = read_marker(line)
        if marker is None or not self._believes(marker, heading):
            self._plain(line, heading)
        elif marker.item:
            self._item(marker, line)
        else:
            self._clause(marker, line, heading)

    def _believes(self, marker: Marker, heading: bool) -> bool:
        if marker.item:
            return bool(self.clauses) and not heading
        if not heading and self.clauses and _REFERS.search(self.clauses[-1].last_line()):
            return False
        return heading or (_goes_on(self.last, marker.value) if marker.sure else follows(self.last, marker.value))

    def _plain(self, line: str, heading: bool) -> None:
        if heading:
            self.last = ""
            self.headings = {}
            self.clauses.append(_Clause(slug(line), line))
        elif self.clauses:
            self._continue(self.clauses[-1], line)
        else:
            self.clauses.append(_Clause(_PREAMBLE, "", [line]))

    def _clause(self, marker: Marker, line: str, heading: bool) -> None:
        self.last = marker.value
        own, text = (marker.rest.strip(), "") if heading else _heading_of(marker, line)
        self.headings[marker.value] = own
        clause = _Clause(marker.value, own or self._inherited(marker.value), first="" if heading else line)
        if text:
            clause.lines.append(text)
        self.clauses.append(clause)

    def _continue(self, clause: _Clause, line: str) -> None:
        """A line that goes on in small letters or figures shows that the one before it was no heading."""
        if clause.first and not clause.lines and not clause.items and (line[:1].islower() or line[:1].isdigit()):
            self.headings[clause.path] = ""
            clause.heading = self._inherited(clause.path)
            clause.lines.append(clause.first)
        clause.add(line)

    def _item(self, marker: Marker, line: str) -> None:
        clause = self.clauses[-1]
        name = marker.value
        if len(name) > 1 or (name in "ivx" and clause.items and not _next_letter(clause.items[-1][0], name)):
            parent = next((path for path, _ in reversed(clause.items) if " " not in path), "")
            name = f"{parent} {name}".strip()
        clause.items.append((name, [line]))

    def _inherited(self, path: str) -> str:
        while "." in path:
            path = path.rsplit(".", 1)[0]
            if self.headings.get(path):
                return self.headings[path]
        return ""


def _goes_on(last: str, value: str) -> bool:
    """A named clause (`Cláusula 3`) may skip numbers; one that goes back is a reference inside a sentence."""
    return not last or [int(part) for part in value.split(".")] > [int(part) for part in last.split(".")]


def _next_letter(before: str, now: str) -> bool:
    return len(before) == 1 and ord(now) == ord(before) + 1


def _heading_of(marker: Marker, line: str) -> tuple[str, str]:
    """The heading in a clause's first line and the text in it; text keeps its number, as it stands in the contract."""
    rest = marker.rest.strip()
    if not rest:
        return "", ""
    if len(rest) <= _LONGEST_HEADING and rest[-1] not in ".;:,-" and not _ends_midway(rest):
        return rest, ""
    first, last = sentence_spans(rest)[0]
    top = "." not in marker.value
    if top and last < len(rest) and len(rest[first:last]) <= _LONGEST_HEADING:
        return rest[first:last].rstrip(".:"), line
    if top and len(rest) <= _LONGEST_HEADING and rest.rstrip(".").isupper():
        return rest.rstrip("."), ""
    return "", line


def _ends_midway(text: str) -> bool:
    """A heading does not end in "de" or "the"; a wrapped line may."""
    last = words(text)[-1:]
    return any(last[0] in stop for stop in word_lists("stop").values()) if last else False


def clauses(document: Document) -> tuple[Section, ...]:
    """The clauses of a contract in order, items beside their clause. Paths are unique."""
    reader = _Reader()
    for block in document.blocks:
        for line in _lines(block):
            reader.take(line, heading=block.shape is Shape.HEADING)
    seen: dict[str, int] = {}
    found: list[Section] = []
    for clause in reader.clauses:
        for section in _sections(clause):
            seen[section.path] = count = seen.get(section.path, 0) + 1
            path = section.path if count == 1 else f"{section.path} ({count})"
            found.append(Section(path, section.heading, section.text))
    return tuple(found)


def _lines(block: Block) -> list[str]:
    lines = [line.strip() for line in block.text.split("\n")]
    return [_unmarked(line) for line in lines if line and not _CONTENTS_LINE.search(line)]


def _unmarked(line: str) -> str:
    """Without list bullets and emphasis around a clause number: `**3.1.** Text`."""
    return re.sub(r"^(\*\*|__)(.+?)\1", r"\2", line.removeprefix("- ").removeprefix("* ")).strip()


def _sections(clause: _Clause) -> list[Section]:
    lead = "\n".join(clause.lines)
    items = [(name, "\n".join(lines)) for name, lines in clause.items]
    whole = "\n".join([lead, *(text for _, text in items)]).strip()
    if clause.path == _PREAMBLE and len(whole) < _SHORTEST_PREAMBLE:
        return []
    sections = [Section(clause.path, clause.heading, whole)] if whole else []
    short = _last_sentences(lead)
    for at, (name, text) in enumerate(items):
        own = "\n".join(part for part in (short, GAP if at and short else "", text) if part)
        sections.append(Section(f"{clause.path} {name}", clause.heading, own))
    return sections


def _last_sentences(lead: str) -> str:
    if len(lead) <= _LONGEST_LEAD:
        return lead
    first, last = sentence_spans(lead)[-1]
    return lead[first:last]


def version_of(stem: str, front_version: str = "") -> str:
    """The name of a contract version: what its front matter says, else the file's name without language."""
    return front_version or _LANGUAGE_ENDING.sub("", stem)
