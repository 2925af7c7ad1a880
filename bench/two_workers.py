"""`python -m bench.two_workers`: one worker process against two, 16 connections each, on PostgreSQL.

The mail server takes 20 ms over each message. Printed as a ratio of one run, with the processor time of the workers.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select

from bench.announcing import NOW, approve
from bench.people import subscribers_csv
from bench.sink import sink
from console.sample import copy_sample
from console.wiring import House, open_house
from records.tables import messages
from records.types import MessageState
from subscribers.csv_import import import_csv
from tests.servers import PostgresServer

CONNECTIONS = 16
SECONDS_EACH = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.two_workers", description=__doc__)
    parser.add_argument("--people", type=int, default=12_000)
    people = parser.parse_args().people
    with TemporaryDirectory(prefix="relevo-two-") as folder, sink(SECONDS_EACH) as port:
        server = PostgresServer(Path(folder) / "server")
        rates = [_rate(Path(folder) / f"w{count}", server.new_database(), port, people, count) for count in (1, 2)]
        server.stop()
    print(f"two workers against one: {rates[1] / rates[0]:.2f} times as fast")


def _rate(folder: Path, url: str, port: int, people: int, workers: int) -> float:
    """Messages a second of so many workers, from their first tenth to the last but a tenth: starting is not counted."""
    environment = {
        "RELEVO_DATABASE_URL": url,
        "RELEVO_SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none",
        "RELEVO_MAIL_FROM": "ayuda@farolito.example",
        "RELEVO_PACE__EMAIL_PER_SECOND": "0",
        "RELEVO_WORKER__CONNECTIONS": str(CONNECTIONS),
        "RELEVO_CLOCK": NOW.isoformat(),
    }
    os.environ.update(environment)
    copy_sample(folder)
    house = open_house(folder)
    report = import_csv(house.db, subscribers_csv(people), NOW)
    assert not report.errors, report.errors[0]
    processes = [_start(folder, environment) for _ in range(workers)]
    try:
        approve(house)
        began, before = _when_sent(house, people // 10), _processor(processes)
        ended, after = _when_sent(house, people * 9 // 10), _processor(processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)
        house.close()
    rate = 0.8 * people / (ended - began)
    each = (after - before) * 1000 / (0.8 * people)
    print(
        f"{workers} worker(s), {CONNECTIONS} connections each: {rate:,.0f} messages/s, {each:.2f} ms of the processor each",
        flush=True,
    )
    return rate


def _start(folder: Path, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "console.cli", "-w", str(folder), "worker"]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("working as"), "the worker did not start"
    return process


def _processor(processes: "Sequence[subprocess.Popen[str]]") -> float:
    """Seconds of the processor these have used."""
    psutil: Any = import_module("psutil")  # it comes without types
    return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in processes)


def _when_sent(house: House, count: int) -> float:
    query = select(func.count()).where(messages.c.state == MessageState.SENT.value)
    while True:
        with house.db.read() as tx:
            if tx.execute(query).scalar_one() >= count:
                return time.perf_counter()
        time.sleep(
            0.2
        )  # another process sends; a fifth of a second in twenty is no error, and the count is work beside it


if __name__ == "__main__":
    main()
