"""SMS with Twilio's own library against the stand-in."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from channels.contract import (
    Accepted,
    ChannelError,
    Delivery,
    Outgoing,
    Refusal,
    Refused,
    RetryLater,
    Unsure,
)
from channels.sms import DELIVERIES, Sms, explain
from records.content import ChatMessage, TextMessage
from records.inbound import Receipt, Said
from records.types import ChannelName, DeliveryState
from tests.channels.suite import Arrived, ConversationSuite, Signed, SignedSuite, WaitingSuite
from tests.servers import free_port
from tests.standins import twilio
from tests.standins.twilio import ACCOUNT, SENDER, STATUS_URL, TOKEN, TwilioStandIn, webhook

URL = "https://relevo.example.com/hooks/twilio/messages"
INCOMING = {
    "MessageSid": "SM" + "a1" * 16,
    "SmsSid": "SM" + "a1" * 16,
    "SmsStatus": "received",
    "AccountSid": ACCOUNT,
    "From": "+34600111222",
    "To": SENDER,
    "Body": "¿Cuándo cambia mi plan? 👍",
    "NumMedia": "0",
    "NumSegments": "1",
    "FromCountry": "ES",
    "ApiVersion": "2010-04-01",
}
STATUS = {
    "MessageSid": "SM" + "b2" * 16,
    "SmsSid": "SM" + "b2" * 16,
    "SmsStatus": "delivered",
    "MessageStatus": "delivered",
    "AccountSid": ACCOUNT,
    "From": SENDER,
    "To": "+34600111222",
    "ApiVersion": "2010-04-01",
}


@pytest.fixture
def standin() -> Iterator[TwilioStandIn]:
    server = TwilioStandIn()
    yield server
    server.stop()


@pytest.fixture
def sms(standin: TwilioStandIn) -> Iterator[Sms]:
    channel = Sms(ACCOUNT, TOKEN, SENDER, api_url=standin.url, status_url=STATUS_URL, timeout=5)
    yield channel
    channel.close()


class TestSms(ConversationSuite, WaitingSuite, SignedSuite):
    @pytest.fixture
    def channel(self, sms: Sms) -> Sms:
        return sms

    @pytest.fixture
    def good_address(self) -> str:
        return "+34600111222"

    @pytest.fixture(params=["+34600", "+15005550001", "+15005550009", "600111222"])
    def bad_address(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def accepted(self, standin: TwilioStandIn) -> Callable[[], list[Arrived]]:
        return lambda: [Arrived(one.form["To"], one.form["Body"]) for one in standin.taken]

    @pytest.fixture(params=["named", "unnamed"])
    def ask_to_wait(self, request: pytest.FixtureRequest, standin: TwilioStandIn) -> Callable[[], float]:
        headers = {"Retry-After": "17"} if request.param == "named" else {}

        def ask() -> float:
            standin.next_answer = twilio.Refusal(429, 20429, "Too Many Requests", headers)
            return 17.0 if headers else 0.0

        return ask

    @pytest.fixture(params=[INCOMING, STATUS], ids=["message", "status"])
    def signed(self, request: pytest.FixtureRequest) -> Signed:
        genuine = webhook(URL, request.param)
        return Signed(
            genuine,
            TOKEN,
            {
                "changed body": replace(genuine, body=genuine.body.replace(b"222", b"223")),
                "added field": replace(genuine, body=genuine.body + b"&Body=hola"),
                "other address": replace(genuine, public_url=URL + "/other"),
                "no signature": replace(genuine, headers={}),
                "empty signature": replace(genuine, headers={"X-Twilio-Signature": ""}),
                "other account": replace(genuine, headers=dict(webhook(URL, request.param, "x" * 32).headers)),
            },
        )


def send(sms: Sms, address: str = "+34600111222", text: str = "hola") -> object:
    return sms.send(Outgoing("key-1", address, ChatMessage(text, "es")))


def test_the_status_callback_and_sender_are_given(sms: Sms, standin: TwilioStandIn) -> None:
    result = send(sms)
    (taken,) = standin.taken
    assert result == Accepted(taken.sid)
    assert taken.form == {"To": "+34600111222", "From": SENDER, "Body": "hola", "StatusCallback": STATUS_URL}


def test_a_messaging_service_sends_instead_of_a_number(standin: TwilioStandIn) -> None:
    service = "MG" + "0" * 32
    channel = Sms(ACCOUNT, TOKEN, service, api_url=standin.url)
    assert isinstance(send(channel), Accepted)
    assert standin.taken[0].form == {"To": "+34600111222", "MessagingServiceSid": service, "Body": "hola"}
    channel.close()


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+15005550001", Refusal.BAD_ADDRESS),
        ("+15005550009", Refusal.BAD_ADDRESS),
        ("+15005550004", Refusal.OPTED_OUT),
        ("+15005550002", Refusal.CREDENTIALS),
        ("+15005550003", Refusal.CREDENTIALS),
    ],
)
def test_each_refusal_has_its_word(sms: Sms, number: str, reason: Refusal) -> None:
    result = send(sms, number)
    assert isinstance(result, Refused)
    assert result.reason is reason
    assert number not in result.detail


def test_a_wrong_token_blames_our_account(standin: TwilioStandIn) -> None:
    channel = Sms(ACCOUNT, "wrong", SENDER, api_url=standin.url)
    result = send(channel)
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CREDENTIALS
    assert "wrong" not in result.detail
    channel.close()


def test_an_approved_text_that_is_too_long_is_refused_not_split(sms: Sms, standin: TwilioStandIn) -> None:
    result = sms.send(Outgoing("key-1", "+34600111222", TextMessage("a" * 1601, "es")))
    assert isinstance(result, Refused)
    assert result.reason is Refusal.UNSUPPORTED
    assert standin.taken == []


def test_a_long_answer_goes_in_parts(sms: Sms, standin: TwilioStandIn) -> None:
    assert isinstance(send(sms, text="Una frase. " * 200), Accepted)
    assert len(standin.taken) == 2


def test_a_failure_after_the_first_part_is_unsure(sms: Sms, standin: TwilioStandIn) -> None:
    standin.quota = 1
    result = send(sms, text="Una frase. " * 200)
    assert isinstance(result, Unsure)
    assert "1 of 2" in result.detail


def test_nobody_listening_means_later() -> None:
    channel = Sms(ACCOUNT, TOKEN, SENDER, api_url=f"http://127.0.0.1:{free_port()}", timeout=2)
    assert isinstance(send(channel), RetryLater)
    channel.close()


def test_a_line_broken_before_the_answer_is_unsure(sms: Sms, standin: TwilioStandIn) -> None:
    standin.hang_up = True
    assert isinstance(send(sms), Unsure)
    assert len(standin.taken) == 1


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (503, 20503, RetryLater),
        (503, 503, RetryLater),
        (500, 20500, Unsure),
        (502, 502, Unsure),
        (400, 21611, RetryLater),
        (400, 99999, Refused),
        (403, 70051, Refused),
    ],
)
def test_every_answer_has_a_result(status: int, code: int, expected: type) -> None:
    assert isinstance(explain(status, code, "words"), expected)


def test_a_message_becomes_said(sms: Sms, now: datetime) -> None:
    (event,) = sms.read(webhook(URL, INCOMING), TOKEN, now)
    assert event == Said(ChannelName.SMS, INCOMING["MessageSid"], "+34600111222", "¿Cuándo cambia mi plan? 👍", now)


def test_a_picture_is_not_lost_in_silence(sms: Sms, now: datetime) -> None:
    form = INCOMING | {"Body": "", "NumMedia": "1", "MediaContentType0": "image/jpeg"}
    (event,) = sms.read(webhook(URL, form), TOKEN, now)
    assert isinstance(event, Said)
    assert event.text == "[image/jpeg]"


@pytest.mark.parametrize("status", [*DELIVERIES, "a_word_of_tomorrow"])
def test_a_status_becomes_a_receipt(sms: Sms, now: datetime, status: str) -> None:
    (event,) = sms.read(webhook(URL, STATUS | {"MessageStatus": status, "ErrorCode": "30005"}), TOKEN, now)
    expected = DELIVERIES.get(status, DeliveryState.UNKNOWN)
    sid = STATUS["MessageSid"]
    why = "bad_address" if expected is DeliveryState.FAILED else ""
    assert event == Receipt(ChannelName.SMS, f"{sid}:{status}", sid, expected, f"{status} 30005", now, why)


def test_a_genuine_delivery_that_is_neither_is_refused_in_a_sentence(sms: Sms, now: datetime) -> None:
    with pytest.raises(ChannelError, match="neither a message nor a status"):
        sms.read(webhook(URL, {"CallSid": "CA1"}), TOKEN, now)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"%ff%00=%00", b"=&=&;;", b"a" * 100_000])
def test_no_body_breaks_reading(sms: Sms, now: datetime, body: bytes) -> None:
    with pytest.raises(ChannelError):
        sms.read(Delivery(body, {"X-Twilio-Signature": "x"}, URL), TOKEN, now)


@pytest.mark.skipif(
    not twilio.SPEC.exists(), reason="the vendor's published specification is not beside this repository"
)
def test_the_stand_in_agrees_with_the_published_specification() -> None:
    paths = json.loads(twilio.SPEC.read_text(encoding="utf-8"))["paths"]
    post = paths["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    schema = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert set(schema["properties"]) == twilio.KNOWN
    assert schema["required"] == ["To"]
