"""The sample company and the starter pack made from it."""

import re
import shutil
import tomllib
from pathlib import Path

from records.errors import Conflict

NAMELESS = "Your company"
"""The name in the settings of a new workspace, until its owner gives one."""

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
    """A new workspace of the user's own; the blanks its owner still has to fill. Raises Conflict where none can be made."""
    if target.exists() and not target.is_dir():
        raise Conflict(f"{target} is a file; choose a folder")
    if (target / "relevo.toml").exists():
        raise Conflict(f"{target} is a workspace already; choose another folder")
    for folder in ("content/faq", "content/tutorials", "content/contracts", "templates", "campaigns"):
        (target / folder).mkdir(parents=True, exist_ok=True)
    if starter_pack:
        for folder in _STARTER:
            shutil.copytree(sample_folder() / folder, target / folder, dirs_exist_ok=True)
        _speak_for_anyone(target)
    blanks = _blanks_in(target / "content")
    (target / "relevo.toml").write_text(_settings_text(blanks), encoding="utf-8")
    (target / ".gitignore").write_text(".relevo/\n", encoding="utf-8")
    return blanks


def _speak_for_anyone(target: Path) -> None:
    """Say what only the sample company would say as any company can (starter.toml)."""
    wording = tomllib.loads((Path(__file__).parent / "starter.toml").read_text(encoding="utf-8"))
    for folder in _STARTER:
        for path in (target / folder).iterdir():
            text = path.read_text(encoding="utf-8")
            for sample, instead in wording.items():
                text = text.replace(sample, instead)
            path.write_text(text, encoding="utf-8")


def _blanks_in(folder: Path) -> tuple[str, ...]:
    names: set[str] = set()
    for path in folder.rglob("*.md"):
        names |= set(_BLANK.findall(path.read_text(encoding="utf-8")))
    return tuple(sorted(names))


def _settings_text(blanks: tuple[str, ...]) -> str:
    sample = tomllib.loads((sample_folder() / "relevo.toml").read_text(encoding="utf-8"))["blanks"]
    lines = [
        "# Settings of this workspace. Every key can also be set as RELEVO_… in the environment.",
        "[company]",
        f'name = "{NAMELESS}"',
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
            "# Take the mark off a line and put your own value in place of the invented company's.",
            f"[blanks.{language}]",
            *(f'# {name} = "{sample[language][name]}"' for name in blanks),
        ]
    return "\n".join(lines) + "\n"
