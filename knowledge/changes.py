"""What an ingest has to do: what stands in `content/`, against what the records hold of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.gathering import Content, digests, gather
from knowledge.seen import Seen
from records.database import Database
from records.settings import Workspace
from records.store import knowledge as store


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
class Known:
    """What the records hold before."""

    sources: Mapping[str, store.StoredSource]
    newest: store.Generation | None
    live: int


@dataclass(frozen=True)
class Turn:
    """What is to be done: the files to keep or read, by name, and which of them are as they were."""

    content: Content
    digests: Mapping[str, str]
    same: frozenset[str]
    gone: frozenset[str]

    @property
    def nothing(self) -> bool:
        return not self.gone and len(self.same) == len(self.digests)


def what_is_known(db: Database) -> Known:
    """What the records hold now."""
    with db.read() as tx:
        sources = {source.id: source for source in store.all_sources(tx)}
        return Known(sources, next(iter(store.finished(tx)), None), store.live(tx))


def what_to_do(workspace: Workspace, known: Known, wish: Wish, pages: Mapping[str, Path]) -> Turn:
    """`pages` are files that were fetched. Raises KnowledgeError for a sidecar that cannot be understood."""
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
    return Turn(content, asked | left, frozenset(same), frozenset(gone))
