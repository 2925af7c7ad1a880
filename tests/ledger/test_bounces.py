"""What comes back shuts an address only where the address is at fault: hard at once, soft after several in a few days."""

from datetime import datetime, timedelta

import pytest

from channels.bounces import Back, Patience, act_on, act_on_reports
from channels.contract import Accepted, Refusal, Refused, RetryLater
from channels.outbox import put_reply
from channels.outcomes import MAX_ATTEMPTS
from records.content import ChatMessage
from records.database import Database
from records.inbound import Receipt
from records.store import bounces, messages, pace, shut_addresses
from records.types import ChannelName, DeliveryState
from tests.ledger.people import ScriptedChannel, address_of, plan_batch
from tests.ledger.test_courier import courier

EMAIL, SMS = ChannelName.EMAIL, ChannelName.SMS
DAY = timedelta(days=1)


def shut(db: Database, address: str, channel: ChannelName = EMAIL) -> str:
    with db.read() as tx:
        return shut_addresses.is_suppressed(tx, channel, address)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        (Refusal.BAD_ADDRESS, "bad_address"),
        (Refusal.BLOCKED, "blocked"),
        (Refusal.OPTED_OUT, "opt_out"),
        (Refusal.COMPLAINED, "complained"),
        (Refusal.CREDENTIALS, ""),
        (Refusal.CONTENT, ""),
        (Refusal.FULL, ""),
        (Refusal.UNREACHABLE, ""),
        (Refusal.UNSUPPORTED, ""),
        (Refusal.OTHER, ""),
        (Refusal.UNKNOWN, ""),
    ],
)
def test_a_refused_send(db: Database, now: datetime, reason: Refusal, kept: str) -> None:
    plan_batch(db, 1, now)
    courier(db, ScriptedChannel(lambda _: Refused(reason, "550 as said", "w1")), now).drain_batch("bat_1")
    assert shut(db, address_of(0)) == kept
    with db.read() as tx:
        assert [one.refusals for one in pace.listed(tx, "email")] == [1]
        words = [(one.word, one.raw) for one in bounces.unknown(tx)]
    assert words == ([("w1", "550 as said")] if reason is Refusal.UNKNOWN else [])


@pytest.mark.parametrize(("gaps", "kept"), [((1, 1), "soft_bounces"), ((1, 5), ""), ((1,), "")])
def test_soft_bounces_shut_when_they_come_close_together(
    db: Database, now: datetime, gaps: tuple[int, ...], kept: str
) -> None:
    full, at = Back(EMAIL, "a@x.example", Refusal.FULL, "5.2.2", "552 5.2.2"), now
    for gap in (0, *gaps):
        at += gap * DAY
        with db.write() as tx:
            act_on(tx, full, Patience(3, 5), at)
            act_on(tx, full, Patience(3, 5), at)  # the same one again counts once
    assert shut(db, "a@x.example") == kept


def test_a_mailbox_that_stays_full_counts_as_one_soft_bounce(db: Database, now: datetime) -> None:
    plan_batch(db, 1, now)
    full = ScriptedChannel(lambda _: RetryLater(1800, "452 4.2.2", at_last=Refusal.FULL))
    for attempt in range(MAX_ATTEMPTS + 1):
        courier(db, full, now + attempt * timedelta(minutes=30)).drain_batch("bat_1")
    with db.write() as tx:
        (line,) = messages.lines_of(tx, "cam_1")
        assert line.reason == "full: 452 4.2.2"
        assert bounces.add_soft(tx, EMAIL, address_of(0), "full", now + DAY, now) == 2


@pytest.mark.parametrize("report_first", [True, False])
def test_a_report_is_acted_on_whichever_comes_first(db: Database, now: datetime, report_first: bool) -> None:
    with db.write() as tx:
        put_reply(tx, channel=SMS, address="+34600111222", content=ChatMessage("x", "es"), key="k", now=now)
    receipt = Receipt(SMS, "SM1:undelivered", "SM1", DeliveryState.FAILED, "undelivered 30005", now, "bad_address")

    def report() -> None:
        with db.write() as tx:
            messages.record_receipt(tx, receipt)

    if report_first:
        report()
        assert act_on_reports(db, Patience(), now) == 0
    channel = ScriptedChannel(lambda _: Accepted("SM1"))
    channel.name = SMS
    courier(db, channel, now).drain_replies(SMS)
    if not report_first:
        report()
    assert [act_on_reports(db, Patience(), now) for _ in range(2)] == [1, 0]
    assert shut(db, "+34600111222", SMS) == "bad_address"


def test_a_report_about_nothing_of_ours_is_let_go(db: Database, now: datetime) -> None:
    with db.write() as tx:
        messages.record_receipt(tx, Receipt(SMS, "e", "SM9", DeliveryState.FAILED, "failed 30005", now, "bad_address"))
    act_on_reports(db, Patience(), now + 2 * DAY)
    with db.read() as tx:
        assert bounces.waiting(tx) == ()
