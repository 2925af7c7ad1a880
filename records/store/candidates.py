"""What people said that may become another way to ask for an entry. Nothing is learned before a person approves it.

Each row is one person's words, masked, tied to their conversation until somebody decides; then the tie is cut. An erasure takes
the undecided words of that person along.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, or_, select, update

from records.database import Tx, insert_new
from records.errors import NotFound
from records.phrasings import Origin, Phrasing
from records.redact import mask_private
from records.store import facts
from records.tables import candidates, conversations, subscribers
from records.types import Language

LEARNED = "learned_version"


class Standing(StrEnum):
    PROPOSED = "proposed"  # waits for a person
    APPROVED = "approved"  # the index learns from it
    REJECTED = "rejected"  # kept, so that it is not proposed again


@dataclass(frozen=True)
class Candidate:
    """A phrasing as it waits or was decided; `people` said it, in `origins`. `decided_by` is empty while it waits."""

    id: str
    phrasing: Phrasing
    people: int
    origins: tuple[Origin, ...]
    standing: Standing
    decided_by: str
    first_at: datetime


LONGEST = 300
"""Characters. A longer message is a story, not a way to ask."""


def propose(tx: Tx, said: Phrasing, origin: Origin, conversation_id: str, subscriber_id: str, now: datetime) -> bool:
    """Keep these words, masked, for a person to decide on.

    False if this conversation said them before, if they were decided on, or if they are too long to be a way to ask.
    """
    names = () if not subscriber_id else _names_of(tx, subscriber_id)
    phrasing = replace(said, text=mask_private(said.text.strip(), names))
    if not phrasing.text or len(phrasing.text) > LONGEST or _decided(tx, phrasing.id):
        return False
    row = {
        "candidate": phrasing.id,
        "source_id": phrasing.source,
        "path": phrasing.path,
        "language": phrasing.language.value,
        "text": phrasing.text,
        "origin": origin.value,
        "conversation_id": conversation_id,
        "subscriber_id": subscriber_id or None,
        "state": Standing.PROPOSED.value,
        "decided_by": "",
        "people": 1,
        "made_at": now,
    }
    return insert_new(tx, candidates, row) == 1


def listed(tx: Tx, standing: Standing = Standing.PROPOSED, limit: int = 500) -> tuple[Candidate, ...]:
    """What most people said first."""
    query = select(candidates).where(candidates.c.state == standing.value).order_by(candidates.c.id)
    groups: dict[str, Candidate] = {}
    for row in tx.execute(query):
        held, origin = groups.get(row.candidate), Origin(row.origin)
        phrasing = Phrasing(row.source_id, row.path, Language(row.language), row.text)
        groups[row.candidate] = Candidate(
            row.candidate,
            held.phrasing if held else phrasing,
            held.people + 1 if held else row.people,
            tuple(dict.fromkeys((*held.origins, origin))) if held else (origin,),
            standing,
            row.decided_by,
            held.first_at if held else row.made_at,
        )
    return tuple(sorted(groups.values(), key=lambda one: -one.people)[:limit])


def decide(tx: Tx, candidate_id: str, standing: Standing, by: str) -> Phrasing:
    """Approve or reject, also what was decided before. The ties to whoever said it are cut. Raises NotFound."""
    of_it = candidates.c.candidate == candidate_id
    first = tx.execute(select(candidates).where(of_it).order_by(candidates.c.id).limit(1)).one_or_none()
    if first is None:
        raise NotFound(f"there is no candidate {candidate_id!r}; `relevo learn list` shows those that wait")
    people = int(tx.execute(select(func.sum(candidates.c.people)).where(of_it)).scalar_one())
    tx.execute(delete(candidates).where(of_it, candidates.c.id != first.id))
    decided = {
        "state": standing.value,
        "decided_by": by,
        "people": people,
        "subscriber_id": None,
        "conversation_id": "",
    }
    tx.execute(update(candidates).where(candidates.c.id == first.id).values(decided))
    note_change(tx)
    return Phrasing(first.source_id, first.path, Language(first.language), first.text)


def approved(tx: Tx) -> tuple[Phrasing, ...]:
    """Everything the index may learn from, oldest first."""
    query = select(candidates).where(candidates.c.state == Standing.APPROVED.value).order_by(candidates.c.id)
    return tuple(Phrasing(row.source_id, row.path, Language(row.language), row.text) for row in tx.execute(query))


def version(tx: Tx) -> int:
    """Grows with every decision, so that every process notices."""
    return int(facts.read(tx, LEARNED) or 0)


def note_change(tx: Tx) -> None:
    """Something else is to be learned than before: every process takes it in."""
    facts.write(tx, LEARNED, str(version(tx) + 1))


def forget_person(tx: Tx, subscriber_id: str) -> int:
    """Take along what this person said and nobody has decided on; how many rows."""
    talks = select(conversations.c.id).where(conversations.c.subscriber_id == subscriber_id)
    theirs = or_(candidates.c.subscriber_id == subscriber_id, candidates.c.conversation_id.in_(talks))
    return tx.execute(delete(candidates).where(theirs, candidates.c.state == Standing.PROPOSED.value)).rowcount


def take_back(tx: Tx, source: str, path: str, conversation_id: str) -> int:
    """This conversation thought better of it: what it proposed for this entry and nobody has decided on goes; how many."""
    of_it = (candidates.c.source_id == source, candidates.c.path == path)
    waiting = (candidates.c.conversation_id == conversation_id, candidates.c.state == Standing.PROPOSED.value)
    return tx.execute(delete(candidates).where(*of_it, *waiting)).rowcount


def by_entry(phrasings: Iterable[Phrasing]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The texts of each entry, by (source, path)."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in phrasings:
        found[one.source, one.path] = (*found.get((one.source, one.path), ()), one.text)
    return found


def _names_of(tx: Tx, subscriber_id: str) -> tuple[str, ...]:
    return tuple(tx.execute(select(subscribers.c.name).where(subscribers.c.id == subscriber_id)).scalars())


def _decided(tx: Tx, candidate_id: str) -> bool:
    decided = candidates.c.state != Standing.PROPOSED.value
    return (
        tx.execute(select(candidates.c.id).where(candidates.c.candidate == candidate_id, decided)).first() is not None
    )
