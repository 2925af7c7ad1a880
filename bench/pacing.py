"""`python -m bench.pacing`: thousands of messages through the real adapters to stand-ins that refuse what goes too fast.

Two workers on one PostgreSQL share each vendor's pace; one of them is killed on the way and started again. Asked for are at
least 95 % of the allowed rate, no refusal, and no message twice. `--quick` sends a tenth; `--only telegram` one vendor;
`--one-clock` takes time from a clock both sides read, so that a busy machine cannot slow it down.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from bench.pacing_clock import on_one_clock
from bench.pacing_parts import Load, Seen
from bench.pacing_rows import BATCHES, fill
from records.clock import RealClock
from records.database import Database
from records.migrations import upgrade
from records.tables import messages as message_table
from records.types import MessageState
from tests.servers import PostgresServer
from tests.standins.rates import ALLOWED

LOADS = (
    Load("telegram", 20_000, 10, "telegram"),
    Load("sms", 20_000, 100, "twilio"),
    Load("slack", 20_000, 100, "slack:channel"),
    Load("email", 100_000, 1, "smtp"),
)


@dataclass(frozen=True)
class Result:
    """What came of a load. `share` is of the allowed rate, counted in the vendor's units between 5 and 95 % of the way."""

    load: Load
    seen: Seen
    share: float
    seconds: float
    uncertain: int

    def __str__(self) -> str:
        rate = ALLOWED[self.load.allowed] * self.load.times
        return (
            f"{self.load.vendor:9} {self.load.messages:>8,} {rate:>7,.0f}/s {100 * self.share:>6.1f} % "
            f"{self.seen.refused:>8} {self.seen.twice:>6} {self.uncertain:>9} {self.seconds:>7.0f} s"
        )


HEADING = f"{'vendor':9} {'messages':>8} {'allowed':>9} {'reached':>8} {'refused':>8} {'twice':>6} {'uncertain':>9} {'took':>9}"


def run(load: Load, folder: Path) -> Result:
    """One vendor's whole load on a database of its own."""
    server = PostgresServer(folder, lasting=True)
    try:
        return _measured(load, server.new_database())
    finally:
        server.stop()


def _measured(load: Load, url: str) -> Result:
    db = Database(url)
    units = fill(db, load, RealClock().now())
    began = time.monotonic()
    with _part("stand-in", load.vendor, str(load.times)) as standin:
        address = _line(standin)
        words = ("worker", url, load.vendor, address, str(load.times))
        with _part(*words, "w-1", str(BATCHES)) as steady, _part(*words, "w-2", str(BATCHES)) as killed:
            share = _watch(db, load, units, killed, words)
            steady.wait(60)
        seen = Seen(**json.loads(_asked(standin)))
    uncertain = _count(db, MessageState.UNCERTAIN)
    assert seen.messages <= load.messages <= seen.messages + uncertain, (
        f"{seen} of {load.messages}, {uncertain} uncertain"
    )
    db.close()
    return Result(load, seen, share, time.monotonic() - began, uncertain)


def _watch(db: Database, load: Load, units: float, killed: "subprocess.Popen[str]", words: tuple[str, ...]) -> float:
    """Follow it to the end; a third of the way one worker is killed and begun anew. The share of the allowed rate."""
    points: list[tuple[float, int]] = []
    again: subprocess.Popen[str] | None = None
    pause = subprocess.Popen[str].wait
    while not points or points[-1][1] < load.messages:
        points.append((time.monotonic(), _done(db)))
        if again is None and points[-1][1] > load.messages / 3:
            killed.kill()
            killed.wait()
            again = _open(*words, "w-2", str(BATCHES))
        watched = again or killed
        try:
            pause(watched, 1.0)
        except subprocess.TimeoutExpired:
            continue
        if watched.returncode:
            raise RuntimeError(f"a worker ended with {watched.returncode}")
        if points[-1][1] == _done(db) < load.messages:
            _wait(1.0)
    if again is not None:
        again.wait(60)
    inner = [point for point in points if 0.05 * load.messages <= point[1] <= 0.95 * load.messages]
    (start, first), (end, last) = inner[0], inner[-1]
    return (last - first) * units / (end - start) / (ALLOWED[load.allowed] * load.times)


def _wait(seconds: float) -> None:
    subprocess.run([sys.executable, "-c", f"import threading; threading.Event().wait({seconds})"], check=True)


def _done(db: Database) -> int:
    return _count(db, MessageState.SENT) + _count(db, MessageState.UNCERTAIN)


def _count(db: Database, state: MessageState) -> int:
    with db.read() as tx:
        query = select(func.count()).select_from(message_table).where(message_table.c.state == state.value)
        return tx.execute(query).scalar_one()


# ---------------------------------------------------------------- the processes


def _open(*words: str) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-m", "bench.pacing_parts", *words], stdin=pipe, stdout=pipe, text=True)


@contextmanager
def _part(*words: str) -> "Iterator[subprocess.Popen[str]]":
    process = _open(*words)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _asked(process: "subprocess.Popen[str]") -> str:
    assert process.stdin is not None
    process.stdin.write("report\n")
    process.stdin.flush()
    return _line(process)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pacing", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages")
    parser.add_argument("--messages", type=int, help="so many instead")
    parser.add_argument("--times", type=float, help="limits so many times as high as the vendors' instead")
    parser.add_argument("--only", choices=[load.vendor for load in LOADS])
    parser.add_argument("--one-clock", action="store_true", help="on a clock both sides read: exact on any machine")
    options = parser.parse_args(arguments)
    print(HEADING, flush=True)
    for load in LOADS:
        if options.only in (None, load.vendor):
            count = options.messages or (load.messages // 10 if options.quick else load.messages)
            with TemporaryDirectory(prefix="relevo-pacing-") as folder:
                part = Load(load.vendor, count, options.times or load.times, load.allowed)
                print((_one_clock if options.one_clock else run)(part, Path(folder)), flush=True)


def _one_clock(load: Load, folder: Path) -> Result:
    began = time.monotonic()
    db = Database(f"sqlite:///{folder / 'relevo.db'}")
    upgrade(db)
    seen, share = on_one_clock(db, load)
    db.close()
    return Result(load, seen, share, time.monotonic() - began, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
