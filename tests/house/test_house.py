"""The house itself: what must hold whatever a room does."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from campaigns.audience import Excluded
from campaigns.filling import UNMET
from campaigns.reasons import say_reason
from channels.contract import Refusal
from channels.gate import WhyNot
from records.database import Database
from records.migrations import upgrade, write_first
from records.phrases import fields_of, load_phrases
from records.store.revisions import SUPERSEDED
from records.tables import metadata
from records.types import Language

ROOT = Path(__file__).parents[2]
ROOMS = ("records", "knowledge", "channels", "subscribers", "campaigns", "bot", "console")
SPEAKING = ("knowledge", "channels", "campaigns", "bot", "console")
SLOW = (
    "chromadb",
    "langchain_core",
    "langchain_chroma",
    "dbos",
    "telegram",
    "slack_bolt",
    "twilio",
    "sklearn",
    "fastapi",
)
VENDORS = {
    "telegram": {"channels/telegram.py"},
    "slack_bolt": {"channels/slack.py"},
    "slack_sdk": {"channels/slack.py"},
    "twilio": {"channels/sms.py"},
    "dbos": {"campaigns/durable.py"},
    "smtplib": {"channels/smtp.py"},
    "imap_tools": {"channels/mailbox.py"},
    "imaplib": {"channels/mailbox.py"},
}


def modules() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """Read once for all that is asked of it: a second of processor each time, for the whole house."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_is_ours_and_says_what_it_promises(room: str) -> None:
    module = importlib.import_module(room)
    assert Path(str(module.__file__)).parent == ROOT / room
    assert "Promise" in (module.__doc__ or "")
    assert "Refuses" in (module.__doc__ or "")


@pytest.mark.parametrize("library", VENDORS)
def test_each_vendor_library_lives_in_one_file(library: str) -> None:
    users = {str(path.relative_to(ROOT)) for path in modules() if library in imports_of(path)}
    assert users == VENDORS[library]


@pytest.mark.parametrize("room", SPEAKING)
def test_every_phrase_stands_in_both_languages_with_the_same_fields(room: str) -> None:
    texts = load_phrases(room).texts
    spanish, english = texts[Language.ES], texts[Language.EN]
    assert set(spanish) == set(english)
    different = [key for key in spanish if fields_of(spanish[key]) != fields_of(english[key])]
    assert different == []
    assert [key for key, text in [*spanish.items(), *english.items()] if not text.strip()] == []


_MAY_BE_ONE = (
    "attempts|cancellations|count|excluded|failures|handovers|left_out|opt_outs|people|size|steps|thumbs|waiting"
)
_COUNTED = re.compile(rf"\{{(?:{_MAY_BE_ONE})\}} (?:(?:primeros|first) )?(?!as\b|de\b|is\b)\w{{3,}}s\b")


@pytest.mark.parametrize("room", SPEAKING)
@pytest.mark.parametrize("language", Language)
def test_no_phrase_says_a_plural_of_one(room: str, language: Language) -> None:
    """A number that may be 1 stands before no plural. Where there is a phrase for one as well, and where a gate has paused
    something for many, it may."""
    texts = load_phrases(room).texts[language]
    told = [
        key
        for key, text in texts.items()
        if _COUNTED.search(text)
        and not text.startswith(("En pausa:", "Paused:"))
        and f"{key}_one" not in texts
        and key.removesuffix("s") not in texts.keys() - {key}
    ]
    assert told == []


def test_no_sentence_for_people_stands_in_code() -> None:
    """Spanish in a string is text for a subscriber or staff; docstrings and the words rules look for are not."""
    offenders = []
    for path in modules():
        tree = tree_of(path)
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
                words = node.value.split()
                if len(words) > 4 and any(mark in node.value for mark in "¿¡ñ"):
                    offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert offenders == []


def test_help_is_light() -> None:
    """`relevo --help` loads none of the slow libraries, so it answers at once."""
    code = "import sys, console.cli; print([name for name in sys.argv[1:] if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code, *SLOW], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_migrations_make_exactly_the_tables(db: Database) -> None:
    upgrade(db)
    with db.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_the_first_migration_is_what_the_tables_make_whoever_writes_it(tmp_path: Path) -> None:
    write_first(tmp_path)
    (fresh,) = tmp_path.glob("*.py")
    for words in (["format"], ["check", "--fix", "--select", "I"]):
        command = [sys.executable, "-m", "ruff", *words, "-q", "--config", str(ROOT / "pyproject.toml"), str(fresh)]
        subprocess.run(command, check=True, cwd=ROOT)
    kept = ROOT / "records/versions" / fresh.name
    assert fresh.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


def test_constraints_carry_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "==" not in line or "/" in line or "@" in line] == []


def test_every_runtime_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").open()}
    names = {name.partition(">=")[0].partition("[")[0].lower().replace("_", "-").replace(".", "-") for name in wanted}
    assert sorted(names - {name.replace(".", "-") for name in pinned}) == []


def _reasons() -> Iterator[str]:
    """Every word the code keeps as the reason why somebody got nothing, or not yet."""
    yield from (*Excluded, *WhyNot, *Refusal, *UNMET.values(), SUPERSEDED, "returned", "not_due", "gave_up")
    for path in [
        *(ROOT / "campaigns").glob("*.py"),
        *(ROOT / "channels").glob("*.py"),
        *(ROOT / "records/store").glob("*.py"),
    ]:
        for node in ast.walk(tree_of(path)):
            yield from _reasons_in(node)


def _reasons_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Assign) and ".outcomes[" in ast.unparse(node.targets[0]):
        yield from _constants([node.value])
    if not isinstance(node, ast.Call):
        return
    name = ast.unparse(node.func).rpartition(".")[2]
    if name in ("values", "enter_stage", "Outcome"):
        yield from _constants([word.value for word in node.keywords if word.arg in ("reason", "outcome")])
    if name in _PLACES:
        yield from _constants(node.args[_PLACES[name] :][:1])


_PLACES = {"enter_stage": 4, "Outcome": 1, "Later": 1}
"""Where a call takes the reason, counted from nothing."""


def _constants(nodes: list[ast.expr]) -> Iterator[str]:
    yield from (str(node.value) for node in nodes if isinstance(node, ast.Constant) and node.value)


def test_every_reason_has_words_in_both_languages() -> None:
    texts, found = load_phrases("campaigns").texts, set(_reasons())
    assert {
        "stood_still",
        "stopped_during_call",
        "cancelled",
        "too_late",
        "no_date",
        "cannot_be_filled",
        "paced",
    } <= found
    for language in Language:
        assert sorted(word for word in found if f"reason.{word}" not in texts[language]) == []
        assert (
            say_reason("bad_address: 550 no such user <a@b.example>", language) == texts[language]["reason.bad_address"]
        )
        assert say_reason("no channel is set up for sms", language) == texts[language]["reason.no_channel"]
        assert say_reason("the line broke after the body", language) == texts[language]["reason.unexplained"]
