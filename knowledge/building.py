"""A new generation of the index, from files read anew and from what is kept of those that did not change.

Loads all that reads, fits and searches; an ingest that finds nothing changed never comes here.
"""

import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from knowledge import index
from knowledge.changes import Known, Turn
from knowledge.dense import Dense, write_dense
from knowledge.passages import Chunk, Kind, Source
from knowledge.reader import Reader
from knowledge.reading import Flagged, Read
from knowledge.scope import from_plain, to_plain
from knowledge.standing import index_folder
from records.database import Database
from records.settings import Settings, Workspace
from records.store import knowledge as store
from records.types import Language

_KEPT = 3  # generations on disk: the live one and two to go back to

Progress = Callable[[int, int, str], None]


def by_source(held: Iterable[store.StoredChunk]) -> dict[str, tuple[Chunk, ...]]:
    found: dict[str, list[Chunk]] = {}
    for row in held:
        values = vars(row) | {
            "language": Language(row.language),
            "kind": Kind(row.kind),
            "reach": from_plain(row.reach),
        }
        found.setdefault(row.source, []).append(Chunk(**values))
    return {name: tuple(chunks) for name, chunks in found.items()}


def _read_all(db: Database, known: Known, turn: Turn, settings: Settings, progress: Progress) -> list[Read]:
    blanks, seconds = settings.blanks, settings.ingest.seconds_per_document
    with db.read() as tx:
        old = by_source(store.chunks_of(tx, known.newest.id)) if known.newest else {}
        cleared = store.cleared_flags(tx)
    reads = []
    with Reader(blanks, cleared, seconds) as reader:
        for done, (name, digest) in enumerate(sorted(turn.digests.items())):
            progress(done, len(turn.digests), name)
            if name in turn.same:
                reads.append(Read(_source_of(known.sources[name]), old.get(name, ())))
            else:
                reads.append(reader.read(turn.content.files[name], name, digest, turn.content.said.get(name, {})))
    progress(len(turn.digests), len(turn.digests), "read")
    return reads


def _source_of(row: store.StoredSource) -> Source:
    return Source(row.id, Kind(row.kind), Language(row.language), row.title, row.content_hash, row.problem)


@dataclass(frozen=True)
class Build:
    """How a generation is written, and who watches. `own` is what the workspace adds to the lexicon."""

    progress: Progress
    own: str
    dense: Dense | None

    def write(self, folder: Path, chunks: list[Chunk], server: str) -> None:
        index.write(folder, chunks, self.own, server, self.progress)
        if self.dense is not None:
            write_dense(folder, server, chunks, self.dense, self.progress)


def publish(db: Database, workspace: Workspace, known: Known, turn: Turn, now: datetime, build: Build) -> None:
    """A new generation on disk and in the records; the pointer does not move yet."""
    reads = _read_all(db, known, turn, workspace.settings, build.progress)
    with db.write() as tx:
        number = store.begin(tx, now)
    folder = index_folder(workspace) / str(number)
    shutil.rmtree(folder, ignore_errors=True)
    chunks = list({chunk.id: chunk for one in reads for chunk in one.chunks}.values())
    try:
        build.write(folder, chunks, workspace.settings.chroma_url)
    except BaseException:
        with db.write() as tx:
            store.fail(tx, number)
        raise
    read_again = [name for name in turn.digests if name not in turn.same]
    with db.write() as tx:
        store.finish(
            tx, number, [_stored(one.source, now) for one in reads], [_stored_chunk(chunk) for chunk in chunks]
        )
        store.keep_flags(tx, [*read_again, *turn.gone], [_flag(one, now) for read in reads for one in read.flagged])
        kept = {one.folder for one in (*store.ready(tx)[:_KEPT], *store.finished(tx)[:1])}
    _forget(index_folder(workspace), kept)


def _flag(one: Flagged, now: datetime) -> store.Flag:
    return store.Flag(one.id, one.source, one.path, one.title, one.text, one.reasons, now)


def _stored(source: Source, now: datetime) -> store.StoredSource:
    return store.StoredSource(
        source.id, source.kind.value, source.language.value, source.title, source.content_hash, source.problem, now
    )


def _stored_chunk(chunk: Chunk) -> store.StoredChunk:
    plain = {"language": chunk.language.value, "kind": chunk.kind.value, "reach": to_plain(chunk.reach)}
    return store.StoredChunk(**(vars(chunk) | plain))


def _forget(root: Path, keep: Collection[str]) -> None:
    """Generations nobody can go back to are taken from the disk; one being built by another process has a higher number."""
    newest = max((int(name) for name in keep), default=0)
    for folder in root.iterdir():
        if folder.name.isdigit() and folder.name not in keep and int(folder.name) < newest:
            shutil.rmtree(folder, ignore_errors=True)
