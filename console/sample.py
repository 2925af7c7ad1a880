"""The sample company and the starter pack made from it."""

import re
import shutil
from pathlib import Path

from records.errors import Conflict

_BLANK = re.compile(r"\[\[([a-z_0-9]+)\]\]")
_STARTER = ("content/faq", "content/tutorials", "templates", "campaigns")


def sample_folder() -> Path:
    """The sample workspace: beside this file when installed, in `examples/` in a checkout."""
    inside = Path(__file__).parent / "examples" / "farolito"
    return inside if inside.exists() else Path(__file__).parents[1] / "examples" / "farolito"


def copy_sample(target: Path) -> None:
    """The whole sample company."""
    shutil.copytree(sample_folder(), target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".relevo"))


def make_workspace(target: Path, *, starter_pack: bool) -> tuple[str, ...]:
    """A new workspace of the user's own; the blanks its owner still has to fill. Raises Conflict where one is already."""
    if (target / "relevo.toml").exists():
        raise Conflict(f"{target} is a workspace already; choose another folder")
    for folder in ("content/faq", "content/tutorials", "content/contracts", "templates", "campaigns"):
        (target / folder).mkdir(parents=True, exist_ok=True)
    if starter_pack:
        for folder in _STARTER:
            shutil.copytree(sample_folder() / folder, target / folder, dirs_exist_ok=True)
    blanks = _blanks_in(target / "content")
    (target / "relevo.toml").write_text(_settings_text(blanks), encoding="utf-8")
    (target / ".gitignore").write_text(".relevo/\n", encoding="utf-8")
    return blanks


def _blanks_in(folder: Path) -> tuple[str, ...]:
    names: set[str] = set()
    for path in folder.rglob("*.md"):
        names |= set(_BLANK.findall(path.read_text(encoding="utf-8")))
    return tuple(sorted(names))


def _settings_text(blanks: tuple[str, ...]) -> str:
    lines = [
        "# Settings of this workspace. Every key can also be set as RELEVO_… in the environment.",
        "[company]",
        'name = "Your company"',
        'languages = ["es", "en"]',
        "",
        "[desk]",
        'hours = "Mon-Fri 09:00-18:00"',
        'time_zone = "Europe/Madrid"',
    ]
    for language in ("es", "en"):
        lines += [
            "",
            f"# What [[name]] in content/ stands for ({language}). An entry with an open blank is not answered from.",
        ]
        lines += [f"[blanks.{language}]", *(f'# {name} = ""' for name in blanks)]
    return "\n".join(lines) + "\n"
