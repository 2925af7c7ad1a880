"""One file of `content/`, read: its language, its sections, its chunks, or why it cannot be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.blanks import fill_document
from knowledge.chunking import chunks_of
from knowledge.contracts import clauses, version_of
from knowledge.faq import faq_sections, tutorial_sections
from knowledge.language import detect
from knowledge.loaders import load
from knowledge.passages import FOLDERS, Chunk, Document, Kind, Section, Source, Unreadable
from knowledge.scope import BadReach, reach_of
from knowledge.suspicion import suspicions
from records.ids import fingerprint
from records.types import Language

_LANGUAGE = re.compile(r"(?:es|en)(?:-[A-Za-z0-9]{2,3})?$")
_CODES = frozenset(language.value for language in Language)
_PIECES = {
    Kind.FAQ: "entries; write each as `## Question {#id}`",
    Kind.TUTORIAL: "sections; give it headings",
    Kind.CONTRACT: "clauses",
}


Blanks = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ReadWhat:
    """One file to read. `said` is what `sources.toml` says about it, over its front matter; `cleared` are flags taken back."""

    path: Path
    name: str
    digest: str
    blanks: Blanks
    said: Mapping[str, str]
    cleared: frozenset[str]


@dataclass(frozen=True)
class Flagged:
    """A section nobody is answered from until a person has read it. `id` is bound to every word of it."""

    id: str
    source: str
    path: str
    title: str
    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """One source as it stands now. What is `flagged` is not among its chunks."""

    source: Source
    chunks: tuple[Chunk, ...]
    flagged: tuple[Flagged, ...] = ()


def read_source(what: ReadWhat) -> Read:
    """One file, read. What cannot be read becomes the source's `problem`."""
    try:
        return _read(what)
    except Unreadable as error:
        return unreadable(what, error)
    except RecursionError:
        return unreadable(what, Unreadable("parts stand inside parts too deeply; write it anew, flatter."))
    except MemoryError:
        return unreadable(what, Unreadable("reading it takes more memory than a document should; split it."))


def unreadable(what: ReadWhat, error: Unreadable) -> Read:
    """A source that is not in the index, and why."""
    why = str(error).removeprefix(f"{what.name}: ")
    language = language_in(what.path.name) or Language.ES
    return Read(Source(what.name, _kind(what.name), language, what.path.stem, what.digest, why), ())


def _kind(name: str) -> Kind:
    return FOLDERS[name.split("/")[0]]


def read_document(
    path: Path, name: str, blanks: Mapping[str, Mapping[str, str]], said: Mapping[str, str]
) -> tuple[Document, Language]:
    """The file as a person would read it, blanks filled, and its language. Raises Unreadable."""
    document = load(path, name)
    language = _language_of(path, document, said)
    return fill_document(document, blanks.get(language.value, {})), language


def _read(what: ReadWhat) -> Read:
    path, name, kind = what.path, what.name, _kind(what.name)
    document, language = read_document(path, name, what.blanks, what.said)
    front = {**document.front, **what.said}
    document = replace(document, front=front)
    sections, problems = _sections(kind, document)
    if not sections and not problems:
        raise Unreadable(f"{name}: nothing in it could be cut into {_PIECES[kind]}.")
    contract = version_of(path.stem, front.get("version", "")) if kind is Kind.CONTRACT else ""
    flagged = tuple(one for section in sections if (one := _flag(name, section)) and one.id not in what.cleared)
    held_back = {one.path for one in flagged}
    quotable = tuple(section for section in sections if section.path not in held_back)
    try:
        title, reach = front.get("title", "") or path.stem, reach_of(front)
        source = Source(name, kind, language, title, what.digest, "\n".join(problems), reach)
        return Read(source, chunks_of(source, quotable, contract), flagged)
    except BadReach as error:
        raise Unreadable(f"{name}: {error}.") from error


def _flag(name: str, section: Section) -> Flagged | None:
    beside = tuple(filter(None, (section.note, section.short)))
    reasons = suspicions("\n".join((section.heading, section.text, *section.phrasings, *beside)))
    if not reasons:
        return None
    bound = fingerprint("flag", name, section.path, section.heading, section.text, *section.phrasings, *beside)
    return Flagged(bound, name, section.path, section.heading, section.text, reasons)


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
    return next((Language(ending[:2]) for ending in endings if _LANGUAGE.match(ending)), None)
