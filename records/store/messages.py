"""The outbox and ledger: one table, `messages`. The ledger is the truth; engines only distribute the work.

    planned ──claim──▶ claimed ──start──▶ sending ──settle──▶ sent | failed
       ▲  ▲               │                  │
       │  └───put_back────┘                  ├──▶ planned      the vendor said "later": nothing was sent
       │                                     └──▶ uncertain    the process died, or the line broke, during the call
       └─ recover (its holder died)
    planned ──▶ suppressed (the gate said no) | expired (its time passed)

Rows of a batch that are written in the claim which takes them begin as `claimed` (`records.store.filled`).
Every move is a compare-and-set on state and attempt token, so a second run or a stopped and continued worker changes nothing.
The moves from claim to settle are in `records.store.attempts`.
`delivery` is the other column: it comes from receipts and only climbs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, exists, func, literal_column, or_, select, update
from sqlalchemy import case as sql_case

from records.content import kept_to_json
from records.database import Tx, insert_new
from records.forms import Letter
from records.inbound import Receipt
from records.ledger import Facts, LedgerLine, NewMessage, SentMessage, StoredMessage
from records.prepared import Prepared, new_rows
from records.store import forms
from records.store.shut_addresses import address_hash
from records.tables import campaigns, cases, messages, receipts
from records.types import (
    DELIVERY_RANK,
    ChannelName,
    DeliveryState,
    MessageClass,
    MessageKind,
    MessageState,
)


def put(tx: Tx, message: NewMessage) -> bool:
    """Into the outbox; False if its key (or its place in the campaign) is already there."""
    return put_many(tx, [message]) == 1


def put_many(tx: Tx, rows: Sequence[NewMessage]) -> int:
    """Into the outbox, in bulk, with the forms of their letters; how many were new."""
    forms.keep(tx, {message.content.form for message in rows if isinstance(message.content, Letter)})
    return _PUT.run_many(tx, [_row(tx, message) for message in rows])


_LATER = ("reason", "token", "holder", "sending_at", "settled_at", "provider_id", "cost", "reserved_on", "pots")
"""Columns a new row leaves empty."""


def _row(tx: Tx, message: NewMessage) -> dict[str, Any]:
    content = message.content.kept if isinstance(message.content, Letter) else message.content
    return {
        "key": message.key,
        "kind": message.kind.value,
        "channel": message.channel.value,
        "address": message.address,
        "address_hash": address_hash(tx, message.channel, message.address),
        "subscriber_id": message.subscriber_id or None,
        "conversation_id": message.conversation_id or None,
        "case_id": message.case_id or None,
        "campaign_id": message.campaign_id or None,
        "stage": message.stage or None,
        "batch_id": message.batch_id or None,
        "revision": message.revision,
        "message_class": message.message_class.value if message.message_class else None,
        "conditions": list(message.conditions),
        "content_kind": content.kind,
        "body": kept_to_json(content),
        "state": MessageState.PLANNED.value,
        "attempts": 0,
        "planned_at": message.planned_at,
        "not_before": message.not_before,
        "expires_at": message.expires_at,
        "delivery": DeliveryState.UNKNOWN.value,
    }


_PUT = new_rows(messages, ("id", *_LATER))

_COLUMNS = (
    messages.c.id,
    messages.c.key,
    messages.c.kind,
    messages.c.channel,
    messages.c.address,
    messages.c.body,
    messages.c.state,
    messages.c.attempts,
    messages.c.not_before,
    messages.c.expires_at,
    messages.c.subscriber_id,
    messages.c.conversation_id,
    messages.c.case_id,
    messages.c.campaign_id,
    messages.c.stage,
    messages.c.message_class,
    messages.c.conditions,
    messages.c.token,
    messages.c.reserved_on,
)


_KINDS = {word.value: word for word in MessageKind}
_CHANNELS = {word.value: word for word in ChannelName}
_STATES = {word.value: word for word in MessageState}
_CLASSES = {word.value: word for word in MessageClass}


def _stored(row: Any) -> StoredMessage:
    """From `_COLUMNS`, by position: by name, reading the values would cost more than finding the row."""
    number, key, kind, channel, address, body, state, attempts, not_before, expires_at, *rest = row
    subscriber_id, conversation_id, case_id, campaign_id, stage, message_class, conditions, token, reserved_on = rest
    return StoredMessage(
        number,
        key,
        _KINDS[kind],
        _CHANNELS[channel],
        address,
        body,
        _STATES[state],
        attempts,
        not_before,
        expires_at,
        subscriber_id or "",
        conversation_id or "",
        case_id or "",
        campaign_id or "",
        stage or "",
        _CLASSES[message_class] if message_class else None,
        tuple(conditions),
        token or "",
        reserved_on,
    )


def due_replies(tx: Tx, channel: ChannelName, now: datetime, limit: int) -> tuple[StoredMessage, ...]:
    """Replies of a channel that may leave now, oldest first, one per line of talk: each gets its replies in order.

    A line is an address, or at the desk, where all share one, a case. A card never waits behind a post: the post may be
    waiting for that very card.
    """
    query = (
        select(*_COLUMNS)
        .where(messages.c.state == MessageState.PLANNED.value, messages.c.kind == MessageKind.REPLY.value)
        .where(messages.c.channel == channel.value, messages.c.not_before <= now, ~_waits_in_line())
        .order_by(messages.c.id)
        .limit(limit)
    )
    return tuple(_stored(row) for row in tx.execute(query.with_for_update(skip_locked=True)))


def _waits_in_line() -> ColumnElement[bool]:
    earlier = messages.alias("earlier")
    return exists().where(
        earlier.c.channel == messages.c.channel,
        earlier.c.address == messages.c.address,
        or_(messages.c.address != "", earlier.c.case_id.is_not_distinct_from(messages.c.case_id)),
        or_(messages.c.content_kind != "card", earlier.c.content_kind == "card"),
        earlier.c.kind == MessageKind.REPLY.value,
        earlier.c.id < messages.c.id,
        earlier.c.state.in_(_UNSETTLED),
    )


_UNSETTLED = (MessageState.PLANNED.value, MessageState.CLAIMED.value, MessageState.SENDING.value)


def due_of_batch(tx: Tx, batch_id: str, now: datetime, limit: int) -> tuple[StoredMessage, ...]:
    """Planned rows of a batch whose time has come, oldest first; rows another worker is looking at are passed over."""
    return tuple(map(_stored, _DUE_OF_BATCH.typed_rows(tx, {"of": batch_id, "now": now, "most": limit})))


_DUE_OF_BATCH = Prepared(
    lambda _: (
        select(*_COLUMNS)
        .where(messages.c.batch_id == bindparam("of"), messages.c.state == literal_column("'planned'"))
        .where(messages.c.not_before <= bindparam("now"))
        .order_by(messages.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
)


def rows_of_campaign(tx: Tx, state: MessageState, limit: int) -> tuple[StoredMessage, ...]:
    """Campaign rows in this state, oldest first."""
    query = select(*_COLUMNS).where(messages.c.state == state.value, messages.c.kind == MessageKind.CAMPAIGN.value)
    return tuple(_stored(row) for row in tx.execute(query.order_by(messages.c.id).limit(limit)))


def defer(tx: Tx, message_id: int, until: datetime, reason: str) -> None:
    """Leave it planned for later."""
    tx.execute(
        update(messages)
        .where(messages.c.id == message_id, messages.c.state == MessageState.PLANNED.value)
        .values(not_before=until, reason=reason)
    )


def defer_each(tx: Tx, rows: Sequence[tuple[int, datetime, str]]) -> None:
    """Leave these planned, each until its own moment and for its own reason."""
    _DEFER.run_many(tx, [{"row": id, "at": until, "because": reason} for id, until, reason in rows])


_DEFER = Prepared(
    lambda _: (
        update(messages)
        .where(messages.c.id == bindparam("row"), messages.c.state == literal_column("'planned'"))
        .values(not_before=bindparam("at"), reason=bindparam("because"))
    )
)


def next_reply_at(tx: Tx, channel: ChannelName) -> datetime | None:
    """When the earliest planned reply of a channel may leave, of those that wait for no other."""
    of_channel = and_(messages.c.kind == MessageKind.REPLY.value, messages.c.channel == channel.value)
    return _earliest(tx, of_channel, ~_waits_in_line())


def next_of_batch_at(tx: Tx, batch_id: str) -> datetime | None:
    """When the earliest planned row of a batch may leave."""
    return _earliest(tx, messages.c.batch_id == batch_id)


def _earliest(tx: Tx, *conditions: ColumnElement[bool]) -> datetime | None:
    query = select(messages.c.not_before).where(messages.c.state == MessageState.PLANNED.value, *conditions)
    found: datetime | None = tx.execute(query.order_by(messages.c.not_before).limit(1)).scalar()
    return found


def end_unsent(tx: Tx, message_id: int, state: MessageState, reason: str, now: datetime) -> None:
    """A planned row that will never leave: suppressed or expired, with the reason a marketer can read."""
    tx.execute(
        update(messages)
        .where(messages.c.id == message_id, messages.c.state == MessageState.PLANNED.value)
        .values(state=state.value, reason=reason, settled_at=now)
    )


PURPOSE = sql_case(
    {word.value: word.purpose.value for word in MessageClass}, value=messages.c.message_class, else_="service"
)
"""The consent a row needs, by its class."""


def record_receipt(tx: Tx, receipt: Receipt) -> bool:
    """Keep a vendor's word and let the message climb. False if this receipt is known. May come before `settle`, or while that
    is not committed yet. One in a unit: two might wait for a settling that waits for them."""
    fresh = insert_new(
        tx,
        receipts,
        {
            "channel": receipt.channel.value,
            "external_id": receipt.external_id,
            "provider_id": receipt.provider_id,
            "delivery": receipt.delivery.value,
            "raw": receipt.raw,
            "at": receipt.at,
            "reason": receipt.reason or None,
        },
    )
    if fresh and not climb(tx, receipt.channel, receipt.provider_id) and tx.dialect.name != "sqlite":
        _ALONE.rows(tx, {"of": receipt.channel.value, "name": receipt.provider_id})
        climb(tx, receipt.channel, receipt.provider_id)
    return fresh == 1


def climb(tx: Tx, channel: ChannelName, provider_id: str) -> bool:
    """`delivery` is the highest word among all receipts: so any order and any repetition give the same. False if no message
    is known by that id."""
    words = _WORDS.rows(tx, {"of": channel.value, "name": provider_id})
    best = max((DeliveryState(word) for (word,) in words), key=DELIVERY_RANK.__getitem__, default=None)
    if best is None:
        return False
    named = (messages.c.channel == channel.value, messages.c.provider_id == provider_id)
    return tx.execute(update(messages).where(*named).values(delivery=best.value)).rowcount > 0


def name_lock(channel: ColumnElement[str], name: ColumnElement[str]) -> ColumnElement[int]:
    """What a receipt whose message is not known yet and the settling of that message take turns by, on PostgreSQL. Neither
    sees what the other has not committed, so without it each might leave the climb to the other."""
    return func.hashtextextended(channel.concat(literal_column("':'")).concat(name), literal_column("726567"))


_ALONE = Prepared(
    # Whoever has this message in a settling commits first; who settles it from now on waits, and then finds the receipt.
    lambda _: select(
        func.pg_advisory_xact_lock(name_lock(bindparam("of", type_=Text), bindparam("name", type_=Text))).is_(None)
    )
)


_WORDS = Prepared(
    lambda _: select(receipts.c.delivery).where(
        receipts.c.channel == bindparam("of"), receipts.c.provider_id == bindparam("name")
    )
)


def counts(tx: Tx, campaign_id: str) -> dict[tuple[str, MessageState, DeliveryState], int]:
    """How many rows of a campaign by stage, state and delivery: counts of rows, never counters kept apart."""
    query = (
        select(messages.c.stage, messages.c.state, messages.c.delivery, func.count())
        .where(messages.c.campaign_id == campaign_id)
        .group_by(messages.c.stage, messages.c.state, messages.c.delivery)
    )
    return {
        (stage, MessageState(state), DeliveryState(delivery)): count
        for stage, state, delivery, count in tx.execute(query)
    }


def lines_of(
    tx: Tx, campaign_id: str, states: Iterable[MessageState] = tuple(MessageState), limit: int = 1000
) -> tuple[LedgerLine, ...]:
    """Rows of a campaign in these states, oldest first: who got it, who did not, and why."""
    query = (
        select(messages)
        .where(messages.c.campaign_id == campaign_id, messages.c.state.in_([state.value for state in states]))
        .order_by(messages.c.id)
        .limit(limit)
    )
    return tuple(
        LedgerLine(
            row.id,
            ChannelName(row.channel),
            row.subscriber_id or "",
            row.stage or "",
            MessageState(row.state),
            DeliveryState(row.delivery),
            row.reason or "",
            row.settled_at or row.not_before,
        )
        for row in tx.execute(query)
    )


def history_of(tx: Tx, subscriber_id: str, limit: int = 10) -> tuple[SentMessage, ...]:
    """What we sent this person in campaigns, newest first; rehearsals are not counted."""
    query = (
        select(messages, campaigns.c.name.label("campaign_name"))
        .join(campaigns, campaigns.c.id == messages.c.campaign_id)
        .where(messages.c.subscriber_id == subscriber_id, campaigns.c.rehearsal.is_(False))
        .where(messages.c.state.in_((MessageState.SENT.value, MessageState.UNCERTAIN.value)))
        .order_by(messages.c.settled_at.desc())
        .limit(limit)
    )
    return tuple(
        SentMessage(
            row.campaign_name,
            row.stage,
            ChannelName(row.channel),
            row.settled_at,
            MessageState(row.state),
            DeliveryState(row.delivery),
        )
        for row in tx.execute(query)
    )


def case_of_provider_id(tx: Tx, channel: ChannelName, provider_id: str) -> str:
    """The case whose card or post the vendor knows by this id, or empty."""
    query = select(messages.c.case_id).where(
        messages.c.channel == channel.value, messages.c.provider_id == provider_id, messages.c.case_id.is_not(None)
    )
    return tx.execute(query.limit(1)).scalar() or ""


def went_to(tx: Tx, channel: ChannelName, provider_id: str, address: str) -> bool:
    """Whether the message the vendor knows by this id was sent to this address."""
    query = select(messages.c.id).where(
        messages.c.channel == channel.value,
        messages.c.provider_id == provider_id,
        messages.c.address_hash == address_hash(tx, channel, address),
    )
    return tx.execute(query.limit(1)).first() is not None


def thread_of_case(tx: Tx, channel: ChannelName, case_id: str) -> str:
    """The vendor's id of the first card of a case that stands: the root of its thread, or empty while there is none."""
    return next((name for of, name in _CARDS.rows(tx, {"case": case_id}) if of == channel.value), "")


_CARDS = Prepared(
    # Without the channel: PostgreSQL, before it has gathered any numbers, read every message of it from the index of their ids.
    lambda _: (
        select(messages.c.channel, messages.c.provider_id)
        .where(messages.c.case_id == bindparam("case"), messages.c.content_kind == literal_column("'card'"))
        .where(messages.c.provider_id.is_not(None))
        .order_by(messages.c.id)
    )
)


def facts_of(tx: Tx, rows: Sequence[StoredMessage], heard_since: datetime | None = None) -> dict[int, Facts]:
    """The facts of these campaign rows, read together; with what the people heard since then, if that is asked."""
    from records.store import message_facts  # its own file: five joins are a noun of their own

    return message_facts.load(tx, rows, heard_since)


def open_cases_of(tx: Tx, subscriber_ids: Sequence[str], kinds: Sequence[str]) -> dict[str, str]:
    """Subscribers with an unresolved case of these kinds, and its kind."""
    query = select(cases.c.subscriber_id, cases.c.kind).where(
        cases.c.subscriber_id.in_(list(subscriber_ids)), cases.c.state != "resolved", cases.c.kind.in_(list(kinds))
    )
    return {row.subscriber_id: row.kind for row in tx.execute(query)}
