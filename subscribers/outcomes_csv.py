"""Outcomes from a CSV file: `id,outcome,date`. All its good rows in one transaction, a sentence for every other one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from records.database import Database
from records.store import outcomes
from records.store.outcomes import OutcomeKind, PersonOutcome
from subscribers.csv_rows import RowError
from subscribers.csv_text import Line, decode, lines_of, read_header, unescape
from subscribers.errors import BadFile

COLUMNS = ("id", "outcome", "date")
_KINDS = ", ".join(kind.value for kind in OutcomeKind)


@dataclass(frozen=True)
class OutcomesReport:
    """How many rows were new and how many were known; why each other row was left out, in row order."""

    added: int
    known: int
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
        ids = {row.subscriber_id for _, row in read if isinstance(row, PersonOutcome)}
        known = outcomes.known_subscribers(tx, ids)
        errors = tuple(_errors(read, known))
        good = [row for _, row in read if isinstance(row, PersonOutcome) and row.subscriber_id in known]
        added = 0 if check_only else outcomes.add(tx, good, now)
    return OutcomesReport(added, len(good) - added, errors)


def _errors(read: Sequence[tuple[int, PersonOutcome | RowError]], known: frozenset[str]) -> Iterator[RowError]:
    for number, row in read:
        if isinstance(row, RowError):
            yield row
        elif row.subscriber_id not in known:
            yield RowError(number, "id", "nobody in the register has this id", "import the subscriber first")


def _row(line: Line, header: Sequence[str], today: date) -> PersonOutcome | RowError:
    if len(line.cells) != len(header):
        return RowError(
            line.number,
            "the row",
            f"has {len(line.cells)} cells, the header has {len(header)}",
            "add or remove separators",
        )
    cells = {name: unescape(cell.strip()) for name, cell in zip(header, line.cells, strict=True)}
    if not cells["id"]:
        return RowError(line.number, "id", "is empty", "fill it in")
    if cells["outcome"] not in list(OutcomeKind):
        return RowError(line.number, "outcome", f"{cells['outcome'][:40]!r} is no outcome", f"write one of {_KINDS}")
    try:
        day = date.fromisoformat(cells["date"])
    except ValueError:
        return RowError(line.number, "date", "is no date", "write it like 2027-03-01")
    if day > today:
        return RowError(line.number, "date", "lies in the future", "write the day on which it happened")
    return PersonOutcome(cells["id"], OutcomeKind(cells["outcome"]), day)
