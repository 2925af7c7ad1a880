"""The same journeys on SQLite and on a real PostgreSQL; what only one of them can do is proven on that one."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Row, select

from console.wiring import House, Working, open_house, start_worker
from knowledge.ingest import ingest
from records.store import audiences, batches, chat, inbox
from records.tables import messages as table
from records.types import ChannelName, MessageState
from tests.console.browser import serve
from tests.journeys.company import PLAN, approve, people_house
from tests.journeys.vendors import UNSETTLED, wait_until
from tests.servers import PostgresServer
from tests.standins.smtp import SmtpStandIn

PEOPLE = 150
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


@pytest.fixture
def smtp() -> Iterator[SmtpStandIn]:
    server = SmtpStandIn()
    yield server
    server.stop()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, smtp: SmtpStandIn) -> pytest.MonkeyPatch:
    """Settings from the environment, so that this process and those it starts share them."""
    monkeypatch.setenv("RELEVO_CLOCK", NOW.isoformat())
    monkeypatch.setenv("RELEVO_SMTP_URL", smtp.url)
    monkeypatch.setenv("RELEVO_MAIL_FROM", "hola@farolito.example")
    return monkeypatch


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Empty: the workspace's own SQLite file."""
    if request.param == "sqlite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


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


# ---------------------------------------------------------------- both

QUESTION = "¿Me va a subir el precio?"


class Browser:
    """What a chat page does, without the page."""

    def __init__(self, home: str) -> None:
        self._line = HTTPConnection(urlsplit(home).netloc, timeout=20)
        made = self.call("/chat/sessions", {"language": "es"}, 201)
        self.session, self._token = str(made["session"]), str(made["token"])

    def call(self, path: str, body: dict[str, str], expected: int) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {getattr(self, '_token', '')}"}
        self._line.request("POST", path, json.dumps(body), headers)
        answer = self._line.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
        assert answer.status == expected, told
        return told

    def says(self, client_id: str, text: str) -> bool:
        """Whether the message was new."""
        said = self.call("/chat/messages", {"session": self.session, "client_id": client_id, "text": text}, 202)
        return not said["duplicate"]

    def close(self) -> None:
        self._line.close()


def heard(house: House, session: str) -> list[dict[str, Any]]:
    """What the bot said to this session, oldest first."""
    with house.db.read() as tx:
        events = chat.events_after(tx, session, 0)
    return [json.loads(event.body) for event in events if event.kind == "message"]


def small_house(folder: Path, database_url: str) -> House:
    """People, and of the documents the questions on prices only, which are read in a moment."""
    people_house(folder, PEOPLE, NOW, None, database_url=database_url).close()
    for path in (folder / "content").rglob("*.*"):
        if not path.name.startswith("prices."):
            path.unlink()
    house = open_house(folder, None, database_url=database_url)
    ingest(house.db, house.workspace, NOW)
    return house


def test_a_worker_sends_an_announcement_and_answers_a_chat_meanwhile(
    tmp_path: Path, settings: pytest.MonkeyPatch, smtp: SmtpStandIn, database_url: str
) -> None:
    house = small_house(tmp_path / "w", database_url)
    (plan,) = plans_of(house, "{all: true}")
    with working(house), serve(house) as home:
        campaign = approve(house, plan, NOW)
        browser = Browser(home)
        wait_until(lambda: len(heard(house, browser.session)) == 1, "the greeting")
        assert [browser.says("m1", QUESTION) for _ in range(3)] == [True, False, False]
        wait_until(lambda: len(heard(house, browser.session)) > 1, "the answer")
        browser.says("m2", "gracias")
        wait_until(lambda: len(heard(house, browser.session)) > 2, "the answer to the thanks")
        browser.close()
        wait_until(lambda: is_over(house, campaign), "the first stage sent")
    assert_each_intended_person_once(house, smtp, campaign)
    assert_answered_from_its_source(house, browser.session)
    house.close()


def assert_each_intended_person_once(house: House, smtp: SmtpStandIn, campaign: str) -> None:
    rows = ledger(house)
    with house.db.read() as tx:
        excluded = dict(audiences.excluded_people(tx, campaign))
        missed = sum(batches.outcome_counts(tx, campaign).values())
    assert {row.state for row in rows} == {MessageState.SENT.value}
    written_to = Counter(row.subscriber_id for row in rows)
    assert set(written_to.values()) == {1}
    assert not set(written_to) & set(excluded)
    assert len(written_to) + len(excluded) + missed == PEOPLE
    assert_nobody_twice(smtp)
    mailed = {row.address for row in rows if row.channel == ChannelName.EMAIL.value}
    assert {mail.recipient for mail in smtp.taken} == mailed
    assert len(mailed) > PEOPLE / 2


def assert_answered_from_its_source(house: House, session: str) -> None:
    greeting, answer, thanks = heard(house, session)
    assert (greeting["citations"], thanks["citations"]) == ([], [])
    assert "Tu precio no cambia" in answer["text"]
    (cited,) = answer["citations"]
    assert cited["source"] == "faq/prices.es.md"
    assert answer["answer_id"]
    with house.db.read() as tx:
        assert inbox.open_count(tx) == {}
        states = tx.execute(select(table.c.state).where(table.c.channel == ChannelName.WEB.value)).scalars().all()
    assert states == [MessageState.SENT.value] * 3


# ---------------------------------------------------------------- more than one worker


def start_process(house: House) -> "subprocess.Popen[str]":
    """Another worker of this workspace, as its owner starts one."""
    command = [sys.executable, "-m", "console.cli", "-w", str(house.workspace.root), "worker"]
    return subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_sqlite_refuses_a_second_worker_in_a_sentence(tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    house = people_house(tmp_path / "w", 1, NOW, None)
    with working(house):
        process = start_process(house)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert err == (
        f"relevo: another process already works {house.workspace.root}: with SQLite one process runs inbox, batches "
        "and schedules. Stop it first, start this one with --no-worker, or move to PostgreSQL (RELEVO_DATABASE_URL).\n"
    )
    house.close()


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


@pytest.fixture
def shared(
    tmp_path: Path, settings: pytest.MonkeyPatch, postgres_server: PostgresServer
) -> "Iterator[tuple[House, subprocess.Popen[str]]]":
    """A house on PostgreSQL that another process works already. Slow enough for two to have work in hand at once."""
    settings.setenv("RELEVO_DATABASE_URL", postgres_server.new_database())
    settings.setenv("RELEVO_PACE__EMAIL_PER_SECOND", "30")
    house = people_house(tmp_path / "w", PEOPLE, NOW, None)
    process = start_process(house)
    try:
        assert said_by(process).startswith("working as worker-1;")
        yield house, process
    finally:
        process.kill()
        process.communicate()
        house.close()


def approve_parts(house: House) -> list[str]:
    return [approve(house, plan, NOW) for plan in plans_of(house, *(f"{{where: {{{part}}}}}" for part in PARTS))]


def by_holder(rows: Iterable[Row[Any]]) -> Counter[str]:
    """How many messages each worker sent."""
    return Counter(str(row.holder) for row in rows if row.state == MessageState.SENT.value)


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
    with working(house) as here:
        assert here.slot.name == "worker-2"
        campaigns = approve_parts(house)
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
    with working(house):
        campaigns = approve_parts(house)
        wait_until(lambda: by_holder(ledger(house))["worker-1"] >= 15, "the other process at work")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        unfinished = left_behind(ledger(house), "worker-1")
        wait_until(lambda: all(is_over(house, campaign) for campaign in campaigns), "all parts sent")
    rows = ledger(house)
    uncertain = assert_mailed_once(rows, smtp)
    assert len(uncertain) <= CONNECTIONS
    assert unfinished - uncertain
    assert {row.holder for row in rows if row.id in unfinished - uncertain} == {"worker-2"}
    print(f"\n{dict(by_holder(rows))}; left behind {len(unfinished)}, uncertain {len(uncertain)}")
