"""Brings a database to the schema of this version, with Alembic, in one transaction on both databases.

`python -m records.migrations --rewrite-first` writes `versions/0001_first.py` afresh from `records/tables`; allowed only
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
    from alembic.operations.ops import MigrationScript

_HERE = Path(__file__).parent
_REVISION = re.compile(r'^(down_revision|revision)\b[^=]*= *(?:"(\w+)"|None)', re.MULTILINE)


def _config(connection: Connection, versions: Path = _HERE / "versions") -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(versions))
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


def write_first(versions: Path) -> None:
    """Write `0001_first.py` into this folder, from the tables as they are: the same tables give the same file."""
    from alembic import command

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        with database.write() as connection:
            config = _config(connection, versions)
            command.revision(config, "first", autogenerate=True, rev_id="0001", process_revision_directives=_in_order)
        database.close()


def _in_order(_context: object, _revision: object, scripts: "list[MigrationScript]") -> None:
    """Table by table, each behind those it refers to and otherwise by name. Alembic goes by sets, in any order."""
    from alembic.operations.ops import ModifyTableOps

    places = _places()
    for script in scripts:
        for way, steps in ((1, script.upgrade_ops), (-1, script.downgrade_ops)):
            every = steps.ops if steps is not None else []
            every.sort(key=lambda step: way * places[vars(step)["table_name"]])
            for step in every:
                if isinstance(step, ModifyTableOps):
                    step.ops.sort(key=lambda index: str(vars(index)["index_name"]))


def _places() -> dict[str, int]:
    from records.tables import metadata

    left = {name: {key.column.table.name for key in table.foreign_keys} for name, table in metadata.tables.items()}
    places: dict[str, int] = {}
    while left:
        name = min(one for one, others in left.items() if others - {one} <= places.keys())
        places[name] = len(places)
        del left[name]
    return places


if __name__ == "__main__" and "--rewrite-first" in sys.argv:
    for old in (_HERE / "versions").glob("0*.py"):
        old.unlink()
    write_first(_HERE / "versions")
