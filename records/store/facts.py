"""Small facts of a workspace by key (the live index generation, the clock's anchor), and the audit of acts."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from records.database import Tx, upsert
from records.tables import acts, workspace_facts


def read(tx: Tx, key: str) -> str:
    """The value, or empty."""
    return tx.execute(select(workspace_facts.c.value).where(workspace_facts.c.key == key)).scalar() or ""


def beginning_with(tx: Tx, prefix: str) -> tuple[tuple[str, str], ...]:
    """Every fact whose key begins so: key and value, by key."""
    query = select(workspace_facts).where(workspace_facts.c.key.startswith(prefix, autoescape=True))
    return tuple((row.key, row.value) for row in tx.execute(query.order_by(workspace_facts.c.key)))


def write(tx: Tx, key: str, value: str) -> None:
    upsert(tx, workspace_facts, {"key": key, "value": value}, ["key"])


def forget(tx: Tx, key: str) -> None:
    tx.execute(delete(workspace_facts).where(workspace_facts.c.key == key))


def record_act(tx: Tx, actor: str, act: str, target: str, now: datetime, **details: Any) -> None:
    """Append to the audit: who did what to what. Details carry ids and words of ours, never personal data."""
    tx.execute(acts.insert().values(actor=actor, act=act, target=target, at=now, details=details))
