"""Bytes of a CSV file <-> rows of text. Refuses what can only be guessed; a spreadsheet's formulas stay data both ways."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from subscribers.errors import BadFile

MAX_COLUMNS = 200
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOK = b"PK\x03\x04"  # how a ZIP archive begins, and every .xlsx and .ods is one
_FORMULA = tuple("=+-@\t\r＝＋－＠")


@dataclass(frozen=True)
class Line:
    """One record of the file; `number` is its row in a spreadsheet, the header being row 1."""

    number: int
    cells: tuple[str, ...]


def decode(data: bytes) -> str:
    """The text of the file: UTF-8, or whatever its byte-order mark declares. Raises BadFile."""
    if data.startswith(_WORKBOOK):
        raise BadFile(
            "the file is a workbook (like .xlsx), not a CSV file: open it, save the sheet as `CSV UTF-8` and import that."
        )
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile(
            f"the file is not {encoding.removesuffix('-sig').upper()}: line {line} holds a byte that cannot be. "
            "It may be Latin-1, which would have to be guessed: save it as `CSV UTF-8` and import it again."
        ) from error
    if encoding == "utf-8" and "\0" in text[:4]:
        raise BadFile("the file looks like UTF-16 without its mark: save it as `CSV UTF-8` and import it again.")
    return text


def separator_of(text: str) -> str:
    """`;`, tab or `,`: whichever the header line uses most."""
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def lines_of(text: str) -> Iterator[Line]:
    """The records, empty ones left out, the header first. Raises BadFile where a quote is not closed or misplaced."""
    source = csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True)
    number = 0
    while True:
        begins = source.line_num + 1
        try:
            cells = next(source)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadFile(
                f"the record that begins on line {begins} cannot be read ({error}): a quote in it is not closed, or not "
                "doubled. Nothing was imported; mend that line and import the file again."
            ) from error
        number += 1
        if any(cell.strip() for cell in cells):
            yield Line(number, tuple(cells))


def read_header(cells: Sequence[str], known: Sequence[str], required: Sequence[str]) -> tuple[str, ...]:
    """The column names; those we know in lower case. Raises BadFile for too many, repeated or missing ones."""
    if len(cells) > MAX_COLUMNS:
        raise BadFile(f"the file has {len(cells)} columns, at most {MAX_COLUMNS} are read: is the separator right?")
    if any("\0" in cell for cell in cells):
        raise BadFile("the header holds a NUL byte: the file is damaged, export it again.")
    trimmed = [cell.strip() for cell in cells]
    names = tuple(name.lower() if name.lower() in known else name for name in trimmed)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise BadFile(f"the column {twice[0]!r} stands twice in the header: keep one of them.")
    if missing := [name for name in required if name not in names]:
        raise BadFile(f"the header has no column {', '.join(missing)}: add it, or check the first line of the file.")
    return names


def escape(cell: str) -> str:
    """A cell that a spreadsheet shows and never runs. `unescape` gives the same text back."""
    return f"'{cell}" if _would_run(cell) else cell


def unescape(cell: str) -> str:
    """The text behind an escaped cell; any other cell as it is."""
    return cell[1:] if cell.startswith("'") and _would_run(cell[1:]) else cell


def _would_run(cell: str) -> bool:
    return cell.lstrip("' ").startswith(_FORMULA)
