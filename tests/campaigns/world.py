"""A small company with people, a plan and templates, on disk and in a database."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from campaigns import runner
from campaigns.ahead import next_moment
from campaigns.batch import BatchRunner
from campaigns.calendar import window_of
from campaigns.links import links_nowhere
from campaigns.tick import tick
from campaigns.watch import Watch
from channels.caps import NO_CAPS, Caps
from channels.contract import Accepted, Capabilities, Delivery, Outgoing, Refusal, Refused, SendResult, Unsure
from channels.courier import Courier, Drained, Fill, Found
from channels.pacer import Pacer
from channels.purse import Purse
from records.clock import ManualClock
from records.database import Database, Tx
from records.hours import Window
from records.inbound import Inbound, Receipt
from records.settings import Workspace, load_workspace
from records.store import subscribers
from records.types import ChannelName, Consent, Contact, Language, Purpose, Registration, Subscriber

AUTHOR, APPROVER = "ana@farolito.example", "blas@farolito.example"
ZONES = ("Europe/Madrid", "Atlantic/Canary", "America/Mexico_City")

PLAN = """\
campaign: mudanza
class: service
effective_date: 2027-03-01
audience: {all: true}
waves: [{name: piloto, share: 20%, soak: 2d}, {name: resto, share: 80%}]
stages:
  - {name: anuncio, anchor: wave, offset: 0d, channels: [email, sms], template: anuncio}
  - {name: recordatorio, anchor: cutover, offset: -7d, channels: [email, sms], template: anuncio, when: [not_moved]}
  - {name: hecho, anchor: cutover, offset: +1d, channels: [email, sms], template: anuncio}
opens: -30d
at: "10:00"
gates: {hard_failure_pause: 5%, minimum_sends: 3}
"""

TEMPLATE = {
    "es": """\
---
subject: "Cambio para {{ name }}"
sms: "{{ company }}: cambio el {{ effective_date }}. {{ link }} Responde BAJA para salir"
---
Hola, {{ name }}: pagas **{{ price }}** con {{ payment_method }}.

{% if action_needed %}- Haz [esto]({{ link }})
{% else %}No hagas nada.
{% endif %}
[Dejar de recibir]({{ unsubscribe }})
""",
    "en": """\
---
subject: "A change for {{ name }}"
sms: "{{ company }}: change on {{ effective_date }}. {{ link }} Reply STOP to end"
---
Hello {{ name }}: you pay **{{ price }}** with {{ payment_method }}.

{% if action_needed %}- Do [this]({{ link }})
{% else %}Nothing to do.
{% endif %}
[Stop these]({{ unsubscribe }})
""",
}


def person(number: int, **changes: object) -> Subscriber:
    values: dict[str, object] = {
        "id": f"s{number:04}",
        "name": f"Persona {number}",
        "language": Language.ES if number % 2 else Language.EN,
        "country": "ES",
        "locale": "es-ES" if number % 2 else "en-GB",
        "time_zone": ZONES[number % 3],
        "plan": "anual",
        "price_minor": 8900,
        "currency": "EUR",
        "renewal_date": None,
        "next_charge_date": date(2027, 3, 20),
        "payment_method": "apple_pay" if number % 4 == 0 else "card",
        "contract": "terms",
        "cutover_date": date(2027, 3, 2) + timedelta(days=number % 5),
        "moved_at": None,
        "updated_at": datetime(2027, 1, 1, tzinfo=UTC),
        "fields": {},
    }
    return Subscriber(**(values | changes))  # type: ignore[arg-type]  # the keys are those of Subscriber


def contacts_of(one: Subscriber) -> tuple[Contact, ...]:
    number = int(one.id[1:])
    return (
        Contact(one.id, ChannelName.EMAIL, f"p{number}@farolito.example"),
        Contact(one.id, ChannelName.SMS, f"+346000{number:05}"),
    )


AGREED = (
    Consent(ChannelName.EMAIL, Purpose.SERVICE, True),
    Consent(ChannelName.SMS, Purpose.SERVICE, True),
)


def add_people(db: Database, people: list[Subscriber], now: datetime) -> None:
    with db.write() as tx:
        subscribers.save_many(tx, [Registration(one, contacts_of(one), AGREED) for one in people], now)


def write_workspace(root: Path, plan: str = PLAN, public_url: str = "https://farolito.example") -> Workspace:
    (root / "templates").mkdir(parents=True, exist_ok=True)
    (root / "campaigns").mkdir(exist_ok=True)
    (root / "relevo.toml").write_text(f'public_url = "{public_url}"\n[company]\nname = "Farolito"\n')
    (root / "campaigns" / "mudanza.yaml").write_text(plan)
    for language, text in TEMPLATE.items():
        (root / "templates" / f"anuncio.{language}.md").write_text(text)
    return load_workspace(root)


@dataclass
class Paper:
    """A channel that writes down what it accepts and refuses the addresses it is told to."""

    name: ChannelName
    refuses: frozenset[str] = frozenset()
    why: Refusal = Refusal.BAD_ADDRESS
    unsure: frozenset[str] = frozenset()
    sent: list[Outgoing] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    clock: ManualClock | None = None
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(max_text=10_000, buttons=False))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, outgoing: Outgoing) -> SendResult:
        with self._lock:
            if outgoing.address in self.refuses:
                return Refused(self.why, "no such mailbox")
            if outgoing.address in self.unsure:
                return Unsure("the line broke after the body")
            self.sent.append(outgoing)
            if self.clock is not None:
                self.moments.append(self.clock.now())
            return Accepted(f"paper-{self.name}-{len(self.sent)}")

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        return ()

    def close(self) -> None:
        return


@dataclass(frozen=True)
class OnlyWrites:
    """Stands where the courier is: at most `most` people of a batch at a time get their rows, `times` at most, and nothing
    leaves. `seen` is told of each writing, in its transaction."""

    db: Database
    now: datetime
    most: int = 256
    times: int = 1_000
    seen: Callable[[Tx, Found], None] = lambda _tx, _found: None

    def drain_batch(self, batch_id: str, look: Callable[[Tx], None], fill: Fill) -> Drained:
        for _ in range(self.times):
            if fill.done:
                break
            with self.db.write() as tx:
                self.seen(tx, fill.write(tx, self.now, self.most))
        return Drained()


@dataclass
class World:
    """Everything a campaign needs, on a clock of its own."""

    db: Database
    workspace: Workspace
    clock: ManualClock
    email: Paper
    sms: Paper
    caps: Caps = NO_CAPS
    purse: Purse | None = None

    @cached_property
    def watch(self) -> Watch:
        return Watch(self.db, self.clock)

    @property
    def path(self) -> Path:
        return self.workspace.campaigns / "mudanza.yaml"

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def sent(self) -> list[Outgoing]:
        return self.email.sent + self.sms.sent

    def courier(self, holder: str = "w1") -> Courier:
        return replace(courier_for(self.db, self.clock, self.email, self.sms, holder), caps=self.caps, purse=self.purse)

    def batches(self, holder: str = "w1") -> BatchRunner:
        links = links_nowhere(self.workspace.settings.public_url)
        zone = self.workspace.settings.desk.time_zone
        window = window_of(self.workspace.settings.quiet)
        return BatchRunner(self.db, self.courier(holder), links, window, zone, self.watch, self.caps)

    def approve(self) -> None:
        runner.submit(self.db, self.workspace, self.path, AUTHOR, self.now)
        runner.approve(self.db, self.workspace, self.path, APPROVER, self.now)

    def turn(self) -> int:
        """One tick and its batches; how many batches ran."""
        runs = tick(self.db, self.now)
        for run in runs:
            self.batches().run(run.batch_id, self.now)
        return len(runs)

    def live(self, upto: datetime) -> None:
        """Let the days pass, from one thing that may be due to the next."""
        while self.now < upto:
            self.turn()
            with self.db.read() as tx:
                campaign = runner.named(tx, "mudanza")
            ahead = next_moment(self.db, campaign.id, "Europe/Madrid", self.now)
            self.clock.advance_to(min(upto, ahead or upto))


def courier_for(db: Database, clock: ManualClock, email: Paper, sms: Paper, holder: str) -> Courier:
    channels = {ChannelName.EMAIL: email, ChannelName.SMS: sms}
    return Courier(db, channels, clock, Window.parse("09:00", "20:00"), holder, Pacer({}))


def make_world(db: Database, root: Path, now: datetime, *, people: int = 30, plan: str = PLAN) -> World:
    add_people(db, [person(number) for number in range(people)], now)
    clock = ManualClock(now)
    email, sms = Paper(ChannelName.EMAIL, clock=clock), Paper(ChannelName.SMS, clock=clock)
    return World(db, write_workspace(root, plan), clock, email, sms)
