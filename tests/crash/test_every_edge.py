"""A worker killed at every place between two steps, and at random ones: nobody lost, nobody twice, every doubt marked."""

from pathlib import Path

import pytest

from tests.proof.edges import LINES, PEOPLE, Killed, at_every_edge, postgres_ground, sqlite_ground
from tests.proof.providers import KINDS, Mail
from tests.proof.send import announced, killed_at_random
from tests.servers import PostgresServer

DOUBTFUL = {
    "after outcome and mark are committed",
    "after the vendor was told to whom",
    "before the vendor is called",
    "after the vendor answered",
    "before outcome and mark are committed",
}
"""The places at which a message is marked as being sent and its outcome is not kept yet."""


def assert_kept(killed: list[Killed]) -> None:
    for one in killed:
        assert one.verdict.is_kept(connections=LINES), one
        assert not one.verdict.uncertain or one.place in DOUBTFUL, one
    assert any(one.verdict.uncertain for one in killed)


def test_killed_at_every_fifth_place_on_sqlite(tmp_path: Path) -> None:
    killed = at_every_edge(sqlite_ground(tmp_path / "w"), tmp_path, step=5)
    print(f"\n{len(killed)} places")
    assert_kept(killed)


@pytest.mark.postgres
def test_killed_at_every_thirteenth_place_on_postgres(tmp_path: Path, postgres_server: PostgresServer) -> None:
    killed = at_every_edge(postgres_ground(tmp_path / "w", postgres_server), tmp_path, step=13)
    print(f"\n{len(killed)} places")
    for one in killed:
        assert one.verdict.is_kept(connections=LINES), one


@pytest.mark.parametrize("kind", ["smtp-once", "twilio"])
def test_killed_at_random(tmp_path: Path, kind: str) -> None:
    provider = KINDS[kind]()
    announced(tmp_path / "w", provider.channel, 200)
    verdict = killed_at_random(
        tmp_path / "s", tmp_path / "w", provider, 200, kills=4, connections=(2, 4), told=lambda _: None
    )
    provider.close()
    print(f"\n{verdict}")
    assert verdict.kills >= 1
    assert verdict.is_kept(connections=8)


def test_where_a_mail_server_knows_a_message_again_what_is_in_doubt_may_be_sent_once_more(tmp_path: Path) -> None:
    ground, server = sqlite_ground(tmp_path / "w"), Mail(idempotent=True)
    send = ground.send(tmp_path / "s", server, lines=1)
    assert send.killed_after_messages(2)
    send.finish()
    assert send.verdict().uncertain == 1
    assert send.decide_to_send_again() == 1
    send.finish()
    verdict = send.verdict()
    assert (verdict.sent, verdict.uncertain, verdict.lost, verdict.twice, verdict.dropped) == (PEOPLE, 0, 0, 0, 1)
    send.db.close()
    server.close()
