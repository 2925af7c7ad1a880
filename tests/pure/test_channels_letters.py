"""A letter is the mail it stands for: encoded piece by piece it reads the same, and its lines are as short."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Outgoing, Refusal, Refused
from channels.letters import compose_letter
from channels.mail import Mail, compose
from records.forms import Form, Letter, Places, form_from_json, form_to_json

NOW = datetime(2027, 1, 18, 10, tzinfo=UTC)
SENDER = "Señal <hola@farolito.example>"
VALUES = 3

_literal = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t .=<&"), max_size=200)
_value = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=120)


@st.composite
def places(draw: st.DrawFn, literal: st.SearchStrategy[str]) -> Places:
    pieces = [draw(literal)]
    for _ in range(draw(st.integers(0, 4))):
        pieces += [str(draw(st.integers(0, VALUES - 1))), draw(literal)]
    return Places(tuple(pieces))


_on_a_line = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=60)
_forms = st.builds(
    Form,
    kind=st.just("mail"),
    language=st.just("es"),
    text=places(_literal),
    subject=places(_on_a_line),
    html=places(_literal),
    headers=st.just(
        (("List-Unsubscribe", Places(("<https://farolito.example/u/", "0", ">"))), ("X-A", Places(("b",))))
    ),
)


def parsed(mail: Mail) -> EmailMessage:
    message = email.message_from_bytes(mail.body, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def contents(mail: Mail) -> list[str]:
    texts = []
    for part in parsed(mail).walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            texts.append(payload.decode())
    return texts


@given(_forms, st.lists(_value, min_size=VALUES, max_size=VALUES))
def test_a_letter_reads_as_its_whole_mail_and_is_refused_as_it_is(form: Form, values: list[str]) -> None:
    letter = Letter(form, tuple(values))
    whole = compose(Outgoing("key-1", "ana@example.com", letter.whole(), 77), SENDER, NOW, 900)
    mail = compose_letter(Outgoing("key-1", "ana@example.com", letter, 77), letter, SENDER, NOW, 900)
    if isinstance(whole, Refused):
        assert isinstance(mail, Refused)
        assert mail.reason is whole.reason
        return
    assert isinstance(mail, Mail), mail
    assert contents(mail) == contents(whole)
    shown, expected = parsed(mail), parsed(whole)
    same = set(expected.keys()) - {"Content-Type"}
    assert set(shown.keys()) - {"Content-Type"} == same
    assert {name: str(shown[name]) for name in same} == {name: str(expected[name]) for name in same}
    assert (mail.message_id, mail.sender, mail.recipient) == (whole.message_id, whole.sender, whole.recipient)
    assert b"\n" not in mail.body.replace(b"\r\n", b"")
    _, _, below = mail.body.partition(b"\r\n\r\n")
    assert max(map(len, below.split(b"\r\n"))) <= 76


@given(_forms)
def test_a_form_survives_the_ledger_with_its_id(form: Form) -> None:
    again = form_from_json(form_to_json(form))
    assert again == form
    assert again.id == form.id


def test_a_value_opens_no_second_header() -> None:
    form = Form("mail", "es", Places(("Hola",)), Places(("Hola ", "0", "")), Places(("",)))
    letter = Letter(form, ("Ana\r\nBcc: all@example.com",))
    result = compose_letter(Outgoing("k", "ana@example.com", letter), letter, SENDER, NOW, 900)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CONTENT


@pytest.mark.parametrize("address", ["ana", "a@example.com\r\nRCPT TO:<b@example.com>"])
def test_a_letter_to_no_address_is_refused(address: str) -> None:
    letter = Letter(Form("mail", "es", Places(("Hola",)), Places(("Hola",)), Places(("",))), ())
    result = compose_letter(Outgoing("k", address, letter), letter, SENDER, NOW, 900)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.BAD_ADDRESS
