"""Cases: what a person has to settle. open -> claimed -> resolved, and back; every step leaves an event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from records.database import Tx, insert_new
from records.errors import Conflict, NotFound
from records.tables import case_events, cases
from records.types import Case, CaseEvent, CaseState, Language, Reason


@dataclass(frozen=True)
class NewCase:
    """A case about to be opened. `id` is derived from what caused it; `code` is what the subscriber is told."""

    id: str
    code: str
    conversation_id: str
    subscriber_id: str | None
    kind: Reason
    language: Language
    summary: str
    promised_at: datetime | None


def open(tx: Tx, case: NewCase, now: datetime) -> Case:
    """Open it, once: a second call with the same id returns the case as it stands."""
    row = {
        "id": case.id,
        "code": case.code,
        "conversation_id": case.conversation_id,
        "subscriber_id": case.subscriber_id,
        "kind": case.kind.value,
        "state": CaseState.OPEN.value,
        "language": case.language.value,
        "summary": case.summary,
        "opened_at": now,
        "promised_at": case.promised_at,
        "claimed_by": "",
        "claimed_at": None,
        "last_staff_at": None,
        "resolved_at": None,
        "thread": "",
    }
    if insert_new(tx, cases, row):
        add_event(tx, case.id, "opened", "", case.summary, now)
    return require(tx, case.id)


def code_is_free(tx: Tx, code: str) -> bool:
    return tx.execute(select(cases.c.id).where(cases.c.code == code)).first() is None


def get(tx: Tx, case_id: str) -> Case | None:
    row = tx.execute(select(cases).where(cases.c.id == case_id)).one_or_none()
    return None if row is None else _case(row)


def require(tx: Tx, case_id: str) -> Case:
    """The case, locked where the database can. Raises NotFound."""
    row = tx.execute(select(cases).where(cases.c.id == case_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"there is no case {case_id!r}; it may have been erased")
    return _case(row)


def listed(tx: Tx, state: CaseState | None = None, limit: int = 500) -> tuple[Case, ...]:
    """Cases in one state, or all; those promised soonest first, the resolved newest first."""
    query = select(cases).limit(limit)
    if state is not None:
        query = query.where(cases.c.state == state.value)
    resolved = state is CaseState.RESOLVED
    order = (cases.c.resolved_at.desc(),) if resolved else (cases.c.promised_at, cases.c.opened_at)
    return tuple(_case(row) for row in tx.execute(query.order_by(*order)))


def open_of(tx: Tx, conversation_id: str) -> Case | None:
    """The case of this conversation that is not resolved; the newest, should there be two."""
    query = _unresolved().where(cases.c.conversation_id == conversation_id).order_by(cases.c.opened_at.desc())
    row = tx.execute(query.limit(1)).one_or_none()
    return None if row is None else _case(row)


def latest_of(tx: Tx, conversation_id: str) -> Case | None:
    """The newest case of this conversation in any state."""
    query = select(cases).where(cases.c.conversation_id == conversation_id).order_by(cases.c.opened_at.desc())
    row = tx.execute(query.limit(1)).one_or_none()
    return None if row is None else _case(row)


def open_of_subscriber(tx: Tx, subscriber_id: str) -> tuple[Case, ...]:
    """Every unresolved case of this person, on any channel, oldest first."""
    query = _unresolved().where(cases.c.subscriber_id == subscriber_id).order_by(cases.c.opened_at)
    return tuple(_case(row) for row in tx.execute(query))


def claim(tx: Tx, case_id: str, staff: str, now: datetime, external_id: str = "") -> Case:
    """`staff` takes an open case. Claiming one's own again changes nothing. Raises Conflict when another holds it."""
    case = require(tx, case_id)
    if case.state is CaseState.CLAIMED and case.claimed_by == staff:
        return case
    if case.state is not CaseState.OPEN:
        raise Conflict(f"case {case.code} is {case.state.value}{_holder(case)}; only an open case can be claimed")
    _set(tx, case_id, state=CaseState.CLAIMED.value, claimed_by=staff, claimed_at=now, last_staff_at=None)
    add_event(tx, case_id, "claimed", staff, "", now, external_id)
    return require(tx, case_id)


def release(tx: Tx, case_id: str, actor: str, promised_at: datetime | None, now: datetime) -> Case:
    """Put a claimed case back into the queue. Raises Conflict when nobody holds it."""
    case = require(tx, case_id)
    if case.state is not CaseState.CLAIMED:
        raise Conflict(f"case {case.code} is {case.state.value}; only a claimed case can be released")
    _set(tx, case_id, state=CaseState.OPEN.value, claimed_by="", claimed_at=None, promised_at=promised_at)
    add_event(tx, case_id, "released", actor, "", now)
    return require(tx, case_id)


def resolve(tx: Tx, case_id: str, staff: str, now: datetime, external_id: str = "") -> Case:
    """Close it. Resolving a resolved case changes nothing."""
    case = require(tx, case_id)
    if case.state is CaseState.RESOLVED:
        return case
    _set(tx, case_id, state=CaseState.RESOLVED.value, resolved_at=now)
    add_event(tx, case_id, "resolved", staff, "", now, external_id)
    return require(tx, case_id)


def reopen(
    tx: Tx, case_id: str, actor: str, promised_at: datetime | None, now: datetime, external_id: str = ""
) -> Case:
    """Back into the queue. Raises Conflict when the case is not resolved."""
    case = require(tx, case_id)
    if case.state is not CaseState.RESOLVED:
        raise Conflict(f"case {case.code} is {case.state.value}; only a resolved case can be reopened")
    back = {"state": CaseState.OPEN.value, "claimed_by": "", "claimed_at": None, "resolved_at": None}
    _set(tx, case_id, **back, promised_at=promised_at)
    add_event(tx, case_id, "reopened", actor, "", now, external_id)
    return require(tx, case_id)


def staff_spoke(tx: Tx, case_id: str, now: datetime) -> None:
    """Remember when staff last wrote to the subscriber."""
    _set(tx, case_id, last_staff_at=now)


def add_to(tx: Tx, case_id: str, line: str, now: datetime) -> Case:
    """Add a line to what an open case is about."""
    case = require(tx, case_id)
    _set(tx, case_id, summary=f"{case.summary}\n{line}")
    add_event(tx, case_id, "added", "", line, now)
    return require(tx, case_id)


def raise_kind(tx: Tx, case_id: str, kind: Reason, promised_at: datetime | None) -> Case:
    """The case turned out to be about something weightier than what it was opened for."""
    _set(tx, case_id, kind=kind.value, promised_at=promised_at)
    return require(tx, case_id)


def add_event(tx: Tx, case_id: str, what: str, actor: str, text: str, now: datetime, external_id: str = "") -> None:
    row = {"case_id": case_id, "what": what, "actor": actor, "text": text, "external_id": external_id, "at": now}
    tx.execute(insert(case_events).values(**row))


def events_of(tx: Tx, case_id: str) -> tuple[CaseEvent, ...]:
    """Everything that happened to the case, in order."""
    rows = tx.execute(select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.id))
    return tuple(_event(row) for row in rows)


def event_by_external_id(tx: Tx, case_id: str, external_id: str) -> CaseEvent | None:
    """What this delivery did to the case: known deliveries are not acted on again."""
    row = tx.execute(
        select(case_events).where(case_events.c.case_id == case_id, case_events.c.external_id == external_id)
    ).first()
    return None if row is None else _event(row)


def _unresolved() -> Any:
    return select(cases).where(cases.c.state != CaseState.RESOLVED.value)


def _set(tx: Tx, case_id: str, **values: object) -> None:
    tx.execute(update(cases).where(cases.c.id == case_id).values(**values))


def _holder(case: Case) -> str:
    return f" by {case.claimed_by}" if case.claimed_by else ""


def _case(row: Row[Any]) -> Case:
    values = dict(row._mapping)
    return Case(
        **{
            **values,
            "kind": Reason(row.kind),
            "state": CaseState(row.state),
            "language": Language(row.language),
        }
    )


def _event(row: Row[Any]) -> CaseEvent:
    return CaseEvent(row.id, row.case_id, row.what, row.actor, row.text, row.external_id, row.at)
