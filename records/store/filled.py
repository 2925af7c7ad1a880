"""The messages of a batch into the outbox: many rows that share most of their columns. What a row goes through afterwards is
drawn in `records.store.messages`."""

from collections.abc import Sequence
from json.encoder import encode_basestring

from sqlalchemy import bindparam, func, literal_column, select

from records.database import Tx
from records.forms import Letter
from records.ledger import Line, Sheet, StoredMessage
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
    "reason", "token", "holder", "sending_at", "settled_at", "provider_id", "cost", "reserved_on", "pots",
    "conversation_id", "case_id",
)  # fmt: skip
"""Columns such a row leaves empty."""


def put(tx: Tx, sheet: Sheet, lines: Sequence[Line]) -> tuple[StoredMessage, ...]:
    """Into the outbox, with the forms of their letters; those that were new, as they stand there."""
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
    if not _PUT.run_same(tx, _same(sheet), _OWN, rows):
        return ()
    ids = dict(_IDS.rows(tx, {"of": sheet.batch_id, "after": last}))
    return tuple(
        _stored(sheet, line, body, ids[line.key]) for line, body in zip(lines, bodies, strict=True) if line.key in ids
    )


def _stored(sheet: Sheet, line: Line, body: str, number: int) -> StoredMessage:
    """What reading the row would give."""
    return StoredMessage(
        number,
        line.key,
        MessageKind.CAMPAIGN,
        line.channel,
        line.address,
        body,
        MessageState.PLANNED,
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
    )


_LAST = Prepared(lambda _: select(func.coalesce(func.max(messages.c.id), literal_column("0"))))
_IDS = Prepared(
    lambda _: select(messages.c.key, messages.c.id).where(
        messages.c.batch_id == bindparam("of"),
        messages.c.state == literal_column("'planned'"),
        messages.c.id > bindparam("after"),
    )
)
_PUT = new_rows(messages, ("id", *_LATER))


def _same(sheet: Sheet) -> dict[str, object]:
    return {
        "kind": MessageKind.CAMPAIGN.value,
        "campaign_id": sheet.campaign_id,
        "stage": sheet.stage,
        "batch_id": sheet.batch_id,
        "revision": sheet.revision,
        "message_class": sheet.message_class.value,
        "content_kind": "form",
        "state": MessageState.PLANNED.value,
        "attempts": 0,
        "planned_at": sheet.planned_at,
        "delivery": DeliveryState.UNKNOWN.value,
    }


def _body(letter: Letter) -> str:
    """What `kept_to_json` makes of the letter, at a quarter of its cost (a test holds the two together)."""
    values = ",".join(map(encode_basestring, letter.values))
    return f'{{"form":"{letter.form.id}","values":[{values}],"kind":"form"}}'
