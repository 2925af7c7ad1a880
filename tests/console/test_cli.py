"""The command line as people type it: what it prints, what it writes, how it ends."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from console.cli import app, main
from console.sample import sample_folder
from console.wiring import open_house
from records.clock import ManualClock
from records.phrasings import Written
from records.store import cases, conversations, own_entries
from records.store.cases import NewCase
from records.types import ChannelName, Language, Reason
from tests.answers.sample import sample_house
from tests.conftest import NOW

CLOCK = 'clock = "2027-01-18T09:30:00Z"\n'
PASSWORD = "correct horse battery"
PEOPLE = 40
MOVES = ("16 de marzo", "16 March")  # F-0001's own date, as each language writes it
ANSWER_KEYS = {"decision", "reason", "text", "language", "choices", "citations", "confidence"}
PLAN = (sample_folder() / "campaigns" / "mudanza-2027.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Ran:
    """One command, ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


def run(folder: Path, *words: str | Path) -> Ran:
    """`relevo -w FOLDER …` in this process, through the same door as the installed command."""
    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["relevo", "-w", str(folder), *map(str, words)]
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = argv
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return Ran(code or 0, out.getvalue(), err.getvalue())


def run_alone(folder: Path, *words: str | Path) -> Ran:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "console.cli", "-w", str(folder), *map(str, words)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RELEVO_")}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company on a January morning, its documents read, its first people imported."""
    folder = tmp_path_factory.mktemp("cli") / "w"
    sample_house(folder).close()
    settings = folder / "relevo.toml"
    settings.write_text(CLOCK + settings.read_text(encoding="utf-8"), encoding="utf-8")
    people = folder / "people.csv"
    rows = (folder / "subscribers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    people.write_text("".join(rows[: PEOPLE + 1]), encoding="utf-8")
    assert run(folder, "subscribers", "import", people).code == 0
    return folder


@pytest.fixture(scope="module")
def staff(sample: Path) -> Path:
    """The sample with three accounts, each signed in on the command line."""
    secret = sample / "password"
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    for name, role in (("ana", "admin"), ("blas", "approver"), ("mar", "marketer")):
        email = f"{name}@farolito.example"
        added = run(sample, "account", "add", email, "--role", role, "--password-file", secret)
        assert (added.code, added.out) == (0, f"{email} may sign in as {role}\n")
        signed = run(sample, "login", email, "--password-file", secret)
        assert signed.out.startswith(f"signed in as {email} ({role}) until ")
    return sample


@pytest.fixture
def plan(staff: Path, request: pytest.FixtureRequest) -> Path:
    """A plan of the test's own: the sample's, under the test's name."""
    name = request.node.name.removeprefix("test_")[:50].replace("_", "-")
    path = staff / "campaigns" / f"{name}.yaml"
    path.write_text(PLAN.replace("campaign: mudanza-2027", f"campaign: {name}"), encoding="utf-8")
    return path


# ---------------------------------------------------------------- help and wrong usage


def commands(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command that does something, with its help."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*before, name))
        else:
            yield (*before, name), one.help


def test_help_names_every_command_and_each_has_an_example() -> None:
    shown = run_alone(Path(), "--help")
    assert shown.code == 0
    every = list(commands(typer.main.get_command(app)))
    assert len(every) > 25
    for words, text in every:
        assert words[0] in shown.out
        assert f"Example: relevo {' '.join(words)}" in text, words


def test_wrong_usage_ends_with_two(sample: Path) -> None:
    for words in (("nonsense",), ("ask", "hola", "--nope"), ("ask", "hola", "--language", "fr"), ("ask",)):
        ended = run(sample, *words)
        assert (ended.code, ended.out) == (2, ""), words
        assert "Traceback" not in ended.err


def test_a_folder_that_is_no_workspace_is_one_line(tmp_path: Path) -> None:
    for words in (("ask", "hola"), ("doctor",), ("ingest",)):
        ended = run_alone(tmp_path, *words)
        assert (ended.code, ended.out) == (1, "")
        assert ended.err == (
            f"relevo: {tmp_path} is not a workspace: it has no relevo.toml. Make one with `relevo init DIR`.\n"
        )


def test_a_file_or_database_that_is_not_there_is_one_line(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (
        ("subscribers", "import", "nope.csv"),
        ("ask", "--file", "nope.jsonl", "--out", "out.jsonl"),
        ("subscribers", "export", "--out", "/nonexistent/x.csv"),
        ("account", "add", "x@farolito.example", "--role", "support", "--password-file", "nope"),
    ):
        ended = run(sample, *words)
        assert (ended.code, ended.err.count("\n")) == (1, 1), words
        assert "No such file" in ended.err
    for url in ("nonsense", "postgresql+psycopg://u:hunter2@127.0.0.1:1/x"):
        monkeypatch.setenv("RELEVO_DATABASE_URL", url)
        ended = run(sample, "doctor")
        assert (ended.code, ended.err.count("\n")) == (1, 1), ended.err
        assert "database_url" in ended.err.lower()
        assert "hunter2" not in ended.err


# ---------------------------------------------------------------- a workspace of one's own


def test_init_makes_a_workspace_and_never_overwrites_one(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    made = run_alone(tmp_path, "init", folder)
    assert made.code == 0
    assert f"relevo -w {folder} ingest" in made.out
    for inside in ("relevo.toml", "content/faq", "content/contracts", "templates", "campaigns"):
        assert (folder / inside).exists()
    (folder / "relevo.toml").write_text("# mine\n", encoding="utf-8")
    again = run_alone(tmp_path, "init", folder)
    assert (again.code, again.out) == (1, "")
    assert again.err == f"relevo: {folder} is a workspace already; choose another folder\n"
    assert (folder / "relevo.toml").read_text(encoding="utf-8") == "# mine\n"
    at_a_file = run_alone(tmp_path, "init", folder / "relevo.toml")
    assert (at_a_file.code, at_a_file.err) == (1, f"relevo: {folder / 'relevo.toml'} is a file; choose a folder\n")


def test_doctor_lists_open_blanks_and_how_to_mend_them(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    run(tmp_path, "init", folder)
    found = run(folder, "doctor")
    assert found.code == 1
    assert "WRONG blanks (es): open in 11 files; what has one is not answered from: account_url, " in found.out
    assert "Set them under [blanks.es] in relevo.toml, then `relevo ingest`." in found.out
    assert found.out.count("blanks (") == 2
    assert "WRONG company name: still 'Your company'" in found.out
    listed = json.loads(run(folder, "doctor", "--json").out)
    assert any({"mark": "WRONG", "what": "index"}.items() <= one.items() for one in listed)


def test_doctor_reads_the_lexicon_of_the_workspace(tmp_path: Path) -> None:
    run(tmp_path, "init", tmp_path / "mine", "--empty")
    own = tmp_path / "mine" / "content" / "lexicon.yaml"
    own.write_text("concepts: [{id: scam, es: [timito], en: [con]}]", encoding="utf-8")
    found = run(tmp_path / "mine", "doctor").out
    assert "ok    lexicon: content/lexicon.yaml adds to the one that ships" in found
    assert "note  concept 'scam', 'con' (en): also meets es con" in found
    assert found.count("concept '") == 1
    own.write_text("concepts: [{id: scam, es: [timito]}]", encoding="utf-8")
    found = run(tmp_path / "mine", "doctor").out
    assert "WRONG lexicon: content/lexicon.yaml: concept 'scam' has no 'en' forms" in found


def test_doctor_is_content_with_the_sample(sample: Path) -> None:
    found = run(sample, "doctor")
    assert (found.code, "WRONG" in found.out) == (0, False)


def test_ingest_prints_counts(sample: Path) -> None:
    documents = sum(path.is_file() for path in (sample / "content").rglob("*"))
    again = run(sample, "ingest")
    assert again.out.splitlines() == ["added: 0", "changed: 0", "removed: 0", f"unchanged: {documents}"]
    assert run(sample, "ingest", "--json").json["refused"] == []


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
    from console.wiring import open_house
    from records.store import cases

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


# ---------------------------------------------------------------- accounts and campaigns


def test_an_account_is_made_once_and_signs_in_with_its_password(staff: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("quite another phrase\n", encoding="utf-8")
    again = run(staff, "account", "add", "ana@farolito.example", "--role", "support", "--password-file", secret)
    assert (again.code, again.err) == (1, "relevo: ana@farolito.example has an account already\n")
    wrong = run(staff, "login", "mar@farolito.example", "--password-file", secret)
    assert (wrong.code, wrong.out) == (1, "")
    assert "quite another phrase" not in wrong.err
    role = run(staff, "account", "add", "eva@farolito.example", "--role", "boss", "--password-file", secret)
    assert role.code == 2


def test_nobody_acts_without_having_signed_in(plan: Path, staff: Path) -> None:
    ended = run(staff, "campaign", "submit", plan, "--by", "eva@farolito.example")
    assert ended.code == 1
    assert "Run `relevo login eva@farolito.example` first." in ended.err


def test_a_campaign_needs_a_second_person_and_stops_when_told(plan: Path, staff: Path) -> None:
    ana, blas, name = "ana@farolito.example", "blas@farolito.example", plan.stem
    checked = run(staff, "campaign", "check", plan)
    assert run(staff, "campaign", "check", plan.stem) == checked
    assert (checked.code, checked.out.splitlines()[-1]) == (0, "nothing stands in its way")
    assert f"{name} is submitted" in run(staff, "campaign", "submit", plan, "--by", ana).out
    own = run(staff, "campaign", "approve", plan, "--by", ana)
    assert (own.code, own.out) == (1, "")
    assert run(staff, "campaign", "status", name, "--json").json["state"] == "submitted"
    assert run(staff, "campaign", "approve", plan, "--by", blas).out == f"{name} is approved\n"
    status = run(staff, "campaign", "status", name, "--json").json
    assert (status["author"], status["approver"], status["state"]) == (ana, blas, "approved")
    paused = run(staff, "campaign", "pause", name, "--by", blas, "--reason", "a typo")
    assert paused.out == f"{name} is paused\n"
    assert run(staff, "campaign", "resume", plan, "--by", ana, "--reason", "mended").out == f"{name} is approved\n"
    assert f"{name}: approved (by {ana}, approved by {blas})" in run(staff, "campaign", "status", name).out


def test_a_day_moves_with_a_second_persons_yes(plan: Path, staff: Path) -> None:
    ana, blas, name = "ana@farolito.example", "blas@farolito.example", plan.stem
    move = ("campaign", "reschedule", plan, "--effective-date", "2027-04-15", "--by", ana)
    early = run(staff, *move)
    assert (early.code, "submit its plan first" in early.err) == (1, True)
    assert run(staff, "campaign", "submit", plan, "--by", ana).code == 0
    assert run(staff, "campaign", "approve", plan, "--by", blas).code == 0
    by_approver = run(staff, *move[:-1], blas)
    assert (by_approver.code, "may not write campaigns" in by_approver.err) == (1, True)
    moved = run(staff, *move, "--reason", "the platform is late", "--json").json
    assert moved == {"campaign": name, "state": "submitted", "changed": True, "people": 0}
    comments = PLAN.replace("campaign: mudanza-2027", f"campaign: {name}").replace("2027-03-01\n", "2027-04-15\n", 1)
    assert plan.read_text(encoding="utf-8") == comments
    assert run(staff, "campaign", "approve", plan, "--by", ana).code == 1
    assert run(staff, "campaign", "approve", plan, "--by", blas).code == 0
    assert "nothing changes" in run(staff, *move).out
    revisions = run(staff, "campaign", "status", name, "--json").json["revisions"]
    assert [(one["revision"], one["effective_date"], one["why"]) for one in revisions] == [
        (1, "2027-03-01", ""),
        (2, "2027-04-15", "the platform is late"),
    ]
    shown = run(staff, "campaign", "status", name).out
    assert f"revision 2 {revisions[1]['content_hash']}: 2027-04-15" in shown
    wrong = run(staff, "campaign", "correct", plan, "--of", "nonsense", "--by", ana)
    assert (wrong.code, "No approved content" in wrong.err) == (1, True)
    same = run(staff, "campaign", "correct", plan, "--of", revisions[1]["content_hash"], "--by", ana)
    assert (same.code, "Mend them first" in same.err) == (1, True)
    assert run(staff, "campaign", "reschedule", plan, "--effective-date", "soon", "--by", ana).code == 2


def test_a_role_that_may_not_is_refused(plan: Path, staff: Path) -> None:
    ended = run(staff, "campaign", "submit", plan, "--by", "blas@farolito.example")
    assert (ended.code, "may not write campaigns" in ended.err) == (1, True)


def test_a_plan_with_a_mistake_names_file_line_and_key(plan: Path, staff: Path) -> None:
    text = plan.read_text(encoding="utf-8").replace("class: service", "class: servize")
    plan.write_text(text, encoding="utf-8")
    number = text.splitlines().index("class: servize") + 1
    ended = run(staff, "campaign", "check", plan)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(f"relevo: {plan}:{number}: `class`: ")


def test_preview_shows_what_one_person_would_get(plan: Path, staff: Path) -> None:
    shown = run(staff, "campaign", "preview", plan, "--for", "F-0001")
    assert shown.out.startswith("== anuncio: email, due ")
    assert "Candela" in shown.out
    assert "16 de marzo de 2027" in shown.out
    stages = run(staff, "campaign", "preview", plan, "--for", "F-0001", "--json").json
    assert [one["stage"] for one in stages] == ["anuncio", "recordatorio", "hecho"]
    assert run(staff, "campaign", "preview", plan, "--for", "X-404").code == 1


def test_a_rehearsal_reaches_the_outbox_and_leaves_the_plan_unsubmitted(plan: Path, staff: Path) -> None:
    done = run(staff, "campaign", "rehearse", plan, "--by", "mar@farolito.example", "--json").json
    assert done["finished"] is True
    assert done["drained"]["sent"] > PEOPLE
    assert run(staff, "campaign", "status", plan.stem, "--rehearsal", "--json").json["state"] == "done"
    assert run(staff, "campaign", "status", plan.stem).code == 1
    _report_of_a_rehearsal(plan, staff)


REPORT_KEYS = {
    "campaign", "state", "message_class", "effective_date", "author", "approver", "revision", "content_hash", "at", "people",
    "left_out", "reached", "cost", "stages", "ways", "not_arrived", "advice", "got_nothing", "excluded", "waves", "unopened",
}  # fmt: skip


def _report_of_a_rehearsal(plan: Path, staff: Path) -> None:
    command = ("campaign", "report", plan, "--rehearsal")
    told = run(staff, *command, "--json").json
    assert set(told) == REPORT_KEYS
    assert (told["people"], told["reached"] > 0) == (sum(wave["people"] for wave in told["waves"]), True)
    file = staff / "report.html"
    assert run(staff, *command, "--out", file, "--language", "en").out == f"the report is in {file}\n"
    page = file.read_text(encoding="utf-8")
    assert f"People in its waves: {told['people']}; reached: {told['reached']}." in page
    assert "<script" not in page
    assert "href=" not in page  # it needs nothing beside it
    shown = run(staff, *command).out
    assert f"{told['people']} people, {told['left_out']} left out, {told['reached']} reached" in shown
    assert run(staff, "campaign", "report", plan).code == 1
    assert run(staff, *command, "--language", "fr").code == 2


# ---------------------------------------------------------------- subscribers, reports


def test_an_import_may_be_checked_and_repeated(sample: Path, tmp_path: Path) -> None:
    newcomer = tmp_path / "one.csv"
    newcomer.write_text(
        "id,name,language,country,time_zone,email,consent_email\n"
        "N-1,Nora Vidal,es,ES,Europe/Madrid,nora@correo.example,service\n",
        encoding="utf-8",
    )
    added = "added 1, changed 0, unchanged 0, refused 0\n"
    assert run(sample, "subscribers", "import", newcomer, "--check").out.endswith(f" would say: {added}")
    assert run(sample, "subscribers", "show", "N-1").code == 1
    assert run(sample, "subscribers", "import", newcomer).out == added
    assert run(sample, "subscribers", "import", newcomer).out == "added 0, changed 0, unchanged 1, refused 0\n"
    known = run(sample, "subscribers", "show", "N-1", "--json").json
    assert known["contacts"][0]["address"] == "nora@correo.example"


def test_a_bad_row_is_named_and_the_good_ones_are_taken(sample: Path, tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text(
        "id,name,language,country,time_zone,email\n"
        "N-2,Nil,xx,ES,Europe/Madrid,nil@correo.example\nN-3,Noa,es,ES,Europe/Madrid,noa@correo.example\n",
        encoding="utf-8",
    )
    ended = run(sample, "subscribers", "import", file)
    assert ended.code == 1
    assert ended.out.splitlines()[0] == "added 1, changed 0, unchanged 0, refused 1"
    assert ended.out.splitlines()[1].startswith("row 2, language: 'xx' ")


def test_what_is_exported_imports_as_unchanged(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert run(sample, "subscribers", "export", "--out", out).code == 0
    report = run(sample, "subscribers", "import", out, "--json").json
    assert (report["added"], report["changed"], report["errors"]) == (0, 0, [])
    assert report["unchanged"] >= PEOPLE


def test_satisfaction_counts_what_was_given(sample: Path) -> None:
    summary = run(sample, "report", "satisfaction", "--json").json
    assert (summary["thumbs_up"], summary["thumbs_down"]) == (0, 0)
    assert "thumbs up " in run(sample, "report", "satisfaction").out


def test_thresholds_of_ones_own_need_five_hundred_questions(staff: Path) -> None:
    ana = ("--by", "ana@farolito.example")
    assert run(staff, "learn", "list").out == "nothing is proposed\n"
    refused = run(staff, "learn", "fit", *ana)
    assert refused.code == 1
    assert "there are 0 labelled questions; nothing is claimed below 500" in refused.err
    assert run(staff, "learn", "fit", "--by", "blas@farolito.example").code == 1
    assert run(staff, "learn", "claim").out.startswith("the shipped thresholds; ")
    assert run(staff, "learn", "reset", *ana).out == "the shipped thresholds count again\n"


def test_an_answer_of_the_team_goes_from_its_case_into_the_documents(staff: Path) -> None:
    ana = ("--by", "ana@farolito.example")
    case = NewCase("cas_gift", "R-GGGG", "", None, Reason.NO_SOURCE, Language.ES, "", None)
    with closing(open_house(staff, ManualClock(NOW))) as house, house.db.write() as tx:
        talk = conversations.open_or_get(tx, ChannelName.WEB, "w1", NOW)
        cases.open(tx, replace(case, conversation_id=talk.id), NOW)
        own_entries.propose(tx, case.id, "marta", Written("¿Se puede regalar?", "Sí, en la tienda.", Language.ES), NOW)
    (waiting,) = run(staff, "learn", "entries", "--json").json
    entry = waiting["id"]
    assert run(staff, "learn", "approve", entry, "--by", "blas@farolito.example").code == 1
    assert run(staff, "learn", "approve", entry, *ana).out == f"approved: {entry}\n"
    assert run(staff, "learn", "entries").out == "no answers of your team\n"
    assert "¿Se puede regalar?" in run(staff, "learn", "entries", "--approved").out
    assert run(staff, "learn", "export", *ana).out == "content/faq/from-cases.es.md: 1 written; run `relevo ingest`\n"
    written = staff / "content/faq/from-cases.es.md"
    assert "Sí, en la tienda." in written.read_text(encoding="utf-8")
    assert run(staff, "learn", "export", *ana).out.startswith("nothing to write")
    assert run(staff, "learn", "reject", entry, *ana).out == f"rejected: {entry}\n"
    written.unlink()
