"""A worker killed in mid-batch and started again: nobody lost, nobody twice, what is doubtful is marked so."""

import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from console.wiring import House
from records.clock import ManualClock
from records.tables import batch_members, batches
from records.tables import messages as table
from records.types import ChannelName, MessageState
from tests.journeys.company import approve, people_house
from tests.journeys.workers import CONNECTIONS, NOW, plans_of, settle, worker_process
from tests.standins.smtp import SmtpStandIn

PEOPLE = 800
KILLS = (40, 300)  # mails taken when the process is killed


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[str]", seconds: float = 120.0) -> None:
    """Look every few milliseconds; a process that ended by itself, or too long a wait, fails the test."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.005)):
        if condition():
            return
        if process.poll() is not None:
            raise AssertionError(f"the worker ended by itself: {process.stderr and process.stderr.read()!r}")
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


def test_a_killed_worker_loses_nobody_and_repeats_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp: SmtpStandIn
) -> None:
    settle(monkeypatch, smtp)
    house = people_house(tmp_path / "w", PEOPLE, NOW, ManualClock(NOW))
    (plan,) = plans_of(house, "{all: true}")
    approve(house, plan, NOW)
    for taken in KILLS:
        with worker_process(house) as process:
            wait_for(lambda wanted=taken: len(smtp.taken) >= wanted, process)  # type: ignore[misc]  # a loop's value, bound
            process.send_signal(signal.SIGKILL)
    with worker_process(house) as process:
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
