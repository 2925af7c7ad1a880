"""Documents into the index. Only files that changed are read again; vectors fitted on the whole are fitted afresh.

A new generation is built in its own folder and goes live in one transaction with its sources and chunks; a crash before that
leaves the old one answering.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from knowledge import index
from knowledge.blanks import fill_document
from knowledge.chunking import chunks_of
from knowledge.contracts import clauses, version_of
from knowledge.faq import faq_sections, tutorial_sections
from knowledge.language import detect
from knowledge.library import index_folder
from knowledge.loaders import hash_of, load
from knowledge.passages import Chunk, Document, Kind, Section, Source, Unreadable
from records.database import Database
from records.ids import fingerprint
from records.settings import Workspace
from records.store import knowledge as store
from records.types import Language

_FOLDERS = {"faq": Kind.FAQ, "tutorials": Kind.TUTORIAL, "contracts": Kind.CONTRACT}
_READER = "1"  # raise when a file would now be read differently
_CODES = frozenset(language.value for language in Language)
_KEPT = 3  # generations on disk: the live one and two to go back to

Progress = Callable[[int, int, str], None]
Refused = tuple[str, str]


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did. Files by path inside `content/`; `refused` says why, for a whole file or for one entry of it.

    `generation` is the one that answers now; the same as before when nothing changed.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: tuple[Refused, ...]
    generation: int

    @property
    def nothing_new(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True)
class _Read:
    """One source as it stands now."""

    source: Source
    chunks: tuple[Chunk, ...]


def _silent(done: int, total: int, label: str) -> None:
    """Progress nobody watches."""


def ingest(db: Database, workspace: Workspace, now: datetime, progress: Progress = _silent) -> IngestReport:
    """Bring the index up to what stands in `content/`. Running it again without changes does nothing.

    Raises Unreadable when there is no content folder.
    """
    if not workspace.content.is_dir():
        raise Unreadable(f"{workspace.content} does not exist; put documents into content/faq, tutorials or contracts.")
    with db.read() as tx:
        known = {source.id: source for source in store.all_sources(tx)}
        newest = next(iter(store.ready(tx)), None)
        live = store.live(tx)
        held = store.chunks_of(tx, newest.id) if newest else ()
    files = content_files(workspace.content)
    old = _by_source(held)
    hashes = {name: _hash(path, workspace.settings.blanks) for name, path in files.items()}
    same = {name for name, digest in hashes.items() if name in known and known[name].content_hash == digest}
    reads = _read_all(files, hashes, same, known, old, workspace.settings.blanks, progress)
    current = newest is not None and index.is_current(index_folder(workspace) / newest.folder)
    generation = live
    if not current or len(same) < len(files) or set(known) - set(files):
        generation = _publish(db, workspace, reads, now, progress)
    return _report(files, known, same, reads, generation)


def content_files(content: Path) -> dict[str, Path]:
    """Every file of the three folders by its path inside `content/`, hidden ones left out."""
    return {
        path.relative_to(content).as_posix(): path
        for folder in _FOLDERS
        for path in sorted((content / folder).rglob("*"))
        if path.is_file() and not path.name.startswith((".", "~"))
    }


def _hash(path: Path, blanks: Mapping[str, Mapping[str, str]]) -> str:
    filled = fingerprint(
        *(f"{one}={name}={value}" for one in sorted(blanks) for name, value in sorted(blanks[one].items()))
    )
    return fingerprint(_READER, hash_of(path), filled if path.suffix == ".md" else "")


def _by_source(held: Iterable[store.StoredChunk]) -> dict[str, tuple[Chunk, ...]]:
    found: dict[str, list[Chunk]] = {}
    for row in held:
        values = vars(row) | {"language": Language(row.language), "kind": Kind(row.kind)}
        found.setdefault(row.source, []).append(Chunk(**values))
    return {name: tuple(chunks) for name, chunks in found.items()}


def _read_all(
    files: Mapping[str, Path],
    hashes: Mapping[str, str],
    same: set[str],
    known: Mapping[str, store.StoredSource],
    old: Mapping[str, tuple[Chunk, ...]],
    blanks: Mapping[str, Mapping[str, str]],
    progress: Progress,
) -> list[_Read]:
    reads = []
    for done, (name, path) in enumerate(files.items()):
        progress(done, len(files), name)
        if name in same:
            reads.append(_Read(_source_of(known[name]), old.get(name, ())))
        else:
            reads.append(read_source(path, name, hashes[name], blanks))
    progress(len(files), len(files), "read")
    return reads


def _source_of(row: store.StoredSource) -> Source:
    return Source(row.id, Kind(row.kind), Language(row.language), row.title, row.content_hash, row.problem)


def read_source(path: Path, name: str, digest: str, blanks: Mapping[str, Mapping[str, str]]) -> _Read:
    """One file, read. What cannot be read becomes the source's `problem`."""
    kind = _FOLDERS[name.split("/")[0]]
    try:
        document = load(path, name)
        language = _language_of(path, document)
        title = document.front.get("title", "") or path.stem
        document = fill_document(document, blanks.get(language.value, {}))
        sections, problems = _sections(kind, document)
        if not sections and not problems:
            raise Unreadable(f"{name}: nothing in it could be cut into {_PIECES[kind]}.")
    except Unreadable as error:
        why = str(error).removeprefix(f"{name}: ")
        return _Read(Source(name, kind, _language_in(path.name) or Language.ES, path.stem, digest, why), ())
    contract = version_of(path.stem, document.front.get("version", "")) if kind is Kind.CONTRACT else ""
    source = Source(name, kind, language, title, digest, "\n".join(problems))
    return _Read(source, chunks_of(source, sections, contract))


_PIECES = {
    Kind.FAQ: "entries; write each as `## Question {#id}`",
    Kind.TUTORIAL: "sections; give it headings",
    Kind.CONTRACT: "clauses",
}


def _sections(kind: Kind, document: Document) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    if kind is Kind.FAQ:
        return faq_sections(document)
    if kind is Kind.TUTORIAL:
        return tutorial_sections(document)
    return clauses(document), ()


def _language_of(path: Path, document: Document) -> Language:
    """What the front matter says, else the file's name, else the text itself."""
    stated = document.front.get("language", "")[:2].lower()
    if stated in _CODES:
        return Language(stated)
    named = _language_in(path.name)
    language = named or detect(" ".join(block.text for block in document.blocks)[:2_000])
    if language is None:
        raise Unreadable(
            f"{document.name}: neither Spanish nor English as far as can be told; name it like {path.stem}.es{path.suffix}."
        )
    return language


def _language_in(name: str) -> Language | None:
    endings = name.split(".")[1:-1]
    return next((Language(ending) for ending in endings if ending in _CODES), None)


def _publish(db: Database, workspace: Workspace, reads: list[_Read], now: datetime, progress: Progress) -> int:
    with db.write() as tx:
        number = store.begin(tx, now)
    folder = index_folder(workspace) / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    chunks = list({chunk.id: chunk for one in reads for chunk in one.chunks}.values())
    try:
        index.write(folder, chunks, workspace.settings.chroma_url, progress)
    except BaseException:
        with db.write() as tx:
            store.fail(tx, number)
        raise
    with db.write() as tx:
        store.finish(
            tx, number, [_stored(one.source, now) for one in reads], [_stored_chunk(chunk) for chunk in chunks]
        )
        keep = {one.folder for one in store.ready(tx)[:_KEPT]}
    _forget(index_folder(workspace), keep)
    return number


def _stored(source: Source, now: datetime) -> store.StoredSource:
    return store.StoredSource(
        source.id, source.kind.value, source.language.value, source.title, source.content_hash, source.problem, now
    )


def _stored_chunk(chunk: Chunk) -> store.StoredChunk:
    return store.StoredChunk(**(vars(chunk) | {"language": chunk.language.value, "kind": chunk.kind.value}))


def _forget(root: Path, keep: set[str]) -> None:
    """Generations nobody can go back to are taken from the disk; one being built by another process has a higher number."""
    newest = max((int(name) for name in keep), default=0)
    for folder in root.iterdir():
        if folder.name.isdigit() and folder.name not in keep and int(folder.name) < newest:
            shutil.rmtree(folder, ignore_errors=True)


def _report(
    files: Mapping[str, Path],
    known: Mapping[str, store.StoredSource],
    same: set[str],
    reads: list[_Read],
    generation: int,
) -> IngestReport:
    refused = [(one.source.id, why) for one in reads for why in one.source.problem.split("\n") if one.source.problem]
    return IngestReport(
        added=tuple(name for name in files if name not in known),
        changed=tuple(name for name in files if name in known and name not in same),
        removed=tuple(name for name in known if name not in files),
        unchanged=tuple(name for name in files if name in same),
        refused=tuple(refused),
        generation=generation,
    )
