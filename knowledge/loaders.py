"""Files to documents: what a person would read, in order, and nothing else.

No network and no entities; hidden text, comments and invisible characters are dropped, so that nobody can put words into an
answer that no reader of the document has seen. To add a format: one function here and a row in `_LOADERS`.
"""

import hashlib
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from knowledge.hypertext import read_html, strip_tags
from knowledge.numbering import read_marker
from knowledge.passages import Block, Document, Shape, Unreadable
from knowledge.text import clean

MOST_BYTES = 20_000_000
_MOST_UNPACKED = 100_000_000
_MOST_RATIO = 200
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_ANCHOR = re.compile(r"\s*\{#([A-Za-z0-9_.-]+)((?:\s+[a-z_]+=[^\s{}]+)*)\s*\}\s*$")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>")
_PAGE_NUMBER = re.compile(r"^\W*(?:(?:p[áa]gina|page|p[áa]g\.?)\s*)?\d+\s*(?:(?:de|of|/)\s*\d+)?\W*$", re.IGNORECASE)
_EDGE = 3  # lines at the top and at the bottom of a page that can be header or footer
_DIGITS = re.compile(r"\d+")


def load(path: Path, name: str) -> Document:
    """The document in `path`, called `name` in every message. Raises Unreadable."""
    loader = _LOADERS.get(path.suffix.lower())
    if loader is None:
        raise Unreadable(f"{name}: files of type {path.suffix or 'no ending'} are not read; use {', '.join(_LOADERS)}.")
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"{name}: larger than {MOST_BYTES // 1_000_000} MB; split it.")
    document = loader(path, name)
    if not document.blocks:
        raise Unreadable(f"{name}: no text in it.")
    return document


def hash_of(path: Path) -> str:
    """A name for the bytes of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
    except YAMLError as error:
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
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.level or token.map is None or token.nesting < 0:
            continue
        raw = "\n".join(lines[token.map[0] : token.map[1]]).strip("\n")
        if token.type == "heading_open":
            blocks.append(_heading(raw, int(token.tag[1:])))
        elif token.type == "blockquote_open":
            quoted = "\n".join(line.lstrip().removeprefix(">").strip() for line in raw.split("\n"))
            blocks.append(Block(Shape.QUOTE, _visible(quoted)))
        elif token.type != "hr":
            blocks.append(Block(Shape.TEXT, _visible(raw)))
    return [block for block in blocks if block.text.strip()]


def _visible(text: str) -> str:
    return strip_tags(text) if _TAG.search(text) else text


def _heading(raw: str, level: int) -> Block:
    text = raw.split("\n")[0].strip().strip("#").strip() if raw.startswith("#") else raw.split("\n")[0].strip()
    anchor = _ANCHOR.search(text)
    if anchor is None:
        return Block(Shape.HEADING, _visible(text), level)
    said = tuple((key, value) for key, _, value in (part.partition("=") for part in anchor.group(2).split()))
    return Block(Shape.HEADING, _visible(text[: anchor.start()]), level, anchor.group(1), said)


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

    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(f"{name}: protected by a password; save a copy without it.")
        pages = [clean(page.extract_text() or "") for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{name}: damaged or not a PDF ({_first_line(error)}); export it again.") from error
    if sum(len(page.strip()) for page in pages) < 20 * max(1, len(pages)):
        raise Unreadable(f"{name}: holds pictures of pages, not text; run text recognition (OCR) and save it again.")
    lines = without_running_lines([page.split("\n") for page in pages])
    return Document(name, {}, tuple(Block(Shape.TEXT, line) for line in lines))


def without_running_lines(pages: list[list[str]]) -> list[str]:
    """The lines of all pages without page numbers, headers and footers: what stands, but for digits, at the edge of half."""
    kept = [[line.strip() for line in page if line.strip()] for page in pages]
    seen: dict[str, int] = {}
    for page in kept:
        for shape in {_DIGITS.sub("#", line) for line in (*page[:_EDGE], *page[-_EDGE:])}:
            seen[shape] = seen.get(shape, 0) + 1
    often = max(2, (len(kept) + 1) // 2)
    running = {shape for shape, count in seen.items() if count >= often}
    return [line for page in kept for line in _between_edges(page, running)]


def _between_edges(page: list[str], running: set[str]) -> list[str]:
    first, last = 0, len(page)
    while first < min(_EDGE, last) and _is_running(page[first], running):
        first += 1
    while last > max(first, len(page) - _EDGE) and _is_running(page[last - 1], running):
        last -= 1
    return page[first:last]


def _is_running(line: str, running: set[str]) -> bool:
    """A clause heading may look the same on every page but for its number; it is never furniture."""
    if _PAGE_NUMBER.match(line):
        return True
    return _DIGITS.sub("#", line) in running and read_marker(line) is None


def _load_docx(path: Path, name: str) -> Document:
    import docx
    from docx.table import Table

    _check_archive(path, name)
    try:
        opened = docx.Document(str(path))
        blocks: list[Block] = []
        for part in opened.iter_inner_content():
            if isinstance(part, Table):
                blocks += [Block(Shape.TEXT, clean(" | ".join(cell.text for cell in row.cells))) for row in part.rows]
            else:
                blocks.append(_docx_block(part))
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile, SyntaxError) as error:
        raise Unreadable(f"{name}: damaged or not a Word document ({_first_line(error)}); save it again.") from error
    return Document(name, {}, tuple(block for block in blocks if block.text.strip()))


def _docx_block(paragraph: object) -> Block:
    runs = getattr(paragraph, "runs", [])
    text = "".join(run.text for run in runs if not run.font.hidden) if runs else getattr(paragraph, "text", "")
    style = str(getattr(getattr(paragraph, "style", None), "name", "") or "")
    level = re.search(r"(?:Heading|Título|Titulo)\s*(\d)", style)
    if level is None and style != "Title":
        return Block(Shape.TEXT, clean(text).strip())
    return Block(Shape.HEADING, clean(text).strip(), int(level.group(1)) if level else 1)


def _check_archive(path: Path, name: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Unreadable(f"{name}: damaged or not a Word document; save it again as .docx.") from error
    if unpacked > _MOST_UNPACKED or unpacked > _MOST_RATIO * max(1, path.stat().st_size):
        raise Unreadable(f"{name}: unpacks to {unpacked} bytes, far more than a document should; it is not opened.")


_LOADERS: dict[str, Callable[[Path, str], Document]] = {
    ".md": _load_markdown,
    ".html": _load_html,
    ".htm": _load_html,
    ".pdf": _load_pdf,
    ".docx": _load_docx,
}
SUFFIXES = frozenset(_LOADERS)
