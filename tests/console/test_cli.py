"""The command line as people type it: what it prints, what it writes, how it ends."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from console.cli import app
from console.wiring import open_house
from records.clock import ManualClock
from records.phrasings import Written
from records.store import cases, conversations, own_entries
from records.store.cases import NewCase
from records.types import ChannelName, Language, Reason
from tests.conftest import NOW
from tests.console.command_line import run, run_alone
from tests.console.conftest import PEOPLE

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


def test_the_demonstration_makes_a_workspace_of_its_own(tmp_path: Path) -> None:
    ended = run(tmp_path, "demo", "--no-serve")
    assert (ended.code, ended.out) == (2, "")
    assert f"the demonstration makes a workspace of its own: say `relevo demo --dir {tmp_path}`" in ended.err
    assert list(tmp_path.iterdir()) == []


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
        "N-2,Nil,xx,ES,Europe/Madrid,nil at correo\nN-3,Noa,es,ES,Europe/Madrid,noa@correo.example\n",
        encoding="utf-8",
    )
    ended = run(sample, "subscribers", "import", file)
    assert ended.code == 1
    assert ended.out.splitlines()[0] == "added 1, changed 0, unchanged 0, refused 1"
    assert [line.partition(": ")[0] for line in ended.out.splitlines()[1:]] == ["row 2, language", "row 2, email"]
    assert run(sample, "subscribers", "import", file, "--check").out.splitlines()[1:] == ended.out.splitlines()[1:]


def test_a_person_is_erased_by_who_may_and_once(staff: Path, tmp_path: Path) -> None:
    newcomer = tmp_path / "one.csv"
    newcomer.write_text("id,name,language,country,time_zone\nN-9,Nora Vidal,es,ES,Europe/Madrid\n", encoding="utf-8")
    assert run(staff, "subscribers", "import", newcomer).code == 0
    assert run(staff, "subscribers", "erase", "N-9", "--by", "blas@farolito.example").code == 1
    erased = run(staff, "subscribers", "erase", "N-9", "--by", "ana@farolito.example")
    assert erased.out == (
        "erased N-9 from the register; conversations deleted: 0, cases deleted: 0, "
        "messages emptied of words and address: 0\n"
    )
    again = run(staff, "subscribers", "erase", "N-9", "--by", "ana@farolito.example")
    assert (again.code, again.err) == (1, "relevo: there is no subscriber 'N-9'\n")


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
