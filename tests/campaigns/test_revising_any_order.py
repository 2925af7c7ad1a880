"""Whatever happens in whatever order: who got another date or a wrong text hears so once, first, and nobody else does.

Some stories in every run of the tests; `RELEVO_STORIES=200` tells so many (`make proof`).
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import revising, runner
from campaigns.ahead import next_moment
from campaigns.errors import NotAllowed
from campaigns.revising import Asked
from campaigns.tick import tick
from channels.contract import Outgoing, Refused, SendResult
from records.content import MailMessage, TextMessage
from records.database import Database
from records.store import attempts, forms, messages, revisions, subscribers
from records.types import CampaignState, ChannelName, MessageState
from tests.campaigns.world import APPROVER, AUTHOR, Paper, World, make_world
from tests.lent import NewDatabase, lent_sqlite

PEOPLE = 6
CHANNELS = 2
BEGIN = datetime(2027, 1, 30, 9, 0, tzinfo=UTC)
DAYS = (date(2027, 3, 1), date(2027, 3, 10), date(2027, 3, 20))
PLAN = """\
campaign: mudanza
class: service
effective_date: 2027-03-01
audience: {all: true}
waves: [{name: una, share: 50%}, {name: otra, share: 50%}]
stages:
  - {name: anuncio, anchor: wave, offset: 0d, channels: [email, sms], template: anuncio}
  - {name: aviso, anchor: effective_date, offset: -7d, channels: [email, sms], template: anuncio}
opens: -30d
gates: {hard_failure_pause: 99%, provider_failure_pause: 99%, minimum_sends: 1}
"""
STORIES = int(os.environ.get("RELEVO_STORIES", "6"))
MONTHS = {"marzo": 3, "March": 3}


@dataclass(frozen=True)
class Said:
    """A message that left, may have left, or was refused, in the order of the world."""

    person: str
    stage: str
    channel: str
    day: date
    arrived: bool


@dataclass(frozen=True)
class Approved:
    """A version that holds from here on."""

    revision: int
    day: date
    wrong: frozenset[int] = frozenset()
    """The revisions whose text it was asked to put right."""


@dataclass(frozen=True)
class Shut:
    """A person wants nothing more on this channel."""

    person: str
    channel: str


Log = list[Said | Approved | Shut]


@dataclass
class Witness(Paper):
    """A channel that writes down everything it was asked, with the date the text gives."""

    log: Log = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> SendResult:
        result = super().send(outgoing)
        assert isinstance(outgoing.content, MailMessage | TextMessage)
        self.log.append(said_in(outgoing.key, outgoing.content, arrived=not isinstance(result, Refused)))
        return result


def said_in(key: str, content: MailMessage | TextMessage, *, arrived: bool) -> Said:
    found = re.search(r"(\d+) (?:de )?(marzo|March)", content.text)
    assert found is not None, content.text
    _, _, rest = key.split(":", 2)
    stage, person, channel = rest.rsplit(":", 2)
    return Said(person, stage, channel, date(2027, MONTHS[found[2]], int(found[1])), arrived)


@dataclass
class Story:
    """The world, what happened in it, and what can be done to it."""

    world: World
    log: Log
    mends: int = 0
    wrong: set[int] = field(default_factory=set)
    """The revisions whose text was handed in mended, until that is approved."""

    def hours(self, number: int) -> None:
        for _ in range(number):
            self.world.turn()
            self.world.clock.advance(timedelta(hours=1))

    def fill(self, _: int) -> None:
        """Messages are written; the worker is stopped before any of them leaves."""
        for run in tick(self.world.db, self.world.now):
            courier = self.world.courier()
            courier.stop.set()
            replace(self.world.batches(), courier=courier).run(run.batch_id, self.world.now)

    def die(self, number: int) -> None:
        """A worker takes rows in hand, starts one, and dies; what it had is found again at once, or by the next one."""
        world = self.world
        with world.db.write() as tx:
            rows = messages.rows_of_campaign(tx, MessageState.PLANNED, 3)
            if not rows:
                return
            token = attempts.claim(tx, [row.id for row in rows], "dead")
        if number % 2:
            self.approve(0)
        with world.db.write() as tx:
            if attempts.start(tx, [rows[0].id], token, world.now):
                body = forms.body_of(tx, rows[0].content)
                content = body.whole() if not isinstance(body, MailMessage | TextMessage) else body  # type: ignore[union-attr]  # campaign rows are letters
                self.log.append(said_in(rows[0].key, content, arrived=True))
        if number % 3:
            self.hours(number % 5)
        with world.db.write() as tx:
            attempts.recover(tx, "dead", world.now)

    def next(self, number: int) -> None:
        """To an hour before the next thing may be due, to that very moment, or past it: a wave, a stage, the morning."""
        with self.world.db.read() as tx:
            campaign = runner.named(tx, "mudanza")
        zone = self.world.workspace.settings.desk.time_zone
        ahead = next_moment(self.world.db, campaign.id, zone, self.world.now)
        self._wave_on()
        if ahead is not None:
            self.world.clock.advance_to(ahead + timedelta(hours=number % 3 - 1))
        if number % 4:
            self.world.turn()

    def shut(self, number: int) -> None:
        """Somebody asks for no more messages on one channel; nothing may leave on it from this moment on."""
        channel = ChannelName.SMS if number % 5 == 0 else ChannelName.EMAIL
        one = number % PEOPLE
        address = f"p{one}@farolito.example" if channel is ChannelName.EMAIL else f"+346000{one:05}"
        with self.world.db.write() as tx:
            subscribers.opt_out(tx, channel, address, "test", self.world.now)
        self.log.append(Shut(f"s{one:04}", channel.value))

    def mend(self, number: int) -> None:
        """What the campaign said last, or at first, was wrong: the texts are mended, and that is handed in."""
        known = runner.status(self.world.db, "mudanza").revisions
        one = known[0] if number % 3 == 0 else known[-1]
        self.mends += 1
        before = {path: path.read_text() for path in self.world.workspace.templates.glob("anuncio.*")}
        for path, text in before.items():
            path.write_text(re.sub(r"(\(mend \d+\) )?(Hola|Hello)", rf"(mend {self.mends}) \2", text))
        asked = Asked(AUTHOR, self.world.now, "a mistake")
        try:
            revising.correct(self.world.db, self.world.workspace, self.world.path, one.content_hash, asked)
        except NotAllowed:  # the campaign is over, or its day has passed
            for path, text in before.items():
                path.write_text(text)
        else:
            self.wrong.add(one.revision)

    def mend_at_once(self, number: int) -> None:
        self.mend(number)
        self.approve(0)

    def refuse(self, number: int) -> None:
        self.world.email.refuses = frozenset({f"p{number % PEOPLE}@farolito.example"})

    def doubt(self, number: int) -> None:
        self.world.email.unsure = frozenset({f"p{number % PEOPLE}@farolito.example"})

    def pause(self, _: int) -> None:
        if self._state is CampaignState.APPROVED:
            runner.pause(self.world.db, "mudanza", APPROVER, "wait", self.world.now)

    def resume(self, _: int) -> None:
        if self._state is CampaignState.PAUSED:
            runner.resume(self.world.db, "mudanza", APPROVER, "go on", self.world.now)

    def move(self, number: int) -> None:
        asked = Asked(AUTHOR, self.world.now, "late")
        with suppress(NotAllowed):  # to a day that has passed, or once the campaign is over
            revising.reschedule(
                self.world.db, self.world.workspace, self.world.path, asked, day=DAYS[number % len(DAYS)]
            )

    def move_at_once(self, number: int) -> None:
        self.move(number)
        self.approve(0)

    def approve(self, _: int) -> None:
        if self._state is not CampaignState.SUBMITTED:
            return
        runner.approve(self.world.db, self.world.workspace, self.world.path, APPROVER, self.world.now)
        last = runner.status(self.world.db, "mudanza").revisions[-1]
        if not any(isinstance(one, Approved) and one.revision == last.revision for one in self.log):
            self.log.append(Approved(last.revision, last.effective_date, frozenset(self.wrong)))
        self.wrong.clear()

    def end(self) -> None:
        """Everybody does what is theirs to do, until the campaign is over."""
        for _ in range(40):
            self.approve(0)
            self.resume(0)
            self._wave_on()
            if self._state is CampaignState.DONE:
                return
            self.world.live(self.world.now + timedelta(days=2))
        raise AssertionError("the campaign did not come to an end")

    def _wave_on(self) -> None:
        """A wave of three people is too small to judge: a person says that the next one may open."""
        with self.world.db.read() as tx:
            asks = runner.asks(tx, runner.named(tx, "mudanza"))
        if asks:
            runner.go_on(self.world.db, "mudanza", APPROVER, "looked at it", self.world.now)

    @property
    def _state(self) -> CampaignState:
        return runner.status(self.world.db, "mudanza").state


@dataclass
class Ledger:
    """Who heard what, who must hear that it was wrong, and who may: worked out from what happened alone."""

    current: Approved = Approved(0, DAYS[0])
    heard: defaultdict[str, set[tuple[date, int]]] = field(default_factory=lambda: defaultdict(set))
    shut: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    of_date: set[str] = field(default_factory=set)
    of_text: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)

    @property
    def owed(self) -> set[str]:
        """Who takes messages on no channel any more cannot be told."""
        return {one for one in self.of_date | self.of_text if len(self.shut[one]) < CHANNELS}

    def approved(self, one: Approved) -> None:
        others = {person for person, said in self.heard.items() if any(day != one.day for day, _ in said)}
        readers = {person for person, said in self.heard.items() if any(number in one.wrong for _, number in said)}
        # Everyone who was ever told another day hears of a new one; after a text is mended, those who have not yet.
        self.of_date = others if one.day != self.current.day else self.of_date & others
        self.of_text |= readers
        self.may |= others | readers
        self.current = one

    def said(self, one: Said) -> None:
        assert one.day == self.current.day
        assert one.channel not in self.shut[one.person], f"{one.person} wanted no more on {one.channel}"
        if one.stage.startswith("correction:"):
            assert one.stage == f"correction:{self.current.revision}"
            assert one.person in self.may
            self.of_date.discard(one.person)
            self.of_text.discard(one.person)
        else:
            assert not self.owed, f"{one.person} got {one.stage} before {self.owed} were told"
        if one.arrived:
            self.heard[one.person].add((one.day, self.current.revision))


def _told_once_and_first(log: Log) -> None:
    """What must hold of any story."""
    keys = Counter((one.person, one.stage, one.channel) for one in log if isinstance(one, Said))
    assert set(keys.values()) <= {1}
    ledger = Ledger()
    for one in log:
        match one:
            case Approved():
                ledger.approved(one)
            case Shut(person, channel):
                ledger.shut[person].add(channel)
            case Said():
                ledger.said(one)
    assert not ledger.owed


def _each_heard_each_correction_on_one_channel(log: Log) -> None:
    arrived = Counter((one.person, one.stage) for one in log if isinstance(one, Said) and one.arrived)
    assert set(arrived.values()) <= {1}


def _story(db: Database, folder: Path) -> Story:
    world = make_world(db, folder / "w", BEGIN - timedelta(days=3), people=PEOPLE, plan=PLAN)
    for path in world.workspace.templates.glob("anuncio.*"):
        path.write_text(path.read_text().replace("{{ name }}: ", "{{ name }}: {{ effective_date }}. "))
        path.write_text(path.read_text().replace("Hello {{ name }}: ", "Hello {{ name }}: {{ effective_date }}. "))
    log: Log = []
    witnesses = [Witness(paper.name, clock=world.clock, log=log) for paper in (world.email, world.sms)]
    story = Story(replace(world, email=witnesses[0], sms=witnesses[1]), log)
    runner.submit(db, world.workspace, world.path, AUTHOR, world.now)
    story.approve(0)
    world.clock.advance_to(BEGIN)
    story.hours(2)  # some of the first wave have heard, those who live further west have not
    return story


ACTS: dict[str, Callable[[Story, int], None]] = {
    "hours": Story.hours,
    "fill": Story.fill,
    "die": Story.die,
    "refuse": Story.refuse,
    "doubt": Story.doubt,
    "pause": Story.pause,
    "resume": Story.resume,
    "move": Story.move,
    "move_at_once": Story.move_at_once,
    "mend": Story.mend,
    "mend_at_once": Story.mend_at_once,
    "next": Story.next,
    "shut": Story.shut,
    "approve": Story.approve,
}
_OFTEN = ("hours", "hours", "next", "next", "move_at_once", "move_at_once", "mend_at_once")
_acts = st.lists(st.tuples(st.sampled_from([*sorted(ACTS), *_OFTEN]), st.integers(0, 14)), min_size=4, max_size=12)


def test_in_any_order_each_is_told_once_and_first(new_db: NewDatabase) -> None:
    @settings(max_examples=STORIES if new_db is lent_sqlite else -(-STORIES // 3))
    @given(_acts)
    def holds(acts: list[tuple[str, int]]) -> None:
        with TemporaryDirectory() as name, new_db(Path(name)) as db:
            story = _story(db, Path(name))
            for act, number in acts:
                ACTS[act](story, number)
            story.end()
            _told_once_and_first(story.log)
            _each_heard_each_correction_on_one_channel(story.log)
            with db.read() as tx:
                last = revisions.of_campaign(tx, runner.named(tx, "mudanza").id)[-1]
            assert not last.unfinished

    holds()
