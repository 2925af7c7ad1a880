"""Statements run straight on the driver: SQLAlchemy writes and types them once per database, the driver runs them.

For the few statements that run for every single message: through Core each of them cost more than the database's own work.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ClauseElement,
    ColumnElement,
    Dialect,
    Float,
    Table,
    any_,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from records.database import Tx

_Convert = Callable[[Any], Any]
_TurnBack = Callable[[int, list[list[Any]]], None]


@dataclass(frozen=True)
class _Ready:
    """One statement for one database. `base` are its parameters with the fixed ones filled in; `places` says where each
    of the others goes (by position, or by name where the driver takes names) and what makes it the driver's."""

    sql: str
    base: list[Any] | dict[str, Any]
    places: Mapping[str, tuple[Any, _Convert | None]]
    turned_back: tuple[tuple[int, _TurnBack], ...]
    """For a select: which of its columns the driver gives otherwise than we keep them, and what turns one back."""

    def parameters(self, values: Mapping[str, Any]) -> Any:
        filled: Any = self.base.copy()
        for name, value in values.items():
            place, convert = self.places[name]
            filled[place] = value if convert is None else convert(value)
        return filled

    def filled(self, same: Mapping[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[Any]:
        """The parameters of rows of values of `names`, where the others are the `same` in every row. Made column by column: a
        function of ours for every row took as long as the database."""
        base = self.parameters(same)
        columns = {
            self.places[name][0]: _converted(self.places[name][1], column)
            for name, column in zip(names, zip(*rows, strict=True), strict=True)
        }
        if isinstance(base, dict):
            return (base | dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
        same_all = ((columns[at] if at in columns else repeat(value, len(rows))) for at, value in enumerate(base))
        return zip(*same_all, strict=True)


class Prepared:
    """A Core statement. `columns` are the ones an insert fills, where the statement does not name them itself.

    Without IN over lists, since the driver knows no such parameter: `among` says the same with one.
    """

    def __init__(self, build: Callable[[Dialect], ClauseElement], columns: Sequence[str] | None = None) -> None:
        self._build = build
        self._columns = list(columns) if columns is not None else None
        self._ready: dict[str, _Ready] = {}

    def run(self, tx: Tx, values: Mapping[str, Any]) -> int:
        """Run it once; how many rows it touched."""
        ready = self._for(tx)
        count: int = _driver(tx).execute(ready.sql, ready.parameters(values)).rowcount
        return count

    def run_many(self, tx: Tx, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each of these; how many rows were touched in all."""
        if not rows:
            return 0
        ready = self._for(tx)
        cursor = _driver(tx).cursor()
        cursor.executemany(ready.sql, [ready.parameters(row) for row in rows])
        count: int = cursor.rowcount
        return count

    def rows(self, tx: Tx, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows it finds, as the driver gives them: moments and JSON are not turned back."""
        ready = self._for(tx)
        found: list[tuple[Any, ...]] = _driver(tx).execute(ready.sql, ready.parameters(values)).fetchall()
        return found

    def typed_rows(self, tx: Tx, values: Mapping[str, Any]) -> list[list[Any]]:
        """The rows it finds, moments, dates and JSON as Core gives them."""
        rows = list(map(list, self.rows(tx, values)))
        for at, turn in self._for(tx).turned_back:
            turn(at, rows)
        return rows

    def run_same(self, tx: Tx, same: Mapping[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
        """Run it for each of these rows of values of `names`; `same` are the values of all of them. How many were touched."""
        if not rows:
            return 0
        ready = self._for(tx)
        cursor = _driver(tx).cursor()
        cursor.executemany(ready.sql, ready.filled(same, names, rows))
        count: int = cursor.rowcount
        return count

    def _for(self, tx: Tx) -> _Ready:
        ready = self._ready.get(tx.dialect.name)
        if ready is None:
            ready = self._ready[tx.dialect.name] = _compile(self._build(tx.dialect), tx.dialect, self._columns)
        return ready


def _converted(convert: _Convert | None, column: Sequence[Any]) -> Sequence[Any]:
    """A column as the driver takes it. Few moments stand in many rows, and writing one out costs more than finding it."""
    if convert is None:
        return column
    known = {value: convert(value) for value in set(column)}
    return [known[value] for value in column]


def among(dialect: Dialect, where: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """`where` is one of a list given as the parameter `name`: one parameter, however long the list."""
    if dialect.name == "sqlite":
        each = func.json_each(bindparam(name, type_=JSON)).table_valued(column("value", where.type))
        return where.in_(select(each.c.value))
    return where == any_(bindparam(name, type_=ARRAY(where.type)))


def new_rows(table: Table, without: Sequence[str] = ()) -> Prepared:
    """Inserts what is not there yet by any unique key, all columns but `without`."""
    columns = [column.name for column in table.c if column.name not in without]

    def build(dialect: Dialect) -> ClauseElement:
        insert: Any = sqlite_insert if dialect.name == "sqlite" else postgres_insert
        return insert(table).on_conflict_do_nothing()  # type: ignore[no-any-return]  # two dialects, one shape

    return Prepared(build, columns)


def _driver(tx: Tx) -> Any:
    return tx.connection.driver_connection


def _compile(statement: ClauseElement, dialect: Dialect, columns: list[str] | None) -> _Ready:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    order: list[str] | None = compiled.positiontup
    places: dict[str, tuple[Any, _Convert | None]] = {}
    for name in compiled.params:
        kind = compiled.binds[name].type if name in compiled.binds else None
        convert = kind.dialect_impl(dialect).bind_processor(dialect) if kind is not None else None
        places[name] = (order.index(name) if order else name, convert)
    params = {name: _ABSENT if _is_open(compiled, name) else value for name, value in compiled.params.items()}
    base = [params[name] for name in order] if order else params
    return _Ready(compiled.string, base, places, tuple(_turned_back(statement, dialect)))


_ABSENT = object()
"""Stands where a value has to be given: no driver takes it, so a row without one is refused. The library's mark is a number."""


def _is_open(compiled: Any, name: str) -> bool:
    return name in compiled.binds and bool(compiled.binds[name].required)


def _turned_back(statement: Any, dialect: Dialect) -> Iterator[tuple[int, _TurnBack]]:
    for at, selected in enumerate(statement.selected_columns if statement.is_select else ()):
        # PostgreSQL's converter of floats asks the cursor what it got; both drivers give floats anyway.
        is_float = isinstance(selected.type, Float)
        convert = None if is_float else selected.type.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            yield at, partial(_read_json if isinstance(selected.type, JSON) else _read_alike, convert)


def _read_json(convert: _Convert, at: int, rows: list[list[Any]]) -> None:
    for row in rows:
        row[at] = {} if row[at] == "{}" else convert(row[at])  # nearly every row has nothing more to say


def _read_alike(convert: _Convert, at: int, rows: list[list[Any]]) -> None:
    """Days and moments, of which few stand in many rows: each is read once."""
    known: dict[Any, Any] = {}
    for row in rows:
        raw = row[at]
        if raw not in known:
            known[raw] = convert(raw)
        row[at] = known[raw]
