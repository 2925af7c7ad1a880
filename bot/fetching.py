"""Asking the world before anything is said: the library, and the person's own record through its one door. Reads only."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.actions import Ask, Gather, How, Lookup, LookupFollowUp, LookupWritten, ReadRecord, ReadTutorial
from bot.alterations import asks_what_changes
from bot.events import (
    FollowUpFound,
    Gathered,
    PassagesFound,
    RecordMissing,
    RecordRead,
    Talk,
    TutorialRead,
    WrittenLookedUp,
)
from bot.loading import read_conflicts, read_record
from knowledge.alterations import quoted_alterations
from knowledge.at_odds import clauses_at_odds
from knowledge.helper import Asked, Helper
from knowledge.passages import Altered, AtOdds, Found, Kind, Library, NoIndex, Passage
from knowledge.scope import Scope, family
from records.database import Database
from records.store import contracts, conversations, subscribers
from records.types import Author, Language

_TURNS_SHOWN = 6  # to a model, to understand what "and with PayPal?" is about

Fetched = PassagesFound | FollowUpFound | TutorialRead | RecordRead | RecordMissing | Gathered | WrittenLookedUp


@dataclass(frozen=True)
class Fetcher:
    """Answers what a decision asks for, as the next event. With a `helper` a language model may look at one question a turn;
    several in one message are quoted."""

    db: Database
    library: Library
    helper: Helper | None = None

    def fetch(self, talk: Talk, ask: Ask, now: datetime) -> Fetched:
        match ask:
            case Gather(text, asks, more):
                return Gathered(text, tuple(self._one(talk, one, now) for one in asks), more)
            case LookupFollowUp(alone, joined):
                return FollowUpFound(
                    alone, joined, self._search(talk, alone, talk.language), self._joined(talk, alone, joined)
                )
            case Lookup(question, How.ASKED) if self._altered(talk, question, How.ASKED):
                return self._one(talk, ask, now)
            case Lookup(question, How.ASKED, own) if self.helper is not None:
                helped = self.helper.help(
                    self._asked(talk, question), lambda text: self._search(talk, text, talk.language), talk.policy
                )
                return PassagesFound(question, helped.found, How.ASKED, own, helped.wording)
            case ReadTutorial(source, path, confidence):
                return TutorialRead(self._sections(talk, source), path, confidence)
            case LookupWritten(case_id, staff, written):
                found = self._search(talk, written.question, written.language)
                return WrittenLookedUp(case_id, staff, written, found)
            case Lookup() | ReadRecord():
                return self._one(talk, ask, now)
            case _:
                assert_never(ask)

    def _one(self, talk: Talk, ask: Lookup | ReadRecord, now: datetime) -> PassagesFound | RecordRead | RecordMissing:
        match ask:
            case Lookup(question, how, own):
                found, altered = self._look_up(talk, question, how), self._altered(talk, question, how)
                return PassagesFound(question, found, how, own, altered=altered)
            case ReadRecord(question, topics):
                with self.db.read() as tx:
                    return read_record(tx, talk.conversation, question, topics, now)
            case _:
                assert_never(ask)

    def _joined(self, talk: Talk, alone: str, joined: str) -> Found:
        """What a follow-up finds behind the question before it; a model may put the two together better."""
        found = self._search(talk, joined, talk.language)
        if self.helper is None:
            return found
        return self.helper.whole(
            self._asked(talk, alone), lambda text: self._search(talk, text, talk.language), found, talk.policy
        )

    def _asked(self, talk: Talk, question: str) -> Asked:
        with self.db.read() as tx:
            turns = conversations.turns_of(tx, talk.conversation.id, last=_TURNS_SHOWN)
            person = subscribers.get(tx, talk.conversation.subscriber_id or "")
        earlier = tuple(turn.text for turn in turns if turn.author is Author.SUBSCRIBER)
        return Asked(question, talk.language, earlier, (person.name,) if person else ())

    def _look_up(self, talk: Talk, question: str, how: How) -> Found:
        """A question in a language we do not speak is tried in both of ours; the better find counts."""
        if how is not How.FOREIGN:
            return self._search(talk, question, talk.language)
        return max((self._search(talk, question, language) for language in Language), key=lambda found: found.right)

    def _sections(self, talk: Talk, source: str, scope: Scope | None = None) -> tuple[Passage, ...]:
        try:
            return self.library.sections(source, scope or talk.scope)
        except NoIndex:
            return ()

    def _altered(self, talk: Talk, question: str, how: How) -> tuple[Altered, ...]:
        """How the proven contract of the person differs from the newest of its kind, where somebody confirmed it."""
        own = talk.scope.contract
        if not own or how is not How.ASKED or not asks_what_changes(question):
            return ()
        anybody = replace(talk.scope, contract="")  # for whom the newest version is the one in force
        with self.db.read() as tx:
            confirmed = contracts.confirmed_diffs(tx)
        for one in confirmed:
            old, new = self._sections(talk, one.old_source), self._sections(talk, one.new_source, anybody)
            if not old or not new or old[0].contract != own or new[0].contract == own:
                continue
            if old[0].language is talk.language and family(new[0].contract) == family(own):
                return quoted_alterations(one.entries, old, new)
        return ()

    def _search(self, talk: Talk, question: str, language: Language) -> Found:
        try:
            return self._with_odds(talk, self.library.search(question, language, talk.scope))
        except NoIndex:
            return Found((), 0.0, 0.0)

    def _with_odds(self, talk: Talk, found: Found) -> Found:
        """What was found, with all that the same contracts say otherwise on its points."""
        shown = [passage for passage in (*found.passages, *found.variants) if passage.kind is Kind.CONTRACT]
        at_odds: dict[str, tuple[AtOdds, ...]] = {}
        for source in dict.fromkeys(passage.source for passage in shown):
            with self.db.read() as tx:
                disputed = read_conflicts(tx, source)
            if disputed:
                ours = [passage for passage in shown if passage.source == source]
                at_odds |= clauses_at_odds(ours, disputed, self._sections(talk, source))
        return replace(found, at_odds=at_odds) if at_odds else found
