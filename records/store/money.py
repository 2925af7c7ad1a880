"""What campaigns may still spend: one row a pot, reserved in the claim, so that all workers share one ceiling.

Amounts are thousandths of a minor unit. A pot holds what its rows were reserved, and each row says what that was: it is spent
once the row was sent, stays reserved while nobody knows whether it left (`uncertain`), and goes back to its pots when the row
ends unsent. A vendor charges for what it took, not for what it refused; what comes back later was taken.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import bindparam, func, null, or_, select, text, update

from records.database import Tx, insert_new
from records.prepared import Prepared
from records.tables import batches, messages, money
from records.types import MessageState


@dataclass(frozen=True)
class Cost:
    """What one row was reserved: the amount, the day whose pots it was taken from, and what each of its pots gave."""

    row: int
    amount: int
    day: date
    pots: Mapping[str, int] = field(default_factory=dict)


def held(tx: Tx, scopes: Sequence[str]) -> dict[str, int]:
    """What each pot has reserved; until the transaction ends nobody else reserves from them."""
    names = sorted(set(scopes))
    insert_new(tx, money, [{"scope": name, "reserved": 0} for name in names])
    query = select(money.c.scope, money.c.reserved).where(money.c.scope.in_(names)).order_by(money.c.scope)
    return {row.scope: row.reserved for row in tx.execute(query.with_for_update())}


def reserve(tx: Tx, amounts: Mapping[str, int], costs: Sequence[Cost]) -> None:
    """Take these amounts from their pots, for these rows."""
    taken = [{"pot": name, "amount": amount} for name, amount in sorted(amounts.items()) if amount]
    if taken:
        tx.execute(_TAKE, taken)
    if costs:
        values = [
            {"row": one.row, "amount": one.amount, "on": one.day, "from": dict(one.pots) or None} for one in costs
        ]
        tx.execute(_PRICE, values)


def reserved_for(tx: Tx, rows: Sequence[int]) -> dict[int, dict[str, int]]:
    """What each pot has reserved for these rows."""
    query = select(messages.c.id, messages.c.pots).where(messages.c.id.in_(list(rows)), messages.c.pots.is_not(None))
    return {row.id: row.pots for row in tx.execute(query)} if rows else {}


def give_back(tx: Tx, pots: Iterable[Mapping[str, int]]) -> None:
    """What was reserved for messages that never leave."""
    returned: Counter[str] = Counter()
    for one in pots:
        returned.update(one)
    if returned:
        tx.execute(_TAKE, [{"pot": name, "amount": -amount} for name, amount in sorted(returned.items())])


def is_owed(tx: Tx) -> bool:
    """Is something reserved for a row that ended unsent?"""
    return tx.execute(select(messages.c.id).where(_ENDED).limit(1)).first() is not None


def give_back_ended(tx: Tx, most: int) -> int:
    """Give back what was reserved for rows that ended unsent, whatever ended them; of at most so many rows. How many it was.

    In a unit of its own: a claim that waits for a pot holds rows and a batch, so nobody may ask for those with a pot in hand.
    """
    query = select(messages.c.id, messages.c.pots).where(_ENDED).limit(most)
    ended = list(tx.execute(query.with_for_update(skip_locked=True)))
    _FREE.run_many(tx, [{"row": row.id} for row in ended])
    give_back(tx, [row.pots for row in ended])
    return len(ended)


def first_refusal(tx: Tx, scope: str, cap: int) -> bool:
    """A pot was found empty at this ceiling; True for whoever says so first."""
    untold = or_(money.c.told_cap.is_(None), money.c.told_cap != cap)
    return tx.execute(update(money).where(money.c.scope == scope, untold).values(told_cap=cap)).rowcount == 1


def reserved(tx: Tx, scope: str) -> int:
    """What a pot has reserved."""
    return tx.execute(select(money.c.reserved).where(money.c.scope == scope)).scalar() or 0


def held_back(tx: Tx, campaign_id: str) -> int:
    """How many messages of a campaign wait because a pot is empty."""
    if tx.execute(select(money.c.scope).where(money.c.told_cap.is_not(None)).limit(1)).first() is None:
        return 0  # no pot ever was: a page asks every few seconds, and a campaign may have a million messages
    query = (
        select(func.count())
        .select_from(batches)
        .join(messages, messages.c.batch_id == batches.c.id)
        .where(batches.c.campaign_id == campaign_id, batches.c.state != "done")
        .where(messages.c.state == MessageState.PLANNED.value, messages.c.reason == "ceiling")
    )
    return int(tx.execute(query).scalar_one())


def spent_by_stage(tx: Tx, campaign_id: str) -> dict[str, int]:
    """What the messages of a campaign that left, or may have left, cost."""
    query = (
        select(messages.c.stage, func.sum(messages.c.cost))
        .where(messages.c.campaign_id == campaign_id, messages.c.cost.is_not(None))
        .where(messages.c.state.in_((MessageState.SENT.value, MessageState.UNCERTAIN.value)))
        .group_by(messages.c.stage)
    )
    return {stage: int(cost) for stage, cost in tx.execute(query)}


_ENDED = text("messages.pots IS NOT NULL AND messages.state IN ('failed', 'suppressed', 'expired')")
"""As the index of them says it, to the letter: a database uses a partial index only then."""

_FREE = Prepared(
    lambda _: update(messages).where(messages.c.id == bindparam("row")).values(cost=None, reserved_on=None, pots=null())
)
_TAKE = update(money).where(money.c.scope == bindparam("pot")).values(reserved=money.c.reserved + bindparam("amount"))
_PRICE = (
    update(messages)
    .where(messages.c.id == bindparam("row"))
    .values(cost=bindparam("amount"), reserved_on=bindparam("on"), pots=bindparam("from"))
)
