"""Telegram by long polling: what is not written is not confirmed."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest

from channels.contract import ChannelError, Delivery
from channels.telegram import Telegram
from tests.channels.telegram_payloads import (
    SECRET,
    membership_update,
    message_update,
    tap_update,
    webhook,
)
from tests.standins.telegram import TelegramStandIn


class Store:
    """What a `deliver` stands for; breaks as often as told."""

    def __init__(self, breaks: int = 0) -> None:
        self.kept: list[Delivery] = []
        self.breaks = breaks

    def __call__(self, delivery: Delivery) -> None:
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("the database is away")
        self.kept.append(delivery)


def polling(telegram: Telegram, store: Store, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=telegram.poll, args=(stop, store))
    thread.start()
    return thread


def poll_until(telegram: Telegram, bot_api: TelegramStandIn, store: Store, done: Callable[[], bool]) -> None:
    """Poll until `done`, then stop; stopping is prompt."""
    stop = threading.Event()
    thread = polling(telegram, store, stop)
    reached = bot_api.wait_until(done)
    stop.set()
    thread.join(5)
    assert not thread.is_alive(), "polling did not stop"
    assert reached


def test_polling_stores_and_then_confirms(telegram: Telegram, bot_api: TelegramStandIn, now: datetime) -> None:
    bot_api.webhook = {"url": "https://example.com/old"}  # left by another mode: polling takes it away
    updates = [message_update(), tap_update("thumb:ans_1:up"), membership_update("kicked")]
    for update in updates:
        bot_api.arrive(update)
    store = Store()
    poll_until(telegram, bot_api, store, lambda: bot_api.unconfirmed == 0)
    read = [event for delivery in store.kept for event in telegram.read(delivery, "", now)]
    assert read == [event for update in updates for event in telegram.read(webhook(update), SECRET, now)]
    assert bot_api.acknowledged == ["4711"]


def test_what_polling_could_not_store_comes_again(telegram: Telegram, bot_api: TelegramStandIn, now: datetime) -> None:
    for number in (9001, 9002, 9003):
        bot_api.arrive(message_update(number))
    store = Store(breaks=1)
    poll_until(telegram, bot_api, store, lambda: bot_api.unconfirmed == 0)
    read = [event for delivery in store.kept for event in telegram.read(delivery, "", now)]
    assert [event.external_id for event in read] == ["9001", "9002", "9003"]


def test_what_was_not_confirmed_before_a_crash_comes_again_the_same(
    telegram: Telegram, bot_api: TelegramStandIn, now: datetime
) -> None:
    bot_api.arrive(message_update())
    first, second = Store(), Store()
    stop = threading.Event()

    def crash(delivery: Delivery) -> None:
        first(delivery)
        stop.set()  # stops before the next getUpdates, which would confirm

    telegram.poll(stop, crash)
    assert bot_api.unconfirmed == 1
    poll_until(telegram, bot_api, second, lambda: bot_api.unconfirmed == 0)
    ids = [telegram.read(store.kept[0], "", now)[0].external_id for store in (first, second)]
    assert ids == ["9001", "9001"]


def test_polling_waits_out_trouble(telegram: Telegram, bot_api: TelegramStandIn) -> None:
    bot_api.arrive(message_update())
    bot_api.fail_next(502)
    store = Store()
    poll_until(telegram, bot_api, store, lambda: bot_api.unconfirmed == 0)
    assert len(store.kept) == 1


def test_polling_with_a_refused_token_says_so(bot_api: TelegramStandIn) -> None:
    telegram = Telegram("123456:AAwrong", bot_api.url)
    with pytest.raises(ChannelError, match="RELEVO_TELEGRAM_TOKEN"):
        telegram.poll(threading.Event(), Store())
    telegram.close()
