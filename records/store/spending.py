"""What a language model has cost on each day: reserved before the call, so that all workers share one cap.

Amounts are thousandths of a minor unit (of a cent), whole numbers.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update

from records.database import Tx, insert_new
from records.tables import model_days


@dataclass(frozen=True)
class ModelDay:
    """One day of one workspace. `capped_at`: when the cap was first reached, if it was."""

    day: date
    spent: int
    calls: int
    capped_at: datetime | None


def reserve(tx: Tx, day: date, amount: int, cap: int) -> bool:
    """Set `amount` aside for one call. False, and nothing set aside, when the day would end above `cap`."""
    insert_new(tx, model_days, {"day": day, "spent": 0, "calls": 0, "capped_at": None})
    done = tx.execute(
        update(model_days)
        .where(model_days.c.day == day, model_days.c.spent + amount <= cap)
        .values(spent=model_days.c.spent + amount, calls=model_days.c.calls + 1)
    )
    return done.rowcount == 1


def give_back(tx: Tx, day: date, amount: int) -> None:
    """What a call was reserved but did not cost."""
    tx.execute(update(model_days).where(model_days.c.day == day).values(spent=model_days.c.spent - amount))


def note_capped(tx: Tx, day: date, now: datetime) -> bool:
    """The cap was reached; True for the first who says so that day."""
    done = tx.execute(
        update(model_days).where(model_days.c.day == day, model_days.c.capped_at.is_(None)).values(capped_at=now)
    )
    return done.rowcount == 1


def of_day(tx: Tx, day: date) -> ModelDay:
    """That day's spending; zeros when nothing was called."""
    row = tx.execute(select(model_days).where(model_days.c.day == day)).mappings().one_or_none()
    return ModelDay(**row) if row else ModelDay(day, 0, 0, None)
