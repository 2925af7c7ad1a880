"""Slack's two doors, Bolt over HTTP and Socket Mode: what is not written is not acknowledged."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from channels.contract import ChannelError, Delivery, Forged
from channels.slack import Slack
from records.clock import ManualClock
from records.inbound import StaffPressed, StaffSaid
from records.types import Choice
from tests.channels.slack_payloads import SECRET, as_form, as_json, button_event, reply_event, signed, typed_event
from tests.servers import free_port
from tests.standins.slack import APP_TOKEN, BOT_TOKEN, DESK, OPTION_TEXT, OPTION_VALUE, OPTIONS, SlackStandIn

# ---- Bolt over HTTP


class Store:
    """What a `deliver` stands for; breaks when told to."""

    def __init__(self) -> None:
        self.kept: list[Delivery] = []
        self.broken = False
        self.came = threading.Semaphore(0)

    def __call__(self, delivery: Delivery) -> None:
        self.came.release()
        if self.broken:
            raise RuntimeError("the database is away")
        self.kept.append(delivery)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def served(slack: Slack, store: Store, now: datetime) -> Slack:
    slack.bolt_app(store, ManualClock(now))
    return slack


def deliveries(now: datetime) -> list[Delivery]:
    form = "application/x-www-form-urlencoded"
    return [signed(as_json(reply_event()), now), signed(as_form(button_event()), now, form)]


def test_a_delivery_is_stored_before_it_is_acknowledged(served: Slack, store: Store, now: datetime) -> None:
    for number, delivery in enumerate(deliveries(now), start=1):
        status, _, body = served.http_handler(delivery)
        assert (status, body) == (200, "")
        assert len(store.kept) == number
        assert served.read(store.kept[-1], SECRET, now) == served.read(delivery, SECRET, now)


def test_what_could_not_be_stored_is_not_acknowledged(served: Slack, store: Store, now: datetime) -> None:
    store.broken = True
    for delivery in deliveries(now):
        assert served.http_handler(delivery)[0] == 500
    store.broken = False
    for delivery in deliveries(now):
        assert served.http_handler(delivery)[0] == 200
    assert len(store.kept) == 2


def test_a_forged_request_is_turned_away(served: Slack, store: Store, now: datetime) -> None:
    old = signed(as_json(reply_event()), now - timedelta(minutes=6))
    challenge = Delivery(
        as_json({"type": "url_verification", "challenge": "abc"}), {"Content-Type": "application/json"}
    )
    for delivery in (old, Delivery(as_json(reply_event()), {"Content-Type": "application/json"}), challenge):
        assert served.http_handler(delivery)[0] == 401
    assert store.kept == []


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[]", b"7", b"payload=", b"payload=x", b"payload=[]", b"\0"])
def test_nonsense_is_turned_away(served: Slack, store: Store, now: datetime, body: bytes, kind: str) -> None:
    for delivery in (Delivery(body, {"Content-Type": kind}), signed(body, now, kind)):
        assert 400 <= served.http_handler(delivery)[0] < 500
    assert store.kept == []


def test_a_deliver_that_finds_a_forgery_is_answered_401(slack: Slack, now: datetime) -> None:
    def suspicious(delivery: Delivery) -> None:
        raise Forged("no")

    slack.bolt_app(suspicious, ManualClock(now))
    assert slack.http_handler(signed(as_json(reply_event()), now))[0] == 401


def test_the_challenge_is_answered(served: Slack, store: Store, now: datetime) -> None:
    delivery = signed(as_json({"type": "url_verification", "challenge": "abc", "token": "t"}), now)
    status, headers, body = served.http_handler(delivery)
    assert status == 200
    assert "abc" in body
    assert headers["content-type"].startswith(("text/plain", "application/json"))
    assert served.challenge(delivery) == "abc"
    assert served.challenge(signed(as_json(reply_event()), now)) is None
    assert store.kept == []


class Offered:
    """What a `suggest` stands for: remembers what it was asked for, and offers this."""

    def __init__(self, *titles: str) -> None:
        self.asked: list[tuple[str, str]] = []
        self._choices = tuple(Choice(f"chk_{number}", title) for number, title in enumerate(titles))

    def __call__(self, case_id: str, typed: str) -> tuple[Choice, ...]:
        self.asked.append((case_id, typed))
        return self._choices


def test_a_menu_is_filled_by_what_is_typed_into_it(slack: Slack, store: Store, now: datetime) -> None:
    offered = Offered("¿Puedo pausar?", "<!channel> *x*")
    slack.bolt_app(store, ManualClock(now), offered)
    form = "application/x-www-form-urlencoded"
    status, headers, body = slack.http_handler(signed(as_form(typed_event("pau")), now, form))
    assert status == 200
    assert headers["content-type"].startswith("application/json")
    assert offered.asked == [("case_7", "pau")]
    shown = [(one["text"]["type"], one["text"]["text"], one["value"]) for one in json.loads(body)["options"]]
    assert shown == [("plain_text", "¿Puedo pausar?", "chk_0"), ("plain_text", "<!channel> *x*", "chk_1")]
    assert store.kept == []


def test_a_menu_never_gets_more_than_slack_shows(slack: Slack, store: Store, now: datetime) -> None:
    slack.bolt_app(store, ManualClock(now), Offered(*(f"{number} {'ñ' * 200}" for number in range(150))))
    options = json.loads(slack.http_handler(signed(as_json(typed_event("")), now))[2])["options"]
    assert len(options) == OPTIONS
    assert all(len(one["text"]["text"]) <= OPTION_TEXT and len(one["value"]) <= OPTION_VALUE for one in options)


def test_a_menu_asked_for_by_a_stranger_stays_shut(slack: Slack, store: Store, now: datetime) -> None:
    offered = Offered("¿Puedo pausar?")
    slack.bolt_app(store, ManualClock(now), offered)
    late = signed(as_json(typed_event("pau")), now - timedelta(minutes=6))
    assert slack.http_handler(late)[0] == 401
    assert offered.asked == []


def test_slack_being_away_loses_no_delivery(store: Store, now: datetime) -> None:
    slack = Slack(BOT_TOKEN, f"http://127.0.0.1:{free_port()}/api/", DESK, SECRET)
    slack.bolt_app(store, ManualClock(now))
    assert [slack.http_handler(delivery)[0] for delivery in deliveries(now)] == [200, 200]
    assert len(store.kept) == 2


def test_without_an_app_there_is_no_http(slack: Slack, now: datetime) -> None:
    with pytest.raises(ChannelError, match="bolt_app"):
        slack.http_handler(signed(as_json(reply_event()), now))


# ---- Socket Mode


@pytest.fixture
def listening(slack: Slack, store: Store) -> Iterator[Slack]:
    stop = threading.Event()
    thread = threading.Thread(target=slack.socket, args=(stop, store))
    thread.start()
    yield slack
    stop.set()
    thread.join(15)
    assert not thread.is_alive(), "the socket did not stop"


def test_socket_mode_stores_and_then_acknowledges(
    listening: Slack, desk: SlackStandIn, store: Store, now: datetime
) -> None:
    sent = [desk.sockets.push("events_api", reply_event()), desk.sockets.push("interactive", button_event())]
    assert [desk.sockets.acknowledged.get(timeout=10) for _ in sent] == sent
    events = [event for delivery in store.kept for event in listening.read(delivery, "", now)]
    assert [type(event) for event in events] == [StaffSaid, StaffPressed]


def test_what_socket_mode_could_not_store_comes_again(
    listening: Slack, desk: SlackStandIn, store: Store, now: datetime
) -> None:
    store.broken = True
    lost = desk.sockets.push("events_api", reply_event())
    assert store.came.acquire(timeout=10)
    store.broken = False
    desk.sockets.push("events_api", reply_event(), envelope_id=f"{lost}-again", retry=1)
    assert desk.sockets.acknowledged.get(timeout=10) == f"{lost}-again", "the first was not acknowledged"
    assert len(store.kept) == 1


def test_after_slack_hangs_up_deliveries_come_again(listening: Slack, desk: SlackStandIn, store: Store) -> None:
    first = desk.sockets.push("events_api", reply_event())
    assert desk.sockets.acknowledged.get(timeout=10) == first
    desk.sockets.hang_up()
    second = desk.sockets.push("events_api", reply_event(ts="1800000070.000200"))
    assert desk.sockets.acknowledged.get(timeout=15) == second
    assert len(store.kept) == 2


def test_a_refused_app_token_is_said(desk: SlackStandIn) -> None:
    slack = Slack(BOT_TOKEN, desk.url, DESK, app_token="xapp-wrong")
    with pytest.raises(ChannelError, match="invalid_auth"):
        slack.socket(threading.Event(), print)


def test_a_socket_told_to_stop_before_it_connected_stops() -> None:
    slack = Slack(BOT_TOKEN, f"http://127.0.0.1:{free_port()}/api/", DESK, app_token=APP_TOKEN)
    stop = threading.Event()
    thread = threading.Thread(target=slack.socket, args=(stop, print))
    thread.start()
    stop.set()
    thread.join(15)
    assert not thread.is_alive()
