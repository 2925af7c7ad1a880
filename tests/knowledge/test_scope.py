"""Texts for some people only, from file to search."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from knowledge.ingest import ingest
from knowledge.library import LiveLibrary
from knowledge.passages import Found, KnowledgeError
from knowledge.scope import Scope
from records.database import Database
from records.settings import Workspace
from records.types import Language
from tests.knowledge.documents import CONTRACT_ES, make_workspace, write

SCOPED = """---
language: es
countries: [ES, MX]
---

## ¿Dónde entro en mi cuenta? {#enter-before stage=before}

> con qué página entro

Entra en la página de siempre.

## ¿Dónde entro en mi cuenta? {#enter-after stage=after}

> con qué página entro

Entra en la página nueva.

## ¿Hay una oferta de verano? {#summer valid_from=2027-06-01 valid_until=2027-08-31}

> descuento de verano

Sí, dos meses gratis.
"""
ASKED = "¿con qué página entro en mi cuenta?"
DAY = date(2027, 3, 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = make_workspace(tmp_path)
    write(tmp_path, "faq/scoped.es.md", SCOPED)
    write(tmp_path, "contracts/terms-2024.es.md", CONTRACT_ES.replace("14 días", "7 días"))
    return workspace


def _asked(library: LiveLibrary, question: str, scope: Scope) -> Found:
    return library.search(question, Language.ES, scope)


def test_only_what_is_for_this_person_is_found(db: Database, workspace: Workspace, now: datetime) -> None:
    assert ingest(db, workspace, now).refused == ()
    library = LiveLibrary(db, workspace)
    moved = _asked(library, ASKED, Scope(country="ES", moved=True, on=DAY))
    assert moved.passages[0].path == "enter-after"
    assert "enter-before" not in {passage.path for passage in moved.passages}
    assert (moved.passages[0].depends, moved.variants) == ((), ())
    abroad = _asked(library, ASKED, Scope(country="AR", moved=True, on=DAY))
    assert not {"enter-after", "enter-before"} & {passage.path for passage in abroad.passages}


def test_unknown_keeps_every_variant_and_one_is_no_rival_of_the_other(
    lite: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    open_ = _asked(library, ASKED, Scope(on=DAY))
    assert {open_.passages[0].path, *(one.path for one in open_.variants)} == {"enter-after", "enter-before"}
    assert open_.passages[0].depends == ("country", "stage")
    assert open_.variants[0].reach.stage != open_.passages[0].reach.stage
    assert open_.variants[0].path not in {passage.path for passage in open_.passages}
    known = _asked(library, ASKED, Scope(country="ES", moved=open_.passages[0].path == "enter-after", on=DAY))
    assert open_.right == pytest.approx(known.right)


def test_out_of_season_is_never_found(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    for day, there in ((DAY, False), (date(2027, 6, 1), True), (date(2027, 9, 1), False), (None, False)):
        found = _asked(library, "hay descuento de verano", Scope(on=day))
        assert ("summer" in {passage.path for passage in found.passages}) is there


def test_versions_that_differ_come_together_until_the_version_is_known(
    lite: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    asked = "qué dice la cláusula 2.2 del plazo de desistimiento"
    found = _asked(library, asked, Scope(on=DAY))
    assert found.passages[0].contract == "terms-2027"
    assert [(one.contract, "7 días" in one.text) for one in found.variants] == [("terms-2024", True)]
    assert _asked(library, asked, Scope(on=DAY, contract="terms-2027")).variants == ()
    same = _asked(library, "cuánto dura el contrato, qué dice la cláusula 1.1", Scope(on=DAY))
    assert (same.passages[0].path, same.variants) == ("1.1", ())


def test_what_stands_beside_a_file_counts_and_its_change_is_read(
    lite: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(lite, workspace, now)
    said = write(workspace.root, "sources.toml", '["contracts/terms-2027.es.md"]\nvalid_from = 2027-03-02\n')
    assert ingest(lite, workspace, now).changed == ("contracts/terms-2027.es.md",)
    library = LiveLibrary(lite, workspace)
    asked = "plazo de desistimiento del contrato"
    for day, version in ((DAY, "terms-2024"), (date(2027, 3, 2), "terms-2027")):
        passages = _asked(library, asked, Scope(on=day)).passages
        assert {passage.contract for passage in passages if passage.contract} == {version}
    said.write_text('["contracts/none.es.md"]\nstage = "after"\n', encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"there is no file 'contracts/none\.es\.md'"):
        ingest(lite, workspace, now)


def test_a_changed_reach_alone_is_kept_over_later_ingests(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    path = workspace.content / "faq/scoped.es.md"
    path.write_text(SCOPED.replace("[ES, MX]", "[AR]"), encoding="utf-8")
    ingest(lite, workspace, now)
    write(workspace.root, "faq/more.es.md", "---\nlanguage: es\n---\n## ¿Hay app? {#app}\n\nSí.\n")
    ingest(lite, workspace, now)
    found = _asked(LiveLibrary(lite, workspace), ASKED, Scope(country="AR", moved=True, on=DAY))
    assert found.passages[0].path == "enter-after"
    assert replace(found.passages[0].reach, stage="").countries == ("AR",)


def test_a_bad_value_names_file_and_key(lite: Database, workspace: Workspace, now: datetime) -> None:
    write(workspace.root, "faq/bad.es.md", "---\nlanguage: es\nstage: soon\n---\n## ¿Uno? {#one}\n\nSí.\n")
    write(workspace.root, "faq/odd.es.md", "---\nlanguage: es\n---\n## ¿Uno? {#one colour=red}\n\nSí.\n")
    refused = dict(ingest(lite, workspace, now).refused)
    assert "stage: 'soon' is neither before nor after" in refused["faq/bad.es.md"]
    assert "colour: is not known here" in refused["faq/odd.es.md"]
