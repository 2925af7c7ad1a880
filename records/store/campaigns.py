"""Campaigns: what was submitted, who is in it, which batches it fell into, and how its waves do. People come in bulk."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, select, text, update

from records.database import Tx, insert_new
from records.prepared import new_rows
from records.tables import (
    audience,
    batch_members,
    batches,
    campaign_events,
    campaigns,
    cases,
    messages,
    outcomes,
    stage_members,
    subscribers,
    verdicts,
    waves,
)
from records.types import (
    HOLDING_KINDS,
    CampaignState,
    CaseState,
    MessageState,
)

_IDS = 5_000
_OPEN = [state.value for state in (MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING)]
_TRIED = [state.value for state in (MessageState.SENT, MessageState.FAILED, MessageState.UNCERTAIN)]
_HELD = [state.value for state in (CaseState.OPEN, CaseState.CLAIMED)]


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


class Pending(NamedTuple):
    """Someone who has not entered a stage yet; `day` is their date for it, None where the stage asks for none."""

    subscriber_id: str
    wave: int
    time_zone: str
    country: str
    day: date | None


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


# ---------------------------------------------------------------- people


def held_by_case(tx: Tx) -> frozenset[str]:
    """Everyone with an open case that holds their non-mandatory messages."""
    query = select(cases.c.subscriber_id).where(
        cases.c.state.in_(_HELD), cases.c.kind.in_([kind.value for kind in HOLDING_KINDS])
    )
    return frozenset(found for found in tx.execute(query).scalars() if found)


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


def frozen_ids(tx: Tx, campaign_id: str) -> frozenset[str]:
    """Everyone whose place in the campaign is settled."""
    query = select(audience.c.subscriber_id).where(audience.c.campaign_id == campaign_id)
    return frozenset(tx.execute(query).scalars())


def unsettled(tx: Tx, campaign_id: str, after: str, limit: int) -> tuple[str, ...]:
    """The next people of the register, by id and behind `after`, who have no place in the campaign yet."""
    settled = exists().where(audience.c.campaign_id == campaign_id, audience.c.subscriber_id == subscribers.c.id)
    query = select(subscribers.c.id).where(subscribers.c.id > after, ~settled).order_by(subscribers.c.id).limit(limit)
    return tuple(row[0] for row in tx.execute(query).all())


def newly_settled(tx: Tx, campaign_id: str) -> tuple[int, int]:
    """How many have been settled since the last wave opened: (included, left out)."""
    everybody = int(tx.execute(select(func.count()).where(audience.c.campaign_id == campaign_id)).scalar_one())
    left_out = sum(excluded_counts(tx, campaign_id).values())
    opened = waves_of(tx, campaign_id)
    size, out = sum(wave.size for wave in opened), sum(wave.excluded for wave in opened)
    return everybody - left_out - size, left_out - out


def freeze(tx: Tx, campaign_id: str, people: Iterable[tuple[str, int, str]]) -> None:
    """Settle (subscriber, wave, why excluded or empty); who has a place keeps it."""
    _FREEZE.run_same(tx, {"campaign_id": campaign_id}, ("subscriber_id", "wave", "excluded_for"), list(people))


_FREEZE = new_rows(audience)


_LEFT_OUT = text("audience.excluded_for != ''")
"""As the index of who was left out says it, to the letter: a database uses a partial index only then."""


def excluded_counts(tx: Tx, campaign_id: str) -> dict[str, int]:
    """How many people were left out, by reason."""
    query = (
        select(audience.c.excluded_for, func.count())
        .where(audience.c.campaign_id == campaign_id, _LEFT_OUT)
        .group_by(audience.c.excluded_for)
    )
    return {reason: count for reason, count in tx.execute(query)}


def excluded_people(tx: Tx, campaign_id: str) -> tuple[tuple[str, str], ...]:
    """(subscriber, reason) of everyone left out, by id."""
    query = (
        select(audience.c.subscriber_id, audience.c.excluded_for)
        .where(audience.c.campaign_id == campaign_id, _LEFT_OUT)
        .order_by(audience.c.subscriber_id)
    )
    return tuple((row.subscriber_id, row.excluded_for) for row in tx.execute(query))


def people_to_go(tx: Tx, campaign_id: str) -> int:
    """How many people in the register may still get a message of this campaign: not left out, and nothing sent to them yet."""
    # Counted from the few: the register is one number, and who is left out or was sent something is taken off it.
    registered = audience.join(subscribers, subscribers.c.id == audience.c.subscriber_id)
    left_out = select(func.count()).select_from(registered).where(audience.c.campaign_id == campaign_id, _LEFT_OUT)
    theirs = and_(audience.c.campaign_id == campaign_id, audience.c.subscriber_id == messages.c.subscriber_id)
    sent = (
        select(func.count(messages.c.subscriber_id.distinct()))
        .join(subscribers, subscribers.c.id == messages.c.subscriber_id)
        .where(messages.c.campaign_id == campaign_id, messages.c.state == MessageState.SENT.value)
        .where(~exists().where(theirs, audience.c.excluded_for != ""))
    )
    everybody = select(func.count()).select_from(subscribers)
    query = select(everybody.scalar_subquery() - left_out.scalar_subquery() - sent.scalar_subquery())
    return int(tx.execute(query).scalar_one())


def _first_day(kind: str) -> ColumnElement[Any]:
    """The first day on which this happened to a person, as the company's own systems tell it."""
    return (
        select(func.min(outcomes.c.day))
        .where(outcomes.c.subscriber_id == subscribers.c.id, outcomes.c.kind == kind)
        .correlate(subscribers)
        .scalar_subquery()
    )


_DATES: Mapping[str, ColumnElement[Any]] = {
    "cutover": subscribers.c.cutover_date,
    "renewal": subscribers.c.renewal_date,
    "next_charge": subscribers.c.next_charge_date,
    "term_end": subscribers.c.term_end_date,
    "deadline": subscribers.c.deadline_date,
    "moved": _first_day("moved"),
    "first_charge_fine": _first_day("first_charge_fine"),
    "first_charge_failed": _first_day("first_charge_failed"),
}


def pending(
    tx: Tx, campaign_id: str, stage: str, anchor: str, upto: date | None, after: str, limit: int
) -> tuple[Pending, ...]:
    """Included people of open waves who have not entered the stage, by id and behind `after`, at most `limit`. For anchors
    that are a date of the person: those who have one not later than `upto`, or with `upto` None those who have none. People
    erased meanwhile are not pending."""
    day = _DATES.get(anchor)
    query = _pending(campaign_id, stage, day)
    if day is not None:
        query = query.where(day.is_(None) if upto is None else day <= upto)
    query = query.where(audience.c.subscriber_id > after).order_by(audience.c.subscriber_id).limit(limit)
    return tuple(map(Pending._make, tx.execute(query).all()))  # one by one, each row took as long as finding it


def next_pending_day(tx: Tx, campaign_id: str, stage: str, anchor: str) -> date | None:
    """The earliest date of anyone who has not entered a stage that hangs on a date of the person."""
    inner = _pending(campaign_id, stage, _DATES[anchor]).subquery()
    found: date | None = tx.execute(select(func.min(inner.c.day))).scalar()
    return found


def pending_zones(tx: Tx, campaign_id: str, stage: str, anchor: str, day: date | None) -> tuple[tuple[str, str], ...]:
    """(time zone, country) of those who have not entered the stage; with `day` only those whose own date it is."""
    inner = _pending(campaign_id, stage, _DATES.get(anchor)).subquery()
    query = select(inner.c.time_zone, inner.c.country).distinct()
    if day is not None:
        query = query.where(inner.c.day == day)
    return tuple((row.time_zone, row.country) for row in tx.execute(query))


def any_pending(tx: Tx, campaign_id: str, stage: str) -> bool:
    return tx.execute(_pending(campaign_id, stage, None).limit(1)).first() is not None


def _pending(campaign_id: str, stage: str, day: ColumnElement[Any] | None) -> Any:
    entered = exists().where(
        stage_members.c.campaign_id == campaign_id,
        stage_members.c.stage == stage,
        stage_members.c.subscriber_id == audience.c.subscriber_id,
    )
    return (
        select(
            audience.c.subscriber_id,
            audience.c.wave,
            subscribers.c.time_zone,
            subscribers.c.country,
            (subscribers.c.cutover_date if day is None else day).label("day"),
        )
        .join(subscribers, subscribers.c.id == audience.c.subscriber_id)
        .where(audience.c.campaign_id == campaign_id, audience.c.excluded_for == "", ~entered)
        # Who is settled for a wave that has not opened yet is not asked for.
        .where(
            audience.c.wave
            <= select(func.max(waves.c.wave)).where(waves.c.campaign_id == campaign_id).scalar_subquery()
        )
    )


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
