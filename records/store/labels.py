"""Questions of this workspace of which somebody showed what they meant: what its own thresholds are judged on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records.database import Tx
from records.phrasings import Origin
from records.store import conversations, feedback, knowledge
from records.store.candidates import Standing
from records.tables import candidates
from records.types import Author, Language

MOST = 20_000
_SHOWN = (Origin.CHOICE.value, Origin.STAFF.value)


@dataclass(frozen=True)
class Label:
    """`right`: this entry answers the question. False: it was given as the answer and was none."""

    text: str
    language: Language
    source: str
    path: str
    right: bool
    at: datetime


def all_of(tx: Tx) -> tuple[Label, ...]:
    """Thumbs on answers from one entry, titles picked, and what staff named; of entries that answer now."""
    titles = {(one.source, one.path): one.title for one in knowledge.entries(tx)}
    languages = {(one.source, one.path): Language(one.language) for one in knowledge.entries(tx)}
    told = [*_thumbs(tx, languages), *_shown(tx)]
    return tuple(one for one in told if titles.get((one.source, one.path), one.text) != one.text)


def _thumbs(tx: Tx, languages: dict[tuple[str, str], Language]) -> list[Label]:
    labels = []
    for one in feedback.listed(tx, "answer", MOST):
        answer = conversations.turn_of_answer(tx, one.about_id)
        asked = conversations.before(tx, answer, Author.SUBSCRIBER) if answer else None
        places = {(citation.source, citation.path) for citation in answer.citations} if answer else set()
        place = places.pop() if len(places) == 1 else ("", "")
        if asked is not None and place in languages:
            labels.append(Label(asked.text, languages[place], *place, one.value > 0, one.at))
    return labels


def _shown(tx: Tx) -> list[Label]:
    """What a person rejected means nothing."""
    meant = select(candidates).where(candidates.c.origin.in_(_SHOWN), candidates.c.state != Standing.REJECTED.value)
    rows = tx.execute(meant.order_by(candidates.c.id).limit(MOST))
    return [Label(row.text, Language(row.language), row.source_id, row.path, True, row.made_at) for row in rows]
