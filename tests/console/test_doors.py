"""Webhooks, health, preferences and the store of chats: what is forged leaves nothing, what is read changes nothing."""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from console.wiring import House
from records.database import Database
from records.errors import NotFound
from records.store import chat, inbox, subscribers
from records.types import ChannelName, Consent, Contact, Language, Purpose, Subscriber
from subscribers.links import make_link


def count(house: House) -> int:
    with house.db.read() as tx:
        return inbox.open_count(tx).get("new", 0)


UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": {"id": 42, "type": "private"},
        "from": {"id": 42, "is_bot": False, "first_name": "Ana"},
        "text": "hola",
    },
}


@pytest.mark.parametrize(("secret", "status", "kept"), [("telegram-secret", 200, 1), ("guess", 403, 0), ("", 403, 0)])
def test_telegram(house: House, client: TestClient, secret: str, status: int, kept: int) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    answers = [client.post("/hooks/telegram", json=UPDATE, headers=headers).status_code for _ in range(2)]
    assert answers == [status] * 2
    assert count(house) == kept


def twilio_signature(url: str, form: dict[str, str]) -> str:
    signed = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.digest(b"twilio-token", signed.encode(), "sha1")).decode()


@pytest.mark.parametrize(("url", "status", "kept"), [("https://relevo.example", 200, 1), ("https://other", 403, 0)])
def test_twilio_messages(house: House, client: TestClient, url: str, status: int, kept: int) -> None:
    form = {"MessageSid": "SM1", "From": "+34600111222", "To": "+34600000000", "Body": "hola"}
    headers = {"X-Twilio-Signature": twilio_signature(f"{url}/hooks/twilio/messages", form)}
    assert client.post("/hooks/twilio/messages", data=form, headers=headers).status_code == status
    assert count(house) == kept


def test_twilio_status_unsigned_is_refused(client: TestClient) -> None:
    assert client.post("/hooks/twilio/status", data={"MessageSid": "SM1", "MessageStatus": "sent"}).status_code == 403


def slack_headers(body: bytes, now: datetime, secret: str) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    signature = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signature}",
        "Content-Type": "application/json",
    }


SLACK_EVENT = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T1",
    "api_app_id": "A1",
    "event": {
        "type": "message",
        "user": "U1",
        "text": "yo me encargo",
        "channel": "C1",
        "ts": "1800000001.000100",
        "thread_ts": "1800000000.000100",
    },
}


@pytest.mark.parametrize(("secret", "fine", "kept"), [("slack-signing-secret", True, 1), ("guess", False, 0)])
def test_slack(house: House, client: TestClient, now: datetime, secret: str, fine: bool, kept: int) -> None:
    body = json.dumps(SLACK_EVENT).encode()
    answers = [
        client.post("/hooks/slack", content=body, headers=slack_headers(body, now, secret)).status_code
        for _ in range(2)
    ]
    assert set(answers) <= ({200} if fine else {401, 403})
    assert count(house) == kept


@pytest.mark.parametrize("door", ["telegram", "slack", "twilio/messages", "twilio/status"])
@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"{", b"a=%ff"])
def test_rubbish_at_a_door_is_refused(house: House, client: TestClient, door: str, raw: bytes) -> None:
    assert client.post(f"/hooks/{door}", content=raw).status_code in (400, 401, 403)
    assert count(house) == 0


# ---------------------------------------------------------------- health


def test_health_ready_metrics_and_schema(client: TestClient, now: datetime) -> None:
    assert client.get("/health").json()["clock"] == now.isoformat()
    assert client.get("/ready").status_code == 200
    assert "relevo_requests_total" in client.get("/metrics").text
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/chat/sessions", "/chat/messages", "/chat/events", "/chat/feedback", "/health"} <= paths.keys()


def test_what_is_not_there_is_said_in_the_readers_language(client: TestClient) -> None:
    page = client.get("/console/nothing", headers={"Accept-Language": "en"})
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert client.get("/nothing", headers={"Accept": "application/json"}).json()["error"] == "not_found"
    assert client.delete("/chat/sessions").status_code == 405


# ---------------------------------------------------------------- preferences


@pytest.fixture
def person(house: House, now: datetime) -> Subscriber:
    ana = Subscriber(
        "F-1", "Ana", Language.EN, "ES", "es-ES", "Europe/Madrid", "mensual", 999, "EUR", None, None, "card", "c",
        None, None, now, {},
    )  # fmt: skip
    consents = [Consent(ChannelName.EMAIL, purpose, True) for purpose in (Purpose.SERVICE, Purpose.MARKETING)]
    with house.db.write() as tx:
        subscribers.save(tx, ana, [Contact("F-1", ChannelName.EMAIL, "ana@example.com")], consents, now)
    return ana


def granted(house: House) -> set[Purpose]:
    with house.db.read() as tx:
        return {consent.purpose for consent in subscribers.consents_of(tx, "F-1") if consent.granted}


def link(house: House, topic: Purpose | None = None) -> str:
    token = make_link(house.secret, "F-1", ChannelName.EMAIL, "preferences", house.clock.now(), 30, topic)
    return f"/u/{token}"


def test_looking_changes_nothing(house: House, client: TestClient, person: Subscriber) -> None:
    page = client.get(link(house))
    assert page.status_code == 200
    assert "What you want to receive" in page.text
    assert granted(house) == {Purpose.SERVICE, Purpose.MARKETING}


def test_saving_makes_the_boxes_true(house: House, client: TestClient, person: Subscriber) -> None:
    mine = link(house)
    answer = client.post(f"{mine}?lang=es", data={"save": "yes", "email.survey": "yes", "email.service": "yes"})
    assert answer.status_code == 303  # so that looking again sends nothing again
    assert granted(house) == {Purpose.SERVICE, Purpose.SURVEY}
    assert re.search(
        r"Te enviaremos:</p>\s*<ul><li>Correo: [^<]* · [^<]*</li></ul>",
        client.get(urljoin(mine, answer.headers["location"])).text,
    )
    none = client.post(mine, data={"save": "yes"})
    assert "Saved. We will send you none of this." in client.get(urljoin(mine, none.headers["location"])).text


def test_nothing_is_called_stopped_that_goes_on(house: House, client: TestClient, person: Subscriber) -> None:
    assert "Done." not in client.get(f"{link(house)}?done=stopped").text


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_one_click_needs_no_cookie_and_redirects_nowhere(
    house: House, client: TestClient, person: Subscriber, encoding: str
) -> None:
    field: dict[str, Any] = {"List-Unsubscribe": "One-Click"}
    sent: dict[str, Any] = (
        {"data": field} if encoding == "urlencoded" else {"files": {"List-Unsubscribe": (None, "One-Click")}}
    )
    answers = [client.post(link(house, Purpose.MARKETING), **sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "set-cookie" not in answers[0].headers
    assert granted(house) == {Purpose.SERVICE}


@pytest.mark.parametrize(("topic", "left"), [(Purpose.MARKETING, {Purpose.SERVICE}), (None, set())])
def test_a_link_for_stopping_stops_with_one_button(
    house: House, client: TestClient, person: Subscriber, topic: Purpose | None, left: set[Purpose]
) -> None:
    token = make_link(house.secret, "F-1", ChannelName.EMAIL, "unsubscribe", house.clock.now(), 30, topic)
    page = client.get(f"/u/{token}")
    assert page.text.index("Stop receiving these messages") < page.text.index('type="checkbox"')
    assert granted(house) == {Purpose.SERVICE, Purpose.MARKETING}
    answer = client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click", "page": "yes"})
    assert answer.status_code == 303
    done = client.get(urljoin(f"/u/{token}", answer.headers["location"]))
    assert "Done. We will no longer send you this here (E-mail):" in done.text
    assert "<li>Offers and news</li>" in done.text
    assert ("<li>Notices about your service</li>" in done.text) is (topic is None)
    assert "Stop receiving these messages" not in done.text
    assert granted(house) == left
    assert "Stop receiving these messages" not in client.get(f"/u/{token}").text  # nor when looked at again


def test_a_link_for_choosing_stops_nothing_by_a_button(house: House, client: TestClient, person: Subscriber) -> None:
    assert "Stop receiving these messages" not in client.get(link(house)).text


def test_a_late_no_is_still_a_no(house: House, client: TestClient, person: Subscriber, clock: Any) -> None:
    old = link(house, Purpose.MARKETING)
    clock.advance(timedelta(days=31))
    assert client.get(old).status_code == 404
    assert client.post(old, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert granted(house) == {Purpose.SERVICE}
    stopped = client.post(old, data={"List-Unsubscribe": "One-Click", "page": "yes"})
    assert "Done. We will no longer send you this here" in client.get(urljoin(old, stopped.headers["location"])).text


@pytest.mark.parametrize("token", ["x", "a.b.c", "%00", "ñ", "A" * 900])
def test_a_forged_link_opens_nothing(client: TestClient, token: str) -> None:
    assert client.get(f"/u/{token}").status_code == 404
    assert client.post(f"/u/{token}", data={"save": "yes"}).status_code == 404


def test_an_empty_post_is_no_unsubscription(house: House, client: TestClient, person: Subscriber) -> None:
    assert client.post(link(house)).status_code == 400
    assert granted(house) == {Purpose.SERVICE, Purpose.MARKETING}


@pytest.mark.parametrize("path", ["/", "/console/login", "/console/inbox", "/health", "/chat/widget.js", "/nowhere"])
def test_head_is_answered_like_get_without_the_body(client: TestClient, path: str) -> None:
    asked, got = (client.request(method, path, follow_redirects=False) for method in ("HEAD", "GET"))
    assert asked.status_code == got.status_code
    assert asked.content == b""
    lasting = {"content-type", "content-length", "location", "cache-control", "x-content-type-options"}
    assert {name: asked.headers.get(name) for name in lasting} == {name: got.headers.get(name) for name in lasting}


def test_the_head_of_what_never_ends_is_its_headers_alone(client: TestClient) -> None:
    made = client.post("/chat/sessions", json={}).json()
    session, bearer = {"session": made["session"]}, {"Authorization": f"Bearer {made['token']}"}
    asked = client.head("/chat/events", params=session, headers=bearer)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-type"].startswith("text/event-stream")
    app = client.app
    assert isinstance(app, FastAPI)
    app.state.hub.close()  # so that the stream of GET ends
    got = client.get("/chat/events", params=session, headers=bearer)
    assert (got.status_code, got.headers) == (200, asked.headers)


def test_the_head_of_anothers_stream_is_refused_as_the_stream_is(client: TestClient) -> None:
    session = {"session": client.post("/chat/sessions", json={}).json()["session"]}
    asked, got = (client.request(method, "/chat/events", params=session) for method in ("HEAD", "GET"))
    assert (asked.status_code, asked.content) == (401, b"")
    assert asked.headers == got.headers


# ---------------------------------------------------------------- the log of a chat, on both databases


def test_a_chats_log_takes_each_key_once_in_order(db: Database, now: datetime) -> None:
    with db.write() as tx:
        chat.open_session(tx, "web_1", "hash", now)
        assert [chat.append(tx, "web_1", key, "message", "{}", now) for key in ("a", "b", "a")] == [True, True, False]
        events = chat.events_after(tx, "web_1", 0)
        assert [event.key for event in events] == ["a", "b"]
        assert [event.key for event in chat.events_after(tx, "web_1", events[0].id)] == ["b"]
        assert chat.sessions_with_news(tx, events[0].id) == [(events[1].id, "web_1")]
        assert chat.last_event_id(tx) == events[1].id


def test_a_chat_nobody_opened_takes_nothing(db: Database, now: datetime) -> None:
    with db.write() as tx, pytest.raises(NotFound):
        chat.append(tx, "web_2", "a", "message", "{}", now)
