"""Brings a database to the schema of this version, with Alembic, in one transaction on both databases.

`python -m records.migrations --rewrite-first` writes `versions/0001_first.py` afresh from `records/tables.py`; allowed only
until the first release, because databases in use must be altered, never re-made.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from records.database import Database
from records.errors import DatabaseDown

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent
_REVISION = re.compile(r'^(down_revision|revision)\b[^=]*= *(?:"(\w+)"|None)', re.MULTILINE)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(_HERE / "versions"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Bring the schema to this version. A second run changes nothing; a failed one leaves what was there.

    Raises DatabaseDown when the database cannot be reached; its text never carries the address, which may hold a password.
    """
    try:
        with database.write() as connection:
            _upgrade(connection)
    except OperationalError as error:
        raise DatabaseDown(
            f"the database cannot be used ({type(error.orig).__name__}): check that it runs, that RELEVO_DATABASE_URL names "
            "it, and that its disk has room."
        ) from error


def _upgrade(connection: Connection) -> None:
    if _versions_of(connection) != _newest():
        # Loaded only now: most commands find their schema current, and Alembic takes as long to load as they take to run.
        from alembic import command

        command.upgrade(_config(connection), "head")


def _versions_of(connection: Connection) -> set[str]:
    """What the database says of itself; nothing while it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def _newest() -> set[str]:
    """The versions no other one comes after."""
    named, followed = set[str](), set[str]()
    for path in (_HERE / "versions").glob("*.py"):
        for word, value in _REVISION.findall(path.read_text(encoding="utf-8")):
            (named if word == "revision" else followed).add(value)
    return named - followed


def _rewrite_first() -> None:
    from alembic import command

    for old in (_HERE / "versions").glob("0*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        with database.write() as connection:
            command.revision(_config(connection), message="first", rev_id="0001", autogenerate=True)
        database.close()


if __name__ == "__main__" and "--rewrite-first" in sys.argv:
    _rewrite_first()
