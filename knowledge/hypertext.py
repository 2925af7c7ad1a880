"""HTML to blocks: what a browser would show. No network, no entities of its own, no scripts."""

import re
from typing import Any

from knowledge.list_numbers import write_list_numbers
from knowledge.passages import Block, Document, Shape
from knowledge.text import clean

_NEVER_SHOWN = ("script", "style", "template", "noscript", "head", "iframe", "object", "svg", "canvas", "nav", "form")
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)"
    r"|font-size\s*:\s*0|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^\s*[\w.]{1,8}[.)]\s*$")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
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
    """The visible blocks of a page; `lang` of the page and its title as front matter."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "lxml")
    front = {"title": clean(soup.title.get_text()).strip()} if soup.title else {}
    page = soup.find("html")
    language = str(page.get("lang", ""))[:2] if page is not None else ""
    if language:
        front["language"] = language
    _drop_hidden(soup)
    write_list_numbers(soup)
    return Document(name, front, tuple(_blocks(soup.body or soup)))


def strip_tags(text: str) -> str:
    """The visible text of a fragment, line breaks kept."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(text, "lxml")
    _drop_hidden(soup)
    return clean(soup.get_text()).strip()


def _drop_hidden(soup: Any) -> None:
    from bs4 import Comment

    for comment in soup.find_all(string=lambda value: isinstance(value, Comment)):
        comment.extract()
    for tag in soup.find_all(_is_hidden):
        if not tag.decomposed:
            tag.decompose()


def _is_hidden(tag: Any) -> bool:
    if tag.name in _NEVER_SHOWN or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    return bool(_HIDDEN_STYLE.search(str(tag.get("style", ""))))


def _blocks(root: Any) -> list[Block]:
    found: list[Block] = []
    for tag in root.find_all(_BLOCKS):
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
