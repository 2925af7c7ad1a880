"""What stands in `content/`: its files, and what `sources.toml` says about them."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.passages import FOLDERS, NOTE, KnowledgeError
from knowledge.scope import KEYS
from knowledge.seen import Seen
from records.ids import fingerprint

SAID = "sources.toml"
_READER = "8"  # raise when a file would now be read differently
_SAYABLE = ("language", "title", "version", *KEYS)


@dataclass(frozen=True)
class Content:
    """Every file by its path inside `content/`, and what is said about each beside it."""

    files: Mapping[str, Path]
    said: Mapping[str, Mapping[str, str]]


def gather(content: Path, pages: Mapping[str, Path]) -> Content:
    """`pages` are files that were fetched, by the path they take in `content/`.

    Raises KnowledgeError for a `sources.toml` that cannot be understood, naming entry and key, and for a page that would take
    the place of a file.
    """
    files = content_files(content)
    taken = next((name for name in pages if name in files), "")
    if taken:
        raise KnowledgeError(f"{taken}: stands in {content.name}/ and under [ingest.urls]; take one of the two out.")
    every = dict(sorted({**files, **pages}.items()))
    return Content(every, _said(content / SAID, every))


def check_names(urls: Mapping[str, str]) -> None:
    """Pages take a place in one of the three folders, as a file of a kind that is read. Raises KnowledgeError."""
    from knowledge.loaders import SUFFIXES

    for name in urls:
        folder, _, rest = name.partition("/")
        if folder not in FOLDERS or not rest or ".." in name.split("/") or Path(name).suffix.lower() not in SUFFIXES:
            raise KnowledgeError(
                f"[ingest.urls]: {name!r} is no place for a page; write one like faq/help.es.html "
                f"({', '.join(FOLDERS)}; {', '.join(sorted(SUFFIXES))})."
            )


def content_files(content: Path) -> dict[str, Path]:
    """Every file of the three folders by its path inside `content/`, hidden ones left out.

    Raises KnowledgeError for a link that leads out of it: what lies there was not put here to be quoted to anybody.
    """
    found = {
        f"{folder}/{name}": content / folder / name
        for folder in FOLDERS
        for name in sorted(_names_in(content / folder), key=lambda one: one.split("/"))
    }
    home = content.resolve()
    linked = {folder for folder in FOLDERS if (content / folder).is_symlink()}
    for name, path in found.items():
        by_link = path.is_symlink() or name.split("/")[0] in linked
        if by_link and not path.resolve().is_relative_to(home):
            raise KnowledgeError(
                f"{name}: leads out of {content.name}/ by a link; put the file itself there, or take it out."
            )
    return found


def _names_in(folder: Path, inside: str = "") -> Iterator[str]:
    """Files by their path in the folder. Folders that are links are not walked."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for one in entries:
            if one.is_dir(follow_symlinks=False):
                yield from _names_in(Path(one.path), f"{inside}{one.name}/")
            elif one.is_file() and not one.name.startswith((".", "~")):
                yield f"{inside}{one.name}"


def digests(content: Content, blanks: Mapping[str, Mapping[str, str]], seen: Seen) -> dict[str, str]:
    """By file a word that changes whenever the file would be read into something else."""
    filled = fingerprint(
        *(f"{one}={name}={value}" for one in sorted(blanks) for name, value in sorted(blanks[one].items()))
    )
    found = {}
    for name, path in content.files.items():
        said = content.said.get(name, {})
        beside = [f"{key}={said[key]}" for key in sorted(said)]
        found[name] = fingerprint(_READER, seen.hash_of(path, name), filled if path.suffix == ".md" else "", *beside)
    return found


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
