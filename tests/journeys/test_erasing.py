"""A person who asked to be forgotten is: whatever they wrote, and wherever it was kept."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from records.errors import Conflict, NotFound
from records.store import erasing, feedback, shut_addresses, subscribers
from records.tables import metadata
from records.types import ChannelName, Contact
from tests.answers.sample import sample_house
from tests.channels.telegram_payloads import CHAT, message_update, tap_update
from tests.journeys.vendors import PHONE, WEBHOOKS, Company, choices, company, press, reply, text_from
from tests.standins import slack
from tests.subscribers.people import ANA, mail

WHO = ANA.id
THEIRS, ANSWERED, OTHERS = "zarzamora", "arandano", "grosella"
STAFF = "U0LUIS001"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("erasing")
    sample_house(folder / "sample").close()
    with company(folder / "sample", folder / "w", **WEBHOOKS) as running:
        yield running


def holding(desk: Company, *words: str) -> dict[str, set[str]]:
    """Which columns of the whole database hold which of the words."""
    found: dict[str, set[str]] = {}
    with desk.house.db.read() as tx:
        for table in metadata.sorted_tables:
            for row in tx.execute(select(table)).mappings():
                for column, value in row.items():
                    held = {word for word in words if word in str(value)}
                    if held:
                        found.setdefault(f"{table.name}.{column}", set()).update(held)
    return found


class Person:
    """They write in Telegram; their chat is known to be theirs."""

    def __init__(self, desk: Company) -> None:
        self.desk, self.updates = desk, 0
        with desk.house.db.write() as tx:
            ways = (mail(WHO, "ana@correo.example"), Contact(WHO, ChannelName.TELEGRAM, str(CHAT)))
            subscribers.save(tx, ANA, ways, (), desk.house.clock.now())

    def says(self, text: str) -> None:
        self.updates += 1
        self._arrives(message_update(self.updates, text=text))

    def taps(self, data: str) -> None:
        self.updates += 1
        self._arrives(tap_update(data, self.updates))

    def _arrives(self, update: dict[str, object]) -> None:
        assert self.desk.telegram_update(update)[0] == 200
        self.desk.settle()


def texts(desk: Company, number: int, word: str, phone: str = PHONE) -> None:
    form = text_from(number, f"¿Me va a subir el precio? ({word})", phone)
    assert desk.post("/hooks/twilio/messages", desk.sms(form))[0] == 200
    desk.settle()


def erase(desk: Company, who: str = WHO) -> erasing.Erased:
    with desk.house.db.write() as tx:
        return erasing.erase(tx, who, desk.house.clock.now())


def test_nothing_of_an_erased_person_is_left_but_hashes_and_numbers(desk: Company) -> None:
    person = Person(desk)
    texts(desk, 1, OTHERS)
    with desk.house.db.read() as tx:
        ways = subscribers.contacts_of(tx, WHO)
    personal = (ANA.name, THEIRS, ANSWERED, *(contact.address for contact in ways))

    person.says(f"me habéis cobrado dos veces, {THEIRS}")
    before = holding(desk, *personal)
    with pytest.raises(Conflict, match="still has an open case"):
        erase(desk)
    assert holding(desk, *personal) == before

    card = desk.card()
    for event in (press(card, "claim", STAFF, 1), reply(card, STAFF, f"ya está, {ANSWERED}", 1)):
        assert desk.slack_event(event) == 200
        desk.settle()
    assert desk.slack_event(press(desk.card(), "resolve", STAFF, 2)) == 200
    desk.settle()
    person.taps(choices(desk.told()[-1])["5 · Muy bien"])
    assert {"turns.text", "cases.summary", "case_events.text", "messages.body"} <= holding(
        desk, THEIRS, ANSWERED
    ).keys()

    gone = erase(desk)
    assert (gone.talks, gone.cases, gone.threads) == (1, 1, (f"{slack.DESK}:{card.ts}",))
    assert holding(desk, *personal) == {}
    assert "turns.text" in holding(desk, OTHERS)
    with desk.house.db.read() as tx:
        assert all(shut_addresses.is_suppressed(tx, way.channel, way.address) == "erased" for way in ways)
        assert feedback.summary(tx).rated == 1


def test_what_they_wrote_by_text_message_is_gone_too(desk: Company) -> None:
    bea, phone, word = replace(ANA, id="F-0777", name="Bea Ejemplo"), "+34600999888", "frambuesa"
    with desk.house.db.write() as tx:
        subscribers.save(tx, bea, (Contact(bea.id, ChannelName.SMS, phone),), (), desk.house.clock.now())
    texts(desk, 2, word, phone)
    assert {"turns.text", "messages.address"} <= holding(desk, word, phone).keys()
    assert erase(desk, bea.id).talks == 1
    assert holding(desk, bea.name, word, phone) == {}


def test_an_unknown_person_is_said_to_be_unknown(desk: Company) -> None:
    with pytest.raises(NotFound, match="F-nobody"), desk.house.db.write() as tx:
        erasing.erase(tx, "F-nobody", desk.house.clock.now())
