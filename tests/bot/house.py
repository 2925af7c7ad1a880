"""A bot on a real database, and the few moves a test makes with it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count

from sqlalchemy import select

from bot.runner import Bot, TurnResult
from records.clock import ManualClock
from records.content import Body, ChatMessage, content_from_json
from records.database import Database
from records.inbound import Pressed, Said, StaffPressed, StaffSaid, Started
from records.sections import Company, Desk
from records.settings import Settings
from records.store import cases, conversations, subscribers
from records.tables import messages
from records.types import Case, ChannelName, Contact, Conversation, Language, Subscriber, Turn
from tests.bot.library import FakeLibrary

SECRET = "a secret of at least thirty-two characters"
WEB = ChannelName.WEB


def settings() -> Settings:
    return Settings(company=Company(name="Farolito"), desk=Desk(hours="Mon-Fri 09:00-18:00"))


def person(now: datetime, subscriber_id: str = "s1", **changes: object) -> Subscriber:
    values: dict[str, object] = {
        "id": subscriber_id,
        "name": "Ana Ruiz",
        "language": Language.ES,
        "country": "ES",
        "locale": "es-ES",
        "time_zone": "Europe/Madrid",
        "plan": "Familiar",
        "price_minor": 1399,
        "currency": "EUR",
        "renewal_date": date(2027, 6, 1),
        "next_charge_date": date(2027, 2, 20),
        "payment_method": "card",
        "contract": "terms-2024",
        "cutover_date": date(2027, 3, 4),
        "moved_at": None,
        "updated_at": now,
        "fields": {},
    }
    return Subscriber(**(values | changes))  # type: ignore[arg-type]  # a table of test values


@dataclass
class Talker:
    """Plays the person, the staff and the clock."""

    db: Database
    now: datetime
    desk: bool = True
    library: FakeLibrary = field(default_factory=FakeLibrary)

    def __post_init__(self) -> None:
        self.clock = ManualClock(self.now)
        self.bot = Bot(self.db, self.library, clock=self.clock, desk=self.desk, settings=settings(), secret=SECRET)
        self._numbers = count(1)

    def register(self, subscriber: Subscriber, *contacts: tuple[ChannelName, str]) -> None:
        with self.db.write() as tx:
            subscribers.save(
                tx,
                subscriber,
                [Contact(subscriber.id, channel, address) for channel, address in contacts],
                [],
                self.now,
            )

    def said(self, text: str, address: str = "web1", channel: ChannelName = WEB) -> Said:
        return Said(channel, f"m{next(self._numbers)}", address, text, self.clock.now())

    def say(self, text: str, address: str = "web1", channel: ChannelName = WEB) -> TurnResult:
        return self.bot.handle(self.said(text, address, channel))

    def pressed(self, data: str, address: str = "web1", channel: ChannelName = WEB, comment: str = "") -> Pressed:
        return Pressed(channel, f"p{next(self._numbers)}", address, data, self.clock.now(), comment)

    def press(self, data: str, address: str = "web1", comment: str = "") -> TurnResult:
        return self.bot.handle(self.pressed(data, address, comment=comment))

    def start(self, payload: str, address: str = "web1", channel: ChannelName = WEB) -> TurnResult:
        return self.bot.handle(Started(channel, f"s{next(self._numbers)}", address, payload, self.clock.now()))

    def staff(self, action: str, case: Case, staff: str = "marta") -> TurnResult:
        number = f"a{next(self._numbers)}"
        return self.bot.handle(
            StaffPressed(ChannelName.CONSOLE, number, case.id, case.id, staff, action, self.clock.now())
        )

    def write(self, text: str, case: Case, staff: str = "marta") -> StaffSaid:
        number = f"w{next(self._numbers)}"
        said = StaffSaid(ChannelName.CONSOLE, number, case.id, case.id, "", staff, text, self.clock.now())
        self.bot.handle(said)
        return said

    def conversation(self, address: str = "web1", channel: ChannelName = WEB) -> Conversation:
        with self.db.read() as tx:
            found = conversations.find(tx, channel, address)
        assert found is not None
        return found

    def turns(self, address: str = "web1", channel: ChannelName = WEB) -> tuple[Turn, ...]:
        with self.db.read() as tx:
            return conversations.turns_of(tx, self.conversation(address, channel).id)

    def case(self, address: str = "web1", channel: ChannelName = WEB) -> Case:
        with self.db.read() as tx:
            listed = [one for one in cases.listed(tx) if one.conversation_id == self.conversation(address, channel).id]
        assert len(listed) == 1, f"{len(listed)} cases instead of one"
        return listed[0]

    def outbox(self, channel: ChannelName = WEB) -> list[Body]:
        """Everything ever planned for this channel, in order."""
        with self.db.read() as tx:
            rows = tx.execute(
                select(messages.c.body).where(messages.c.channel == channel.value).order_by(messages.c.id)
            )
            return [content_from_json(body) for body in rows.scalars()]

    def heard(self, channel: ChannelName = WEB) -> list[str]:
        """What reached the person, as text."""
        return [content.text for content in self.outbox(channel) if isinstance(content, ChatMessage)]


__all__ = ["SECRET", "Talker", "person", "settings"]
