"""The doors of the web chat: each message once, each session its own, and no input that breaks them."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from channels.contract import Outgoing
from console.pages_chat import public_event
from console.wiring import House
from records.content import ChatMessage
from records.inbound import Pressed, Said, Started
from records.store import chat, conversations, inbox
from records.store.conversations import NewTurn
from records.types import Author, ChannelName, Choice, Citation


class Chat:
    """A browser with a session of its own."""

    def __init__(self, client: TestClient, language: str = "es") -> None:
        made = client.post("/chat/sessions", json={"language": language})
        assert made.status_code == 201
        self.client, self.session, self.token = client, made.json()["session"], made.json()["token"]
        self.bearer = {"Authorization": f"Bearer {self.token}"}

    def say(self, client_id: str = "m1", **what: Any) -> Any:
        body = {"session": self.session, "client_id": client_id, **what}
        return self.client.post("/chat/messages", json=body, headers=self.bearer)


def rows(house: House) -> list[Any]:
    found: list[Any] = []
    while True:
        with house.db.write() as tx:
            taken = inbox.take(tx, "test", house.clock.now(), 50)
            for row in taken:
                inbox.done(tx, row.id)
        if not taken:
            return found
        found += [row.inbound for row in taken]


def log(house: House, session: str) -> list[tuple[str, Any]]:
    with house.db.read() as tx:
        events = chat.events_after(tx, session, 0)
    return [(event.kind, json.loads(event.body)) for event in events]


def test_opening_a_chat_starts_the_bot_in_that_language(house: House, client: TestClient) -> None:
    opened = Chat(client, "en")
    (started,) = rows(house)
    assert isinstance(started, Started)
    with house.db.read() as tx:
        talk = conversations.find(tx, ChannelName.WEB, opened.session)
    assert talk is not None
    assert talk.language == "en"


def test_a_personal_link_reaches_the_bot(house: House, client: TestClient) -> None:
    client.post("/chat/sessions", json={"token": "link-token"})
    (started,) = rows(house)
    assert started.payload == "link-token"


def test_a_message_sent_twice_is_one_row(house: House, client: TestClient) -> None:
    talk = Chat(client)
    rows(house)
    first, second = talk.say(text="¿Cuándo me cobran?"), talk.say(text="¿Cuándo me cobran?")
    assert (first.status_code, second.status_code) == (202, 202)
    assert (first.json()["duplicate"], second.json()["duplicate"]) == (False, True)
    assert first.json()["id"] == second.json()["id"]
    (said,) = rows(house)
    assert isinstance(said, Said)
    assert said.text == "¿Cuándo me cobran?"
    assert [kind for kind, _ in log(house, talk.session)] == ["said"]


def test_a_choice_is_remembered_by_its_label(house: House, client: TestClient) -> None:
    talk = Chat(client)
    message = ChatMessage("¿Cuál?", "es", choices=(Choice("pick:1", "El plan anual"),))
    house.channels[ChannelName.WEB].send(Outgoing("k1", talk.session, message))
    assert talk.say(choice="pick:1").status_code == 202
    assert log(house, talk.session)[-1] == ("said", {"id": "m1", "text": "El plan anual", "choice": "pick:1"})
    assert isinstance(rows(house)[-1], Pressed)


def test_nobody_speaks_in_another_session(house: House, client: TestClient) -> None:
    mine, theirs = Chat(client), Chat(client)
    rows(house)
    body = {"session": theirs.session, "client_id": "m1", "text": "hola"}
    assert client.post("/chat/messages", json=body, headers=mine.bearer).status_code == 401
    assert client.post("/chat/messages", json=body).status_code == 401
    assert client.get("/chat/events", params={"session": theirs.session}, headers=mine.bearer).status_code == 401
    assert client.post("/chat/language", json={"session": theirs.session, "language": "en"}).status_code == 401
    assert rows(house) == []


def test_nobody_judges_another_sessions_answer(house: House, client: TestClient) -> None:
    mine, theirs = Chat(client), Chat(client)
    rows(house)
    with house.db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.WEB, theirs.session, house.clock.now())
        turn = NewTurn("t1", talk.id, Author.BOT, "Sí.", house.clock.now(), answer_id="ans1")
        conversations.add_turn(tx, turn)
    given = {"answer_id": "ans1", "thumb": "down"}
    assert client.post("/chat/feedback", json=given, headers=mine.bearer).status_code == 404
    assert client.post("/chat/feedback", json=given, headers=theirs.bearer).status_code == 202
    (pressed,) = rows(house)
    assert pressed.data == "thumb:ans1:down"


@pytest.mark.parametrize(
    "given",
    [{}, {"answer_id": "a"}, {"case": "c", "rating": 6}, {"case": "c"}, {"answer_id": "a", "thumb": "sideways"}],
)
def test_half_a_judgement_is_refused(client: TestClient, given: dict[str, Any]) -> None:
    assert client.post("/chat/feedback", json=given, headers=Chat(client).bearer).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "a" * 9_000}, 413),
        ({"text": ""}, 400),
        ({"text": "a", "choice": "b"}, 400),
        ({"text": 7}, 422),
        ({"client_id": "con espacio", "text": "a"}, 422),
        ({"session": "web_\x00", "text": "a"}, 422),
        ({"text": "nul \x00 y sustituto"}, 202),
    ],
)
def test_bad_input_is_told_so(client: TestClient, body: dict[str, Any], status: int) -> None:
    answer = Chat(client).say(**body) if "session" not in body else client.post("/chat/messages", json=body)
    assert answer.status_code == status
    if status >= 400:
        assert answer.json()["message"]


def test_a_lone_surrogate_does_no_harm(client: TestClient) -> None:
    talk = Chat(client)
    raw = f'{{"session": "{talk.session}", "client_id": "m1", "text": "a\\ud800b"}}'
    headers = talk.bearer | {"Content-Type": "application/json"}
    assert client.post("/chat/messages", content=raw, headers=headers).status_code in (202, 400, 422)


@pytest.mark.parametrize("raw", [b"", b"[", b"[" * 4_000, b"\xff\xfe", b"null"])
def test_what_is_no_json_object_is_refused(client: TestClient, raw: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert client.post("/chat/sessions", content=raw, headers=headers).status_code in (400, 422)


def test_a_flood_is_slowed_down_and_goes_on_later(client: TestClient, clock: Any) -> None:
    from datetime import timedelta

    talk = Chat(client)
    statuses = [talk.say(f"m{number}", text="hola").status_code for number in range(21)]
    assert statuses == [202] * 20 + [429]
    clock.advance(timedelta(seconds=2))
    assert talk.say("m20", text="hola").status_code == 202


def test_what_the_bot_said_is_a_public_event(house: House, client: TestClient) -> None:
    talk = Chat(client)
    cited = Citation("faq/pagos.es.md", "cobro", "El cobro es el día 1.", "Pagos")
    message = ChatMessage("El día 1.", "es", citations=(cited,), answer_id="a1", turn_id="t1")
    house.channels[ChannelName.WEB].send(Outgoing("k1", talk.session, message))
    with house.db.read() as tx:
        (event,) = chat.events_after(tx, talk.session, 0)
    told = public_event(event)
    body = json.loads(told.data)
    assert (told.kind, told.id) == ("message", str(event.id))
    assert {"id", "author", "text", "citations", "choices", "answer_id"} <= body.keys()
    assert body["citations"][0]["quote"] == "El cobro es el día 1."


def test_the_page_runs_no_inline_script_and_may_be_embedded_only_as_a_frame(client: TestClient) -> None:
    page, frame = client.get("/"), client.get("/chat/frame")
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert " style=" not in page.text
    assert " onclick" not in page.text


def test_the_language_follows_the_address_then_the_browser(client: TestClient) -> None:
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    answer = client.get("/?lang=es", headers={"Accept-Language": "en"})
    assert '<html lang="es">' in answer.text
    assert '<html lang="es">' in client.get("/", headers={"Accept-Language": "en"}).text


def test_the_widget_is_small_and_speaks_both_languages(client: TestClient) -> None:
    import gzip

    script = client.get("/chat/widget.js")
    assert len(gzip.compress(script.content)) < 15_000
    assert "__TEXTS__" not in script.text
    assert "Close the chat" in script.text
