"""Empty databases for as long as a test wants them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from records.database import Database
from tests.blank import blank
from tests.servers import PostgresServer

NewDatabase = Callable[[Path], AbstractContextManager[Database]]
"""An empty database; the folder is for one that is a file."""


@contextmanager
def lent_sqlite(folder: Path) -> Iterator[Database]:
    database = blank(folder / "relevo.db")
    yield database
    database.close()


@contextmanager
def lent_postgres(server: PostgresServer) -> Iterator[Database]:
    with server.lent() as url:
        database = Database(url)
        yield database
        database.close()
