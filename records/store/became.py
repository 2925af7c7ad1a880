"""What became of the people of a campaign's waves, counted from outcomes; and of those whose wave had not opened.

Like the gates it counts each person once, from the day their wave opened on, that day included.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from records.became import FirstQuestion, History, Lost, Waiting, Window
from records.database import Tx
from records.store.outcomes import OutcomeKind
from records.store.wave_numbers import WaveSpan, earliest_of, since_opening, wave_of
from records.tables import audience, cases, conversations, outcomes, subscribers, turns
from records.types import Author

_MOVED = outcomes.c.kind == OutcomeKind.MOVED.value
_LEFT = outcomes.c.kind == OutcomeKind.CANCELLED.value
_FAILED = outcomes.c.kind == OutcomeKind.FIRST_CHARGE_FAILED.value
_CHARGED = or_(_FAILED, outcomes.c.kind == OutcomeKind.FIRST_CHARGE_FINE.value)


def known_at(tx: Tx) -> datetime | None:
    """When outcomes were last imported; None if never."""
    found: datetime | None = tx.execute(select(func.max(outcomes.c.recorded_at))).scalar()
    return found


def sizes(tx: Tx, campaign_id: str) -> dict[int, int]:
    """How many people are in each wave: those it opened with, and those of it who joined the register later."""
    query = select(audience.c.wave, func.count()).where(_in(campaign_id)).group_by(audience.c.wave)
    return {wave: count for wave, count in tx.execute(query)}


def histories(tx: Tx, campaign_id: str, opened: Mapping[int, date]) -> tuple[History, ...]:
    """What happened to the people of these waves, in groups; whom nothing is known of is in none. `opened`: each wave's day."""
    if not opened:
        return ()
    people = _people(campaign_id, opened).subquery()
    alike = list(people.c)
    query: Select[Any] = select(*alike, func.count()).group_by(*alike)
    return tuple(
        History(wave, moved, charged, failed, left, bool(before), count)
        for wave, moved, charged, failed, left, before, count in tx.execute(query)
    )


def _people(campaign_id: str, opened: Mapping[int, date]) -> Select[Any]:
    since = _since(opened)
    gone = and_(_first(_LEFT).is_not(None), _first(and_(_LEFT, since)).is_(None))
    return (
        select(
            audience.c.wave,
            _first(_MOVED).label("moved"),
            _first(and_(_CHARGED, since)).label("charged"),
            _first(and_(_FAILED, since)).label("charge_failed"),
            _first(and_(_LEFT, since)).label("cancelled"),
            case((gone, 1), else_=0).label("left_before"),
        )
        .join(outcomes, outcomes.c.subscriber_id == audience.c.subscriber_id)
        .where(_in(campaign_id), audience.c.wave.in_(list(opened)))
        .group_by(audience.c.wave, audience.c.subscriber_id)
    )


def lost(tx: Tx, campaign_id: str, opened: Mapping[int, date]) -> dict[int, tuple[Lost, ...]]:
    """What those who left each wave since it opened paid at each charge. Whoever was erased since paid nothing we know of."""
    if not opened:
        return {}
    left = (
        select(audience.c.wave, audience.c.subscriber_id)
        .join(outcomes, outcomes.c.subscriber_id == audience.c.subscriber_id)
        .where(_in(campaign_id), audience.c.wave.in_(list(opened)), _LEFT, _since(opened))
        .distinct()
        .subquery()
    )
    alike = (left.c.wave, subscribers.c.plan, subscribers.c.currency)
    query = (
        select(*alike, func.count(), func.sum(subscribers.c.price_minor))
        .join(subscribers, subscribers.c.id == left.c.subscriber_id)
        .group_by(*alike)
    )
    found: defaultdict[int, tuple[Lost, ...]] = defaultdict(tuple)
    for wave, plan, currency, people, minor in tx.execute(query):
        found[wave] += (Lost(plan, currency, people, int(minor)),)
    return dict(found)


def _in(campaign_id: str) -> ColumnElement[bool]:
    return and_(audience.c.campaign_id == campaign_id, audience.c.excluded_for == "")


def _since(opened: Mapping[int, date]) -> ColumnElement[bool]:
    """Of each wave what happened from its day on."""
    return or_(*(and_(audience.c.wave == wave, outcomes.c.day >= day) for wave, day in opened.items()))


def _first(condition: ColumnElement[bool]) -> ColumnElement[date | None]:
    return func.min(case((condition, outcomes.c.day)))


# ---------------------------------------------------------------- those whose wave had not opened


def waiting(
    tx: Tx, campaign_id: str, behind: int, windows: Mapping[int, Window], meant: Mapping[str, Sequence[str]]
) -> dict[int, Waiting]:
    """Beside each wave with a window: everyone in the register without a place in any wave up to `behind` whom the plan means
    (`meant`: by column, the values of which a person has one)."""
    if not windows:
        return {}
    became = _before_and_within(windows).subquery()
    placed = exists().where(
        audience.c.campaign_id == campaign_id, audience.c.subscriber_id == subscribers.c.id, audience.c.wave <= behind
    )
    counts = [count for wave, window in windows.items() for count in _counts(became.c, wave, window)]
    query = (
        select(*counts)
        .select_from(subscribers)
        .outerjoin(became, became.c.subscriber_id == subscribers.c.id)
        .where(~placed, *(subscribers.c[column].in_(list(values)) for column, values in meant.items()))
    )
    found = [int(value) for value in tx.execute(query).one()]
    return {wave: Waiting(*found[2 * at : 2 * at + 2]) for at, wave in enumerate(windows)}


def _before_and_within(windows: Mapping[int, Window]) -> Select[Any]:
    """One row a person: when they first moved, when they first left, and in which windows they left."""
    within = [
        func.max(case((and_(_LEFT, outcomes.c.day.between(window.first, window.last)), 1), else_=0)).label(
            f"within_{wave}"
        )
        for wave, window in windows.items()
    ]
    query = select(outcomes.c.subscriber_id, _first(_MOVED).label("moved"), _first(_LEFT).label("gone"), *within)
    return query.where(or_(_MOVED, _LEFT)).group_by(outcomes.c.subscriber_id)


def _counts(became: Any, wave: int, window: Window) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Who had neither moved nor left when it began, and who of them left within it."""
    left = became[f"within_{wave}"] == 1
    not_moved = or_(became.moved.is_(None), became.moved >= window.first)
    not_gone = or_(became.gone.is_(None), became.gone >= window.first, left)
    there = and_(not_moved, not_gone)
    return _sum(there), _sum(and_(there, left))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


# ---------------------------------------------------------------- who wrote


def first_questions(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan]) -> tuple[FirstQuestion, ...]:
    """One for everybody of these waves who wrote since their wave opened. Whoever nobody knows by their address is in none."""
    if not spans:
        return ()
    person = conversations.c.subscriber_id
    said = (
        select(wave_of(campaign_id, person), person, turns.c.at)
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        .where(turns.c.author == Author.SUBSCRIBER.value, turns.c.at >= earliest_of(spans))
        .subquery()
    )
    first = (
        select(said.c.wave, said.c.subscriber_id, func.min(said.c.at).label("at"))
        .where(since_opening(spans, said.c.at, said.c.wave))
        .group_by(said.c.wave, said.c.subscriber_id)
        .subquery()
    )
    case_at = (
        select(func.min(cases.c.opened_at))
        .where(cases.c.subscriber_id == first.c.subscriber_id, cases.c.opened_at >= first.c.at)
        .scalar_subquery()
    )
    query = select(first.c.wave, first.c.at, case_at)
    return tuple(FirstQuestion(wave, at, opened_at) for wave, at, opened_at in tx.execute(query))
