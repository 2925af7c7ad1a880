"""Who a campaign reached, person by person, counted from rows: every person of a frozen wave stands in exactly one way."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select

from records.database import Tx
from records.tables import audience, campaigns, messages, stage_members
from records.types import CampaignState, DeliveryState, MessageState

_WAITS = [state.value for state in (MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING)]
_AT_ONCE = 5_000


class Standing(StrEnum):
    """How a person stands to one message of a campaign; the first that is true."""

    LEFT_OUT = "left_out"  # not meant, for a reason known when the wave was frozen
    REACHED = "reached"  # a vendor took it and has not given it back
    PENDING = "pending"  # a message waits, or their day has not come
    UNCERTAIN = "uncertain"  # it may have left when a process died
    UNREACHED = "unreached"  # nothing reached them, and nothing waits


class Meant(StrEnum):
    """Whom a message of a campaign is for."""

    AUDIENCE = "audience"  # everyone whose place in the campaign is settled
    ENTERED = "entered"  # only those who entered its stage


@dataclass(frozen=True)
class Reached:
    """One person and one stage. `why` is empty for who was reached; `channel` the last one tried."""

    subscriber_id: str
    stage: str
    standing: Standing
    why: str
    channel: str


def counts(tx: Tx, campaign_id: str, stage: str, meant: Meant = Meant.AUDIENCE) -> dict[Standing, int]:
    """How many people stand how to this stage; together they are those it is meant for."""
    inner = _people(campaign_id, stage, meant).subquery()
    query = select(inner.c.standing, func.count()).group_by(inner.c.standing)
    return {Standing(standing): count for standing, count in tx.execute(query)}


def people_reached(tx: Tx, campaign_id: str) -> int:
    """How many people any message of the campaign reached: a vendor took it and has not given it back."""
    query = select(func.count(messages.c.subscriber_id.distinct())).where(
        messages.c.campaign_id == campaign_id,
        messages.c.state == MessageState.SENT.value,
        messages.c.delivery != DeliveryState.FAILED.value,
    )
    return int(tx.execute(query).scalar_one())


def reached_by_wave(tx: Tx, campaign_id: str) -> dict[int, int]:
    """The same people by the wave they are in."""
    reached = (
        select(messages.c.subscriber_id)
        .where(
            messages.c.campaign_id == campaign_id,
            messages.c.state == MessageState.SENT.value,
            messages.c.delivery != DeliveryState.FAILED.value,
        )
        .distinct()
        .subquery()
    )
    theirs = and_(audience.c.campaign_id == campaign_id, audience.c.subscriber_id == reached.c.subscriber_id)
    query = select(audience.c.wave, func.count()).join(reached, theirs).group_by(audience.c.wave)
    return {wave: count for wave, count in tx.execute(query)}


def missed(tx: Tx, campaign_id: str, stage: str, meant: Meant = Meant.AUDIENCE) -> Iterator[Reached]:
    """Everyone whom this stage has not reached, by id: left out, waiting, uncertain or in vain, each with its reason."""
    inner = _people(campaign_id, stage, meant).subquery()
    after = ""
    while True:
        query = (
            select(inner)
            .where(inner.c.standing != Standing.REACHED.value, inner.c.subscriber_id > after)
            .order_by(inner.c.subscriber_id)
            .limit(_AT_ONCE)
        )
        rows = tx.execute(query).all()
        for row in rows:
            yield Reached(row.subscriber_id, stage, Standing(row.standing), row.why or "", row.channel or "")
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].subscriber_id


def _people(campaign_id: str, stage: str, meant: Meant) -> Any:
    """One row a person: standing, why, channel."""
    tried = _tried(campaign_id, stage).subquery()
    entered = and_(
        stage_members.c.campaign_id == audience.c.campaign_id,
        stage_members.c.stage == stage,
        stage_members.c.subscriber_id == audience.c.subscriber_id,
    )
    not_entered = stage_members.c.subscriber_id.is_(None)
    state = select(campaigns.c.state).where(campaigns.c.id == campaign_id).scalar_subquery()
    never_now = and_(tried.c.person.is_(None), state == CampaignState.CANCELLED.value)
    standing = case(
        (audience.c.excluded_for != "", Standing.LEFT_OUT.value),
        (tried.c.reached > 0, Standing.REACHED.value),
        (tried.c.waits > 0, Standing.PENDING.value),
        (tried.c.unsure > 0, Standing.UNCERTAIN.value),
        (never_now, Standing.UNREACHED.value),
        (not_entered, Standing.PENDING.value),
        (and_(stage_members.c.outcome == "", tried.c.person.is_(None)), Standing.PENDING.value),
        else_=Standing.UNREACHED.value,
    )
    why = case(
        (audience.c.excluded_for != "", audience.c.excluded_for),
        (tried.c.reached > 0, literal("")),
        (tried.c.person.is_not(None), tried.c.why),
        (never_now, literal("cancelled")),
        (not_entered, literal("not_due")),
        else_=stage_members.c.outcome,
    )
    query = (
        select(
            audience.c.subscriber_id,
            standing.label("standing"),
            why.label("why"),
            tried.c.channel,
        )
        .outerjoin(stage_members, entered)
        .outerjoin(tried, tried.c.person == audience.c.subscriber_id)
        .where(audience.c.campaign_id == campaign_id)
    )
    return query if meant is Meant.AUDIENCE else query.where(~not_entered)


def _tried(campaign_id: str, stage: str) -> Any:
    """What came of all messages of this stage to one person; the reason and the channel of the last of them."""
    returned = messages.c.delivery == DeliveryState.FAILED.value
    last = select(func.max(messages.c.id).label("id"), messages.c.subscriber_id.label("person"))
    where = and_(messages.c.campaign_id == campaign_id, messages.c.stage == stage)
    sums = (
        last.add_columns(
            _sum(and_(messages.c.state == MessageState.SENT.value, ~returned)).label("reached"),
            _sum(messages.c.state.in_(_WAITS)).label("waits"),
            _sum(messages.c.state == MessageState.UNCERTAIN.value).label("unsure"),
        )
        .where(where)
        .group_by(messages.c.subscriber_id)
        .subquery()
    )
    reason = case((messages.c.delivery == DeliveryState.FAILED.value, literal("returned")), else_=messages.c.reason)
    return select(
        sums.c.person, sums.c.reached, sums.c.waits, sums.c.unsure, reason.label("why"), messages.c.channel
    ).join(messages, messages.c.id == sums.c.id)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
