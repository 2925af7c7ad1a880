"""An announcement: filling its batches, and handing the mail in. Each batch goes once ready-made and once through the house."""

import smtplib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from jinja2.sandbox import SandboxedEnvironment

from bench.figures import Figure, Watch, rate_of
from bench.people import subscribers_csv
from bench.sink import sink
from campaigns import runner
from campaigns.batch import BatchRunner
from campaigns.links import personal_links
from campaigns.tick import tick
from channels.contract import Outgoing
from channels.courier import Courier, Drained
from channels.email import CAPABILITIES, Email
from channels.mail import Mail, compose
from channels.pacer import Pacer
from console.wiring import House
from records.database import Database
from records.store import messages
from records.types import ChannelName
from subscribers.csv_import import import_csv

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


class _Later:
    """Stands where the courier is, so that a batch is filled and nothing of it leaves."""

    def drain_batch(self, batch_id: str) -> Drained:  # noqa: ARG002  the courier's
        return Drained()


def announcement(house: House, people: int) -> list[Figure]:
    """Fill an announcement to `people` invented subscribers, then send every second batch through a bare loop first."""
    batches = _approved(house, people)
    fill = BatchRunner(
        house.db,
        _Later(),
        personal_links(house.secret, house.settings.public_url),
        house.window,
        house.settings.desk.time_zone,
    )
    filling = rate_of(people, lambda: [fill.run(batch, house.clock.now()) for batch in batches])
    bare = _bare_fill(house.workspace.templates / "anuncio.es.md", house.workspace.state / "bare.db", people)
    return [
        Figure("fill batches: choose, render, sign, put", "people/s", filling, "Jinja body + sqlite3 rows", bare),
        _sending(house, batches),
    ]


def _approved(house: House, people: int) -> list[str]:
    """The batches of a running campaign to these people and nobody else."""
    now = house.clock.now()
    report = import_csv(house.db, subscribers_csv(people), now)
    assert not report.errors, report.errors[0]
    path = house.workspace.campaigns / "bench.yaml"
    path.write_text(PLAN, encoding="utf-8")
    runner.submit(house.db, house.workspace, path, "a@farolito.example", now)
    runner.approve(house.db, house.workspace, path, "b@farolito.example", now)
    return [run.batch_id for run in tick(house.db, now)]


def _bare_fill(template: Path, file: Path, people: int) -> float:
    """The same body through Jinja as it stands, and a row with the result: no Markdown, no HTML, no links, no checks."""
    body = SandboxedEnvironment().from_string(template.read_text(encoding="utf-8").split("---\n", 2)[2])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE rows (key TEXT PRIMARY KEY, body TEXT)")

        def fill() -> None:
            rows = [(f"k{number}", body.render(name=f"Persona Número {number}")) for number in range(people)]
            connection.executemany("INSERT INTO rows VALUES (?, ?)", rows)
            connection.commit()

        return rate_of(people, fill)


def _sending(house: House, batches: list[str]) -> Figure:
    """Both sides take turns, batch by batch, so that a change of the machine's pace meets both."""
    ours, bare, count = Watch(), Watch(), 0
    with sink() as port, _email(port, house) as email, _line(port) as line:
        courier = Courier(house.db, {ChannelName.EMAIL: email}, house.clock, house.window, "bench", Pacer({}))
        for batch in batches:
            mails = _ready_made(house.db, batch, house)
            with bare.running():
                for mail, wire in mails:
                    _hand_in(line, mail, wire)
            with ours.running():
                sent = courier.drain_batch(batch).sent
            assert sent == len(mails), f"{sent} of {len(mails)} were sent"
            count += sent
    name = "send: claim, gate, compose, SMTP, record"
    return Figure(name, "messages/s", ours.rate(count), "smtplib, ready-made bytes", bare.rate(count))


def _ready_made(db: Database, batch: str, house: House) -> list[tuple[Mail, bytes]]:
    now = house.clock.now()
    with db.read() as tx:
        rows = messages.due_of_batch(tx, batch, now, 100_000)
    made = []
    for row in rows:
        mail = compose(Outgoing(row.key, row.address, row.content), SENDER, now, CAPABILITIES.max_text)
        assert isinstance(mail, Mail), mail
        made.append((mail, mail.wire()))
    return made


def _hand_in(line: smtplib.SMTP, mail: Mail, wire: bytes) -> None:
    """The same four commands as the adapter gives."""
    line.mail(mail.sender)
    line.rcpt(mail.recipient)
    line.docmd("DATA")
    line.send(wire)
    code, words = line.getreply()
    assert code == 250, words


@contextmanager
def _email(port: int, house: House) -> Iterator[Email]:
    email = Email(f"smtp://127.0.0.1:{port}?tls=none", SENDER, house.clock)
    try:
        yield email
    finally:
        email.close()


@contextmanager
def _line(port: int) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", port) as line:
        line.ehlo()
        yield line
