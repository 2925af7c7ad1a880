"""`python -m tests.proof.edges`: a small announcement, killed once at every place between two steps.

By each of the four kinds of provider on SQLite, by mail on PostgreSQL.

The places are counted from outside: before and after each commit, before each vendor call and after its answer, after recovery,
tick and batches. A worker dies at the first; on a fresh copy another dies at the second; and so on until one dies nowhere.
"""

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from records.database import Database
from records.types import ChannelName
from tests.proof.providers import KINDS, Provider
from tests.proof.send import Send, Verdict, announced, processes
from tests.servers import PostgresServer

PEOPLE, LINES = 8, 3


@dataclass(frozen=True)
class Ground:
    """Where sends by a kind of provider begin: a workspace with an announcement that is due, and how to copy its database.
    Empty url: SQLite."""

    kind: str
    template: Path
    url: str
    copied: Callable[[], str]

    def send(self, folder: Path, provider: Provider, lines: int = LINES) -> Send:
        shutil.copytree(self.template, folder)
        url = self.copied()
        settings: dict[str, object] = {"database_url": url} if url else {}
        db = Database(url or f"sqlite:///{folder}/.relevo/relevo.db", pool_size=2)
        return Send(folder, provider, PEOPLE, 1, lines, db, settings)


def sqlite_ground(folder: Path, kind: str = "smtp") -> Ground:
    with closing(KINDS[kind]()) as provider:
        announced(folder, provider.channel, PEOPLE)
    return Ground(kind, folder, "", lambda: "")


def postgres_ground(folder: Path, server: PostgresServer) -> Ground:
    url = server.new_database()
    announced(folder, ChannelName.EMAIL, PEOPLE, url)
    return Ground("smtp", folder, url, lambda: server.copy_of(url))


@dataclass(frozen=True)
class Killed:
    """One kill: the place, and what became of the send."""

    place: str
    verdict: Verdict


def at_every_edge(ground: Ground, folder: Path, step: int = 1) -> list[Killed]:
    """A kill at every `step`th place. Each time another life finishes the send."""
    done: list[Killed] = []
    edge = 1
    while (killed := _killed_at(ground, folder / f"at-{edge}", edge)) is not None:
        done.append(killed)
        edge += step
    return done


def _killed_at(ground: Ground, folder: Path, edge: int) -> Killed | None:
    provider, names = KINDS[ground.kind](), folder.with_suffix(".txt")
    send = ground.send(folder, provider)
    try:
        if not send.killed_at(edge, names):
            return None
        send.finish()
        return Killed(names.read_text(encoding="utf-8").splitlines()[-1], send.verdict())
    finally:
        send.db.close()
        provider.close()
        shutil.rmtree(folder)


def main() -> None:
    kept = True
    with TemporaryDirectory(prefix="relevo-edges-") as folder:
        root = Path(folder)
        server = PostgresServer(root / "server")
        grounds = {f"{kind} on SQLite": sqlite_ground(root / f"of-{kind}", kind) for kind in KINDS}
        grounds["smtp on PostgreSQL"] = postgres_ground(root / "of-postgres", server)
        for name, ground in grounds.items():
            killed = at_every_edge(ground, root / name)
            broken = [one for one in killed if not one.verdict.is_kept(LINES)]
            kept = kept and not broken
            print(_told(name, killed), *broken, sep="\n", flush=True)
        server.stop()
    sys.exit(0 if kept else 1)


def _told(name: str, killed: Sequence[Killed]) -> str:
    """How many places of each kind, and in how many messages a kill there left a doubt."""
    doubts: Counter[str] = Counter()
    for one in killed:
        doubts[one.place] += one.verdict.uncertain
    lines = [f"{name}: {len(killed)} places, {doubts.total()} messages uncertain"]
    places = Counter(one.place for one in killed)
    return "\n".join(lines + [f"  {count:4} {place}: {doubts[place]} uncertain" for place, count in places.items()])


if __name__ == "__main__":
    processes()
    main()
