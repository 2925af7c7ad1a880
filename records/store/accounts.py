"""People of the console: accounts, their logins (kept as hashes only) and what they did.

Passwords are verified in `console.access`; this file only keeps the hash it is given.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, select, update

from records.database import Tx, insert_new
from records.tables import accounts, logins
from records.types import Role

LoginKind = Literal["web", "command"]


@dataclass(frozen=True)
class Account:
    """One person of the console. `failures` counts wrong passwords since the last right one."""

    email: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    failures: int
    locked_until: datetime | None


def _account(row: Row[Any]) -> Account:
    values = {name: row._mapping[name] for name in Account.__dataclass_fields__}
    return Account(**values | {"role": Role(row.role)})


def add(tx: Tx, email: str, name: str, role: Role, password_hash: str, now: datetime) -> bool:
    """A new account; False if that e-mail already has one."""
    row = {
        "email": email.lower(),
        "name": name,
        "role": str(role),
        "password_hash": password_hash,
        "created_at": now,
        "failures": 0,
        "locked_until": None,
    }
    return insert_new(tx, accounts, row) == 1


def get(tx: Tx, email: str) -> Account | None:
    row = tx.execute(select(accounts).where(accounts.c.email == email.lower())).one_or_none()
    return None if row is None else _account(row)


def listed(tx: Tx) -> tuple[Account, ...]:
    """Every account, by e-mail."""
    return tuple(_account(row) for row in tx.execute(select(accounts).order_by(accounts.c.email)))


def record_failure(tx: Tx, email: str, failures: int, locked_until: datetime | None) -> None:
    """A wrong password: the new count, and until when the account is locked (None: it is not)."""
    tx.execute(
        update(accounts).where(accounts.c.email == email.lower()).values(failures=failures, locked_until=locked_until)
    )


def open_login(tx: Tx, token_hash: str, email: str, kind: LoginKind, expires_at: datetime) -> None:
    """A login of that account; also forgets its failures."""
    tx.execute(logins.insert().values(token_hash=token_hash, email=email.lower(), kind=kind, expires_at=expires_at))
    record_failure(tx, email, 0, None)


def login_of(tx: Tx, token_hash: str, kind: LoginKind, now: datetime) -> Account | None:
    """Whose login this is, if it is known and has not expired."""
    row = tx.execute(
        select(accounts)
        .join(logins, logins.c.email == accounts.c.email)
        .where(logins.c.token_hash == token_hash, logins.c.kind == kind, logins.c.expires_at > now)
    ).one_or_none()
    return None if row is None else _account(row)


def close_login(tx: Tx, token_hash: str) -> bool:
    """Ends one login; False if there was none."""
    return tx.execute(delete(logins).where(logins.c.token_hash == token_hash)).rowcount == 1


def close_expired(tx: Tx, now: datetime) -> int:
    """Forgets logins whose time is over; how many."""
    return tx.execute(delete(logins).where(logins.c.expires_at <= now)).rowcount
