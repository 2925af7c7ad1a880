"""The workspace's mailbox: what the doctor says of it, and what the worker keeps of it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.contract import Delivery
from channels.mail import message_id
from channels.mailbox import Mailbox
from console.doctor import Mark, examine
from console.intake import take
from console.wiring import House, open_house
from records.clock import ManualClock
from records.errors import SettingsError
from records.settings import load_workspace
from records.tables import inbox, receipts
from records.types import ChannelName
from tests.channels.mail_samples import ANA, OWN, Bounce, letter, postfix
from tests.console.conftest import SETTINGS
from tests.journeys.vendors import wait_until
from tests.servers import free_port
from tests.standins.imap import ImapStandIn


@pytest.fixture
def server() -> Iterator[ImapStandIn]:
    stand_in = ImapStandIn()
    yield stand_in
    stand_in.close()


def workspace(folder: Path, imap_url: str, others: str = SETTINGS) -> Path:
    mail = f'smtp_url = "smtp://127.0.0.1:1"\nmail_from = "{OWN}"\nimap_url = "{imap_url}"\n'
    (folder / "relevo.toml").write_text(mail + others, encoding="utf-8")
    return folder


@pytest.fixture
def mail_house(tmp_path: Path, server: ImapStandIn, clock: ManualClock) -> Iterator[House]:
    opened = open_house(workspace(tmp_path, server.url), clock)
    yield opened
    opened.close()


def said_of_the_mailbox(house: House) -> list[tuple[Mark, str]]:
    return [(one.mark, one.detail) for one in examine(house) if one.what == "mailbox"]


def test_the_doctor_counts_what_waits_and_what_could_not_be_kept(mail_house: House, server: ImapStandIn) -> None:
    server.put(letter("una"))
    assert said_of_the_mailbox(mail_house) == [(Mark.WELL, "can be read; unread: 1")]
    server.mark(1, r"\Flagged", on=True)
    assert (Mark.NOTE, "flagged because they could not be kept: 1") in said_of_the_mailbox(mail_house)


def test_the_doctor_names_a_wrong_password_without_showing_it(
    tmp_path: Path, server: ImapStandIn, clock: ManualClock
) -> None:
    house = open_house(workspace(tmp_path, server.url.replace("word@", "wr0ng@")), clock)
    ((mark, detail),) = said_of_the_mailbox(house)
    house.close()
    assert mark is Mark.WRONG
    assert "does not take our user and password; check RELEVO_IMAP_URL" in detail
    assert "wr0ng" not in detail


def test_a_clock_of_its_own_reads_no_real_mailbox(tmp_path: Path) -> None:
    folder = workspace(tmp_path, "imaps://u:p@mail.example", "")
    with pytest.raises(SettingsError, match="RELEVO_IMAP_URL leads to a real vendor"):
        load_workspace(folder, clock="2027-03-01T09:00:00Z")


def test_a_server_that_is_away_is_wrong_and_no_crash(tmp_path: Path, clock: ManualClock) -> None:
    house = open_house(workspace(tmp_path, f"imap://u:p@127.0.0.1:{free_port()}"), clock)
    ((mark, detail),) = said_of_the_mailbox(house)
    house.close()
    assert (mark, "cannot be reached" in detail) == (Mark.WRONG, True)


def test_each_mail_is_kept_once_however_often_it_is_read(mail_house: House, server: ImapStandIn) -> None:
    ours = message_id("key", "farolito.example", mail_house.secret)
    server.put(letter("¿Me sube el precio?"))
    server.put(postfix(Bounce(ours)))

    def keep(mail: Delivery) -> None:
        take(mail_house, ChannelName.EMAIL, mail)

    server.put(letter("Estoy fuera", more="Auto-Submitted: auto-replied\n"))
    for _ in range(2):
        stop = threading.Event()
        thread = threading.Thread(target=Mailbox(server.url, every=0.2).listen, args=(stop, keep))
        thread.start()
        wait_until(lambda: all(r"\Seen" in flags for flags in server.flags()), "all three are marked as read")
        stop.set()
        thread.join(5)
        for number in (1, 2, 3):
            server.mark(number, r"\Seen", on=False)
    with mail_house.db.read() as tx:
        assert [row.address for row in tx.execute(select(inbox.c.address))] == [ANA]
        assert [tuple(row) for row in tx.execute(select(receipts.c.provider_id, receipts.c.raw))] == [
            (ours, "failed 5.1.1")
        ]
