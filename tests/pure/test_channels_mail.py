"""One e-mail as bytes, an SMTP URL, and what a server's no means."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Outgoing, Refused, RetryLater
from channels.mail import END, Mail, compose, message_id, own_ids, quoted_printable, stuffed
from channels.mail_server import Server, read_url
from channels.smtp import Step, explain
from records.content import ChatMessage, Heading, MailMessage
from records.errors import SettingsError

NOW = datetime(2027, 1, 18, 10, tzinfo=UTC)
SENDER = "Relevo <hola@farolito.example>"


def composed(content: MailMessage, key: str = "key-1") -> Mail:
    mail = compose(Outgoing(key, "ana@example.com", content), SENDER, NOW, 100_000)
    assert isinstance(mail, Mail), mail
    return mail


def test_the_same_message_gives_the_same_bytes_and_another_key_another_id() -> None:
    content = MailMessage("Asunto", "Hola", "<p>Hola</p>", "es")
    first, again = composed(content), composed(content)
    assert (first.message_id, first.wire) == (again.message_id, again.wire)
    assert composed(content).message_id != composed(content, "key-2").message_id
    assert "key-1" not in message_id("key-1", "farolito.example", "s")


def test_messages_sent_one_after_the_other_have_ids_that_stand_together_and_do_not_count() -> None:
    names = [message_id(f"key-{n}", "farolito.example", "s", n) for n in range(32 * 40)]
    assert len(set(names)) == len(names)
    streets = [name[:9] for name in names[::32]]
    assert [len({name[:9] for name in names[at : at + 32]}) for at in range(0, len(names), 32)] == [1] * 40
    assert len(set(streets)) == 40
    assert streets not in (sorted(streets), sorted(streets, reverse=True))
    assert message_id("key-1", "farolito.example", "another", 1)[:9] != names[1][:9]
    assert own_ids(" ".join(names[:2]), "s") == (names[0], names[1])


def test_a_mail_carries_the_id_of_its_row() -> None:
    content = MailMessage("Asunto", "Hola", "<p>Hola</p>", "es")
    mail = compose(Outgoing("key-1", "ana@example.com", content, 513), SENDER, NOW, 100_000, "s")
    assert isinstance(mail, Mail)
    assert mail.message_id == message_id("key-1", "farolito.example", "s", 513)


_lines = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t .="), min_size=1, max_size=300)
_line = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=120)


@given(_lines.filter(lambda text: text.strip() != ""))
def test_every_text_comes_back_whole_in_short_ascii_lines(text: str) -> None:
    mail = composed(MailMessage("Asunto", text, "", "es"))
    parsed = email.message_from_bytes(mail.body, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    payload = parsed.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().removesuffix("\r\n").replace("\r\n", "\n") == text
    assert mail.body.isascii()
    assert max(map(len, quoted_printable(text).split(b"\r\n"))) <= 76
    assert b"\n" not in mail.body.replace(b"\r\n", b"")


@given(_line.filter(lambda text: text.strip() != ""))
def test_no_subject_opens_a_second_header(subject: str) -> None:
    result = compose(Outgoing("k", "ana@example.com", MailMessage(subject, "x", "", "es")), SENDER, NOW, 1000)
    if isinstance(result, Refused):
        assert "line break" in result.detail
        return
    parsed = email.message_from_bytes(result.body, policy=email.policy.default)
    names = (
        "From To Subject Date Message-ID X-Relevo-ID Auto-Submitted MIME-Version Content-Type Content-Transfer-Encoding"
    )
    assert " ".join(parsed.keys()) == names
    assert "".join(str(parsed["Subject"]).split()) == "".join(subject.split())


def test_a_subject_that_looks_encoded_arrives_as_written() -> None:
    mail = composed(MailMessage("=?utf-8?q?Bcc=3A_x?= y", "x", "", "es"))
    parsed = email.message_from_bytes(mail.body, policy=email.policy.default)
    assert str(parsed["Subject"]) == "=?utf-8?q?Bcc=3A_x?= y"


@given(st.lists(st.sampled_from([b".", b"a", b"\r\n", b".."]), max_size=30).map(b"".join))
def test_dots_survive_the_wire(body: bytes) -> None:
    body += b"\r\n"
    mail = Mail("a@b.c", "d@e.f", "<x@b.c>", lambda: stuffed(body) + END)
    wire = mail.wire
    assert mail.body == body
    assert wire.endswith(b"\r\n.\r\n")
    lines = wire.removesuffix(b".\r\n").split(b"\r\n")
    assert b"." not in lines, "a dot alone would end the message early"
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == body


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", Server("mail.example.com", 587, "", "", "starttls")),
        ("smtp://mail.example.com:25?tls=none", Server("mail.example.com", 25, "", "", "none")),
        ("smtp://127.0.0.1:1025", Server("127.0.0.1", 1025, "", "", "none")),
        ("smtp://127.0.0.1:1025?tls=starttls", Server("127.0.0.1", 1025, "", "", "starttls")),
        ("smtps://u%40x:p%3Aw@mail.example.com", Server("mail.example.com", 465, "u@x", "p:w", "wrapped")),
    ],
)
def test_an_smtp_url(url: str, server: Server) -> None:
    assert read_url(url) == server


@pytest.mark.parametrize(
    "url", ["", "http://u:s3cret@x", "smtp://", "smtp://u:s3cret@x:port", "smtp://u:s3cret@x?tls=maybe"]
)
def test_a_wrong_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="RELEVO_SMTP_URL") as caught:
        read_url(url)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(read_url("smtp://u:s3cret@x"))


@given(st.sampled_from(Step), st.integers(300, 999), st.text(max_size=60))
def test_every_no_is_for_now_or_for_good(step: Step, code: int, words: str) -> None:
    result = explain(step, code, words)
    assert isinstance(result, Refused if 500 <= code <= 599 else RetryLater)


_ids = st.from_regex(r"\A<[!-;=?-~]{1,250}>\Z")


@given(st.text(max_size=200), _ids, st.lists(_ids, max_size=10))
def test_an_answer_hangs_on_the_mail_it_answers_whatever_that_says(subject: str, name: str, earlier: list[str]) -> None:
    heading = Heading(" ".join(subject.split()), name, tuple(earlier))
    content = ChatMessage("Sí.", "es", heading=heading)
    mail = compose(Outgoing("k", "ana@example.com", content), SENDER, NOW, 1000)
    if isinstance(mail, Refused):
        assert "line break" in mail.detail
        return
    parsed = email.message_from_bytes(mail.body)
    assert parsed["In-Reply-To"] == name
    assert parsed["References"].split() == [*earlier, name]
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert mail.body.isascii()
    assert max(map(len, mail.body.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("subject", "answered"),
    [("Una duda", "Re: Una duda"), ("RE: Re: Una duda", "Re: Una duda"), ("Rv: Factura", "Re: Factura"), ("Re:", None)],
)
def test_the_subject_is_answered_once(subject: str, answered: str | None) -> None:
    named = _subject_of(Heading(subject, "<a@x>"))
    assert named == (answered or _subject_of(None))


def _subject_of(heading: Heading | None) -> str:
    mail = compose(Outgoing("k", "ana@example.com", ChatMessage("Sí.", "es", heading=heading)), SENDER, NOW, 1000)
    assert isinstance(mail, Mail)
    return str(email.message_from_bytes(mail.body, policy=email.policy.default)["Subject"])
