"""More than one worker: SQLite refuses the second, on PostgreSQL they share the work and finish what a killed one left."""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from console.wiring import House
from records.types import ChannelName, MessageState
from tests.journeys.company import people_house
from tests.journeys.vendors import UNSETTLED, wait_until
from tests.journeys.workers import (
    CONNECTIONS,
    NOW,
    approve_parts,
    assert_nobody_twice,
    by_holder,
    is_over,
    ledger,
    settle,
    worked_house,
    worker_process,
    working,
)
from tests.servers import PostgresServer
from tests.standins.smtp import SmtpStandIn

PEOPLE = 150


def test_sqlite_refuses_a_second_worker_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp: SmtpStandIn
) -> None:
    settle(monkeypatch, smtp)
    house = people_house(tmp_path / "w", 1, NOW, None)
    with working(house), worker_process(house) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert err == (
        f"relevo: another process already works {house.workspace.root}: with SQLite one process runs inbox, batches "
        "and schedules. Stop it first, start this one with --no-worker, or move to PostgreSQL (RELEVO_DATABASE_URL).\n"
    )
    house.close()


@pytest.fixture
def shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp: SmtpStandIn, postgres_server: PostgresServer
) -> "Iterator[tuple[House, subprocess.Popen[str]]]":
    """A house on PostgreSQL that another process works already."""
    settle(monkeypatch, smtp, DATABASE_URL=postgres_server.new_database())
    with worked_house(tmp_path / "w", PEOPLE) as both:
        yield both


def left_behind(rows: list[Row[Any]], holder: str) -> set[int]:
    """Unfinished rows of the batches this worker had begun: a batch is one worker's."""
    begun = {row.batch_id for row in rows if row.holder == holder}
    return {row.id for row in rows if row.batch_id in begun and row.state in UNSETTLED}


def assert_mailed_once(rows: list[Row[Any]], smtp: SmtpStandIn) -> set[int]:
    """Nobody twice, nobody lost; the ids of rows nobody can know about."""
    uncertain = {row.id: row.address for row in rows if row.state == MessageState.UNCERTAIN.value}
    assert {row.state for row in rows if row.id not in uncertain} == {MessageState.SENT.value}
    assert set(Counter(row.subscriber_id for row in rows).values()) == {1}
    assert_nobody_twice(smtp)
    mailed = {row.address for row in rows if row.channel == ChannelName.EMAIL.value}
    taken = {mail.recipient for mail in smtp.taken}
    assert len(mailed) > PEOPLE / 2
    assert mailed - set(uncertain.values()) <= taken <= mailed
    return set(uncertain)


@pytest.mark.postgres
def test_two_workers_on_postgres_share_the_work(
    shared: "tuple[House, subprocess.Popen[str]]", smtp: SmtpStandIn
) -> None:
    house, process = shared
    smtp.hold_after(15)
    campaigns = approve_parts(house)
    wait_until(smtp.is_holding, "the other process in the middle of calls")
    with working(house) as here:
        assert here.slot.name == "worker-2"
        wait_until(lambda: {row.holder for row in ledger(house)} >= {"worker-1", "worker-2"}, "both at work")
        smtp.release()
        wait_until(lambda: all(is_over(house, campaign) for campaign in campaigns), "all parts sent")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    rows = ledger(house)
    assert assert_mailed_once(rows, smtp) == set()
    assert set(by_holder(rows)) == {"worker-1", "worker-2"}
    assert smtp.connections <= 2 * CONNECTIONS


@pytest.mark.postgres
def test_the_living_worker_finishes_what_a_killed_one_left(
    shared: "tuple[House, subprocess.Popen[str]]", smtp: SmtpStandIn
) -> None:
    house, process = shared
    smtp.hold_after(15)
    campaigns = approve_parts(house)
    wait_until(smtp.is_holding, "the other process in the middle of calls")
    with working(house):
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        unfinished = left_behind(ledger(house), "worker-1")
        smtp.release()
        wait_until(lambda: all(is_over(house, campaign) for campaign in campaigns), "all parts sent")
    rows = ledger(house)
    uncertain = assert_mailed_once(rows, smtp)
    assert 0 < len(uncertain) <= CONNECTIONS
    assert unfinished - uncertain
    assert {row.holder for row in rows if row.id in unfinished - uncertain} == {"worker-2"}
    print(f"\n{dict(by_holder(rows))}; left behind {len(unfinished)}, uncertain {len(uncertain)}")
