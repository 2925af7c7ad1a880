"""A person taken out wherever their words and addresses are kept, in one unit.

The register, their conversations and cases go whole. In the ledger and the inbox the rows stay, so that what a campaign came to
can still be told and nothing comes in twice, but without words and address: they are keyed by the company's own id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, or_, select, tuple_, update

from records.database import Tx
from records.errors import Conflict, NotFound
from records.store import candidates, own_entries, subscribers
from records.store.messages import thread_of_case
from records.store.shut_addresses import ERASED
from records.tables import (
    cases,
    chat_events,
    chat_sessions,
    codes,
    contacts,
    conversations,
    feedback,
    inbox,
    messages,
    receipts,
    sandbox_messages,
)
from records.types import ChannelName, MessageState

_WAITS = (MessageState.PLANNED.value,)
_IN_HAND = (MessageState.CLAIMED.value, MessageState.SENDING.value)
_ANSWERED = ("done", "failed")
_AT_ONCE = 500


@dataclass(frozen=True)
class Erased:
    """How much was taken out. `threads`: what the desk's vendor keeps of their cases; only there can it be deleted."""

    talks: int
    cases: int
    messages: int
    threads: tuple[str, ...]


@dataclass(frozen=True)
class _Traces:
    """Where a person stands: their conversations, cases and rows of the ledger."""

    subscriber_id: str
    talks: tuple[Any, ...]
    cases: tuple[Any, ...]
    threads: tuple[str, ...]
    messages: tuple[Any, ...]

    @property
    def talk_ids(self) -> list[str]:
        return [talk.id for talk in self.talks]

    @property
    def rooms(self) -> list[str]:
        """Under which addresses staff wrote about them: the case or its thread."""
        return [case.id for case in self.cases] + list(self.threads)


def erase(tx: Tx, subscriber_id: str, now: datetime) -> Erased:
    """Take the person out. Raises NotFound for an unknown id, and Conflict, with nothing changed, while a case of theirs is
    open or something to or from them is under way."""
    if subscribers.get(tx, subscriber_id) is None:
        raise NotFound(f"there is no subscriber {subscriber_id!r}")
    traces = _traces(tx, subscriber_id)
    _each(tx, conversations, conversations.c.id, traces.talk_ids, subscriber_id=subscriber_id)
    _refuse_what_is_open(traces)
    _clear_inbox(tx, traces)
    _clear_ledger(tx, traces, now)
    candidates.forget_person(tx, subscriber_id)
    own_entries.forget_person(tx, subscriber_id)
    _drop_talks(tx, traces)
    subscribers.erase(tx, subscriber_id, now)
    return Erased(len(traces.talks), len(traces.cases), len(traces.messages), traces.threads)


def _traces(tx: Tx, subscriber_id: str) -> _Traces:
    talks = tuple(tx.execute(_talks_of(subscriber_id).order_by(conversations.c.id).with_for_update()))
    ids = [talk.id for talk in talks]
    theirs = or_(cases.c.subscriber_id == subscriber_id, cases.c.conversation_id.in_(ids))
    found = tuple(tx.execute(select(cases.c.id, cases.c.code, cases.c.state).where(theirs)))
    threads = (thread_of_case(tx, ChannelName.SLACK, case.id) for case in found)
    rows = select(messages.c.id, messages.c.key, messages.c.state, messages.c.channel, messages.c.provider_id).where(
        or_(
            messages.c.subscriber_id == subscriber_id,
            messages.c.conversation_id.in_(ids),
            messages.c.case_id.in_([case.id for case in found]),
        )
    )
    held = tuple(tx.execute(rows.order_by(messages.c.id).with_for_update()))
    return _Traces(subscriber_id, talks, found, tuple(sorted(filter(None, threads))), held)


def _talks_of(subscriber_id: str) -> Any:
    """Conversations known to be theirs, and those with an address that is theirs and nobody else's."""
    other = contacts.alias("other")
    shared = (
        select(other.c.subscriber_id)
        .where(
            other.c.channel == contacts.c.channel,
            other.c.address == contacts.c.address,
            other.c.subscriber_id != subscriber_id,
        )
        .exists()
    )
    own = select(contacts.c.channel, contacts.c.address).where(contacts.c.subscriber_id == subscriber_id, ~shared)
    nameless = conversations.c.subscriber_id.is_(None)
    at_own = tuple_(conversations.c.channel, conversations.c.address).in_(own)
    return select(conversations.c.id, conversations.c.channel, conversations.c.address).where(
        or_(conversations.c.subscriber_id == subscriber_id, nameless & at_own)
    )


def _refuse_what_is_open(traces: _Traces) -> None:
    open_codes = sorted(case.code for case in traces.cases if case.state != "resolved")
    if open_codes:
        raise Conflict(
            f"{traces.subscriber_id} still has an open case ({', '.join(open_codes)}): answer and resolve it first, "
            "so that they hear the last word. Nothing was erased."
        )
    if any(row.state in _IN_HAND for row in traces.messages):
        raise _under_way(traces.subscriber_id, "a message to them is being sent")


def _under_way(subscriber_id: str, what: str) -> Conflict:
    return Conflict(f"{subscriber_id}: {what} at this moment; try again in a minute. Nothing was erased.")


def _clear_inbox(tx: Tx, traces: _Traces) -> None:
    """What came from them and about them: known by its vendor's id, so that it does not come in again, and by nothing else."""
    ways = [(talk.channel, talk.address) for talk in traces.talks]
    theirs = or_(tuple_(inbox.c.channel, inbox.c.address).in_(ways), inbox.c.address.in_(traces.rooms))
    rows = tuple(tx.execute(select(inbox.c.id, inbox.c.state).where(theirs).order_by(inbox.c.id).with_for_update()))
    if any(row.state not in _ANSWERED for row in rows):
        raise _under_way(traces.subscriber_id, "something they wrote is being answered")
    _each(tx, inbox, inbox.c.id, [row.id for row in rows], address="", body="", state="done", error=None)


def _clear_ledger(tx: Tx, traces: _Traces, now: datetime) -> None:
    ids = [row.id for row in traces.messages]
    waiting = [row.id for row in traces.messages if row.state in _WAITS]
    _each(tx, messages, messages.c.id, waiting, state=MessageState.SUPPRESSED.value, reason=ERASED, settled_at=now)
    # Telegram's name for a message holds the person's chat, so the vendor's name goes too.
    _each(tx, messages, messages.c.id, ids, address="", body="", provider_id=None)
    for row in traces.messages:
        tx.execute(delete(sandbox_messages).where(sandbox_messages.c.key == row.key))
        if row.provider_id is not None:
            said = (receipts.c.channel == row.channel) & (receipts.c.provider_id == row.provider_id)
            tx.execute(update(receipts).where(said).values(raw=""))


def _drop_talks(tx: Tx, traces: _Traces) -> None:
    """Turns, cases and what happened in them go with their conversation; how content they were stays as a number."""
    sessions = [talk.address for talk in traces.talks if talk.channel == ChannelName.WEB.value]
    _each(tx, feedback, feedback.c.conversation_id, traces.talk_ids, comment="")
    for column, values in (
        (codes.c.conversation_id, traces.talk_ids),
        (codes.c.subscriber_id, [traces.subscriber_id]),
        (chat_events.c.session_id, sessions),
        (chat_sessions.c.id, sessions),
        (conversations.c.id, traces.talk_ids),
    ):
        tx.execute(delete(column.table).where(column.in_(values)))


def _each(tx: Tx, table: Table, column: ColumnElement[Any], ids: Sequence[object], **values: object) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        tx.execute(update(table).where(column.in_(list(ids[start : start + _AT_ONCE]))).values(**values))
