"""Asking on the command line: one question, a file of them, a conversation, and what is known of contracts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import app
from console.wiring import open_house
from records.store import cases
from tests.console.command_line import run

MOVES = ("16 de marzo", "16 March")  # F-0001's own date, as each language writes it
ANSWER_KEYS = {"decision", "reason", "text", "language", "choices", "citations", "confidence"}


# ---------------------------------------------------------------- ask


@pytest.mark.parametrize(
    ("language", "question"), [("es", "¿Por qué cambiáis de plataforma?"), ("en", "Why are you changing platform?")]
)
def test_a_covered_question_is_answered_with_its_source(sample: Path, language: str, question: str) -> None:
    said = run(sample, "ask", question, "--json").json
    assert set(said) == ANSWER_KEYS
    assert (said["decision"], said["reason"], said["language"]) == ("answer", "answered", language)
    first = said["citations"][0]
    assert set(first) == {"source", "path", "quote"}
    assert (first["source"], first["path"]) == (f"faq/the-move.{language}.md", "why-change")
    assert first["quote"] in said["text"]
    assert 0.5 < said["confidence"] <= 1


def test_an_outside_question_gets_no_invented_answer(sample: Path) -> None:
    said = run(sample, "ask", "¿Qué tiempo hará mañana en Sevilla?", "--json").json
    assert said["decision"] in ("clarify", "handoff")
    assert said["citations"] == []
    gaps = run(sample, "report", "gaps", "--json").json
    assert said["decision"] == "clarify" or "¿Qué tiempo hará mañana en Sevilla?" in [gap["question"] for gap in gaps]


def test_gaps_name_the_words_no_concept_uses(sample: Path) -> None:
    for question in ("¿tenéis sede en Zaragoza con ornitorrincos?", "ornitorrincos en alquiler"):
        assert run(sample, "ask", question, "--json").json["decision"] in ("clarify", "handoff")
    asked = " ".join(gap["question"] for gap in run(sample, "report", "gaps", "--json").json)
    words = {one["word"]: one["questions"] for one in run(sample, "report", "gaps", "--words", "--json").json}
    assert words.get("ornitorrincos", 0) == asked.count("ornitorrincos") > 0
    assert "alquiler" not in words
    assert "ornitorrincos" in run(sample, "report", "gaps", "--words").out


def test_who_asks_for_a_person_gets_a_case(sample: Path) -> None:

    said = run(sample, "ask", "quiero hablar con una persona", "--json").json
    assert (said["decision"], said["reason"]) == ("handoff", "person")
    house = open_house(sample)
    try:
        with house.db.read() as tx:
            opened = [case for case in cases.listed(tx) if case.kind == "person"]
    finally:
        house.close()
    assert len(opened) == 1
    assert opened[0].code in said["text"]


@pytest.mark.parametrize(
    ("language", "question", "date"),
    [("es", "¿Cuándo me toca a mí el cambio?", MOVES[0]), ("en", "When is my own move date?", MOVES[1])],
)
def test_facts_of_a_person_are_for_the_proven_only(sample: Path, language: str, question: str, date: str) -> None:
    asked = ("ask", question, "--language", language, "--json")
    proven = run(sample, *asked, "--as", "F-0001").json
    assert (proven["decision"], proven["reason"]) == ("answer", "own_record")
    assert date in proven["text"]
    for unproven in (asked, (*asked, "--as", "F-0001", "--identity", "anonymous")):
        said = run(sample, *unproven).json
        assert said["reason"] in ("unverified", "answered")
        assert not any(day in json.dumps(said, ensure_ascii=False) for day in MOVES)


def test_ask_as_nobody_is_one_line(sample: Path) -> None:
    ended = run(sample, "ask", "hola", "--as", "X-404")
    assert (ended.code, ended.err) == (1, "relevo: there is no subscriber 'X-404'; import them first\n")


def test_whoever_asks_without_an_index_is_told_what_to_do(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    run(tmp_path, "init", mine, "--empty")
    asked = run(mine, "ask", "¿por qué cambiáis de plataforma?", "--json")
    assert (asked.json["decision"], asked.json["reason"]) == ("handoff", "no_source")
    assert asked.err == "relevo: nothing has been ingested yet; run `relevo ingest`.\n"
    (mine / "content" / "faq" / "why.es.md").write_text(
        "## ¿Por qué cambiáis de plataforma?\n\nPara que falle menos.\n"
    )
    run(mine, "ingest")
    for about in (mine / ".relevo" / "index").rglob("about.json"):
        about.write_text(
            about.read_text(encoding="utf-8").replace('"format": "', '"format": "older-'), encoding="utf-8"
        )
    stale = run(mine, "ask", "¿por qué cambiáis de plataforma?")
    assert "was written by another version; run `relevo ingest`." in stale.err
    assert "WRONG index: the index in" in run(mine, "doctor").out
    run(mine, "ingest")
    assert run(mine, "ask", "¿por qué cambiáis de plataforma?").err == ""


def test_a_file_of_questions_is_answered_line_by_line(sample: Path, tmp_path: Path) -> None:
    asked, answered = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": "a", "text": "¿Por qué cambiáis de plataforma?", "language": "es"},
        {"id": "b", "text": "When is my own move date?", "as": "F-0001", "identity": "verified"},
        {"id": "c", "text": "quiero hablar con una persona", "conversation": "one"},
        {"id": "d", "text": "¿me habéis leído?", "conversation": "one"},
        {"id": "e", "text": "¿me habéis leído?"},
    ]
    asked.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    assert run(sample, "ask", "--file", asked, "--out", answered).code == 0
    lines = [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c", "d", "e"]
    assert all(set(line) == ANSWER_KEYS | {"id"} for line in lines)
    said = {line["id"]: line for line in lines}
    assert [said[key]["reason"] for key in "abc"] == ["answered", "own_record", "person"]
    assert said["d"]["text"] != said["e"]["text"]  # only the first of the two has a case behind it


@pytest.mark.parametrize(
    "line",
    ["{", '{"id": "b"}', '{"id": "b", "text": "x", "language": "fr"}', '{"id": "b", "text": "x", "identity": 1}'],
)
def test_a_bad_line_of_questions_is_named(sample: Path, tmp_path: Path, line: str) -> None:
    asked, answered = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    asked.write_text('{"id": "a", "text": "hola"}\n' + line + "\n", encoding="utf-8")
    ended = run(sample, "ask", "--file", asked, "--out", answered)
    assert ended.code == 1
    assert ended.err.startswith(f"relevo: {asked}:2: ")
    assert not answered.exists()


def test_questions_that_are_not_utf8_are_refused(sample: Path, tmp_path: Path) -> None:
    asked = tmp_path / "in.jsonl"
    asked.write_bytes('{"id": "a", "text": "¿qué?"}\n'.encode("latin-1"))
    ended = run(sample, "ask", "--file", asked, "--out", tmp_path / "out.jsonl")
    assert (ended.code, ended.err) == (1, f"relevo: {asked}: is not UTF-8 text; save it as UTF-8\n")


def test_chat_goes_on_until_an_empty_line(sample: Path) -> None:
    typed = "¿Por qué cambiáis de plataforma?\nquiero hablar con una persona\n\n"
    ended = CliRunner().invoke(app, ["-w", str(sample), "chat"], input=typed)
    assert ended.exit_code == 0
    assert "(answer: answered, " in ended.output
    assert "(handoff: person, " in ended.output


# ---------------------------------------------------------------- evaluate, contracts


def test_evaluate_ranks_documents(tmp_path: Path) -> None:
    documents, queries, out = (tmp_path / name for name in ("docs.jsonl", "queries.jsonl", "run.jsonl"))
    texts = {
        "refund": ("How do I get a refund?", "Write to us within fourteen days and we return what you paid."),
        "card": ("Can I change my card?", "Open your account, press payment method and enter the new card."),
        "pause": ("Can I pause my subscription?", "Yes, for up to three months; nothing is charged meanwhile."),
    }
    documents.write_text(
        "\n".join(json.dumps({"id": key, "title": title, "text": text}) for key, (title, text) in texts.items()),
        encoding="utf-8",
    )
    queries.write_text(
        '{"id": "q1", "text": "i want to use another card", "language": "en"}\n'
        '{"id": "q2", "text": "pause it", "lang": "en"}\n',
        encoding="utf-8",
    )
    assert run(tmp_path, "evaluate", documents, queries, "--out", out).code == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(line["qid"], line["ranked"][0]) for line in lines] == [("q1", "card"), ("q2", "pause")]
    for line in lines:
        assert set(line) == {"qid", "ranked", "score", "answerable", "extract", "handoff"}
        assert set(line["ranked"]) <= set(texts)
        assert all(0 <= line[chance] <= 1 for chance in ("score", "answerable", "handoff"))
        assert line["extract"] in " ".join(texts[line["ranked"][0]])


def test_contracts_are_listed_and_shown_by_clause(sample: Path) -> None:
    names = sorted(row["id"] for row in run(sample, "contracts", "list", "--json").json)
    endings = ("2024.en.docx", "2024.es.docx", "2027.en.pdf", "2027.es.pdf")
    assert names == [f"contracts/terms-{ending}" for ending in endings]
    clauses = run(sample, "contracts", "show", names[3], "--json").json["clauses"]
    assert "7.1" in [clause["path"] for clause in clauses]
    shown = run(sample, "contracts", "show", names[3]).out
    assert all(clause["text"] in shown for clause in clauses)
    missing = run(sample, "contracts", "show", "contracts/none.pdf")
    assert (missing.code, "`relevo contracts list`" in missing.err) == (1, True)


def test_terms_are_reviewed_by_someone_who_may(staff: Path) -> None:
    name = "contracts/terms-2027.es.pdf"
    shown = run(staff, "contracts", "show", name, "--json").json
    term = next(one for one in shown["terms"] if one["path"] == "4.1" and one["kind"] == "notice")
    assert (term["quote"], term["value"]["days"], term["status"]) == (
        "treinta (30) días naturales",
        "calendar",
        "proposed",
    )
    refused = run(staff, "contracts", "confirm", name, term["id"], "--by", "mar@farolito.example")
    assert (refused.code, "may not review contracts" in refused.err) == (1, True)
    assert run(staff, "contracts", "confirm", name, term["id"], "--by", "blas@farolito.example").code == 0
    again = run(staff, "contracts", "show", name, "--json").json["terms"]
    kept = next(one for one in again if one["id"] == term["id"])
    assert (kept["status"], kept["reviewed_by"]) == ("confirmed", "blas@farolito.example")


def test_versions_are_compared_and_the_comparison_confirmed(staff: Path) -> None:
    names = ("contracts/terms-2024.es.docx", "contracts/terms-2027.es.pdf")
    found = run(staff, "contracts", "diff", *names, "--json").json
    changes = {entry["new"]["path"]: entry["change"] for entry in found["entries"] if entry["new"]}
    assert (found["confirmed"], changes["4.1"], changes["2.4"], changes["4.4"]) == (False, "changed", "new", "reworded")
    assert "neither the bot nor a notice uses it" in run(staff, "contracts", "diff", *names).out
    assert "nobody has confirmed" in run(staff, "contracts", "notice", *names).err
    assert run(staff, "contracts", "diff", *names, "--confirm").code == 2
    assert run(staff, "contracts", "diff", *names, "--confirm", "--by", "mar@farolito.example").code == 1
    assert run(staff, "contracts", "diff", *names, "--confirm", "--by", "ana@farolito.example").code == 0
    notice = run(staff, "contracts", "notice", *names)
    assert notice.code == 0
    assert "4.1" in notice.out
    assert "> " in notice.out
