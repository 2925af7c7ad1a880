"""What a vendor may see of a key: never more than its rate and under a second's burst, whoever stalls; and what each message
costs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.pace import LATE, SLACK, Ask, Go, Later, Limit, Toll, admit
from channels.tolls import DOMAINS, keys_for, limits, tolls_of
from records.content import Body, CaseCard, TextMessage, ThreadPost, content_to_json
from records.ledger import StoredMessage
from records.pacing import Pace as Standing
from records.sections import Pace
from records.types import ChannelName, MessageKind, MessageState

NOW = datetime(2027, 1, 18, 10, 0, tzinfo=UTC)


def fresh(key: str) -> Standing:
    return Standing(key, NOW, 0, None, None, 0, NOW, 0, 0.0)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@given(
    rate=st.floats(6, 300),
    share=st.floats(0.05, 2),
    groups=st.lists(
        st.tuples(st.floats(0, 2), st.integers(1, 16), st.lists(st.floats(0, 1), min_size=16, max_size=16)),
        min_size=1,
        max_size=40,
    ),
)
def test_a_vendor_never_sees_more_than_the_rate_and_under_a_second_of_it(
    rate: float, share: float, groups: list[tuple[float, int, list[float]]]
) -> None:
    """Groups taken at any moment, every other message for a domain with a rate of its own, each as late as it may be and up to
    0.1 s on the way: no bucket of one second's worth runs over."""
    server, domain = Toll("k", 1, Limit(rate)), Toll("d", 1, Limit(rate * share))
    paces, now = {"k": fresh("k"), "d": fresh("d")}, NOW
    left: dict[str, list[datetime]] = {"k": [], "d": []}
    for pause, size, lateness in groups:
        now += seconds(pause)
        asks = [Ask(n, (server, domain) if n % 2 else (server,)) for n in range(size)]
        done = admit(asks, paces, {}, now)
        paces = dict(done.paces)
        for ask, part in zip(asks, lateness, strict=False):
            turn = done.turns[ask.id]
            if isinstance(turn, Go):
                assert turn.late >= timedelta()
                for toll in ask.tolls:
                    left[toll.key].append(max(turn.at, now) + part * (turn.late + seconds(0.1)))
    assert_never_over(left["k"], rate)
    assert_never_over(left["d"], rate * share)


def assert_never_over(moments: list[datetime], rate: float) -> None:
    full = max(1.0, rate)
    bucket, last = full, NOW
    for at in sorted(moments):
        bucket = min(full, bucket + rate * (at - last).total_seconds()) - 1
        last = at
        assert bucket >= -1  # one unit of rounding: a second's worth need not be whole


def test_slots_still_to_come_leave_together_on_the_next_beat() -> None:
    toll = (Toll("k", 1, Limit(100.0)),)
    turns = admit([Ask(n, toll) for n in range(12)], {"k": fresh("k")}, {}, NOW).turns
    assert [(turn.at - NOW).total_seconds() for turn in turns.values() if isinstance(turn, Go)] == [
        0.0,
        *[0.1] * 10,
        0.2,
    ]


def test_a_slot_on_time_may_be_used_for_longer_than_one_given_late() -> None:
    toll, idle = (Toll("k", 1, Limit(10.0)),), replace(fresh("k"), free_at=NOW - seconds(5))
    on_time, late = (admit([Ask(1, toll)], {"k": pace}, {}, NOW).turns[1] for pace in (fresh("k"), idle))
    assert (on_time, late) == (Go(NOW, SLACK + LATE), Go(NOW, LATE))


@given(units=st.lists(st.integers(1, 5), min_size=1, max_size=30), rate=st.sampled_from([1.0, 3.0, 10.0]))
def test_a_message_of_several_segments_takes_its_time(units: list[int], rate: float) -> None:
    limit, paces, now, sent = Limit(rate), {"sms": fresh("sms")}, NOW, 0
    for count in units:
        turn: Go | Later = Later(now, "")
        while isinstance(turn, Later):
            now = max(now, turn.until)
            done = admit([Ask(1, (Toll("sms", count, limit),))], paces, {}, now)
            turn = done.turns[1]
            now += seconds(0.01)
        paces = dict(done.paces)
        elapsed = (turn.at - NOW).total_seconds()
        assert sent <= rate * (elapsed + 0.2) + 1e-3
        sent += count


def test_a_queue_is_told_to_come_back_one_after_another_and_takes_nothing() -> None:
    toll = (Toll("sms", 1, Limit(1.0)),)
    done = admit([Ask(n, toll) for n in range(4)], {"sms": fresh("sms")}, {}, NOW)
    again = admit([Ask(9, toll)], done.paces, done.tails, NOW)
    waits = [round((turn.until - NOW).total_seconds(), 1) for turn in done.turns.values() if isinstance(turn, Later)]
    assert waits == [0.8, 1.8, 2.8]
    assert done.paces["sms"].units == 1
    assert isinstance(last := again.turns[9], Later)
    assert last.until > NOW + seconds(3)


def test_a_busy_key_holds_only_its_own() -> None:
    slow, fast = Toll("email:domain:a.example", 1, Limit(1.0)), Toll("email:domain:b.example", 1, Limit(100.0))
    asks = [Ask(1, (slow,)), Ask(2, (slow,)), Ask(3, (fast,)), Ask(4, (fast,), held_until=NOW + seconds(60))]
    turns = admit(asks, {toll.key: fresh(toll.key) for toll in (slow, fast)}, {}, NOW).turns
    assert [type(turn) for turn in turns.values()] == [Go, Later, Go, Later]
    assert isinstance(held := turns[4], Later)
    assert held == Later(NOW + seconds(60), "held")


def test_a_new_sender_warms_up_by_the_day() -> None:
    toll = (Toll("email:domain:a.example", 1, Limit(0, (2, 3))),)
    paces = {toll[0].key: fresh(toll[0].key)}
    leaving = []
    for day in range(3):
        done = admit([Ask(n, toll) for n in range(5)], paces, {}, NOW + timedelta(days=day))
        paces = dict(done.paces)
        leaving.append(sum(isinstance(turn, Go) for turn in done.turns.values()))
        if day == 0:
            last = done.turns[4]
            assert last == Later(datetime(2027, 1, 19, tzinfo=UTC), "warm_up")
    assert leaving == [2, 3, 5]


def stored(channel: ChannelName, address: str, content: Body) -> StoredMessage:
    kind, state = MessageKind.REPLY, MessageState.PLANNED
    return StoredMessage(
        1, "k", kind, channel, address, content_to_json(content), state, 0, NOW, None, "", "", "", "", "", None, ()
    )


def test_each_message_pays_where_its_vendor_counts() -> None:
    allowed = limits(Pace(email_domain_per_second=5, email_domains={"Gmail.com": 20}))
    text = TextMessage("á" * 100, "es")  # two segments: the alphabet of SMS has no á
    post, card = ThreadPost("c", "t", "bot", "x", whisper_to="U1"), CaseCard("c", "R-1", "h", (), "b", ())

    def paid(channel: ChannelName, address: str, content: Body, *, redraws: bool = False) -> list[tuple[str, int]]:
        tolls = tolls_of(stored(channel, address, content), allowed, redraws=redraws)
        return [(toll.key.rpartition(":")[0] or toll.key, toll.units) for toll in tolls]

    assert paid(ChannelName.SMS, "+34600000001", text) == [("sms", 2)]
    assert paid(ChannelName.TELEGRAM, "77", text) == [("telegram", 1), ("telegram:chat", 1)]
    assert paid(ChannelName.TELEGRAM, "-77", text) == [("telegram", 1), ("telegram:group", 1)]
    assert paid(ChannelName.EMAIL, "a@GMAIL.com", text) == [("email", 1), ("email:domain", 1)]
    assert paid(ChannelName.SLACK, "", card) == [("slack:channel", 1)]
    assert paid(ChannelName.SLACK, "", card, redraws=True) == [("slack", 1)]
    assert paid(ChannelName.SLACK, "", post) == [("slack:channel", 1), ("slack", 1)]
    assert paid(ChannelName.WEB, "s", text) == []
    assert allowed[f"{DOMAINS}gmail.com"].per_second == 20 * 0.98


def test_no_key_shows_whose_chat_it_is() -> None:
    assert "77123" not in keys_for(stored(ChannelName.TELEGRAM, "77123", TextMessage("x", "es"))).destination
