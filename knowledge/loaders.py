"""Files to documents: what a person would read, in order, and nothing else.

No network and no entities; hidden text, comments and invisible characters are dropped, so that nobody can put words into an
answer that no reader of the document has seen. To add a format: one function here and a row in `_LOADERS`.
"""

import logging
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from knowledge.bounds import MOST_PAGES, check_file
from knowledge.docx_text import docx_blocks
from knowledge.hypertext import Veil, read_html
from knowledge.inert import inert
from knowledge.passages import Block, Document, Shape, Unreadable
from knowledge.pdf_ink import show_only_ink
from knowledge.pdf_text import pdf_blocks
from knowledge.text import clean

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_ANCHOR = re.compile(r"\s*\{#([A-Za-z0-9_.-]+)((?:\s+[a-z_]+=[^\s{}]+)*)\s*\}\s*$")
_STYLES = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_STRUCK = re.compile(r"[ \t]?(?<![~\\])~~(?=[^\s~])(?:(?!\n\n).)+?(?<=[^\s~])~~(?!~)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>")


def load(path: Path, name: str) -> Document:
    """The document in `path`, called `name` in every message. Raises Unreadable."""
    loader = _LOADERS.get(path.suffix.lower())
    if loader is None:
        raise Unreadable(f"{name}: files of type {path.suffix or 'no ending'} are not read; use {', '.join(_LOADERS)}.")
    check_file(path, name)
    document = loader(path, name)
    if not document.blocks:
        raise Unreadable(f"{name}: no text in it.")
    return document


def read_markdown(text: str, name: str) -> Document:
    """Markdown with front matter. Blocks keep their Markdown, so an answer reads as it was written."""
    front, body = _split_front(text.lstrip("\ufeff"), name)
    return Document(name, front, tuple(_markdown_blocks(_COMMENT.sub("", clean(body)))))


def _split_front(text: str, name: str) -> tuple[Mapping[str, str], str]:
    text = text.replace("\r\n", "\n")
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe", pure=True).load(match.group(1))
    except (YAMLError, ValueError) as error:  # ValueError: a day that does not exist
        raise Unreadable(f"{name}: its front matter is not valid YAML ({_first_line(error)}).") from error
    if data is not None and not isinstance(data, dict):
        raise Unreadable(f"{name}: its front matter must be lines of `key: value`.")
    return {str(key): clean(plain_value(value)) for key, value in (data or {}).items()}, text[match.end() :]


def plain_value(value: object) -> str:
    """A value of front matter as text; the parts of a list are joined by commas."""
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _markdown_blocks(body: str) -> list[Block]:
    from markdown_it import MarkdownIt

    lines = body.split("\n")
    blocks: list[Block] = []
    veil = Veil("".join(_STYLES.findall(body)))
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.level or token.map is None or token.nesting < 0:
            continue
        raw = "\n".join(lines[token.map[0] : token.map[1]]).strip("\n")
        if token.type == "blockquote_open":
            raw = "\n".join(line.lstrip().removeprefix(">").strip() for line in raw.split("\n"))
        seen = inert(veil.lift(raw) if _TAG.search(raw) or veil.drawn else raw)
        if token.type not in ("fence", "code_block"):
            seen = _STRUCK.sub("", seen)
        if token.type == "heading_open":
            blocks.append(_heading(seen, int(token.tag[1:])))
        elif token.type != "hr":
            blocks.append(Block(Shape.QUOTE if token.type == "blockquote_open" else Shape.TEXT, seen))
    return [block for block in blocks if block.text.strip()]


def _heading(raw: str, level: int) -> Block:
    text = raw.split("\n")[0].strip().strip("#").strip() if raw.startswith("#") else raw.split("\n")[0].strip()
    anchor = _ANCHOR.search(text)
    if anchor is None:
        return Block(Shape.HEADING, text, level)
    said = tuple((key, value) for key, _, value in (part.partition("=") for part in anchor.group(2).split()))
    return Block(Shape.HEADING, text[: anchor.start()], level, anchor.group(1), said)


def _load_markdown(path: Path, name: str) -> Document:
    return read_markdown(_decoded(path, name), name)


def _load_html(path: Path, name: str) -> Document:
    return read_html(_decoded(path, name), name)


def _decoded(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name}: not UTF-8 text; save it as UTF-8.") from error


def _load_pdf(path: Path, name: str) -> Document:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(
        logging.CRITICAL
    )  # its remarks name no file; what matters of them is raised below
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(f"{name}: protected by a password; save a copy without it.")
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            raise Unreadable(f"{name}: has {pages} pages, more than {MOST_PAGES}; split it.")
        unseen = [show_only_ink(page) for page in reader.pages]
        blocks = pdf_blocks(reader.pages)
        declared = str(reader.root_object.get("/Lang") or "")
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{name}: damaged or not a PDF ({_first_line(error)}); export it again.") from error
    if any(unseen) and sum(unseen) * 2 >= len(unseen):
        raise Unreadable(
            f"{name}: its text is invisible, as when recognised text (OCR) lies under pictures; nobody has checked it. "
            "Export the recognised text as a document of its own."
        )
    if sum(len(block.text) for block in blocks) < 20 * max(1, pages):
        raise Unreadable(
            f"{name}: holds pictures of pages, not text; run text recognition (OCR) and save the text as a document."
        )
    return Document(name, {"locale": declared} if declared else {}, blocks)


def _load_docx(path: Path, name: str) -> Document:
    try:
        blocks = docx_blocks(path)
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile, SyntaxError) as error:
        raise Unreadable(f"{name}: damaged or not a Word document ({_first_line(error)}); save it again.") from error
    return Document(name, {}, blocks)


_LOADERS: dict[str, Callable[[Path, str], Document]] = {
    ".md": _load_markdown,
    ".html": _load_html,
    ".htm": _load_html,
    ".pdf": _load_pdf,
    ".docx": _load_docx,
}
SUFFIXES = frozenset(_LOADERS)
