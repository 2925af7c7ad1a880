"""Volleys: several rows start in one commit, and each keeps the promises made to it alone."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from channels.contract import Accepted, Outgoing, Refusal, Refused, SendResult
from channels.courier import Courier
from channels.outbox import put_reply
from channels.pace import Limit
from channels.pacer import Pacer
from channels.volley import Starts, marks_of
from records.clock import ManualClock
from records.content import ChatMessage
from records.database import Database, Tx
from records.hours import Window
from records.ledger import Outcome
from records.store import attempts, messages, subscribers
from records.tables import campaigns, cases, conversations
from records.types import CampaignState, ChannelName, Contact, MessageState, Reason
from tests.blank import blank
from tests.journeys.vendors import wait_until
from tests.ledger.people import ScriptedChannel, WideChannel, address_of, notice, plan_batch, save_campaign, save_person
from tests.servers import PostgresServer

NOW = datetime(2027, 1, 18, 10, tzinfo=UTC)


def courier(db: Database, channel: ScriptedChannel, pacer: Pacer | None = None, lines: int = 8) -> Courier:
    clock = ManualClock(NOW)
    window = Window.parse("09:00", "20:00")
    return Courier(db, {channel.name: channel}, clock, window, "w-1", pacer or Pacer({}, clock), lines=lines)


def states(db: Database) -> Counter[MessageState]:
    with db.read() as tx:
        return Counter(line.state for line in messages.lines_of(tx, "cam_1"))


def test_a_batch_leaves_in_volleys_as_wide_as_both_allow(db: Database) -> None:
    plan_batch(db, 20, NOW)
    channel = WideChannel(16)
    assert courier(db, channel, lines=8).drain_batch("bat_1").sent == 20
    assert [len(volley) for volley in channel.volleys] == [8, 8, 4]
    assert [one.address for one in channel.taken] == [address_of(number) for number in range(20)]


def test_each_answer_comes_to_its_own_row(db: Database) -> None:
    plan_batch(db, 8, NOW)

    def answer(outgoing: Outgoing) -> SendResult:
        number = int(outgoing.address.partition("@")[0].removeprefix("persona"))
        return Refused(Refusal.BAD_ADDRESS, f"no {number}") if number % 3 == 1 else Accepted(f"id:{number}")

    courier(db, WideChannel(8, answer)).drain_batch("bat_1")
    with db.read() as tx:
        for number, line in enumerate(messages.lines_of(tx, "cam_1")):
            failed = number % 3 == 1
            assert line.state is (MessageState.FAILED if failed else MessageState.SENT)
            assert line.reason == (f"bad_address: no {number}" if failed else "")


def test_any_number_start_side_by_side_and_nobody_while_one_looks_at_what_failed() -> None:
    starts, both, looks = Starts(), threading.Barrier(3), threading.Event()
    done: list[str] = []

    def start(name: str) -> None:
        with starts.starting():
            both.wait(10)  # each is in it: else this breaks
            looks.wait(10)
            done.append(name)

    def look() -> None:
        looks.set()
        with starts.looking():
            done.append("look")
            later.start()
            later.join(0.05)
            assert later.is_alive()
            done.append("seen")

    first = [threading.Thread(target=start, args=(name,)) for name in ("one", "two")]
    later = threading.Thread(target=lambda: _started(starts, done))
    for thread in first:
        thread.start()
    both.wait(10)
    look()
    for thread in (*first, later):
        thread.join(10)
    assert sorted(done[:2]) == ["one", "two"]
    assert done[2:] == ["look", "seen", "later"]


def _started(starts: Starts, done: list[str]) -> None:
    with starts.starting():
        done.append("later")


@pytest.mark.postgres
def test_starting_and_settling_read_only_their_own_rows(postgres_server: PostgresServer) -> None:
    """Other tests had this database before and read what they like; a session counts what it read when it ends."""
    with postgres_server.lent() as url:
        before = _read_of(url)
        db = Database(url)
        plan_batch(db, 256, NOW)
        assert courier(db, WideChannel(8), lines=8).drain_batch("bat_1").sent == 256
        db.close()
        wait_until(lambda: (_read_of(url) - before)["pk_messages"] >= 256, "the session's counts")
        assert (_read_of(url) - before)["ix_messages_held"] < 256


def _read_of(url: str) -> Counter[str]:
    """Entries read of each index so far."""
    db = Database(url)
    with db.read() as tx:
        found: dict[str, int] = dict(
            tx.execute(text("SELECT indexrelname, idx_tup_read FROM pg_stat_user_indexes")).tuples().all()
        )
    db.close()
    return Counter(found)


def _open_case(db: Database) -> None:
    with db.write() as tx:
        told = {"channel": "web", "address": "s", "proof": "anonymous", "memory": {}, "opened_at": NOW}
        tx.execute(conversations.insert().values(id="con_1", **told))
        row = {
            "code": "R-1",
            "conversation_id": "con_1",
            "subscriber_id": "P-00001",
            "kind": Reason.DOUBLE_CHARGE.value,
        }
        rest = {"state": "open", "language": "es", "summary": "", "opened_at": NOW, "claimed_by": "", "thread": ""}
        tx.execute(cases.insert().values(id="cas_1", **row, **rest))


def _opt_out(db: Database) -> None:
    with db.write() as tx:
        subscribers.opt_out(tx, ChannelName.EMAIL, address_of(1), "test", NOW)


def _move(db: Database) -> None:
    with db.write() as tx:
        subscribers.mark_moved(tx, "P-00001", NOW)


def test_a_row_that_was_taken_back_meanwhile_is_not_settled_with_the_others(db: Database) -> None:
    plan_batch(db, 3, NOW)
    with db.write() as tx:
        rows = messages.due_of_batch(tx, "bat_1", NOW, 10)
        token = attempts.claim(tx, [row.id for row in rows], "w-1")
    with db.write_quick() as tx:
        assert attempts.start(tx, [rows[0].id, rows[2].id], token, NOW) == {rows[0].id, rows[2].id}
    done = [(row, Outcome(MessageState.SENT, provider_id=f"v:{row.id}")) for row in rows]
    with db.write_quick() as tx:
        assert attempts.settle(tx, done, token, NOW) == {rows[0].id, rows[2].id}
    assert states(db) == {MessageState.SENT: 2, MessageState.CLAIMED: 1}


@pytest.mark.parametrize("change", [_open_case, _opt_out, _move], ids=["a case", "an opt-out", "a move"])
def test_what_happens_to_one_after_the_claim_keeps_that_one_back(
    db: Database, change: Callable[[Database], None]
) -> None:
    with db.write() as tx:
        save_campaign(tx, NOW)
        for number in range(3):
            save_person(tx, number, NOW)
        messages.put_many(tx, [notice(number, NOW, conditions=("not_moved",)) for number in range(3)])
        rows = messages.due_of_batch(tx, "bat_1", NOW, 10)
        token = attempts.claim(tx, [row.id for row in rows], "w-1")
    change(db)
    with db.write_quick() as tx:
        started = attempts.start(tx, [row.id for row in rows], token, NOW)
    assert started == {rows[0].id, rows[2].id}


@pytest.mark.parametrize("failed", [1, 5, 8])
def test_whoever_watches_sees_a_failure_before_anything_else_starts(db: Database, failed: int) -> None:
    plan_batch(db, 40, NOW)
    channel = WideChannel(8)
    bad = address_of(failed - 1)
    channel.answer = lambda out: Refused(Refusal.CONTENT, "no") if out.address == bad else Accepted(out.key)

    def look(_: Tx) -> None:
        with db.write() as tx:
            if any(line.state is MessageState.FAILED for line in messages.lines_of(tx, "cam_1")):
                tx.execute(campaigns.update().values(state=CampaignState.PAUSED.value))

    courier(db, channel).drain_batch("bat_1", look)
    assert len(channel.volleys) == 1
    assert states(db) == {MessageState.PLANNED: 32, MessageState.SENT: 7, MessageState.FAILED: 1}


def test_a_paced_sender_sends_together_only_what_is_due(db: Database) -> None:
    plan_batch(db, 10, NOW)
    machine = ManualClock(NOW)

    def wait(_: threading.Event, seconds: float) -> bool:
        machine.advance(timedelta(seconds=seconds))
        return False

    def answer(outgoing: Outgoing) -> SendResult:
        moments.append(machine.now())
        return Accepted(outgoing.key)

    moments: list[datetime] = []
    pacer = Pacer({"email": Limit(50.0)}, machine, wait)
    channel = WideChannel(8, answer)
    assert courier(db, channel, pacer).drain_batch("bat_1").sent == 10
    for count, moment in enumerate(moments):
        allowed = 50.0 * ((moment - NOW).total_seconds() + 0.9) + 1
        assert count < allowed


_Act = tuple[int, str]
_ACTS = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["opt out", "pause", "refuse"])), max_size=4)


@settings(max_examples=15)
@given(homes=st.lists(st.integers(0, 3), min_size=4, max_size=12), acts=_ACTS, lines=st.integers(1, 5))
def test_in_any_volley_each_home_once_in_order_and_nobody_who_said_no(
    tmp_path_factory: pytest.TempPathFactory, homes: list[int], acts: list[_Act], lines: int
) -> None:
    """Several people share an address; acts happen while the message of that number is in the vendor's hand."""
    db = blank(_fresh(tmp_path_factory))
    with db.write() as tx:
        save_campaign(tx, NOW)
        for number, home in enumerate(homes):
            who = save_person(tx, number, NOW)
            subscribers.bind_contact(tx, Contact(who, ChannelName.EMAIL, address_of(home)))
            messages.put(tx, replace(notice(number, NOW), address=address_of(home)))
    happening = defaultdict(list)
    for number, act in acts:
        happening[number].append(act)
    over: dict[str, int] = {}

    def answer(outgoing: Outgoing) -> SendResult:
        acts_now = happening.get(len(channel.asked), [])
        channel.asked.append(outgoing.key)
        for act in acts_now:
            if act == "opt out":
                with db.write() as tx:
                    subscribers.opt_out(tx, ChannelName.EMAIL, outgoing.address, "test", NOW)
                over[outgoing.address] = len(channel.volleys)
            if act == "pause":
                with db.write() as tx:
                    tx.execute(campaigns.update().values(state=CampaignState.PAUSED.value))
                over.setdefault("", len(channel.volleys))
        return Refused(Refusal.CONTENT, "no") if "refuse" in acts_now else Accepted(outgoing.key)

    channel = _Asked(lines, answer)
    courier(db, channel, lines=lines).drain_batch("bat_1")
    db.close()
    for at, volley in enumerate(channel.volleys):
        assert len({out.address for out in volley}) == len(volley) <= lines
        assert all(at < over.get(out.address, at + 1) for out in volley), "after an opt-out"
        assert at < over.get("", at + 1), "after a pause"
    order = defaultdict(list)
    for key in channel.asked:
        order[homes[int(key.split(":")[3].removeprefix("P-"))]].append(key)
    assert all(keys == sorted(set(keys)) for keys in order.values())


class _Asked(WideChannel):
    """Remembers whatever it was asked, in order."""

    def __init__(self, lines: int, answer: Callable[[Outgoing], SendResult]) -> None:
        super().__init__(lines, answer)
        self.asked: list[str] = []


def _fresh(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("volley") / "r.db"


def test_one_case_is_one_mark_wherever_its_messages_go(db: Database) -> None:
    with db.write() as tx:
        for number, case in enumerate(["cas_1", "cas_1", "", "cas_2"]):
            address = f"a{number}@correo.example"
            content = ChatMessage(str(number), "es")
            put_reply(
                tx, channel=ChannelName.EMAIL, address=address, content=content, key=f"k{number}", case_id=case, now=NOW
            )
        rows = messages.due_replies(tx, ChannelName.EMAIL, NOW, 10)
    assert not set(marks_of(rows[0])).isdisjoint(marks_of(rows[1]))
    channel = WideChannel(8)
    courier(db, channel).drain_replies(ChannelName.EMAIL)
    assert [[one.key for one in volley] for volley in channel.volleys] == [["k0", "k2", "k3"], ["k1"]]
