"""What is kept of contracts: quotes are slices, reviews stay with their words, only a confirmed comparison is used."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from knowledge.contract_diff import Version, as_plain, diff
from knowledge.contract_keeping import stored_clauses
from knowledge.ingest import ingest
from knowledge.terms import term_from_plain
from records.database import Database
from records.errors import NotFound
from records.settings import Workspace, load_workspace
from records.store import contracts as store
from tests.knowledge.documents import BLANKS, write

OLD = """## 1. Preaviso

1.1. Para no renovar, el cliente avisará con una antelación mínima de quince (15) días naturales.

## 2. Ley

2.1. El contrato se rige por la ley española.
"""
NEW = OLD.replace("quince (15)", "treinta (30)")
OLD_NAME, NEW_NAME = "contracts/terms-2024.es.md", "contracts/terms-2027.es.md"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "relevo.toml").write_text(BLANKS, encoding="utf-8")
    write(tmp_path, OLD_NAME, OLD)
    write(tmp_path, NEW_NAME, NEW)
    return load_workspace(tmp_path)


def _read(db: Database, source: str) -> store.StoredContract:
    with db.read() as tx:
        return store.contract(tx, source)


def test_what_is_kept_quotes_the_text(db: Database, workspace: Workspace, now: datetime) -> None:
    ingest(db, workspace, now)
    kept = _read(db, NEW_NAME)
    assert [clause.path for clause in kept.clauses] == ["1", "1.1", "2", "2.1"]
    assert kept.locale == "es"
    terms = [term_from_plain(term.term) for term in kept.terms]
    assert [(term.kind, term.quote, term.path) for term in terms] == [
        ("notice", "treinta (30) días naturales", "1.1"),
        ("law", "la ley española", "2.1"),
    ]
    assert all(kept.text[term.start : term.end] == term.quote for term in terms)


def test_a_review_stays_until_the_words_change(db: Database, workspace: Workspace, now: datetime) -> None:
    ingest(db, workspace, now)
    notice, law = _read(db, OLD_NAME).terms
    with db.write() as tx:
        store.review(tx, OLD_NAME, notice.id, "confirmed", "ana@example.com", now)
        store.review(tx, OLD_NAME, law.id, "rejected", "ana@example.com", now)
        with pytest.raises(NotFound, match="contracts show"):
            store.review(tx, OLD_NAME, "none", "confirmed", "ana@example.com", now)
    write(workspace.root, OLD_NAME, OLD + "\n## 3. Varios\n\n3.1. Nada más.\n")
    ingest(db, workspace, now)
    kept = _read(db, OLD_NAME)
    assert [(term.status, term.reviewed_by, term.reviewed_at) for term in kept.terms] == [
        ("confirmed", "ana@example.com", now),
        ("rejected", "ana@example.com", now),
    ]
    write(workspace.root, OLD_NAME, OLD.replace("quince (15)", "veinte (20)"))
    ingest(db, workspace, now)
    assert [term.status for term in _read(db, OLD_NAME).terms] == ["proposed", "rejected"]


def test_what_is_trusted_was_confirmed_or_read_surely(db: Database, workspace: Workspace, now: datetime) -> None:
    ingest(db, workspace, now)
    notice, law = _read(db, OLD_NAME).terms
    sure, unsure = 0.0, 1.0

    def trusted(above: float) -> list[Mapping[str, Any]]:
        with db.read() as tx:
            return list(store.trusted_terms(tx, OLD_NAME, above))

    assert trusted(sure) == [notice.term, law.term]
    assert trusted(unsure) == []
    with db.write() as tx:
        store.review(tx, OLD_NAME, notice.id, "confirmed", "ana@example.com", now)
        store.review(tx, OLD_NAME, law.id, "rejected", "ana@example.com", now)
    assert trusted(sure) == trusted(unsure) == [notice.term]


def test_what_is_gone_is_forgotten(db: Database, workspace: Workspace, now: datetime) -> None:
    ingest(db, workspace, now)
    (workspace.content / OLD_NAME).unlink()
    ingest(db, workspace, now)
    with pytest.raises(NotFound, match="contracts list"):
        _read(db, OLD_NAME)
    assert _read(db, NEW_NAME).terms


def test_a_comparison_counts_once_confirmed_and_until_a_file_changes(
    db: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(db, workspace, now)
    old, new = _read(db, OLD_NAME), _read(db, NEW_NAME)
    sides = [Version(stored_clauses(one), [term_from_plain(term.term) for term in one.terms]) for one in (old, new)]
    with db.write() as tx:
        assert store.confirmed_diff(tx, OLD_NAME, NEW_NAME) is None
        store.confirm_diff(tx, old, new, as_plain(diff(*sides)), "ana@example.com", now)
        confirmed = store.confirmed_diff(tx, OLD_NAME, NEW_NAME)
        assert store.confirmed_diff(tx, NEW_NAME, OLD_NAME) is None
    assert confirmed is not None
    assert [entry["change"] for entry in confirmed.entries] == ["same", "changed", "same", "same"]
    write(workspace.root, NEW_NAME, NEW.replace("treinta (30)", "sesenta (60)"))
    ingest(db, workspace, now)
    with db.read() as tx:
        assert store.confirmed_diff(tx, OLD_NAME, NEW_NAME) is None


def test_what_the_limits_refused_is_not_opened_without_them(db: Database, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "relevo.toml").write_text(f"[ingest]\nseconds_per_document = 0.01\n{BLANKS}", encoding="utf-8")
    slow = "<html lang='es'><h2>1. Objeto</h2>" + "<p>El servicio es de lectura.</p>" * 2_000
    write(tmp_path, "contracts/slow.es.html", slow)
    report = ingest(db, load_workspace(tmp_path), now)
    assert [name for name, _ in report.refused] == ["contracts/slow.es.html"]
    with db.read() as tx:
        assert store.hashes(tx) == {}
