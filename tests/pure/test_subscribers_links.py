"""Personal links and host tokens: only ours, only in time, short enough for Telegram."""

import re
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.types import ChannelName, Purpose
from subscribers.errors import BadLink, ExpiredLink, LinkTooLong
from subscribers.links import LinkPurpose, fits_telegram, make_link, read_host_token, read_link

SECRET = "a secret of at least thirty-two characters"
NOW = datetime(2027, 1, 18, 10, 0, tzinfo=UTC)
CHANNELS = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.TELEGRAM, ChannelName.WEB)
UUID = "0b9df1a2-58c1-4c0c-9d2f-1d6a2a7f3c11"
LONG = "x" * 80

ids = st.text(min_size=1, max_size=80)
purposes: st.SearchStrategy[LinkPurpose] = st.sampled_from(("chat", "preferences", "unsubscribe"))


@given(ids, st.sampled_from(CHANNELS), purposes, st.sampled_from((None, *Purpose)), st.integers(1, 400))
def test_a_link_says_what_was_put_in(
    subscriber_id: str, channel: ChannelName, purpose: LinkPurpose, topic: Purpose | None, days: int
) -> None:
    try:
        token = make_link(SECRET, subscriber_id, channel, purpose, NOW, days, topic)
    except LinkTooLong:
        assert channel is ChannelName.TELEGRAM
        assert len(subscriber_id.encode()) > 32
        return
    link = read_link(token, SECRET, NOW)
    assert (link.subscriber_id, link.channel, link.purpose, link.topic) == (subscriber_id, channel, purpose, topic)
    assert timedelta(0) <= link.expires_at - NOW - timedelta(days=days) < timedelta(hours=1)
    assert fits_telegram(token) == (len(subscriber_id.encode()) <= 32)


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=32) | st.uuids().map(str))
def test_a_telegram_link_fits(subscriber_id: str) -> None:
    token = make_link(SECRET, subscriber_id, ChannelName.TELEGRAM, "chat", NOW, 30)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", token)


@given(st.sampled_from(("s-1", UUID, LONG)), st.data())
def test_one_changed_character_breaks_a_link(subscriber_id: str, data: st.DataObject) -> None:
    token = make_link(SECRET, subscriber_id, ChannelName.EMAIL, "unsubscribe", NOW, 30)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABab01_-."))
    forged = token[:place] + letter + token[place + 1 :]
    if forged != token:
        with pytest.raises(BadLink):
            read_link(forged, SECRET, NOW)


@pytest.mark.parametrize("subscriber_id", ["s-1", "ab", "abc", LONG])
def test_a_link_has_one_spelling(subscriber_id: str) -> None:
    """Else a link that may be used once could be used again under another name."""
    token = make_link(SECRET, subscriber_id, ChannelName.EMAIL, "chat", NOW, 30)
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=":
        if last != token[-1]:
            with pytest.raises(BadLink):
                read_link(token[:-1] + last, SECRET, NOW)


@given(st.text(max_size=100))
def test_what_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(BadLink, match="not one of ours"):
        read_link(token, SECRET, NOW)


@pytest.mark.parametrize("subscriber_id", ["s-1", LONG])
def test_another_secret_opens_nothing(subscriber_id: str) -> None:
    token = make_link(SECRET, subscriber_id, ChannelName.EMAIL, "preferences", NOW, 30)
    with pytest.raises(BadLink):
        read_link(token, SECRET + "x", NOW)


@pytest.mark.parametrize("subscriber_id", ["s-1", LONG])
def test_an_expired_link_still_tells_whose_it_was(subscriber_id: str) -> None:
    token = make_link(SECRET, subscriber_id, ChannelName.EMAIL, "unsubscribe", NOW, 30)
    assert read_link(token, SECRET, NOW + timedelta(days=29)).subscriber_id == subscriber_id
    with pytest.raises(ExpiredLink) as expired:
        read_link(token, SECRET, NOW + timedelta(days=31))
    assert expired.value.link.subscriber_id == subscriber_id


def test_each_link_has_its_own_name() -> None:
    tokens = [make_link(SECRET, "s-1", channel, "chat", NOW, 1) for channel in CHANNELS]
    assert len({read_link(token, SECRET, NOW).token_id for token in tokens}) == len(CHANNELS)


def signed(claims: dict[str, object], algorithm: str = "HS256", secret: str = SECRET * 2) -> str:
    return jwt.encode(claims, "" if algorithm == "none" else secret, algorithm=algorithm)


EXP = int(NOW.timestamp()) + 600


def test_the_host_s_token_names_the_person() -> None:
    found = read_host_token(signed({"sub": "s-1", "exp": EXP}), SECRET * 2, NOW)
    assert (found.subscriber_id, found.expires_at) == ("s-1", NOW + timedelta(minutes=10))


@pytest.mark.parametrize(
    "token",
    [
        signed({"sub": "s-1", "exp": EXP}, algorithm="none"),
        signed({"sub": "s-1", "exp": EXP}, algorithm="HS512"),
        signed({"sub": "s-1", "exp": EXP}, secret="another secret of thirty-two characters"),
        signed({"sub": "s-1", "exp": EXP - 600}),
        signed({"sub": "s-1", "exp": EXP, "nbf": EXP - 300}),
        signed({"sub": "s-1"}),
        signed({"exp": EXP}),
        signed({"sub": "", "exp": EXP}),
        signed({"sub": "s-1", "exp": 10**30}),
        "",
        "a.b.c",
        "ñ",
    ],
)
def test_a_host_token_that_is_not_good_is_refused(token: str) -> None:
    with pytest.raises(BadLink, match="sign in again"):
        read_host_token(token, SECRET * 2, NOW)


def test_the_host_s_token_ends_by_our_clock() -> None:
    with pytest.raises(BadLink):
        read_host_token(signed({"sub": "s-1", "exp": EXP}), SECRET * 2, NOW + timedelta(hours=1))
