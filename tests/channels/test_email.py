"""E-mail with smtplib against a real SMTP server on loopback."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from channels.contract import (
    Accepted,
    Outgoing,
    Refusal,
    Refused,
    RetryLater,
    SendResult,
    Unsure,
)
from channels.email import Email
from channels.mail import message_id
from records.clock import ManualClock
from records.content import ChatMessage, MailMessage, TextMessage
from tests.channels.suite import Arrived, ConversationSuite, WaitingSuite
from tests.servers import free_port
from tests.standins.smtp import SmtpStandIn, fault_of

SENDER = "Señal Café <hola@farolito.example>"
ANA = "ana@example.com"
SECRET = "a secret of the house, long enough"
UNSUBSCRIBE = "<https://relevo.example.com/u/" + "a" * 120 + ">"
MAIL = MailMessage(
    "Tu plan se muda el día 3 de marzo: qué cambia, qué no cambia y qué tienes que hacer tú antes de esa fecha",
    "Hola, Ana:\n\n.Una línea que empieza por punto\n..\nFin de línea con espacio \nÑandú 👍",
    "<p>Hola, Ana: Ñandú 👍</p>",
    "es",
    (("List-Unsubscribe", UNSUBSCRIBE), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
)


@pytest.fixture(params=[False, True], ids=["command by command", "pipelining"])
def standin(request: pytest.FixtureRequest) -> Iterator[SmtpStandIn]:
    server = SmtpStandIn(pipelining=request.param)
    server.script.recipients["nobody@example.com"] = "550 5.1.1 <nobody@example.com> no such user"
    yield server
    server.stop()


@pytest.fixture
def email(standin: SmtpStandIn, now: datetime) -> Iterator[Email]:
    channel = Email(standin.url, SENDER, ManualClock(now), SECRET, timeout=5)
    yield channel
    channel.close()


class TestEmail(ConversationSuite, WaitingSuite):
    @pytest.fixture
    def channel(self, email: Email) -> Email:
        return email

    @pytest.fixture
    def good_address(self) -> str:
        return ANA

    @pytest.fixture(
        params=["nobody@example.com", "ana", "ana@@example.com", "a@example.com\r\nRCPT TO:<b@example.com>"]
    )
    def bad_address(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def accepted(self, standin: SmtpStandIn) -> Callable[[], list[Arrived]]:
        return lambda: [Arrived(one.recipient, one.part("plain")) for one in standin.taken]

    @pytest.fixture(
        params=["421 4.7.0 too many", "450 4.2.0 greylisted", "451 4.3.0 later", "452 4.2.2 full", "454 slow"]
    )
    def ask_to_wait(self, request: pytest.FixtureRequest, standin: SmtpStandIn) -> Callable[[], float]:
        def ask() -> float:
            standin.script.once = request.param
            return 0.0

        return ask


def send(channel: Email, key: str = "key-1", address: str = ANA, content: object = MAIL) -> SendResult:
    assert isinstance(content, MailMessage | ChatMessage | TextMessage)
    return channel.send(Outgoing(key, address, content))


def test_a_mail_arrives_as_it_was_written(email: Email, standin: SmtpStandIn, now: datetime) -> None:
    result = send(email)
    (taken,) = standin.taken
    message = taken.message
    assert result == Accepted(message_id("key-1", "farolito.example", SECRET)) == Accepted(str(message["Message-ID"]))
    assert taken.sender == "hola@farolito.example"
    assert str(message["Subject"]) == MAIL.subject
    assert message["From"].addresses[0].display_name == "Señal Café"
    assert message["To"].addresses[0].addr_spec == ANA
    assert message["Date"].datetime == now
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == UNSUBSCRIBE
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"
    assert taken.part("plain").rstrip("\n") == MAIL.text
    assert taken.part("html").rstrip("\n") == MAIL.html


@pytest.mark.parametrize(("author", "expected"), [("bot", "auto-replied"), ("staff", None)])
def test_only_what_no_person_wrote_says_it_is_automatic(
    email: Email, standin: SmtpStandIn, author: str, expected: str | None
) -> None:
    send(email, content=ChatMessage("<b> & hola", "es", author=author))
    (taken,) = standin.taken
    assert taken.message["Auto-Submitted"] == expected
    assert str(taken.message["Subject"])
    assert "&lt;b&gt; &amp; hola" in taken.part("html")


@pytest.mark.parametrize(
    "content",
    [
        MailMessage("Hola\r\nBcc: all@example.com", "t", "", "es"),
        MailMessage("Hola\u2028Bcc: all@example.com", "t", "", "es"),
        MailMessage("Hola", "t", "", "es", (("X-A", "b\nBcc: all@example.com"),)),
        MailMessage("Hola", "t", "", "es", (("X-A: b\r\nBcc", "all@example.com"),)),
        MailMessage("Hola", "t", "", "es", (("Bcc", "all@example.com"),)),
        MailMessage("Hola", "t", "", "es", (("subject", "otro"),)),
        MailMessage("Hola", "t", "", "es", (("X-A", "1"), ("x-a", "2"))),
        MailMessage("", "t", "", "es"),
        MailMessage("Hola", " ", "<p>x</p>", "es"),
    ],
)
def test_a_second_header_line_or_an_empty_mail_is_refused(
    email: Email, standin: SmtpStandIn, content: MailMessage
) -> None:
    result = send(email, content=content)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CONTENT
    assert standin.taken == []


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("550 5.1.1 unknown", Refusal.BAD_ADDRESS),
        ("550 no such user", Refusal.BAD_ADDRESS),
        ("550 5.1.10 null MX", Refusal.BAD_ADDRESS),
        ("550 5.2.1 disabled", Refusal.BAD_ADDRESS),
        ("552 5.2.2 mailbox full", Refusal.FULL),
        ("550 5.7.1 relaying denied", Refusal.CREDENTIALS),
        ("550 5.7.26 not authenticated", Refusal.CREDENTIALS),
        ("550 5.1.8 your domain does not exist", Refusal.CREDENTIALS),
        ("554 refused", Refusal.OTHER),
    ],
)
def test_a_refused_recipient(email: Email, standin: SmtpStandIn, reply: str, reason: Refusal) -> None:
    standin.script.recipients[ANA] = reply
    result = send(email)
    assert isinstance(result, Refused)
    assert result.reason is reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("550 5.7.1 looks like spam", Refusal.CONTENT),
        ("554 rejected", Refusal.CONTENT),
        ("552 5.3.4 too big", Refusal.CONTENT),
        ("550 5.7.26 DMARC", Refusal.CREDENTIALS),
        ("550 5.1.1 unknown", Refusal.BAD_ADDRESS),
    ],
)
def test_a_refused_body(email: Email, standin: SmtpStandIn, reply: str, reason: Refusal) -> None:
    standin.script.bodies = reply
    result = send(email)
    assert isinstance(result, Refused)
    assert result.reason is reason


def test_a_refused_sender_is_our_own_fault(email: Email, standin: SmtpStandIn) -> None:
    standin.script.senders = "553 sender not owned"
    result = send(email)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CREDENTIALS


def test_one_connection_carries_many_and_survives_refusals(email: Email, standin: SmtpStandIn) -> None:
    for number in range(5):
        send(email, key=f"key-{number}")
        send(email, key=f"bad-{number}", address="nobody@example.com")
    assert len(standin.taken) == 5
    assert standin.connections == 1


def test_each_thread_has_its_own_connection(email: Email, standin: SmtpStandIn) -> None:
    together = threading.Barrier(3)

    def one(number: int) -> SendResult:
        together.wait(5)
        return send(email, key=f"key-{number}")

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(one, range(3)))
    assert all(isinstance(result, Accepted) for result in results)
    assert standin.connections == 3
    assert len({one.message["Message-ID"] for one in standin.taken}) == 3


def test_no_body_leaves_after_its_time(standin: SmtpStandIn, now: datetime) -> None:
    channel = Email(standin.url, SENDER, ManualClock(now), SECRET, patience=-1.0)  # over before it began
    assert isinstance(send(channel), RetryLater)
    assert standin.taken == []
    channel.close()


def test_a_stale_connection_is_opened_again(email: Email, standin: SmtpStandIn) -> None:
    send(email)
    standin.drop_lines()
    assert isinstance(send(email, key="key-2"), Accepted)
    assert len(standin.taken) == 2
    assert standin.connections == 2


def test_421_in_the_middle_is_later_and_then_it_goes(email: Email, standin: SmtpStandIn) -> None:
    send(email)
    standin.script.hang_up_at_sender = True
    result = send(email, key="key-2")
    if isinstance(result, RetryLater):  # a pipelining client may see only the broken line, and try a new one at once
        result = send(email, key="key-2")
    assert isinstance(result, Accepted)
    assert len(standin.taken) == 2


def test_a_line_broken_after_the_final_dot_is_unsure_and_never_sent_again(email: Email, standin: SmtpStandIn) -> None:
    send(email)
    standin.script.drop_after_body = True
    result = send(email, key="key-2")
    assert isinstance(result, Unsure)
    assert message_id("key-2", "farolito.example", SECRET) in result.detail
    assert len(standin.taken) == 2
    standin.script.drop_after_body = False
    assert isinstance(send(email, key="key-3"), Accepted)


def test_nobody_listening_means_later(now: datetime) -> None:
    channel = Email(f"smtp://127.0.0.1:{free_port()}", SENDER, ManualClock(now), SECRET, timeout=2)
    assert isinstance(send(channel), RetryLater)
    channel.close()


@pytest.mark.parametrize("greeting", [b"421 4.3.2 busy\r\n", b"", b"\xff\xfe garbage\r\n"])
def test_a_greeting_that_is_none_means_later(now: datetime, greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            line, _ = listener.accept()
            line.sendall(greeting)
            line.close()

        thread = threading.Thread(target=greet)
        thread.start()
        channel = Email(f"smtp://127.0.0.1:{listener.getsockname()[1]}", SENDER, ManualClock(now), SECRET, timeout=2)
        assert isinstance(send(channel), RetryLater)
        thread.join()
        channel.close()


def test_a_server_that_drips_cannot_hold_a_worker(now: datetime) -> None:
    """A byte every 50 ms never lets a wait on the line time out; patience ends it."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            line, _ = listener.accept()
            with line:
                try:
                    while not stop.wait(0.05):
                        line.sendall(b"2")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        channel = Email(url, SENDER, ManualClock(now), SECRET, timeout=30, patience=0.2)
        assert isinstance(send(channel), RetryLater)
        stop.set()
        thread.join()
        channel.close()


def test_log_in(now: datetime) -> None:
    server = SmtpStandIn(login=("relevo", "s3cret"))
    right = Email(server.url, SENDER, ManualClock(now), SECRET, timeout=5)
    wrong = Email(server.url.replace("s3cret", "other"), SENDER, ManualClock(now), SECRET, timeout=5)
    assert isinstance(send(right), Accepted)
    result = send(wrong)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CREDENTIALS
    assert "other" not in result.detail
    for channel in (right, wrong):
        channel.close()
    server.stop()


def test_starttls_that_is_not_offered_is_refused_not_skipped(standin: SmtpStandIn, now: datetime) -> None:
    channel = Email(standin.url.replace("tls=none", "tls=starttls"), SENDER, ManualClock(now), SECRET, timeout=5)
    result = send(channel)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CREDENTIALS
    assert standin.taken == []
    channel.close()


def test_addresses_outside_ascii(email: Email, standin: SmtpStandIn) -> None:
    assert isinstance(send(email, address="ana@señal.example"), Accepted)
    assert standin.taken[0].recipient == "ana@xn--seal-hqa.example"


def test_a_sender_that_is_no_address_is_refused(standin: SmtpStandIn, now: datetime) -> None:
    channel = Email(standin.url, "Café", ManualClock(now), SECRET)
    result = send(channel)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CREDENTIALS
    channel.close()


@pytest.mark.parametrize("raw", [b"From: a\nTo: b\n", b"From: a\r\n\r\n" + b"a" * 999, b"From: \xc3\xb1\r\n\r\nx", b""])
def test_the_stand_in_refuses_what_a_strict_server_does(raw: bytes) -> None:
    assert fault_of(raw).startswith("554")
