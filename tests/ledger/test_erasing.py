"""Erasing a person whose messages and chat are in every state."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select, update

from records.database import Database
from records.errors import Conflict
from records.inbound import Said
from records.store import chat, conversations, erasing, inbox
from records.store import messages as ledger
from records.store import subscribers as register
from records.tables import inbox as inbox_table
from records.tables import messages
from records.types import ChannelName, MessageState
from tests.ledger.people import notice, save_campaign, save_person

SESSION = "ses_erased"


@pytest.fixture
def people(db: Database, now: datetime) -> Database:
    """Two people of one campaign, a notice planned for each; the first has a web chat."""
    with db.write() as tx:
        save_campaign(tx, now)
        for number in (1, 2):
            save_person(tx, number, now)
            assert ledger.put(tx, notice(number, now))
        chat.open_session(tx, SESSION, "hash", now)
        chat.append(tx, SESSION, "k1", "message", json.dumps({"text": "hola"}), now)
        talk = conversations.open_or_get(tx, ChannelName.WEB, SESSION, now)
        conversations.save(tx, replace(talk, subscriber_id="P-00001"))
    return db


def states(db: Database) -> list[tuple[str, str | None, str]]:
    with db.read() as tx:
        rows = tx.execute(select(messages.c.state, messages.c.reason, messages.c.address).order_by(messages.c.id))
        return [tuple(row) for row in rows]


def test_what_waits_for_them_is_never_sent_and_the_others_stays(people: Database, now: datetime) -> None:
    with people.write() as tx:
        erasing.erase(tx, "P-00001", now)
    assert states(people) == [("suppressed", "erased", ""), ("planned", None, "persona2@correo.example")]
    with people.read() as tx:
        assert chat.token_hash_of(tx, SESSION) == ""
        assert chat.events_after(tx, SESSION, 0) == ()
        assert conversations.find(tx, ChannelName.WEB, SESSION) is None
        assert register.get(tx, "P-00002") is not None


@pytest.mark.parametrize("state", [MessageState.CLAIMED, MessageState.SENDING])
def test_a_message_in_hand_is_waited_for(people: Database, now: datetime, state: MessageState) -> None:
    with people.write() as tx:
        tx.execute(update(messages).where(messages.c.subscriber_id == "P-00001").values(state=state.value))
    before = states(people)
    with (
        pytest.raises(Conflict, match=r"P-00001: a message to them is being sent.*Nothing was erased"),
        people.write() as tx,
    ):
        erasing.erase(tx, "P-00001", now)
    assert states(people) == before


def test_words_not_answered_yet_are_waited_for(people: Database, now: datetime) -> None:
    with people.write() as tx:
        inbox.put(tx, Said(ChannelName.WEB, "w1", SESSION, "¿y mi dinero?", now), now)
    with pytest.raises(Conflict, match="something they wrote is being answered"), people.write() as tx:
        erasing.erase(tx, "P-00001", now)
    with people.write() as tx:
        tx.execute(update(inbox_table).values(state="failed", error="boom"))
        erasing.erase(tx, "P-00001", now)
    with people.read() as tx:
        row = tx.execute(select(inbox_table)).one()
    assert (row.external_id, row.state, row.address, row.body, row.error) == ("w1", "done", "", "", None)
