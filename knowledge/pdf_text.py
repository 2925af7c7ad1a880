"""PDF pages to blocks: one a printed line, with its page and how much of it stands out in bold or larger type."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from knowledge.numbering import read_marker
from knowledge.passages import Block, Shape
from knowledge.text import clean

_BOLD = re.compile(r"bold|black|heavy|semib|demi", re.IGNORECASE)
_LARGER = 1.12  # times the size most letters of the page have
_PAGE_NUMBER = re.compile(r"^\W*(?:(?:p[áa]gina|page|p[áa]g\.?)\s*)?\d+\s*(?:(?:de|of|/)\s*\d+)?\W*$", re.IGNORECASE)
_NUMBERED_EDGE = re.compile(r"^.{0,80}\b(?:p[áa]gina|page|p[áa]g\.?)\s*\d+\s*(?:de|of|/)\s*\d+\W*$", re.IGNORECASE)
_EDGE = 3  # lines at the top and at the bottom of a page that can be header or footer
_DIGITS = re.compile(r"\d+")
_SENTENCE_ENDS = ".:"
_LONGEST_HEADING = 120
_GO_ON = ("de", "y", "e", "of", "and", "the", "la", "del", "por", "to")


@dataclass(frozen=True)
class _Printed:
    text: str
    page: int
    bold: int


def pdf_blocks(pages: Iterable[Any]) -> tuple[Block, ...]:
    """The lines of all pages without page numbers, headers and footers. Raises what the library raises."""
    printed = [_lines(page, number) for number, page in enumerate(pages, start=1)]
    kept = without_running_lines([[line.text for line in page] for page in printed])
    lines = [page[at] for page, places in zip(printed, kept, strict=True) for at in places]
    return tuple(Block(Shape.TEXT, line.text, page=line.page, bold=line.bold) for line in _whole_headings(lines))


def _lines(page: Any, number: int) -> list[_Printed]:
    pieces: list[tuple[str, bool, float]] = []

    def visit(text: str, _cm: Any, matrix: Any, font: Any, size: float) -> None:
        pieces.append((text, bool(_BOLD.search(str((font or {}).get("/BaseFont", "")))), abs(size * (matrix[3] or 1))))

    text = clean(page.extract_text(visitor_text=visit) or "")
    outstanding = _outstanding(pieces)
    stripped = [line.strip() for line in text.split("\n")]
    return [_Printed(line, number, outstanding.get(line, 0)) for line in stripped if line]


def _outstanding(pieces: list[tuple[str, bool, float]]) -> dict[str, int]:
    """Lines of a page that begin in bold or larger type, and how many characters do."""
    sizes = Counter[float]()
    for text, _, size in pieces:
        sizes[round(size, 1)] += len(text.strip())
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    found: dict[str, int] = {}
    line, head, open_ = "", 0, True
    for text, bold, size in [*pieces, ("\n", False, 0.0)]:
        stands_out = bold or size > usual * _LARGER
        for char in text:
            if char == "\n":
                shown = clean(line).strip()
                if head and shown:
                    found[shown] = min(len(clean(line[:head]).strip()), len(shown))
                line, head, open_ = "", 0, True
                continue
            line += char
            open_ = open_ and (stands_out or not char.strip())
            head = len(line) if open_ else head
    return found


def _whole_headings(lines: list[_Printed]) -> list[_Printed]:
    """A heading printed on two lines is one line."""
    joined: list[_Printed] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is not None and _goes_on(before, line):
            text = f"{before.text} {line.text}"
            joined[-1] = _Printed(text, before.page, len(text))
        else:
            joined.append(line)
    return joined


def _goes_on(before: _Printed, line: _Printed) -> bool:
    both = before.bold == len(before.text) and line.bold == len(line.text) and before.page == line.page
    if not both or before.text[-1] in _SENTENCE_ENDS or len(before.text) + len(line.text) > _LONGEST_HEADING:
        return False
    if read_marker(line.text, heading=True):
        return False
    numbered = read_marker(before.text, heading=True) is not None
    return numbered or line.text[0].islower() or before.text.split()[-1].lower() in _GO_ON


def without_running_lines(pages: list[list[str]]) -> list[list[int]]:
    """Which lines of each page stay: page numbers, headers and footers go, that is what stands, but for digits, at the edge
    of half the pages. Each line comes stripped and with something in it."""
    seen: dict[str, int] = {}
    for page in pages:
        for shape in {_DIGITS.sub("#", line) for line in (*page[:_EDGE], *page[-_EDGE:])}:
            seen[shape] = seen.get(shape, 0) + 1
    often = max(2, (len(pages) + 1) // 2)
    running = {shape for shape, count in seen.items() if count >= often}
    return [_between_edges(page, running) for page in pages]


def _between_edges(page: list[str], running: set[str]) -> list[int]:
    first, last = 0, len(page)
    while first < min(_EDGE, last) and _is_running(page[first], running):
        first += 1
    while last > max(first, len(page) - _EDGE) and _is_running(page[last - 1], running):
        last -= 1
    edges = {*range(_EDGE), *range(len(page) - _EDGE, len(page))}
    return [at for at in range(first, last) if not (at in edges and _NUMBERED_EDGE.search(page[at]))]


def _is_running(line: str, running: set[str]) -> bool:
    """A clause heading may look the same on every page but for its number; it is never furniture."""
    if _PAGE_NUMBER.match(line) or _NUMBERED_EDGE.search(line):
        return True
    return _DIGITS.sub("#", line) in running and read_marker(line, heading=True) is None
