"""The port suite: what every channel promises, whatever the vendor.

A channel's test file joins the classes that apply and fills in their fixtures:

    class TestSms(ConversationSuite, WaitingSuite, SignedSuite): ...

    ChannelSuite            everything that sends; override `content`/`unsupported` where chat is not what it carries
    ├── ConversationSuite   talks with subscribers: sources and choices are shown
    └── WaitingSuite        its vendor can ask to wait
    ReadingSuite            has a `read`
    └── SignedSuite         its deliveries prove who they are from

`accepted` tells what the stand-in took, never what the adapter believes it sent.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from channels.contract import (
    Accepted,
    Channel,
    Delivery,
    Forged,
    Outgoing,
    Refusal,
    Refused,
    RetryLater,
)
from channels.volley import Vendor
from records.content import Body, ChatMessage, TextMessage, ThreadPost
from records.types import Choice, Citation


@dataclass(frozen=True)
class Arrived:
    """One message as the vendor took it; `buttons` are the labels a person could tap."""

    address: str
    text: str
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """A delivery and the secret it was signed with. `forgeries` differ from it in one thing each."""

    delivery: Delivery
    secret: str
    forgeries: dict[str, Delivery] = field(default_factory=dict)


class ChannelSuite:
    """What everything that sends promises."""

    @pytest.fixture
    def channel(self) -> Channel:
        raise NotImplementedError

    @pytest.fixture
    def good_address(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def bad_address(self) -> str:
        """An address the vendor refuses for good."""
        raise NotImplementedError

    @pytest.fixture
    def accepted(self) -> Callable[[], list[Arrived]]:
        raise NotImplementedError

    def content(self, text: str) -> Body:
        """The plainest thing this channel carries."""
        return ChatMessage(text, "es")

    def unsupported(self) -> Body:
        """Something this channel cannot show."""
        return ThreadPost("case_1", "thread_1", "Ana", "Para el equipo.")

    def test_a_message_arrives_once_with_its_text(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        result = channel.send(Outgoing("key-1", good_address, self.content("Tu cuenta se mueve el martes.")))
        assert isinstance(result, Accepted), result
        assert result.provider_id
        (arrived,) = accepted()
        assert arrived.address == good_address
        assert "Tu cuenta se mueve el martes." in arrived.text

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("Áéíóú ñ Ñ ¿qué tal? ¡Sí! 12,50 €", id="accents"),
            pytest.param("Listo 👍🏽 familia 👨‍👩‍👧 bandera 🇪🇸", id="emoji"),
            pytest.param("a < b & c > d * _x_ [y](z) `w` \\ ~ {v} | 50 %", id="marks"),
            pytest.param("Primera línea\n\nTercera línea", id="lines"),
        ],
    )
    def test_every_character_arrives(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]], text: str
    ) -> None:
        result = channel.send(Outgoing("key-1", good_address, self.content(text)))
        assert isinstance(result, Accepted), result
        assert text in accepted()[0].text

    def test_two_messages_arrive_in_their_order_under_two_names(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        first = channel.send(Outgoing("key-1", good_address, self.content("uno")))
        second = channel.send(Outgoing("key-2", good_address, self.content("dos")))
        assert isinstance(first, Accepted), first
        assert isinstance(second, Accepted), second
        assert first.provider_id != second.provider_id
        assert ["uno" in accepted()[0].text, "dos" in accepted()[1].text] == [True, True]

    def test_what_it_cannot_show_is_refused(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        result = channel.send(Outgoing("key-1", good_address, self.unsupported()))
        assert isinstance(result, Refused), result
        assert result.reason is Refusal.UNSUPPORTED
        assert result.detail
        assert accepted() == []

    def test_a_bad_address_is_refused_and_not_raised(
        self, channel: Channel, bad_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        result = channel.send(Outgoing("key-1", bad_address, self.content("hola")))
        assert isinstance(result, Refused), result
        assert result.reason in (Refusal.BAD_ADDRESS, Refusal.BLOCKED)
        assert bad_address not in result.detail, "an address is personal data"
        assert accepted() == []

    def test_after_a_refusal_the_next_one_goes(
        self, channel: Channel, bad_address: str, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        channel.send(Outgoing("key-1", bad_address, self.content("hola")))
        assert isinstance(channel.send(Outgoing("key-2", good_address, self.content("hola"))), Accepted)
        assert len(accepted()) == 1

    def test_a_long_text_is_never_cut_in_silence(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        words = [f"palabra{n:06d}." for n in range(channel.capabilities.max_text // 14)]
        result = channel.send(Outgoing("key-1", good_address, self.content(" ".join(words))))
        if isinstance(result, Refused):
            assert result.reason in (Refusal.UNSUPPORTED, Refusal.CONTENT)
            assert accepted() == []
        else:
            assert isinstance(result, Accepted), result
            arrived = " ".join(one.text for one in accepted()).split()
            assert [word for word in arrived if word.startswith("palabra")] == words

    def test_side_by_side_each_has_its_own_answer(
        self, channel: Channel, bad_address: str, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        if channel.capabilities.lines == 1:
            pytest.skip("takes one at a time")
        outgoings = [
            Outgoing("key-1", bad_address, self.content("hola")),
            Outgoing("key-2", good_address, self.content("uno")),
            Outgoing("key-3", good_address, self.unsupported()),
        ]
        with ExitStack() as threads:
            bad, good, odd = Vendor(3, threads).send(channel, outgoings)
        assert isinstance(bad, Refused), bad
        assert isinstance(good, Accepted), good
        assert isinstance(odd, Refused), odd
        assert odd.reason is Refusal.UNSUPPORTED
        assert [one.address for one in accepted()] == [good_address]

    def test_closing_twice_is_harmless(self, channel: Channel) -> None:
        channel.close()
        channel.close()


class ConversationSuite(ChannelSuite):
    """Channels that talk with subscribers."""

    def test_the_source_of_an_answer_is_shown(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        source = Citation("contracts/es.md", "7.2 b", "un mes", "Condiciones generales")
        channel.send(Outgoing("key-1", good_address, ChatMessage("Un mes.", "es", citations=(source,))))
        (arrived,) = accepted()
        assert "Un mes." in arrived.text
        assert "Condiciones generales" in arrived.text
        assert "7.2 b" in arrived.text

    def test_every_choice_can_be_read(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        choices = (Choice("c:1", "Cambiar la tarjeta"), Choice("c:2", "Ver la factura"))
        channel.send(Outgoing("key-1", good_address, ChatMessage("¿Qué necesitas?", "es", choices=choices)))
        shown = " ".join((accepted()[0].text, *accepted()[0].buttons))
        assert all(choice.label in shown for choice in choices)

    def test_every_link_of_a_campaign_text_can_be_reached(
        self, channel: Channel, good_address: str, accepted: Callable[[], list[Arrived]]
    ) -> None:
        link = ("Mi cuenta", "https://example.com/u/abc")
        result = channel.send(Outgoing("key-1", good_address, TextMessage("Te movemos.", "es", (link,))))
        assert isinstance(result, Accepted), result
        shown = " ".join((accepted()[0].text, *accepted()[0].buttons))
        assert "Mi cuenta" in shown or link[1] in shown


class WaitingSuite(ChannelSuite):
    """Channels whose vendor can ask to wait."""

    @pytest.fixture
    def ask_to_wait(self) -> Callable[[], float]:
        """Makes the stand-in ask for a wait at the next call; returns the seconds it will ask for, 0 if it names none."""
        raise NotImplementedError

    def test_a_wait_is_told_and_nothing_was_sent(
        self,
        channel: Channel,
        good_address: str,
        ask_to_wait: Callable[[], float],
        accepted: Callable[[], list[Arrived]],
    ) -> None:
        asked = ask_to_wait()
        result = channel.send(Outgoing("key-1", good_address, self.content("hola")))
        assert isinstance(result, RetryLater), result
        assert result.seconds >= asked
        assert result.seconds > 0
        assert accepted() == []

    def test_the_same_message_goes_after_the_wait(
        self,
        channel: Channel,
        good_address: str,
        ask_to_wait: Callable[[], float],
        accepted: Callable[[], list[Arrived]],
    ) -> None:
        ask_to_wait()
        outgoing = Outgoing("key-1", good_address, self.content("hola"))
        assert isinstance(channel.send(outgoing), RetryLater)
        assert isinstance(channel.send(outgoing), Accepted)
        assert len(accepted()) == 1


class ReadingSuite:
    """Channels that read."""

    @pytest.fixture
    def channel(self) -> Channel:
        raise NotImplementedError

    @pytest.fixture
    def signed(self) -> Signed:
        """A genuine delivery that holds at least one event."""
        raise NotImplementedError

    def test_the_same_delivery_gives_the_same_events(self, channel: Channel, signed: Signed, now: datetime) -> None:
        first = channel.read(signed.delivery, signed.secret, now)
        assert first
        assert channel.read(signed.delivery, signed.secret, now) == first

    def test_each_event_names_its_channel_and_has_an_id(self, channel: Channel, signed: Signed, now: datetime) -> None:
        events = channel.read(signed.delivery, signed.secret, now)
        assert {event.channel for event in events} == {channel.name}
        assert len({event.external_id for event in events} - {""}) == len(events)

    def test_header_names_are_read_in_any_case(self, channel: Channel, signed: Signed, now: datetime) -> None:
        shouted = replace(signed.delivery, headers={k.upper(): v for k, v in signed.delivery.headers.items()})
        assert channel.read(shouted, signed.secret, now) == channel.read(signed.delivery, signed.secret, now)


class SignedSuite(ReadingSuite):
    """Channels whose deliveries prove who they are from."""

    def test_a_forged_delivery_is_refused(self, channel: Channel, signed: Signed, now: datetime) -> None:
        assert signed.forgeries, "give at least one forgery"
        for how, forged in signed.forgeries.items():
            with pytest.raises(Forged):
                pytest.fail(f"{how}: read as {channel.read(forged, signed.secret, now)}")

    def test_another_secret_is_refused(self, channel: Channel, signed: Signed, now: datetime) -> None:
        with pytest.raises(Forged):
            channel.read(signed.delivery, signed.secret + "x", now)

    def test_without_a_secret_nothing_is_believed(self, channel: Channel, signed: Signed, now: datetime) -> None:
        with pytest.raises(Forged):
            channel.read(signed.delivery, "", now)
