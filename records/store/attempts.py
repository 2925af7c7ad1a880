"""One attempt at sending: rows are claimed together, started and settled volley by volley. `records.store.messages` draws how.

Several rows move in one statement, and each still by compare-and-set on its own state and the attempt's token: what a second
worker, a pause or an opt-out changed meanwhile is left out of it. Whoever moves more rows than one statement names takes them
first, in the order of their ids: a volley and those who give its rows back wait for each other, and never in a circle.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Dialect,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import case as sql_case

from records.database import Tx
from records.ids import new_id
from records.ledger import Hand, Outcome, StoredMessage
from records.prepared import Prepared, among
from records.store.messages import PURPOSE, climb, name_lock
from records.tables import campaigns, cases, consents, messages, receipts, subscribers, suppressions
from records.types import HOLDING_KINDS, CampaignState, ChannelName, MessageClass, MessageKind, MessageState

Settled = tuple[StoredMessage, Outcome]
"""A row that was sent and what came of it."""


def claim(tx: Tx, ids: Iterable[int], holder: str) -> str:
    """Take these planned rows in hand; the attempt token that every later move must show."""
    token = new_id("t")
    _CLAIM.run(tx, {"ids": list(ids), "held": token, "by": holder})
    return token


def hand(holder: str, now: datetime) -> Hand:
    """For rows that are written already taken in hand."""
    return Hand(new_id("t"), holder, now)


def hold(tx: Tx, ids: Iterable[int]) -> None:
    """Keep these rows from everybody else until the unit ends, the lowest id first. On SQLite there is one writer anyway."""
    if tx.dialect.name != "sqlite":
        _HOLD.rows(tx, {"ids": list(ids)})


def hold_hands(tx: Tx, tokens: Sequence[str]) -> None:
    """The same for all that these attempts have in hand."""
    if tokens:
        _hold_hand(tx, messages.c.token.in_(tokens))


def start(tx: Tx, ids: Sequence[int], token: str, now: datetime) -> frozenset[int]:
    """The mark just before the vendor call; which rows got it. The others may not leave after all: paused, opted out, moved
    on, or not ours."""
    if not ids:
        return frozenset()
    values = {"held": token, "at": now, **{f"row_{at}": id for at, id in enumerate(ids)}}
    return frozenset(id for (id,) in _start(len(ids)).rows(tx, values))


def put_back(tx: Tx, ids: Sequence[int], token: str) -> None:
    """Claimed rows that did not start: back to planned, so that the next claim asks the gate again."""
    if ids:
        _PUT_BACK.run(tx, {"ids": list(ids), "held": token})


def settle(tx: Tx, done: Sequence[Settled], token: str, now: datetime) -> frozenset[int]:
    """Record what came of these. Only the rows returned were still in this attempt's hand; nothing else changed."""
    sent = [(row, outcome) for row, outcome in done if outcome.state is MessageState.SENT]
    others = (
        row.id for row, outcome in done if outcome.state is not MessageState.SENT and _end(tx, row, outcome, token, now)
    )
    return _settle_sent(tx, sent, token, now).union(others)


def _settle_sent(tx: Tx, sent: Sequence[Settled], token: str, now: datetime) -> frozenset[int]:
    if not sent:
        return frozenset()
    values = {"held": token, "at": now}
    for at, (row, outcome) in enumerate(sent):
        values |= {f"row_{at}": row.id, f"of_{at}": row.id, f"name_{at}": outcome.provider_id or None}
    ours = frozenset(row.id for row, _ in sent)
    if _sent(len(sent)).run(tx, values) < len(ours):
        ours = frozenset(id for (id,) in _STANDING_SENT.rows(tx, {"ids": list(ours), "held": token}))
    _climb_early(tx, sent[0][0].channel, [outcome.provider_id for _, outcome in sent if outcome.provider_id])
    return ours


def _climb_early(tx: Tx, channel: ChannelName, names: Sequence[str]) -> None:
    """A receipt may have come before its message was settled."""
    if not names:
        return
    values = {"of": channel.value, **{f"name_{at}": name for at, name in enumerate(names)}}
    for (name,) in _told(len(names)).rows(tx, values):
        climb(tx, channel, name)


def _end(tx: Tx, row: StoredMessage, outcome: Outcome, token: str, now: datetime) -> bool:
    values = {"row": row.id, "held": token, "because": outcome.reason or None}
    if outcome.state is MessageState.PLANNED:
        values |= {"at": outcome.again_at or now, "uncounted": 0 if outcome.counts else 1}
        return _BACK.run(tx, values) == 1
    return _END.run(tx, values | {"to_state": outcome.state.value, "at": now}) == 1


def recover(tx: Tx, holder: str, now: datetime) -> tuple[int, int]:
    """What a dead holder had in hand: claimed goes back to planned, sending becomes uncertain. (put back, uncertain)."""
    return _give_back(tx, messages.c.holder == holder, now)


def give_back(tx: Tx, token: str, now: datetime) -> tuple[int, int]:
    """The same of an attempt that broke off while its holder lived."""
    return _give_back(tx, messages.c.token == token, now)


def _give_back(tx: Tx, which: ColumnElement[bool], now: datetime) -> tuple[int, int]:
    _hold_hand(tx, which)
    back = tx.execute(
        update(messages)
        .where(which, messages.c.state == MessageState.CLAIMED.value)
        .values(state=MessageState.PLANNED.value, token=None, holder=None)
    ).rowcount
    unsure = tx.execute(
        update(messages)
        .where(which, messages.c.state == MessageState.SENDING.value)
        .values(state=MessageState.UNCERTAIN.value, reason="stopped_during_call", settled_at=now)
    ).rowcount
    return back, unsure


def _hold_hand(tx: Tx, which: ColumnElement[bool]) -> None:
    # Not passed over where another holds one: nobody looks a second time for what our own slot's earlier life had in hand.
    in_hand = messages.c.state.in_((MessageState.CLAIMED.value, MessageState.SENDING.value))
    tx.execute(select(messages.c.id).where(which, in_hand).order_by(messages.c.id).with_for_update(key_share=True))


def holders(tx: Tx) -> tuple[str, ...]:
    """Everyone who has rows in hand."""
    in_hand = messages.c.state.in_((MessageState.CLAIMED.value, MessageState.SENDING.value))
    return tuple(row.holder for row in tx.execute(select(messages.c.holder).where(in_hand).distinct()) if row.holder)


# ---------------------------------------------------------------- statements, one for each number of rows


def _any_row(count: int) -> ColumnElement[bool]:
    return messages.c.id.in_([bindparam(f"row_{at}") for at in range(count)])


def _word(word: str) -> ColumnElement[str]:
    """A word of ours, written out. What is bound to a column of a partial index SQLite compares with that index's condition,
    and so it prepares the statement anew for each run: that cost five times the run."""
    return literal_column(f"'{word}'")


def _in_hand(state: MessageState) -> ColumnElement[bool]:
    """Of rows that are named one by one. The state is not written as the index of rows in hand says it: PostgreSQL takes that
    index for empty, and read all that had been in hand since the last vacuum, 6,400 rows for each volley of eight."""
    return and_(messages.c.state.concat(_word("")) == _word(state), messages.c.token == bindparam("held"))


def _campaign_allows() -> ColumnElement[bool]:
    """What may change between claim and send: a pause, a new text, an opt-out, a withdrawn consent, a case, a move."""
    person = messages.c.subscriber_id
    running = exists().where(
        campaigns.c.id == messages.c.campaign_id,
        campaigns.c.state == _word(CampaignState.APPROVED),
        campaigns.c.revision == messages.c.revision,
    )
    moved = exists().where(subscribers.c.id == person, subscribers.c.moved_at.is_not(None))
    too_late = and_(cast(messages.c.conditions, Text).like(_word('%"not_moved"%')), moved)
    suppressed = exists().where(
        suppressions.c.channel == messages.c.channel, suppressions.c.address_hash == messages.c.address_hash
    )
    withdrawn = exists().where(
        consents.c.subscriber_id == person,
        consents.c.channel == messages.c.channel,
        consents.c.purpose == PURPOSE,
        consents.c.granted.is_(False),
    )
    held = exists().where(
        cases.c.subscriber_id == person,
        cases.c.state != _word("resolved"),
        cases.c.kind.in_([_word(kind) for kind in sorted(HOLDING_KINDS)]),
    )
    mandatory = or_(*(messages.c.message_class == _word(word) for word in MessageClass if word.mandatory))
    return and_(running, ~too_late, or_(mandatory, and_(~suppressed, ~withdrawn, ~held)))


_CLAIM = Prepared(
    lambda dialect: (
        update(messages)
        .where(among(dialect, messages.c.id, "ids"), messages.c.state == _word(MessageState.PLANNED))
        .values(state=_word(MessageState.CLAIMED), token=bindparam("held"), holder=bindparam("by"))
    )
)


_PUT_BACK = Prepared(
    lambda dialect: (
        update(messages)
        .where(among(dialect, messages.c.id, "ids"), _in_hand(MessageState.CLAIMED))
        .values(state=_word(MessageState.PLANNED), token=None, holder=None)
    )
)


_HOLD = Prepared(
    lambda dialect: (
        select(messages.c.id)
        .where(among(dialect, messages.c.id, "ids"))
        .order_by(messages.c.id)
        .with_for_update(key_share=True)
    )
)


@cache
def _start(count: int) -> Prepared:
    def build(_: object) -> ClauseElement:
        return (
            update(messages)
            .where(_any_row(count), _in_hand(MessageState.CLAIMED))
            .where(or_(messages.c.kind == _word(MessageKind.REPLY), _campaign_allows()))
            .values(state=_word(MessageState.SENDING), sending_at=bindparam("at"), attempts=messages.c.attempts + 1)
            .returning(messages.c.id)
        )

    return Prepared(build)


@cache
def _sent(count: int) -> Prepared:
    names: list[Any] = [(bindparam(f"of_{at}"), bindparam(f"name_{at}")) for at in range(count)]

    def build(dialect: Dialect) -> ClauseElement:
        shared = func.pg_advisory_xact_lock_shared(name_lock(messages.c.channel, messages.c.provider_id)).is_(None)
        statement = (
            update(messages)
            .where(_any_row(count), _in_hand(MessageState.SENDING))
            .values(
                state=_word(MessageState.SENT),
                reason=None,
                settled_at=bindparam("at"),
                provider_id=sql_case(*names, value=messages.c.id),
            )
        )
        # Rows are counted, not given back: SQLite keeps and hands out each of them, a sixth of what settling costs.
        return statement if dialect.name == "sqlite" else statement.returning(shared)

    return Prepared(build)


_STANDING_SENT = Prepared(
    lambda dialect: select(messages.c.id).where(among(dialect, messages.c.id, "ids"), _in_hand(MessageState.SENT))
)


@cache
def _told(count: int) -> Prepared:
    names: list[ColumnElement[Any]] = [bindparam(f"name_{at}") for at in range(count)]

    def build(_: object) -> ClauseElement:
        of_channel = receipts.c.channel == bindparam("of")
        return select(receipts.c.provider_id).where(of_channel, receipts.c.provider_id.in_(names)).distinct()

    return Prepared(build)


_THIS = and_(messages.c.id == bindparam("row"), _in_hand(MessageState.SENDING))
_END = Prepared(
    lambda _: (
        update(messages)
        .where(_THIS)
        .values(state=bindparam("to_state"), reason=bindparam("because"), settled_at=bindparam("at"))
    )
)
_BACK = Prepared(
    lambda _: (
        update(messages)
        .where(_THIS)
        .values(
            state=_word(MessageState.PLANNED),
            reason=bindparam("because"),
            not_before=bindparam("at"),
            attempts=messages.c.attempts - bindparam("uncounted"),
            token=None,
            holder=None,
        )
    )
)
