"""What a person has heard from campaigns lately, over all of them, counted from the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, text

from records.database import Tx
from records.ids import fingerprint
from records.ledger import Heard
from records.tables import campaigns, messages
from records.types import DeliveryState, MessageKind, MessageState

_IN_HAND = (MessageState.CLAIMED.value, MessageState.SENDING.value)
_LEFT = (MessageState.SENT.value, MessageState.UNCERTAIN.value)
_LOCK = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")


def hold(tx: Tx, people: Sequence[str]) -> None:
    """Until the end of the transaction nobody else counts what these people heard: two claims take turns.

    Always in the same order, so that no two wait for each other. SQLite has one writer anyway.
    """
    if tx.dialect.name != "sqlite" and people:
        tx.execute(_LOCK, {"keys": sorted({_key(person) for person in people})})


def by_people(tx: Tx, people: Sequence[str], campaign_id: str, stage: str, since: datetime) -> dict[str, Heard]:
    """What each of `people` heard since then, this stage left out: on whatever channel, it is the same message.

    A rehearsal hears itself only, and nobody hears a rehearsal. Who heard nothing is not named.
    """
    values = {"people": list(people), "campaign": campaign_id, "stage": stage, "since": since}
    left: defaultdict[str, dict[tuple[str, str], datetime | None]] = defaultdict(dict)
    for row in tx.execute(_QUERY, values):
        what = (row.campaign_id, row.stage)
        at = row.sending_at if row.state in _LEFT else None
        before = left[row.subscriber_id].get(what)
        left[row.subscriber_id][what] = min(at, before) if at and before else at or before
    return {person: _heard(tuple(found.values())) for person, found in left.items()}


def _heard(moments: Sequence[datetime | None]) -> Heard:
    return Heard(tuple(sorted(at for at in moments if at is not None)), sum(at is None for at in moments))


def _key(person: str) -> int:
    return int(fingerprint("heard", person)[:15], 16)


_QUERY = (
    select(messages.c.subscriber_id, messages.c.campaign_id, messages.c.stage, messages.c.state, messages.c.sending_at)
    .join(campaigns, campaigns.c.id == messages.c.campaign_id)
    .where(messages.c.subscriber_id.in_(bindparam("people", expanding=True)))
    .where(messages.c.kind == MessageKind.CAMPAIGN.value, messages.c.delivery != DeliveryState.FAILED.value)
    .where(
        or_(
            messages.c.state.in_(_IN_HAND),
            and_(messages.c.state.in_(_LEFT), messages.c.sending_at > bindparam("since")),
        )
    )
    .where(or_(messages.c.campaign_id != bindparam("campaign"), messages.c.stage != bindparam("stage")))
    .where(or_(campaigns.c.rehearsal.is_(False), messages.c.campaign_id == bindparam("campaign")))
)
