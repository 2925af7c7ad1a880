"""Conversations and cases."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from records.database import Utc
from records.tables.base import metadata

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("address", Text, nullable=False),
    Column("subscriber_id", String(80)),
    Column("language", String(2)),
    Column("proof", String(12), nullable=False),
    Column("proof_until", Utc),
    Column("memory", JSON, nullable=False),
    Column("opened_at", Utc, nullable=False),
    UniqueConstraint("channel", "address"),
    Index("ix_conversations_subscriber", "subscriber_id"),
)

turns = Table(
    "turns",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("author", String(12), nullable=False),
    Column("staff", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("citations", JSON, nullable=False),
    Column("choices", JSON, nullable=False),
    Column("answer_id", String(40), nullable=False, index=True),
    Column("reason", String(24), nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("conversation_id", "seq"),
)

cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("code", String(20), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("subscriber_id", String(80), index=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("summary", Text, nullable=False),
    Column("opened_at", Utc, nullable=False, index=True),
    Column("promised_at", Utc),
    Column("claimed_by", String(120), nullable=False),
    Column("claimed_at", Utc),
    Column("last_staff_at", Utc),
    Column("resolved_at", Utc),
    Column("thread", String(120), nullable=False, index=True),
)

case_events = Table(  # append-only: opened, claimed, note, reply, released, resolved, reopened
    "case_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("case_id", ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("what", String(20), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("at", Utc, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("about", String(10), nullable=False),  # answer, case
    Column("about_id", String(40), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("value", Integer, nullable=False),  # answer: -1, 1; case: 1..5
    Column("comment", Text, nullable=False),
    Column("at", Utc, nullable=False, index=True),
    UniqueConstraint("about", "about_id"),
)

codes = Table(  # one-time codes for proving who one is
    "codes",
    metadata,
    Column("conversation_id", String(40), primary_key=True),
    Column("subscriber_id", String(80), nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("tries", Integer, nullable=False),
)

chat_sessions = Table(  # web chat: one browser, one conversation; the token is kept as a hash
    "chat_sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("opened_at", Utc, nullable=False),
)

chat_events = Table(  # what a web chat has been sent, in order; `id` is the Last-Event-ID
    "chat_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String(40), nullable=False),
    Column("key", String(200), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index("ix_chat_events_session_id_id", "session_id", "id"),
)
