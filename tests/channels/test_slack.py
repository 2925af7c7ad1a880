"""Slack: the port suite and what the desk promises besides, against a stand-in and the real libraries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import (
    Accepted,
    ChannelError,
    Delivery,
    Outgoing,
    Reach,
    Refusal,
    Refused,
    RetryLater,
    SendResult,
    Unsure,
)
from channels.slack import Slack
from channels.slack_blocks import card_payload, post_payloads
from channels.slack_events import plain_text
from records.content import Body, CaseCard, ChatMessage, Menu, ThreadPost
from records.inbound import StaffPressed, StaffSaid
from records.types import ChannelName, Choice
from tests.channels.slack_payloads import (
    ROOT,
    SECRET,
    as_form,
    as_json,
    button_event,
    over_socket,
    picked_event,
    reply_event,
    signed,
)
from tests.channels.suite import Arrived, Signed, SignedSuite, WaitingSuite
from tests.servers import free_port
from tests.standins.slack import ARCHIVED, BOT_TOKEN, DESK, SlackStandIn, live_markup, taken

HOSTILE = "<!channel> <@U0ANA0001> <https://evil.example|Tu banco> &lt;!here&gt; @everyone *negrita* `x`"

CARD = CaseCard(
    case_id="case_7",
    code="R-7Q2M",
    headline="Cobro doble",
    fields=(("Idioma", "es"), ("Plan", "Farolito & más")),
    body="Me habéis cobrado dos veces.",
    buttons=(Choice("claim", "Me la quedo"), Choice("resolve", "Resolver")),
)


class TestSlack(WaitingSuite, SignedSuite):
    @pytest.fixture
    def channel(self, slack: Slack) -> Slack:
        return slack

    @pytest.fixture
    def good_address(self) -> str:
        return DESK

    @pytest.fixture
    def bad_address(self) -> str:
        return ARCHIVED

    @pytest.fixture
    def accepted(self, desk: SlackStandIn) -> Callable[[], list[Arrived]]:
        def seen() -> list[Arrived]:
            return [Arrived(one.channel, one.shown, tuple(label for label, _, _ in one.buttons)) for one in desk.posted]

        return seen

    @pytest.fixture
    def ask_to_wait(self, desk: SlackStandIn) -> Callable[[], float]:
        def ask() -> float:
            desk.ask_to_wait(7)
            return 7.0

        return ask

    def content(self, text: str) -> Body:
        return replace(CARD, body=text)

    def unsupported(self) -> Body:
        return ChatMessage("Hola", "es")

    @pytest.fixture
    def signed(self, now: datetime) -> Signed:
        body = as_json(reply_event())
        genuine = signed(body, now)
        old = signed(body, now - timedelta(minutes=5, seconds=1))
        return Signed(
            genuine,
            SECRET,
            {
                "another body": replace(genuine, body=body.replace(b"Hola", b"Adios")),
                "older than five minutes": old,
                "from the future": signed(body, now + timedelta(minutes=6)),
                "no signature": Delivery(body, {}),
                "timestamp that is no number": replace(
                    genuine, headers={**genuine.headers, "X-Slack-Request-Timestamp": "x"}
                ),
                "signature that is no text": replace(genuine, headers={**genuine.headers, "X-Slack-Signature": "v0=ñ"}),
                "body that is no text": replace(genuine, body=b"\xff\xfe"),
            },
        )


# ---- out


def post_card(slack: Slack) -> str:
    result = slack.send(Outgoing("card-1", "", CARD))
    assert isinstance(result, Accepted), result
    return result.provider_id


def test_a_card_goes_to_the_desk_with_its_buttons(slack: Slack, desk: SlackStandIn) -> None:
    thread = post_card(slack)
    (card,) = desk.posted
    assert thread == f"{DESK}:{card.ts}"
    assert card.buttons == (("Me la quedo", "claim", "case_7"), ("Resolver", "resolve", "case_7"))
    assert "R-7Q2M" in card.shown
    assert "Farolito & más" in card.shown
    assert card.metadata["event_payload"] == {"key": "card-1"}


def test_a_card_holds_a_menu_that_names_its_case(slack: Slack, desk: SlackStandIn, now: datetime) -> None:
    menu = Menu("resolve", "Lo responde una entrada", "El caso queda resuelto.", "Resolver", "Volver")
    assert isinstance(slack.send(Outgoing("k1", "", replace(CARD, menus=(menu,)))), Accepted)
    (card,) = desk.posted
    assert card.menus == (("Lo responde una entrada", "resolve", "case:case_7"),)
    (act,) = slack.read(over_socket(picked_event("0123456789abcdef01234567")), SECRET, now)
    assert isinstance(act, StaffPressed)
    assert (act.case_id, act.action, act.staff) == ("case_7", "resolve:0123456789abcdef01234567", "U0LUIS001")


def test_a_menu_of_any_length_is_taken(slack: Slack, desk: SlackStandIn) -> None:
    long = Menu("resolve", *("<ñ&" * 200 for _ in range(4)))
    assert isinstance(slack.send(Outgoing("k1", "", replace(CARD, menus=(long,)))), Accepted)
    assert desk.refused == []


@pytest.mark.parametrize(
    "changes",
    [{"block_id": "b1"}, {"selected_option": None}, {"selected_option": {"value": ""}}, {"type": "static_select"}],
)
def test_what_was_picked_elsewhere_is_not_for_us(slack: Slack, now: datetime, changes: dict[str, Any]) -> None:
    payload = picked_event("chk_1")
    payload["actions"] = [payload["actions"][0] | changes]
    assert slack.read(over_socket(payload), SECRET, now) == ()


def test_a_card_is_redrawn_in_place(slack: Slack, desk: SlackStandIn) -> None:
    thread = post_card(slack)
    redrawn = replace(CARD, buttons=(Choice("reopen", "Reabrir"),), update_of=thread)
    assert slack.send(Outgoing("card-2", "", redrawn)) == Accepted(thread)
    (card,) = desk.posted
    assert card.updates == 1
    assert card.buttons == (("Reabrir", "reopen", "case_7"),)


def test_a_post_stands_in_the_thread_of_its_case(slack: Slack, desk: SlackStandIn) -> None:
    thread = post_card(slack)
    result = slack.send(Outgoing("post-1", "", ThreadPost("case_7", thread, "Ana Ruiz", "¿Sigue ahí?")))
    assert isinstance(result, Accepted), result
    card, post = desk.posted
    assert result.provider_id == f"{DESK}:{post.ts}"
    assert post.thread_ts == card.ts
    assert post.shown.splitlines() == ["Ana Ruiz", "¿Sigue ahí?"]


def test_a_whisper_is_for_one_member_only(slack: Slack, desk: SlackStandIn) -> None:
    whisper = ThreadPost("case_7", post_card(slack), "", "Nadie la ha tomado.", whisper_to="U0ANA0001")
    assert isinstance(slack.send(Outgoing("post-1", "", whisper)), Accepted)
    assert desk.posted[1].only_for == "U0ANA0001"
    assert desk.posted[1].thread_ts == desk.posted[0].ts


def test_a_long_post_arrives_whole_in_one_thread(slack: Slack, desk: SlackStandIn) -> None:
    text = " ".join(f"palabra{n:05d}" for n in range(2000))
    assert isinstance(slack.send(Outgoing("post-1", "", ThreadPost("case_7", post_card(slack), "Ana", text))), Accepted)
    posts = desk.posted[1:]
    assert {post.thread_ts for post in posts} == {desk.posted[0].ts}
    assert [word for post in posts for word in post.shown.split() if word != "Ana"] == text.split()


def test_a_part_that_does_not_go_leaves_the_post_unsure(slack: Slack, desk: SlackStandIn) -> None:
    thread = post_card(slack)
    desk.per_channel = 2
    result = slack.send(Outgoing("post-1", "", ThreadPost("case_7", thread, "Ana", "palabra " * 3000)))
    assert isinstance(result, Unsure), result


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(replace(CARD, headline=HOSTILE, body=HOSTILE, fields=((HOSTILE, HOSTILE),)), id="card"),
        pytest.param(ThreadPost("case_7", f"{DESK}:{ROOT}", HOSTILE, HOSTILE), id="post"),
    ],
)
def test_hostile_text_is_inert(slack: Slack, desk: SlackStandIn, content: Body) -> None:
    post_card(slack)
    assert isinstance(slack.send(Outgoing("key-1", "", content)), Accepted)
    posted = desk.posted[-1]
    assert live_markup(posted) == []
    assert HOSTILE in posted.shown


@pytest.mark.parametrize("filler", ["x", "&", "ñ", "<", "👍"])
def test_the_largest_card_is_still_taken(slack: Slack, desk: SlackStandIn, filler: str) -> None:
    long = filler * 20_000
    card = replace(
        CARD, headline=long, body=long, fields=tuple((long, long) for _ in range(4)), buttons=(Choice("claim", long),)
    )
    assert isinstance(slack.send(Outgoing("card-1", "", card)), Accepted)
    assert desk.posted[0].shown.count("…") >= 3, "what is cut says so"


ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    [HOSTILE, "\0", "<!here>" * 900, "&" * 5000]
)


@given(headline=ANY_TEXT, body=ANY_TEXT, fields=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=4))
def test_any_card_is_taken_and_inert(headline: str, body: str, fields: list[tuple[str, str]]) -> None:
    payload = card_payload(replace(CARD, headline=headline, body=body, fields=tuple(fields)))
    assert live_markup(taken(payload)) == []


@given(author=ANY_TEXT, text=ANY_TEXT.filter(str.strip))
def test_any_post_is_taken_and_inert(author: str, text: str) -> None:
    for payload in post_payloads(ThreadPost("case_7", f"{DESK}:{ROOT}", author, text)):
        assert live_markup(taken(payload)) == []


def test_an_empty_body_makes_no_block() -> None:
    blocks = card_payload(replace(CARD, body=" ", fields=(), buttons=()))["blocks"]
    assert [block["type"] for block in blocks] == ["header"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(ThreadPost("case_7", "", "Ana", "hola"), Refusal.BAD_ADDRESS, id="no thread"),
        pytest.param(ThreadPost("case_7", f"{DESK}:1.1", "Ana", "hola"), Refusal.BAD_ADDRESS, id="unknown thread"),
        pytest.param(ThreadPost("case_7", f"{DESK}:{ROOT}", "Ana", " "), Refusal.CONTENT, id="empty"),
        pytest.param(ThreadPost("case_7", f"{DESK}:{ROOT}", "", "x", "U0OUT"), Refusal.BAD_ADDRESS, id="not a member"),
        pytest.param(replace(CARD, update_of=f"{DESK}:9.9"), Refusal.BAD_ADDRESS, id="card is gone"),
    ],
)
def test_what_cannot_be_posted_is_refused(slack: Slack, desk: SlackStandIn, content: Body, reason: Refusal) -> None:
    post_card(slack)
    result = slack.send(Outgoing("key-1", "", content))
    assert isinstance(result, Refused), result
    assert result.reason is reason
    assert len(desk.posted) == 1


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("not_in_channel", Refused(Refusal.BAD_ADDRESS, "Slack: not_in_channel", "not_in_channel")),
        ("account_inactive", Refused(Refusal.CREDENTIALS, "Slack: account_inactive", "account_inactive")),
        ("msg_blocks_too_long", Refused(Refusal.CONTENT, "Slack: msg_blocks_too_long", "msg_blocks_too_long")),
        ("a_word_of_tomorrow", Refused(Refusal.UNKNOWN, "Slack: a_word_of_tomorrow", "a_word_of_tomorrow")),
        ("ratelimited", RetryLater(30, "Slack: ratelimited", Reach.DESTINATION, asked=True)),
    ],
)
def test_each_word_of_slack_has_one_result(slack: Slack, desk: SlackStandIn, word: str, result: SendResult) -> None:
    desk.answer_next(word)
    assert slack.send(Outgoing("card-1", "", CARD)) == result


TROUBLES: dict[str, Callable[[SlackStandIn], None]] = {
    "the line breaks": SlackStandIn.drop_after_taking,
    "fatal_error": lambda desk: desk.answer_next("fatal_error"),
    "503": lambda desk: desk.break_next(503),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_when_slack_may_have_taken_it_the_result_is_unsure(slack: Slack, desk: SlackStandIn, trouble: str) -> None:
    TROUBLES[trouble](desk)
    assert isinstance(slack.send(Outgoing("card-1", "", CARD)), Unsure)
    assert len(desk.posted) == (trouble == "the line breaks"), "and it was not tried twice"


def test_where_nobody_listens_it_goes_later() -> None:
    slack = Slack(BOT_TOKEN, f"http://127.0.0.1:{free_port()}/api/", DESK)
    assert isinstance(slack.send(Outgoing("card-1", "", CARD)), RetryLater)


def test_a_wrong_token_is_our_own_fault(desk: SlackStandIn) -> None:
    slack = Slack("xoxb-wrong", desk.url, DESK)
    result = slack.send(Outgoing("card-1", "", CARD))
    assert result == Refused(Refusal.CREDENTIALS, "Slack: invalid_auth", "invalid_auth")
    with pytest.raises(ChannelError, match="invalid_auth"):
        slack.account()


def test_the_account_is_named(slack: Slack) -> None:
    assert slack.account() == "Farolito"


# ---- in


def test_a_reply_in_a_thread_is_read(slack: Slack, now: datetime) -> None:
    thread = f"{DESK}:{ROOT}"
    (said,) = slack.read(signed(as_json(reply_event()), now), SECRET, now)
    assert said == StaffSaid(
        channel=ChannelName.SLACK,
        external_id=f"{DESK}:1800000060.000200",
        address=thread,
        case_id="",
        thread=thread,
        staff="U0ANA0001",
        text="Hola, ya lo miro.",
        at=datetime.fromtimestamp(1800000060.0002, UTC),
    )


def test_a_button_is_read(slack: Slack, now: datetime) -> None:
    delivery = signed(as_form(button_event()), now, "application/x-www-form-urlencoded")
    (pressed,) = slack.read(delivery, SECRET, now)
    assert pressed == StaffPressed(
        channel=ChannelName.SLACK,
        external_id=f"{DESK}:{ROOT}:U0LUIS001:claim:1800000090.500000",
        address=f"{DESK}:{ROOT}",
        case_id="case_7",
        staff="U0LUIS001",
        action="claim",
        at=datetime.fromtimestamp(1800000090.5, UTC),
    )


def test_the_button_of_a_note_names_the_note(slack: Slack, now: datetime) -> None:
    (pressed,) = slack.read(over_socket(button_event(f"send:{DESK}:1.2")), "", now)
    assert isinstance(pressed, StaffPressed)
    assert pressed.action == f"send:{DESK}:1.2"


def test_a_reply_and_a_button_of_one_case_share_their_order(slack: Slack, now: datetime) -> None:
    (said,) = slack.read(over_socket(reply_event()), "", now)
    (pressed,) = slack.read(over_socket(button_event()), "", now)
    assert isinstance(said, StaffSaid)
    assert isinstance(pressed, StaffPressed)
    assert said.address == pressed.address


def test_a_repeated_delivery_has_the_same_external_id(slack: Slack, now: datetime) -> None:
    later = now + timedelta(minutes=5)
    for payload in (reply_event(), button_event()):
        first = slack.read(signed(as_json(payload), now), SECRET, now)
        again = slack.read(signed(as_json(payload), later), SECRET, later)
        assert [one.external_id for one in first] == [one.external_id for one in again]


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_a_reply_with_a_file_or_sent_to_the_channel_too_counts(slack: Slack, now: datetime, subtype: str) -> None:
    (said,) = slack.read(over_socket(reply_event(subtype=subtype, files=[{"name": "factura.pdf"}])), "", now)
    assert isinstance(said, StaffSaid)
    assert said.text == "Hola, ya lo miro.\n📎 factura.pdf"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(reply_event(bot_id="B0BOT0001"), id="a bot"),
        pytest.param(reply_event(user="U0BOT0001"), id="ourselves"),
        pytest.param(reply_event(subtype="message_changed"), id="an edit"),
        pytest.param(reply_event(subtype="message_deleted"), id="a deletion"),
        pytest.param(reply_event(subtype="channel_join"), id="a join"),
        pytest.param(reply_event(thread_ts=None), id="not in a thread"),
        pytest.param(reply_event(ts=ROOT), id="the root itself"),
        pytest.param(reply_event(text=""), id="nothing said"),
        pytest.param(reply_event(type="reaction_added"), id="another event"),
        pytest.param(button_event(actions=[{"type": "static_select", "action_id": "x"}]), id="another control"),
        pytest.param(button_event(user={}), id="a button of nobody"),
        pytest.param({"type": "view_submission"}, id="another interaction"),
        pytest.param({"type": "url_verification", "challenge": "abc"}, id="the challenge"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_is_not_for_us_gives_nothing(slack: Slack, now: datetime, payload: dict[str, Any]) -> None:
    assert slack.read(over_socket(payload), "", now) == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"payload=", b"payload=x", b"\xff", b'{"type": ["x"]}'])
def test_a_body_that_makes_no_sense_gives_nothing(slack: Slack, now: datetime, body: bytes) -> None:
    assert slack.read(Delivery(body, {}, transport="socket"), "", now) == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Mira <https://example.com/a|https://example.com/a>", "Mira https://example.com/a"),
        ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
        ("<https://example.com/a|la página>", "la página (https://example.com/a)"),
        ("<mailto:ana@example.com|ana@example.com>", "ana@example.com"),
        ("<@U0ANA0001> y <@U0LUIS001|luis>", "@U0ANA0001 y luis"),
        ("<#C0DESK001|casos> <!here>", "casos @here"),
        ("2 &lt; 3 &amp;&amp; 5 &gt; 4", "2 < 3 && 5 > 4"),
    ],
)
def test_what_staff_write_reads_as_plain_words(written: str, read: str) -> None:
    assert plain_text(written) == read
