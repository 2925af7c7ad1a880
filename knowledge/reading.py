"""One file of `content/`, read: its language, its sections, its chunks, or why it cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.blanks import fill_document
from knowledge.chunking import chunks_of
from knowledge.contracts import clauses, version_of
from knowledge.faq import faq_sections, tutorial_sections
from knowledge.language import detect
from knowledge.loaders import load
from knowledge.passages import Chunk, Document, Kind, Section, Source, Unreadable
from knowledge.scope import BadReach, reach_of
from records.types import Language

FOLDERS = {"faq": Kind.FAQ, "tutorials": Kind.TUTORIAL, "contracts": Kind.CONTRACT}
_CODES = frozenset(language.value for language in Language)
_PIECES = {
    Kind.FAQ: "entries; write each as `## Question {#id}`",
    Kind.TUTORIAL: "sections; give it headings",
    Kind.CONTRACT: "clauses",
}


@dataclass(frozen=True)
class Read:
    """One source as it stands now."""

    source: Source
    chunks: tuple[Chunk, ...]


def read_source(
    path: Path, name: str, digest: str, blanks: Mapping[str, Mapping[str, str]], said: Mapping[str, str]
) -> Read:
    """One file, read. `said` is what `sources.toml` says about it, over its front matter.

    What cannot be read becomes the source's `problem`.
    """
    try:
        return _read(path, name, digest, blanks, said)
    except Unreadable as error:
        why = str(error).removeprefix(f"{name}: ")
        language = language_in(path.name) or Language.ES
        return Read(Source(name, FOLDERS[name.split("/")[0]], language, path.stem, digest, why), ())


def _read(path: Path, name: str, digest: str, blanks: Mapping[str, Mapping[str, str]], said: Mapping[str, str]) -> Read:
    kind = FOLDERS[name.split("/")[0]]
    document = load(path, name)
    language = _language_of(path, document, said)
    document = fill_document(document, blanks.get(language.value, {}))
    front = {**document.front, **said}
    document = replace(document, front=front)
    sections, problems = _sections(kind, document)
    if not sections and not problems:
        raise Unreadable(f"{name}: nothing in it could be cut into {_PIECES[kind]}.")
    contract = version_of(path.stem, front.get("version", "")) if kind is Kind.CONTRACT else ""
    try:
        title, reach = front.get("title", "") or path.stem, reach_of(front)
        source = Source(name, kind, language, title, digest, "\n".join(problems), reach)
        return Read(source, chunks_of(source, sections, contract))
    except BadReach as error:
        raise Unreadable(f"{name}: {error}.") from error


def _sections(kind: Kind, document: Document) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    if kind is Kind.FAQ:
        return faq_sections(document)
    if kind is Kind.TUTORIAL:
        return tutorial_sections(document)
    return clauses(document), ()


def _language_of(path: Path, document: Document, said: Mapping[str, str]) -> Language:
    """What is said about it, else the file's name, else the text itself."""
    stated = (said.get("language") or document.front.get("language", ""))[:2].lower()
    if stated in _CODES:
        return Language(stated)
    named = language_in(path.name)
    language = named or detect(" ".join(block.text for block in document.blocks)[:2_000])
    if language is None:
        raise Unreadable(
            f"{document.name}: neither Spanish nor English as far as can be told; name it like {path.stem}.es{path.suffix}."
        )
    return language


def language_in(name: str) -> Language | None:
    """The language a file's name says: `terms.es.pdf`."""
    endings = name.split(".")[1:-1]
    return next((Language(ending) for ending in endings if ending in _CODES), None)
