"""`python -m tests.proof.edges`: a small announcement, killed once at every place between two steps, on both databases.

The places are counted from outside: before and after each commit, before each vendor call and after its answer, after recovery,
tick and batches. A worker dies at the first; on a fresh copy another dies at the second; and so on until one dies nowhere.
"""

import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from records.database import Database
from records.types import ChannelName
from tests.proof.providers import Mail
from tests.proof.send import Send, Verdict, announced, processes
from tests.servers import PostgresServer

PEOPLE, LINES = 8, 3


@dataclass(frozen=True)
class Ground:
    """Where sends begin: a workspace with an announcement that is due, and how to copy its database. Empty url: SQLite."""

    template: Path
    url: str
    copied: Callable[[], str]

    def send(self, folder: Path, provider: Mail, lines: int = LINES) -> Send:
        shutil.copytree(self.template, folder)
        url = self.copied()
        settings: dict[str, object] = {"database_url": url} if url else {}
        db = Database(url or f"sqlite:///{folder}/.relevo/relevo.db", pool_size=2)
        return Send(folder, provider, PEOPLE, 1, lines, db, settings)


def sqlite_ground(folder: Path) -> Ground:
    announced(folder, ChannelName.EMAIL, PEOPLE)
    return Ground(folder, "", lambda: "")


def postgres_ground(folder: Path, server: PostgresServer) -> Ground:
    url = server.new_database()
    announced(folder, ChannelName.EMAIL, PEOPLE, url)
    return Ground(folder, url, lambda: server.copy_of(url))


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
    provider, names = Mail(), folder.with_suffix(".txt")
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
        grounds = {"SQLite": sqlite_ground(root / "lite"), "PostgreSQL": postgres_ground(root / "post", server)}
        for name, ground in grounds.items():
            killed = at_every_edge(ground, root / name)
            kept = kept and all(one.verdict.is_kept(LINES) for one in killed)
            print(f"{name}: {len(killed)} places, {sum(one.verdict.uncertain for one in killed)} messages uncertain")
            for place, count in Counter(one.place for one in killed).items():
                doubts = sum(one.verdict.uncertain for one in killed if one.place == place)
                print(f"  {count:4} {place}: {doubts} uncertain")
        server.stop()
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    processes()
    main()
