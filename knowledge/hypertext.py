"""HTML to blocks: what a browser would show. No network, no entities of its own, no scripts."""

import re
from html.parser import HTMLParser
from typing import Any

from knowledge.hidden import NEVER_SHOWN, drop_hidden
from knowledge.list_numbers import write_list_numbers
from knowledge.passages import Block, Document, Shape
from knowledge.text import clean

_OURS = re.compile(r"^relevo:[a-z_]+$")
_NUMBER = re.compile(r"^\s*\(?(?:\d[\d.]*|[a-zA-Z]|[ivxlc]+|[IVXLC]+)[.)]*\s*$")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LONGEST_CELL = 200
_BLOCKS = (
    *_HEADINGS,
    "p",
    "li",
    "blockquote",
    "td",
    "th",
    "pre",
    "dt",
    "dd",
    "caption",
    "figcaption",
    "div",
    "section",
)


def read_html(text: str, name: str) -> Document:
    """The visible blocks of a page; its `lang`, its title and `<meta name="relevo:…">` as front matter."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "lxml")
    front = {"title": clean(soup.title.get_text()).strip()} if soup.title else {}
    page = soup.find("html")
    locale = str(page.get("lang", "")) if page is not None else ""
    if locale:
        front |= {"language": locale[:2], "locale": locale}
    for meta in soup.find_all("meta", attrs={"name": _OURS}):
        front[str(meta["name"])[len("relevo:") :]] = clean(str(meta.get("content", ""))).strip()
    drop_hidden(soup)
    write_list_numbers(soup)
    return Document(name, front, tuple(_blocks(soup.body or soup)))


_CLOSED_BY_THEMSELVES = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "wbr",
        "p",
        "li",
        "td",
        "th",
        "tr",
    )
)


class Veil(HTMLParser):
    """HTML in the blocks of a Markdown text, with the style sheets of the whole text.

    `drawn`: an element that hides what stands in it is open and not closed yet, so that later blocks are hidden as well.
    """

    def __init__(self, styles: str) -> None:
        super().__init__()
        self._styles = styles
        self._open: list[tuple[str, bool]] = []

    @property
    def drawn(self) -> bool:
        return any(hides for _, hides in self._open)

    def lift(self, raw: str) -> str:
        """What a reader sees of the next block."""
        was_drawn = self.drawn
        self.feed(raw)
        self.close()
        self.reset()
        return "" if was_drawn else strip_tags(f"{self._styles}{raw}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _CLOSED_BY_THEMSELVES:
            start = self.get_starttag_text() or f"<{tag}>"
            self._open.append((tag, bool(attrs or tag in NEVER_SHOWN) and not strip_tags(f"{self._styles}{start}x")))

    def handle_endtag(self, tag: str) -> None:
        places = [at for at, (name, _) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]


def strip_tags(text: str) -> str:
    """The visible text of a fragment, line breaks kept."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "lxml")
    drop_hidden(soup)
    return clean(soup.get_text()).strip()


def _blocks(root: Any) -> list[Block]:
    found: list[Block] = []
    rows = {id(row): text for row in root.find_all("tr") if (text := _row(row))}
    for tag in root.find_all((*_BLOCKS, "tr")):
        if id(tag) in rows:
            found.append(Block(Shape.TEXT, rows[id(tag)]))
            continue
        if tag.name == "tr" or any(id(above) in rows for above in tag.parents):
            continue
        text = clean(_own_text(tag)).strip()
        if not text:
            continue
        level = _HEADINGS.get(tag.name, 0)
        if level:
            found.append(Block(Shape.HEADING, text, level, str(tag.get("id", ""))))
        else:
            found.append(Block(Shape.QUOTE if tag.name == "blockquote" else Shape.TEXT, text, bold=_bold_length(tag)))
    if not found and root.get_text().strip():
        found = [Block(Shape.TEXT, line.strip()) for line in clean(root.get_text()).split("\n") if line.strip()]
    return found


def _row(row: Any) -> str:
    """A row of a table of facts in one line, `|` between its cells, as in a Word file; "" for one that only lays out a page."""
    cells = row.find_all(("td", "th"), recursive=False)
    texts = [" ".join(clean(cell.get_text(" ")).split()) for cell in cells]
    if len(texts) == 2 and _NUMBER.match(texts[0]):
        return " ".join(texts).strip()
    short = sum(bool(text) for text in texts) > 1 and all(len(text) <= _LONGEST_CELL for text in texts)
    laid_out = any(cell.find(("table", "ul", "ol", *_HEADINGS)) for cell in cells)
    return " | ".join(texts) if short and not laid_out else ""


def _bold_length(tag: Any) -> int:
    """How many characters stand out at the beginning of a block; a list's number in front of them counts in."""
    from bs4 import Tag

    head = ""
    for child in tag.children:
        strong = isinstance(child, Tag) and child.name in ("b", "strong")
        piece = child.get_text() if isinstance(child, Tag) else str(child)
        if piece.strip() and not strong and not _NUMBER.match(head + piece):
            break
        head += piece
    shown = clean(head).strip()
    return 0 if _NUMBER.match(shown) else len(" ".join(shown.split()))


def _own_text(tag: Any) -> str:
    """The text of a block without that of blocks inside it, which come on their own."""
    from bs4 import Tag

    pieces = []
    for child in tag.children:
        if not isinstance(child, Tag):
            pieces.append(" ".join(str(child).split("\n")))
        elif child.name == "br":
            pieces.append("\n")
        elif child.name not in _BLOCKS:
            pieces.append(_own_text(child))
    return "".join(pieces)
