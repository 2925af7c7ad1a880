"""Sessions of processes that stand still in the middle of a unit, and how they are ended. On SQLite there are none: who stands
still there holds the one slot.

PostgreSQL itself times a transaction only while nothing of a statement has come. Not so a process that is stopped when half of
its statements are on their way, and not one whose statement waits for a lock first. So the living look, too.
"""

from sqlalchemy import text

from records.database import Tx

_WAIT_MS = 2000
"""So long an ended session is waited for, so that what it held is free."""

_OURS = """
    theirs.datname = current_database() AND theirs.usename = current_user AND theirs.pid <> pg_backend_pid()
    AND starts_with(theirs.application_name, 'relevo_') AND theirs.xact_start IS NOT NULL
"""

_STALLED = text(f"""
SELECT pg_terminate_backend(theirs.pid, :wait) FROM pg_stat_activity AS theirs
WHERE {_OURS} AND theirs.wait_event = 'ClientRead'
AND theirs.state_change < clock_timestamp() - make_interval(secs => :seconds)
""")  # noqa: S608  both parts are written here

_OF_SLOT = text(f"""
SELECT pg_terminate_backend(theirs.pid, :wait)
FROM pg_locks AS slot
JOIN pg_stat_activity AS holder ON holder.pid = slot.pid
JOIN pg_stat_activity AS theirs ON theirs.application_name = holder.application_name
WHERE {_OURS} AND slot.locktype = 'advisory' AND slot.granted AND slot.database = theirs.datid
AND slot.classid = :space AND slot.objid = :slot
""")  # noqa: S608  both parts are written here


def end_stalled(tx: Tx, seconds: float) -> int:
    """End our sessions in whose unit nothing was said for so long, whichever process they are of; how many."""
    if tx.dialect.name == "sqlite":
        return 0
    return len(tx.execute(_STALLED, {"seconds": seconds, "wait": _WAIT_MS}).all())


def end_units_of(tx: Tx, space: int, slot: int) -> int:
    """End the sessions in which the process that holds this advisory lock has a unit open; how many. It keeps the lock."""
    if tx.dialect.name == "sqlite":
        return 0
    return len(tx.execute(_OF_SLOT, {"space": space, "slot": slot, "wait": _WAIT_MS}).all())
