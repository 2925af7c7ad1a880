"""Entries that staff wrote without a file: an answer to a case that no entry had, proposed, then approved by a person.

A proposal is an event of its case, masked, and goes with it. An approved one is a fact of the workspace, tied to nobody. Once
it was exported to `content/` and read there, the file speaks for it.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Delete, delete, or_, select

from records.database import Tx
from records.errors import Conflict, NotFound
from records.ids import fingerprint
from records.phrasings import Written
from records.redact import mask_private
from records.store import candidates, cases, facts
from records.tables import case_events, conversations, subscribers
from records.tables import cases as case_table
from records.types import Language

EVENT = "entry"
MASK = "•••"
LONGEST_QUESTION = 300
LONGEST_ANSWER = 4_000
_KEPT = "own_entry:"


@dataclass(frozen=True)
class Proposed:
    """What staff answered to a case, as it waits for a yes or no."""

    id: str
    case_id: str
    staff: str
    written: Written
    at: datetime


@dataclass(frozen=True)
class OwnEntry:
    """An approved entry. `exported_at`: when it was written into a file of `content/`, if it was."""

    id: str
    written: Written
    approved_by: str
    approved_at: datetime
    exported_at: datetime | None = None

    @property
    def source(self) -> str:
        """The file of `content/` that it is exported to, and cited by from the first day."""
        return f"faq/from-cases.{self.written.language.value}.md"

    @property
    def path(self) -> str:
        return self.id.replace("_", "-")

    @property
    def chunk_id(self) -> str:
        return fingerprint(self.source, self.path, self.written.question, self.written.answer)


def propose(tx: Tx, case_id: str, staff: str, written: Written, now: datetime) -> bool:
    """Keep this, masked, for a person to decide on; it takes the place of what the case proposed before.

    False when nothing is left to keep, or it is too long for an entry.
    """
    case = cases.require(tx, case_id)
    held = select(case_table.c.subscriber_id, conversations.c.subscriber_id).join(
        conversations, conversations.c.id == case_table.c.conversation_id
    )
    people = {one for row in tx.execute(held.where(case_table.c.id == case.id)) for one in row if one}
    names = tuple(tx.execute(select(subscribers.c.name).where(subscribers.c.id.in_(people))).scalars())
    question, answer = mask_private(written.question.strip(), names), mask_private(written.answer.strip(), names)
    tx.execute(_of_case(case_id))
    if not (0 < len(question) <= LONGEST_QUESTION and 0 < len(answer) <= LONGEST_ANSWER):
        return False
    text = _to_json(Written(" ".join(question.split()), answer, written.language))
    cases.add_event(tx, case_id, EVENT, staff, text, now)
    return True


def proposed(tx: Tx, limit: int = 100) -> tuple[Proposed, ...]:
    """What waits, the newest first."""
    query = select(case_events).where(case_events.c.what == EVENT).order_by(case_events.c.id.desc()).limit(limit)
    return tuple(_proposed(row.case_id, row.actor, row.text, row.at) for row in tx.execute(query))


def approve(tx: Tx, entry_id: str, by: str, now: datetime, mended: tuple[str, str] | None = None) -> OwnEntry:
    """Let the bot answer with it, as it stands or with question and answer `mended`; the tie to its case is cut.

    Raises NotFound, and Conflict while something masked stands in it: dots are no answer.
    """
    waiting = _require(tx, entry_id)
    written = Written(*mended, waiting.written.language) if mended else waiting.written
    if is_masked(written):
        raise Conflict(
            f"the entry {entry_id} still has {MASK} where something personal stood; say there what everybody may read, or "
            "leave it out"
        )
    entry = OwnEntry(entry_id, written, by, now)
    _keep(tx, entry)
    tx.execute(_of_case(waiting.case_id))
    candidates.note_change(tx)
    return entry


def is_masked(written: Written) -> bool:
    """Does something stand in it only as dots?"""
    return MASK in written.question or MASK in written.answer


def dismiss(tx: Tx, entry_id: str) -> None:
    """What waits goes, and so does what was approved. Raises NotFound."""
    if facts.read(tx, _KEPT + entry_id):
        facts.forget(tx, _KEPT + entry_id)
        candidates.note_change(tx)
        return
    tx.execute(_of_case(_require(tx, entry_id).case_id))


def approved(tx: Tx) -> tuple[OwnEntry, ...]:
    """By when they were approved."""
    found = (_entry(key.removeprefix(_KEPT), value) for key, value in facts.beginning_with(tx, _KEPT))
    return tuple(sorted(found, key=lambda one: (one.approved_at, one.id)))


def note_export(tx: Tx, entry: OwnEntry, now: datetime) -> None:
    """It stands in its file: the next index that is made from the files speaks for it."""
    _keep(tx, OwnEntry(entry.id, entry.written, entry.approved_by, entry.approved_at, now))


def forget_person(tx: Tx, subscriber_id: str) -> int:
    """Take along what answered this person and nobody has decided on; how many."""
    talks = select(conversations.c.id).where(conversations.c.subscriber_id == subscriber_id)
    theirs = or_(case_table.c.subscriber_id == subscriber_id, case_table.c.conversation_id.in_(talks))
    held = select(case_table.c.id).where(theirs)
    return tx.execute(delete(case_events).where(case_events.c.what == EVENT, case_events.c.case_id.in_(held))).rowcount


def _of_case(case_id: str) -> Delete:
    return delete(case_events).where(case_events.c.case_id == case_id, case_events.c.what == EVENT)


def _require(tx: Tx, entry_id: str) -> Proposed:
    found = next((one for one in proposed(tx, 10_000) if one.id == entry_id), None)
    if found is None:
        raise NotFound(f"there is no proposed entry {entry_id!r}; `relevo learn entries` shows those that wait")
    return found


def _proposed(case_id: str, staff: str, text: str, at: datetime) -> Proposed:
    return Proposed(f"ent_{fingerprint(case_id, text)[:20]}", case_id, staff, _written(json.loads(text)), at)


def _keep(tx: Tx, entry: OwnEntry) -> None:
    exported = entry.exported_at.isoformat() if entry.exported_at else ""
    kept = {"approved_by": entry.approved_by, "approved_at": entry.approved_at.isoformat(), "exported_at": exported}
    facts.write(tx, _KEPT + entry.id, json.dumps({**json.loads(_to_json(entry.written)), **kept}, ensure_ascii=False))


def _entry(entry_id: str, text: str) -> OwnEntry:
    kept = json.loads(text)
    exported = datetime.fromisoformat(kept["exported_at"]) if kept["exported_at"] else None
    approved_at = datetime.fromisoformat(kept["approved_at"])
    return OwnEntry(entry_id, _written(kept), kept["approved_by"], approved_at, exported)


def _to_json(written: Written) -> str:
    return json.dumps(
        {"question": written.question, "answer": written.answer, "language": written.language.value},
        ensure_ascii=False,
    )


def _written(kept: dict[str, str]) -> Written:
    return Written(kept["question"], kept["answer"], Language(kept["language"]))
