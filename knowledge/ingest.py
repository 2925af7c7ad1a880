"""Documents into the index. Only files that changed are read again; vectors fitted on the whole are fitted afresh.

A new generation is built in its own folder, then kept with its sources and chunks in one transaction, then judged by the golden
questions, and only then the pointer moves; a crash before that leaves the old one answering.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.changes import Known, Turn, Wish, what_is_known, what_to_do
from knowledge.contract_register import register_contracts
from knowledge.gathering import check_names
from knowledge.lexicon import extended_lexicon, own_text
from knowledge.passages import NoIndex, Unreadable
from knowledge.standing import index_folder, is_current
from records.database import Database
from records.errors import NotFound
from records.settings import Workspace
from records.store import knowledge as store

if TYPE_CHECKING:  # what reads, fits and fetches is loaded only when there is something to read, fit or fetch
    from knowledge.dense import Dense
    from knowledge.fetch import Fetcher
    from knowledge.findings import Findings

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


def _silent(done: int, total: int, label: str) -> None:
    """Progress nobody watches."""


def ingest(
    db: Database,
    workspace: Workspace,
    now: datetime,
    progress: Progress = _silent,
    dense: "Dense | None" = None,
    wish: Wish | None = None,
    fetcher: "Fetcher | None" = None,
) -> IngestReport:
    """Bring the index up to what stands in `content/`. Running it again without changes does nothing.

    `fetcher` is for tests: without it pages come from allowed hosts at public addresses. Raises Unreadable when there is no
    content folder, BadLexicon when its lexicon cannot be used, KnowledgeError for settings, a sidecar or golden questions that
    cannot be understood.
    """
    wish = wish or Wish()
    if not workspace.content.is_dir():
        raise Unreadable(f"{workspace.content} does not exist; put documents into content/faq, tutorials or contracts.")
    known = what_is_known(db)
    pages, notes = _pages(workspace, wish, fetcher)
    turn = what_to_do(workspace, known, wish, pages)
    own = own_text(workspace)
    if not turn.nothing or wish.rebuild or not _is_whole(workspace, known.newest, own, dense):
        from knowledge.building import Build, publish

        extended_lexicon(own)  # refused before a generation is begun
        publish(db, workspace, known, turn, now, Build(progress, own, dense))
    register_contracts(db, turn.content.files, workspace.settings.blanks, turn.content.said, now)
    verdict = _judge(db, workspace, now, wish.forced_by)
    return _report(db, known, turn, verdict, notes)


def _is_whole(workspace: Workspace, generation: store.Generation | None, own: str, dense: "Dense | None") -> bool:
    if generation is None:
        return False
    folder = index_folder(workspace) / generation.folder
    if dense is None:
        return is_current(folder, own)
    from knowledge.dense import has_dense

    return is_current(folder, own) and has_dense(folder, dense.choice)


def _pages(workspace: Workspace, wish: Wish, fetcher: "Fetcher | None") -> tuple[Mapping[str, Path], tuple[str, ...]]:
    """Pages of the settings brought up to date, and notes on them; those this ingest is not about stay as they are."""
    wanted = workspace.settings.ingest
    if not wanted.urls:
        return {}, ()
    from knowledge.fetch import fetch_pages, fetcher_for

    check_names(wanted.urls)
    folder = workspace.state / "pages"
    pages = fetch_pages(wanted.urls, folder, fetcher or fetcher_for(wanted.allow_hosts), wish.covers)
    return pages.files, pages.notes


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


def _report(db: Database, known: Known, turn: Turn, verdict: _Verdict, notes: tuple[str, ...]) -> IngestReport:
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


def findings(db: Database, workspace: Workspace) -> "Findings":
    """What is wrong between the documents that answer now: missing in a language, unlike, twice, contradictory."""
    from knowledge.building import by_source
    from knowledge.findings import look_at

    with db.read() as tx:
        chunks = [chunk for held in by_source(store.chunks_of(tx, store.live(tx))).values() for chunk in held]
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
