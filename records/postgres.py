"""Sessions on PostgreSQL: what each is told when it begins, so that none outlives the process or the network at its other end.

All sessions of one `Database` bear one name, as do the ones that others open by its address (the slot's, the engine's). By
that name whoever takes a worker's work over ends the units in which the worker stands still (`records.store.sessions`).
"""

from collections.abc import Iterable
from typing import Any

import psycopg
from sqlalchemy import make_url

from records.ids import new_id

NAME_PREFIX = "relevo_"

_UNANSWERED = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
"""A worker finds out within half a minute that the database is not there; by the system's own times, after two hours. In the
units of libpq: seconds, and for the last one milliseconds."""

_SERVER_SIDE = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
    "client_connection_check_interval": "10000",
}
"""And the database, that we are not: a machine that lost its power or its network leaves its slot within half a minute."""

_TELL = (
    "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s"  # a server that lacks one is not asked for it
)


def own_address(url: str) -> str:
    """The address with a name for these sessions alone; a keepalive it names itself stays as it is."""
    given = make_url(url)
    wanted = {name: value for name, value in _UNANSWERED.items() if name not in given.query}
    own = given.update_query_dict({**wanted, "application_name": new_id(NAME_PREFIX.rstrip("_"))})
    return own.render_as_string(hide_password=False)


class Cursor(psycopg.Cursor[Any]):
    """A cursor after whose `executemany` PostgreSQL still times how long we say nothing.

    The driver ends its pipeline with Sync and then Flush. At Sync the server begins to time an idle transaction, at Flush,
    being spoken to, it stops, and begins again only after the next statement: a process stopped right there kept its locks for
    ever. An empty statement is the cheapest next one.
    """

    def executemany(self, query: Any, params_seq: Iterable[Any], *, returning: bool = False) -> None:
        super().executemany(query, params_seq, returning=returning)
        self.connection.execute("", prepare=False)


def tell(connection: Any, stalled: float) -> None:
    """A new session's own settings: a unit in which nothing is said for `stalled` seconds is rolled back."""
    settings = {**_SERVER_SIDE, "idle_in_transaction_session_timeout": f"{stalled * 1000:.0f}"}
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute(_TELL, (value, name))
    connection.commit()
