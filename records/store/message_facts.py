"""What the gate must know about campaign rows at the moment of claiming, read in four queries for any number of rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, select, tuple_

from records.database import Tx
from records.ledger import Facts, StoredMessage
from records.store.messages import open_cases_of
from records.store.subscribers import address_hash
from records.tables import campaigns, consents, contacts, messages, subscribers, suppressions
from records.types import HOLDING_KINDS, CampaignState, MessageClass, Purpose


def load(tx: Tx, rows: Sequence[StoredMessage]) -> dict[int, Facts]:
    """Facts by message id."""
    people = sorted({row.subscriber_id for row in rows if row.subscriber_id})
    known = {row.id: row for row in tx.execute(select(subscribers).where(subscribers.c.id.in_(people)))}
    holding = open_cases_of(tx, people, [kind.value for kind in HOLDING_KINDS])
    stops = _suppressions(tx, rows)
    granted = _consents(tx, people)
    by_message = {row.id: row for row in tx.execute(_joined(rows))}
    return {row.id: _facts(tx, row, by_message[row.id], known, holding, stops, granted) for row in rows}


def _joined(rows: Sequence[StoredMessage]) -> Any:
    return (
        select(messages.c.id, campaigns.c.state.label("campaign_state"), contacts.c.address.label("current_address"))
        .outerjoin(campaigns, campaigns.c.id == messages.c.campaign_id)
        .outerjoin(
            contacts,
            and_(contacts.c.subscriber_id == messages.c.subscriber_id, contacts.c.channel == messages.c.channel),
        )
        .where(messages.c.id.in_([row.id for row in rows]))
    )


def _suppressions(tx: Tx, rows: Sequence[StoredMessage]) -> dict[tuple[str, str], str]:
    keys = [(row.channel.value, address_hash(tx, row.channel, row.address)) for row in rows]
    query = select(suppressions).where(tuple_(suppressions.c.channel, suppressions.c.address_hash).in_(keys))
    return {(row.channel, row.address_hash): row.reason for row in tx.execute(query)}


def _consents(tx: Tx, people: Sequence[str]) -> dict[tuple[str, str, str], bool]:
    query = select(consents).where(consents.c.subscriber_id.in_(list(people)))
    return {(row.subscriber_id, row.channel, row.purpose): row.granted for row in tx.execute(query)}


def _facts(
    tx: Tx,
    row: StoredMessage,
    joined: Row[Any],
    known: dict[str, Row[Any]],
    holding: dict[str, str],
    stops: dict[tuple[str, str], str],
    granted: dict[tuple[str, str, str], bool],
) -> Facts:
    person = known.get(row.subscriber_id)
    purpose = (row.message_class or MessageClass.SERVICE).purpose if row.message_class else Purpose.SERVICE
    return Facts(
        campaign_state=CampaignState(joined.campaign_state) if joined.campaign_state else None,
        suppressed=stops.get((row.channel.value, address_hash(tx, row.channel, row.address)), ""),
        consent=granted.get((row.subscriber_id, row.channel.value, purpose.value), False),
        current_address=joined.current_address or "",
        known=person is not None,
        moved=person is not None and person.moved_at is not None,
        held_by_case=holding.get(row.subscriber_id, ""),
        time_zone=person.time_zone if person is not None else "",
        country=person.country if person is not None else "",
        fields=dict(person.fields) if person is not None else {},
        payment_method=person.payment_method if person is not None else "",
    )
