"""An approved announcement to made-up people, ready to be sent: what the measurements of sending start from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.people import subscribers_csv
from campaigns import runner
from campaigns.batch import BatchRunner, Drains
from campaigns.links import personal_links
from campaigns.tick import tick
from campaigns.watch import Watch
from channels.contract import Outgoing
from channels.courier import Courier
from channels.email import CAPABILITIES, Email
from channels.mail import Mail, compose
from channels.pacer import Pacer
from console.sample import copy_sample
from console.wiring import House, open_house
from records.clock import ManualClock
from records.forms import Letter
from records.store import forms, messages
from records.types import ChannelName, MessageState
from subscribers.csv_import import import_csv

NOW = datetime(2027, 1, 18, 10, 0, tzinfo=UTC)
"""A Monday morning in Madrid, when messages may leave."""

CONNECTIONS = 32
"""`[worker] connections`, the most there may be: two batches at once with half of them each, of which only one is under way."""

SENDER = "Farolito <ayuda@farolito.example>"
PLAN = """\
campaign: bench
class: service
effective_date: 2027-03-01
audience: {all: true}
waves: [{name: todos, share: 100%}]
stages: [{name: anuncio, anchor: wave, offset: 0d, channels: [email], template: anuncio}]
opens: -45d
"""


@dataclass(frozen=True)
class Announced:
    """A workspace whose announcement to `people` may begin; its batches are made and empty."""

    house: House
    people: int
    batches: tuple[str, ...]
    now: datetime = NOW

    def close(self) -> None:
        self.house.close()


def announced(folder: Path, people: int) -> Announced:
    """The sample company with this many subscribers and an approved plan to all of them."""
    copy_sample(folder / "w")
    return announced_in(open_house(folder / "w", ManualClock(NOW)), people)


def announced_in(house: House, people: int) -> Announced:
    """The same in a workspace that is open."""
    report = import_csv(house.db, subscribers_csv(people), NOW)
    assert not report.errors, report.errors[0]
    approve(house)
    return Announced(house, people, tuple(run.batch_id for run in tick(house.db, NOW)))


def approve(house: House) -> None:
    path = house.workspace.campaigns / "bench.yaml"
    path.write_text(PLAN, encoding="utf-8")
    runner.submit(house.db, house.workspace, path, "a@farolito.example", NOW)
    runner.approve(house.db, house.workspace, path, "b@farolito.example", NOW)


@contextmanager
def courier_of(announced: Announced, port: int) -> Iterator[Courier]:
    """The courier of this workspace with real e-mail to a server on this port, unpaced."""
    house = announced.house
    email = Email(f"smtp://127.0.0.1:{port}?tls=none", SENDER, house.clock, house.secret)
    try:
        yield Courier(
            house.db, {ChannelName.EMAIL: email}, house.clock, house.window, "bench", Pacer({}), lines=CONNECTIONS // 2
        )
    finally:
        email.close()


def runner_of(announced: Announced, courier: Drains) -> BatchRunner:
    house = announced.house
    links = personal_links(house.secret, house.settings.public_url)
    watch = Watch(house.db, house.clock)
    return BatchRunner(house.db, courier, links, house.window, house.settings.desk.time_zone, watch)


def filled(announced: Announced, most: int = 10_000) -> list[tuple[str, str, bytes]]:
    """Sender, recipient and bytes on the wire of what was sent, for others to send."""
    made = []
    with announced.house.db.read() as tx:
        for row in messages.rows_of_campaign(tx, MessageState.SENT, most):
            body = forms.body_of(tx, row.content)
            body = body.whole() if isinstance(body, Letter) else body
            mail = compose(Outgoing(row.key, row.address, body), SENDER, announced.now, CAPABILITIES.max_text)
            assert isinstance(mail, Mail), mail
            made.append((mail.sender, mail.recipient, mail.wire))
    return made
