"""Who has which place in a campaign: frozen wave by wave, with the reason for whoever is left out. People come in bulk."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, select, text

from records.database import Tx
from records.prepared import new_rows
from records.store.campaigns import waves_of
from records.tables import audience, cases, messages, outcomes, stage_members, subscribers, waves
from records.types import HOLDING_KINDS, CaseState, MessageState

_HELD = [state.value for state in (CaseState.OPEN, CaseState.CLAIMED)]


class Pending(NamedTuple):
    """Someone who has not entered a stage yet; `day` is their date for it, None where the stage asks for none."""

    subscriber_id: str
    wave: int
    time_zone: str
    country: str
    day: date | None


def held_by_case(tx: Tx) -> frozenset[str]:
    """Everyone with an open case that holds their non-mandatory messages."""
    query = select(cases.c.subscriber_id).where(
        cases.c.state.in_(_HELD), cases.c.kind.in_([kind.value for kind in HOLDING_KINDS])
    )
    return frozenset(found for found in tx.execute(query).scalars() if found)


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
