"""The register: subscribers, where they are reached, what they agreed to, what became of them."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from records.database import Utc
from records.tables.base import metadata

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("country", String(2), nullable=False),
    Column("locale", String(20), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("plan", String(80), nullable=False),
    Column("price_minor", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("renewal_date", Date),
    Column("next_charge_date", Date),
    Column("payment_method", String(40), nullable=False),
    Column("contract", String(120), nullable=False),
    Column("cutover_date", Date),
    Column("moved_at", Utc),
    Column("updated_at", Utc, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("term_end_date", Date),
    Column("deadline_date", Date),
)

contacts = Table(
    "contacts",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("address", Text, nullable=False),
    Index("ix_contacts_channel_address", "channel", "address"),
    sqlite_with_rowid=False,
)

consents = Table(
    "consents",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("purpose", String(20), primary_key=True),
    Column("granted", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    Column("origin", String(40), nullable=False),
    sqlite_with_rowid=False,
)

consent_log = Table(  # append-only: who said what, when, where
    "consent_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("subscriber_id", String(80), nullable=False, index=True),
    Column("channel", String(20), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    Column("origin", String(40), nullable=False),
)

outcomes = Table(  # append-only: what became of people, as the company's own systems tell it
    "outcomes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("subscriber_id", String(80), nullable=False),
    Column("kind", String(24), nullable=False),  # moved, first_charge_fine, first_charge_failed, cancelled
    Column("day", Date, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    UniqueConstraint("subscriber_id", "kind", "day"),
)

suppressions = Table(  # addresses we never write campaigns to; kept as a hash, outlives an erasure
    "suppressions",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("address_hash", String(64), primary_key=True),
    Column("reason", String(40), nullable=False),
    Column("at", Utc, nullable=False),
)

used_links = Table(
    "used_links",
    metadata,
    Column("token_id", String(64), primary_key=True),
    Column("at", Utc, nullable=False),
)
