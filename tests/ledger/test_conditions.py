"""A stage's conditions are asked again in the claim: days may lie between filling a message and its leaving."""

from dataclasses import replace
from datetime import datetime

import pytest

from channels.courier import Courier
from channels.pacer import Pacer
from records.clock import ManualClock
from records.database import Database
from records.hours import Window
from records.store import messages, subscribers
from records.types import ChannelName, Consent, Contact, MessageState, Purpose
from tests.ledger.people import ScriptedChannel, address_of, notice, person, save_campaign, save_person

WINDOW = Window.parse("00:00", "23:59")


def _drain(db: Database, now: datetime) -> list[tuple[MessageState, str]]:
    channel = ScriptedChannel()
    Courier(db, {ChannelName.EMAIL: channel}, ManualClock(now), WINDOW, "w1", Pacer({})).drain_batch("bat_1")
    with db.read() as tx:
        return [(line.state, line.reason) for line in messages.lines_of(tx, "cam_1")]


def _plan(db: Database, now: datetime, condition: str) -> None:
    with db.write() as tx:
        save_campaign(tx, now)
        save_person(tx, 0, now)
        messages.put(tx, notice(0, now, conditions=(condition,)))


def _move(db: Database, now: datetime) -> None:
    with db.write() as tx:
        subscribers.mark_moved(tx, "P-00000", now)


def _pay_by_bizum(db: Database, now: datetime) -> None:
    who = replace(person(0, now), payment_method="bizum")
    with db.write() as tx:
        subscribers.save(
            tx,
            who,
            [Contact(who.id, ChannelName.EMAIL, address_of(0))],
            [Consent(ChannelName.EMAIL, Purpose.SERVICE, True)],
            now,
        )


def _nothing(_: Database, __: datetime) -> None:
    return


@pytest.mark.parametrize(
    ("condition", "change", "why"),
    [
        ("not_moved", _nothing, ""),
        ("not_moved", _move, "already_moved"),
        ("moved", _move, ""),
        ("moved", _nothing, "not_moved"),
        ("action_needed", _pay_by_bizum, ""),
        ("action_needed", _nothing, "no_action_needed"),
        ("no_action_needed", _nothing, ""),
        ("no_action_needed", _pay_by_bizum, "action_needed"),
    ],
)
def test_what_no_longer_holds_keeps_the_message_back(
    db: Database, now: datetime, condition: str, change: object, why: str
) -> None:
    _plan(db, now, condition)
    assert callable(change)
    change(db, now)
    assert _drain(db, now) == [(MessageState.SUPPRESSED if why else MessageState.SENT, why)]
