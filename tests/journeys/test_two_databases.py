"""A worker sends an announcement and answers a chat meanwhile, on SQLite and on a real PostgreSQL."""

import json
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from console.wiring import House, open_house
from knowledge.ingest import ingest
from records.store import audiences, batches, chat, inbox
from records.tables import messages as table
from records.types import ChannelName, MessageState
from tests.console.browser import serve
from tests.journeys.company import approve, keep_prices, people_house
from tests.journeys.vendors import wait_until
from tests.journeys.workers import NOW, assert_nobody_twice, is_over, ledger, plans_of, settle, working
from tests.servers import PostgresServer
from tests.standins.smtp import SmtpStandIn

PEOPLE = 150
QUESTION = "¿Me va a subir el precio?"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Empty: the workspace's own SQLite file."""
    if request.param == "sqlite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


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
    """People, and the questions on prices."""
    people_house(folder, PEOPLE, NOW, None, database_url=database_url).close()
    keep_prices(folder)
    house = open_house(folder, None, database_url=database_url)
    ingest(house.db, house.workspace, NOW)
    return house


def test_a_worker_sends_an_announcement_and_answers_a_chat_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp: SmtpStandIn, database_url: str
) -> None:
    settle(monkeypatch, smtp)
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
