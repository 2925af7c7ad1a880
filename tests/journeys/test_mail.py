"""Mail both ways with a real worker: over SMTP to a server, and from a mailbox over IMAP. Only the vendors are stand-ins."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from campaigns.reach import to_call
from console.wiring import House
from console.working import start_worker
from knowledge.ingest import ingest
from records.clock import ClockAnchor, RealClock, WorkspaceClock
from records.store import campaigns as store
from records.store import shut_addresses, wave_numbers
from records.store.wave_numbers import WaveSpan
from records.tables import inbox, messages, suppressions
from records.types import CampaignState, ChannelName, DeliveryState
from tests.channels.mail_samples import Bounce, arf, exim, letter, postfix
from tests.journeys.company import approve, keep_prices, people_house
from tests.journeys.vendors import wait_until
from tests.journeys.workers import NOW, plans_of
from tests.standins.imap import ImapStandIn
from tests.standins.smtp import SmtpStandIn, Taken

PEOPLE = 60
QUESTION = "¿Me va a subir el precio?"
EMAIL = ChannelName.EMAIL


@dataclass(frozen=True)
class Open:
    """A house at work, and the mail servers on the other side."""

    house: House
    smtp: SmtpStandIn
    mailbox: ImapStandIn

    def mail_to(self, address: str, number: int = 0) -> EmailMessage:
        """The mail of this number to an address, once it is there."""
        wait_until(lambda: len(self._mails_to(address)) > number, f"mail {number} to {address}")
        return self._mails_to(address)[number].message

    def _mails_to(self, address: str) -> list[Taken]:
        return [one for one in self.smtp.taken if one.recipient == address]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    folder = tmp_path_factory.mktemp("mail") / "w"
    with ExitStack() as stack:
        smtp, mailbox = SmtpStandIn(), ImapStandIn()
        stack.callback(smtp.stop)
        stack.callback(mailbox.close)
        lines = {"smtp_url": smtp.url, "imap_url": mailbox.url, "mail_from": "Farolito <hola@farolito.example>"}
        clock = WorkspaceClock(ClockAnchor(NOW, RealClock().now()))
        house = people_house(folder, PEOPLE, NOW, clock, **lines)
        stack.callback(house.close)
        keep_prices(folder)
        ingest(house.db, house.workspace, NOW)
        stack.callback(start_worker(house).stop)
        yield Open(house, smtp, mailbox)


def announce(house: House) -> str:
    """The sample's plan in one wave."""
    (plan,) = plans_of(house, "{all: true}")
    return approve(house, plan, NOW)


def delivery_of(house: House, address: str) -> str:
    with house.db.read() as tx:
        query = select(messages.c.delivery).where(messages.c.address == address, messages.c.stage == "anuncio")
        return str(tx.execute(query).scalar_one())


def shut(house: House, address: str) -> str:
    with house.db.read() as tx:
        return shut_addresses.is_suppressed(tx, EMAIL, address)


def test_what_comes_back_by_mail_reaches_the_ledger_the_address_and_the_gates(opened: Open) -> None:
    house = opened.house
    campaign = announce(house)
    wait_until(lambda: _is_sent(house, campaign), "the announcement sent")
    gone, full, angry = _people(house)
    names = {one.recipient: str(one.message["Message-ID"]) for one in opened.smtp.taken}

    opened.mailbox.put(postfix(Bounce(names[gone], gone)))
    opened.mailbox.put(exim(Bounce(names[full], full, said="552 5.2.2 mailbox full")))
    opened.mailbox.put(postfix(Bounce("<0123456789@farolito.example>", angry)))  # about no mail of ours
    wait_until(lambda: shut(house, gone) == "bad_address", "the address that does not exist is shut")
    wait_until(lambda: delivery_of(house, full) == DeliveryState.FAILED, "the full mailbox is in the ledger")
    assert delivery_of(house, gone) == DeliveryState.FAILED
    assert shut(house, full) == ""
    assert delivery_of(house, angry) == DeliveryState.UNKNOWN
    with house.db.read() as tx:
        (kept,) = tx.execute(select(suppressions).where(suppressions.c.reason == "bad_address")).all()
        assert gone not in str(kept)
        numbers = wave_numbers.numbers_of(tx, campaign, {0: WaveSpan(NOW, PEOPLE)}, NOW, house.clock.now())[0]
        assert numbers.hard_failures == 2
    wait_until(lambda: _handed_on(house, gone), "another channel, or somebody to call")

    opened.mailbox.put(arf(names[angry]))
    wait_until(lambda: shut(house, angry) == "complained", "who complained is left alone")
    assert delivery_of(house, angry) == DeliveryState.COMPLAINED
    wait_until(lambda: _state(house, campaign) is CampaignState.PAUSED, "one complaint of sixty is far over 0.1 %")


def _is_sent(house: House, campaign: str) -> bool:
    with house.db.read() as tx:
        rows = tx.execute(select(messages.c.state).where(messages.c.campaign_id == campaign)).scalars().all()
    return len(rows) > PEOPLE // 2 and not {"planned", "claimed", "sending"} & set(rows)


def _people(house: House) -> tuple[str, str, str]:
    """Three who were written to by mail."""
    with house.db.read() as tx:
        found = select(messages.c.address).where(messages.c.channel == EMAIL.value, messages.c.stage == "anuncio")
        first, second, third, *_ = tx.execute(found.order_by(messages.c.id)).scalars()
    return first, second, third


def _handed_on(house: House, address: str) -> bool:
    with house.db.read() as tx:
        who = tx.execute(select(messages.c.subscriber_id).where(messages.c.address == address)).scalars().first()
        others = select(messages.c.id).where(messages.c.subscriber_id == who, messages.c.channel != EMAIL.value)
        if tx.execute(others).first() is not None:
            return True
    return any(one.subscriber_id == who for one in to_call(house.db, "parte-0"))


def _state(house: House, campaign: str) -> CampaignState | None:
    with house.db.read() as tx:
        found = store.get(tx, campaign)
    return found.state if found else None


def test_a_question_by_mail_is_answered_by_mail_with_its_source_and_robots_are_not(opened: Open) -> None:
    ana, robot = "ana@example.com", "bea@example.com"
    opened.mailbox.put(letter("Estoy de vacaciones", sender=robot, more="Auto-Submitted: auto-replied\n"))
    opened.mailbox.put(letter(f"{QUESTION}\n\n-- \nAna", subject="Mi plan", name="<a1@example.com>"))
    answer = opened.mail_to(ana)
    assert (answer["Subject"], answer["In-Reply-To"], answer["References"]) == (
        "Re: Mi plan",
        *["<a1@example.com>"] * 2,
    )
    assert answer["Auto-Submitted"] == "auto-replied"
    text = str(answer.get_body(("plain",)).get_content())  # type: ignore[union-attr]  # both parts are always there
    assert "precio" in text
    assert "Fuente" in text

    chain = f"In-Reply-To: {answer['Message-ID']}\nReferences: <a1@example.com> {answer['Message-ID']}\n"
    quoted = "Gracias\n\nEl mié, 20 ene 2027 a las 18:31, Farolito <hola@farolito.example> escribió:\n\n> STOP"
    opened.mailbox.put(letter(quoted, subject="Re: Mi plan", name="<a2@example.com>", more=chain))
    thanked = opened.mail_to(ana, 1)
    assert thanked["References"].split() == ["<a1@example.com>", answer["Message-ID"], "<a2@example.com>"]
    assert shut(opened.house, ana) == "", "what she quotes is not what she says"

    opened.mailbox.put(letter("", subject="STOP", name="<a3@example.com>"))
    opened.mail_to(ana, 2)
    assert shut(opened.house, ana) == "opt_out"
    with opened.house.db.read() as tx:
        assert set(tx.execute(select(inbox.c.address)).scalars()) == {ana}
    assert robot not in {one.recipient for one in opened.smtp.taken}
    assert set(opened.mailbox.flags()) == {frozenset({r"\Seen"})}
