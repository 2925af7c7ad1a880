"""What the gate must know about campaign rows at the moment of claiming, read in a few queries for any number of rows."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from records.database import Tx
from records.ledger import UNCONFIRMED, Facts, StoredMessage
from records.prepared import Prepared, among
from records.store import heard, next_way
from records.store.messages import PURPOSE, open_cases_of
from records.tables import campaigns, consents, contacts, messages, subscribers, suppressions
from records.types import HOLDING_KINDS, CampaignState


def load(tx: Tx, rows: Sequence[StoredMessage], heard_since: datetime | None = None) -> dict[int, Facts]:
    """Facts by message id. What the people heard is counted since `heard_since`, or not at all; until the transaction ends
    nobody else counts it."""
    if not rows:
        return {}
    people = sorted({row.subscriber_id for row in rows if row.subscriber_id})
    if heard_since is not None:
        heard.hold(tx, people)
    holding = open_cases_of(tx, people, [kind.value for kind in HOLDING_KINDS])
    asked = [row.id for row in rows if UNCONFIRMED in row.conditions]
    done = next_way.confirmed_elsewhere(tx, asked) if asked else frozenset()
    found = _QUERY.typed_rows(tx, {"ids": [row.id for row in rows]})
    facts = dict(_facts(row, holding, done) for row in found)
    return facts if heard_since is None else _with_heard(tx, rows, facts, heard_since)


def _with_heard(tx: Tx, rows: Sequence[StoredMessage], facts: dict[int, Facts], since: datetime) -> dict[int, Facts]:
    together: defaultdict[tuple[str, str], list[StoredMessage]] = defaultdict(list)
    for row in rows:
        together[row.campaign_id, row.stage].append(row)
    for (campaign, stage), some in together.items():
        found = heard.by_people(tx, [row.subscriber_id for row in some], campaign, stage, since)
        facts |= {
            row.id: facts[row.id]._replace(heard=found[row.subscriber_id]) for row in some if row.subscriber_id in found
        }
    return facts


def _same_person(table: Any) -> Any:
    return and_(table.c.subscriber_id == messages.c.subscriber_id, table.c.channel == messages.c.channel)


_QUERY = Prepared(
    lambda dialect: (
        select(
            messages.c.id,
            messages.c.subscriber_id.label("person"),
            campaigns.c.state.label("campaign_state"),
            (messages.c.revision != campaigns.c.revision).label("outdated"),
            contacts.c.address.label("current_address"),
            suppressions.c.reason.label("suppressed"),
            consents.c.granted,
            subscribers.c.id.label("known"),
            subscribers.c.moved_at,
            subscribers.c.time_zone,
            subscribers.c.country,
            subscribers.c.fields,
            subscribers.c.payment_method,
            subscribers.c.next_charge_date,
        )
        .outerjoin(campaigns, campaigns.c.id == messages.c.campaign_id)
        .outerjoin(subscribers, subscribers.c.id == messages.c.subscriber_id)
        .outerjoin(contacts, _same_person(contacts))
        .outerjoin(consents, and_(_same_person(consents), consents.c.purpose == PURPOSE))
        .outerjoin(
            suppressions,
            and_(suppressions.c.channel == messages.c.channel, suppressions.c.address_hash == messages.c.address_hash),
        )
        .where(among(dialect, messages.c.id, "ids"))
    )
)


def _facts(row: Any, holding: Mapping[str, str], done: Container[int]) -> tuple[int, Facts]:
    """From the columns of `_QUERY`, by position."""
    number, person, campaign_state, outdated, address, suppressed, granted, known, moved_at, *rest = row
    zone, country, fields, payment_method, next_charge_date = rest
    return number, Facts(
        _STATES.get(campaign_state),
        suppressed or "",
        bool(granted),
        address or "",
        known is not None,
        moved_at is not None,
        holding.get(person or "", ""),
        zone or "",
        country or "",
        dict(fields or {}),
        payment_method or "",
        next_charge_date,
        number in done,
        bool(outdated),
    )


_STATES = {word.value: word for word in CampaignState}
