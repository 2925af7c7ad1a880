"""The sandbox in the place of each channel: the same suite, so that what passes here would pass there."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from channels import email, sms, webchat
from channels.contract import Accepted, Capabilities, ChannelError, Delivery, Outgoing, Refusal, Refused
from channels.render import plain
from channels.sandbox import SECRET_HEADER, Sandbox
from records.content import Body, CaseCard, ChatMessage, MailMessage, TextMessage, content_from_json
from records.inbound import Pressed, Said
from records.types import ChannelName
from tests.channels.suite import Arrived, ChannelSuite, ConversationSuite, Signed, SignedSuite


class Kept:
    """Where a sandbox keeps what it would have sent."""

    def __init__(self) -> None:
        self.rows: list[tuple[ChannelName, str, str, str]] = []

    def log(self, channel: ChannelName, address: str, key: str, body_json: str) -> str:
        self.rows.append((channel, address, key, body_json))
        return f"row-{len(self.rows)}"

    def arrived(self) -> list[Arrived]:
        return [Arrived(address, _text(content_from_json(body))) for _, address, _, body in self.rows]


def _text(content: Body) -> str:
    if isinstance(content, ChatMessage | TextMessage):
        return plain(content, buttons=False)
    return content.body if isinstance(content, CaseCard) else content.text


@pytest.fixture
def kept() -> Kept:
    return Kept()


class _SandboxSuite(SignedSuite):
    channel_name: ChannelName
    limits: Capabilities
    good: str
    bad: str

    @pytest.fixture
    def channel(self, kept: Kept) -> Sandbox:
        return Sandbox(self.channel_name, self.limits, kept.log)

    @pytest.fixture
    def good_address(self) -> str:
        return self.good

    @pytest.fixture
    def bad_address(self) -> str:
        return self.bad

    @pytest.fixture
    def accepted(self, kept: Kept) -> Callable[[], list[Arrived]]:
        return kept.arrived

    @pytest.fixture
    def signed(self) -> Signed:
        genuine = delivery({"id": "1", "address": self.good or "C0123", "text": "hola"})
        wrong = replace(genuine, headers={SECRET_HEADER: "other"})
        return Signed(genuine, "secret", {"no secret": replace(genuine, headers={}), "wrong secret": wrong})


def delivery(body: object) -> Delivery:
    return Delivery(json.dumps(body).encode(), {SECRET_HEADER: "secret"})


class TestSandboxOfSms(_SandboxSuite, ConversationSuite):
    channel_name, limits, good, bad = ChannelName.SMS, sms.CAPABILITIES, "+34600111222", "600111222"


class TestSandboxOfEmail(_SandboxSuite, ConversationSuite):
    channel_name, limits, good, bad = ChannelName.EMAIL, email.CAPABILITIES, "ana@example.com", "ana@@example.com"


class TestSandboxOfWeb(_SandboxSuite, ConversationSuite):
    channel_name, limits, good, bad = ChannelName.WEB, webchat.CAPABILITIES, "ses_0123456789", "a session"


class TestSandboxOfTelegram(_SandboxSuite, ConversationSuite):
    channel_name, good, bad = ChannelName.TELEGRAM, "123456789", "@somebody"
    limits = Capabilities(max_text=4096, buttons=True)


class TestSandboxOfSlack(_SandboxSuite, ChannelSuite):
    channel_name, good, bad = ChannelName.SLACK, "", "not a channel"
    limits = Capabilities(max_text=3000, buttons=True, staff=True, kinds=frozenset({"card", "post"}))

    def content(self, text: str) -> Body:
        return CaseCard("case_1", "R-1", "Cobro doble", (), text, ())

    def unsupported(self) -> Body:
        return MailMessage("Asunto", "texto", "", "es")


def test_it_says_it_is_a_sandbox_and_keeps_the_whole_content(kept: Kept) -> None:
    content = TextMessage("Te movemos.", "es", (("Mi cuenta", "https://example.com/u/x"),))
    result = Sandbox(ChannelName.SMS, sms.CAPABILITIES, kept.log).send(Outgoing("key-1", "+34600111222", content))
    assert result == Accepted("sandbox:key-1")
    ((channel, address, key, body),) = kept.rows
    assert (channel, address, key) == (ChannelName.SMS, "+34600111222", "key-1")
    assert content_from_json(body) == content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (TextMessage("a" * 1601, "es"), Refusal.UNSUPPORTED),
        (TextMessage(" ", "es"), Refusal.CONTENT),
        (MailMessage("Asunto", "texto", "", "es"), Refusal.UNSUPPORTED),
    ],
)
def test_it_refuses_what_sms_would(kept: Kept, content: Body, reason: Refusal) -> None:
    result = Sandbox(ChannelName.SMS, sms.CAPABILITIES, kept.log).send(Outgoing("key-1", "+34600111222", content))
    assert isinstance(result, Refused)
    assert result.reason is reason
    assert kept.rows == []


def test_it_refuses_a_second_header_line_as_e_mail_would(kept: Kept) -> None:
    content = MailMessage("Hola\r\nBcc: all@example.com", "texto", "", "es")
    result = Sandbox(ChannelName.EMAIL, email.CAPABILITIES, kept.log).send(Outgoing("k", "ana@example.com", content))
    assert isinstance(result, Refused)
    assert result.reason is Refusal.CONTENT


def test_playing_the_person(kept: Kept, now: datetime) -> None:
    sandbox = Sandbox(ChannelName.SMS, sms.CAPABILITIES, kept.log)
    said = sandbox.read(delivery({"id": "1", "address": "+34600111222", "text": "BAJA"}), "secret", now)
    pressed = sandbox.read(delivery({"id": "2", "address": "+34600111222", "data": "c:1"}), "secret", now)
    assert said == (Said(ChannelName.SMS, "sandbox:1", "+34600111222", "BAJA", now),)
    assert pressed == (Pressed(ChannelName.SMS, "sandbox:2", "+34600111222", "c:1", now),)


@pytest.mark.parametrize("body", [[], {}, {"id": "1", "address": "x"}, {"id": 1, "address": "x", "text": "a"}])
def test_half_a_delivery_is_refused_in_a_sentence(kept: Kept, now: datetime, body: object) -> None:
    with pytest.raises(ChannelError, match="send"):
        Sandbox(ChannelName.SMS, sms.CAPABILITIES, kept.log).read(delivery(body), "secret", now)
