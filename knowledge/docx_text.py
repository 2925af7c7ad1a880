"""Word documents to blocks: what stands on the page, with the numbers Word counts by itself.

Deleted and hidden text, field codes, comments, headers, footers and tables of contents stay out; inserted text, links and
content controls come in.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.docx_ink import drop_unseen
from knowledge.docx_numbers import Numbers
from knowledge.passages import Block, Shape
from knowledge.text import clean

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"^(?:heading|t[íi]tulo)\s*(\d)", re.IGNORECASE)
_CONTENTS_STYLE = re.compile(
    r"^(?:toc|tdc|contents|índice|table of contents|tabla de contenidos?)\b(?!.*heading)", re.IGNORECASE
)
_HOLDERS = frozenset(
    f"{_W}{name}" for name in ("ins", "hyperlink", "smartTag", "sdt", "sdtContent", "moveTo", "fldSimple")
)
_NUMBER_ONLY = re.compile(r"^[\W]*(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]+|[a-z])[.):ªº°-]*$")


def docx_blocks(path: Path) -> tuple[Block, ...]:
    """The visible blocks of the body, in order. Raises what the library raises for a damaged file."""
    import docx

    opened = docx.Document(str(path))
    drop_unseen(opened)
    reader = _Reader(opened)
    return tuple(block for block in reader.blocks(opened.element.body) if block.text.strip())


class _Reader:
    """Walks the body once; list numbers count on from paragraph to paragraph."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened
        self._styles = {style.style_id: style for style in opened.styles}
        self._numbers = Numbers(opened, self._styles)

    def blocks(self, holder: Any) -> Iterator[Block]:
        for child in holder:
            if child.tag == f"{_W}p":
                yield self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child)
            elif child.tag in _HOLDERS:
                yield from self.blocks(child)

    def _paragraph(self, element: Any) -> Block:
        style = self._style_of(element)
        name = str(getattr(style, "name", "") or "")
        if _CONTENTS_STYLE.match(name):
            return Block(Shape.TEXT, "")
        pieces = [(text, bold) for run in _runs(element) for text, bold in self._run(run, style)]
        text = "".join(piece for piece, _ in pieces)
        label = self._numbers.label(element, style) if text.strip() else ""
        shown = clean(f"{label} {text.strip()}" if label else text).strip()
        level = _HEADING.match(name)
        if level or name == "Title":
            return Block(Shape.HEADING, shown.replace("\n", " "), int(level.group(1)) if level else 1)
        return Block(Shape.TEXT, shown, bold=_bold_length(pieces, shown, label))

    def _style_of(self, element: Any) -> Any:
        named = element.find(f"{_W}pPr/{_W}pStyle")
        return self._styles.get(named.get(f"{_W}val")) if named is not None else None

    def _run(self, run: Any, style: Any) -> Iterator[tuple[str, bool]]:
        properties = run.find(f"{_W}rPr")
        named = properties.find(f"{_W}rStyle") if properties is not None else None
        own = self._styles.get(named.get(f"{_W}val")) if named is not None else None
        hidden = _flag(properties, "vanish")
        if hidden or (hidden is None and any(one is not None and one.font.hidden for one in (own, style))):
            return
        bold = _flag(properties, "b")
        if bold is None:
            bold = bool((own is not None and own.font.bold) or (style is not None and _bold_of(style)))
        yield "".join(_run_text(run)), bold

    def _table(self, table: Any) -> Iterator[Block]:
        """A row is one line with `|` between its cells; a table of one column is only a frame around its paragraphs."""
        for row in table.iter(f"{_W}tr"):
            cells = [[block for block in self.blocks(cell) if block.text] for cell in row.iterchildren(f"{_W}tc")]
            cells = [cell for cell in cells if cell]
            if len(cells) == 1:
                yield from cells[0]
            elif len(cells) == 2 and len(cells[0]) == 1 and _NUMBER_ONLY.match(cells[0][0].text):
                first, *others = cells[1]
                yield Block(Shape.TEXT, f"{cells[0][0].text} {first.text}")
                yield from others
            elif cells:
                yield Block(Shape.TEXT, " | ".join(" ".join(block.text for block in cell) for cell in cells))


def _runs(element: Any) -> Iterator[Any]:
    for child in element:
        if child.tag == f"{_W}r":
            yield child
        elif child.tag in _HOLDERS:
            yield from _runs(child)


def _run_text(run: Any) -> Iterator[str]:
    for child in run:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag == f"{_W}tab":
            yield " "
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"


def _flag(properties: Any, name: str) -> bool | None:
    """A switch of a run: None where it says nothing."""
    found = properties.find(f"{_W}{name}") if properties is not None else None
    return None if found is None else found.get(f"{_W}val") not in ("0", "false", "off", "none")


def _bold_of(style: Any) -> bool:
    while style is not None:
        if style.font.bold is not None:
            return bool(style.font.bold)
        style = style.base_style
    return False


def _bold_length(pieces: list[tuple[str, bool]], shown: str, label: str) -> int:
    """How many characters of `shown` are bold at its beginning, the number counted in."""
    head = ""
    for text, bold in pieces:
        if text.strip() and not bold:
            break
        head += text
    length = len(clean(head).strip())
    return min(len(shown), length + (len(label) + 1 if label else 0)) if length else 0
