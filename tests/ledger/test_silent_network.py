"""The network between a worker and its database carries nothing more, and no connection breaks: others take over within a
minute, and nobody hears anything twice, whatever it says when the network is back."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import make_url

from channels.contract import Accepted, Outgoing, SendResult
from console.worker import take_over
from records.clock import ManualClock
from records.database import Database
from records.errors import LeaseLost
from records.lease import Watch
from tests.journeys.vendors import wait_until
from tests.ledger.people import ScriptedChannel, plan_batch
from tests.ledger.test_lease import (
    PEOPLE,
    SILENCE,
    Machine,
    addresses,
    assert_ledger_is_log,
    courier,
    lease_of,
)
from tests.servers import PostgresServer
from tests.standins.relay import Relay, Way

pytestmark = pytest.mark.postgres
SENT_BEFORE = 5
MINUTE = 60


@contextmanager
def relay_to(url: str) -> Iterator[tuple[Relay, str]]:
    """A network to this server, and the address of the database over it."""
    server = make_url(url)
    folder = server.query["host"]

    def connect() -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(f"{folder}/.s.PGSQL.{server.port or 5432}")
        return line

    relay = Relay(connect)
    over = server.difference_update_query(["host"]).set(host="127.0.0.1", port=relay.port)
    yield relay, over.render_as_string(hide_password=False)
    relay.stop()


def take_over_in_time(db: Database, machine: Machine, now: datetime) -> None:
    """What another worker's heart does, second by second."""
    watch = Watch(db, "worker-2", SILENCE, machine)
    dead: tuple[str, ...] = ()
    for _ in range(MINUTE):
        dead += watch.end_silent()
        machine.seconds += 1
    assert dead == ("worker-1",)
    take_over(db, "worker-2", ManualClock(now))


@pytest.mark.parametrize("way", list(Way), ids=lambda way: way.value)
def test_a_worker_that_reaches_no_database_is_taken_over(
    postgres_server: PostgresServer, now: datetime, way: Way
) -> None:
    with postgres_server.lent() as url, relay_to(url) as (relay, over):
        near, far, machine = Database(url), Database(over), Machine()
        plan_batch(near, PEOPLE, now)
        lease = lease_of(far, "worker-1", machine)

        def answer(outgoing: Outgoing) -> SendResult:
            if len(channel.taken) == SENT_BEFORE:
                relay.hush(way)
            return Accepted(f"id:{outgoing.key}")

        channel, other = ScriptedChannel(answer), ScriptedChannel()
        with ThreadPoolExecutor(1) as thread:
            stuck = thread.submit(courier(far, channel, now, lease).drain_batch, "bat_1")
            try:
                wait_until(lambda: len(channel.taken) == SENT_BEFORE + 1, "the last call")
                take_over_in_time(near, machine, now)
                courier(near, other, now, lease_of(near, "worker-2", Machine())).drain_batch("bat_1")
                assert not stuck.done()
            finally:
                relay.speak()
            with pytest.raises(LeaseLost, match="another worker took over"):
                stuck.result(20)
        assert assert_ledger_is_log(near, addresses(channel) + addresses(other)) == [channel.taken[-1].address]
        near.close()
        far.close()
