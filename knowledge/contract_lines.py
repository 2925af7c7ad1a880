"""A contract's document as the lines its clauses are read from. Pure.

Without tables of contents, list bullets, emphasis and the plain-words notes of the author; a line says whether it begins a
paragraph, stands out as a heading, and on which page it is printed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge.numbering import read_marker
from knowledge.passages import Block, Document, Shape
from knowledge.text import words

_NOTE = re.compile(
    r"\s*(?:\*\*)?(?:en claro|en pocas palabras|in plain words|in plain english)(?:\*\*)?\s*:\s*(?:\*\*)?",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"\.{4,}\s*\d*\s*$|(?:\s\.){4,}\s*\d*\s*$|…{2,}\s*\d*\s*$|_{4,}\s*\d+\s*$")
_PAGE_AT_END = re.compile(r"[\s.…_]*\b\d{1,3}\s*$")
_CONTENTS = re.compile(
    r"^(?:[íi]ndice(?: de (?:contenidos?|cl[áa]usulas))?|(?:table of )?contents|contenidos?|sumario|index)\W*$", re.I
)
_LONGEST_ENTRY = 110
_FEWEST_ENTRIES = 3
_RULE = re.compile(r"^\|?\s*:?-{3,}:?\s*(?:\|\s*:?-{3,}:?\s*)*\|?$")
_BOLD = re.compile(r"^(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+?)(?<=[^\s*_])\1(?![\w*])")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>§])")
_LISTED = re.compile(r"^(?P<indent>\s*)(?P<number>\d{1,3})(?P<end>[.)])\s+(?=\S)")
_BULLET = re.compile(r"^(?:[-*+•▪●◦·–—]|o(?=\s\s))\s+(?=\S)")
_SHOUTED = re.compile(r"[A-ZÁÉÍÓÚÜÑ]{4,}")
_LONGEST_SHOUT = 90
_MOST_RUN_IN_WORDS = 8
_FULL = 0.75  # of the width nine in ten printed lines stay under


@dataclass(frozen=True)
class Line:
    """One line. `opens`: it begins a paragraph, so it goes on nothing; `bold`: how many characters of it stand out first;
    `full`: it is a printed line as wide as they get, so what follows may go on the same sentence."""

    text: str
    heading: bool = False
    opens: bool = False
    page: int = 0
    bold: int = 0
    full: bool = False


def lines_of(document: Document) -> tuple[Line, ...]:
    """The lines in reading order."""
    lines = [line for block in document.blocks for line in _lines_of(block)]
    return tuple(_with_headings(_without_contents(_with_widths(lines))))


def _with_widths(lines: list[Line]) -> list[Line]:
    widths = sorted(len(line.text) for line in lines if line.page)
    if not widths:
        return lines
    full = _FULL * widths[len(widths) * 9 // 10]
    return [replace(line, full=bool(line.page) and len(line.text) >= full) for line in lines]


def _lines_of(block: Block) -> Iterator[Line]:
    if note_in(block):
        return
    if block.page or block.bold or block.shape is Shape.HEADING:
        text = _plain(block.text.replace("\n", " ").strip())
        heading = block.shape is Shape.HEADING
        yield Line(text, heading, heading or not block.page, block.page, len(text) if heading else block.bold)
        return
    opens = True
    for raw in _numbered_lists(block.text.split("\n")):
        text = raw.strip()
        if not text or _RULE.match(text):
            opens = True
            continue
        text = " | ".join(cell.strip() for cell in text.strip("|").split("|")) if text[0] == "|" else text
        bullet = _BULLET.match(text)
        text = text[bullet.end() :] if bullet else text
        bold = _BOLD.match(text)
        stands_out = len(_plain(bold.group(2))) if bold else 0
        plain = _plain(text)
        yield Line(plain, opens=opens or bool(bullet) or bool(_LISTED.match(text)), bold=stands_out)
        opens = False


def note_in(block: Block) -> str:
    """The author's plain words in a quote that begins with `En claro:` or `In plain words:`; empty for any other block."""
    opens = _NOTE.match(block.text) if block.shape is Shape.QUOTE else None
    return " ".join(block.text[opens.end() :].split()) if opens else ""


def _plain(text: str) -> str:
    """Without Markdown's marks, as a reader of the page sees it."""
    for pattern in (_STRONG, _EMPHASIS):
        text = pattern.sub(r"\2", text)
    return _ESCAPED.sub(r"\1", text).strip()


def _numbered_lists(raw: list[str]) -> Iterator[str]:
    """Markdown lists inside lists carry the number of what holds them: an indented `1.` below `7.` is `7.1.`

    Only that a line is indented is known, not how far: 1 goes a step in, any other number goes on the list it follows.
    """
    held: list[int] = []
    for line in raw:
        match = _LISTED.match(line)
        if match is None:
            yield line
            continue
        number = int(match.group("number"))
        if not match.group("indent"):
            held = []
        elif number > 1:
            while len(held) > 1 and held[-1] != number - 1:
                held.pop()
            held = held[:-1]
        held.append(number)
        yield f"{'.'.join(str(one) for one in held)}{match.group('end')} {line[match.end() :]}"


def _without_contents(lines: list[Line]) -> list[Line]:
    kept = [line for line in lines if not _DOTTED.search(line.text)]
    first, last = _contents_of(kept)
    left = kept[:first] + kept[last:]
    dotted = len(kept) < len(lines)
    return [line for line in left if not ((dotted or last > first) and _CONTENTS.match(line.text))]


def _contents_of(lines: list[Line]) -> tuple[int, int]:
    """Where a table of contents without dots stands: short lines one after the other that all come again further down.

    (0, 0) if there is none.
    """
    shapes = [_entry(line.text) for line in lines]
    latest = {shape: at for at, shape in enumerate(shapes)}
    titled = next((at for at, line in enumerate(lines) if _CONTENTS.match(line.text)), None)
    starts = [titled + 1] if titled is not None else [at for at, line in enumerate(lines) if read_marker(line.text)][:1]
    for start in starts:
        end = start
        while end < len(lines) and latest[shapes[end]] > end and len(lines[end].text) <= _LONGEST_ENTRY:
            end += 1
        end = next((at for at in range(start + 1, end) if shapes[at] in shapes[start:at]), end)
        if end - start >= _FEWEST_ENTRIES:
            return start, end
    return 0, 0


def _entry(text: str) -> str:
    """What an entry and the heading it names share: words, without the page number."""
    return " ".join(words(_PAGE_AT_END.sub("", text) or text))


def _with_headings(lines: list[Line]) -> Iterator[Line]:
    """Lines that look like headings become headings: bold ones, shouted ones, and a title alone after `Article 5`."""
    numbered = sum(1 for line in lines if _is_clause(line)) >= _FEWEST_ENTRIES
    before: Line | None = None
    for line in lines:
        line = replace(line, bold=min(line.bold, len(line.text)))
        if not line.heading and _looks_like_heading(line, before, numbered):
            line = replace(line, heading=True, opens=True)
        if not line.heading and (numbered or not _is_run_in(line, before)) and not read_marker(line.text):
            line = replace(line, bold=0)
        before = line
        yield line


def _is_clause(line: Line) -> bool:
    marker = read_marker(line.text)
    return marker is not None and not marker.item


def _looks_like_heading(line: Line, before: Line | None, numbered: bool) -> bool:
    text = line.text
    if not text or text[-1] in ",;" or len(text) > _LONGEST_SHOUT:
        return False
    wraps = line.page and before is not None and not before.heading and before.text[-1:] not in '.:;)»"'
    if line.bold >= len(text):
        return not (text[-1] == "." and len(words(text)) > _MOST_RUN_IN_WORDS) and not (numbered and text[-1] == ":")
    shouted = text == text.upper() and bool(_SHOUTED.search(text)) and "|" not in text and text[-1] not in ".:"
    return shouted and not wraps and not any(char.isdigit() for char in text.split()[-1])


def _is_run_in(line: Line, before: Line | None) -> bool:
    """`**Price.** The fee is…`: a heading that runs into its text."""
    head, rest = line.text[: line.bold].rstrip(), line.text[line.bold :].lstrip()
    opens = line.opens or before is None or before.heading or before.text[-1:] in '.:;!?»"'
    if not line.bold or not rest or not opens or len(words(head)) > _MOST_RUN_IN_WORDS or not head[:1].isupper():
        return False
    return head[-1] in ".:" or rest[0] in ".:-–—"
