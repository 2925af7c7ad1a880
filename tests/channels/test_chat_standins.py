"""The stand-ins of Telegram and Slack refuse what the vendors refuse, and know no call the vendors do not know."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.standins import slack, telegram


def post(url: str, fields: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, json.dumps(fields).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            body: dict[str, Any] = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        body = json.loads(error.read())
    return body


@pytest.fixture
def bot_api() -> Iterator[telegram.TelegramStandIn]:
    stand_in = telegram.TelegramStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def workspace() -> Iterator[slack.SlackStandIn]:
    stand_in = slack.SlackStandIn()
    yield stand_in
    stand_in.close()


def keyboard(**button: str) -> str:
    return json.dumps({"inline_keyboard": [[button]]})


@pytest.mark.parametrize(
    ("method", "fields", "code"),
    [
        ("sendMessage", {"chat_id": "70001", "text": "x" * 4096}, 0),
        ("sendMessage", {"chat_id": "70001", "text": "x" * 4097}, 400),
        ("sendMessage", {"chat_id": "70001", "text": "👍" * 2049}, 400),
        ("sendMessage", {"chat_id": "70001", "text": ""}, 400),
        ("sendMessage", {"text": "hola"}, 400),
        ("sendMessage", {"chat_id": "7", "text": "hola"}, 400),
        ("sendMessage", {"chat_id": "ana", "text": "hola"}, 400),
        ("sendMessage", {"chat_id": "70001", "text": "hola", "colour": "red"}, 400),
        (
            "sendMessage",
            {"chat_id": "70001", "text": "x", "reply_markup": keyboard(text="a", callback_data="ñ" * 32)},
            0,
        ),
        (
            "sendMessage",
            {"chat_id": "70001", "text": "x", "reply_markup": keyboard(text="a", callback_data="ñ" * 33)},
            400,
        ),
        ("sendMessage", {"chat_id": "70001", "text": "x", "reply_markup": keyboard(text="a")}, 400),
        ("sendMessage", {"chat_id": "70001", "text": "x", "reply_markup": keyboard(text="a", url="ftp://x")}, 400),
        ("editMessageText", {"chat_id": "70001", "message_id": "9", "text": "x"}, 400),
        ("answerCallbackQuery", {"callback_query_id": "47", "text": "x" * 201}, 400),
        ("setWebhook", {"url": "https://x.example", "secret_token": "señal"}, 400),
        ("getMe", {}, 0),
        ("sendCake", {}, 404),
    ],
)
def test_telegram_refuses(bot_api: telegram.TelegramStandIn, method: str, fields: dict[str, Any], code: int) -> None:
    answer = post(f"{bot_api.url}/bot{telegram.TOKEN}/{method}", fields)
    assert answer.get("error_code", 0) == code, answer
    assert answer["ok"] is (code == 0)


def test_telegram_refuses_another_token(bot_api: telegram.TelegramStandIn) -> None:
    assert post(f"{bot_api.url}/bot1:other/getMe", {})["error_code"] == 401


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def button(name: str, label: str = "Sí", **changes: str) -> dict[str, Any]:
    return {"type": "button", "text": plain(label), "action_id": name, "value": "v"} | changes


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([{"type": "header", "text": plain("x" * 150)}], ""),
        ([{"type": "header", "text": plain("x" * 151)}], "invalid_blocks"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "invalid_blocks"),
        ([{"type": "section", "text": plain("x" * 3000)}], ""),
        ([{"type": "section", "text": plain("x" * 3001)}], "invalid_blocks"),
        ([{"type": "section", "text": plain("")}], "invalid_blocks"),
        ([{"type": "section", "fields": [plain("x")] * 11}], "invalid_blocks"),
        ([{"type": "section", "fields": [plain("x" * 2001)]}], "invalid_blocks"),
        ([{"type": "section"}], "invalid_blocks"),
        ([actions(button("a", "x" * 75))], ""),
        ([actions(button("a", "x" * 76))], "invalid_blocks"),
        ([actions(button("a"), button("a"))], "invalid_blocks"),
        ([actions(*(button(str(n)) for n in range(26)))], "invalid_blocks"),
        ([actions()], "invalid_blocks"),
        ([{"type": "section", "text": plain("x")}] * 51, "invalid_blocks"),
        ([{"type": "section", "text": plain("x" * 2700)}] * 5, "msg_blocks_too_long"),
        ([{"type": "cake"}], "invalid_blocks"),
    ],
)
def test_slack_refuses_blocks(workspace: slack.SlackStandIn, blocks: list[dict[str, Any]], error: str) -> None:
    fields = {"channel": slack.DESK, "text": "x", "blocks": blocks}
    assert post(f"{workspace.url}chat.postMessage", fields, slack.BOT_TOKEN).get("error", "") == error
    assert len(workspace.posted) == (error == "")


@pytest.mark.parametrize(
    ("method", "fields", "token", "error"),
    [
        ("auth.test", {}, slack.BOT_TOKEN, ""),
        ("auth.test", {}, "", "not_authed"),
        ("auth.test", {}, slack.APP_TOKEN, "invalid_auth"),
        ("apps.connections.open", {}, slack.BOT_TOKEN, "invalid_auth"),
        ("chat.cake", {}, slack.BOT_TOKEN, "unknown_method"),
        ("chat.postMessage", {"channel": "C0NOBODY1", "text": "x"}, slack.BOT_TOKEN, "channel_not_found"),
        ("chat.postMessage", {"channel": slack.ARCHIVED, "text": "x"}, slack.BOT_TOKEN, "is_archived"),
        ("chat.postMessage", {"channel": slack.DESK}, slack.BOT_TOKEN, "no_text"),
        ("chat.postMessage", {"channel": slack.DESK, "text": "x" * 40_001}, slack.BOT_TOKEN, "msg_too_long"),
        (
            "chat.postMessage",
            {"channel": slack.DESK, "text": "x", "colour": "red"},
            slack.BOT_TOKEN,
            "invalid_arguments",
        ),
        (
            "chat.postMessage",
            {"channel": slack.DESK, "text": "x", "thread_ts": "9.9"},
            slack.BOT_TOKEN,
            "thread_not_found",
        ),
        ("chat.update", {"channel": slack.DESK, "text": "x", "ts": "9.9"}, slack.BOT_TOKEN, "message_not_found"),
        (
            "chat.postEphemeral",
            {"channel": slack.DESK, "text": "x", "user": "U0OUT"},
            slack.BOT_TOKEN,
            "user_not_in_channel",
        ),
    ],
)
def test_slack_refuses(
    workspace: slack.SlackStandIn, method: str, fields: dict[str, Any], token: str, error: str
) -> None:
    assert post(f"{workspace.url}{method}", fields, token).get("error", "") == error


def test_slack_takes_no_more_than_a_channel_may_hold(workspace: slack.SlackStandIn) -> None:
    workspace.per_channel = 1
    answers = [
        post(f"{workspace.url}chat.postMessage", {"channel": slack.DESK, "text": "x"}, slack.BOT_TOKEN)
        for _ in range(2)
    ]
    assert [answer.get("error", "") for answer in answers] == ["", "ratelimited"]


@pytest.mark.skipif(not telegram._SPEC.exists(), reason="the published description of the Bot API is not at hand")
def test_every_telegram_call_is_in_the_published_description() -> None:
    methods = json.loads(telegram._SPEC.read_text())["methods"]
    for method, rules in telegram.METHODS.items():
        published = {one["name"]: one["required"] for one in methods[method].get("fields", [])}
        assert set(rules) <= set(published), method
        must = {name for name, required in published.items() if required}
        assert must <= {name for name, rule in rules.items() if rule.endswith("!")}, method


@pytest.mark.skipif(not slack._SPEC.exists(), reason="the published description of Slack's Web API is not at hand")
def test_every_slack_call_is_in_the_published_description() -> None:
    paths = json.loads(slack._SPEC.read_text())["paths"]
    for method, rules in slack.METHODS.items():
        if f"/{method}" not in paths:  # apps.connections.open is younger than the description
            assert method == "apps.connections.open"
            continue
        published = {
            one["name"] for one in paths[f"/{method}"]["get" if method == "auth.test" else "post"]["parameters"]
        }
        assert set(rules) - slack._NEWER_THAN_SPEC <= published, method
