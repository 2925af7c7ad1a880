"""`python -m bench.million`: the same announcement to a million people and to twenty thousand.

Measures what must not grow with the register: settling who is meant, the rate of sending, the memory of a worker, the time
from the start of a worker to its first message. Each measurement has a process of its own.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from bench.announcing import NOW, SENDER, Announced, approve, courier_of, runner_of
from bench.sink import postfix_sink
from campaigns.tick import tick
from console.heap import look_seldom
from console.sample import copy_sample
from console.wiring import House, open_house
from records.clock import ManualClock
from records.prepared import new_rows
from records.tables import batches, consents, contacts, messages, subscribers

_GROUP = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.million", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=20_000, help="more than are sent: a worker needs some left")
    parser.add_argument("--sent", type=int, default=10_000, help="messages sent out of each campaign")
    parser.add_argument("--step", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        name, folder = chosen.step
        print(json.dumps(_STEPS[name](Path(folder), chosen)))
        return
    with TemporaryDirectory(prefix="relevo-million-") as place, postfix_sink() as (port, server):
        rates = [
            _measure(Path(place) / str(count), count, chosen.sent, port, server)
            for count in (chosen.few, chosen.people)
        ]
    print(f"sending out of {chosen.people:,}: {rates[1] / rates[0]:.2f} of the rate out of {chosen.few:,}")


def _measure(folder: Path, people: int, sent: int, port: int, server: str) -> float:
    folder.mkdir()
    register(folder, people)
    settled = _step("settle", folder, people, sent, port)
    sending = _step("send", folder, people, sent, port)
    print(f"\n{people:,} people, {server}")
    print(
        f"  settled, entered and batched in {settled['seconds']:.1f} s ({settled['cpu']:.1f} s of processor),", end=" "
    )
    print(f"peak {settled['peak_mb']:.0f} MB")
    print(f"  {sent:,} sent at {sending['rate']:,.0f} a second, {sending['cpu_ms']:.3f} ms of processor each,", end=" ")
    print(f"peak {sending['peak_mb']:.0f} MB; counting every row took {sending['count_ms']:.0f} ms")
    bytecode = folder / "bytecode"
    cold, warm = started(folder, port, bytecode), started(folder, port, bytecode)
    print(
        f"  from the start of a worker to its next message {warm.seconds:.1f} s ({warm.cpu:.1f} s of processor),",
        end=" ",
    )
    print(f"peak {warm.peak_mb:.0f} MB; {cold.seconds:.1f} s where every library has to be compiled first", flush=True)
    return sending["rate"]


def _step(name: str, folder: Path, people: int, sent: int, port: int) -> dict[str, float]:
    options = ["--people", str(people), "--sent", str(sent), "--port", str(port), "--step", name, str(folder)]
    done = subprocess.run([sys.executable, "-m", "bench.million", *options], check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _house(folder: Path) -> House:
    return open_house(folder / "w", ManualClock(NOW))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def settle(folder: Path, _: argparse.Namespace) -> dict[str, float]:
    """Freeze the audience and make its batches: one tick."""
    house = _house(folder)
    look_seldom()
    began, used = time.perf_counter(), time.process_time()
    tick(house.db, NOW)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    house.close()
    return {"seconds": seconds, "cpu": cpu, "peak_mb": _peak_mb()}


def send(folder: Path, chosen: argparse.Namespace) -> dict[str, float]:
    """Fill and send the first batches."""
    house = _house(folder)
    with house.db.read() as tx:
        ids = tuple(tx.execute(select(batches.c.id).order_by(batches.c.seq)).scalars())[: chosen.sent // 500]
    campaign = Announced(house, chosen.sent, ids)
    with courier_of(campaign, chosen.port) as courier:
        runner = runner_of(campaign, courier)
        look_seldom()
        began, used = time.perf_counter(), time.process_time()
        sent = sum(runner.run(batch, NOW).sent for batch in ids)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
    began = time.perf_counter()
    with house.db.read() as tx:
        counted = tx.execute(
            select(messages.c.state, messages.c.delivery, func.count())
            .join(batches, batches.c.id == messages.c.batch_id)
            .group_by(messages.c.state, messages.c.delivery)
        ).all()
    count_ms = (time.perf_counter() - began) * 1000
    assert sum(row[2] for row in counted) >= sent
    house.close()
    return {"rate": sent / seconds, "cpu_ms": cpu * 1000 / sent, "peak_mb": _peak_mb(), "count_ms": count_ms}


_STEPS = {"settle": settle, "send": send}


@dataclass(frozen=True)
class Started:
    """A worker from its start: seconds and seconds of processor until its first message, peak memory while it sends on."""

    seconds: float
    cpu: float
    peak_mb: float


def started(folder: Path, port: int, bytecode: Path) -> Started:
    """Start `relevo worker` and watch it send. `bytecode` is where Python keeps what it has compiled: where it is empty every
    library is compiled on the way, which an installer does once."""
    house = _house(folder)
    environment = os.environ | {
        "RELEVO_SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none",
        "RELEVO_MAIL_FROM": SENDER,
        "RELEVO_CLOCK": NOW.isoformat(),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(bytecode),
    }
    command = [sys.executable, "-m", "console.cli", "-w", str(folder / "w"), "worker"]
    before = _sent(house)
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _until_sent(house, process, before + 1)
        seconds, cpu = time.perf_counter() - began, _cpu_of(process.pid)
        _until_sent(house, process, before + _WATCHED)
        peak = _peak_of(process.pid)
        process.terminate()
    house.close()
    return Started(seconds, cpu, peak)


_WATCHED = 500
"""Messages after which a worker's peak is read."""


def _sent(house: House) -> int:
    with house.db.read() as tx:
        return int(tx.execute(select(func.count()).where(messages.c.state == "sent")).scalar_one())


def _until_sent(house: House, process: "subprocess.Popen[bytes]", count: int) -> None:
    until = time.perf_counter() + 120
    while _sent(house) < count:
        if time.perf_counter() > until or process.poll() is not None:
            raise SystemExit(f"the worker did not send {count:,} messages within two minutes")
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)  # between two looks, and no longer if it ends


def _cpu_of(pid: int) -> float:
    """Seconds of processor, its own and the kernel's for it."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _peak_of(pid: int) -> float:
    words = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").split()
    return int(words[words.index("VmHWM:") + 1]) / 1024


def register(folder: Path, people: int) -> None:
    """A workspace of the sample company with this many made-up subscribers and an approved plan, written in bulk."""
    copy_sample(folder / "w")
    house = _house(folder)
    for start in range(0, people, _GROUP):
        numbers = range(start, min(start + _GROUP, people))
        with house.db.write_quick() as tx:
            new_rows(subscribers).run_many(tx, [_person(number) for number in numbers])
            new_rows(contacts).run_many(
                tx,
                [
                    {"subscriber_id": _id(number), "channel": "email", "address": f"persona{number}@correo.example"}
                    for number in numbers
                ],
            )
            new_rows(consents).run_many(
                tx,
                [
                    {"subscriber_id": _id(number), "channel": "email", "purpose": "service", "granted": True}
                    | {"at": NOW, "origin": "import"}
                    for number in numbers
                ],
            )
        if start == 0:
            approve(house)  # the checks look at everybody who is there; who is in is settled later
    house.close()


def _id(number: int) -> str:
    return f"B-{number:07}"


def _person(number: int) -> dict[str, object]:
    return {
        "id": _id(number),
        "name": f"Persona Número {number}",
        "language": "es" if number % 10 < 7 else "en",
        "country": "ES",
        "locale": "es-ES" if number % 10 < 7 else "en-ES",
        "time_zone": "Europe/Madrid",
        "plan": ("mensual", "anual", "familiar")[number % 3],
        "price_minor": 899,
        "currency": "EUR",
        "renewal_date": date(2027, 4, 1 + number % 28),
        "next_charge_date": date(2027, 4, 1 + number % 28),
        "payment_method": ("card", "sepa", "paypal")[number % 3],
        "contract": "terms-2024",
        "cutover_date": date(2027, 3, 2 + number % 20),
        "moved_at": None,
        "updated_at": NOW,
        "fields": {},
        "term_end_date": None,
        "deadline_date": None,
    }


if __name__ == "__main__":
    main()
