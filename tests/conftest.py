"""Shared set-up: real databases, one fixed moment, no network but loopback."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from records.database import Database
from tests.lent import NewDatabase, lent_postgres, lent_sqlite
from tests.servers import PostgresServer
from tests.standins.smtp import SmtpStandIn

_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", _UNHURRIED, derandomize=True)
settings.register_profile("wandering", _UNHURRIED, print_blob=True)
settings.load_profile("steady")
"""The same examples in every run, so that a red test is a change's doing; `make proof` looks for new ones. How fast the machine
is, and what else it does, judges no test."""

NOW = datetime(2027, 1, 18, 10, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Madrid, outside every holiday."""
    return NOW


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One real PostgreSQL for the session (per test process), migrated once; tests get copies.

    In a folder of its own: as root the server runs as another user, who may not enter pytest's folders.
    """
    with TemporaryDirectory(prefix="relevo-pg-") as folder:
        server = PostgresServer(Path(folder))
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_db(request: pytest.FixtureRequest) -> NewDatabase:
    """Lends an empty database, as often as asked: of the one kind, then of the other."""
    if request.param == "sqlite":
        return lent_sqlite
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return lambda _: lent_postgres(server)


@pytest.fixture
def db(new_db: NewDatabase, tmp_path: Path) -> Iterator[Database]:
    """The same promise on both databases."""
    with new_db(tmp_path) as database:
        yield database


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    """SQLite only, for promises that do not depend on the database."""
    with lent_sqlite(tmp_path) as database:
        yield database


@pytest.fixture
def smtp() -> Iterator[SmtpStandIn]:
    """A mail server that takes everything."""
    server = SmtpStandIn()
    yield server
    server.stop()


_LOOPBACK = ("127.0.0.1", "localhost", "::1", "")
_connect = socket.socket.connect


def _guarded_connect(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOOPBACK:
        raise RuntimeError(f"a test tried to leave this machine: {address[0]}")
    _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Network is off by construction: anything but loopback fails the test that tried."""
    socket.socket.connect = _guarded_connect  # type: ignore[assignment, method-assign]  # the switch itself
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]  # the switch itself
