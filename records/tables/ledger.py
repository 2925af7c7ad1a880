"""One way in, one way out: what came, what leaves, what came of it, how fast and for how much."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from records.database import Utc
from records.tables.base import metadata

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),  # the order of arrival
    Column("channel", String(20), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("state", String(10), nullable=False),  # new, working, done, failed
    Column("attempts", Integer, nullable=False),
    Column("not_before", Utc),
    Column("holder", String(80)),
    Column("error", Text),
    UniqueConstraint("channel", "external_id"),
    Index("ix_inbox_open", "state", "id"),
)

messages = Table(  # outbox and ledger in one
    "messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(10), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("address", Text, nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("subscriber_id", String(80)),
    Column("conversation_id", String(40)),
    Column("case_id", String(40)),
    Column("campaign_id", String(40)),
    Column("stage", String(80)),
    Column("batch_id", String(40)),
    Column("revision", Integer, nullable=False, server_default=text("0")),  # of the campaign: what it was written from
    Column("message_class", String(20)),
    Column("conditions", JSON, nullable=False),
    Column("content_kind", String(8), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text),
    Column("token", String(40)),
    Column("holder", String(80)),
    Column("attempts", Integer, nullable=False),
    Column("planned_at", Utc, nullable=False),
    Column("not_before", Utc, nullable=False),
    Column("expires_at", Utc),
    Column("sending_at", Utc),
    Column("settled_at", Utc),
    Column("provider_id", String(200)),
    Column("delivery", String(12), nullable=False),
    Column("cost", BigInteger),  # reserved for it, in thousandths of a minor unit
    Column("reserved_on", Date),
    Column(
        "pots", JSON(none_as_null=True)
    ),  # what each pot was reserved for it, so that exactly this can be given back
    UniqueConstraint("campaign_id", "stage", "subscriber_id", "channel"),
    # Only rows that still wait are in this index, so it stays small in a ledger of millions.
    Index(
        "ix_messages_due",
        "kind",
        "not_before",
        sqlite_where=text("state = 'planned'"),
        postgresql_where=text("state = 'planned'"),
    ),
    Index(
        "ix_messages_held",
        "holder",
        sqlite_where=text("state IN ('claimed', 'sending')"),
        postgresql_where=text("state IN ('claimed', 'sending')"),
    ),
    Index(
        "ix_messages_batch", "batch_id", "state", "delivery"
    ),  # the next rows of a batch, and every count of a campaign
    Index(  # what the gates look at between two groups of messages: only what went wrong is in it
        "ix_messages_bad",
        "campaign_id",
        sqlite_where=text("state = 'failed' OR delivery IN ('failed', 'complained')"),
        postgresql_where=text("state = 'failed' OR delivery IN ('failed', 'complained')"),
    ),
    Index(  # what has money to give back: nearly nothing, for it is given back within a second
        "ix_messages_owed",
        "id",
        sqlite_where=text("pots IS NOT NULL AND state IN ('failed', 'suppressed', 'expired')"),
        postgresql_where=text("pots IS NOT NULL AND state IN ('failed', 'suppressed', 'expired')"),
    ),
    Index(
        "ix_messages_provider",
        "channel",
        "provider_id",
        sqlite_where=text("provider_id IS NOT NULL"),
        postgresql_where=text("provider_id IS NOT NULL"),
    ),
    Index(
        "ix_messages_conversation",
        "conversation_id",
        sqlite_where=text("conversation_id IS NOT NULL"),
        postgresql_where=text("conversation_id IS NOT NULL"),
    ),
    Index("ix_messages_subscriber", "subscriber_id"),
    Index(
        "ix_messages_case",
        "case_id",
        sqlite_where=text("case_id IS NOT NULL"),
        postgresql_where=text("case_id IS NOT NULL"),
    ),
)

forms = Table(  # what messages of a stage share; append-only, the id is a hash of the body
    "forms",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("body", Text, nullable=False),
)

receipts = Table(  # append-only
    "receipts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(20), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("provider_id", String(200), nullable=False),
    Column("delivery", String(12), nullable=False),
    Column("raw", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("reason", String(20)),  # why it failed, in a neutral word, until that was acted on
    UniqueConstraint("channel", "external_id"),
    Index("ix_receipts_provider", "channel", "provider_id"),
    Index(
        "ix_receipts_reason",
        "reason",
        sqlite_where=text("reason IS NOT NULL"),
        postgresql_where=text("reason IS NOT NULL"),
    ),
)

sandbox_messages = Table(  # what the sandbox channels accepted: the outbox a person can read
    "sandbox_messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(20), nullable=False),
    Column("address", Text, nullable=False),
    Column("key", String(200), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

money = Table(  # what campaigns have reserved or spent of each pot that has a ceiling, in thousandths of a minor unit
    "money",
    metadata,
    Column("scope", String(120), primary_key=True),
    Column("reserved", BigInteger, nullable=False),
    Column("told_cap", BigInteger),
)

pace_keys = (
    Table(  # pacers that survive a restart, shared by all workers; a person's address stands in a key as a hash only
        "pace_keys",
        metadata,
        Column("key", String(200), primary_key=True),
        Column("free_at", Utc, nullable=False),
        Column("units", BigInteger, nullable=False),
        Column("first_day", Date),
        Column("day", Date),
        Column("day_units", Integer, nullable=False),
        Column("window_at", Utc, nullable=False),
        Column("window_units", Integer, nullable=False),
        Column("rate", Float, nullable=False),
        Column("held_until", Utc),
        Column("held_for", Text, nullable=False),
        Column("holds", Integer, nullable=False),
        Column("refusals", Integer, nullable=False),
    )
)

unknown_words = Table(  # what a vendor said that no table of ours explains, as it was said
    "unknown_words",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("word", String(80), primary_key=True),
    Column("raw", Text, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
)

soft_bounces = Table(  # what may pass, by address and moment; too much of it shuts the address
    "soft_bounces",
    metadata,
    Column("channel", String(20), primary_key=True),
    Column("address_hash", String(64), primary_key=True),
    Column("at", Utc, primary_key=True),
    Column("word", String(80), nullable=False),
)
