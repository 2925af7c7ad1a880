"""One life of a worker in a process of its own: slot, recovery, tick, batches over several connections, until all is sent.

It is the real worker without what a send does not need (the bot, its index, the engine that hands batches out), so that it is
up in a fraction of a second: `multiprocessing`'s fork server keeps a process in which everything is imported.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import holidays
from sqlalchemy import func, select

from campaigns.tick import tick
from channels.contract import Abreast, Announces, Channel, Delivery, Outgoing, SendResult
from console.wiring import House
from console.worker import Worker
from console.working import batch_runner
from records.bell import Bell
from records.clock import Clock, ClockAnchor, WorkspaceClock
from records.database import Database, QuickLine, Tx
from records.inbound import Inbound, Receipt
from records.lease import HeldLease, Watch
from records.settings import load_workspace
from records.tables import batches, messages
from records.types import ChannelName, MessageState

_WARM = (
    *("channels.email", "channels.sms", "channels.telegram", "channels.slack", "channels.webchat", "channels.sandbox"),
    *("campaigns.batch", "campaigns.links", "records.store.message_facts", "sqlite3", "ruamel.yaml", "markdown_it"),
    *(
        "babel.dates",
        "babel.numbers",
        "dateutil.parser",
        "telegram",
        "telegram.request",
        "twilio.rest.api.v2010.account.message",
    ),
    *("requests", "anyio", "httpx", "knowledge.blanks", "knowledge.scope", "knowledge.faq", "knowledge.confidence"),
    *("knowledge.contracts", "knowledge.answers", "css_inline", "bot.policy", "anyio._backends._asyncio", "httpcore"),
)
"""What a life would import while it runs: 3 to 6 seconds of it, paid once in the fork server."""


def _warm() -> None:
    for name in _WARM:
        import_module(name)
    holidays.country_holidays("ES", years=2027).get("2027-01-01")
    from twilio.rest import Client

    _ = Client("AC", "token").messages


OPEN = (MessageState.PLANNED.value, MessageState.CLAIMED.value, MessageState.SENDING.value)
PATIENCE = 300.0
"""A life that has not ended by itself after so many seconds ends with an error."""

Edge = Callable[[str], None]
"""Called between two steps with the name of the place."""


@dataclass(frozen=True)
class Life:
    """What a life needs to know: `threads` batches at once, each over so many `lines`.

    `die_at`: the number of the edge at which it kills itself; 0 for never. `edges` is a file to which the names of those it
    passed are written.
    """

    root: Path
    settings: Mapping[str, Any]
    channel: ChannelName
    anchor: ClockAnchor
    threads: int
    lines: int
    die_at: int = 0
    edges: Path | None = None


def live(life: Life) -> None:
    """The life, in its process. It ends by itself only when everything is sent."""
    guard = threading.Timer(PATIENCE, lambda: os._exit(3))
    guard.daemon = True
    guard.start()
    if life.edges is None:
        _work(life, lambda _place: None)
    else:
        with life.edges.open("w", buffering=1, encoding="utf-8") as file:
            _work(life, _Counter(file.write, life.die_at).pass_by)


@dataclass
class _Counter:
    write: Callable[[str], object]
    die_at: int
    passed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_by(self, place: str) -> None:
        with self.lock:
            self.passed += 1
            self.write(f"{place}\n")
            if self.passed == self.die_at:
                os.kill(os.getpid(), signal.SIGKILL)


class _Nobody:
    """There are no conversations in these proofs."""

    def handle(self, inbound: Inbound) -> object:
        raise AssertionError(f"nobody wrote, and yet there is {inbound!r}")


def house_at(root: Path, settings: Mapping[str, Any], clock: Clock, edge: Edge | None = None) -> House:
    """The workspace opened as it is: its schema is there."""
    workspace = load_workspace(root, **settings)
    secret = workspace.secret_key()
    url = workspace.database_url
    db = EdgedDatabase(url, secret, edge) if edge else Database(url, secret=secret)
    return House(workspace, db, clock, Bell(), secret)


def _work(life: Life, edge: Edge) -> None:
    house = house_at(life.root, life.settings, WorkspaceClock(life.anchor), edge if life.edges else None)
    slot = house.take_slot()
    lease = HeldLease(house.db, slot.name)
    lease.begin()
    lease.keep(Watch(house.db, slot.name, lease.silence))
    channel = edged(house.channels[life.channel], edge)
    courier = replace(house.courier(slot.name, {life.channel: channel}, lease), lines=life.lines)
    worker = Worker(house.db, house.clock, house.bell, _Nobody(), courier, {}, slot.name)
    worker.recover()
    runner = batch_runner(house, courier)
    with ThreadPoolExecutor(life.threads) as threads:
        while not is_over(house.db):
            worker.recover()
            edge("recovered")
            runs = tick(house.db, house.clock.now())
            edge("ticked")
            list(threads.map(lambda run: runner.run(run.batch_id, house.clock.now()), runs))
            edge("batches over")
            if not runs:
                worker.stop.wait(0.02)
    os._exit(0)


def is_over(db: Database) -> bool:
    """Every batch was run and no row waits."""
    with db.read() as tx:
        made = tx.execute(select(batches.c.state)).scalars().all()
        waiting = tx.execute(select(func.count()).where(messages.c.state.in_(OPEN))).scalar_one()
    return bool(made) and "planned" not in made and waiting == 0


# ---------------------------------------------------------------- edges: places between two steps, from outside


class EdgedDatabase(Database):
    """A database that tells before and after every commit."""

    def __init__(self, url: str, secret: str, edge: Edge) -> None:
        super().__init__(url, secret=secret)
        self._edge = edge

    @contextmanager
    def write(self) -> Iterator[Tx]:
        with super().write() as tx:
            yield tx
            self._edge("before a commit")
        self._edge("after a commit")

    @contextmanager
    def write_quick(self) -> Iterator[Tx]:
        with super().write_quick() as tx:
            yield tx
            self._edge("before a quick commit")
        self._edge("after a quick commit")

    @contextmanager
    def quick_line(self) -> Iterator[QuickLine]:
        with super().quick_line() as line:
            yield EdgedLine(line, self._edge)


class EdgedLine(QuickLine):
    """The same for units on one connection."""

    def __init__(self, line: QuickLine, edge: Edge) -> None:
        self._line = line
        self._edge = edge

    @property
    def between(self) -> Tx:
        return self._line.between

    def __enter__(self) -> Tx:
        return self._line.__enter__()

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._edge("before outcome and mark are committed")
        self._line.__exit__(kind, *rest)
        self._edge("after outcome and mark are committed")


class EdgedChannel:
    """A channel that tells before each call and after each answer."""

    def __init__(self, channel: Channel, edge: Edge) -> None:
        self.name = channel.name
        self.capabilities = channel.capabilities
        self._channel = channel
        self._edge = edge

    def send(self, outgoing: Outgoing) -> SendResult:
        self._edge("before the vendor is called")
        result = self._channel.send(outgoing)
        self._edge("after the vendor answered")
        return result

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        return self._channel.read(delivery, secret, now)

    def close(self) -> None:
        self._channel.close()


class EdgedAbreast(EdgedChannel):
    """The same for one that sends several at once by itself: it is called once for all."""

    def __init__(self, channel: Channel, several: Abreast, edge: Edge) -> None:
        super().__init__(channel, edge)
        self._several = several

    def send_all(self, outgoings: Sequence[Outgoing], upcoming: Sequence[str] = ()) -> Sequence[SendResult]:
        self._edge("before the vendor is called")
        several = self._several
        results = (
            several.send_all(outgoings, upcoming) if isinstance(several, Announces) else several.send_all(outgoings)
        )
        self._edge("after the vendor answered")
        return results

    def announce(self, addresses: Sequence[str]) -> None:
        if isinstance(self._several, Announces):
            self._several.announce(addresses)
            self._edge("after the vendor was told to whom")


def edged(channel: Channel, edge: Edge) -> Channel:
    return EdgedAbreast(channel, channel, edge) if isinstance(channel, Abreast) else EdgedChannel(channel, edge)


_warm()
