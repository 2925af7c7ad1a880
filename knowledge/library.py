"""The live index: loads the generation the records point at, and notices when they point elsewhere.

One that is missing, half built or damaged does not answer: the newest earlier one that is whole does, and the log says so.
"""

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from knowledge.confidence import shipped_heads
from knowledge.dense import Dense, with_dense
from knowledge.index import Generation, ordered, read
from knowledge.own_log import OwnLog
from knowledge.passages import Chunk, Found, Kind, NoIndex, Passage
from knowledge.scope import ANYBODY, Fit, Scope, fit
from knowledge.search import passage_of, search
from knowledge.standing import index_folder
from records.database import Database, Tx
from records.settings import Workspace
from records.store import candidates, facts
from records.store import knowledge as store
from records.types import Language

OWN_LOG = "own_log"
_log = structlog.get_logger()


def own_log_of(tx: Tx) -> OwnLog | None:
    """The workspace's own thresholds, with what is claimed for them; None while the shipped ones count."""
    kept = facts.read(tx, OWN_LOG)
    return OwnLog.from_json(kept) if kept else None


class LiveLibrary:
    """Answers from the live generation and what people approved since it was made.

    Safe for threads; loads on the first question and after a switch, and learns later approvals when told to (`learn`).
    """

    def __init__(self, db: Database, workspace: Workspace, dense: Dense | None = None) -> None:
        self._db, self._dense = db, dense
        self._folder = index_folder(workspace)
        self._server = workspace.settings.chroma_url
        self._guard = threading.Lock()
        self._held: _Held | None = None

    def search(self, question: str, language: Language, scope: Scope = ANYBODY) -> Found:
        """The best passages and their chances. Raises NoIndex before the first `relevo ingest`."""
        found = search(self._generation(), shipped_heads(), question, language, scope)
        own = self.own_log()
        return found if own is None else replace(found, certain=own.certain)

    def as_ingested(self, question: str, language: Language) -> Found:
        """The same without what was learned: for judging by questions that may be among it. Raises NoIndex."""
        self._generation()
        held = self._held
        assert held is not None
        return search(held.plain, shipped_heads(), question, language)

    def own_log(self) -> OwnLog | None:
        """The workspace's own thresholds, with what is claimed for them; None while the shipped ones count."""
        with self._db.read() as tx:
            return own_log_of(tx)

    def sections(self, source: str, scope: Scope = ANYBODY) -> tuple[Passage, ...]:
        """Everything of one source that is for this person, in its order. Raises NoIndex."""
        generation = self._generation()
        return tuple(
            passage_of(chunk, 1.0, scope, alone=chunk.id in generation.alone[language])
            for language, tongue in generation.tongues.items()
            for chunk in ordered(tongue)
            if chunk.source == source and fit(chunk.reach, scope) is not Fit.OUT
        )

    def trouble(self) -> str:
        """Why nothing can be found and what to do about it; empty while the index answers."""
        try:
            self._generation()
        except NoIndex as error:
            return str(error)
        return ""

    def number(self) -> int:
        """The generation that answers now; 0 when there is none."""
        with self._db.read() as tx:
            return store.live(tx)

    def learn(self) -> bool:
        """Take in what people approved since it was loaded; True when there was something.

        Takes seconds, and questions are answered as before meanwhile: call it from a thread that keeps nobody waiting.
        """
        held = self._held
        if held is None:
            return False
        with self._db.read() as tx:
            version = candidates.version(tx)
        if held.version >= version:
            return False
        taught = self._taught(held.number, held.plain)
        with self._guard:
            if self._held is held:
                self._held = taught
                _log.info("index.learned", generation=held.number, version=taught.version)
        return True

    def _generation(self) -> Generation:
        number = self.number()
        if not number:
            raise NoIndex("nothing has been ingested yet; run `relevo ingest`.")
        held = self._held
        if held is not None and held.number == number:
            return held.taught
        with self._guard:
            if self._held is None or self._held.number != number:
                self._held = self._taught(number, self._load(number))
            return self._held.taught

    def _taught(self, number: int, plain: Generation) -> "_Held":
        with self._db.read() as tx:
            version, said = candidates.version(tx), candidates.by_entry(candidates.approved(tx))
            own = [_chunk(one) for one in store.own_entries_now(tx)]
        grown = plain.with_entries(own) if own else plain
        learned = {
            chunk.id: said[chunk.source, chunk.path]
            for tongue in grown.tongues.values()
            for chunk in ordered(tongue)
            if chunk.kind is Kind.FAQ and (chunk.source, chunk.path) in said
        }
        return _Held(number, plain, version, grown.with_phrasings(learned) if learned else grown)

    def _load(self, number: int) -> Generation:
        """The live generation, or the newest before it that is whole. Raises NoIndex when none is."""
        try:
            return self._read(self._folder / str(number))
        except NoIndex as damaged:
            for earlier in self._before(number):
                with suppress(NoIndex):
                    found = self._read(self._folder / earlier)
                    _log.warning("index.damaged", why=str(damaged), answers_instead=earlier)
                    return found
            raise

    def _before(self, number: int) -> list[str]:
        with self._db.read() as tx:
            return [one.folder for one in store.ready(tx) if one.id != number]

    def _read(self, folder: Path) -> Generation:
        generation = read(folder, self._server)
        return generation if self._dense is None else with_dense(generation, folder, self._server, self._dense)


@dataclass(frozen=True)
class _Held:
    """A generation as it was ingested, and with what people approved up to `version`."""

    number: int
    plain: Generation
    version: int
    taught: Generation


def _chunk(one: store.StoredChunk) -> Chunk:
    return Chunk(one.id, one.source, one.path, one.title, one.text, Language(one.language), Kind.FAQ)


def rollback(db: Database) -> int:
    """Let the generation before the live one answer again; its number. Raises NoIndex when there is none before."""
    with db.write() as tx:
        live = store.live(tx)
        before = next((one.id for one in store.ready(tx) if one.id < live), 0)
        if not before:
            raise NoIndex("there is no earlier generation of the index to go back to.")
        store.point(tx, before)
    return before
