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
from knowledge.dense import Dense, has_dense, write_dense
from knowledge.gathering import Content, digest_of, gather
from knowledge.lexicon import extended_lexicon, own_text
from knowledge.library import index_folder
from knowledge.passages import Chunk, Kind, Source, Unreadable
from knowledge.reading import Read, read_source
from knowledge.scope import from_plain, to_plain
from records.database import Database
from records.settings import Workspace
from records.store import knowledge as store
from records.types import Language

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


def _silent(done: int, total: int, label: str) -> None:
    """Progress nobody watches."""


def ingest(
    db: Database, workspace: Workspace, now: datetime, progress: Progress = _silent, dense: Dense | None = None
) -> IngestReport:
    """Bring the index up to what stands in `content/`. Running it again without changes does nothing.

    Raises Unreadable when there is no content folder, BadLexicon when its lexicon cannot be used.
    """
    if not workspace.content.is_dir():
        raise Unreadable(f"{workspace.content} does not exist; put documents into content/faq, tutorials or contracts.")
    with db.read() as tx:
        known = {source.id: source for source in store.all_sources(tx)}
        newest = next(iter(store.ready(tx)), None)
        live = store.live(tx)
        held = store.chunks_of(tx, newest.id) if newest else ()
    content, own = gather(workspace.content), own_text(workspace)
    files, blanks = content.files, workspace.settings.blanks
    old = _by_source(held)
    hashes = {name: digest_of(path, blanks, content.said.get(name, {})) for name, path in files.items()}
    same = {name for name, digest in hashes.items() if name in known and known[name].content_hash == digest}
    reads = _read_all(content, hashes, same, known, old, blanks, progress)
    current = newest is not None and _is_current(index_folder(workspace) / newest.folder, own, dense)
    generation = live
    if not current or len(same) < len(files) or set(known) - set(files):
        extended_lexicon(own)  # refused before a generation is begun
        generation = _publish(db, workspace, reads, own, now, progress, dense)
    return _report(files, known, same, reads, generation)


def _by_source(held: Iterable[store.StoredChunk]) -> dict[str, tuple[Chunk, ...]]:
    found: dict[str, list[Chunk]] = {}
    for row in held:
        values = vars(row) | {
            "language": Language(row.language),
            "kind": Kind(row.kind),
            "reach": from_plain(row.reach),
        }
        found.setdefault(row.source, []).append(Chunk(**values))
    return {name: tuple(chunks) for name, chunks in found.items()}


def _read_all(
    content: Content,
    hashes: Mapping[str, str],
    same: set[str],
    known: Mapping[str, store.StoredSource],
    old: Mapping[str, tuple[Chunk, ...]],
    blanks: Mapping[str, Mapping[str, str]],
    progress: Progress,
) -> list[Read]:
    reads = []
    total = len(content.files)
    for done, (name, path) in enumerate(content.files.items()):
        progress(done, total, name)
        if name in same:
            reads.append(Read(_source_of(known[name]), old.get(name, ())))
        else:
            reads.append(read_source(path, name, hashes[name], blanks, content.said.get(name, {})))
    progress(total, total, "read")
    return reads


def _source_of(row: store.StoredSource) -> Source:
    return Source(row.id, Kind(row.kind), Language(row.language), row.title, row.content_hash, row.problem)


def _is_current(folder: Path, own: str, dense: Dense | None) -> bool:
    return index.is_current(folder, own) and (dense is None or has_dense(folder, dense.choice))


def _publish(
    db: Database,
    workspace: Workspace,
    reads: list[Read],
    own: str,
    now: datetime,
    progress: Progress,
    dense: Dense | None,
) -> int:
    with db.write() as tx:
        number = store.begin(tx, now)
    folder = index_folder(workspace) / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    chunks = list({chunk.id: chunk for one in reads for chunk in one.chunks}.values())
    try:
        index.write(folder, chunks, own, workspace.settings.chroma_url, progress)
        if dense is not None:
            write_dense(folder, workspace.settings.chroma_url, chunks, dense, progress)
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
    plain = {"language": chunk.language.value, "kind": chunk.kind.value, "reach": to_plain(chunk.reach)}
    return store.StoredChunk(**(vars(chunk) | plain))


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
    reads: list[Read],
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
