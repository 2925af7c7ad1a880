"""The courier's promises: each row once, the gate asked at every claim, an opt-out before the start always wins."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.contract import Accepted, Outgoing, Refusal, Refused, RetryLater, SendResult, Unsure
from channels.courier import Courier
from channels.outbox import put_reply
from channels.pacer import Pacer
from records.clock import ManualClock
from records.content import CaseCard, ChatMessage, ThreadPost
from records.database import Database
from records.hours import Window
from records.inbound import Receipt
from records.ledger import Outcome
from records.store import attempts, batches, messages, shut_addresses, subscribers
from records.tables import campaigns, cases, conversations
from records.types import (
    CampaignState,
    ChannelName,
    DeliveryState,
    MessageClass,
    MessageState,
    Purpose,
    Reason,
)
from tests.ledger.people import (
    ScriptedChannel,
    address_of,
    notice,
    plan_batch,
    save_campaign,
    save_person,
)

WINDOW = Window.parse("09:00", "20:00")


def courier(db: Database, channel: ScriptedChannel, now: datetime, holder: str = "worker-1") -> Courier:
    clock = ManualClock(now)
    channels = {channel.name: channel, ChannelName.SLACK: channel}
    return Courier(db, channels, clock, WINDOW, holder, Pacer({}, clock), chance=lambda: 0.0)


def states(db: Database) -> list[tuple[MessageState, str]]:
    with db.read() as tx:
        return [(line.state, line.reason) for line in messages.lines_of(tx, "cam_1")]


def test_each_row_leaves_once_however_often_the_batch_runs(db: Database, now: datetime) -> None:
    plan_batch(db, 40, now)
    channel = ScriptedChannel()
    first = courier(db, channel, now).drain_batch("bat_1")
    second = courier(db, channel, now).drain_batch("bat_1")
    assert (first.sent, second.touched) == (40, 0)
    assert sorted(out.address for out in channel.taken) == sorted(address_of(n) for n in range(40))
    assert states(db) == [(MessageState.SENT, "")] * 40


def test_the_same_key_enters_the_outbox_once(db: Database, now: datetime) -> None:
    plan_batch(db, 1, now)
    with db.write() as tx:
        assert messages.put(tx, notice(0, now)) is False
        again_elsewhere = replace(notice(0, now), key="another key, same place in the campaign")
        assert messages.put(tx, again_elsewhere) is False


Change = Callable[[Database, datetime], None]


def _opt_out(db: Database, now: datetime) -> None:
    with db.write() as tx:
        subscribers.opt_out(tx, ChannelName.EMAIL, address_of(0), "test", now)


def _withdraw(db: Database, now: datetime) -> None:
    with db.write() as tx:
        subscribers.set_consent(tx, "P-00000", ChannelName.EMAIL, Purpose.SERVICE, False, "test", now)


def _set_state(state: CampaignState) -> Change:
    def change(db: Database, now: datetime) -> None:
        with db.write() as tx:
            tx.execute(campaigns.update().values(state=state.value))

    return change


@pytest.mark.parametrize(
    ("change", "ends_as"),
    [(_opt_out, MessageState.SUPPRESSED), (_withdraw, MessageState.SUPPRESSED)],
    ids=["opt-out", "consent withdrawn"],
)
def test_a_no_between_claim_and_start_wins(db: Database, now: datetime, change: Change, ends_as: MessageState) -> None:
    plan_batch(db, 1, now)
    with db.write() as tx:
        rows = messages.due_of_batch(tx, "bat_1", now, 10)
        token = attempts.claim(tx, [row.id for row in rows], "worker-1")
    change(db, now)
    with db.write_quick() as tx:
        assert not attempts.start(tx, [rows[0].id], token, now)
        attempts.put_back(tx, [rows[0].id], token)
    channel = ScriptedChannel()
    courier(db, channel, now).drain_batch("bat_1")
    assert channel.taken == []
    assert states(db)[0][0] is ends_as


def test_a_pause_between_claim_and_start_keeps_the_row_planned(db: Database, now: datetime) -> None:
    plan_batch(db, 1, now)
    with db.write() as tx:
        rows = messages.due_of_batch(tx, "bat_1", now, 10)
        token = attempts.claim(tx, [rows[0].id], "worker-1")
    _set_state(CampaignState.PAUSED)(db, now)
    with db.write_quick() as tx:
        assert not attempts.start(tx, [rows[0].id], token, now)
        attempts.put_back(tx, [rows[0].id], token)
    channel = ScriptedChannel()
    courier(db, channel, now).drain_batch("bat_1")
    assert (channel.taken, states(db)) == ([], [(MessageState.PLANNED, "paused")])
    _set_state(CampaignState.APPROVED)(db, now)
    courier(db, channel, now + timedelta(minutes=2)).drain_batch("bat_1")
    assert len(channel.taken) == 1


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.CANCELLED, CampaignState.SUBMITTED])
def test_a_stop_in_mid_group_lets_no_further_message_start(db: Database, now: datetime, state: CampaignState) -> None:
    plan_batch(db, 80, now)

    def answer(outgoing: Outgoing) -> SendResult:
        if len(channel.taken) == 4:
            _set_state(state)(db, now)
        return Accepted(f"id:{outgoing.key}")

    channel = ScriptedChannel(answer)
    courier(db, channel, now).drain_batch("bat_1")
    assert len(channel.taken) == 5
    _set_state(CampaignState.APPROVED)(db, now)
    courier(db, channel, now + timedelta(minutes=2)).drain_batch("bat_1")
    assert len(channel.taken) == (5 if state is CampaignState.CANCELLED else 80)
    assert len({one.key for one in channel.taken}) == len(channel.taken)


def test_an_opt_out_of_topics_does_not_hold_a_contract_notice(db: Database, now: datetime) -> None:
    with db.write() as tx:
        save_campaign(tx, now)
        save_person(tx, 0, now, granted=False)
        messages.put(tx, notice(0, now, message_class=MessageClass.CONTRACT_NOTICE))
        subscribers.opt_out(tx, ChannelName.EMAIL, address_of(0), "test", now)
    channel = ScriptedChannel()
    assert courier(db, channel, now).drain_batch("bat_1").sent == 1


def test_nothing_leaves_at_night_where_the_person_is(db: Database, now: datetime) -> None:
    with db.write() as tx:
        save_campaign(tx, now)
        save_person(tx, 0, now, zone="America/Mexico_City")
        messages.put(tx, notice(0, now))
    channel = ScriptedChannel()
    drained = courier(db, channel, now).drain_batch("bat_1")  # 04:00 in Mexico City
    assert (drained.deferred, channel.taken) == (1, [])
    with db.read() as tx:
        opens = batches.next_row_at(tx, "cam_1")
    assert opens == datetime(2027, 1, 18, 15, 0, tzinfo=UTC)  # 09:00 there
    assert courier(db, channel, opens).drain_batch("bat_1").sent == 1


def test_an_open_case_holds_the_message(db: Database, now: datetime) -> None:
    plan_batch(db, 1, now)
    with db.write() as tx:
        tx.execute(
            conversations.insert().values(
                id="con_1", channel="web", address="s", proof="anonymous", memory={}, opened_at=now
            )
        )
        tx.execute(
            cases.insert().values(
                id="cas_1",
                code="R-1",
                conversation_id="con_1",
                subscriber_id="P-00000",
                kind=Reason.DOUBLE_CHARGE.value,
                state="open",
                language="es",
                summary="",
                opened_at=now,
                claimed_by="",
                thread="",
            )
        )
    courier(db, ScriptedChannel(), now).drain_batch("bat_1")
    assert states(db) == [(MessageState.SUPPRESSED, "open_case")]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Refused(Refusal.BAD_ADDRESS, "550 5.1.1"), MessageState.FAILED),
        (Unsure("line broke after the final dot"), MessageState.UNCERTAIN),
    ],
)
def test_what_ends_for_good_is_not_tried_again(
    db: Database, now: datetime, answer: SendResult, state: MessageState
) -> None:
    plan_batch(db, 1, now)
    courier(db, ScriptedChannel(lambda _: answer), now).drain_batch("bat_1")
    later = ScriptedChannel()
    courier(db, later, now + timedelta(days=1)).drain_batch("bat_1")
    assert (later.taken, states(db)[0][0]) == ([], state)


def test_a_wait_is_no_failure(db: Database, now: datetime) -> None:
    plan_batch(db, 1, now)
    drained = courier(db, ScriptedChannel(lambda _: RetryLater(30, "450")), now).drain_batch("bat_1")
    assert drained.deferred == 1
    later = ScriptedChannel()
    assert courier(db, later, now + timedelta(seconds=10)).drain_batch("bat_1").sent == 0
    assert courier(db, later, now + timedelta(seconds=31)).drain_batch("bat_1").sent == 1


def test_a_bad_address_is_never_written_to_again(db: Database, now: datetime) -> None:
    plan_batch(db, 1, now)
    courier(db, ScriptedChannel(lambda _: Refused(Refusal.BAD_ADDRESS, "550")), now).drain_batch("bat_1")
    with db.read() as tx:
        assert shut_addresses.is_suppressed(tx, ChannelName.EMAIL, address_of(0)) == "bad_address"


def test_a_dead_holder_loses_nothing_and_repeats_nothing(db: Database, now: datetime) -> None:
    plan_batch(db, 5, now)
    with db.write() as tx:
        rows = messages.due_of_batch(tx, "bat_1", now, 3)
        token = attempts.claim(tx, [row.id for row in rows], "worker-9")
    with db.write_quick() as tx:
        assert attempts.start(tx, [rows[0].id], token, now)
    with db.write() as tx:
        assert attempts.holders(tx) == ("worker-9",)
        assert attempts.recover(tx, "worker-9", now) == (2, 1)
    with db.write_quick() as tx:  # the holder was only asleep: it wakes and may change nothing
        zombie = Outcome(MessageState.SENT, provider_id="x")
        assert attempts.settle(tx, [(rows[0], zombie)], token, now) == frozenset()
        assert not attempts.start(tx, [rows[1].id], token, now)
    channel = ScriptedChannel()
    assert courier(db, channel, now).drain_batch("bat_1").sent == 4
    assert sorted(state.value for state, _ in states(db)) == ["sent"] * 4 + ["uncertain"]


def test_replies_of_one_address_leave_in_order(db: Database, now: datetime) -> None:
    with db.write() as tx:
        for number in range(5):
            put_reply(
                tx,
                channel=ChannelName.EMAIL,
                address="a@correo.example",
                content=ChatMessage(str(number), "es"),
                key=f"k{number}",
                now=now,
            )
    answers = iter([RetryLater(1, "busy")])

    def answer(outgoing: Outgoing) -> SendResult:
        return next(answers, Accepted("ok"))

    channel = ScriptedChannel(answer)
    clock = now
    for _ in range(8):
        courier(db, channel, clock).drain_replies(ChannelName.EMAIL)
        clock += timedelta(seconds=2)
    assert [out.key for out in channel.taken] == ["k0", "k1", "k2", "k3", "k4"]


def test_a_post_waits_for_the_card_of_its_case_and_joins_its_thread(db: Database, now: datetime) -> None:
    with db.write() as tx:
        post = ThreadPost("cas_1", "", "bot", "una línea")
        card = CaseCard("cas_1", "R-1", "Doble cobro", (), "…", ())
        for key, content in (("post", post), ("card", card), ("card2", card)):
            put_reply(tx, channel=ChannelName.SLACK, address=key, content=content, key=key, case_id="cas_1", now=now)
    channel = ScriptedChannel()
    courier(db, channel, now).drain_replies(ChannelName.SLACK)
    courier(db, channel, now + timedelta(seconds=5)).drain_replies(ChannelName.SLACK)
    by_key = {out.key: out.content for out in channel.taken}
    assert isinstance(by_key["post"], ThreadPost)
    assert by_key["post"].thread == "id:card"
    assert isinstance(by_key["card2"], CaseCard)
    assert by_key["card2"].update_of == "id:card"


def test_a_receipt_may_come_before_the_row_is_settled(db: Database, now: datetime) -> None:
    plan_batch(db, 1, now)

    def answer(outgoing: Outgoing) -> SendResult:
        with db.write() as tx:
            receipt = Receipt(ChannelName.EMAIL, "e1", "prov-1", DeliveryState.DELIVERED, "delivered", now)
            assert messages.record_receipt(tx, receipt) is True
            assert messages.record_receipt(tx, receipt) is False
        return Accepted("prov-1")

    courier(db, ScriptedChannel(answer), now).drain_batch("bat_1")
    with db.read() as tx:
        assert [line.delivery for line in messages.lines_of(tx, "cam_1")] == [DeliveryState.DELIVERED]
