"""Brings a database to the schema of this version, with Alembic, in one transaction on both databases.

`python -m records.migrations --rewrite-first` writes `versions/0001_first.py` afresh from `records/tables.py`; allowed only
until the first release, because databases in use must be altered, never re-made.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from records.database import Database
from records.errors import DatabaseDown

_HERE = Path(__file__).parent


def _config(connection: Connection) -> Config:
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
    config = _config(connection)
    heads = set(ScriptDirectory.from_config(config).get_heads())
    if set(MigrationContext.configure(connection).get_current_heads()) != heads:
        command.upgrade(config, "head")


def _rewrite_first() -> None:
    for old in (_HERE / "versions").glob("0*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        with database.write() as connection:
            command.revision(_config(connection), message="first", rev_id="0001", autogenerate=True)
        database.close()


if __name__ == "__main__" and "--rewrite-first" in sys.argv:
    _rewrite_first()
