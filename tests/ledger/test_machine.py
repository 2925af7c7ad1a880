"""The ledger under any order of events: sends, refusals, broken lines, deaths, opt-outs, pauses, receipts, time."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from channels.contract import Accepted, Outgoing, Refusal, Refused, RetryLater, SendResult, Unsure
from channels.courier import Courier
from channels.pacer import Pacer
from records.clock import ManualClock
from records.hours import Window
from records.inbound import Receipt
from records.store import attempts, messages, subscribers
from records.tables import campaigns
from records.types import DELIVERY_RANK, CampaignState, ChannelName, DeliveryState, MessageState
from tests.blank import blank
from tests.ledger.people import WideChannel, address_of, plan_batch

PEOPLE = 6
_ANSWERS: dict[str, SendResult] = {
    "yes": Accepted(""),
    "later": RetryLater(5, "busy"),
    "content": Refused(Refusal.CONTENT, "no"),
    "gone": Refused(Refusal.BAD_ADDRESS, "no"),
    "broke": Unsure("line broke"),
}
_SETTLED = {
    MessageState.SENT,
    MessageState.FAILED,
    MessageState.SUPPRESSED,
    MessageState.EXPIRED,
    MessageState.UNCERTAIN,
}


class LedgerMachine(RuleBasedStateMachine):
    """One batch of a few people; the vendor's log is compared with the ledger after every step."""

    @initialize(lines=st.sampled_from([1, 2, 4]))
    def open(self, lines: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.db = blank(Path(self.folder.name, "r.db"))
        self.clock = ManualClock(datetime(2027, 1, 18, 10, tzinfo=UTC))
        plan_batch(self.db, PEOPLE, self.clock.now())
        self.script: list[str] = []
        self.channel = WideChannel(lines, self.answer)
        self.maybe_taken: set[str] = set()
        self.opted_out: dict[str, int] = {}
        self.paused = False
        self.sent_while_paused = 0
        self.highest: dict[str, int] = {}

    def answer(self, outgoing: Outgoing) -> SendResult:
        self.sent_while_paused += self.paused
        word = self.script.pop(0) if self.script else "yes"
        if word == "broke":
            self.maybe_taken.add(outgoing.key)
        result = _ANSWERS[word]
        return Accepted(outgoing.key) if isinstance(result, Accepted) else result

    def courier(self, holder: str = "worker-1") -> Courier:
        window = Window.parse("09:00", "20:00")
        return Courier(self.db, {ChannelName.EMAIL: self.channel}, self.clock, window, holder, Pacer({}))

    @rule(script=st.lists(st.sampled_from(sorted(_ANSWERS)), max_size=4))
    def drain(self, script: list[str]) -> None:
        self.script = script
        self.courier().drain_batch("bat_1")

    @rule(started=st.booleans())
    def a_worker_dies(self, started: bool) -> None:
        with self.db.write() as tx:
            rows = messages.due_of_batch(tx, "bat_1", self.clock.now(), 2)
            token = attempts.claim(tx, [row.id for row in rows], "worker-9") if rows else ""
        if rows and started:
            with self.db.write_quick() as tx:
                attempts.start(tx, [rows[0].id], token, self.clock.now())
        with self.db.write() as tx:
            attempts.recover(tx, "worker-9", self.clock.now())

    @rule(number=st.integers(0, PEOPLE - 1))
    def opt_out(self, number: int) -> None:
        with self.db.write() as tx:
            subscribers.opt_out(tx, ChannelName.EMAIL, address_of(number), "test", self.clock.now())
        self.opted_out.setdefault(address_of(number), self.times_taken(address_of(number)))

    @rule(pause=st.booleans())
    def pause_or_resume(self, pause: bool) -> None:
        state = CampaignState.PAUSED if pause else CampaignState.APPROVED
        with self.db.write() as tx:
            tx.execute(campaigns.update().values(state=state.value))
        self.paused = pause

    @rule(minutes=st.sampled_from([1, 30, 60 * 11]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))

    @rule(number=st.integers(0, PEOPLE - 1), word=st.sampled_from(list(DeliveryState)), key=st.integers(0, 3))
    def receipt(self, number: int, word: DeliveryState, key: int) -> None:
        provider_id = f"campaign:cam_1:anuncio:P-{number:05d}:email"
        with self.db.write() as tx:
            messages.record_receipt(
                tx,
                Receipt(ChannelName.EMAIL, f"{number}:{word}:{key}", provider_id, word, word.value, self.clock.now()),
            )

    def times_taken(self, address: str) -> int:
        return sum(out.address == address for out in self.channel.taken)

    @invariant()
    def ledger_and_vendor_agree(self) -> None:
        if not hasattr(self, "channel"):
            return
        with self.db.read() as tx:
            lines = messages.lines_of(tx, "cam_1")
        taken = [out.address for out in self.channel.taken]
        sent = {address_of(int(line.subscriber_id[2:])) for line in lines if line.state is MessageState.SENT}
        assert len(lines) == PEOPLE
        assert len(taken) == len(set(taken)), "nobody gets it twice"
        assert set(taken) == sent
        for line in lines:
            rank = DELIVERY_RANK[line.delivery]
            assert rank >= self.highest.get(line.subscriber_id, 0), "delivery only climbs"
            self.highest[line.subscriber_id] = rank

    @invariant()
    def a_no_is_a_no(self) -> None:
        if hasattr(self, "channel"):
            assert all(self.times_taken(address) == before for address, before in self.opted_out.items())
            assert self.sent_while_paused == 0

    def teardown(self) -> None:
        if not hasattr(self, "db"):
            return
        self.pause_or_resume(False)
        for _ in range(16):
            self.clock.advance(timedelta(hours=1))
            self.courier().drain_batch("bat_1")
        with self.db.read() as tx:
            lines = messages.lines_of(tx, "cam_1")
        assert {line.state for line in lines} <= _SETTLED, "everyone ends in exactly one settled state"
        self.ledger_and_vendor_agree()
        self.db.close()
        self.folder.cleanup()


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(max_examples=25, stateful_step_count=20)
