"""A receipt that comes while its message is being settled, on a connection of its own: whoever commits first, it climbs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

import pytest
from sqlalchemy import select

from records.database import Database, Tx
from records.inbound import Receipt
from records.ledger import Outcome
from records.store import attempts, messages
from records.tables import messages as table
from records.types import ChannelName, DeliveryState, MessageState
from tests.ledger.people import plan_batch

COUNT = 3
Move = Callable[[Tx], object]


@pytest.fixture
def token(db: Database, now: datetime) -> str:
    """Of three messages that are being sent."""
    plan_batch(db, COUNT, now)
    with db.write() as tx:
        ids = tx.execute(select(table.c.id)).scalars().all()
        token = attempts.claim(tx, ids, "worker-1")
        assert len(attempts.start(tx, ids, token, now)) == COUNT
    return token


def settle(token: str, now: datetime) -> Move:
    def move(tx: Tx) -> None:
        rows = messages.rows_of_campaign(tx, MessageState.SENDING, COUNT)
        done = [(row, Outcome(MessageState.SENT, provider_id=f"prov-{row.id}")) for row in rows]
        assert len(attempts.settle(tx, done, token, now)) == COUNT

    return move


def told(name: str, now: datetime) -> Move:
    receipt = Receipt(ChannelName.EMAIL, "e1", name, DeliveryState.DELIVERED, "delivered", now)
    return lambda tx: messages.record_receipt(tx, receipt)


def side_by_side(db: Database, first: Move, second: Move) -> bool:
    """`second` begins when `first` has done everything but commit, and has half a second to overtake it. Whether it did."""

    def begin() -> None:
        with db.write() as tx:
            second(tx)

    with ThreadPoolExecutor(1) as thread:
        with db.write() as tx:
            first(tx)
            other = thread.submit(begin)
            overtaken = bool(wait([other], timeout=0.5).done)
        other.result(20)
    return overtaken


@pytest.mark.parametrize("receipt_first", [True, False])
def test_a_receipt_beside_the_settling_of_its_message_climbs(
    db: Database, token: str, now: datetime, receipt_first: bool
) -> None:
    with db.read() as tx:
        one = min(tx.execute(select(table.c.id)).scalars())
    moves = [told(f"prov-{one}", now), settle(token, now)]
    side_by_side(db, *(moves if receipt_first else reversed(moves)))
    with db.read() as tx:
        known = {row.id: row.delivery for row in tx.execute(select(table.c.id, table.c.delivery))}
    assert known.pop(one) == DeliveryState.DELIVERED.value
    assert set(known.values()) == {DeliveryState.UNKNOWN.value}


def test_a_receipt_of_a_message_nobody_knows_keeps_no_settling_waiting(db: Database, token: str, now: datetime) -> None:
    assert side_by_side(db, told("prov-of-somebody-else", now), settle(token, now)) or db.is_sqlite
    with db.read() as tx:
        assert len(messages.rows_of_campaign(tx, MessageState.SENT, COUNT)) == COUNT
