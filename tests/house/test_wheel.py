"""The wheel holds what the product needs and nothing else, and runs where there is no checkout."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("records", "knowledge", "channels", "subscribers", "campaigns", "bot", "console")
WITH_PHRASES = ("knowledge", "channels", "campaigns", "bot", "console")
SAMPLE = ROOT / "examples" / "farolito"
NEEDED = (
    "records/env.py",
    "records/script.py.mako",
    "knowledge/lexicon.yaml",
    "knowledge/words.toml",
    "knowledge/calibration.json",
    "bot/rules.toml",
    "campaigns/law.toml",
    "campaigns/layout.html",
    "console/static/widget.js",
    "console/templates/base.html",
)
SAY_WHERE = "import importlib, sys\nfor name in sys.argv[1:]: print(importlib.import_module(name).__file__)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with ZipFile(wheel) as opened:
        return frozenset(opened.namelist())


def test_it_holds_the_seven_rooms_and_no_other_place(names: frozenset[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    information = {top for top in tops if top.endswith(".dist-info")}
    assert tops - information == set(ROOMS)
    assert len(information) == 1


def test_every_file_of_a_room_is_in_it(names: frozenset[str]) -> None:
    """Code, migrations, phrases, pages, rules: whatever stands in a room of the checkout."""
    wanted = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - names == set()
    assert set(NEEDED) - names == set()
    assert {name for name in names if name.startswith("records/versions/")} != set()
    for room in WITH_PHRASES:
        assert {f"{room}/phrases/es.toml", f"{room}/phrases/en.toml"} <= names


def test_the_sample_company_is_in_it_whole(names: frozenset[str]) -> None:
    prefix = "console/examples/farolito/"
    packed = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    visible = {
        path.relative_to(SAMPLE).as_posix()
        for path in SAMPLE.rglob("*")
        if path.is_file() and not path.relative_to(SAMPLE).parts[0].startswith(".")
    }
    assert packed == visible
    assert {"relevo.toml", "subscribers.csv", "campaigns/mudanza-2027.yaml"} <= packed


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone in a folder; its dependencies are those of the running environment."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--target", str(target), str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def _environment(installed: Path) -> Mapping[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("RELEVO_", "PYTHON"))}
    return clean | {"PYTHONPATH": str(installed), "PYTHONUTF8": "1", "NO_COLOR": "1", "COLUMNS": "200"}


def _python(installed: Path, elsewhere: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=elsewhere,
        env=_environment(installed),
    )


def test_the_demonstration_runs_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    where = _python(installed, tmp_path, "-c", SAY_WHERE, *ROOMS)
    files = [Path(line) for line in where.stdout.split()]
    assert files == [installed / room / "__init__.py" for room in ROOMS], where.stderr
    done = _python(installed, tmp_path, "-m", "console.cli", "demo", "--dir", "shown", "--no-serve")
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    assert "Traceback" not in done.stderr
    assert (tmp_path / "shown" / "relevo.toml").is_file()
    _, _, ending = done.stdout.rpartition("Where to click")
    for page in ("/", "/console/inbox", "/console/campaigns", "/console/outbox"):
        assert f"http://127.0.0.1:8000{page} " in ending
    for role in ("marketer", "approver", "support", "analyst", "admin"):
        assert f"{role}@farolito.example" in ending
