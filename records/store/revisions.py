"""The versions of a campaign, who got which, and who must still hear that one of them was wrong.

Every row of the ledger carries the revision it was written from, so that is counted, never guessed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update

from records.database import Tx
from records.revisions import Revision, correction_from_data, correction_to_data
from records.store import money
from records.store.batches import settle_batches
from records.tables import audience, batches, campaign_revisions, campaigns, messages, stage_members, subscribers
from records.types import ChannelName, DeliveryState, MessageState

_LEFT = (MessageState.SENT.value, MessageState.UNCERTAIN.value)
_OPEN = (MessageState.PLANNED.value, MessageState.CLAIMED.value, MessageState.SENDING.value)
_IN_HAND = (MessageState.CLAIMED.value, MessageState.SENDING.value)
_AT_ONCE = 5_000

SUPERSEDED = "superseded"
"""Why someone got nothing from a correction: a newer one was approved before theirs went out."""


def add(tx: Tx, campaign_id: str, one: Revision) -> None:
    """A new version: from now on only what is written from it may leave."""
    tx.execute(
        campaign_revisions.insert().values(
            campaign_id=campaign_id,
            revision=one.revision,
            content_hash=one.content_hash,
            effective_date=one.effective_date,
            author=one.author,
            approver=one.approver,
            approved_at=one.approved_at,
            why=one.why,
            correction=correction_to_data(one.correction) if one.correction else None,
            withdraws=list(one.withdraws),
            out_at=one.out_at,
        )
    )
    tx.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(revision=one.revision))


def of_campaign(tx: Tx, campaign_id: str) -> tuple[Revision, ...]:
    """Every version, oldest first."""
    query = select(campaign_revisions).where(campaign_revisions.c.campaign_id == campaign_id)
    return tuple(_revision(row) for row in tx.execute(query.order_by(campaign_revisions.c.revision)))


def get(tx: Tx, campaign_id: str, revision: int) -> Revision | None:
    query = select(campaign_revisions).where(
        campaign_revisions.c.campaign_id == campaign_id, campaign_revisions.c.revision == revision
    )
    row = tx.execute(query).one_or_none()
    return None if row is None else _revision(row)


def set_out(tx: Tx, campaign_id: str, revision: int, at: datetime | None) -> None:
    """Everyone has heard; or with None: someone must still hear after all."""
    tx.execute(
        update(campaign_revisions)
        .where(campaign_revisions.c.campaign_id == campaign_id, campaign_revisions.c.revision == revision)
        .values(out_at=at)
    )


# ---------------------------------------------------------------- who got what


def _heard() -> ColumnElement[bool]:
    """It left, or may have, and nobody gave it back."""
    return and_(messages.c.state.in_(_LEFT), messages.c.delivery != DeliveryState.FAILED.value)


def got(tx: Tx, campaign_id: str) -> dict[int, int]:
    """How many people got, or may have got, something of each revision."""
    query = (
        select(messages.c.revision, func.count(messages.c.subscriber_id.distinct()))
        .where(messages.c.campaign_id == campaign_id, _heard())
        .group_by(messages.c.revision)
    )
    return {revision: count for revision, count in tx.execute(query)}


def to_tell(
    tx: Tx, campaign_id: str, withdrawn: Sequence[int], stage: str, after: str, limit: int
) -> tuple[tuple[str, int], ...]:
    """(subscriber, wave) of those, by id and behind `after`, who got something withdrawn and are not in `stage` yet."""
    told = exists().where(_of_stage(campaign_id, stage))
    query = _withdrawn(campaign_id, withdrawn).where(~told, messages.c.subscriber_id > after)
    query = query.order_by(messages.c.subscriber_id).limit(limit)
    return tuple((row.subscriber_id, row.wave) for row in tx.execute(query))


def still_to_tell(tx: Tx, campaign_id: str, withdrawn: Sequence[int], stage: str) -> int:
    """How many of those who got something that was withdrawn have neither been written to by `stage` nor a reason why not."""
    settled = messages.alias("settled")
    written = exists().where(
        settled.c.campaign_id == campaign_id,
        settled.c.stage == stage,
        settled.c.subscriber_id == messages.c.subscriber_id,
        settled.c.state.not_in(_OPEN),
    )
    reasoned = exists().where(_of_stage(campaign_id, stage), stage_members.c.outcome != "")
    inner = _withdrawn(campaign_id, withdrawn).where(~written, ~reasoned).subquery()
    return int(tx.execute(select(func.count()).select_from(inner)).scalar_one())


def any_in_hand(tx: Tx, campaign_id: str, withdrawn: Sequence[int]) -> bool:
    """Does a worker hold a message that was withdrawn, of which nobody knows yet whether it left?"""
    query = select(messages.c.id).where(
        messages.c.campaign_id == campaign_id,
        messages.c.revision.in_(list(withdrawn)),
        messages.c.state.in_(_IN_HAND),
    )
    return tx.execute(query.limit(1)).first() is not None


def channels_heard_on(
    tx: Tx, campaign_id: str, withdrawn: Sequence[int], people: Sequence[str]
) -> dict[str, tuple[ChannelName, ...]]:
    """On which channels each of `people` got what was withdrawn, the latest first."""
    query = (
        select(messages.c.subscriber_id, messages.c.channel)
        .where(messages.c.campaign_id == campaign_id, messages.c.revision.in_(list(withdrawn)), _heard())
        .where(messages.c.subscriber_id.in_(list(people)))
        .order_by(messages.c.id.desc())
    )
    found: dict[str, tuple[ChannelName, ...]] = {}
    for row in tx.execute(query):
        before = found.get(row.subscriber_id, ())
        channel = ChannelName(row.channel)
        found[row.subscriber_id] = before if channel in before else (*before, channel)
    return found


def _withdrawn(campaign_id: str, withdrawn: Sequence[int]) -> Any:
    """One row a person who got something of these revisions and is still in the register."""
    place = and_(audience.c.campaign_id == messages.c.campaign_id, audience.c.subscriber_id == messages.c.subscriber_id)
    return (
        select(messages.c.subscriber_id, audience.c.wave)
        .distinct()
        .join(audience, place)
        .join(subscribers, subscribers.c.id == messages.c.subscriber_id)
        .where(messages.c.campaign_id == campaign_id, messages.c.revision.in_(list(withdrawn)), _heard())
    )


def _of_stage(campaign_id: str, stage: str) -> ColumnElement[bool]:
    return and_(
        stage_members.c.campaign_id == campaign_id,
        stage_members.c.stage == stage,
        stage_members.c.subscriber_id == messages.c.subscriber_id,
    )


# ---------------------------------------------------------------- what was written before and has not left


def void(tx: Tx, campaign_id: str, revision: int, stages: Sequence[str], now: datetime) -> int:
    """Take back what was planned from an earlier revision, so that its batches are written anew; how many rows.

    Batches of what is none of `stages` any more are over: who got nothing of them has that as the reason.
    """
    stale = and_(messages.c.state == MessageState.PLANNED.value, messages.c.revision < revision)
    # By way of the open batches, of which there are few: a running campaign is asked this at every tick.
    query = select(batches.c.id).where(batches.c.campaign_id == campaign_id, batches.c.state != "done")
    touched = list(tx.execute(query.where(exists().where(messages.c.batch_id == batches.c.id, stale))).scalars())
    taken = 0
    given: list[Mapping[str, int]] = []
    for start in range(0, len(touched), _AT_ONCE):
        some = touched[start : start + _AT_ONCE]
        paid = delete(messages).where(messages.c.batch_id.in_(some), stale, messages.c.pots.is_not(None))
        before = len(given)
        given += tx.execute(paid.returning(messages.c.pots)).scalars()
        taken += len(given) - before
        taken += tx.execute(delete(messages).where(messages.c.batch_id.in_(some), stale)).rowcount
        again = update(batches).where(batches.c.id.in_(some))
        tx.execute(again.values(state="planned", runs=batches.c.runs + 1))
    _end_batches(tx, campaign_id, stages, now)
    money.give_back(tx, given)  # last: a claim that waits for a pot holds a batch
    return taken


def _end_batches(tx: Tx, campaign_id: str, stages: Sequence[str], now: datetime) -> None:
    over = and_(batches.c.campaign_id == campaign_id, batches.c.stage.not_in(list(stages)), batches.c.state != "done")
    names = list(tx.execute(select(batches.c.stage).where(over).distinct()).scalars())
    if not names:
        return
    tx.execute(update(batches).where(over).values(state="filled"))
    settle_batches(tx, campaign_id, now)  # what a worker holds of them is waited for
    written = exists().where(
        messages.c.campaign_id == stage_members.c.campaign_id,
        messages.c.stage == stage_members.c.stage,
        messages.c.subscriber_id == stage_members.c.subscriber_id,
    )
    tx.execute(
        update(stage_members)
        .where(stage_members.c.campaign_id == campaign_id, stage_members.c.stage.in_(names))
        .where(stage_members.c.outcome == "", ~written)
        .values(outcome=SUPERSEDED)
    )


def _revision(row: Any) -> Revision:
    return Revision(
        row.revision,
        row.content_hash,
        row.effective_date,
        row.author,
        row.approver,
        row.approved_at,
        row.why,
        correction_from_data(row.correction),
        tuple(row.withdraws),
        row.out_at,
    )
