"""The chat page's channel against a port that keeps events as the real one does: by session, each key once."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from channels.contract import Accepted, ChannelError, Delivery, Forged, Outgoing
from channels.webchat import SESSION_HEADER, WebChat
from records.content import ChatMessage, TextMessage
from records.errors import NotFound
from records.inbound import LONGEST_SAID, Inbound, Pressed, Said
from records.types import ChannelName, Choice, Citation
from tests.channels.suite import Arrived, ConversationSuite, ReadingSuite, Signed

SESSION = "ses_0123456789"


class Events:
    """The port: one session that exists, each key stored once."""

    def __init__(self) -> None:
        self.by_key: dict[str, tuple[str, str, str]] = {}

    def post(self, session: str, key: str, kind: str, body_json: str) -> None:
        if session != SESSION:
            raise NotFound(f"no session {session!r}")
        self.by_key.setdefault(key, (session, kind, body_json))

    def arrived(self) -> list[Arrived]:
        return [_arrived(session, json.loads(body)) for session, _, body in self.by_key.values()]


def _arrived(session: str, body: dict[str, list[dict[str, str]]]) -> Arrived:
    sources = [f"{one['title']}, {one['path']}" for one in body["citations"]]
    buttons = [one["label"] for one in (*body["choices"], *body["links"])]
    return Arrived(session, "\n".join([str(body["text"]), *sources]), tuple(buttons))


@pytest.fixture
def events() -> Events:
    return Events()


class TestWebChat(ConversationSuite, ReadingSuite):
    @pytest.fixture
    def channel(self, events: Events) -> WebChat:
        return WebChat(events.post)

    @pytest.fixture
    def good_address(self) -> str:
        return SESSION

    @pytest.fixture(params=["ses_9999999999", "no session", "ses_0123456789\n"])
    def bad_address(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def accepted(self, events: Events) -> Callable[[], list[Arrived]]:
        return events.arrived

    @pytest.fixture
    def signed(self) -> Signed:
        return Signed(delivery({"session": SESSION, "client_id": "m-1", "text": "hola"}), "")


def delivery(body: object, proven: str = "") -> Delivery:
    return Delivery(json.dumps(body).encode(), {SESSION_HEADER: proven} if proven else {})


def read(body: object, now: datetime, proven: str = "") -> Inbound:
    (event,) = WebChat(Events().post).read(delivery(body, proven), "", now)
    assert isinstance(event, Said | Pressed)
    return event


def test_the_same_key_is_one_event(events: Events) -> None:
    channel = WebChat(events.post)
    outgoing = Outgoing("key-1", SESSION, ChatMessage("hola", "es"))
    assert channel.send(outgoing) == channel.send(outgoing) == Accepted("key-1")
    assert len(events.by_key) == 1


def test_the_event_has_every_field_the_page_reads(events: Events) -> None:
    content = ChatMessage(
        "Un mes.",
        "es",
        citations=(Citation("c.md", "7.2 b", "un mes", "Condiciones"),),
        choices=(Choice("c:1", "Sí"),),
        answer_id="ans_1",
        turn_id="turn_1",
    )
    WebChat(events.post).send(Outgoing("key-1", SESSION, content))
    session, kind, body = events.by_key["key-1"]
    assert (session, kind) == (SESSION, "message")
    assert json.loads(body) == {
        "id": "turn_1",
        "author": "bot",
        "text": "Un mes.",
        "citations": [{"source": "c.md", "path": "7.2 b", "quote": "un mes", "title": "Condiciones"}],
        "choices": [{"data": "c:1", "label": "Sí"}],
        "answer_id": "ans_1",
        "links": [],
    }


def test_a_campaign_text_has_its_links(events: Events) -> None:
    content = TextMessage("Te movemos.", "es", (("Mi cuenta", "https://example.com/u/x"),))
    WebChat(events.post).send(Outgoing("key-1", SESSION, content))
    assert json.loads(events.by_key["key-1"][2])["links"] == [{"label": "Mi cuenta", "url": "https://example.com/u/x"}]


def test_what_was_written_becomes_said(now: datetime) -> None:
    event = read({"session": SESSION, "client_id": "m-1", "text": "  ¿Cuándo? \x00 "}, now)
    assert event == Said(ChannelName.WEB, f"{SESSION}:m-1", SESSION, "¿Cuándo?", now)


@pytest.mark.parametrize("choice", ["c:1", "person", "confirm:stop"])
def test_a_choice_becomes_pressed_with_its_data(now: datetime, choice: str) -> None:
    event = read({"session": SESSION, "client_id": "m-1", "choice": choice}, now)
    assert event == Pressed(ChannelName.WEB, f"{SESSION}:m-1", SESSION, choice, now)


def test_thumbs_and_ratings_become_pressed(now: datetime) -> None:
    up = read({"answer_id": "ans_1", "thumb": "up", "client_id": "f-1"}, now, SESSION)
    rating = read({"case": "case_1", "rating": 4, "comment": " bien ", "client_id": "f-2"}, now, SESSION)
    assert up == Pressed(ChannelName.WEB, f"{SESSION}:f-1", SESSION, "thumb:ans_1:up", now)
    assert rating == Pressed(ChannelName.WEB, f"{SESSION}:f-2", SESSION, "rate:case_1:4", now, "bien")


def test_a_double_click_is_one_tap_and_a_changed_mind_is_another(now: datetime) -> None:
    def tap(thumb: str, at: datetime) -> str:
        return read({"answer_id": "ans_1", "thumb": thumb}, at, SESSION).external_id

    later = now + timedelta(seconds=3)
    assert tap("up", now) == tap("up", now)
    assert len({tap("up", now), tap("down", now), tap("up", later)}) == 3


def test_another_session_than_the_proven_one_is_forged(now: datetime) -> None:
    with pytest.raises(Forged):
        read({"session": "ses_9999999999", "client_id": "m-1", "text": "hola"}, now, SESSION)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([], "JSON object"),
        ({"client_id": "m", "text": "hola"}, "session"),
        ({"session": SESSION, "text": "hola"}, "client_id"),
        ({"session": SESSION, "client_id": "m" * 81, "text": "hola"}, "client_id"),
        ({"session": SESSION, "client_id": "m"}, "text or choice"),
        ({"session": SESSION, "client_id": "m", "text": " "}, "text or choice"),
        ({"session": SESSION, "client_id": "m", "text": "a", "choice": "b"}, "text or choice"),
        ({"session": SESSION, "client_id": "m", "text": 7}, "text"),
        ({"session": SESSION, "client_id": "m", "text": "a" * (LONGEST_SAID + 1)}, "several messages"),
        ({"session": SESSION, "thumb": "sideways", "answer_id": "a"}, "thumb"),
        ({"session": SESSION, "thumb": ["up"], "answer_id": "a"}, "thumb"),
        ({"session": SESSION, "thumb": "up"}, "answer_id"),
        ({"session": SESSION, "rating": 6, "case": "c"}, "rating"),
        ({"session": SESSION, "rating": True, "case": "c"}, "rating"),
        ({"session": SESSION, "rating": 5}, "case"),
    ],
)
def test_a_wrong_body_is_refused_by_the_name_of_its_field(now: datetime, body: object, names: str) -> None:
    with pytest.raises(ChannelError, match=names):
        read(body, now)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"{", b"[" * 100_000, b'{"a": NaN'])
def test_what_is_not_json_is_refused(now: datetime, raw: bytes) -> None:
    with pytest.raises(ChannelError):
        WebChat(Events().post).read(Delivery(raw, {}), "", now)


def test_half_a_character_can_be_stored(now: datetime) -> None:
    (event,) = WebChat(Events().post).read(
        Delivery(b'{"session": "%s", "client_id": "m", "text": "a\\ud800b"}' % SESSION.encode(), {}), "", now
    )
    assert isinstance(event, Said)
    assert event.text.encode() == b"a?b"
