"""Statements run straight on the driver: SQLAlchemy writes and types them once per database, the driver runs them.

For the few statements that run for every single message: through Core each of them cost more than the database's own work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Dialect, Table
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from records.database import Tx

_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Ready:
    """One statement for one database. `base` are its parameters with the fixed ones filled in; `places` says where each
    of the others goes (by position, or by name where the driver takes names) and what makes it the driver's."""

    sql: str
    base: list[Any] | dict[str, Any]
    places: Mapping[str, tuple[Any, _Convert | None]]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        filled: Any = self.base.copy()
        for name, value in values.items():
            place, convert = self.places[name]
            filled[place] = value if convert is None else convert(value)
        return filled


class Prepared:
    """A Core statement. `columns` are the ones an insert fills, where the statement does not name them itself.

    Without IN over lists: the driver knows no such parameter. What a select gives back is the driver's: moments and JSON
    are not turned back, so ask for plain columns only.
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
        """The rows it finds, as the driver gives them."""
        ready = self._for(tx)
        found: list[tuple[Any, ...]] = _driver(tx).execute(ready.sql, ready.parameters(values)).fetchall()
        return found

    def _for(self, tx: Tx) -> _Ready:
        ready = self._ready.get(tx.dialect.name)
        if ready is None:
            ready = self._ready[tx.dialect.name] = _compile(self._build(tx.dialect), tx.dialect, self._columns)
        return ready


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
    if order:
        return _Ready(compiled.string, [compiled.params[name] for name in order], places)
    return _Ready(compiled.string, dict(compiled.params), places)
