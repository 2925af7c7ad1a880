"""Questions and cases through the vendors' own doors: each delivery is believed only when signed, and counts once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.contract import Delivery
from records.store import cases, feedback, shut_addresses
from records.tables import messages
from records.types import Case, CaseState, ChannelName, DeliveryState, Reason
from tests.answers.sample import sample_house
from tests.channels.telegram_payloads import CHAT, SECRET, message_update, tap_update
from tests.channels.telegram_payloads import webhook as telegram_webhook
from tests.journeys.vendors import (
    PHONE,
    SOCKETS,
    WEBHOOKS,
    Company,
    acknowledged,
    choices,
    company,
    press,
    reply,
    text_from,
    wait_until,
)
from tests.standins import twilio
from tests.standins.twilio import ACCOUNT, SENDER

QUESTION = "¿Me va a subir el precio?"
ANSWER = "Tu precio no cambia con la mudanza"
DOUBLE_CHARGE = "me habéis cobrado dos veces"
LUIS, ANA = "U0LUIS001", "U0ANA0001"

Open = Callable[..., Company]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample workspace with its documents read, to be copied."""
    folder = tmp_path_factory.mktemp("sample") / "w"
    sample_house(folder).close()
    return folder


@pytest.fixture
def opened(sample: Path, tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def start(settings: dict[str, str]) -> Company:
            running: AbstractContextManager[Company] = company(sample, tmp_path / "w", **settings)
            return stack.enter_context(running)

        yield start


# ---------------------------------------------------------------- Telegram


def assert_answered_once(desk: Company) -> str:
    """One message with the answer, its source, thumbs and a person; the id of the answer."""
    (answer,) = desk.told()
    assert ANSWER in answer.text
    assert "Fuente: " in answer.text
    up, down, person = (data for _, data in answer.buttons)
    answer_id = str(up).split(":")[1]
    assert (up, down, person) == (f"thumb:{answer_id}:up", f"thumb:{answer_id}:down", "person")
    return answer_id


def test_a_telegram_question_delivered_five_times_at_once_gets_one_answer(opened: Open) -> None:
    desk = opened(WEBHOOKS)
    update = message_update(text=QUESTION)
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: desk.telegram_update(update), range(5)))
    assert [status for status, _ in answers] == [200] * 5
    desk.settle()
    answer_id = assert_answered_once(desk)

    status, body = desk.telegram_update(tap_update(f"thumb:{answer_id}:up"))
    assert (status, acknowledged(body)) == (200, "answerCallbackQuery")
    desk.settle()
    with desk.house.db.read() as tx:
        thumb = feedback.get(tx, "answer", answer_id)
    assert thumb is not None
    assert thumb.value == 1
    assert desk.telegram.spec_problems == []


def test_a_polled_telegram_question_seen_five_times_gets_one_answer(opened: Open) -> None:
    desk = opened(SOCKETS)
    for _ in range(5):
        desk.telegram.arrive(message_update(text=QUESTION))
    wait_until(lambda: desk.stored()["inbox"] == 1 and desk.telegram.unconfirmed == 0, "the update taken and confirmed")
    desk.settle()
    answer_id = assert_answered_once(desk)

    desk.telegram.arrive(tap_update(f"thumb:{answer_id}:down"))
    assert desk.telegram.wait_until(lambda: desk.telegram.acknowledged == ["4711"])
    desk.settle()
    with desk.house.db.read() as tx:
        thumb = feedback.get(tx, "answer", answer_id)
    assert thumb is not None
    assert thumb.value == -1
    # The door of the other mode is shut: nobody can push updates past the polling.
    before = desk.stored()
    assert desk.telegram_update(message_update(9100, text=QUESTION))[0] in (401, 403, 404)
    assert desk.stored() == before


# ---------------------------------------------------------------- SMS


def status_of(sid: str, status: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": status, "AccountSid": ACCOUNT, "From": SENDER, "To": PHONE}


def test_a_text_is_answered_once_and_its_delivery_followed(opened: Open) -> None:
    desk = opened(WEBHOOKS)
    question = desk.sms(text_from(1, QUESTION))
    for _ in range(3):
        status, body = desk.post("/hooks/twilio/messages", question)
        assert (status, "<Response></Response>" in body) == (200, True)
    desk.settle()
    (answer,) = desk.twilio.taken
    assert (answer.form["To"], answer.form["From"]) == (PHONE, SENDER)
    assert ANSWER in answer.form["Body"]
    assert "Fuente: " in answer.form["Body"]
    assert answer.form["StatusCallback"] == f"{desk.home}/hooks/twilio/status"

    for word in ("delivered", "sent", "delivered"):
        receipt = desk.sms(status_of(answer.sid, word), "/hooks/twilio/status")
        assert desk.post("/hooks/twilio/status", receipt)[0] == 200
    with desk.house.db.read() as tx:
        delivery = tx.execute(select(messages.c.delivery).where(messages.c.provider_id == answer.sid)).scalar_one()
    assert delivery == DeliveryState.DELIVERED.value
    assert desk.stored()["receipts"] == 2


def test_baja_by_text_stops_messages_and_is_confirmed_once(opened: Open) -> None:
    desk = opened(WEBHOOKS)
    stop = desk.sms(text_from(3, "BAJA"))
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: desk.post("/hooks/twilio/messages", stop)[0], range(3)))
    assert answers == [200] * 3
    desk.settle()
    (confirmed,) = desk.twilio.taken
    assert "ya no te mandaremos más mensajes" in confirmed.form["Body"]
    with desk.house.db.read() as tx:
        assert shut_addresses.is_suppressed(tx, ChannelName.SMS, PHONE) == "opt_out"


# ---------------------------------------------------------------- a case, from Telegram to Slack and back


class OverHttp:
    """Slack calls us; Telegram calls us."""

    settings = WEBHOOKS

    def __init__(self, desk: Company) -> None:
        self.desk = desk
        self.updates = 9000

    def person(self, text: str) -> None:
        self.updates += 1
        assert self.desk.telegram_update(message_update(self.updates, text=text))[0] == 200
        self.desk.settle()

    def taps(self, data: str) -> None:
        self.updates += 1
        assert self.desk.telegram_update(tap_update(data, self.updates))[0] == 200
        self.desk.settle()

    def staff(self, payload: dict[str, object], retry: int = 0) -> None:
        assert self.desk.slack_event(payload, retry=retry) == 200
        self.desk.settle()


class OverSockets(OverHttp):
    """We ask Telegram; Slack talks over the line we opened. An envelope is acknowledged once it is kept."""

    settings = SOCKETS

    def person(self, text: str) -> None:
        self.updates += 1
        self._arrives(message_update(self.updates, text=text))

    def taps(self, data: str) -> None:
        self.updates += 1
        self._arrives(tap_update(data, self.updates))

    def _arrives(self, update: dict[str, object]) -> None:
        self.desk.telegram.arrive(update)
        assert self.desk.telegram.wait_until(lambda: self.desk.telegram.unconfirmed == 0)
        self.desk.settle()

    def staff(self, payload: dict[str, object], retry: int = 0) -> None:
        kind = "interactive" if payload["type"] == "block_actions" else "events_api"
        envelope = self.desk.slack.sockets.push(kind, payload, retry=retry)
        assert self.desk.slack.sockets.acknowledged.get(timeout=10) == envelope
        self.desk.settle()


@pytest.mark.parametrize("way", [OverHttp, OverSockets])
def test_a_case_goes_to_the_desk_and_the_answer_comes_back_once(opened: Open, way: type[OverHttp]) -> None:
    desk = opened(way.settings)
    talk = way(desk)

    talk.person(DOUBLE_CHARGE)
    (promised,) = desk.told()
    assert "Siento mucho lo del cobro repetido" in promised.text
    card = desk.card()
    assert "Cobro doble" in card.shown
    assert DOUBLE_CHARGE in card.shown
    (case,) = all_cases(desk)
    assert case.kind is Reason.DOUBLE_CHARGE

    talk.staff(press(card, "claim", LUIS, 1))
    claimed = desk.card()
    assert (claimed.ts, claimed.updates) == (card.ts, 1)
    assert {name for _, name, _ in claimed.buttons} == {"release", "resolve"}
    assert LUIS in claimed.shown
    assert all_cases(desk)[0].claimed_by == LUIS
    said_before = len(desk.told())

    # Somebody else's words stay inside, and their author is told so.
    talk.staff(reply(card, ANA, "Yo creo que es un error del banco", 1))
    assert len(desk.told()) == said_before
    (whisper,) = desk.thread(card)
    assert (whisper.only_for, case.code in whisper.shown) == (ANA, True)

    # The claimer's words go out, once, however often Slack tells them.
    answer = reply(card, LUIS, "Ya te hemos devuelto el segundo cobro", 2)
    for retry in range(4):
        talk.staff(answer, retry=retry)
    assert [one.text for one in desk.told()[said_before:]] == ["Ya te hemos devuelto el segundo cobro"]

    # The person's words go into the thread, and the bot keeps silent.
    talk.person("Genial, ¿cuándo lo veré en el banco?")
    assert "¿cuándo lo veré en el banco?" in desk.thread(card)[-1].shown
    assert len(desk.told()) == said_before + 1

    talk.staff(press(claimed, "resolve", LUIS, 2))
    assert {name for _, name, _ in desk.card().buttons} == {"reopen"}
    asked = desk.told()[-1]
    assert [data for _, data in asked.buttons] == [f"rate:{case.id}:{value}" for value in range(1, 6)]
    talk.taps(choices(asked)["5 · Muy bien"])
    with desk.house.db.read() as tx:
        rating = feedback.get(tx, "case", case.id)
    assert rating is not None
    assert rating.value == 5
    assert all_cases(desk)[0].state is CaseState.RESOLVED
    assert desk.slack.refused == []
    assert {one.chat_id for one in desk.telegram.taken} == {CHAT}


def all_cases(desk: Company) -> tuple[Case, ...]:
    with desk.house.db.read() as tx:
        return cases.listed(tx)


# ---------------------------------------------------------------- what nobody signed

REFUSED = (401, 403)


class TestForged:
    """One company for all of them: a refused delivery leaves it as it was."""

    @pytest.fixture(scope="class")
    @classmethod
    def desk(cls, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
        with company(sample, tmp_path_factory.mktemp("forged") / "w", **WEBHOOKS) as running:
            yield running

    @pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper()])
    def test_telegram_without_our_secret_leaves_nothing(self, desk: Company, secret: str) -> None:
        before = desk.stored()
        update = message_update(8000, text=QUESTION)
        assert desk.telegram_update(update, secret)[0] in REFUSED
        body = telegram_webhook(update).body
        assert desk.post("/hooks/telegram", Delivery(body, {}))[0] in REFUSED
        assert desk.stored() == before

    def test_a_text_that_twilio_did_not_sign_leaves_nothing(self, desk: Company) -> None:
        path, form = "/hooks/twilio/messages", text_from(2, QUESTION)
        genuine = desk.sms(form)
        forged = {
            "no signature": Delivery(genuine.body, {"Content-Type": "application/x-www-form-urlencoded"}),
            "another account's": twilio.webhook(f"{desk.home}{path}", form, "x" * 32),
            "a changed text": replace(genuine, body=genuine.body.replace(b"precio", b"premio")),
            "an added field": replace(genuine, body=genuine.body + b"&Body=BAJA"),
            "another address": twilio.webhook(f"https://relevo.example{path}", form),
            "another door": desk.sms(form, "/hooks/twilio/status"),
        }
        before = desk.stored()
        assert {why: desk.post(path, delivery)[0] for why, delivery in forged.items()} == dict.fromkeys(forged, 403)
        word = desk.sms(status_of("SM" + "0" * 32, "delivered"), path)
        assert desk.post("/hooks/twilio/status", word)[0] == 403
        assert desk.post(f"{path}?x=1", genuine)[0] == 403
        assert desk.stored() == before
        assert desk.post(path, genuine)[0] == 200
        desk.settle()
        assert len(desk.twilio.taken) == 1

    def test_slack_without_a_fresh_signature_changes_nothing(self, desk: Company) -> None:
        talk = OverHttp(desk)
        talk.person(DOUBLE_CHARGE)
        card = desk.card()
        claim, words = press(card, "claim", LUIS, 1), reply(card, LUIS, "Hola", 1)
        before = desk.stored()
        for payload in (claim, words):
            assert desk.slack_event(payload, forged=True) in REFUSED
            assert desk.slack_event(payload, age=timedelta(minutes=6)) in REFUSED
            assert desk.slack_event(payload, age=timedelta(minutes=-6)) in REFUSED
        assert desk.stored() == before
        assert all_cases(desk)[0].state is CaseState.OPEN
        assert desk.card() == card
        # The same, freshly signed, counts: it was the signature that was refused.
        talk.staff(claim)
        assert all_cases(desk)[0].state is CaseState.CLAIMED


def test_a_card_slack_may_have_lost_stops_nobody_elses(opened: Open) -> None:
    desk = opened(WEBHOOKS)
    talk = OverHttp(desk)
    desk.slack.break_next(500)
    talk.person(DOUBLE_CHARGE)
    assert desk.slack.posted == []
    talk.person("y además quiero hablar con una persona")  # a post and a redrawn card of the same case
    root = desk.card()
    eva = {"id": 70009, "is_bot": False, "first_name": "Eva", "language_code": "es"}
    private = {"id": 70009, "type": "private", "first_name": "Eva"}
    desk.telegram.open_chats.add(70009)
    desk.telegram_update(message_update(9900, sender=eva, chat=private, text=DOUBLE_CHARGE))
    desk.settle()
    assert len([one for one in desk.slack.posted if not one.thread_ts]) == 2
    talk.person("¿hola?")  # once more: it must go to the card, not to a reply of its thread
    assert {one.thread_ts for one in desk.slack.posted if one.thread_ts} == {root.ts}
    assert desk.slack.refused == []
