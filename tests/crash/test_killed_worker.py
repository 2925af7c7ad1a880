"""A worker killed in mid-batch and started again: nobody lost, nobody twice, what is doubtful is marked so."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from console.wiring import House
from records.clock import ManualClock
from records.tables import batch_members, batches
from records.tables import messages as table
from records.types import ChannelName, MessageState
from tests.journeys.company import PLAN, approve, people_house
from tests.standins.smtp import SmtpStandIn

PEOPLE = 2000
NOW = datetime(
    2027, 1, 20, 18, 30, tzinfo=UTC
)  # from 09:30 in Tijuana to 19:30 in Madrid: day, and a working day, everywhere
CONNECTIONS = 16  # of a worker that was told nothing else
KILLS = (40, 300, 700)  # mails taken when the process is killed

ONE_WAVE = """waves:
  - {name: todos, share: 100%, soak: 1d}
stages:"""


@pytest.fixture
def smtp() -> Iterator[SmtpStandIn]:
    server = SmtpStandIn()
    yield server
    server.stop()


def one_wave_plan(house: House) -> Path:
    """The sample's plan with everybody in one wave, so that one moment has work for all."""
    plan = house.workspace.campaigns / f"{PLAN}.yaml"
    text = plan.read_text(encoding="utf-8")
    head, rest = text.split("waves:", 1)
    plan.write_text(head + ONE_WAVE + rest.split("stages:", 1)[1], encoding="utf-8")
    return plan


def start(house: House, smtp: SmtpStandIn) -> "subprocess.Popen[bytes]":
    environment = os.environ | {
        "RELEVO_SMTP_URL": smtp.url,
        "RELEVO_MAIL_FROM": "hola@farolito.example",
        "RELEVO_CLOCK": NOW.isoformat(),
    }
    command = [sys.executable, "-m", "console.cli", "-w", str(house.workspace.root), "worker"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[bytes]", seconds: float = 120.0) -> None:
    """Look every few milliseconds; a process that ended by itself, or too long a wait, fails the test."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.005)):
        if condition():
            return
        if process.poll() is not None:
            raise AssertionError(f"the worker ended by itself: {(process.stderr or sys.stdin.buffer).read()!r}")
        tick.wait(0.005)
    raise AssertionError("waited too long")


def all_dealt_with(house: House) -> bool:
    """Every batch has been filled, and no row should leave now or soon after a vendor's wait."""
    waiting = [MessageState.PLANNED.value, MessageState.CLAIMED.value, MessageState.SENDING.value]
    soon = NOW + timedelta(minutes=20)
    with house.db.read() as tx:
        made = tx.execute(select(batches.c.state)).scalars().all()
        rows = tx.execute(select(table.c.id).where(table.c.state.in_(waiting), table.c.not_before <= soon)).all()
    return bool(made) and "planned" not in made and not rows


def test_a_killed_worker_loses_nobody_and_repeats_nobody(tmp_path: Path, smtp: SmtpStandIn) -> None:
    house = people_house(tmp_path / "w", PEOPLE, NOW, ManualClock(NOW))
    approve(house, one_wave_plan(house), NOW)
    for taken in KILLS:
        process = start(house, smtp)
        wait_for(lambda wanted=taken: len(smtp.taken) >= wanted, process)  # type: ignore[misc]  # a loop's value, bound
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = start(house, smtp)
    wait_for(lambda: len(smtp.taken) > KILLS[-1] and all_dealt_with(house), process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0

    with house.db.read() as tx:
        rows = tx.execute(select(table).where(table.c.channel == ChannelName.EMAIL.value)).all()
        reached = set(tx.execute(select(table.c.subscriber_id)).scalars())
        members = set(tx.execute(select(batch_members.c.subscriber_id)).scalars())
    assert reached == members
    assert len(members) > 0.9 * PEOPLE
    taken_by = Counter(mail.recipient for mail in smtp.taken)
    sent = {row.address for row in rows if row.state == MessageState.SENT.value}
    uncertain = {row.address for row in rows if row.state == MessageState.UNCERTAIN.value}
    print(f"\n{len(rows)} mails, {len(KILLS)} kills: {len(sent)} sent, {len(uncertain)} uncertain")
    assert {address: count for address, count in taken_by.items() if count != 1} == {}
    assert sent <= set(taken_by)
    assert set(taken_by) <= sent | uncertain
    assert len(uncertain) <= CONNECTIONS * len(KILLS)
    assert len(sent | uncertain) == len(rows)
    house.close()
