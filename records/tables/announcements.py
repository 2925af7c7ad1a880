"""Announcements: what was submitted, who is in them, in which batches, how their waves do."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
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
