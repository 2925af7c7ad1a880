"""What a campaign came to, counted from rows: by wave, stage and channel, and what its people said since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from records.database import Tx
from records.store.wave_numbers import WaveSpan, earliest_of, since_opening, wave_of
from records.tables import batches, cases, conversations, feedback, messages, turns
from records.types import Author, ChannelName, DeliveryState, MessageState, Reason

_PAID = (MessageState.SENT.value, MessageState.UNCERTAIN.value)


@dataclass(frozen=True)
class Rows:
    """So many messages of a wave and stage on one channel that ended alike. `reason` as the ledger has it, empty without one;
    `cost` in thousandths of a minor unit, of what left or may have left."""

    wave: int
    stage: str
    channel: ChannelName
    state: MessageState
    delivery: DeliveryState
    reason: str
    count: int
    cost: int


@dataclass(frozen=True)
class Voice:
    """What the people of a wave said since it opened. `kinds`: the cases opened with them, by kind."""

    questions: int = 0
    thumbs_up: int = 0
    kinds: Mapping[Reason, int] | None = None


def rows_of(tx: Tx, campaign_id: str) -> tuple[Rows, ...]:
    """Every message of a campaign in groups; one person has one on each channel of a stage at most."""
    m = messages.c
    paid = func.coalesce(func.sum(case((m.state.in_(_PAID), m.cost), else_=0)), 0)
    alike = (batches.c.wave, m.stage, m.channel, m.state, m.delivery, m.reason)
    query = (
        select(*alike, func.count(), paid)
        .join(batches, batches.c.id == m.batch_id)
        .where(m.campaign_id == campaign_id)
        .group_by(*alike)
        .order_by(*alike[:3])
    )
    return tuple(
        Rows(
            wave,
            stage,
            ChannelName(channel),
            MessageState(state),
            DeliveryState(delivery),
            reason or "",
            count,
            int(cost),
        )
        for wave, stage, channel, state, delivery, reason, count, cost in tx.execute(query)
    )


def voices_of(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan]) -> dict[int, Voice]:
    """What the people of each wave in `spans` said since its moment; hand-overs and ratings are in its wave's numbers."""
    if not spans:
        return {}
    asked = dict(_by_wave(tx, _questions(campaign_id, spans), spans))
    thanked = dict(_by_wave(tx, _thumbs_up(campaign_id, spans), spans))
    kinds = _kinds(tx, campaign_id, spans)
    return {wave: Voice(asked.get(wave, 0), thanked.get(wave, 0), kinds.get(wave, {})) for wave in spans}


def _questions(campaign_id: str, spans: Mapping[int, WaveSpan]) -> Select[Any]:
    """What the bot was asked: every turn of a person, opt-outs and thanks among them."""
    return (
        select(wave_of(campaign_id, conversations.c.subscriber_id), turns.c.at)
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        .where(turns.c.author == Author.SUBSCRIBER.value, turns.c.at >= earliest_of(spans))
    )


def _thumbs_up(campaign_id: str, spans: Mapping[int, WaveSpan]) -> Select[Any]:
    up = and_(feedback.c.about == "answer", feedback.c.value > 0)
    return (
        select(wave_of(campaign_id, conversations.c.subscriber_id), feedback.c.at)
        .join(conversations, conversations.c.id == feedback.c.conversation_id)
        .where(up, feedback.c.at >= earliest_of(spans))
    )


def _by_wave(tx: Tx, said: Select[Any], spans: Mapping[int, WaveSpan]) -> Iterator[tuple[int, int]]:
    inner = said.subquery()
    query = select(inner.c.wave, func.count()).where(since_opening(spans, inner.c.at, inner.c.wave))
    yield from ((wave, count) for wave, count in tx.execute(query.group_by(inner.c.wave)))


def _kinds(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan]) -> dict[int, dict[Reason, int]]:
    place: ColumnElement[Any] = wave_of(campaign_id, cases.c.subscriber_id)
    inner = select(place, cases.c.kind, cases.c.opened_at).where(cases.c.opened_at >= earliest_of(spans)).subquery()
    query = select(inner.c.wave, inner.c.kind, func.count()).where(
        since_opening(spans, inner.c.opened_at, inner.c.wave)
    )
    found: dict[int, dict[Reason, int]] = {}
    for wave, kind, count in tx.execute(query.group_by(inner.c.wave, inner.c.kind).order_by(inner.c.kind)):
        found.setdefault(wave, {})[Reason(kind)] = count
    return found
