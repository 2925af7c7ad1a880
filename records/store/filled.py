"""The messages of a batch into the outbox: many rows that share most of their columns. What a row goes through afterwards is
drawn in `records.store.messages`."""

from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import NamedTuple

from sqlalchemy import bindparam, func, literal_column, select

from records.database import Tx
from records.forms import Letter
from records.ledger import Hand, Line, Sheet, StoredMessage
from records.prepared import Prepared, new_rows
from records.store import forms
from records.store.shut_addresses import address_hash
from records.tables import messages
from records.types import DeliveryState, MessageKind, MessageState

_OWN = (
    "key", "subscriber_id", "channel", "address", "address_hash", "body", "not_before", "expires_at", "conditions"
)  # fmt: skip
"""The columns in which the rows of a batch differ."""

_LATER = (
    "reason", "sending_at", "settled_at", "provider_id", "cost", "reserved_on", "pots",
    "conversation_id", "case_id",
)  # fmt: skip
"""Columns such a row leaves empty."""


def put(tx: Tx, sheet: Sheet, lines: Sequence[Line], hand: Hand | None = None) -> tuple[StoredMessage, ...]:
    """Into the outbox, with the forms of their letters; those that were new, as they stand there. What `hand` takes is in it
    from the start: to be planned first and then taken, each row was written twice."""
    if hand is None:
        return _put(tx, sheet, lines, _PLANNED)
    later = [line for line in lines if line.not_before > hand.at]
    due = [line for line in lines if line.not_before <= hand.at] if later else lines
    return _put(tx, sheet, later, _PLANNED) + _put(
        tx, sheet, due, _Standing(MessageState.CLAIMED, hand.token, hand.holder)
    )


class _Standing(NamedTuple):
    """How new rows begin."""

    state: MessageState
    token: str = ""
    holder: str = ""


_PLANNED = _Standing(MessageState.PLANNED)


def _put(tx: Tx, sheet: Sheet, lines: Sequence[Line], standing: _Standing) -> tuple[StoredMessage, ...]:
    if not lines:
        return ()
    forms.keep(tx, {line.letter.form.id: line.letter.form for line in lines}.values())
    bodies = [_body(line.letter) for line in lines]
    rows = [
        (
            line.key,
            line.subscriber_id,
            line.channel.value,
            line.address,
            address_hash(tx, line.channel, line.address),
            body,
            line.not_before,
            line.expires_at,
            line.conditions,
        )
        for line, body in zip(lines, bodies, strict=True)
    ]
    ((last,),) = _LAST.rows(tx, {})
    if not _PUT.run_same(tx, _same(sheet, standing), _OWN, rows):
        return ()
    ids = dict(_IDS.rows(tx, {"of": sheet.batch_id, "after": last}))
    return tuple(
        _stored(sheet, line, body, ids[line.key], standing)
        for line, body in zip(lines, bodies, strict=True)
        if line.key in ids
    )


def _stored(sheet: Sheet, line: Line, body: str, number: int, standing: _Standing) -> StoredMessage:
    """What reading the row would give."""
    return StoredMessage(
        number,
        line.key,
        MessageKind.CAMPAIGN,
        line.channel,
        line.address,
        body,
        standing.state,
        0,
        line.not_before,
        line.expires_at,
        line.subscriber_id,
        "",
        "",
        sheet.campaign_id,
        sheet.stage,
        sheet.message_class,
        line.conditions,
        standing.token,
    )


_LAST = Prepared(lambda _: select(func.coalesce(func.max(messages.c.id), literal_column("0"))))
_IDS = Prepared(
    lambda _: select(messages.c.key, messages.c.id).where(
        messages.c.batch_id == bindparam("of"),
        messages.c.state.in_((literal_column("'planned'"), literal_column("'claimed'"))),
        messages.c.id > bindparam("after"),
    )
)
_PUT = new_rows(messages, ("id", *_LATER))


def _same(sheet: Sheet, standing: _Standing) -> dict[str, object]:
    return {
        "kind": MessageKind.CAMPAIGN.value,
        "campaign_id": sheet.campaign_id,
        "stage": sheet.stage,
        "batch_id": sheet.batch_id,
        "revision": sheet.revision,
        "message_class": sheet.message_class.value,
        "content_kind": "form",
        "state": standing.state.value,
        "token": standing.token or None,
        "holder": standing.holder or None,
        "attempts": 0,
        "planned_at": sheet.planned_at,
        "delivery": DeliveryState.UNKNOWN.value,
    }


def _body(letter: Letter) -> str:
    """What `kept_to_json` makes of the letter, at a quarter of its cost (a test holds the two together)."""
    values = ",".join(map(encode_basestring, letter.values))
    return f'{{"form":"{letter.form.id}","values":[{values}],"kind":"form"}}'
