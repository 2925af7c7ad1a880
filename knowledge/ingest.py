"""Documents into the index. Only files that changed are read again; vectors fitted on the whole are fitted afresh.

A new generation is built in its own folder, then kept with its sources and chunks in one transaction, then judged by the golden
questions, and only then the pointer moves; a crash before that leaves the old one answering.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from knowledge.contract_register import register_contracts
from knowledge.dense import Dense
from knowledge.fetch import Fetcher, Pages
from knowledge.findings import Findings, look_at
from knowledge.gathering import Content, check_names, digests, gather
from knowledge.lexicon import extended_lexicon, own_text
from knowledge.library import index_folder
from knowledge.passages import Chunk, Kind, NoIndex, Source, Unreadable
from knowledge.reader import Reader
from knowledge.reading import Flagged, Read
from knowledge.scope import from_plain, to_plain
from knowledge.seen import Seen
from records.database import Database
from records.errors import NotFound
from records.settings import Settings, Workspace
from records.store import knowledge as store
from records.types import Language

_KEPT = 3  # generations on disk: the live one and two to go back to

Progress = Callable[[int, int, str], None]
Refused = tuple[str, str]


@dataclass(frozen=True)
class Held:
    """A section nobody is answered from until a person has read it, and why."""

    source: str
    path: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did. Files by path inside `content/`; `refused` says why, for a whole file or for one entry of it.

    `generation` is the one that answers now; the same as before when nothing changed, or when the new one is `worse`: then
    these golden questions have to be found again first. `flagged` wait for a person (`relevo ingest review`).
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: tuple[Refused, ...]
    flagged: tuple[Held, ...]
    notes: tuple[str, ...]
    golden: str
    worse: tuple[str, ...]
    generation: int

    @property
    def nothing_new(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True)
class Wish:
    """What is asked of one ingest. `only`: these files, or those in these folders; empty for all.

    `forced_by` lets a generation answer that finds less than the one before; `rebuild` builds one though nothing changed.
    """

    only: tuple[str, ...] = ()
    forced_by: str = ""
    rebuild: bool = False

    def covers(self, name: str) -> bool:
        return not self.only or any(name == one or name.startswith(f"{one}/") for one in self.only)


@dataclass(frozen=True)
class _Known:
    """What the records hold before."""

    sources: Mapping[str, store.StoredSource]
    newest: store.Generation | None
    live: int


@dataclass(frozen=True)
class _Turn:
    """What is to be done: the files to keep or read, by name, and which of them are as they were."""

    content: Content
    digests: Mapping[str, str]
    same: frozenset[str]
    gone: frozenset[str]

    @property
    def nothing(self) -> bool:
        return not self.gone and len(self.same) == len(self.digests)


def _silent(done: int, total: int, label: str) -> None:
    """Progress nobody watches."""


def ingest(
    db: Database,
    workspace: Workspace,
    now: datetime,
    progress: Progress = _silent,
    dense: Dense | None = None,
    wish: Wish | None = None,
    fetcher: Fetcher | None = None,
) -> IngestReport:
    """Bring the index up to what stands in `content/`. Running it again without changes does nothing.

    `fetcher` is for tests: without it pages come from allowed hosts at public addresses. Raises Unreadable when there is no
    content folder, BadLexicon when its lexicon cannot be used, KnowledgeError for settings, a sidecar or golden questions that
    cannot be understood.
    """
    wish = wish or Wish()
    if not workspace.content.is_dir():
        raise Unreadable(f"{workspace.content} does not exist; put documents into content/faq, tutorials or contracts.")
    known = _known(db)
    pages = _pages(workspace, wish, fetcher)
    turn = _turn(workspace, known, wish, pages.files)
    own = own_text(workspace)
    if not turn.nothing or wish.rebuild or not _is_whole(workspace, known.newest, own, dense):
        extended_lexicon(own)  # refused before a generation is begun
        _publish(db, workspace, known, turn, now, _Build(progress, own, dense))
    register_contracts(db, turn.content.files, workspace.settings.blanks, turn.content.said, now)
    verdict = _judge(db, workspace, now, wish.forced_by)
    return _report(db, known, turn, verdict, pages.notes)


def _known(db: Database) -> _Known:
    with db.read() as tx:
        sources = {source.id: source for source in store.all_sources(tx)}
        return _Known(sources, next(iter(store.finished(tx)), None), store.live(tx))


def _is_whole(workspace: Workspace, generation: store.Generation | None, own: str, dense: Dense | None) -> bool:
    from knowledge import index
    from knowledge.dense import has_dense

    if generation is None:
        return False
    folder = index_folder(workspace) / generation.folder
    return index.is_current(folder, own) and (dense is None or has_dense(folder, dense.choice))


def _pages(workspace: Workspace, wish: Wish, fetcher: Fetcher | None) -> Pages:
    """Pages of the settings brought up to date; those this ingest is not about stay as they are."""
    wanted = workspace.settings.ingest
    if not wanted.urls:
        return Pages({}, ())
    from knowledge.fetch import fetch_pages, fetcher_for

    check_names(wanted.urls)
    folder = workspace.state / "pages"
    return fetch_pages(wanted.urls, folder, fetcher or fetcher_for(wanted.allow_hosts), wish.covers)


def _turn(workspace: Workspace, known: _Known, wish: Wish, pages: Mapping[str, Path]) -> _Turn:
    content = gather(workspace.content, pages)
    seen = Seen.load(workspace.state / "seen.json")
    told = digests(content, workspace.settings.blanks, seen)
    seen.save()
    asked = {name: digest for name, digest in told.items() if name in known.sources or wish.covers(name)}
    left = {name: source.content_hash for name, source in known.sources.items() if not wish.covers(name)}
    same = {
        name
        for name, digest in (asked | left).items()
        if name in known.sources and known.sources[name].content_hash == digest
    }
    gone = {name for name in known.sources if name not in told and wish.covers(name)}
    return _Turn(content, asked | left, frozenset(same), frozenset(gone))


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


def _read_all(db: Database, known: _Known, turn: _Turn, settings: Settings, progress: Progress) -> list[Read]:
    blanks, seconds = settings.blanks, settings.ingest.seconds_per_document
    with db.read() as tx:
        old = _by_source(store.chunks_of(tx, known.newest.id)) if known.newest else {}
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
class _Build:
    """How a generation is written, and who watches. `own` is what the workspace adds to the lexicon."""

    progress: Progress
    own: str
    dense: Dense | None

    def write(self, folder: Path, chunks: list[Chunk], server: str) -> None:
        from knowledge import index
        from knowledge.dense import write_dense

        index.write(folder, chunks, self.own, server, self.progress)
        if self.dense is not None:
            write_dense(folder, server, chunks, self.dense, self.progress)


def _publish(db: Database, workspace: Workspace, known: _Known, turn: _Turn, now: datetime, build: _Build) -> None:
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


# ---------------------------------------------------------------- may it answer?


@dataclass(frozen=True)
class _Verdict:
    """What the golden questions say: `golden` in words, empty when none were asked; `worse` when the new one may not answer."""

    golden: str = ""
    worse: tuple[str, ...] = ()


def _judge(db: Database, workspace: Workspace, now: datetime, forced_by: str) -> _Verdict:
    """Let the newest generation answer, unless it finds less than the one that answers now."""
    with db.read() as tx:
        newest = next(iter(store.finished(tx)), None)
        live = next((one for one in store.ready(tx) if one.id == store.live(tx)), None)
    if newest is None or newest.state != "held":
        return _Verdict()
    verdict = _compared(workspace, live, newest, now)
    if verdict.worse and not forced_by:
        return verdict
    with db.write() as tx:
        store.point(tx, newest.id, forced_by if verdict.worse else "")
    return _Verdict(verdict.golden)


def _compared(workspace: Workspace, live: store.Generation | None, newest: store.Generation, now: datetime) -> _Verdict:
    from knowledge import index
    from knowledge.golden import GOLDEN, compare, read_golden

    questions = read_golden(workspace.content / GOLDEN, now.date())
    if not questions or live is None:
        return _Verdict()
    root, server = index_folder(workspace), workspace.settings.chroma_url
    try:
        before = index.read(root / live.folder, server)
    except NoIndex:
        return _Verdict()  # what answers now is damaged: nothing to be worse than
    compared = compare(before, index.read(root / newest.folder, server), questions)
    told = f"before: {compared.before}; now: {compared.after}"
    return _Verdict(told, (compared.worse or ("",)) if compared.got_worse else ())


def _report(db: Database, known: _Known, turn: _Turn, verdict: _Verdict, notes: tuple[str, ...]) -> IngestReport:
    with db.read() as tx:
        sources, live, flags = store.all_sources(tx), store.live(tx), store.pending_flags(tx)
    refused = [(one.id, why) for one in sources for why in one.problem.split("\n") if one.problem]
    names = sorted(turn.digests)
    return IngestReport(
        added=tuple(name for name in names if name not in known.sources),
        changed=tuple(name for name in names if name in known.sources and name not in turn.same),
        removed=tuple(sorted(turn.gone)),
        unchanged=tuple(name for name in names if name in turn.same),
        refused=tuple(refused),
        flagged=tuple(Held(one.source_id, one.path, one.reasons) for one in flags),
        notes=notes,
        golden=verdict.golden,
        worse=verdict.worse,
        generation=live,
    )


def findings(db: Database, workspace: Workspace) -> Findings:
    """What is wrong between the documents that answer now: missing in a language, unlike, twice, contradictory."""
    with db.read() as tx:
        chunks = [chunk for held in _by_source(store.chunks_of(tx, store.live(tx))).values() for chunk in held]
    return look_at(chunks, workspace.settings.company.languages)


def clear(db: Database, source: str, path: str, by: str, now: datetime) -> int:
    """Somebody has read what is held back there and lets it pass; how many sections. The next ingest takes them in.

    An empty `path` takes the whole source. Raises NotFound when nothing is held back there.
    """
    with db.write() as tx:
        named = [one for one in store.pending_flags(tx) if one.source_id == source and path in ("", one.path)]
        for flag in named:
            store.clear_flag(tx, flag, by, now)
    if not named:
        raise NotFound(f"nothing is held back at {source!r} {path!r}; `relevo ingest review` lists what is.")
    return len(named)
