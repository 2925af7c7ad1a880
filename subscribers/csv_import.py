"""Brings a subscribers file into the register: all its good rows in one transaction, a sentence for every other one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from records.database import Database, Tx
from records.store import subscribers as register
from subscribers.columns import BY_NAME, COLUMNS
from subscribers.csv_rows import (
    Added,
    Changed,
    OnRecord,
    ParsedRow,
    RowError,
    RowOutcome,
    decide_row,
    parse_row,
    rows_of,
)
from subscribers.csv_text import decode, lines_of, read_header
from subscribers.errors import BadFile

__all__ = ["ImportReport", "Progress", "RowError", "import_csv"]

Progress = Callable[[int, int], None]
"""Told (rows done, rows in all) now and then, and at the end."""

_EVERY = 1_000
_REQUIRED = tuple(column.name for column in COLUMNS if column.required)


@dataclass(frozen=True)
class ImportReport:
    """How many people the file added, changed and left as they were; all that is wrong with each other row, in row order."""

    added: int
    changed: int
    unchanged: int
    errors: tuple[RowError, ...]

    @property
    def refused(self) -> int:
        """How many rows were left out; one may have several errors."""
        return rows_of(self.errors)


def no_progress(_done: int, _total: int) -> None:
    """Tells nobody."""


def import_csv(
    db: Database, data: bytes, now: datetime, *, check_only: bool = False, progress: Progress = no_progress
) -> ImportReport:
    """Import the bytes of a subscribers file, or with `check_only` only say what that would do.

    Good rows are saved together or not at all; the same file again changes nothing. Raises BadFile, having changed
    nothing, when the file as a whole cannot be read faithfully.
    """
    rows, errors = _parse(data, progress)
    with db.read() if check_only else db.write() as tx:
        outcomes = _decide(tx, rows, now)
        people = [outcome.registration for outcome in outcomes if isinstance(outcome, Added | Changed)]
        if not check_only:
            register.save_many(tx, people, now)
    report = _report(outcomes, errors)
    total = report.added + report.changed + report.unchanged + report.refused
    progress(total, total)
    return report


def _parse(data: bytes, progress: Progress) -> tuple[list[ParsedRow], list[RowError]]:
    lines = list(lines_of(decode(data)))
    if not lines:
        raise BadFile("the file is empty: it needs a header line that begins with `id,name,language`.")
    header = read_header(lines[0].cells, tuple(BY_NAME), _REQUIRED)
    rows: list[ParsedRow] = []
    errors: list[RowError] = []
    first_seen: dict[str, int] = {}
    for done, line in enumerate(lines[1:]):
        if done % _EVERY == 0:
            progress(done, len(lines) - 1)
        row = parse_row(line, header)
        if isinstance(row, ParsedRow):
            row = _once(row, first_seen)
        if isinstance(row, ParsedRow):
            rows.append(row)
        else:
            errors.extend(row)
    return rows, errors


def _once(row: ParsedRow, first_seen: dict[str, int]) -> ParsedRow | tuple[RowError, ...]:
    first = first_seen.setdefault(row.id, row.number)
    if first == row.number:
        return row
    return (RowError(row.number, "id", f"stands in row {first} already", "keep one row for each person"),)


def _decide(tx: Tx, rows: Sequence[ParsedRow], now: datetime) -> list[RowOutcome]:
    ids = [row.id for row in rows]
    people = register.many(tx, ids)
    known = sorted(people)
    contacts = register.contacts_of_many(tx, known)
    words = register.consent_words_of_many(tx, known)
    on_record = {key: OnRecord(people[key], contacts.get(key, ()), words.get(key, ())) for key in known}
    return [decide_row(row, on_record.get(row.id), now) for row in rows]


def _report(outcomes: Sequence[RowOutcome], errors: Sequence[RowError]) -> ImportReport:
    late = [outcome for outcome in outcomes if isinstance(outcome, RowError)]
    added = sum(isinstance(outcome, Added) for outcome in outcomes)
    changed = sum(isinstance(outcome, Changed) for outcome in outcomes)
    every_error = tuple(sorted((*errors, *late), key=lambda error: error.row))
    return ImportReport(added, changed, len(outcomes) - len(late) - added - changed, every_error)
