"""Campaigns: what was submitted, what was done to it, which waves have opened and how they do."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, select, update

from records.database import Tx, insert_new
from records.tables import (
    audience,
    batch_members,
    batches,
    campaign_events,
    campaigns,
    messages,
    stage_members,
    verdicts,
    waves,
)
from records.types import (
    CampaignState,
    MessageState,
)


@dataclass(frozen=True)
class Campaign:
    """One campaign. `plan` is its whole content as text; `approved_hash` is the content its latest approval was given for,
    `revision` its number: only what was written from that may leave."""

    id: str
    name: str
    rehearsal: bool
    plan: str
    content_hash: str
    state: CampaignState
    author: str
    approver: str
    created_at: datetime
    changed_at: datetime
    approved_hash: str = ""
    revision: int = 0


@dataclass(frozen=True)
class Event:
    """Something that was done to a campaign."""

    what: str
    actor: str
    note: str
    at: datetime


@dataclass(frozen=True)
class OpenWave:
    """A wave that has opened; `size` people are in it, `excluded` were left out."""

    wave: int
    opened_at: datetime
    size: int
    excluded: int


@dataclass(frozen=True)
class StoredVerdict:
    wave: int
    verdict: str
    why: str
    numbers: Mapping[str, float]
    at: datetime


# ---------------------------------------------------------------- the campaign itself


def find(tx: Tx, name: str, *, rehearsal: bool = False) -> Campaign | None:
    """The campaign of this name, or None."""
    return _one(tx, and_(campaigns.c.name == name, campaigns.c.rehearsal.is_(rehearsal)))


def get(tx: Tx, campaign_id: str) -> Campaign | None:
    return _one(tx, campaigns.c.id == campaign_id)


def locked(tx: Tx, campaign_id: str) -> Campaign | None:
    """The campaign, with its row held until the end of the transaction: two ticks take turns."""
    tx.execute(select(campaigns.c.id).where(campaigns.c.id == campaign_id).with_for_update())
    return get(tx, campaign_id)


def listed(tx: Tx, *, rehearsal: bool = False, states: Sequence[CampaignState] = ()) -> tuple[Campaign, ...]:
    """Campaigns, newest first; all states if none is named."""
    query = _campaigns().where(campaigns.c.rehearsal.is_(rehearsal)).order_by(campaigns.c.created_at.desc())
    if states:
        query = query.where(campaigns.c.state.in_([state.value for state in states]))
    return tuple(_campaign(row) for row in tx.execute(query))


def submit(tx: Tx, campaign: Campaign) -> None:
    """Store a new campaign, or new content of a known one (same id): its approver is cleared either way."""
    row = {
        "id": campaign.id,
        "name": campaign.name,
        "rehearsal": campaign.rehearsal,
        "plan": campaign.plan,
        "content_hash": campaign.content_hash,
        "state": campaign.state.value,
        "author": campaign.author,
        "approver": "",
        "created_at": campaign.created_at,
        "changed_at": campaign.changed_at,
    }
    if not insert_new(tx, campaigns, row):
        changed = {key: row[key] for key in ("plan", "content_hash", "state", "author", "approver", "changed_at")}
        tx.execute(update(campaigns).where(campaigns.c.id == campaign.id).values(**changed))


def set_state(tx: Tx, campaign: Campaign, state: CampaignState, now: datetime, *, approver: str = "") -> bool:
    """Move from the state and content that were looked at; False if someone else was faster."""
    values: dict[str, Any] = {"state": state.value, "changed_at": now}
    if approver:
        values["approver"] = approver
    same = and_(
        campaigns.c.id == campaign.id,
        campaigns.c.state == campaign.state.value,
        campaigns.c.content_hash == campaign.content_hash,
    )
    return tx.execute(update(campaigns).where(same).values(**values)).rowcount == 1


def add_event(tx: Tx, campaign_id: str, what: str, actor: str, note: str, now: datetime) -> None:
    tx.execute(campaign_events.insert().values(campaign_id=campaign_id, what=what, actor=actor, note=note, at=now))


def events_of(tx: Tx, campaign_id: str) -> tuple[Event, ...]:
    """Everything done to it, oldest first."""
    query = select(campaign_events).where(campaign_events.c.campaign_id == campaign_id).order_by(campaign_events.c.id)
    return tuple(Event(row.what, row.actor, row.note, row.at) for row in tx.execute(query))


def make_due(tx: Tx, campaign_id: str, now: datetime) -> None:
    """After a resume: rows that were looked at during the pause are looked at again at once."""
    tx.execute(
        update(messages)
        .where(
            messages.c.campaign_id == campaign_id,
            messages.c.state == MessageState.PLANNED.value,
            messages.c.reason == "paused",
        )
        .values(not_before=now, reason=None)
    )


def end_open_rows(tx: Tx, campaign_id: str, now: datetime) -> int:
    """A cancelled campaign: what still waits will never leave."""
    return tx.execute(
        update(messages)
        .where(messages.c.campaign_id == campaign_id, messages.c.state == MessageState.PLANNED.value)
        .values(state=MessageState.SUPPRESSED.value, reason="cancelled", settled_at=now)
    ).rowcount


def drop_rehearsal(tx: Tx, name: str) -> None:
    """Forget an earlier rehearsal of this name, with its rows in the ledger."""
    ids = select(campaigns.c.id).where(campaigns.c.name == name, campaigns.c.rehearsal.is_(True)).scalar_subquery()
    tx.execute(delete(messages).where(messages.c.campaign_id.in_(ids)))
    tx.execute(delete(campaigns).where(campaigns.c.name == name, campaigns.c.rehearsal.is_(True)))


# ---------------------------------------------------------------- waves


def waves_of(tx: Tx, campaign_id: str) -> tuple[OpenWave, ...]:
    """The waves that have opened, in order."""
    query = select(waves).where(waves.c.campaign_id == campaign_id).order_by(waves.c.wave)
    return tuple(OpenWave(row.wave, row.opened_at, row.size, row.excluded) for row in tx.execute(query))


def open_wave(tx: Tx, campaign_id: str, wave: OpenWave) -> bool:
    """Record that a wave opened; False if it already had."""
    row = {
        "campaign_id": campaign_id,
        "wave": wave.wave,
        "opened_at": wave.opened_at,
        "size": wave.size,
        "excluded": wave.excluded,
    }
    return insert_new(tx, waves, row) == 1


# ---------------------------------------------------------------- counts and verdicts


def row_counts(tx: Tx, campaign_id: str) -> dict[tuple[int, str, str], int]:
    """How many rows by (wave, stage, state)."""
    query = (
        select(batches.c.wave, batches.c.stage, messages.c.state, func.count())
        .join(batches, batches.c.id == messages.c.batch_id)
        .where(batches.c.campaign_id == campaign_id)
        .group_by(batches.c.id, messages.c.state)
    )
    found: defaultdict[tuple[int, str, str], int] = defaultdict(int)
    for wave, stage, state, count in tx.execute(query):
        found[wave, stage, state] += count
    return dict(found)


def add_verdict(tx: Tx, campaign_id: str, verdict: StoredVerdict) -> None:
    tx.execute(
        verdicts.insert().values(
            campaign_id=campaign_id,
            wave=verdict.wave,
            verdict=verdict.verdict,
            why=verdict.why,
            numbers=dict(verdict.numbers),
            at=verdict.at,
        )
    )


def verdicts_of(tx: Tx, campaign_id: str) -> tuple[StoredVerdict, ...]:
    """Every verdict, oldest first."""
    query = select(verdicts).where(verdicts.c.campaign_id == campaign_id).order_by(verdicts.c.id)
    return tuple(StoredVerdict(row.wave, row.verdict, row.why, row.numbers, row.at) for row in tx.execute(query))


# ---------------------------------------------------------------- rows into nouns


def _campaigns() -> Any:
    approved = (
        select(campaign_events.c.note)
        .where(campaign_events.c.campaign_id == campaigns.c.id, campaign_events.c.what == "approved")
        .order_by(campaign_events.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(campaigns, approved.label("approved_hash"))


def _one(tx: Tx, condition: ColumnElement[bool]) -> Campaign | None:
    row = tx.execute(_campaigns().where(condition)).one_or_none()
    return None if row is None else _campaign(row)


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        row.id,
        row.name,
        row.rehearsal,
        row.plan,
        row.content_hash,
        CampaignState(row.state),
        row.author,
        row.approver,
        row.created_at,
        row.changed_at,
        row.approved_hash or "",
        row.revision,
    )


def people_counts(tx: Tx, campaign_id: str) -> dict[tuple[int, str, str], int]:
    """How many people by (wave, stage, outcome): an empty outcome has a message, any other is why there is none."""
    written = select(batches.c.wave, batches.c.stage, func.sum(_rows_of(batches))).where(
        batches.c.campaign_id == campaign_id, ~_goes_on()
    )
    found = {
        (wave, stage, ""): int(count)
        for wave, stage, count in tx.execute(written.group_by(batches.c.wave, batches.c.stage))
        if count
    }
    entered = stage_members.c
    has_message = exists().where(
        messages.c.campaign_id == entered.campaign_id,
        messages.c.stage == entered.stage,
        messages.c.subscriber_id == entered.subscriber_id,
    )
    told = (
        select(audience.c.wave, entered.stage, entered.outcome, func.count())
        .select_from(stage_members)
        .join(
            audience,
            and_(audience.c.campaign_id == entered.campaign_id, audience.c.subscriber_id == entered.subscriber_id),
        )
        .where(entered.campaign_id == campaign_id, entered.outcome != "", ~has_message)
        .group_by(audience.c.wave, entered.stage, entered.outcome)
    )
    return found | {(wave, stage, outcome): count for wave, stage, outcome, count in tx.execute(told)}


def _rows_of(batch: Any) -> Any:
    return select(func.count()).where(messages.c.batch_id == batch.c.id).correlate(batch).scalar_subquery()


def _goes_on() -> ColumnElement[bool]:
    """Whether a batch writes once more, on their next channel, to people who have a message of its stage: then all of them
    have, so that one is looked at. Counting who is there twice took as long as all the rest."""
    one = select(func.min(batch_members.c.subscriber_id)).where(batch_members.c.batch_id == batches.c.id)
    earlier = batches.alias("earlier")
    return exists().where(
        messages.c.campaign_id == batches.c.campaign_id,
        messages.c.stage == batches.c.stage,
        messages.c.subscriber_id == one.correlate(batches).scalar_subquery(),
        earlier.c.id == messages.c.batch_id,
        earlier.c.seq < batches.c.seq,
    )
