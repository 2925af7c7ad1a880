"""Money set aside for a message that is written anew follows it: it is paid once, whether a vendor was asked before or not."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from campaigns import runner
from channels.prices import Ceilings, Prices
from channels.purse import Purse
from records.database import Database
from records.ledger import Outcome
from records.store import attempts, messages, money
from records.tables import messages as messages_table
from records.tables import money as money_table
from records.types import ChannelName, MessageState
from tests.campaigns.half_told import PEOPLE, approve, fill_second_wave, half_told, heard, move
from tests.campaigns.world import World

MAIL, TEXT = 9, 500
ZONE = ZoneInfo("Europe/Madrid")


def _take_in_hand(world: World, *, asked: bool) -> int:
    """A worker sets money aside for what is written and dies; with `asked` a vendor was tried in vain before. How many rows."""
    assert world.purse is not None
    with world.db.write() as tx:
        rows = messages.rows_of_campaign(tx, MessageState.PLANNED, 100)
        assert not world.purse.admit(tx, rows, messages.facts_of(tx, rows), world.now)
        token = attempts.claim(tx, [row.id for row in rows], "dead")
        if asked:
            again = Outcome(MessageState.PLANNED, "unreachable", again_at=world.now)
            assert attempts.start(tx, [row.id for row in rows], token, world.now)
            attempts.settle(tx, [(row, again) for row in rows], token, world.now)
        attempts.recover(tx, "dead", world.now)
    return len(rows)


def _pots(world: World) -> dict[str, int]:
    with world.db.read() as tx:
        return {row.scope: row.reserved for row in tx.execute(select(money_table))}


@pytest.mark.parametrize("asked", [False, True])
def test_a_message_written_anew_is_paid_once(db: Database, tmp_path: Path, now: datetime, asked: bool) -> None:
    world = half_told(db, tmp_path, now)
    told = len(world.sent)
    prices = Prices({"ES": TEXT}, TEXT, {ChannelName.EMAIL: MAIL})
    most = {ChannelName.EMAIL: 10_000, ChannelName.SMS: 10_000}
    world.purse = Purse(prices, Ceilings(10_000, 20_000, most, {"ES": 10_000}), ZONE)
    fill_second_wave(world)
    rows = _take_in_hand(world, asked=asked)
    assert rows == PEOPLE - told
    assert set(_pots(world).values()) == {rows * MAIL}
    move(world)
    approve(world)
    world.turn()
    with world.db.read() as tx:
        campaign = runner.named(tx, "mudanza").id
        corrections = sum(money.spent_by_stage(tx, campaign).values())
    assert _pots(world)[f"campaign:{campaign}"] == corrections
    world.live(datetime(2027, 3, 20, tzinfo=UTC))
    assert heard(world, "anuncio") == [f"s{number:04}" for number in range(PEOPLE)]
    with world.db.read() as tx:
        lines = tx.execute(select(messages_table.c.cost, messages_table.c.reserved_on)).all()
    by_day: Counter[str] = Counter()
    for cost, day in lines:
        by_day[f"day:{day}"] += cost or 0
    del by_day["day:None"]  # those of the first half, when nothing had a price
    pots = _pots(world)
    assert {name: amount for name, amount in pots.items() if name.startswith("day:") and amount} == dict(by_day)
    assert pots[f"campaign:{campaign}"] == sum(by_day.values())
