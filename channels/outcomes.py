"""What a vendor's answer means for a row of the ledger. Pure."""

from datetime import datetime, timedelta
from typing import assert_never

from channels.contract import Accepted, Refusal, Refused, RetryLater, SendResult, Unsure
from records.ledger import Outcome
from records.types import MessageState

MAX_ATTEMPTS = 8


def outcome_of(result: SendResult, attempts: int, now: datetime, chance: float) -> Outcome:
    """What a vendor's answer means for the row. `attempts` were made before this one; `chance` is in [0, 1).

    Being slowed down is no failure and no attempt. A passing trouble is tried again after twice the pause each time, spread
    by up to a quarter so that rows that failed together do not come back together; the last attempt ends it.
    """
    match result:
        case Accepted(provider_id):
            return Outcome(MessageState.SENT, provider_id=provider_id)
        case Refused(reason, detail, word):
            return Outcome(MessageState.FAILED, f"{reason.value}: {detail}"[:500], word=word)
        case RetryLater(seconds, detail, asked=True):
            again = now + timedelta(seconds=seconds)
            return Outcome(MessageState.PLANNED, detail[:500], again_at=again, counts=False)
        case RetryLater(seconds, detail, at_last=at_last):
            if attempts + 1 >= MAX_ATTEMPTS:
                word = "gave_up" if at_last is Refusal.OTHER else at_last.value
                return Outcome(MessageState.FAILED, f"{word}: {detail}"[:500])
            pause = max(seconds, 2.0**attempts) * (1 + chance / 4)
            return Outcome(MessageState.PLANNED, detail[:500], again_at=now + timedelta(seconds=pause))
        case Unsure(detail):
            return Outcome(MessageState.UNCERTAIN, detail[:500])
        case _:
            assert_never(result)
