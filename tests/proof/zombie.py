"""`python -m tests.proof.zombie`: two workers on PostgreSQL; one of them is killed, or stopped for ten minutes and continued.

Each time in the middle of an announcement, by a mail server that takes 20 ms over each message, and with the times a worker has
when it is told nothing. Exit code 1 if a promise was broken.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from console.wiring import House, open_house
from records.store import attempts
from records.tables import messages
from records.types import MessageState
from tests.journeys.workers import CONNECTIONS, said_by, worker_process
from tests.proof.life import OPEN, is_over
from tests.proof.providers import Mail
from tests.proof.send import NOW, Send, Verdict, announced
from tests.servers import PostgresServer

SECONDS_EACH = 0.02
TAKEN_OVER_WITHIN = 60.0
PATIENCE = 300.0
LOOK_EVERY = 0.1

Worker = subprocess.Popen[str]


@dataclass(frozen=True)
class Ended:
    """What one worker's end came to. `taken_over` and `finished`: seconds until nothing stood in its hand any more, and until
    everything was sent. `after_waking`: mails taken once it went on."""

    how: str
    in_hand: int
    taken_over: float
    finished: float
    after_waking: int
    verdict: Verdict

    @property
    def is_kept(self) -> bool:
        return self.verdict.is_kept(CONNECTIONS) and self.taken_over <= TAKEN_OVER_WITHIN and not self.after_waking


@dataclass(frozen=True)
class Ground:
    """An announcement that two workers send. `slot` is the name under which `victim` works."""

    house: House
    provider: Mail
    people: int
    victim: Worker
    slot: str

    def begun(self) -> bool:
        """A third is sent, and each of them is at it."""
        sent = self._holders([MessageState.SENT.value])
        return sent.total() > self.people / 3 and len(sent) == 2

    def in_hand(self) -> int:
        return self._holders(OPEN[1:])[self.slot]

    def _holders(self, states: Sequence[str]) -> Counter[str]:
        """How many rows in these states are whose. Counted in the database, so that looking takes nothing from sending."""
        query = select(messages.c.holder, func.count()).where(messages.c.state.in_(states)).group_by(messages.c.holder)
        with self.house.db.read() as tx:
            return Counter({str(holder): count for holder, count in tx.execute(query)})

    def is_taken_over(self) -> bool:
        with self.house.db.read() as tx:
            return self.slot not in attempts.holders(tx)

    def verdict(self) -> Verdict:
        unsure = self._holders([MessageState.UNCERTAIN.value]).total()
        root = self.house.workspace.root
        return Send(
            root, self.provider, self.people, 2, CONNECTIONS, self.house.db, {}, kills=1, worst=unsure
        ).verdict()


def killed(ground: Ground) -> Ended:
    ground.victim.kill()
    return _watched(ground, "killed", lambda _began: 0)


def stopped(ground: Ground, seconds: float) -> Ended:
    ground.victim.send_signal(signal.SIGSTOP)

    def woken(began: float) -> int:
        threading.Event().wait(max(0.0, began + seconds - time.monotonic()))
        before = len(ground.provider.log())
        ground.victim.send_signal(signal.SIGCONT)
        _, said = ground.victim.communicate(timeout=PATIENCE)
        assert ground.victim.returncode == 1, said
        assert f"{ground.slot} stood still" in said.splitlines()[-1], said
        return len(ground.provider.log()) - before

    return _watched(ground, f"stopped for {seconds:.0f} s", woken)


def _watched(ground: Ground, how: str, woken: Callable[[float], int]) -> Ended:
    """`woken`, told when its end began, says how many mails were taken once it went on."""
    began = time.monotonic()
    in_hand = ground.in_hand()
    taken_over = _when(ground.is_taken_over, "its work taken over") - began
    finished = _when(lambda: is_over(ground.house.db), "everything sent") - began
    after_waking = woken(began)
    return Ended(how, in_hand, taken_over, finished, after_waking, ground.verdict())


def _when(true: Callable[[], bool], what: str) -> float:
    """The moment at which it became so."""
    pause = threading.Event()
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, f"waited {PATIENCE:.0f} s in vain: {what}"
        pause.wait(LOOK_EVERY)
    return time.monotonic()


def proven(folder: Path, url: str, people: int, end: Callable[[Ground], Ended]) -> Ended:
    """Announce to so many and `end` one of the two workers in the middle of it."""
    with closing(Mail(delay=SECONDS_EACH)) as provider:
        os.environ.update(_environment(provider.settings, url))
        announced(folder, provider.channel, people, url)
        with closing(open_house(folder)) as house, worker_process(house) as one, worker_process(house) as two:
            slots = [said_by(worker).removeprefix("working as ").partition(";")[0] for worker in (one, two)]
            ground = Ground(house, provider, people, one, slots[0])
            _when(ground.begun, "the announcement begun by both")
            return end(ground)


def _environment(settings: Mapping[str, object], url: str) -> dict[str, str]:
    return {
        "RELEVO_CLOCK": NOW.isoformat(),
        "RELEVO_DATABASE_URL": url,
        "RELEVO_SMTP_URL": str(settings["smtp_url"]),
        "RELEVO_MAIL_FROM": str(settings["mail_from"]),
        "RELEVO_PACE__EMAIL_PER_SECOND": "0",
    }


_COLUMNS = (
    *("one of two was", "in its hand", "taken over after", "all sent after", "taken after it went on"),
    *("messages", "sent", "uncertain", "lost", "twice", "sent but not in the log"),
)


def _line(one: Ended) -> str:
    how, in_hand, taken_over, finished, after_waking, _ = astuple(one)
    of = one.verdict
    counts = (of.people, of.sent, of.uncertain, of.lost, of.twice, of.unlogged)
    cells = (
        how,
        in_hand,
        f"{taken_over:.1f} s",
        f"{finished:.1f} s",
        after_waking,
        *(f"{count:,}" for count in counts),
    )
    return f"| {' | '.join(map(str, cells))} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.zombie", description=__doc__)
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long the one is stopped")
    chosen = parser.parse_args()
    ends: Mapping[str, Callable[[Ground], Ended]] = {
        "killed": killed,
        "stopped": lambda ground: stopped(ground, chosen.seconds),
    }
    done = []
    print(f"| {' | '.join(_COLUMNS)} |\n| --- |{' ---: |' * (len(_COLUMNS) - 1)}", flush=True)
    with TemporaryDirectory(prefix="relevo-zombie-") as folder:
        server = PostgresServer(Path(folder) / "server")
        for name, end in ends.items():
            done.append(proven(Path(folder) / name, server.new_database(), chosen.people, end))
            print(_line(done[-1]), flush=True)
        server.stop()
    sys.exit(0 if all(one.is_kept for one in done) else 1)


if __name__ == "__main__":
    main()
