"""Web chat: one browser, one session, and the ordered log of what it was sent. Tokens are kept as hashes only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from records.database import Tx, insert_new
from records.errors import NotFound
from records.tables import chat_events, chat_sessions


@dataclass(frozen=True)
class ChatEvent:
    """One thing a session was sent. `id` orders it and is its Last-Event-ID; `body` is JSON."""

    id: int
    key: str
    kind: str
    body: str
    at: datetime


def open_session(tx: Tx, session: str, token_hash: str, now: datetime) -> None:
    """A new session; one that is open already stays as it is."""
    insert_new(tx, chat_sessions, {"id": session, "token_hash": token_hash, "opened_at": now})


def token_hash_of(tx: Tx, session: str) -> str:
    """The hash of the session's token, empty if there is no such session."""
    return (
        tx.execute(select(chat_sessions.c.token_hash).where(chat_sessions.c.id == session)).scalar_one_or_none() or ""
    )


def append(tx: Tx, session: str, key: str, kind: str, body: str, now: datetime) -> bool:
    """Adds to the log of a session; False if `key` is there already. Raises NotFound for an unknown session."""
    # The lock keeps ids of one session in commit order on PostgreSQL, so that nobody reading "after 7" misses a late 6.
    known = tx.execute(select(chat_sessions.c.id).where(chat_sessions.c.id == session).with_for_update()).one_or_none()
    if known is None:
        raise NotFound(f"no web chat has the session {session!r}; the browser must open a new one")
    row = {"session_id": session, "key": key, "kind": kind, "body": body, "at": now}
    return insert_new(tx, chat_events, row) == 1


def events_after(tx: Tx, session: str, after: int, limit: int = 200) -> tuple[ChatEvent, ...]:
    """What the session was sent after the event `after` (0: from the start), oldest first."""
    table = chat_events
    rows = tx.execute(
        select(table.c.id, table.c.key, table.c.kind, table.c.body, table.c.at)
        .where(table.c.session_id == session, table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    return tuple(ChatEvent(*row) for row in rows)


def last_event_id(tx: Tx) -> int:
    """The highest event id of all sessions, 0 if there is none."""
    return tx.execute(select(func.max(chat_events.c.id))).scalar_one() or 0


def sessions_with_news(tx: Tx, after: int) -> Sequence[tuple[int, str]]:
    """(event id, session) of everything logged after `after`, oldest first: what a web process must wake."""
    rows = tx.execute(
        select(chat_events.c.id, chat_events.c.session_id).where(chat_events.c.id > after).order_by(chat_events.c.id)
    )
    return [(row.id, row.session_id) for row in rows]
