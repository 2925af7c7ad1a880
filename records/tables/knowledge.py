"""What answers come from: documents, their index, other ways to ask, contracts."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from records.database import Utc
from records.tables.base import metadata

generations = Table(
    "generations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("folder", String(200), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("chunk_count", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # building, ready, held, failed
    Column("forced_by", String(120), nullable=False),  # who let it answer although golden questions got worse
)

sources = Table(
    "sources",
    metadata,
    Column("id", String(200), primary_key=True),  # path inside content/
    Column("kind", String(12), nullable=False),  # faq, tutorial, contract
    Column("language", String(2), nullable=False),
    Column("title", Text, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("read_at", Utc, nullable=False),
    Column("problem", Text, nullable=False),  # empty, or why (part of) it is not in the index
)

chunks = Table(  # immutable: the id is a hash of source, path and text
    "chunks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source_id", String(200), nullable=False, index=True),
    Column("path", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("phrasings", JSON, nullable=False),
    Column("meta", JSON, nullable=False),
)

flags = Table(  # sections held back until a person has read them; the id is a hash of every word
    "flags",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("source_id", String(200), nullable=False, index=True),
    Column("path", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("flagged_at", Utc, nullable=False),
    Column("cleared_by", String(120), nullable=False),  # empty while nobody has
    Column("cleared_at", Utc),
)

generation_chunks = Table(
    "generation_chunks",
    metadata,
    Column("generation_id", ForeignKey("generations.id", ondelete="CASCADE"), primary_key=True),
    Column("chunk_id", ForeignKey("chunks.id"), primary_key=True),
    Column("position", Integer, nullable=False),
)

candidates = Table(  # other ways to ask for an entry, as people said them; a decision cuts the ties and joins the rows
    "candidates",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("candidate", String(40), nullable=False),  # one for the same words about the same entry
    Column("source_id", String(200), nullable=False),
    Column("path", String(200), nullable=False),
    Column("language", String(2), nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", String(10), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("subscriber_id", String(80), index=True),
    Column("people", Integer, nullable=False, default=1),
    Column("state", String(10), nullable=False, index=True),  # proposed, approved, rejected
    Column("decided_by", String(120), nullable=False),
    Column("made_at", Utc, nullable=False),
    UniqueConstraint("candidate", "conversation_id"),
)

contract_texts = Table(  # each contract as it reads; every clause and every quote is a slice of it
    "contract_texts",
    metadata,
    Column("source_id", String(200), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("locale", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("read_at", Utc, nullable=False),
)

contract_clauses = Table(
    "contract_clauses",
    metadata,
    Column("source_id", ForeignKey("contract_texts.source_id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("path", String(200), nullable=False),
    Column("whole", String(200), nullable=False),  # the clause an item belongs to, else its own path
    Column("heading", Text, nullable=False),
    Column("keys", JSON, nullable=False),
    Column("starts", Integer, nullable=False),  # with its heading
    Column("body", Integer, nullable=False),  # without
    Column("ends", Integer, nullable=False),
    Column("page", Integer, nullable=False),  # 0: the file has no pages
)

contract_terms = Table(
    "contract_terms",
    metadata,
    Column("source_id", ForeignKey("contract_texts.source_id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("term", JSON, nullable=False),
    Column("status", String(10), nullable=False),  # proposed, confirmed, rejected
    Column("reviewed_by", String(254), nullable=False),
    Column("reviewed_at", Utc),
)

contract_diffs = Table(  # only what a person confirmed, and only for exactly these two texts
    "contract_diffs",
    metadata,
    Column("old_source", String(200), primary_key=True),
    Column("new_source", String(200), primary_key=True),
    Column("old_hash", String(64), nullable=False),
    Column("new_hash", String(64), nullable=False),
    Column("entries", JSON, nullable=False),
    Column("confirmed_by", String(254), nullable=False),
    Column("confirmed_at", Utc, nullable=False),
)
