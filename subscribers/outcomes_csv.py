"""Outcomes from a CSV file: `id,outcome,date`. All its good rows in one transaction, a sentence for every other one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from records.database import Database
from records.store import outcomes
from records.store.outcomes import OutcomeKind, PersonOutcome
from subscribers.columns import BadCell
from subscribers.csv_rows import RowError, rows_of
from subscribers.csv_text import Line, decode, lines_of, read_header, unescape
from subscribers.errors import BadFile

COLUMNS = ("id", "outcome", "date")
_KINDS = ", ".join(kind.value for kind in OutcomeKind)


@dataclass(frozen=True)
class OutcomesReport:
    """How many rows were new and how many were known; all that is wrong with each other row, in row order."""

    added: int
    known: int
    errors: tuple[RowError, ...]

    @property
    def refused(self) -> int:
        """How many rows were left out; one may have several errors."""
        return rows_of(self.errors)


@dataclass(frozen=True)
class _Wrong:
    """A row that cannot be taken. `subscriber_id` is empty where the row names nobody."""

    subscriber_id: str
    errors: tuple[RowError, ...]


def import_outcomes(db: Database, data: bytes, now: datetime, *, check_only: bool = False) -> OutcomesReport:
    """Import the bytes of an outcomes file, or with `check_only` only say what would be refused.

    The same file again changes nothing. Raises BadFile, having changed nothing, when the file as a whole cannot be read.
    """
    lines = list(lines_of(decode(data)))
    if not lines:
        raise BadFile("the file is empty: it needs the header line `id,outcome,date`.")
    header = read_header(lines[0].cells, COLUMNS, COLUMNS)
    read = [(line.number, _row(line, header, now.date())) for line in lines[1:]]
    with db.read() if check_only else db.write() as tx:
        ids = {row.subscriber_id for _, row in read if row.subscriber_id}
        known = outcomes.known_subscribers(tx, ids)
        errors = tuple(_errors(read, known))
        good = [row for _, row in read if isinstance(row, PersonOutcome) and row.subscriber_id in known]
        added = 0 if check_only else outcomes.add(tx, good, now)
    return OutcomesReport(added, len(good) - added, errors)


def _errors(read: Sequence[tuple[int, PersonOutcome | _Wrong]], known: frozenset[str]) -> Iterator[RowError]:
    for number, row in read:
        if row.subscriber_id and row.subscriber_id not in known:
            yield RowError(number, "id", "nobody in the register has this id", "import the subscriber first")
        if isinstance(row, _Wrong):
            yield from row.errors


def _row(line: Line, header: Sequence[str], today: date) -> PersonOutcome | _Wrong:
    if len(line.cells) != len(header):
        what = f"has {len(line.cells)} cells, the header has {len(header)}"
        return _Wrong("", (RowError(line.number, "the row", what, "add or remove separators"),))
    cells = {name: unescape(cell.strip()) for name, cell in zip(header, line.cells, strict=True)}
    readers: dict[str, Callable[[str], Any]] = {"id": _id, "outcome": _kind, "date": partial(_day, today=today)}
    values: dict[str, Any] = {}
    wrong: list[RowError] = []
    for name, read in readers.items():
        try:
            values[name] = read(cells[name])
        except BadCell as error:
            wrong.append(RowError(line.number, name, error.what, error.do))
    if wrong:
        return _Wrong(cells["id"], tuple(wrong))
    return PersonOutcome(values["id"], values["outcome"], values["date"])


def _id(text: str) -> str:
    if not text:
        raise BadCell("is empty", "fill it in")
    return text


def _kind(text: str) -> OutcomeKind:
    if text not in list(OutcomeKind):
        raise BadCell(f"{text[:40]!r} is no outcome", f"write one of {_KINDS}")
    return OutcomeKind(text)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadCell("is no date", "write it like 2027-03-01") from None
    if day > today:
        raise BadCell("lies in the future", "write the day on which it happened")
    return day
