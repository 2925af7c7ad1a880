"""Thresholds from a workspace's own labelled questions: no claim below five hundred, never less caution, and a way back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.answers import chance_needed, is_certain
from knowledge.confidence import shipped_heads
from knowledge.ingest import ingest
from knowledge.library import OWN_LOG, LiveLibrary
from knowledge.own_log import FEWEST, Judged, OwnLog, fit_own, judge
from knowledge.passages import KnowledgeError
from records.database import Database
from records.phrasings import Origin, Phrasing
from records.settings import Workspace
from records.store import candidates, conversations, facts, feedback, labels
from records.store.candidates import Standing
from records.store.conversations import NewTurn
from records.store.labels import Label
from records.types import Author, ChannelName, Citation, Language
from tests.knowledge.documents import make_workspace

UNTIL = datetime(2027, 3, 3, tzinfo=UTC)
BASICS, ES = "faq/basics.es.md", Language.ES


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path)


def test_below_five_hundred_it_refuses_and_says_how_many() -> None:
    few = [Judged(0.9, wrong=False, half=bool(number % 2)) for number in range(FEWEST - 1)]
    with pytest.raises(KnowledgeError, match="there are 499 labelled questions"):
        fit_own(few, 0.03, UNTIL)


def test_the_table_keeps_the_bound_and_the_claim_is_made_on_questions_it_has_not_seen() -> None:
    log = [Judged(number / 1000, wrong=number % 5 == 0, half=bool(number % 2)) for number in range(1000)]
    own = fit_own(log, 0.03, UNTIL)
    needed = own.certain[0.03]
    assert sum(one.wrong for one in log if one.chance >= needed) / len(log) <= 0.03
    assert sum(one.wrong for one in log if one.chance >= needed - 0.01) / len(log) > 0.03 - 0.002
    assert own.questions == 1000
    assert own.answered == pytest.approx(1 - needed, abs=0.05)
    assert own.certain[0.01] > own.certain[0.05]
    assert own.wrong == pytest.approx(0.03, abs=0.01)
    assert OwnLog.from_json(own.to_json()) == own


def test_praise_alone_never_lowers_a_threshold() -> None:
    praised = [Judged(0.01, wrong=False, half=bool(number % 2)) for number in range(FEWEST)]
    shipped = shipped_heads()["entries"]
    own = fit_own(praised, 0.03, UNTIL)
    assert all(chance == shipped.certain_from(level) for level, chance in own.certain.items())
    assert own.answered == 0.0


def test_labels_come_from_thumbs_choices_and_staff_of_entries_that_answer(
    db: Database, workspace: Workspace, now: datetime
) -> None:
    ingest(db, workspace, now)
    with db.write() as tx:
        for path, said, origin in (
            ("price", "cuánto sale", Origin.CHOICE),
            ("gone", "adónde fue", Origin.STAFF),
            ("share", "con mi primo", Origin.STAFF),
            ("share", "esto no", Origin.STAFF),
        ):
            candidates.propose(tx, Phrasing(BASICS, path, ES, said), origin, "con_0", "", now)
        candidates.decide(tx, Phrasing(BASICS, "share", ES, "esto no").id, Standing.REJECTED, "a@b.example")
        talk = conversations.open_or_get(tx, ChannelName.WEB, "web_1", now).id
        thumbs = (("ni idea de mi clave", 1), ("¿Cómo recupero mi contraseña?", 1), ("hola clave", -1))
        for number, (said, value) in enumerate(thumbs):
            answer = f"ans_{number}"
            conversations.add_turn(tx, NewTurn(f"in{number}", talk, Author.SUBSCRIBER, said, now))
            cited = (Citation(BASICS, "password", "x"),)
            conversations.add_turn(tx, NewTurn(f"out{number}", talk, Author.BOT, "x", now, cited, answer_id=answer))
            feedback.record(tx, "answer", answer, talk, value, "", now)
        told = {(one.text, one.path, one.right) for one in labels.all_of(tx)}
    assert told == {
        ("cuánto sale", "price", True),
        ("con mi primo", "share", True),
        ("ni idea de mi clave", "password", True),
        ("hola clave", "password", False),
    }


def test_the_own_table_decides_until_it_is_taken_back(lite: Database, workspace: Workspace, now: datetime) -> None:
    ingest(lite, workspace, now)
    library = LiveLibrary(lite, workspace)
    asked = "qué precio tiene cada mes"
    judged = judge(
        (
            Label(asked, ES, BASICS, "price", True, now),
            Label(asked, ES, BASICS, "price", False, now),
            Label(asked, ES, BASICS, "share", False, now),
            Label(asked, ES, BASICS, "share", True, now),
        ),
        library.as_ingested,
    )
    assert [one.wrong for one in judged] == [False, True, True]
    shipped = library.search(asked, ES)
    assert is_certain(shipped, 0.03)
    own = OwnLog({0.03: 0.9999}, 800, UNTIL, 0.03, 0.03, 0.5)
    with lite.write() as tx:
        facts.write(tx, OWN_LOG, own.to_json())
    assert library.own_log() == own
    found = library.search(asked, ES)
    assert chance_needed(found, 0.03) == 0.9999
    assert not is_certain(found, 0.03)
    with lite.write() as tx:
        facts.forget(tx, OWN_LOG)
    assert is_certain(library.search(asked, ES), 0.03)
