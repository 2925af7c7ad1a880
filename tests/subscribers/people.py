"""People of the register for these tests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from records.types import ChannelName, Contact, Language, Subscriber

ANA = Subscriber(
    id="s-1",
    name="Ana Ruiz",
    language=Language.ES,
    country="ES",
    locale="es-ES",
    time_zone="Europe/Madrid",
    plan="anual",
    price_minor=8900,
    currency="EUR",
    renewal_date=None,
    next_charge_date=None,
    payment_method="card",
    contract="terms-2024",
    cutover_date=None,
    moved_at=None,
    updated_at=datetime(2027, 1, 1, tzinfo=UTC),
    fields={},
)


def person(subscriber_id: str, **changes: Any) -> Subscriber:
    return replace(ANA, id=subscriber_id, **changes)


def mail(subscriber_id: str, address: str) -> Contact:
    return Contact(subscriber_id, ChannelName.EMAIL, address)
