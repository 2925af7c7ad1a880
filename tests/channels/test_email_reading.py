"""The e-mail channel as one that reads: what it promises like every other."""

from datetime import datetime

import pytest

from channels.contract import Channel, Delivery
from channels.email import Email
from channels.mail import message_id
from channels.mail_reading import ARRIVED_HEADER, PLACE_HEADER
from records.clock import ManualClock
from records.inbound import Receipt, Said
from tests.channels.mail_samples import ANA, OWN, Bounce, letter, postfix
from tests.channels.suite import ReadingSuite, Signed

SECRET = "a secret of the house, long enough"
OURS = message_id("campaign:1:a:sub_1:email", "farolito.example", SECRET)
PLACE = {PLACE_HEADER: "INBOX 7 12", ARRIVED_HEADER: "2027-01-18T09:00:00+00:00"}


class _Reading(ReadingSuite):
    @pytest.fixture
    def channel(self, now: datetime) -> Channel:
        return Email("smtp://127.0.0.1:1", f"Farolito <{OWN}>", ManualClock(now), SECRET)


class TestReportsAreRead(_Reading):
    @pytest.fixture
    def signed(self) -> Signed:
        return Signed(Delivery(postfix(Bounce(OURS)), PLACE, transport="socket"), SECRET)

    def test_it_is_a_receipt_of_the_mail_that_was_sent(self, channel: Channel, signed: Signed, now: datetime) -> None:
        (event,) = channel.read(signed.delivery, signed.secret, now)
        assert isinstance(event, Receipt)
        assert event.provider_id == OURS

    def test_with_another_secret_it_is_believed_of_nothing(
        self, channel: Channel, signed: Signed, now: datetime
    ) -> None:
        assert channel.read(signed.delivery, "another", now) == channel.read(signed.delivery, "", now) == ()


class TestPeopleAreRead(_Reading):
    @pytest.fixture
    def signed(self) -> Signed:
        return Signed(Delivery(letter("¿Me sube el precio?"), PLACE, transport="socket"), SECRET)

    def test_it_is_what_a_person_said(self, channel: Channel, signed: Signed, now: datetime) -> None:
        (event,) = channel.read(signed.delivery, signed.secret, now)
        assert isinstance(event, Said)
        assert (event.address, event.text) == (ANA, "¿Me sube el precio?")

    def test_our_own_address_is_nobody_to_answer(self, channel: Channel, now: datetime) -> None:
        assert channel.read(Delivery(letter("hola", sender=OWN.title()), PLACE), SECRET, now) == ()
