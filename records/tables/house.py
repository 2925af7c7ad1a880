"""The workspace itself: its facts, its accounts, what people did, who works."""

from sqlalchemy import JSON, BigInteger, Column, Date, ForeignKey, Integer, String, Table, Text

from records.database import Utc
from records.tables.base import metadata

workspace_facts = Table(
    "workspace_facts",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)

model_days = Table(  # what the language model cost, in thousandths of a minor unit
    "model_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("spent", BigInteger, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("capped_at", Utc),
)

accounts = Table(
    "accounts",
    metadata,
    Column("email", String(254), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("role", String(12), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Utc),
)

logins = Table(  # sessions of the console and of the command line; the token is kept as a hash
    "logins",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("email", ForeignKey("accounts.email", ondelete="CASCADE"), nullable=False),
    Column("kind", String(10), nullable=False),  # web, command
    Column("expires_at", Utc, nullable=False),
)

acts = Table(  # append-only audit of what people did
    "acts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("actor", String(120), nullable=False),
    Column("act", String(60), nullable=False),
    Column("target", String(200), nullable=False),
    Column("at", Utc, nullable=False),
    Column("details", JSON, nullable=False),
)

workers = Table(  # who works: one row for each slot
    "workers",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("life", String(40), nullable=False),  # the process in the slot; empty once it was taken for dead
    Column("beats", BigInteger, nullable=False),
)
