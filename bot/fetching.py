"""Asking the world before anything is said: the library, and the person's own record through its one door. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.actions import Ask, Gather, How, Lookup, LookupFollowUp, ReadRecord
from bot.events import FollowUpFound, Gathered, PassagesFound, RecordMissing, RecordRead, Talk
from bot.loading import read_record
from knowledge.passages import Found, Library, NoIndex
from records.database import Database
from records.types import Language

Fetched = PassagesFound | FollowUpFound | RecordRead | RecordMissing | Gathered


@dataclass(frozen=True)
class Fetcher:
    """Answers what a decision asks for, as the next event."""

    db: Database
    library: Library

    def fetch(self, talk: Talk, ask: Ask, now: datetime) -> Fetched:
        match ask:
            case Gather(text, asks, more):
                return Gathered(text, tuple(self._one(talk, one, now) for one in asks), more)
            case LookupFollowUp(alone, joined):
                both = (self._search(talk, text, talk.language) for text in (alone, joined))
                return FollowUpFound(alone, joined, *both)
            case Lookup() | ReadRecord():
                return self._one(talk, ask, now)
            case _:
                assert_never(ask)

    def _one(self, talk: Talk, ask: Lookup | ReadRecord, now: datetime) -> PassagesFound | RecordRead | RecordMissing:
        match ask:
            case Lookup(question, how, own):
                return PassagesFound(question, self._look_up(talk, question, how), how, own)
            case ReadRecord(question, topics):
                with self.db.read() as tx:
                    return read_record(tx, talk.conversation, question, topics, now)
            case _:
                assert_never(ask)

    def _look_up(self, talk: Talk, question: str, how: How) -> Found:
        """A question in a language we do not speak is tried in both of ours; the better find counts."""
        if how is not How.FOREIGN:
            return self._search(talk, question, talk.language)
        return max((self._search(talk, question, language) for language in Language), key=lambda found: found.right)

    def _search(self, talk: Talk, question: str, language: Language) -> Found:
        try:
            return self.library.search(question, language, talk.scope)
        except NoIndex:
            return Found((), 0.0, 0.0)
