"""Who waits for the next channel of a stage, counted from rows: nothing is kept apart that the ledger already says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, or_, select

from records.database import Tx
from records.prepared import Prepared, among
from records.tables import batch_members, batches, messages
from records.types import ChannelName, DeliveryState, MessageState

CONFIRMED = tuple(state.value for state in (DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.COMPLAINED))
"""Words of a receipt after which nobody has to be looked for any more."""

NOBODYS_FAULT = ("credentials:", "unknown:", "gave_up:", "no channel")
"""How reasons begin that say nothing about the person: another channel would only spread our own trouble."""

_LOST_ADDRESS = ("suppressed", "contact_changed")


@dataclass(frozen=True)
class Silence:
    """What counts as no answer: a message on one of `channels` that left by `since` (UTC) without a receipt."""

    channels: Collection[ChannelName]
    since: datetime


@dataclass(frozen=True)
class Tried:
    """What one person was sent of a stage: on which channels, and whether one of them confirmed it."""

    channels: frozenset[ChannelName]
    confirmed: bool


def waiting(
    tx: Tx, campaign_id: str, stage: str, silence: Silence, limit: int, *, mandatory: bool
) -> tuple[tuple[str, int], ...]:
    """(subscriber, wave) of those, by id, whose last message of the stage came to nothing, and who are in no later batch."""
    of_stage = and_(batches.c.campaign_id == campaign_id, batches.c.stage == stage)
    query = (
        select(messages.c.subscriber_id, batches.c.wave)
        .select_from(batches)
        .join(messages, messages.c.batch_id == batches.c.id)
        .where(of_stage, or_(_failed(), _returned(), _silent(silence), _lost() if mandatory else false()))
        .where(~_in_later_batch(), ~_confirmed_elsewhere())
        .order_by(messages.c.subscriber_id)
        .limit(limit)
    )
    return tuple((row.subscriber_id, row.wave) for row in tx.execute(query))


def tried(tx: Tx, campaign_id: str, stage: str, people: Sequence[str]) -> dict[str, Tried]:
    """What was tried before, for those of `people` for whom anything was."""
    found: dict[str, Tried] = {}
    for person, channel, delivery in _TRIED.rows(tx, {"of": campaign_id, "at": stage, "people": list(people)}):
        before = found.get(person, Tried(frozenset(), confirmed=False))
        found[person] = Tried(before.channels | {ChannelName(channel)}, before.confirmed or delivery in CONFIRMED)
    return found


_TRIED = Prepared(
    lambda dialect: select(messages.c.subscriber_id, messages.c.channel, messages.c.delivery).where(
        messages.c.campaign_id == bindparam("of"),
        messages.c.stage == bindparam("at"),
        among(dialect, messages.c.subscriber_id, "people"),
    )
)


def confirmed_elsewhere(tx: Tx, ids: Sequence[int]) -> frozenset[int]:
    """Which of these messages say what a receipt of another channel has already confirmed."""
    query = select(messages.c.id).where(messages.c.id.in_(list(ids)), _confirmed_elsewhere())
    return frozenset(tx.execute(query).scalars())


def last_done_at(tx: Tx, campaign_id: str, stages: Sequence[str]) -> datetime | None:
    """When the last batch of these stages came to its end; None if none has."""
    query = select(batches.c.done_at).where(
        batches.c.campaign_id == campaign_id, batches.c.stage.in_(list(stages)), batches.c.done_at.is_not(None)
    )
    found: datetime | None = tx.execute(query.order_by(batches.c.done_at.desc()).limit(1)).scalar()
    return found


def _failed() -> ColumnElement[bool]:
    ours = or_(*(messages.c.reason.startswith(start, autoescape=True) for start in NOBODYS_FAULT))
    return and_(messages.c.state == MessageState.FAILED.value, ~ours)


def _returned() -> ColumnElement[bool]:
    return and_(messages.c.state == MessageState.SENT.value, messages.c.delivery == DeliveryState.FAILED.value)


def _lost() -> ColumnElement[bool]:
    """Held back because the address died meanwhile: a mandatory notice is owed all the same."""
    return and_(messages.c.state == MessageState.SUPPRESSED.value, messages.c.reason.in_(_LOST_ADDRESS))


def _silent(silence: Silence) -> ColumnElement[bool]:
    if not silence.channels:
        return false()
    words = (DeliveryState.UNKNOWN.value, DeliveryState.ACCEPTED.value, DeliveryState.SENT.value)
    return and_(
        messages.c.state == MessageState.SENT.value,
        messages.c.delivery.in_(words),
        messages.c.channel.in_([channel.value for channel in silence.channels]),
        messages.c.settled_at <= silence.since,
    )


def _in_later_batch() -> ColumnElement[bool]:
    later = batches.alias("later")
    return exists().where(
        later.c.campaign_id == batches.c.campaign_id,
        later.c.stage == batches.c.stage,
        later.c.seq > batches.c.seq,
        batch_members.c.batch_id == later.c.id,
        batch_members.c.subscriber_id == messages.c.subscriber_id,
    )


def _confirmed_elsewhere() -> ColumnElement[bool]:
    other = messages.alias("other")
    return exists().where(
        other.c.campaign_id == messages.c.campaign_id,
        other.c.stage == messages.c.stage,
        other.c.subscriber_id == messages.c.subscriber_id,
        other.c.id != messages.c.id,
        other.c.delivery.in_(CONFIRMED),
    )
