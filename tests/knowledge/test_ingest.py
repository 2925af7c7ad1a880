"""Documents -> index -> found -> drafted, and what happens when documents change."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge.answers import draft, why_not_grounded
from knowledge.blanks import open_blanks
from knowledge.changes import Wish
from knowledge.gathering import content_files
from knowledge.index import read as read_index
from knowledge.ingest import ingest
from knowledge.library import LiveLibrary, rollback
from knowledge.passages import BadLexicon, KnowledgeError, NoIndex
from knowledge.scope import Scope
from knowledge.standing import index_folder
from records.database import Database
from records.settings import Workspace, load_workspace
from records.store import knowledge as store
from records.types import Language
from tests.console.command_line import run
from tests.knowledge.documents import CONTRACT_ES, FAQ_ES, make_workspace, write


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path)


def test_ingest_search_draft(db: Database, workspace: Workspace, now: datetime) -> None:
    report = ingest(db, workspace, now)
    assert len(report.added) == 4
    assert report.refused == ()
    found = LiveLibrary(db, workspace).search("q precio tiene cada mes", Language.ES)
    drafted = draft("q precio tiene cada mes", found, Language.ES)
    assert drafted.citations[0].source == "faq/basics.es.md"
    assert drafted.citations[0].path == "price"
    assert drafted.text == "El plan mensual cuesta 8,99 € y se cobra el mismo día de siempre."
    assert why_not_grounded(drafted, found.passages, Language.ES) == ""


def test_again_does_nothing(lite: Database, workspace: Workspace, now: datetime) -> None:
    first = ingest(lite, workspace, now)
    again = ingest(lite, workspace, now)
    assert again.nothing_new
    assert again.generation == first.generation == 1
    assert len(again.unchanged) == 4


def test_only_what_changed_changes(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    assert library.search("desistir", Language.ES).passages
    write(
        workspace.root,
        "faq/basics.es.md",
        FAQ_ES + "\n## ¿Hay app para la tele? {#tv}\n\n> televisor\n\nSí, en la tienda.\n",
    )
    (workspace.content / "contracts/terms-2027.es.md").unlink()
    report = ingest(lite, workspace, now)
    assert report.changed == ("faq/basics.es.md",)
    assert report.removed == ("contracts/terms-2027.es.md",)
    assert library.number() == 2
    assert library.search("app para la tele", Language.ES).passages[0].path == "tv"
    assert all(passage.kind != "contract" for passage in library.search("desistir", Language.ES).passages)


def test_rollback_goes_back_and_stays(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    with pytest.raises(NoIndex):
        rollback(lite)
    write(workspace.root, "faq/more.es.md", "---\nlanguage: es\n---\n## ¿Hay descuento? {#off}\n\nNo.\n")
    ingest(lite, workspace, now)
    assert rollback(lite) == 1
    library = LiveLibrary(lite, workspace)
    assert "off" not in {passage.path for passage in library.search("hay descuento", Language.ES).passages}
    assert ingest(lite, workspace, now).nothing_new


def test_open_blank_is_a_problem_and_never_a_chunk(lite: Database, tmp_path: Path, now: datetime) -> None:
    workspace = make_workspace(tmp_path, '[blanks.en]\nprice_monthly = "€8.99"\n')
    report = ingest(lite, workspace, now)
    assert report.refused == (("faq/basics.es.md", "entry #price has the open blank [[price_monthly]]"),)
    with lite.read() as tx:
        held = store.chunks_of(tx, report.generation, ["faq/basics.es.md"])
    assert [chunk.path for chunk in held] == ["password", "share"]
    open_ = open_blanks(workspace.content, workspace.settings.blanks)
    assert [(one.file, one.name) for one in open_] == [("faq/basics.es.md", "price_monthly")]
    filled = load_workspace(tmp_path, blanks={"es": {"price_monthly": "9 €"}, "en": {"price_monthly": "€9"}})
    assert ingest(lite, filled, now).refused == ()


def test_refused_file_names_itself_and_the_rest_goes_in(lite: Database, workspace: Workspace, now: datetime) -> None:
    (workspace.content / "contracts/broken.es.pdf").write_bytes(b"not a pdf")
    report = ingest(lite, workspace, now)
    assert [name for name, _ in report.refused] == ["contracts/broken.es.pdf"]
    assert LiveLibrary(lite, workspace).search("contraseña", Language.ES).passages[0].path == "password"


def test_link_out_of_the_content_is_refused(
    lite: Database, workspace: Workspace, now: datetime, tmp_path: Path
) -> None:
    outside = tmp_path / "private.md"
    outside.write_text("## What nobody may read {#secret}\n\nThe safe is behind the door.\n", encoding="utf-8")
    (workspace.content / "faq" / "aside.en.md").symlink_to(outside)
    with pytest.raises(KnowledgeError, match=r"faq/aside\.en\.md: leads out of content/ by a link"):
        ingest(lite, workspace, now)
    (workspace.content / "faq" / "aside.en.md").unlink()
    (workspace.content / "faq" / "again.es.md").symlink_to(workspace.content / "faq" / "basics.es.md")
    assert "faq/again.es.md" in ingest(lite, workspace, now).added


def test_clause_by_number_and_own_version(lite: Database, workspace: Workspace, now: datetime) -> None:
    write(workspace.root, "contracts/terms-2024.es.md", CONTRACT_ES.replace("14 días", "7 días"))
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    newest = library.search("qué dice la cláusula 2.2", Language.ES)
    assert newest.passages[0].source == "contracts/terms-2027.es.md"
    assert "14 días" in draft("qué dice la cláusula 2.2", newest, Language.ES).text
    own = library.search("qué dice la cláusula 2.2", Language.ES, Scope(contract="terms-2024"))
    assert {passage.source for passage in own.passages if passage.kind == "contract"} == {"contracts/terms-2024.es.md"}
    item = library.search("¿qué dice la cláusula 2.1 b?", Language.ES)
    drafted = draft("¿qué dice la cláusula 2.1 b?", item, Language.ES)
    assert item.passages[0].path == "2.1 b"
    assert drafted.citations[0].quote in CONTRACT_ES
    assert "carta certificada" in drafted.text
    lettered = library.search("¿y la letra b de la cláusula 2.1?", Language.ES)
    assert lettered.passages[0].path == "2.1 b"
    worded = library.search("¿qué dice la cláusula primera?", Language.ES)
    assert worded.passages[0].path == "1.1"


def test_other_language_only_when_this_one_is_missing(lite: Database, workspace: Workspace, now: datetime) -> None:
    (workspace.content / "faq/basics.en.md").unlink()
    ingest(lite, workspace, now)
    found = LiveLibrary(lite, workspace).search("I forgot my password", Language.EN)
    assert found.passages[0].path == "password"
    assert found.passages[0].language is Language.ES


def test_an_index_that_was_tampered_with_is_not_opened(lite: Database, workspace: Workspace, now: datetime) -> None:
    with pytest.raises(NoIndex):
        LiveLibrary(lite, workspace).search("hola", Language.ES)
    ingest(lite, workspace, now)
    models = index_folder(workspace) / "1" / "models.pickle"
    models.write_bytes(models.read_bytes() + b"x")
    with pytest.raises(NoIndex, match="changed since it was written"):
        LiveLibrary(lite, workspace).search("hola", Language.ES)


def test_one_who_answers_for_months_keeps_no_file_of_an_index_open(
    lite: Database, workspace: Workspace, now: datetime
) -> None:
    """Chroma keeps every folder it was asked for, until it is told otherwise."""
    library = LiveLibrary(lite, workspace)
    for again in range(3):
        write(workspace.root, "faq/basics.es.md", FAQ_ES.replace("8,99", f"{again},99"))
        ingest(lite, workspace, now)
        assert library.search("precio", Language.ES).passages
    assert [file for file in _open_files() if index_folder(workspace) in file.parents] == []


def _open_files() -> list[Path]:
    handles = Path("/proc/self/fd")
    if not handles.is_dir():
        pytest.skip("this system does not say which files a process holds open")
    return [handle.readlink() for handle in handles.iterdir() if handle.is_symlink()]


def test_generations_of_the_same_words_share_them(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    ingest(lite, workspace, now, wish=Wish(rebuild=True))
    one, other = (read_index(index_folder(workspace) / number, "") for number in "12")
    assert one.lexicon is other.lexicon


def test_a_build_that_fails_leaves_the_old_one_answering(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    write(workspace.root, "faq/more.es.md", "---\nlanguage: es\n---\n## ¿Hay descuento? {#off}\n\nNo.\n")

    def stop(done: int, total: int, label: str) -> None:
        if label.startswith("index"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(lite, workspace, now, stop)
    assert LiveLibrary(lite, workspace).number() == 1
    report = ingest(lite, workspace, now)
    assert report.added == ("faq/more.es.md",)
    assert report.generation == 3


def test_own_lexicon_counts_from_the_next_ingest(db: Database, workspace: Workspace, now: datetime) -> None:
    ingest(db, workspace, now)
    own = workspace.content / "lexicon.yaml"
    own.write_text("concepts: [{id: password, es: [zarandaja]}]", encoding="utf-8")
    before = LiveLibrary(db, workspace).search("zarandaja", Language.ES)
    assert all(passage.path != "password" for passage in before.passages[:1])
    report = ingest(db, workspace, now)
    assert (report.nothing_new, report.generation) == (True, 2)
    assert LiveLibrary(db, workspace).search("zarandaja", Language.ES).passages[0].path == "password"
    assert ingest(db, workspace, now).generation == 2
    own.unlink()
    assert ingest(db, workspace, now).generation == 3


def test_bad_lexicon_is_refused_and_the_old_index_answers(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    own = workspace.content / "lexicon.yaml"
    for text, said in ((b"concepts: [{id: tram, es: [tranvia]}]", "'tram' has no 'en' forms"), (b"\xff\xfe", "UTF-8")):
        own.write_bytes(text)
        with pytest.raises(BadLexicon, match=said):
            ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    assert library.number() == 1
    assert library.search("contraseña", Language.ES).passages


LOADED = """\
import sys
from console.cli import main

sys.argv = ["relevo", "-w", *sys.argv[1:]]
try:
    main()
finally:
    print(" ".join(sys.modules), file=sys.stderr)
"""
HEAVY = {
    *("numpy", "scipy", "sklearn", "bm25s", "chromadb", "langchain_core", "dbos", "alembic", "Stemmer", "ruamel"),
    *("lxml", "bs4", "docx", "pypdf", "markdown_it", "http.client", "channels", "bot", "campaigns"),
    *("knowledge.building", "knowledge.index", "knowledge.library", "knowledge.reading", "knowledge.loaders"),
    *("knowledge.contract_keeping", "knowledge.fetch"),
}


def test_asking_again_loads_nothing_that_reads_or_fits(tmp_path: Path) -> None:
    """All of the time of an ingest that finds nothing changed is loading; so what it may not load is held, not a time."""
    make_workspace(tmp_path)
    assert run(tmp_path, "ingest").code == 0
    unchanged, loaded = _loaded_by(tmp_path, "ingest", "--json")
    assert len(unchanged["unchanged"]) == 4
    assert HEAVY & loaded == set()


UNASKED = {
    *("sklearn", "bm25s", "chromadb", "langchain_core", "langchain_chroma", "dbos", "alembic", "ruamel", "telegram"),
    *("lxml", "docx", "pypdf", "fastapi", "knowledge.building", "knowledge.loaders", "lingua"),
}


@pytest.mark.parametrize("question", ["¿Recupero después contraseñas olvidadas?", "How do I change my password?"])
def test_a_first_answer_loads_nothing_that_reads_or_fits(tmp_path: Path, question: str) -> None:
    """Nor Chroma, whose vectors are copied, nor lingua where a question's words and signs decide its language."""
    make_workspace(tmp_path)
    assert run(tmp_path, "ingest").code == 0
    answer, loaded = _loaded_by(tmp_path, "ask", question, "--json")
    assert (answer["decision"], answer["citations"][0]["path"]) == ("answer", "password")
    assert UNASKED & loaded == set()


def _loaded_by(root: Path, *arguments: str) -> tuple[dict[str, Any], set[str]]:
    """What a command printed, in a process of its own, and every module it left loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(root), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout), set(done.stderr.split())


def test_files_are_found_in_folders_of_folders_in_one_order(tmp_path: Path) -> None:
    for name in ("faq/b.es.md", "faq/a/z.es.md", "faq/a.es.md", "faq/.git/x.md", "faq/~lock.md", "tutorials/.hid.md"):
        write(tmp_path, name, "x")
    content = tmp_path / "content"
    (content / "faq/linked").symlink_to(content / "faq/a")
    (content / "faq/again.es.md").symlink_to(content / "faq/b.es.md")
    assert list(content_files(content)) == [
        "faq/.git/x.md",
        "faq/a/z.es.md",
        "faq/a.es.md",
        "faq/again.es.md",
        "faq/b.es.md",
    ]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("answer", ["Bomba.", "La bomba de agua se enciende con la llave azul."])
def test_one_entry_is_enough_to_answer_from(lite: Database, tmp_path: Path, now: datetime, answer: str) -> None:
    (tmp_path / "relevo.toml").write_text("", encoding="utf-8")
    write(tmp_path, "faq/pump.es.md", f"---\nlanguage: es\n---\n\n## ¿Bomba? {{#pump}}\n\n{answer}\n")
    workspace = load_workspace(tmp_path)
    ingest(lite, workspace, now)
    found = LiveLibrary(lite, workspace).search("¿bomba?", Language.ES, Scope())
    assert [passage.text for passage in found.passages] == [answer]


def test_an_answer_stays_whole_or_is_refused(lite: Database, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "relevo.toml").write_text("", encoding="utf-8")
    whole = (
        " ".join(f"Paso {step}: mira lo que pone en la parte {step}." for step in range(200))
        + " Si no guardas, se pierde."
    )
    entries = (("¿Cómo reviso mi perfil? {#whole}", whole), ("¿Y el estante? {#long}", "Se lee en línea. " * 700))
    write(tmp_path, "faq/long.es.md", "".join(f"## {title}\n\n{answer}\n\n" for title, answer in entries))
    workspace = load_workspace(tmp_path)
    [(name, why)] = ingest(lite, workspace, now).refused
    assert name == "faq/long.es.md"
    assert why.startswith("entry #long has an answer of 11899 characters, more than 10000; cut it")
    found = LiveLibrary(lite, workspace).search("¿Cómo reviso mi perfil?", Language.ES)
    assert [passage.path for passage in found.passages] == ["whole"]
    assert draft("¿Cómo reviso mi perfil?", found, Language.ES).text == whole
