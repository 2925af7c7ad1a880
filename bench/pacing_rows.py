"""The rows of the proofs of pacing: one approved campaign to invented people."""

from datetime import datetime

from bench.pacing_parts import Load
from records.content import Body, CaseCard, MailMessage, TextMessage
from records.database import Database
from records.ledger import NewMessage
from records.store import messages, subscribers
from records.types import ChannelName, Contact, MessageClass, MessageKind, Registration
from tests.ledger.people import person, save_campaign
from tests.standins.rates import segments_of
from tests.standins.slack import DESK

BATCHES = 40
PEOPLE = 10_000
DOMAINS = 40


def fill(db: Database, load: Load, now: datetime, batches: int = BATCHES) -> float:
    """Rows of one approved campaign, in batches; the mean units of a message."""
    channel = ChannelName(load.vendor)
    people = min(PEOPLE, load.messages)
    with db.write() as tx:
        save_campaign(tx, now)
        subscribers.save_many(tx, [_person(number, channel, now) for number in range(people)], now)
    rows = [_row(number, number % people, channel, now, batches) for number in range(load.messages)]
    for start in range(0, len(rows), 5_000):
        with db.write() as tx:
            messages.put_many(tx, rows[start : start + 5_000])
    if channel is not ChannelName.SMS:
        return 1.0
    return sum(segments_of(row.content.text) for row in rows if isinstance(row.content, TextMessage)) / len(rows)


def _address(number: int, channel: ChannelName) -> str:
    return {
        ChannelName.EMAIL: f"persona{number}@correo{number // BATCHES % DOMAINS}.example",
        ChannelName.TELEGRAM: str(70_000 + number),
        ChannelName.SMS: f"+346{number:08}",
        ChannelName.SLACK: DESK,
    }[channel]


def _person(number: int, channel: ChannelName, now: datetime) -> Registration:
    who = person(number, now)
    return Registration(who, (Contact(who.id, channel, _address(number, channel)),), ())


def _content(number: int, channel: ChannelName) -> Body:
    if channel is ChannelName.EMAIL:
        return MailMessage(f"Aviso {number}", "Hola. " * 20, "<p>Hola.</p>" * 20, "es")
    if channel is ChannelName.SLACK:
        return CaseCard(f"cas_{number}", f"R-{number}", "Doble cobro", (), f"Pregunta {number}", ())
    return TextMessage(f"Aviso {number} " + "hola " * (45 if number % 3 == 0 else 10), "es")


def _row(number: int, reader: int, channel: ChannelName, now: datetime, batches: int) -> NewMessage:
    return NewMessage(
        key=f"k{number}",
        kind=MessageKind.CAMPAIGN,
        channel=channel,
        address=_address(reader, channel),
        content=_content(number, channel),
        planned_at=now,
        not_before=now,
        subscriber_id=f"P-{reader:05}",
        case_id=f"cas_{number}" if channel is ChannelName.SLACK else "",
        campaign_id="cam_1",
        stage=f"s{number // PEOPLE}",
        batch_id=f"bat_{number % batches}",
        message_class=MessageClass.CONTRACT_NOTICE,
    )
