"""A notice that must be given: who is not reached on one channel is reached on the next, and nobody is left out in silence."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns import reach
from records.database import Database
from records.store import shut_addresses, subscribers
from records.store.reach import Standing
from records.types import ChannelName, Purpose
from tests.campaigns.world import World, make_world

BEGIN = datetime(2027, 1, 19, 9, 0, tzinfo=UTC)
PEOPLE = 8
NOTICE = """\
campaign: mudanza
class: contract_notice
effective_date: 2027-03-01
audience: {all: true}
waves: [{name: todos, share: 100%}]
stages:
  - {name: aviso, anchor: wave, offset: 0d, channels: [email, sms], template: anuncio}
opens: -41d
gates: {hard_failure_pause: 99%, minimum_sends: 1000}
"""


@pytest.fixture
def world(db: Database, tmp_path: Path, now: datetime) -> World:
    return make_world(db, tmp_path / "w", now, people=PEOPLE, plan=NOTICE)


def _give(world: World) -> None:
    world.approve()
    world.clock.advance_to(BEGIN)
    for _ in range(30):
        world.turn()
        world.clock.advance(timedelta(hours=1))


def _reached(world: World) -> list[str]:
    return sorted(one.key.split(":")[-2] for one in world.sent)


def test_a_hard_bounce_of_a_notice_goes_on_to_the_next_channel_and_then_to_those_to_call(world: World) -> None:
    world.email.refuses = frozenset({"p3@farolito.example", "p4@farolito.example"})
    world.sms.refuses = frozenset({"+34600000004"})
    _give(world)
    assert [one.address for one in world.sms.sent] == ["+34600000003"]
    assert _reached(world) == [f"s{number:04}" for number in range(PEOPLE) if number != 4]
    assert [(one.subscriber_id, one.phone) for one in reach.to_call(world.db, "mudanza", "aviso")] == [
        ("s0004", "+34600000004")
    ]


def test_a_notice_asks_for_no_consent_and_passes_an_opt_out_of_topics_but_no_dead_address(world: World) -> None:
    with world.db.write() as tx:
        for channel in (ChannelName.EMAIL, ChannelName.SMS):
            subscribers.set_consent(tx, "s0001", channel, Purpose.SERVICE, False, "test", world.now)
        shut_addresses.suppress(tx, ChannelName.EMAIL, "p2@farolito.example", "opt_out", world.now)
        shut_addresses.suppress(tx, ChannelName.EMAIL, "p5@farolito.example", "bad_address", world.now)
    _give(world)
    assert _reached(world) == [f"s{number:04}" for number in range(PEOPLE)]
    assert [one.address for one in world.sms.sent] == ["+34600000005"]
    assert reach.standings(world.db, "mudanza")["aviso"] == {Standing.REACHED: PEOPLE}
