"""One transaction at a time, the same on SQLite and PostgreSQL.

Measured before this was written: with the driver's own transactions, 8 threads lost 1,393 of 1,600 updates. So the driver's
are off, every unit that may write begins with BEGIN IMMEDIATE, and writers of one process queue in order of arrival.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, Table, TypeDecorator, create_engine, event
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import ArgumentError

from records.errors import SettingsError

Tx = Connection
"""An open unit of work. Rooms pass it to `records.store`; none of them writes SQL."""

BUSY_SECONDS = 30

STALLED_SECONDS = 40.0
"""A process that was stopped in the middle of a unit holds its row locks until PostgreSQL ends the unit, after so long without
a word from it (seen: one stopped in its tick kept every other worker's tick waiting)."""

_PAGES = ("wal_autocheckpoint=4000", "cache_size=-8000")
"""A checkpoint syncs twice, and one message touches some eight pages: every 1,000 pages (the default) was every 120 messages.
8 MB of pages per connection, filled only as far as they are used."""


class Utc(TypeDecorator[datetime]):
    """An aware UTC moment on both databases; refuses naive values (SQLite's driver gives aware ones back naive)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time {value!r} reached the database; pass an aware one")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def secret_of(tx: Tx) -> str:
    """The secret of the workspace this unit of work is in."""
    return str(tx.get_execution_options()["relevo_secret"])


class _FairLock:
    """First come, first served: `threading.Lock` let one busy thread starve the others."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


class Database:
    """The workspace's database. `url` is SQLAlchemy's: `sqlite:///path` or `postgresql+psycopg://…`; shut addresses are kept
    under `secret`, the workspace's. On PostgreSQL a unit in which nothing is said for `stalled` seconds is rolled back."""

    def __init__(self, url: str, *, secret: str = "", pool_size: int = 16, stalled: float = STALLED_SECONDS) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self._safe = _engine(url, "FULL", pool_size, stalled).execution_options(relevo_secret=secret)
        # The mark `sending` must outlive the process, not the power: 4 µs instead of 516 µs a row.
        self._quick = self._safe
        if self.is_sqlite:
            self._quick = _engine(url, "NORMAL", pool_size, stalled).execution_options(relevo_secret=secret)
        self._writers = _FairLock() if self.is_sqlite else None

    @property
    def engine(self) -> Engine:
        """For migrations only."""
        return self._safe

    @property
    def url(self) -> str:
        """Its address; on PostgreSQL with the name of our sessions in it, so that whoever connects by it bears that name."""
        return self._safe.url.render_as_string(hide_password=False)

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A unit that may write. Commits at the end, rolls back on any error."""
        with self._unit(self._safe) as tx:
            yield tx

    @contextmanager
    def write_quick(self) -> Iterator[Tx]:
        """Like `write`, but a power cut may undo it; a crash of the process does not."""
        with self._unit(self._quick) as tx:
            if not self.is_sqlite:
                tx.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield tx

    @contextmanager
    def quick_line(self) -> Iterator["QuickLine"]:
        """One connection kept for many quick units, one after the other: what `write_quick` does, at a tenth of its cost."""
        options = {"relevo_begin": ""} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        with self._quick.connect() as connection:
            line = QuickLine(connection.execution_options(**options), self._writers)
            if not self.is_sqlite:
                line.say("SET synchronous_commit = off")
            try:
                yield line
            finally:
                if not self.is_sqlite:
                    line.say("RESET synchronous_commit")

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One consistent view. Never waits for writers on SQLite (WAL) or PostgreSQL."""
        with self._safe.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _unit(self, engine: Engine) -> Iterator[Tx]:
        if self._writers is None:
            with engine.begin() as connection:
                yield connection
            return
        with self._writers, engine.connect() as connection:
            writing = connection.execution_options(relevo_begin="BEGIN IMMEDIATE")
            with writing.begin():
                yield writing

    def close(self) -> None:
        self._safe.dispose()
        self._quick.dispose()


class QuickLine:
    """Units of work on one connection. `with line as tx:` begins one; it commits at the end, rolls back on any error.

    Begin and commit go to the driver directly. For one thread at a time.
    """

    def __init__(self, connection: Connection, writers: _FairLock | None) -> None:
        self._tx = connection
        self._driver: Any = connection.connection.driver_connection
        self._writers = writers
        self._begin = "BEGIN" if writers is None else "BEGIN IMMEDIATE"

    @property
    def between(self) -> Tx:
        """For looks between two units. Each prepared statement is a view of its own, without a begin and an end around it that
        cost as much as the look."""
        return self._tx

    def say(self, command: str) -> None:
        self._driver.execute(command)

    def __enter__(self) -> Tx:
        if self._writers is not None:
            self._writers.__enter__()
        try:
            self.say(self._begin)
        except BaseException:
            self._release()
            raise
        return self._tx

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.say("COMMIT" if kind is None else "ROLLBACK")
        finally:
            self._release()

    def _release(self) -> None:
        if self._writers is not None:
            self._writers.__exit__()


def _engine(url: str, synchronous: str, pool_size: int, stalled: float) -> Engine:
    try:
        return _sqlite(url, synchronous, pool_size) if url.startswith("sqlite") else _postgres(url, pool_size, stalled)
    except ArgumentError as error:
        raise SettingsError(
            "RELEVO_DATABASE_URL is not an address we know: give sqlite:////absolute/path.db or "
            "postgresql+psycopg://user:password@host/name, or leave it unset."
        ) from error


def _postgres(url: str, pool_size: int, stalled: float) -> Engine:
    from records import postgres  # its driver, which nobody on SQLite needs

    engine = create_engine(
        postgres.own_address(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"cursor_factory": postgres.Cursor},
    )

    @event.listens_for(engine, "connect")
    def _tell(connection: Any, _record: Any) -> None:
        postgres.tell(connection, stalled)

    return engine


def _sqlite(url: str, synchronous: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        json_deserializer=_from_json,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", *_PAGES):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        command = connection.get_execution_options().get("relevo_begin", "BEGIN")
        if command:
            connection.exec_driver_sql(command)

    return engine


_EMPTY: Mapping[str, Callable[[], Any]] = {"[]": list, "{}": dict}


def _from_json(text: str) -> Any:
    """Most lists and objects are empty, and the parser takes five times as long to find that out."""
    make = _EMPTY.get(text)
    return json.loads(text) if make is None else make()


def insert_into(tx: Tx, table: Table) -> Any:
    """An insert that can say what to do where a row is already there."""
    build: Callable[..., Any] = sqlite_insert if tx.dialect.name == "sqlite" else postgres_insert
    return build(table)


def insert_new(tx: Tx, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> int:
    """Insert what is not there yet by any unique key; the number really inserted."""
    values = [rows] if isinstance(rows, Mapping) else list(rows)
    if not values:
        return 0
    # One prepared statement run for every row: half the cost of one statement that spells all rows out.
    statement = insert_into(tx, table).on_conflict_do_nothing()
    inserted: int = tx.execute(statement, values, execution_options={"preserve_rowcount": True}).rowcount
    return inserted


def upsert(tx: Tx, table: Table, row: Mapping[str, Any], key: Sequence[str]) -> None:
    """Insert `row`, or overwrite its other columns where `key` is already there."""
    changed = {name: value for name, value in row.items() if name not in key}
    statement = insert_into(tx, table).values(row)
    tx.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=changed)
        if changed
        else statement.on_conflict_do_nothing(index_elements=list(key))
    )
