"""What is read from mail that comes in: reports about our own, and what people write. Nothing else, and never a crash."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Delivery
from channels.mail import message_id, own_ids
from channels.mail_reading import ARRIVED_HEADER, PLACE_HEADER, read_mail
from records.content import Heading
from records.inbound import LONGEST_SAID, Receipt, Said
from records.types import ChannelName, DeliveryState
from tests.channels.mail_samples import ANA, DSNS, OWN, Bounce, arf, crlf, exchange, exim, letter, postfix

NOW = datetime(2027, 1, 18, 12, tzinfo=UTC)
SECRET = "a secret of the house, long enough"
OURS = message_id("campaign:1:a:sub_1:email", "farolito.example", SECRET)


def read(raw: bytes, secret: str = SECRET, place: str = "INBOX 7 12") -> tuple[Said | Receipt, ...]:
    return read_mail(Delivery(raw, {PLACE_HEADER: place}, transport="socket"), OWN, secret, NOW)


def receipt(raw: bytes) -> Receipt:
    (found,) = read(raw)
    assert isinstance(found, Receipt), found
    return found


def said(raw: bytes) -> Said:
    (found,) = read(raw)
    assert isinstance(found, Said), found
    return found


# ---- reports


@pytest.mark.parametrize("server", DSNS)
def test_a_bounce_of_every_server_says_which_mail_and_why(server: str) -> None:
    found = receipt(DSNS[server](Bounce(OURS)))
    assert (found.channel, found.provider_id, found.delivery) == (ChannelName.EMAIL, OURS, DeliveryState.FAILED)
    assert (found.reason, found.at) == ("bad_address", NOW)
    assert found.raw == "failed 5.1.1"


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        ("5.1.1", "550 5.1.1 no such user", "bad_address"),
        ("5.2.2", "552 5.2.2 mailbox full", "full"),
        ("4.2.2", "452 4.2.2 mailbox full", "full"),
        ("4.4.7", "delivery time expired", "unreachable"),
        ("4.4.1", "connect to mx.example.com: connection timed out", "unreachable"),
        ("5.7.1", "550 5.7.1 message refused by policy", "credentials"),
        ("5.6.0", "554 5.6.0 malformed", "content"),
        ("5.0.0", "550 5.1.1 user unknown", "bad_address"),
        ("5.0.0", "550 no such person here", "bad_address"),  # the report says: in reply to RCPT TO
        ("5.0.0", "550 5.7.350 remote server returned message detected as spam", "credentials"),
        ("5.9.9", "something new", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_the_status_decides_whose_fault_it_is(status: str, said: str, reason: str) -> None:
    assert receipt(postfix(Bounce(OURS, status=status, said=said))).reason == reason


def test_a_plain_550_blames_the_address_only_where_the_recipient_was_refused() -> None:
    unsaid = exchange(Bounce(OURS, status="5.0.0", said="550 we do not want this"))
    assert receipt(unsaid).reason == "unknown"
    after_body = exim(Bounce(OURS, said="550 this looks like spam")).replace(b"after RCPT TO:<", b"after end of data <")
    assert receipt(after_body).reason == "content"


@pytest.mark.parametrize(
    ("action", "state"),
    [("delivered", DeliveryState.DELIVERED), ("relayed", DeliveryState.SENT), ("expanded", DeliveryState.SENT)],
)
def test_an_arrival_is_told_and_is_no_failure(action: str, state: DeliveryState) -> None:
    found = receipt(postfix(Bounce(OURS, action=action, status="2.0.0", said="250 ok")))
    assert (found.delivery, found.reason) == (state, "")


def test_a_delay_is_nothing() -> None:
    assert read(postfix(Bounce(OURS, action="delayed", status="4.4.1", said="connection timed out"))) == ()


def test_of_several_recipients_ours_counts() -> None:
    other = "\nFinal-Recipient: rfc822; bea@example.com\nAction: failed\nStatus: 5.1.1\n\n--4BtQ"
    both = postfix(Bounce(OURS, action="delivered", status="2.1.5", said="250 ok"))
    mixed = (
        both.decode()
        .replace("\r\n", "\n")
        .replace(
            "\n--4BtQ.1/mx.farolito.example\nContent-Description: Und",
            other + ".1/mx.farolito.example\nContent-Description: Und",
        )
    )
    assert receipt(crlf(mixed)).delivery is DeliveryState.DELIVERED
    assert receipt(crlf(mixed.replace(f"To: {ANA}", "To: bea@example.com"))).delivery is DeliveryState.FAILED
    assert receipt(crlf(mixed.replace(f"To: {ANA}", "To: all@example.com"))).delivery is DeliveryState.DELIVERED


def test_the_same_report_twice_is_one_receipt_and_two_reports_are_two() -> None:
    once, again = receipt(postfix(Bounce(OURS))), receipt(exchange(Bounce(OURS)))
    assert once.external_id == again.external_id
    delivered = receipt(postfix(Bounce(OURS, action="delivered", status="2.0.0")))
    assert delivered.external_id != once.external_id


def test_the_envelope_id_names_the_mail_where_nothing_was_returned() -> None:
    bare = postfix(Bounce(OURS)).partition(b"Content-Description: Undelivered Message")[0]
    assert read(bare) == ()
    named = bare.replace(b"Reporting-MTA:", f"Original-Envelope-Id: {OURS}\r\nReporting-MTA:".encode())
    assert receipt(named).provider_id == OURS


@pytest.mark.parametrize("server", DSNS)
def test_a_report_about_a_mail_we_did_not_make_is_nothing(server: str) -> None:
    made_up = message_id("campaign:1:a:sub_1:email", "farolito.example", "another secret")
    for wrong in (made_up, "<1234@farolito.example>", OURS.replace(OURS[5], "0" if OURS[5] != "0" else "1")):
        assert read(DSNS[server](Bounce(wrong))) == ()
    assert read(DSNS[server](Bounce(OURS)), secret="") == ()


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        ("abuse", DeliveryState.COMPLAINED, "complained"),
        ("fraud", DeliveryState.COMPLAINED, "complained"),
        ("opt-out", DeliveryState.DELIVERED, "opted_out"),
    ],
)
def test_a_complaint_is_heard(kind: str, state: DeliveryState, reason: str) -> None:
    found = receipt(arf(OURS, kind))
    assert (found.provider_id, found.delivery, found.reason) == (OURS, state, reason)


@pytest.mark.parametrize("kind", ["not-spam", "virus", "other", "whatever", ""])
def test_what_is_no_complaint_is_none(kind: str) -> None:
    assert read(arf(OURS, kind)) == ()


def test_a_complaint_about_other_mail_is_nothing() -> None:
    assert read(arf("<1@farolito.example>")) == ()


def test_a_seal_holds_for_its_own_name_and_secret_only() -> None:
    other = message_id("another", "farolito.example", SECRET)
    assert own_ids(f"<x@y> {OURS} {other}", SECRET) == (OURS, other)
    assert own_ids(OURS, "another secret") == own_ids(OURS, "") == ()
    assert own_ids(OURS[:21] + other[21:], SECRET) == ()
    assert own_ids(OURS.replace("@", "@mx."), SECRET) == ()


# ---- people


def test_a_persons_answer_is_what_they_wrote_and_hangs_on_their_mail() -> None:
    threaded = f"In-Reply-To: {OURS}\nReferences: <old@farolito.example> {OURS}\n"
    found = said(letter("¿Me sube el precio?", more=threaded))
    assert (found.channel, found.address, found.text) == (ChannelName.EMAIL, ANA, "¿Me sube el precio?")
    assert found.heading == Heading("Re: Tu plan se muda", "<a1@example.com>", ("<old@farolito.example>", OURS))
    assert found.answers == OURS


def test_an_answer_to_other_mail_quotes_nothing_of_ours() -> None:
    assert said(letter("Hola, tengo una duda", more="In-Reply-To: <1@farolito.example>\n")).answers == ""


def test_each_place_of_the_mailbox_is_one_delivery() -> None:
    mail = letter("hola, una duda")
    ids = {read(mail, place=place)[0].external_id for place in ("INBOX 7 12", "INBOX 7 12", "INBOX 7 13", "INBOX 8 12")}
    assert len(ids) == 3


def test_it_is_dated_as_the_server_took_it_and_never_later_than_now() -> None:
    def at(told: str) -> datetime:
        (found,) = read_mail(Delivery(letter("hola"), {ARRIVED_HEADER: told}), OWN, SECRET, NOW)
        return found.at

    assert at("2027-01-18T10:30:00+01:00") == datetime(2027, 1, 18, 9, 30, tzinfo=UTC)
    assert at("2030-01-01T00:00:00+00:00") == at("2027-01-18T10:30:00") == at("soon") == NOW


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (
            "BAJA\n\nEl lun, 18 ene 2027 a las 10:00, Farolito (<hola@farolito.example>)\nescribió:\n\n> Hola, Ana:\n> tu plan",
            "BAJA",
        ),
        ("Gracias\n\nOn Mon, 18 Jan 2027 at 10:00, Farolito <hola@farolito.example> wrote:\n\nHola, Ana:", "Gracias"),
        (
            "On Mon, 18 Jan 2027, Farolito wrote:\n> ¿Qué plan?\n\nEl anual.\n\n> ¿Y el pago?\n\nCon tarjeta.",
            "El anual.\n\n\nCon tarjeta.",
        ),
        ("¿Y mi factura?\n\n-----Mensaje original-----\nDe: Farolito\nHola", "¿Y mi factura?"),
        ("¿Y mi factura?\n\n________________________________\nFrom: Farolito\nHola", "¿Y mi factura?"),
        (
            "¿Y mi factura?\n\nDe: Farolito <hola@farolito.example>\nEnviado el: lunes\nPara: Ana\n\nHola",
            "¿Y mi factura?",
        ),
        ("Una duda\n-- \nAna Ejemplo\nCalle Uno", "Una duda"),
        ("Una duda\n\nEnviado desde mi iPhone", "Una duda"),
        ("El lunes me dijo:\nque sí", "El lunes me dijo:\nque sí"),
        ("On second thought, what I wrote:\nno", "On second thought, what I wrote:\nno"),
    ],
)
def test_quotes_and_signatures_are_left_out(written: str, kept: str) -> None:
    assert said(letter(written)).text == kept


def test_the_subject_speaks_where_the_body_is_empty() -> None:
    assert said(letter("", subject="Re: RE: STOP")).text == "STOP"
    assert read(letter("\n> solo lo citado", subject="")) == ()


def test_html_alone_is_made_plain_without_what_it_quotes() -> None:
    html = (
        "<html><style>p {color: red}</style><body><p>¿Me sube el&nbsp;precio?</p><div>Gracias<br>Ana</div>"
        '<div class="gmail_quote"><div>El lunes Farolito escribió:</div><blockquote>Hola</blockquote></div></body></html>'
    )
    mail = letter(html).replace(b"text/plain", b"text/html")
    assert said(mail).text == "¿Me sube el precio?\n\nGracias\nAna"


def test_subject_and_text_are_read_in_their_character_sets() -> None:
    mail = letter("TEXT", subject="=?iso-8859-1?Q?Re=3A_Pregunta_r=E1pida?=").replace(b'"utf-8"', b'"iso-8859-1"')
    found = said(mail.replace(b"TEXT", "¿Cuándo me cobráis?".encode("latin-1")))
    assert found.text == "¿Cuándo me cobráis?"
    assert found.heading is not None
    assert found.heading.subject == "Re: Pregunta rápida"


def test_a_very_long_mail_is_as_long_as_a_turn_may_be() -> None:
    assert LONGEST_SAID - 20 < len(said(letter("palabra " * 5_000)).text) <= LONGEST_SAID


@pytest.mark.parametrize(
    "more",
    [
        "Auto-Submitted: auto-replied\n",
        "Auto-Submitted: auto-generated; owner-email=x\n",
        "Precedence: bulk\n",
        "Precedence: auto_reply\n",
        "X-Autoreply: yes\n",
        "List-Id: <news.example.com>\n",
        "Return-Path: <>\n",
    ],
)
def test_what_no_person_wrote_is_never_answered(more: str) -> None:
    assert read(letter("Estoy de vacaciones hasta el lunes", more=more)) == ()


@pytest.mark.parametrize(
    "sender", [OWN, "MAILER-DAEMON@example.com", "no-reply@example.com", "Postmaster@x.example", "no address"]
)
def test_senders_nobody_can_answer_are_left(sender: str) -> None:
    assert read(letter("hola", sender=sender)) == ()


def test_our_own_mail_back_in_our_mailbox_is_left() -> None:
    assert read(letter("hola", name=OURS)) == ()


def test_auto_submitted_no_is_a_person() -> None:
    assert said(letter("hola, una duda", more="Auto-Submitted: no\n")).text == "hola, una duda"


# ---- any bytes

_samples = [*(make(Bounce(OURS)) for make in DSNS.values()), arf(OURS), letter("Hola\n> cita\n-- \nAna")]


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_without_a_crash(raw: bytes) -> None:
    read(raw)


@given(st.data())
def test_a_damaged_mail_is_read_without_a_crash_and_believed_of_nothing_but_ours(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(_samples)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        length = data.draw(st.integers(0, 40))
        raw[at : at + length] = data.draw(st.binary(max_size=12))
        if not raw:
            return
    for event in read(bytes(raw)):
        assert event.channel is ChannelName.EMAIL
        assert event.external_id
        if isinstance(event, Receipt):
            assert event.provider_id == OURS
        else:
            assert 0 < len(event.text) <= LONGEST_SAID
            assert "\0" not in event.text
            event.text.encode()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<a " * 300_000, id="tags that never end"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000, id="blocks within blocks"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<!--" * 200_000, id="comments that never end"),
        pytest.param(b"Content-Type: text/plain" + b"; a=b" * 200_000 + b"\r\n\r\nhola", id="parameters"),
        pytest.param(b"Content-Type: multipart/x; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 90_000, id="parts"),
        pytest.param(b"\r\n" + b"On 1 January\n" * 70_000, id="lines that might introduce a quote"),
        pytest.param(b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\r\n\r\n", id="encoded words"),
    ],
)
def test_a_mail_made_to_be_slow_is_not(raw: bytes) -> None:
    """Milliseconds, or a second where the parser itself takes it; some of these took half a minute."""
    read(b"From: ana@example.com\r\n" + raw)


def test_a_sender_of_comments_within_comments_is_nobody() -> None:
    assert read(b"From: " + b"(" * 5_000 + b"\r\n\r\nhola") == ()


def test_a_mail_of_parts_within_parts_is_read_without_a_crash() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3_000))
    read(b"From: a@example.com\r\n" + deep)
    read(b"From: a@example.com\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3_000)
