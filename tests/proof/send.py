"""One announcement to many, sent by a worker that is killed again and again; and what must be true of it afterwards."""

import csv
import io
import multiprocessing
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import ColumnElement, func, select, update

from campaigns import runner
from campaigns.tick import tick
from console.sample import copy_sample
from console.wiring import open_house
from records.clock import ClockAnchor, ManualClock, RealClock
from records.database import Database
from records.ids import chance
from records.tables import messages
from records.types import ChannelName, MessageState
from subscribers.csv_import import import_csv
from tests.proof.life import Life, live
from tests.proof.providers import Provider

NOW = datetime(2027, 1, 18, 10, 0, tzinfo=UTC)
"""A Monday morning in Madrid, when messages may leave."""

PLAN = """\
campaign: prueba
class: service
effective_date: 2027-03-01
audience: {{all: true}}
waves: [{{name: todos, share: 100%}}]
stages: [{{name: anuncio, anchor: wave, offset: 0d, channels: [{channel}], template: anuncio}}]
opens: -45d
"""
_HEADER = (
    "id,name,language,country,time_zone,email,phone,telegram,plan,price,currency,renewal_date,next_charge_date,"
    "payment_method,contract,cutover_date,consent_email,consent_sms,consent_telegram"
)


def people_csv(count: int) -> bytes:
    """So many made-up people, each reachable in every way."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write(f"{_HEADER}\n")
    for number in range(count):
        writer.writerow(
            (
                *(f"K-{number:06}", f"Persona {number}", "es" if number % 3 else "en", "ES", "Europe/Madrid"),
                *(f"persona{number}@correo.example", f"+346{number:08}", str(100_000 + number)),
                *("mensual", "8.99", "EUR", "2027-04-01", "2027-04-01", "card", "terms-2024", "2027-03-02"),
                *("service", "service", "service"),
            )
        )
    return out.getvalue().encode()


def announced(folder: Path, channel: ChannelName, people: int, url: str = "") -> None:
    """A workspace in which an approved announcement to so many is due: the batches are made, and empty."""
    copy_sample(folder)
    house = open_house(folder, ManualClock(NOW), **({"database_url": url} if url else {}))
    report = import_csv(house.db, people_csv(people), NOW)
    assert (report.added, report.errors) == (people, ()), report.errors[:1]
    plan = house.workspace.campaigns / "prueba.yaml"
    plan.write_text(PLAN.format(channel=channel.value), encoding="utf-8")
    runner.submit(house.db, house.workspace, plan, "a@farolito.example", NOW)
    runner.approve(house.db, house.workspace, plan, "b@farolito.example", NOW)
    assert tick(house.db, NOW), "nothing is due"
    house.workspace.secret_key()
    house.close()


@cache
def processes() -> ForkServerContext:
    """Where lives come from: a server in which everything is imported once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.proof.life"])
    return context


def begin(life: Life) -> BaseProcess:
    process = processes().Process(target=live, args=(life,), daemon=True)
    process.start()
    return process


@dataclass(frozen=True)
class Verdict:
    """What became of a send. `worst` is the most rows that one kill left in doubt; `unanswered` are in doubt because a provider
    did not answer a living worker in time."""

    people: int
    kills: int
    sent: int
    uncertain: int
    worst: int
    lost: int
    twice: int
    unlogged: int
    """Rows the ledger calls sent that the provider never took."""
    unanswered: int = 0
    dropped: int = 0
    seconds: float = 0.0

    def is_kept(self, connections: int) -> bool:
        """The promise: nobody lost, nobody twice, ledger and log agree, at most one doubt for each open connection."""
        return not (self.lost or self.twice or self.unlogged) and self.worst <= connections


@dataclass
class Send:
    """A send under way. `kill_after` says after how many more messages taken, or (negative) after how many seconds."""

    root: Path
    provider: Provider
    people: int
    threads: int
    lines: int
    db: Database
    settings: dict[str, object]
    anchor: ClockAnchor = field(default_factory=lambda: ClockAnchor(NOW, RealClock().now()))
    kills: int = 0
    worst: int = 0

    def life(self, die_at: int = 0, edges: Path | None = None) -> Life:
        settings = {**self.settings, **self.provider.settings}
        return Life(self.root, settings, self.provider.channel, self.anchor, self.threads, self.lines, die_at, edges)

    def killed_after_messages(self, count: int) -> bool:
        """One life, killed while its `count`th message is taken and not answered. False when all was sent before."""
        left, process = [count], begin(self.life())

        def strike() -> None:
            left[0] -= 1
            if left[0] == 0 and process.pid:
                os.kill(process.pid, signal.SIGKILL)

        self.provider.strike = strike
        return self._ended(process)

    def killed_after_seconds(self, seconds: float) -> bool:
        """One life, killed after so long, wherever it is."""
        process = begin(self.life())
        process.join(seconds)
        process.kill()
        return self._ended(process)

    def killed_at(self, edge: int, names: Path) -> bool:
        """One life, killed at its `edge`th place between two steps. False when it has no such place."""
        return self._ended(begin(self.life(edge, names)))

    def finish(self) -> None:
        """A life that nobody kills."""
        assert not self._ended(begin(self.life()))

    def _ended(self, process: BaseProcess) -> bool:
        process.join()
        self.provider.strike = lambda: None
        code = process.exitcode
        process.close()
        assert code in (0, -signal.SIGKILL), f"a worker ended with {code}"
        self.worst = max(self.worst, self._count(messages.c.state == MessageState.SENDING.value))
        self.kills += code != 0
        return code != 0

    def _count(self, *wanted: ColumnElement[bool]) -> int:
        with self.db.read() as tx:
            return int(tx.execute(select(func.count()).where(*wanted)).scalar_one())

    def decide_to_send_again(self) -> int:
        """What a person may decide where the provider knows a message again: rows in doubt are sent once more."""
        doubt = update(messages).where(messages.c.state == MessageState.UNCERTAIN.value)
        with self.db.write() as tx:
            return tx.execute(doubt.values(state=MessageState.PLANNED.value, token=None, holder=None)).rowcount

    def verdict(self, seconds: float = 0.0) -> Verdict:
        with self.db.read() as tx:
            rows = tx.execute(select(messages.c.address, messages.c.state)).all()
        taken = Counter(self.provider.log())
        sent = {row.address for row in rows if row.state == MessageState.SENT.value}
        unsure = {row.address for row in rows if row.state == MessageState.UNCERTAIN.value}
        return Verdict(
            people=self.people,
            kills=self.kills,
            sent=len(sent),
            uncertain=len(unsure),
            worst=self.worst,
            lost=self.people - len(sent | unsure) + len(taken.keys() - sent - unsure),
            twice=sum(number - 1 for number in taken.values()),
            unlogged=len(sent - taken.keys()),
            unanswered=self._count(
                messages.c.state == MessageState.UNCERTAIN.value, messages.c.reason != "stopped_during_call"
            ),
            dropped=getattr(self.provider, "dropped", 0),
            seconds=seconds,
        )


def killed_at_random(
    folder: Path,
    template: Path,
    provider: Provider,
    people: int,
    kills: int,
    connections: tuple[int, int],
    told: Callable[[Send], None],
) -> Verdict:
    """A whole send with about so many kills, spread over it: in turns while a message is taken and whenever it happens.

    `connections`: batches at once, and over how many lines each. At least one kill, and fewer than asked for where a life ends
    before its time comes.
    """
    shutil.copytree(template, folder)
    threads, lines = connections
    send = Send(folder, provider, people, threads, lines, Database(f"sqlite:///{folder}/.relevo/relevo.db"), {})
    began = time.monotonic()
    going = True
    pace = 0.5
    while going and send.kills < kills:
        left = people - len(provider.log())
        share = left / (kills - send.kills + 1)
        before, at = len(provider.log()), time.monotonic()
        if send.kills % 2 == 0:
            going = send.killed_after_messages(1 + int(2 * share * chance()))
        else:
            going = send.killed_after_seconds(2 * pace * chance())
        taken, lasted = len(provider.log()) - before, time.monotonic() - at
        if taken:
            # How long a life needs for its share; the beginning of a life included, so that it is hit too.
            pace = 0.8 * pace + 0.2 * min(3.0, lasted * share / taken)
        told(send)
    if going:
        send.finish()
    seconds = time.monotonic() - began
    verdict = send.verdict(seconds)
    send.db.close()
    return verdict
