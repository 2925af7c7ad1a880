"""A worker process that is stopped, not killed: another takes over its work, and when it goes on it sends nothing and ends."""

import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from console.wiring import House
from records.store import workers
from records.tables import batches
from records.types import ChannelName, MessageState
from tests.journeys.vendors import UNSETTLED, wait_until
from tests.journeys.workers import CONNECTIONS, NOW, approve_parts, by_holder, ledger, settle, worked_house, working
from tests.servers import PostgresServer
from tests.standins.smtp import SmtpStandIn

PEOPLE = 120
SILENCE = 6.0  # seconds, for forty: the machine may be busy, and one of us beats every eighth of it


@pytest.fixture
def shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp: SmtpStandIn, postgres_server: PostgresServer
) -> "Iterator[tuple[House, subprocess.Popen[str]]]":
    """A house on PostgreSQL that another process works already."""
    url, silence = postgres_server.new_database(), str(SILENCE)
    settle(monkeypatch, smtp, DATABASE_URL=url, WORKER__SILENCE_SECONDS=silence)
    with worked_house(tmp_path / "w", PEOPLE) as both:
        yield both


def nothing_waits(house: House) -> bool:
    """Every batch was run and no message is in hand or due; some people's hours are tomorrow's."""
    soon = NOW + timedelta(minutes=20)
    with house.db.read() as tx:
        states = set(tx.execute(select(batches.c.state)).scalars())
    return "planned" not in states and all(row.state not in UNSETTLED or row.not_before > soon for row in ledger(house))


def is_over(house: House, slot: str) -> bool:
    """Others took this slot's holder for dead; it may have had nothing left to take over."""
    with house.db.read() as tx:
        return slot not in {heart.name for heart in workers.hearts(tx)}


@pytest.mark.postgres
def test_a_stopped_worker_is_taken_over_and_sends_nothing_when_it_goes_on(
    shared: "tuple[House, subprocess.Popen[str]]", smtp: SmtpStandIn
) -> None:
    house, process = shared
    smtp.hold_after(10)
    approve_parts(house)
    wait_until(smtp.is_holding, "the other process in the middle of calls")
    with working(house):
        process.send_signal(signal.SIGSTOP)
        smtp.release()
        wait_until(
            lambda: is_over(house, "worker-1") and nothing_waits(house), "all taken over and sent by the other", 120
        )
        before = len(smtp.taken)
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=60)
    rows = ledger(house)
    unsure = {row.address for row in rows if row.state == MessageState.UNCERTAIN.value}
    assert process.returncode == 1
    assert "worker-1 stood still for more than 6 s and other workers took over its work" in said.splitlines()[-1]
    taken = [mail.recipient for mail in smtp.taken]
    assert set(taken[before:]) <= unsure  # what it had in a call when it was stopped, and nothing else
    assert 0 < len(unsure) <= CONNECTIONS
    assert len(set(taken)) == len(taken)
    sent = {
        row.address for row in rows if row.state == MessageState.SENT.value and row.channel == ChannelName.EMAIL.value
    }
    assert len(sent) > PEOPLE / 2
    assert sent <= set(taken) <= sent | unsure
    print(f"\n{dict(by_holder(rows))}; uncertain {len(unsure)}, taken after it went on {len(taken) - before}")
