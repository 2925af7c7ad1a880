"""Subscribers, campaigns and channels for ledger tests."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from channels.contract import Accepted, Capabilities, Delivery, Outgoing, SendResult
from records.content import TextMessage
from records.database import Database, Tx
from records.inbound import Inbound, Receipt
from records.ledger import NewMessage
from records.store import subscribers
from records.tables import campaigns
from records.types import (
    CampaignState,
    ChannelName,
    Consent,
    Contact,
    MessageClass,
    MessageKind,
    Purpose,
    Subscriber,
)
from tests.subscribers.people import person as subscriber


def person(number: int, now: datetime, zone: str = "Europe/Madrid") -> Subscriber:
    name = f"Persona {number}"
    return subscriber(f"P-{number:05d}", name=name, time_zone=zone, plan="mensual", price_minor=899, updated_at=now)


def address_of(number: int) -> str:
    return f"persona{number}@correo.example"


def save_person(tx: Tx, number: int, now: datetime, *, zone: str = "Europe/Madrid", granted: bool = True) -> str:
    who = person(number, now, zone)
    subscribers.save(
        tx,
        who,
        [Contact(who.id, ChannelName.EMAIL, address_of(number))],
        [Consent(ChannelName.EMAIL, Purpose.SERVICE, granted)],
        now,
    )
    return who.id


def save_campaign(tx: Tx, now: datetime, state: CampaignState = CampaignState.APPROVED) -> str:
    tx.execute(
        campaigns.insert().values(
            id="cam_1",
            name="mudanza",
            rehearsal=False,
            plan="{}",
            content_hash="",
            state=state.value,
            author="a@farolito.example",
            approver="b@farolito.example",
            created_at=now,
            changed_at=now,
        )
    )
    return "cam_1"


def notice(
    number: int,
    now: datetime,
    *,
    batch: str = "bat_1",
    message_class: MessageClass = MessageClass.SERVICE,
    conditions: tuple[str, ...] = (),
    expires_at: datetime | None = None,
) -> NewMessage:
    return NewMessage(
        key=f"campaign:cam_1:anuncio:P-{number:05d}:email",
        kind=MessageKind.CAMPAIGN,
        channel=ChannelName.EMAIL,
        address=address_of(number),
        content=TextMessage(f"Hola, persona {number}", "es"),
        planned_at=now,
        not_before=now,
        expires_at=expires_at,
        subscriber_id=f"P-{number:05d}",
        campaign_id="cam_1",
        stage="anuncio",
        batch_id=batch,
        message_class=message_class,
        conditions=conditions,
    )


def plan_batch(db: Database, count: int, now: datetime, **options: object) -> None:
    """A campaign approved, `count` people with consent, one planned row each."""
    from records.store import messages

    with db.write() as tx:
        save_campaign(tx, now)
        for number in range(count):
            save_person(tx, number, now)
        messages.put_many(tx, [notice(number, now) for number in range(count)])


class ScriptedChannel:
    """Answers as told and remembers what it took; for promises of the courier, not of any vendor."""

    name = ChannelName.EMAIL
    capabilities = Capabilities(max_text=10_000, buttons=False)

    def __init__(self, answer: Callable[[Outgoing], SendResult] | None = None) -> None:
        self.taken: list[Outgoing] = []
        self.answer = answer or (lambda outgoing: Accepted(f"id:{outgoing.key}"))

    def send(self, outgoing: Outgoing) -> SendResult:
        result = self.answer(outgoing)
        if isinstance(result, Accepted):
            self.taken.append(outgoing)
        return result

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        return ()

    def close(self) -> None:
        return None


class WideChannel(ScriptedChannel):
    """The same, for several messages at once: what came together, in the order in which it came."""

    def __init__(self, lines: int, answer: Callable[[Outgoing], SendResult] | None = None) -> None:
        super().__init__(answer)
        self.capabilities = replace(self.capabilities, lines=lines)
        self.volleys: list[list[Outgoing]] = []

    def send_all(self, outgoings: Sequence[Outgoing]) -> list[SendResult]:
        self.volleys.append(list(outgoings))
        return [self.send(outgoing) for outgoing in outgoings]
