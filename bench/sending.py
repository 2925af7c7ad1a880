"""`python -m bench.sending`: one announcement from plan to mail server, beside what a bare loop and nodemailer reach.

All hand the same messages to the same local server, which takes everything and keeps nothing: Postfix's `smtp-sink` where it
is installed, else ours. Ours is one worker process on SQLite and does everything: claims, renders for each person, signs the
links, asks the gate, sends, records. The others send bytes that were made beforehand, and keep nothing. `--people` of them.
Python looks for rings of objects as seldom as in a worker; whatever is sent from this process, the bare loop too, has that.
"""

import argparse
import resource
import smtplib
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.announcing import Announced, announced, courier_of, filled, runner_of
from bench.nodemailer import nodemailer_rate
from bench.sink import postfix_sink
from console.heap import look_seldom

CONNECTIONS = (1, 2, 4, 8)
POOLS = (1, 5, 10)


@dataclass(frozen=True)
class Rate:
    """Messages a second, and processor milliseconds a message of the process that sent them (its server not counted)."""

    name: str
    a_second: float
    cpu_ms: float

    def __str__(self) -> str:
        return f"{self.name:52} {self.a_second:8,.0f} messages/s   {self.cpu_ms:6.3f} ms of processor each"


def measured(name: str, count: int, work: Callable[[], object]) -> Rate:
    began, used = time.perf_counter(), _cpu()
    work()
    return Rate(name, count / (time.perf_counter() - began), (_cpu() - used) * 1000 / count)


def _cpu() -> float:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime


def ours(house: Announced, port: int) -> Rate:
    """Every batch from nothing: filled, claimed, sent, recorded; one at a time, over sixteen connections. The first one is not
    timed: a worker that is up has its libraries loaded and its lines open, as nodemailer's pool and the bare loop have."""
    with courier_of(house, port) as courier:
        runner = runner_of(house, courier)
        before = runner.run(house.batches[0], house.now).sent
        look_seldom()

        def run() -> None:
            sent = sum(runner.run(batch, house.now).sent for batch in house.batches[1:])
            assert before + sent == house.people, f"{before + sent} of {house.people} were sent"

        return measured("relevo: claim, render, gate, send, record", house.people - before, run)


def bare(mails: Sequence[tuple[str, str, bytes]], port: int, connections: int) -> Rate:
    """smtplib, the four commands of each message, ready-made bytes; the connections share the work."""

    def send(some: Sequence[tuple[str, str, bytes]]) -> None:
        with smtplib.SMTP("127.0.0.1", port) as line:
            line.ehlo()
            for sender, recipient, wire in some:
                line.mail(sender)
                line.rcpt(recipient)
                line.docmd("DATA")
                line.send(wire)
                code, words = line.getreply()
                assert code == 250, words

    def all_at_once() -> None:
        threads = [threading.Thread(target=send, args=(mails[at::connections],)) for at in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return measured(f"smtplib, ready-made bytes, {connections} connection(s)", len(mails), all_at_once)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sending", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    rounds = [_round(chosen.people, profile=chosen.profile) for _ in range(chosen.rounds)]
    print("\nmedian of the rounds")
    for peer in ("smtplib", "nodemailer"):
        found = [values[peer] for values in rounds if peer in values]
        if found:
            each = ", ".join(f"{ratio:.2f}" for ratio in found)
            print(f"  relevo against the best {peer}: {statistics.median(found):.2f} times as fast ({each})")


def _round(people: int, *, profile: bool) -> dict[str, float]:
    with TemporaryDirectory(prefix="relevo-bench-") as folder, postfix_sink() as (port, server):
        house = announced(Path(folder), people)
        try:
            print(f"\n{people:,} messages to {server}", flush=True)
            if profile:
                _profiled(house, port)
                return {}
            own = ours(house, port)
            print(own, flush=True)
            mails = filled(house)
            print(f"  a message has {sum(len(wire) for _, _, wire in mails) / len(mails):,.0f} bytes")
            plain = [bare(mails, port, connections) for connections in CONNECTIONS]
            node = nodemailer_rate(Path(folder), mails, port, POOLS)
            for rate in plain:
                print(rate, flush=True)
            for connections, one in node.items():
                print(f"{f'nodemailer, pool of {connections}':52} {one:8,.0f} messages/s", flush=True)
        finally:
            house.close()
    ratios = {"smtplib": own.a_second / max(rate.a_second for rate in plain)}
    return ratios | ({"nodemailer": own.a_second / max(node.values())} if node else {})


def _profiled(house: Announced, port: int) -> None:
    import cProfile
    import pstats

    profiler = cProfile.Profile()
    profiler.runcall(ours, house, port)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main()
