"""How each wave of a campaign does: everything its gates judge by, counted from rows. Nothing is a counter kept apart."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, case, exists, func, or_, select, text

from records.database import Tx
from records.prepared import Prepared
from records.store.batches import TRIED
from records.store.outcomes import OutcomeKind
from records.tables import (
    audience,
    batches,
    cases,
    consent_log,
    conversations,
    feedback,
    messages,
    outcomes,
    subscribers,
)
from records.types import IMPORT_ORIGIN, CaseState, DeliveryState, MessageState
from records.wave import WaveNumbers

_OPEN = [state.value for state in (MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING)]
_ADDRESS_FAULTS = ("bad_address", "blocked", "opted_out", "complained")
_SOFT_FAULTS = ("full", "unreachable")
"""How a failure's reason begins that lies with the person's address, for good or for now; the others are a vendor's or ours."""

_BAD = text("(messages.state = 'failed' OR messages.delivery IN ('failed', 'complained'))")
"""As the index of bad rows says it, to the letter: a database uses a partial index only then."""

_CHARGES = [OutcomeKind.FIRST_CHARGE_FINE.value, OutcomeKind.FIRST_CHARGE_FAILED.value]

RECENT = timedelta(minutes=5)
"""How far back a provider's refusals are counted."""

BEFORE = timedelta(days=28)
"""What is usual is counted over these days before the first wave opened."""

_DESK_DAYS = 14


@dataclass(frozen=True)
class WaveSpan:
    """Which rows of a wave count: those since it opened or, `resumed`, since the campaign went on. `size` people are in it."""

    since: datetime
    size: int
    resumed: bool = False


@dataclass(frozen=True)
class BadNews:
    """How many messages of a campaign went wrong so far; how many words about consent anybody has said."""

    messages: int
    consents: int


def numbers_of(
    tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], began: datetime, now: datetime
) -> dict[int, WaveNumbers]:
    """How each wave in `spans` does by `now`. What is usual is counted in the days before the campaign `began`."""
    if not spans:
        return {}
    every = (_delivered, _went_wrong, _unrun, _opted_out, _handed_over, _rated, _became)
    found, usual = _together(tx, campaign_id, spans, now, every), _usual(tx, began)
    return {wave: WaveNumbers.of(found[wave] | _scaled(usual, span, now)) for wave, span in spans.items()}


def said_of(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], now: datetime) -> dict[int, WaveNumbers]:
    """Of the same numbers only what people said: hand-overs, thumbs down and ratings; every other is nought."""
    if not spans:
        return {}
    found = _together(tx, campaign_id, spans, now, (_handed_over, _rated))
    return {wave: WaveNumbers.of(found[wave]) for wave in spans}


def bad_news(tx: Tx, campaign_id: str) -> BadNews:
    """Two counts that cost next to nothing, to notice that something happened."""
    ((bad, last),) = _NEWS.rows(tx, {"of": campaign_id})
    return BadNews(bad, last)


_NEWS = Prepared(
    lambda _: select(
        select(func.count())
        .select_from(messages)
        .where(messages.c.campaign_id == bindparam("of"), _BAD)
        .scalar_subquery(),
        select(func.coalesce(func.max(consent_log.c.id), 0)).scalar_subquery(),
    )
)


def open_cases(tx: Tx) -> int:
    """Cases nobody has taken yet."""
    return int(tx.execute(select(func.count()).where(cases.c.state == CaseState.OPEN.value)).scalar_one())


def cases_cleared_a_day(tx: Tx, now: datetime) -> int | None:
    """How many cases the desk resolved on its best day of the last two weeks, days of 24 hours back from now; None while it
    has resolved none. Not the mean: a desk that was asked little would pass for slow, and one untaken case for too many."""
    days = [(now - timedelta(days=back + 1), now - timedelta(days=back)) for back in range(_DESK_DAYS)]
    resolved = [func.count().filter(cases.c.resolved_at > begin, cases.c.resolved_at <= end) for begin, end in days]
    recent = cases.c.resolved_at > days[-1][0]
    return max(tx.execute(select(*resolved).where(recent)).one()) or None


# ---------------------------------------------------------------- counts by wave

_Counts = dict[int, dict[str, float]]
_Count = Callable[[Tx, str, Mapping[int, WaveSpan], datetime], _Counts]


def _together(
    tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], now: datetime, counts: Sequence[_Count]
) -> defaultdict[int, dict[str, float]]:
    """All of these counts; what several of them name is added up."""
    found: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for count in counts:
        for wave, values in count(tx, campaign_id, spans, now).items():
            for name, value in values.items():
                found[wave][name] = found[wave].get(name, 0) + value
    return found


def _place(person: ColumnElement[Any]) -> ColumnElement[bool]:
    return audience.c.subscriber_id == person


def wave_of(campaign_id: str, person: ColumnElement[Any]) -> ColumnElement[Any]:
    """The wave of a person who is in the campaign; else null. Asked for each of the few rows that are counted: joined, a
    database went through the whole audience instead, a million people at every look."""
    place = select(audience.c.wave).where(audience.c.campaign_id == campaign_id, audience.c.subscriber_id == person)
    return place.where(audience.c.excluded_for == "").scalar_subquery().label("wave")


def since_opening(
    spans: Mapping[int, WaveSpan], moment: ColumnElement[Any], wave: ColumnElement[Any] = audience.c.wave
) -> ColumnElement[bool]:
    """Rows of each wave from its own moment on."""
    return or_(*(and_(wave == number, moment >= span.since) for number, span in spans.items()))


def earliest_of(spans: Mapping[int, WaveSpan]) -> datetime:
    return min(span.since for span in spans.values())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _delivered(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], _now: datetime) -> _Counts:
    """Waiting and tried. Without a resume a batch that is done says itself how many it tried: among a million only the rows
    of the few batches at work are counted."""
    counted: _Counts = defaultdict(dict)
    for wave, span in spans.items():
        of_wave = and_(batches.c.campaign_id == campaign_id, batches.c.wave == wave)
        query = select(messages.c.state, func.count()).select_from(batches)
        query = query.join(messages, and_(messages.c.batch_id == batches.c.id, of_wave))
        done = batches.c.state == "done"
        settled = 0
        if span.resumed:
            query = query.where(or_(messages.c.state.in_(_OPEN), messages.c.settled_at >= span.since))
        else:
            query = query.where(~done)
            settled = int(
                tx.execute(select(func.coalesce(func.sum(batches.c.tried), 0)).where(of_wave, done)).scalar_one()
            )
        states = {state: count for state, count in tx.execute(query.group_by(messages.c.state))}
        counted[wave] = {
            "waiting": sum(states.get(state, 0) for state in _OPEN),
            "attempts": settled + sum(states.get(state, 0) for state in TRIED),
        }
    return counted


def _went_wrong(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], now: datetime) -> _Counts:
    failed = messages.c.state == MessageState.FAILED.value
    of_address = or_(*(messages.c.reason.like(f"{word}%") for word in _ADDRESS_FAULTS))
    of_person = or_(*(messages.c.reason.like(f"{word}%") for word in (*_ADDRESS_FAULTS, *_SOFT_FAULTS)))
    returned = messages.c.delivery == DeliveryState.FAILED.value
    named = {
        "hard_failures": or_(and_(failed, of_address), returned),
        "complaints": messages.c.delivery == DeliveryState.COMPLAINED.value,
        "provider_failures": and_(messages.c.settled_at >= now - RECENT, failed, ~of_person),
    }
    columns = [_count(condition) for condition in named.values()]
    query = (
        select(audience.c.wave, *columns)
        .join(audience, and_(audience.c.campaign_id == messages.c.campaign_id, _place(messages.c.subscriber_id)))
        .where(messages.c.campaign_id == campaign_id, _BAD, messages.c.state.in_(TRIED))
        .where(since_opening(spans, messages.c.settled_at))
        .group_by(audience.c.wave)
    )
    found = {row[0]: dict(zip(named, row[1:], strict=True)) for row in tx.execute(query)}
    for wave, counts in found.items():
        if counts["provider_failures"]:
            counts["recent_attempts"] = _recent_attempts(tx, campaign_id, wave, now)
    return found


def _recent_attempts(tx: Tx, campaign_id: str, wave: int, now: datetime) -> int:
    """Only asked where a provider refused something: it reads the rows themselves."""
    of_wave = and_(messages.c.batch_id == batches.c.id, batches.c.campaign_id == campaign_id, batches.c.wave == wave)
    recent = and_(messages.c.state.in_(TRIED), messages.c.settled_at >= now - RECENT)
    return int(tx.execute(select(func.count()).select_from(batches).join(messages, of_wave).where(recent)).scalar_one())


def _unrun(tx: Tx, campaign_id: str, _spans: Mapping[int, WaveSpan], _now: datetime) -> _Counts:
    """People in batches that have never been run. One that is being run has rows, which are counted already."""
    being_run = exists().where(messages.c.batch_id == batches.c.id)
    query = (
        select(batches.c.wave, func.sum(batches.c.size))
        .where(batches.c.campaign_id == campaign_id, batches.c.state == "planned", batches.c.runs == 0, ~being_run)
        .group_by(batches.c.wave)
    )
    return {wave: {"waiting": count} for wave, count in tx.execute(query)}


def _opted_out(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], _now: datetime) -> _Counts:
    person, at = consent_log.c.subscriber_id, consent_log.c.at
    said = (
        select(wave_of(campaign_id, person), person, at)
        .where(consent_log.c.granted.is_(False), consent_log.c.origin != IMPORT_ORIGIN, at >= earliest_of(spans))
        .subquery()
    )
    query = select(said.c.wave, func.count(said.c.subscriber_id.distinct())).where(
        since_opening(spans, said.c.at, said.c.wave)
    )
    return {wave: {"opt_outs": count} for wave, count in tx.execute(query.group_by(said.c.wave))}


def _handed_over(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], _now: datetime) -> _Counts:
    opened = (
        select(wave_of(campaign_id, cases.c.subscriber_id), cases.c.opened_at)
        .where(cases.c.opened_at >= earliest_of(spans))
        .subquery()
    )
    query = select(opened.c.wave, func.count()).where(since_opening(spans, opened.c.opened_at, opened.c.wave))
    return {wave: {"handovers": count} for wave, count in tx.execute(query.group_by(opened.c.wave))}


def _rated(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], _now: datetime) -> _Counts:
    given = (
        select(wave_of(campaign_id, conversations.c.subscriber_id), feedback.c.at, feedback.c.about, feedback.c.value)
        .join(conversations, conversations.c.id == feedback.c.conversation_id)
        .where(feedback.c.at >= earliest_of(spans))
        .subquery()
    )
    query = select(given.c.wave, *_opinions(given)).where(since_opening(spans, given.c.at, given.c.wave))
    return {
        wave: {"thumbs_down": down, "ratings": rated, "rating_sum": total}
        for wave, down, rated, total in tx.execute(query.group_by(given.c.wave))
    }


def _opinions(given: FromClause = feedback) -> tuple[ColumnElement[int], ...]:
    """Thumbs down, ratings, and the ratings added up."""
    about_case = given.c.about == "case"
    return (
        _count(and_(given.c.about == "answer", given.c.value < 0)),
        _count(about_case),
        func.coalesce(func.sum(case((about_case, given.c.value), else_=0)), 0),
    )


def _became(tx: Tx, campaign_id: str, spans: Mapping[int, WaveSpan], now: datetime) -> _Counts:
    """Each person once: one failed first payment is a failed one, whatever came after."""
    known = int(tx.execute(select(func.count()).select_from(outcomes)).scalar_one())
    counted: _Counts = {
        wave: {"outcomes": known, "person_days": span.size * max(0.0, (now - span.since) / timedelta(days=1))}
        for wave, span in spans.items()
    }
    if not known:
        return counted
    told = (
        select(wave_of(campaign_id, outcomes.c.subscriber_id), outcomes)
        .where(outcomes.c.kind.in_((*_CHARGES, OutcomeKind.CANCELLED.value)))
        .where(outcomes.c.day >= earliest_of(spans).date())
        .subquery()
    )
    person, kind = told.c.subscriber_id, told.c.kind
    query = (
        select(
            told.c.wave,
            func.count(case((kind.in_(_CHARGES), person)).distinct()),
            func.count(case((kind == OutcomeKind.FIRST_CHARGE_FAILED.value, person)).distinct()),
            func.count(case((kind == OutcomeKind.CANCELLED.value, person)).distinct()),
        )
        .where(or_(*(and_(told.c.wave == wave, told.c.day >= span.since.date()) for wave, span in spans.items())))
        .group_by(told.c.wave)
    )
    for wave, charges, failed, left in tx.execute(query):
        counted[wave] |= {"first_charges": charges, "first_charges_failed": failed, "cancellations": left}
    return counted


# ---------------------------------------------------------------- what is usual


@dataclass(frozen=True)
class _Usual:
    """The days before the first wave, over everybody in the register."""

    people: int
    handovers: int
    thumbs_down: int
    ratings: int
    rating_sum: int


def _usual(tx: Tx, first: datetime) -> _Usual:
    before = and_(cases.c.opened_at >= first - BEFORE, cases.c.opened_at < first)
    handovers = int(tx.execute(select(func.count()).select_from(cases).where(before)).scalar_one())
    told = and_(feedback.c.at >= first - BEFORE, feedback.c.at < first)
    down, rated, total = (int(value) for value in tx.execute(select(*_opinions()).where(told)).one())
    people = int(tx.execute(select(func.count()).select_from(subscribers)).scalar_one())
    return _Usual(people, handovers, down, rated, total)


def _scaled(usual: _Usual, span: WaveSpan, now: datetime) -> dict[str, float]:
    """What these people would have brought in this time."""
    share = span.size / max(1, usual.people) * max(0.0, (now - span.since) / BEFORE)
    return {
        "usual_handovers": usual.handovers * share,
        "usual_thumbs_down": usual.thumbs_down * share,
        "usual_ratings": usual.ratings,
        "usual_rating_sum": usual.rating_sum,
    }
