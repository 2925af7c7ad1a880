"""Batches of a campaign: who entered a stage, in which batch they fell, how often it was run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Row, bindparam, exists, func, literal_column, select, text, update

from records.database import Tx
from records.ids import new_id
from records.prepared import Prepared, new_rows
from records.tables import batch_members, batches, messages, stage_members
from records.types import MessageKind, MessageState

_IDS = 5_000
_OPEN = [state.value for state in (MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING)]
TRIED = [state.value for state in (MessageState.SENT, MessageState.FAILED, MessageState.UNCERTAIN)]
"""States of a row that was sent, or might have been."""

_PLANNED = text("messages.state = 'planned'")
"""As the index of due rows says it, to the letter: a database uses a partial index only then."""


@dataclass(frozen=True)
class Batch:
    """At most some hundreds of people in one stage. `runs` counts how often it was handed out again."""

    id: str
    campaign_id: str
    stage: str
    wave: int
    state: str
    runs: int


def enter_stage(tx: Tx, campaign_id: str, stage: str, people: Sequence[str], outcome: str = "") -> None:
    """Record that these people have entered the stage; who already had keeps their outcome."""
    same = {"campaign_id": campaign_id, "stage": stage, "outcome": outcome}
    _ENTER.run_same(tx, same, ("subscriber_id",), [(person,) for person in people])


_ENTER = new_rows(stage_members)


def entered(tx: Tx, campaign_id: str, stage: str) -> int:
    """How many people have entered the stage."""
    query = select(func.count()).where(stage_members.c.campaign_id == campaign_id, stage_members.c.stage == stage)
    return int(tx.execute(query).scalar_one())


def set_outcomes(tx: Tx, campaign_id: str, stage: str, outcomes: Mapping[str, str]) -> None:
    """Why people of a stage got nothing from it."""
    for reason in sorted(set(outcomes.values())):
        people = [person for person, why in outcomes.items() if why == reason]
        for start in range(0, len(people), _IDS):
            tx.execute(
                update(stage_members)
                .where(
                    stage_members.c.campaign_id == campaign_id,
                    stage_members.c.stage == stage,
                    stage_members.c.subscriber_id.in_(people[start : start + _IDS]),
                )
                .values(outcome=reason)
            )


def outcome_counts(tx: Tx, campaign_id: str) -> dict[tuple[str, str], int]:
    """How many people entered a stage and got nothing, by (stage, reason)."""
    query = (
        select(stage_members.c.stage, stage_members.c.outcome, func.count())
        .where(stage_members.c.campaign_id == campaign_id, stage_members.c.outcome != "")
        .group_by(stage_members.c.stage, stage_members.c.outcome)
    )
    return {(stage, outcome): count for stage, outcome, count in tx.execute(query)}


def make_batch(tx: Tx, campaign_id: str, stage: str, wave: int, people: Sequence[str], now: datetime) -> str:
    """A batch of people who have just entered the stage; its id."""
    batch_id = new_id("bat")
    seq = tx.execute(select(func.count()).where(batches.c.campaign_id == campaign_id)).scalar_one()
    tx.execute(
        batches.insert().values(
            id=batch_id,
            campaign_id=campaign_id,
            stage=stage,
            wave=wave,
            due_on=now.date(),
            seq=seq,
            state="planned",
            runs=0,
            size=len(people),
            tried=0,
            made_at=now,
        )
    )
    _JOIN.run_same(tx, {"batch_id": batch_id}, ("subscriber_id",), [(person,) for person in people])
    return batch_id


_JOIN = new_rows(batch_members)


def batch(tx: Tx, batch_id: str) -> Batch | None:
    row = tx.execute(select(batches).where(batches.c.id == batch_id)).one_or_none()
    return None if row is None else _batch(row)


def batch_people(tx: Tx, batch_id: str) -> tuple[str, ...]:
    """Who is in a batch, by id."""
    query = select(batch_members.c.subscriber_id).where(batch_members.c.batch_id == batch_id)
    return tuple(tx.execute(query.order_by(batch_members.c.subscriber_id)).scalars())


def unfilled(tx: Tx, of: Batch, most: int = 1_000_000, *, hold: bool = False) -> tuple[str, ...]:
    """The first `most` people of a batch, by id, with neither a message of this batch nor a reason for none. `hold` keeps
    others out meanwhile."""
    if hold:
        tx.execute(select(batches.c.id).where(batches.c.id == of.id).with_for_update())
    place = {"of": of.id, "campaign": of.campaign_id, "stage": of.stage, "in": of.campaign_id, "told": of.stage}
    return tuple(person for (person,) in _UNFILLED.rows(tx, {**place, "most": most}))


def _unfilled(_: object) -> ClauseElement:
    written = _number_of(
        messages.c.campaign_id == bindparam("campaign"),
        messages.c.stage == bindparam("stage"),
        messages.c.subscriber_id == batch_members.c.subscriber_id,
        messages.c.batch_id == batch_members.c.batch_id,
    )
    told = _number_of(
        stage_members.c.campaign_id == bindparam("in"),
        stage_members.c.stage == bindparam("told"),
        stage_members.c.subscriber_id == batch_members.c.subscriber_id,
        stage_members.c.outcome != literal_column("''"),
    )
    none: ColumnElement[int] = literal_column("0")
    query = select(batch_members.c.subscriber_id).where(batch_members.c.batch_id == bindparam("of"))
    query = query.where(written == none, told == none)
    return query.order_by(batch_members.c.subscriber_id).limit(bindparam("most"))


def _number_of(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Counted for each person by itself. As NOT EXISTS, PostgreSQL read all rows of the stage for each group of a batch."""
    return select(func.count()).where(*conditions).correlate(batch_members).scalar_subquery()


_UNFILLED = Prepared(_unfilled)


def mark_batch(tx: Tx, batch_id: str, state: str, runs: int | None = None) -> bool:
    """With `runs`: only if it was not handed out once more meanwhile. False if it was."""
    seen = update(batches).where(batches.c.id == batch_id)
    if runs is not None:
        seen = seen.where(batches.c.runs == runs)
    return tx.execute(seen.values(state=state)).rowcount == 1


def again(tx: Tx, batch_id: str, runs: int) -> bool:
    """Hand a batch out once more; False if someone already did. `runs` is the number that was seen."""
    statement = update(batches).where(batches.c.id == batch_id, batches.c.runs == runs, batches.c.state != "done")
    return tx.execute(statement.values(runs=runs + 1)).rowcount == 1


def rerun_due(tx: Tx, campaign_id: str, now: datetime) -> int:
    """Batches that were run and have rows due again go back to planned, with one run more; how many."""
    # From the rows that are due: a batch that waits for the morning was read through, row by row, at every tick.
    due = select(messages.c.batch_id).where(
        _PLANNED, messages.c.kind == MessageKind.CAMPAIGN.value, messages.c.not_before <= now
    )
    statement = update(batches).where(
        batches.c.campaign_id == campaign_id, batches.c.state == "filled", batches.c.id.in_(due)
    )
    return tx.execute(statement.values(state="planned", runs=batches.c.runs + 1)).rowcount


def settle_batches(tx: Tx, campaign_id: str, now: datetime) -> int:
    """Batches that were run and have no open row are done; how many."""
    still_open = _rows_of_batch(messages.c.state.in_(_OPEN))
    statement = update(batches).where(batches.c.campaign_id == campaign_id, batches.c.state == "filled", ~still_open)
    tried = (
        select(func.count())
        .where(messages.c.batch_id == batches.c.id, messages.c.state.in_(TRIED))
        .correlate(batches)
        .scalar_subquery()
    )
    return tx.execute(statement.values(state="done", tried=tried, done_at=now)).rowcount


def planned_batches(tx: Tx, campaign_id: str, limit: int, stage: str | None = None) -> tuple[Batch, ...]:
    """The next batches to be run, oldest first; of one stage, if it is named."""
    query = select(batches).where(batches.c.campaign_id == campaign_id, batches.c.state == "planned")
    query = query if stage is None else query.where(batches.c.stage == stage)
    return tuple(_batch(row) for row in tx.execute(query.order_by(batches.c.seq, batches.c.id).limit(limit)))


def any_open_batch(tx: Tx, campaign_id: str, stage: str | None = None) -> bool:
    """Is one not done yet; of one stage, if it is named?"""
    query = select(batches.c.id).where(batches.c.campaign_id == campaign_id, batches.c.state != "done")
    query = query if stage is None else query.where(batches.c.stage == stage)
    return tx.execute(query.limit(1)).first() is not None


def next_row_at(tx: Tx, campaign_id: str) -> datetime | None:
    """When the earliest planned row may leave."""
    query = select(messages.c.not_before).where(
        messages.c.campaign_id == campaign_id, messages.c.state == MessageState.PLANNED.value
    )
    found: datetime | None = tx.execute(query.order_by(messages.c.not_before).limit(1)).scalar()
    return found


def _rows_of_batch(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(messages.c.batch_id == batches.c.id, *conditions)


def _batch(row: Row[Any]) -> Batch:
    return Batch(row.id, row.campaign_id, row.stage, row.wave, row.state, row.runs)
