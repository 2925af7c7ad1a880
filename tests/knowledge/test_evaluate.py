"""The run format, and that a contract in a question narrows the search to it."""

import json
from pathlib import Path

import pytest

from knowledge.evaluate import evaluate
from knowledge.passages import KnowledgeError


def _lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_run_format(tmp_path: Path) -> None:
    documents = _lines(
        tmp_path / "d.jsonl",
        [
            {
                "id": "a",
                "title": "Cancel the plan",
                "text": "Open the account page and press cancel.",
                "phrasings": ["stop my plan"],
            },
            {
                "id": "b",
                "title": "Change the card",
                "text": "Open payments and type the new card.",
                "phrasings": ["new card"],
            },
            {"id": "c", "title": "Fees", "text": "The fee is ten euros.", "contract": "k1"},
            {"id": "d", "title": "Fees", "text": "The fee is twelve euros.", "contract": "k2"},
        ],
    )
    queries = _lines(
        tmp_path / "q.jsonl",
        [
            {"id": 1, "text": "how do i stop my plan"},
            {"id": 2, "text": "what is the fee", "contract": "k2", "lang": "en"},
        ],
    )
    out = tmp_path / "run.jsonl"
    assert evaluate(documents, queries, out, handoff=lambda _: 0.25) == 2
    first, second = (json.loads(line) for line in out.read_text().splitlines())
    assert first["qid"] == "1"
    assert first["ranked"][0] == "a"
    assert second["ranked"] == ["d"]
    assert second["extract"] == "The fee is twelve euros."
    assert first["handoff"] == 0.25
    assert 0 < first["score"] <= first["answerable"] <= 1


def test_bad_line_is_named(tmp_path: Path) -> None:
    documents = _lines(tmp_path / "d.jsonl", [{"id": "a", "title": "x"}])
    with pytest.raises(KnowledgeError, match=r"d\.jsonl:1: needs the key 'text'"):
        evaluate(documents, documents, tmp_path / "out")
