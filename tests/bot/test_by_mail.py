"""A conversation by mail: each answer hangs on the mail it answers, and a sender alone proves nothing."""

from datetime import datetime, timedelta

import pytest

from bot.runner import TurnResult
from channels.contract import Accepted
from records.content import ChatMessage, Heading
from records.database import Database
from records.inbound import Said
from records.store import cases, inbox
from records.types import ChannelName, Proof, Reason
from tests.bot.house import Talker, person
from tests.ledger.people import ScriptedChannel
from tests.ledger.test_courier import courier

EMAIL = ChannelName.EMAIL
ANA = "ana@example.com"
OURS = "<ours@farolito.example>"
HERS = Heading("Una duda", "<a1@example.com>", (OURS,))


@pytest.fixture
def talker(db: Database, now: datetime) -> Talker:
    talker = Talker(db, now)
    talker.register(person(now), (EMAIL, ANA))
    return talker


def mail(talker: Talker, text: str, *, answers: str = "", sender: str = ANA, heading: Heading = HERS) -> TurnResult:
    plain = talker.said(text, sender, EMAIL)
    return talker.bot.handle(Said(EMAIL, plain.external_id, sender, text, plain.at, heading, answers))


def sent_as(talker: Talker, provider_id: str) -> None:
    """What waits for this address leaves, under this name."""
    channel = ScriptedChannel(lambda _: Accepted(provider_id))
    courier(talker.db, channel, talker.clock.now()).drain_replies(EMAIL)


def answers(talker: Talker) -> list[ChatMessage]:
    return [one for one in talker.outbox(EMAIL) if isinstance(one, ChatMessage)]


def test_each_answer_hangs_on_the_last_mail(talker: Talker) -> None:
    mail(talker, "¿por qué cambiáis?")
    later = Heading("Re: Una duda", "<a2@example.com>", (OURS, "<a1@example.com>"))
    mail(talker, "gracias", heading=later)
    assert [one.heading for one in answers(talker)] == [HERS, later]


def test_what_staff_write_hangs_on_it_too(talker: Talker) -> None:
    mail(talker, "quiero hablar con una persona")
    case = talker.case(ANA, EMAIL)
    talker.staff("claim", case)
    talker.write("Hola, Ana, soy Marta.", case)
    assert answers(talker)[-1] == ChatMessage(
        "Hola, Ana, soy Marta.", "es", "staff", turn_id=answers(talker)[-1].turn_id, heading=HERS
    )


def test_no_other_channel_has_a_heading(talker: Talker) -> None:
    talker.say("¿por qué cambiáis?")
    assert [one.heading for one in talker.outbox() if isinstance(one, ChatMessage)] == [None]


def test_a_sender_alone_is_nobody(talker: Talker) -> None:
    assert mail(talker, "¿qué día me toca a mí?").reason is Reason.UNVERIFIED
    assert talker.conversation(ANA, EMAIL).proof is Proof.ANONYMOUS


def test_who_quotes_our_mail_to_that_address_has_shown_the_address_and_no_more(talker: Talker) -> None:
    mail(talker, "hola")
    sent_as(talker, OURS)
    told = mail(talker, "¿qué día me toca a mí?", answers=OURS)
    assert told.reason is Reason.OWN_RECORD
    assert "4 de marzo de 2027" in told.text
    assert mail(talker, "¿cuánto pago?", answers=OURS).reason is Reason.UNVERIFIED


def test_our_mail_to_somebody_else_shows_nothing(talker: Talker) -> None:
    mail(talker, "hola", sender="bea@example.com")
    sent_as(talker, OURS)
    assert mail(talker, "¿qué día me toca a mí?", answers=OURS).reason is Reason.UNVERIFIED


def test_a_mail_that_quotes_nothing_takes_the_proof_away(talker: Talker) -> None:
    """Else whoever writes her address into a mail would be taken for her while her proof lasts."""
    mail(talker, "hola")
    sent_as(talker, OURS)
    mail(talker, "¿qué día me toca a mí?", answers=OURS)
    assert mail(talker, "¿qué día me toca a mí?").reason is Reason.UNVERIFIED


def test_a_forged_complaint_holds_nobodys_move(talker: Talker) -> None:
    mail(talker, "me habéis cobrado dos veces")
    with talker.db.read() as tx:
        assert cases.open_of_subscriber(tx, "s1") == ()
    assert talker.case(ANA, EMAIL).subscriber_id is None


def test_the_same_mail_twice_is_answered_once(talker: Talker) -> None:
    said = Said(EMAIL, "m-1", ANA, "¿por qué cambiáis?", talker.now, HERS)
    assert talker.bot.handle(said).text == talker.bot.handle(said).text
    assert len(answers(talker)) == 1


def test_a_card_number_in_a_subject_is_not_kept(db: Database, now: datetime) -> None:
    said = Said(EMAIL, "m-1", ANA, "hola", now, Heading("mi tarjeta 4111 1111 1111 1111", "<a@x>"))
    with db.write() as tx:
        inbox.put(tx, said, now)
        (row,) = inbox.take(tx, "w", now, 1)
    assert isinstance(row.inbound, Said)
    assert row.inbound.heading == Heading("mi tarjeta •••• 1111", "<a@x>")


AWAY = "Estoy fuera de la oficina hasta el lunes y no leo el correo."


def test_a_robot_that_does_not_say_so_is_answered_once_a_day(talker: Talker) -> None:
    first = mail(talker, AWAY)
    assert first.text
    assert [mail(talker, AWAY).text for _ in range(3)] == ["", "", ""]
    assert len(answers(talker)) == 1
    talker.clock.advance(timedelta(days=1))
    assert mail(talker, AWAY).text


def test_people_may_say_the_same_again(talker: Talker) -> None:
    assert all(mail(talker, "gracias").text for _ in range(2))
    assert all(talker.say(AWAY).text for _ in range(2)), "no robot answers in a chat"
    assert mail(talker, AWAY, sender="bea@example.com").text
    assert mail(talker, AWAY).text
