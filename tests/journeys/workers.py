"""Several processes that work one workspace; what each of them sent is read from the ledger."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from console.wiring import House
from console.working import Working, start_worker
from records.store import audiences, batches
from records.tables import messages as table
from records.types import MessageState
from tests.journeys.company import PLAN, approve, people_house
from tests.journeys.vendors import UNSETTLED
from tests.standins.smtp import SmtpStandIn

NOW = datetime(2027, 1, 20, 18, 30, tzinfo=UTC)  # from 09:30 in Tijuana to 19:30 in Madrid: a working day everywhere
STAGE = "anuncio"
ROOT = Path(__file__).parents[2]
CONNECTIONS = 16  # of a worker that was told nothing else

ONE_WAVE = """waves:
  - {name: todos, share: 100%, soak: 1d}
stages:"""
PARTS = (
    "plan: [anual]",
    "plan: [familiar]",
    "plan: [mensual], payment_method: [card]",
    "plan: [mensual], payment_method: [paypal, sepa, apple_pay, google_pay, bizum, transfer]",
)
"""The audience in four, so that there are four batches to share."""


def settle(monkeypatch: pytest.MonkeyPatch, smtp: SmtpStandIn, **settings: str) -> None:
    """Settings in the environment, so that this process and those it starts share them."""
    own = {"CLOCK": NOW.isoformat(), "SMTP_URL": smtp.url, "MAIL_FROM": "hola@farolito.example"}
    for name, value in (own | settings).items():
        monkeypatch.setenv(f"RELEVO_{name}", value)


@contextmanager
def working(house: House) -> Iterator[Working]:
    """A worker of this house, stopped whatever happens."""
    running = start_worker(house)
    try:
        yield running
    finally:
        running.stop()


def plans_of(house: House, *audiences: str) -> list[Path]:
    """The sample's plan in one wave, one plan for each audience, so that one moment has work for all."""
    folder = house.workspace.campaigns
    text = (folder / f"{PLAN}.yaml").read_text(encoding="utf-8")
    head, rest = text.split("waves:", 1)
    text = head + ONE_WAVE + rest.split("stages:", 1)[1]
    plans = []
    for number, audience in enumerate(audiences):
        plan = folder / f"parte-{number}.yaml"
        named = text.replace(f"campaign: {PLAN}", f"campaign: parte-{number}")
        plan.write_text(named.replace("audience: {all: true}", f"audience: {audience}"), encoding="utf-8")
        plans.append(plan)
    return plans


def is_over(house: House, campaign: str) -> bool:
    """Whether everyone meant by the campaign has a settled message of its first stage, or a reason for none."""
    with house.db.read() as tx:
        meant = audiences.frozen_ids(tx, campaign) - dict(audiences.excluded_people(tx, campaign)).keys()
        of_stage = select(table.c.id).where(table.c.campaign_id == campaign, table.c.stage == STAGE)
        settled = len(tx.execute(of_stage.where(table.c.state.not_in(UNSETTLED))).all())
        missed = sum(count for (stage, _), count in batches.outcome_counts(tx, campaign).items() if stage == STAGE)
    return bool(meant) and settled + missed == len(meant)


def ledger(house: House) -> list[Row[Any]]:
    with house.db.read() as tx:
        return list(tx.execute(select(table).where(table.c.stage == STAGE).order_by(table.c.id)).all())


def message_ids(smtp: SmtpStandIn) -> Counter[str]:
    mails: list[EmailMessage] = [mail.message for mail in smtp.taken]
    return Counter(str(mail["Message-ID"]) for mail in mails)


def assert_nobody_twice(smtp: SmtpStandIn) -> None:
    assert {who: count for who, count in Counter(mail.recipient for mail in smtp.taken).items() if count > 1} == {}
    assert {name: count for name, count in message_ids(smtp).items() if count > 1} == {}


@contextmanager
def worker_process(house: House) -> "Iterator[subprocess.Popen[str]]":
    """Another worker of this workspace, as its owner starts one; killed whatever happens."""
    command = [sys.executable, "-m", "console.cli", "-w", str(house.workspace.root), "worker"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said_by(process: "subprocess.Popen[str]") -> str:
    """The first line a worker prints: it works from then on."""
    assert process.stdout is not None
    line: list[str] = []
    reader = threading.Thread(target=lambda: line.append(process.stdout.readline() if process.stdout else ""))
    reader.start()
    reader.join(60)
    assert line, "the worker said nothing"
    assert line[0], process.stderr.read() if process.stderr else ""
    return line[0]


@contextmanager
def worked_house(folder: Path, people: int) -> "Iterator[tuple[House, subprocess.Popen[str]]]":
    """A house that another process works already."""
    house = people_house(folder, people, NOW, None)
    with worker_process(house) as process:
        assert said_by(process).startswith("working as worker-1;")
        yield house, process
    house.close()


def approve_parts(house: House) -> list[str]:
    return [approve(house, plan, NOW) for plan in plans_of(house, *(f"{{where: {{{part}}}}}" for part in PARTS))]


def by_holder(rows: Iterable[Row[Any]]) -> Counter[str]:
    """How many messages each worker sent."""
    return Counter(str(row.holder) for row in rows if row.state == MessageState.SENT.value)
