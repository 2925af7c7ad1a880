"""Telegram and Slack, each the real adapter in front of a stand-in that holds every call against the vendor's own rules."""

from collections.abc import Iterator

import pytest

from channels.slack import Slack
from channels.telegram import Telegram
from tests.channels.slack_payloads import SECRET
from tests.channels.telegram_payloads import BLOCKER, CHAT, GONE
from tests.standins.slack import APP_TOKEN, BOT_TOKEN, DESK, SlackStandIn
from tests.standins.telegram import TOKEN, TelegramStandIn


@pytest.fixture
def bot_api() -> Iterator[TelegramStandIn]:
    stand_in = TelegramStandIn({CHAT}, blocked={BLOCKER}, deactivated={GONE})
    yield stand_in
    stand_in.close()
    assert stand_in.spec_problems == []


@pytest.fixture
def telegram(bot_api: TelegramStandIn) -> Iterator[Telegram]:
    adapter = Telegram(TOKEN, bot_api.url)
    yield adapter
    adapter.close()


@pytest.fixture
def desk() -> Iterator[SlackStandIn]:
    stand_in = SlackStandIn()
    yield stand_in
    stand_in.close()
    assert stand_in.spec_problems == []


@pytest.fixture
def slack(desk: SlackStandIn) -> Iterator[Slack]:
    adapter = Slack(BOT_TOKEN, desk.url, DESK, SECRET, APP_TOKEN, timeout=5)
    yield adapter
    adapter.close()
