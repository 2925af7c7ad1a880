"""What a person approved is answered within seconds, in every process, without an ingest, and stays at the next one."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from console.exporting import Exported, export, reads_alike
from knowledge.answers import draft, why_not_grounded
from knowledge.ingest import ingest
from knowledge.library import LiveLibrary
from records.database import Database
from records.phrasings import Origin, Phrasing, Written
from records.settings import Workspace, load_workspace
from records.store import candidates, cases, conversations, own_entries
from records.store import knowledge as store
from records.store.candidates import Standing
from records.store.own_entries import OwnEntry
from records.types import ChannelName, Language, Reason
from tests.knowledge.documents import BLANKS, FAQ_ES, make_workspace, write

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


# ---------------------------------------------------------------- entries of staff

GIFT = Written("¿Puedo regalar una suscripción a mi madre?", "Sí: en la tienda, con una tarjeta de 25 €.", Language.ES)


def approved(db: Database, written: Written, now: datetime, mended: tuple[str, str] | None = None) -> OwnEntry:
    """An entry that staff wrote to a case and somebody approved."""
    with db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.WEB, written.question, now)
        case = cases.NewCase(
            f"cas_{talk.id}"[:40], f"R-{talk.id[-6:]}", talk.id, None, Reason.NO_SOURCE, written.language, "", None
        )
        cases.open(tx, case, now)
        assert own_entries.propose(tx, case.id, "marta", written, now)
        (waiting,) = own_entries.proposed(tx)
        return own_entries.approve(tx, waiting.id, "ana@farolito.example", now, mended)


def test_an_answer_of_staff_is_given_in_seconds_and_the_file_speaks_for_it_once_exported(
    db: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(db, workspace, now)
    library = LiveLibrary(db, workspace)
    assert library.search(GIFT.question, Language.ES).passages[0].text != GIFT.answer
    entry = approved(db, GIFT, now)
    assert library.learn()
    found = library.search("quiero regalarle una suscripción a mi hermana", Language.ES)
    first = found.passages[0]
    assert (first.source, first.path, first.text) == ("faq/from-cases.es.md", entry.path, GIFT.answer)
    made = draft("regalo", found, Language.ES)
    assert why_not_grounded(made, found.passages, Language.ES) == ""
    assert made.citations[0].title == GIFT.question
    with db.read() as tx:
        (own,) = [one for one in store.all_entries(tx) if one.path == entry.path]
        assert store.entry_of(tx, own.id) == store.entry(tx, entry.source, entry.path) == own

    assert export(db, workspace.content, now + timedelta(minutes=1)) == Exported((entry,), ())
    assert export(db, workspace.content, now + timedelta(minutes=2)) == Exported((), ())
    ingest(db, workspace, now + timedelta(minutes=3))
    held = library.search(GIFT.question, Language.ES).passages
    assert [one.text for one in held if one.path == entry.path] == [GIFT.answer]
    written = workspace.content / entry.source
    written.write_text(written.read_text(encoding="utf-8").replace("25 €", "30 €"), encoding="utf-8")
    ingest(db, workspace, now + timedelta(minutes=4))
    (mended,) = [one for one in library.search(GIFT.question, Language.ES).passages if one.path == entry.path]
    assert "30 €" in mended.text
    written.unlink()
    ingest(db, workspace, now + timedelta(minutes=5))
    assert all(one.path != entry.path for one in library.search(GIFT.question, Language.ES).passages)


def test_an_answer_may_be_mended_forgotten_and_be_the_first_text_of_its_language(
    lite: Database, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "relevo.toml").write_text(BLANKS, encoding="utf-8")
    write(tmp_path, "faq/basics.es.md", FAQ_ES)
    workspace = load_workspace(tmp_path)
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    library.search(SLANG, Language.ES)
    english = Written("Can I give it as a gift?", "Yes, for •••.", Language.EN)
    entry = approved(lite, english, now, ("Can I give it as a gift?", "Yes, in the shop."))
    assert library.learn()
    (found,) = library.search("is there a gift card?", Language.EN).passages[:1]
    assert (found.text, found.path) == ("Yes, in the shop.", entry.path)
    with lite.write() as tx:
        own_entries.dismiss(tx, entry.id)
    assert library.learn()
    assert all(one.path != entry.path for one in library.search("is there a gift card?", Language.EN).passages)


@pytest.mark.parametrize(
    ("answer", "alike"),
    [
        ("1. Uno\n2. Dos\n\nY ya.", True),
        ("a < b, [x] y *y*", True),
        ("# No es un título", False),
        ("> no es una cita\n\nSigue.", False),
        ("Primero esto\n---\ny esto", False),
        ("Sigue.\n\n> SMS: corto", False),
    ],
)
def test_what_would_read_otherwise_in_a_file_is_told(answer: str, alike: bool, now: datetime) -> None:
    entry = OwnEntry("ent_0", Written("¿Y esto {#x}?", answer, Language.ES), "ana@farolito.example", now)
    assert reads_alike(entry) is alike
