"""Every table. SQLAlchemy Core: rows become the frozen nouns of `records.types` in `records.store`.

Times are `Utc`; money is in minor units; JSON columns hold only what no query needs.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from records.database import Utc

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

workspace_facts = Table(
    "workspace_facts",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)

# ---------------------------------------------------------------- subscribers

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

# ---------------------------------------------------------------- one way in, one way out

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

# ---------------------------------------------------------------- conversations and cases

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

# ---------------------------------------------------------------- knowledge

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

money = Table(  # what campaigns have reserved from each pot that has a ceiling, in thousandths of a minor unit
    "money",
    metadata,
    Column("scope", String(120), primary_key=True),
    Column("reserved", BigInteger, nullable=False),
    Column("told_cap", BigInteger),
)
model_days = Table(  # what the language model cost, in thousandths of a minor unit
    "model_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("spent", BigInteger, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("capped_at", Utc),
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

# ---------------------------------------------------------------- contracts

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

# ---------------------------------------------------------------- campaigns

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("rehearsal", Boolean, nullable=False),
    Column("plan", Text, nullable=False),  # the plan and its templates, as JSON, as they were submitted
    Column("content_hash", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("author", String(120), nullable=False),
    Column("approver", String(120), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),  # the approved one; 0 before the first
    UniqueConstraint("name", "rehearsal"),
)

campaign_revisions = Table(  # each content that was approved; a correction names the revisions it puts right
    "campaign_revisions",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("effective_date", Date, nullable=False),
    Column("author", String(120), nullable=False),
    Column("approver", String(120), nullable=False),
    Column("approved_at", Utc, nullable=False),
    Column("why", Text, nullable=False),
    Column("correction", JSON(none_as_null=True)),
    Column("withdraws", JSON, nullable=False),
    Column("out_at", Utc),  # when everyone had heard the correction
)

campaign_events = Table(  # append-only: who did what to it, and why
    "campaign_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("what", String(20), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

waves = Table(
    "waves",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("wave", Integer, primary_key=True),
    Column("opened_at", Utc, nullable=False),
    Column("size", Integer, nullable=False),
    Column("excluded", Integer, nullable=False),
)

audience = Table(  # frozen when the wave opens
    "audience",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("subscriber_id", String(80), primary_key=True),
    Column("wave", Integer, nullable=False),
    Column("excluded_for", String(60), nullable=False),  # empty: included
    Index(  # only who was left out: counted on every look at a campaign
        "ix_audience_left_out",
        "campaign_id",
        "excluded_for",
        sqlite_where=text("excluded_for != ''"),
        postgresql_where=text("excluded_for != ''"),
    ),
    sqlite_with_rowid=False,
)

batches = Table(
    "batches",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("stage", String(80), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("due_on", Date),  # stages hung on a date of the person: one batch per local day
    Column("seq", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # planned, filled, done
    Column("runs", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # people in it, for ever the same
    Column(
        "tried", Integer, nullable=False
    ),  # once done: rows that were tried; no other changes until it is opened again
    Column("made_at", Utc, nullable=False),
    Column("done_at", Utc),
)

batch_members = Table(
    "batch_members",
    metadata,
    Column("batch_id", ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True),
    Column("subscriber_id", String(80), primary_key=True),
    sqlite_with_rowid=False,
)

stage_members = Table(  # a person enters a stage once; `outcome` is empty or why they got nothing
    "stage_members",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("stage", String(80), primary_key=True),
    Column("subscriber_id", String(80), primary_key=True),
    Column("outcome", String(60), nullable=False),
    sqlite_with_rowid=False,
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("campaign_id", ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("wave", Integer, nullable=False),
    Column("verdict", String(12), nullable=False),  # continue, wait, hold
    Column("why", Text, nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("at", Utc, nullable=False),
)

# ---------------------------------------------------------------- people of the console, workers

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

workers = Table(  # who works: one row for each slot
    "workers",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("life", String(40), nullable=False),  # the process in the slot; empty once it was taken for dead
    Column("beats", BigInteger, nullable=False),
)
