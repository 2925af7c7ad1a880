"""What stands in `content/`: its files, and what `sources.toml` says about them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.contracts import NOTE
from knowledge.loaders import hash_of
from knowledge.passages import KnowledgeError
from knowledge.reading import FOLDERS
from knowledge.scope import KEYS
from records.ids import fingerprint

SAID = "sources.toml"
_READER = "4"  # raise when a file would now be read differently
_SAYABLE = ("language", "title", "version", *KEYS)


@dataclass(frozen=True)
class Content:
    """Every file by its path inside `content/`, and what is said about each beside it."""

    files: Mapping[str, Path]
    said: Mapping[str, Mapping[str, str]]


def gather(content: Path) -> Content:
    """Raises KnowledgeError for a `sources.toml` that cannot be understood, naming entry and key."""
    files = content_files(content)
    return Content(files, _said(content / SAID, files))


def content_files(content: Path) -> dict[str, Path]:
    """Every file of the three folders by its path inside `content/`, hidden ones left out."""
    return {
        path.relative_to(content).as_posix(): path
        for folder in FOLDERS
        for path in sorted((content / folder).rglob("*"))
        if path.is_file() and not path.name.startswith((".", "~"))
    }


def digest_of(path: Path, blanks: Mapping[str, Mapping[str, str]], said: Mapping[str, str]) -> str:
    """Changes whenever the file would be read into something else."""
    filled = fingerprint(
        *(f"{one}={name}={value}" for one in sorted(blanks) for name, value in sorted(blanks[one].items()))
    )
    beside = fingerprint(*(f"{key}={said[key]}" for key in sorted(said)))
    return fingerprint(_READER, hash_of(path), filled if path.suffix == ".md" else "", beside)


def _said(path: Path, files: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{SAID}: {error}.") from error
    return {name: _entry(name, values, files) for name, values in entries.items()}


def _entry(name: str, values: object, files: Mapping[str, Path]) -> dict[str, str]:
    if name not in files:
        raise KnowledgeError(f'{SAID}: there is no file {name!r}; name files like ["contracts/terms.es.pdf"].')
    if not isinstance(values, dict):
        raise KnowledgeError(f'{SAID}: {name!r} must be a table, ["{name}"], with lines of key = value below.')
    unknown = next((key for key in values if key not in _SAYABLE and not key.startswith(NOTE)), "")
    if unknown:
        raise KnowledgeError(f"{SAID}: {name}: {unknown!r} is not known; use {', '.join(_SAYABLE)}.")
    return {key: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in values.items()}
