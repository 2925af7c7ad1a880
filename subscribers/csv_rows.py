"""Decides what one row of the file says and what it changes. Pure.

A column the file does not have leaves what is on record. An empty cell empties it, except for Telegram: a chat the person bound
themselves is not in any file. A file's word about consent never overrules the person's own, in either direction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from records.types import IMPORT_ORIGIN, ChannelName, Consent, ConsentWord, Contact, Purpose, Registration, Subscriber
from subscribers.columns import BY_NAME, COLUMNS, CONSENT_COLUMNS, CONTACT_COLUMNS, BadCell, read_free
from subscribers.csv_text import Line, unescape

CHARGE_DISTANCE = timedelta(days=3)


@dataclass(frozen=True)
class RowError:
    """Why one row was left out: its row in a spreadsheet, the column, what is wrong, what to do. Never personal data."""

    row: int
    column: str
    what: str
    do: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.what}; {self.do}."


def rows_of(errors: Iterable[RowError]) -> int:
    """How many rows these errors are about."""
    return len({error.row for error in errors})


@dataclass(frozen=True)
class ParsedRow:
    """One row whose cells are all sound. `values` holds the columns the file has, `fields` the further ones."""

    number: int
    values: Mapping[str, Any]
    fields: Mapping[str, str]

    @property
    def id(self) -> str:
        return str(self.values["id"])


@dataclass(frozen=True)
class OnRecord:
    """What the register holds about the person of a row before the import."""

    subscriber: Subscriber
    contacts: tuple[Contact, ...]
    words: tuple[ConsentWord, ...]


@dataclass(frozen=True)
class Unchanged:
    """The row says what is on record."""


@dataclass(frozen=True)
class Added:
    registration: Registration


@dataclass(frozen=True)
class Changed:
    registration: Registration


RowOutcome = Unchanged | Added | Changed | RowError


def parse_row(line: Line, header: Sequence[str]) -> ParsedRow | tuple[RowError, ...]:
    """Read the cells of a row, or say of each that cannot be taken why. What hangs on a wrong cell is not judged."""
    if len(line.cells) != len(header):
        wrong = RowError(
            line.number,
            "the row",
            f"has {len(line.cells)} cells, the header has {len(header)}",
            "add or remove separators, and put texts that contain one in quotes",
        )
        return (wrong,)
    cells = {name: unescape(cell.strip()) for name, cell in zip(header, line.cells, strict=True)}
    values, wrong_values = _values(line.number, cells)
    fields, wrong_fields = _fields(line.number, cells)
    if wrong_values or wrong_fields:
        return (*wrong_values, *wrong_fields)
    given = {name: value for name, value in values.items() if name in cells or name == "locale"}
    return ParsedRow(line.number, given, fields)


def _values(number: int, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[RowError]]:
    values: dict[str, Any] = {}
    wrong: list[RowError] = []
    unread: set[str] = set()
    for column in COLUMNS:
        name = column.name
        if not unread.isdisjoint(column.needs):
            unread.add(name)
            continue
        try:
            values[name] = _read(name, cells.get(name, ""), values)
        except BadCell as error:
            unread.add(name)
            wrong.append(RowError(number, name, error.what, error.do))
    return values, wrong


def _fields(number: int, cells: Mapping[str, str]) -> tuple[dict[str, str], list[RowError]]:
    fields: dict[str, str] = {}
    wrong: list[RowError] = []
    for name in (name for name in cells if name not in BY_NAME):
        try:
            fields[name] = _field(name, cells[name])
        except BadCell as error:
            wrong.append(RowError(number, name or "a column without a name", error.what, error.do))
    return fields, wrong


def _read(column: str, text: str, row: Mapping[str, Any]) -> Any:
    if "\0" in text:
        raise BadCell("holds a NUL byte", "take it out: the file may be damaged")
    if text:
        return BY_NAME[column].read(text, row)
    if BY_NAME[column].required:
        raise BadCell("is empty", "fill it in")
    return f"{row['language']}-{row['country']}" if column == "locale" else BY_NAME[column].empty


def _field(column: str, text: str) -> str:
    if "\0" in text:
        raise BadCell("holds a NUL byte", "take it out: the file may be damaged")
    if not column and text:
        raise BadCell("holds text under no heading", "name the column in the header, or empty the cell")
    return read_free(text)


def decide_row(row: ParsedRow, known: OnRecord | None, now: datetime) -> RowOutcome:
    """What this row changes of what is on record."""
    subscriber = _merged(row, known, now)
    if error := _too_close_to_a_charge(row.number, subscriber):
        return error
    contacts = _contacts(row, known)
    if known is None:
        return Added(Registration(subscriber, contacts, _consents(row, ())))
    consents = _consents(row, known.words)
    same = replace(subscriber, updated_at=known.subscriber.updated_at) == known.subscriber
    if same and not consents and set(contacts) == set(known.contacts):
        return Unchanged()
    return Changed(Registration(subscriber, contacts, consents))


def _merged(row: ParsedRow, known: OnRecord | None, now: datetime) -> Subscriber:
    before = vars(known.subscriber) if known else _blank()
    values = {("price_minor" if name == "price" else name): value for name, value in row.values.items()}
    own = {name: value for name, value in values.items() if name in before}
    fields = {name: text for name, text in (before["fields"] | dict(row.fields)).items() if text}
    return Subscriber(**(before | own | {"fields": fields, "updated_at": now}))


def _blank() -> dict[str, Any]:
    names = {"price": "price_minor"}
    columns = [column for column in COLUMNS if column.name not in CONTACT_COLUMNS | CONSENT_COLUMNS]
    return {names.get(column.name, column.name): column.empty for column in columns} | {"moved_at": None, "fields": {}}


def _too_close_to_a_charge(number: int, subscriber: Subscriber) -> RowError | None:
    cutover, charge = subscriber.cutover_date, subscriber.next_charge_date
    if cutover is None or charge is None or abs(cutover - charge) > CHARGE_DISTANCE:
        return None
    return RowError(
        number,
        "cutover_date",
        f"{cutover} lies within {CHARGE_DISTANCE.days} days of the next charge on {charge}",
        f"choose a day more than {CHARGE_DISTANCE.days} days away from it",
    )


def _contacts(row: ParsedRow, known: OnRecord | None) -> tuple[Contact, ...]:
    found = {contact.channel: contact for contact in known.contacts} if known else {}
    for column, channel in CONTACT_COLUMNS.items():
        address = row.values.get(column)
        if address:
            found[channel] = Contact(row.id, channel, address)
        elif address is not None and channel is not ChannelName.TELEGRAM:
            found.pop(channel, None)
    return tuple(found.values())


def _consents(row: ParsedRow, words: Sequence[ConsentWord]) -> tuple[Consent, ...]:
    standing = {(word.channel, word.purpose): word for word in words}
    return tuple(
        Consent(channel, purpose, purpose in row.values[column])
        for column, channel in CONSENT_COLUMNS.items()
        if column in row.values
        for purpose in Purpose
        if _is_news(standing.get((channel, purpose)), purpose in row.values[column])
    )


def _is_news(standing: ConsentWord | None, granted: bool) -> bool:
    if standing is None:
        return granted
    return standing.origin == IMPORT_ORIGIN and standing.granted != granted
