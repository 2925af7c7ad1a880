"""What a person approved is answered within seconds, in every process, without an ingest, and stays at the next one."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from knowledge.answers import draft
from knowledge.ingest import ingest
from knowledge.library import LiveLibrary
from records.database import Database
from records.phrasings import Origin, Phrasing
from records.settings import Workspace
from records.store import candidates
from records.store.candidates import Standing
from records.types import Language
from tests.knowledge.documents import FAQ_ES, make_workspace, write

SLANG = "olvidé el santo y seña"
PRICE = Phrasing("faq/basics.es.md", "price", Language.ES, SLANG)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path)


def decide(db: Database, said: Phrasing, standing: Standing, now: datetime) -> None:
    with db.write() as tx:
        candidates.propose(tx, said, Origin.THUMB, "con_1", "", now)
        candidates.decide(tx, said.id, standing, "ana@farolito.example")


def chance(library: LiveLibrary, path: str, question: str = SLANG) -> float:
    """That of the entry at `path`; 0 unless it comes first."""
    found = library.search(question, Language.ES)
    return found.right if found.passages[0].path == path else 0.0


def test_what_is_approved_is_answered_by_every_process_and_after_the_next_ingest(
    db: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(db, workspace, now)
    here, elsewhere = LiveLibrary(db, workspace), LiveLibrary(db, workspace)
    before = chance(here, "price"), chance(elsewhere, "price")
    assert not here.learn()
    decide(db, PRICE, Standing.APPROVED, now)
    assert (chance(here, "price"), chance(elsewhere, "price")) == before
    assert here.learn()
    assert elsewhere.learn()
    assert not here.learn()
    taught = chance(here, "price")
    assert taught > max(before)
    assert chance(elsewhere, "price") == chance(LiveLibrary(db, workspace), "price") == taught
    drafted = draft(SLANG, here.search(SLANG, Language.ES), Language.ES)
    assert drafted.citations[0].path == "price"

    write(workspace.root, "faq/basics.es.md", FAQ_ES + "\n## ¿Hay app? {#tv}\n\n> televisor\n\nSí, en la tienda.\n")
    ingest(db, workspace, now)
    assert here.number() == 2
    assert chance(here, "price") > max(before)
    assert not here.learn()


def test_no_forgets_gone_entries_teach_nothing_and_five_ways_become_words(
    lite: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    assert not library.learn()  # nothing is loaded before the first question
    before = chance(library, "price")
    decide(lite, PRICE, Standing.APPROVED, now)
    assert library.learn()
    assert chance(library, "price") > before
    decide(lite, PRICE, Standing.REJECTED, now)
    decide(lite, Phrasing("faq/gone.es.md", "x", Language.ES, SLANG), Standing.APPROVED, now)
    assert library.learn()
    assert chance(library, "price") == before

    chances = []
    for number in range(5):
        said = replace(PRICE, text=f"zarandaja {number}")
        decide(lite, said, Standing.APPROVED, now)
        assert library.learn()
        chances.append(chance(library, "price", "la zarandaja"))
    assert chances[4] > chances[3]
