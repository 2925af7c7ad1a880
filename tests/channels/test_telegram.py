"""Telegram: the port suite and what a private chat promises besides, against a stand-in and the real library."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.contract import (
    Accepted,
    ChannelError,
    Delivery,
    Forged,
    Outgoing,
    Refusal,
    Refused,
    RetryLater,
    Unsure,
)
from channels.telegram import Telegram
from records.content import ChatMessage, TextMessage
from records.inbound import Pressed, Said, Started, Unreachable
from records.types import ChannelName, Choice
from tests.channels.suite import Arrived, ConversationSuite, Signed, SignedSuite, WaitingSuite
from tests.channels.telegram_payloads import (
    ANA,
    BLOCKER,
    CHAT,
    GONE,
    GROUP,
    SECRET,
    STRANGER,
    WRITTEN,
    membership_update,
    message_update,
    tap_update,
    webhook,
)
from tests.servers import free_port
from tests.standins.telegram import TOKEN, TelegramStandIn


class TestTelegram(ConversationSuite, WaitingSuite, SignedSuite):
    @pytest.fixture
    def channel(self, telegram: Telegram) -> Telegram:
        return telegram

    @pytest.fixture
    def good_address(self) -> str:
        return str(CHAT)

    @pytest.fixture(params=[STRANGER, BLOCKER, GONE, -100200, "@vecinos", "70001x"])
    def bad_address(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def accepted(self, bot_api: TelegramStandIn) -> Callable[[], list[Arrived]]:
        def seen() -> list[Arrived]:
            return [
                Arrived(str(one.chat_id), one.text, tuple(label for label, _ in one.buttons)) for one in bot_api.taken
            ]

        return seen

    @pytest.fixture
    def ask_to_wait(self, bot_api: TelegramStandIn) -> Callable[[], float]:
        def ask() -> float:
            bot_api.ask_to_wait(7)
            return 7.0

        return ask

    @pytest.fixture
    def signed(self) -> Signed:
        genuine = webhook(message_update())
        return Signed(
            genuine,
            SECRET,
            {
                "no secret": Delivery(genuine.body, {}),
                "empty secret": webhook(message_update(), ""),
                "another secret": webhook(message_update(), SECRET[:-1]),
                "a secret that is no ASCII": webhook(message_update(), "señal"),
            },
        )


# ---- out


def test_an_answer_carries_thumbs_and_a_person(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    answer = ChatMessage("El martes.", "es", choices=(Choice("c:1", "¿Y el precio?"),), answer_id="ans_1")
    telegram.send(Outgoing("key-1", str(CHAT), answer))
    assert bot_api.taken[0].buttons == (
        ("¿Y el precio?", "c:1"),
        ("👍", "thumb:ans_1:up"),
        ("👎", "thumb:ans_1:down"),
        ("Hablar con una persona", "person"),
    )


def test_buttons_come_back_as_they_were_given(telegram: Telegram, bot_api: TelegramStandIn, now: datetime) -> None:
    telegram.send(Outgoing("key-1", str(CHAT), ChatMessage("¿Sí?", "en", answer_id="ans_1")))
    for _, data in bot_api.taken[0].buttons:
        (pressed,) = telegram.read(webhook(tap_update(data)), SECRET, now)
        assert isinstance(pressed, Pressed)
        assert pressed.data == data


def test_links_of_a_campaign_are_buttons(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    links = (("Mi cuenta", "https://example.com/u/abc"),)
    telegram.send(Outgoing("key-1", str(CHAT), TextMessage("Te movemos.", "es", links)))
    assert bot_api.taken[0].buttons == links


def test_the_buttons_of_a_long_answer_hang_on_its_last_part(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    answer = ChatMessage("palabra " * 1000, "es", answer_id="ans_1")
    result = telegram.send(Outgoing("key-1", str(CHAT), answer))
    *first, last = bot_api.taken
    assert result == Accepted(f"{CHAT}:{last.message_id}")
    assert first
    assert all(one.buttons == () for one in first)
    assert len(last.buttons) == 3


def test_a_button_with_too_much_data_is_refused(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    fits, too_much = (
        ChatMessage("¿?", "es", choices=(Choice("ñ" * 32, "a"),)),
        ChatMessage("¿?", "es", answer_id="a" * 60),
    )
    assert isinstance(telegram.send(Outgoing("key-1", str(CHAT), fits)), Accepted)
    result = telegram.send(Outgoing("key-2", str(CHAT), too_much))
    assert isinstance(result, Refused)
    assert result.reason is Refusal.UNSUPPORTED
    assert len(bot_api.taken) == 1


def test_no_text_can_become_markup(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    hostile = "<b>hola</b> &amp; <a href='https://evil.example'>tu banco</a> *x* [y](https://evil.example)"
    telegram.send(Outgoing("key-1", str(CHAT), ChatMessage(hostile, "es")))
    assert bot_api.taken[0].text == hostile


@pytest.mark.parametrize(
    ("chat", "reason"),
    [(STRANGER, Refusal.BAD_ADDRESS), (BLOCKER, Refusal.BLOCKED), (GONE, Refusal.BAD_ADDRESS)],
)
def test_who_cannot_be_reached_is_told_apart(telegram: Telegram, chat: int, reason: Refusal) -> None:
    result = telegram.send(Outgoing("key-1", str(chat), ChatMessage("hola", "es")))
    assert isinstance(result, Refused), result
    assert result.reason is reason


def test_a_link_telegram_will_not_carry_is_about_the_content(telegram: Telegram) -> None:
    bad = TextMessage("Te movemos.", "es", (("Mi cuenta", "ftp://example.com"),))
    result = telegram.send(Outgoing("key-1", str(CHAT), bad))
    assert isinstance(result, Refused), result
    assert result.reason is Refusal.CONTENT


TROUBLES: dict[str, Callable[[TelegramStandIn], None]] = {
    "the line breaks": TelegramStandIn.drop_after_taking,
    "500": lambda bot_api: bot_api.fail_next(500),
    "502": lambda bot_api: bot_api.fail_next(502),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_when_telegram_may_have_taken_it_the_result_is_unsure(
    telegram: Telegram, bot_api: TelegramStandIn, trouble: str
) -> None:
    TROUBLES[trouble](bot_api)
    result = telegram.send(Outgoing("key-1", str(CHAT), ChatMessage("hola", "es")))
    assert isinstance(result, Unsure), result
    assert len(bot_api.taken) == (trouble == "the line breaks"), "and it was not tried twice"


def test_a_part_that_does_not_go_leaves_the_answer_unsure(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    answer = ChatMessage("palabra " * 1000, "es")
    bot_api.after_each = lambda: bot_api.ask_to_wait(5)
    assert isinstance(telegram.send(Outgoing("key-1", str(CHAT), answer)), Unsure)
    assert len(bot_api.taken) == 1


def test_where_nobody_listens_it_goes_later() -> None:
    telegram = Telegram(TOKEN, f"http://127.0.0.1:{free_port()}")
    result = telegram.send(Outgoing("key-1", str(CHAT), ChatMessage("hola", "es")))
    assert isinstance(result, RetryLater), result
    telegram.close()


@pytest.mark.parametrize("token", ["123456:AAwrong", "nonsense"])
def test_a_wrong_token_is_our_own_fault_and_stays_secret(bot_api: TelegramStandIn, token: str) -> None:
    telegram = Telegram(token, bot_api.url)
    result = telegram.send(Outgoing("key-1", str(CHAT), ChatMessage("hola", "es")))
    assert isinstance(result, Refused), result
    assert result.reason is Refusal.CREDENTIALS
    assert token not in result.detail
    with pytest.raises(ChannelError) as refused:
        telegram.account()
    assert token not in str(refused.value)
    telegram.close()


def test_the_token_is_in_no_log(telegram: Telegram, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        telegram.send(Outgoing("key-1", str(CHAT), ChatMessage("hola", "es")))
        telegram.send(Outgoing("key-2", str(STRANGER), ChatMessage("hola", "es")))
    assert TOKEN not in caplog.text


def test_after_close_it_opens_again(telegram: Telegram) -> None:
    for key in ("key-1", "key-2"):
        assert isinstance(telegram.send(Outgoing(key, str(CHAT), ChatMessage("hola", "es"))), Accepted)
        telegram.close()


def test_many_threads_may_send_at_once(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    def send(number: int) -> None:
        telegram.send(Outgoing(f"key-{number}", str(CHAT), ChatMessage(f"mensaje {number}", "es")))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.text for one in bot_api.taken) == sorted(f"mensaje {number}" for number in range(12))


# ---- in


def test_a_question_is_read(telegram: Telegram, now: datetime) -> None:
    (said,) = telegram.read(webhook(message_update()), SECRET, now)
    at = datetime.fromtimestamp(WRITTEN, UTC)
    assert said == Said(ChannelName.TELEGRAM, "9001", str(CHAT), "¿Cuándo me movéis?", at)


def test_with_no_secret_set_a_webhook_without_one_is_not_believed(telegram: Telegram, now: datetime) -> None:
    for delivery in (Delivery(webhook(message_update()).body, {}), webhook(message_update(), "")):
        with pytest.raises(Forged):
            telegram.read(delivery, "", now)


@pytest.mark.parametrize("data", ["c:1", "thumb:ans_1:up", "person", "rate:case_7:5"])
def test_a_tap_is_read(telegram: Telegram, now: datetime, data: str) -> None:
    assert telegram.read(webhook(tap_update(data)), SECRET, now) == (
        Pressed(ChannelName.TELEGRAM, "9002", str(CHAT), data, now),
    )


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/start", ""),
        ("/start AbC_-1", "AbC_-1"),
        ("/start@relevo_standin_bot AbC", "AbC"),
        ("/start   x ", "x"),
        ("/start\nx", "x"),
    ],
)
def test_a_start_carries_its_link(telegram: Telegram, now: datetime, text: str, payload: str) -> None:
    (started,) = telegram.read(webhook(message_update(text=text)), SECRET, now)
    assert isinstance(started, Started)
    assert started.payload == payload


def test_a_word_that_only_begins_like_start_is_said(telegram: Telegram, now: datetime) -> None:
    (said,) = telegram.read(webhook(message_update(text="/startle me")), SECRET, now)
    assert isinstance(said, Said)


def test_a_block_makes_the_person_unreachable(telegram: Telegram, now: datetime) -> None:
    at = datetime.fromtimestamp(WRITTEN, UTC)
    assert telegram.read(webhook(membership_update("kicked")), SECRET, now) == (
        Unreachable(ChannelName.TELEGRAM, "9003", str(CHAT), at),
    )


PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]


@pytest.mark.parametrize(("caption", "text"), [("Mi factura", "Mi factura"), (None, "")])
def test_a_photo_is_not_met_with_silence(telegram: Telegram, now: datetime, caption: str | None, text: str) -> None:
    (said,) = telegram.read(webhook(message_update(text=None, photo=PHOTO, caption=caption)), SECRET, now)
    assert isinstance(said, Said)
    assert said.text == text


@pytest.mark.parametrize(
    "update",
    [
        pytest.param(message_update(chat=GROUP), id="a group"),
        pytest.param(message_update(text="/start x", chat=GROUP), id="a start in a group"),
        pytest.param(tap_update("person", chat=GROUP), id="a tap in a group"),
        pytest.param(membership_update("kicked", GROUP), id="thrown out of a group"),
        pytest.param(membership_update("member"), id="taken back"),
        pytest.param(message_update(sender=ANA | {"is_bot": True}), id="a bot"),
        pytest.param(
            message_update(text=None, message_auto_delete_timer_changed={"message_auto_delete_time": 1}), id="a timer"
        ),
        pytest.param({"update_id": 1, "edited_message": message_update()["message"]}, id="an edit"),
        pytest.param({"update_id": 1, "something_of_tomorrow": {"x": 1}}, id="an unknown kind"),
        pytest.param({"update_id": 1}, id="empty"),
    ],
)
def test_what_is_not_for_us_gives_nothing(telegram: Telegram, now: datetime, update: dict[str, Any]) -> None:
    assert telegram.read(webhook(update), SECRET, now) == ()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"\xff", b'{"message": {}}', b'{"update_id": 1, "message": 3}']
)
def test_a_body_that_makes_no_sense_gives_nothing(telegram: Telegram, now: datetime, body: bytes) -> None:
    assert telegram.read(Delivery(body, {}, transport="socket"), "", now) == ()
    assert telegram.webhook_answer(Delivery(body, {})) == ""


def test_the_webhook_answer_acknowledges_a_tap_and_nothing_else(telegram: Telegram) -> None:
    assert json.loads(telegram.webhook_answer(webhook(tap_update("person")))) == {
        "method": "answerCallbackQuery",
        "callback_query_id": "4711",
    }
    assert telegram.webhook_answer(webhook(message_update())) == ""


def test_an_acknowledgement_that_comes_too_late_is_no_error(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    telegram.acknowledge("too-old")
    telegram.acknowledge("4711")
    assert bot_api.acknowledged == ["4711"]


def test_the_webhook_is_set_with_its_secret(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    telegram.set_webhook("https://example.com/hooks/telegram", SECRET)
    assert bot_api.webhook == {"url": "https://example.com/hooks/telegram", "secret_token": SECRET}
    with pytest.raises(ChannelError, match="https"):
        telegram.set_webhook("http://example.com/hooks/telegram", SECRET)


def test_the_account_is_named(telegram: Telegram) -> None:
    assert telegram.account() == "relevo_standin_bot"
