"""The one place where concrete things are chosen: databases, channels, clock, bot. Everything else takes arguments."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from channels.bounces import Patience, act_on_reports
from channels.caps import caps_of
from channels.contract import Capabilities, Channel, Delivery
from channels.courier import Courier
from channels.pacer import Pacer
from channels.purse import purse_of
from channels.tolls import limits
from console.intake import take
from records import slots
from records.bell import Bell
from records.clock import Clock, ClockAnchor, ManualClock, RealClock, WorkspaceClock, parse_clock
from records.database import Database
from records.errors import LeaseLost
from records.hours import Window
from records.lease import HeldLease, Lease, Unleased, Watch
from records.migrations import upgrade
from records.settings import Settings, Workspace, load_workspace
from records.slots import Slot, take_slot
from records.store import chat, facts, sandbox, shut_addresses
from records.types import ChannelName, Language

if TYPE_CHECKING:
    from bot.runner import Bot
    from campaigns.batch import BatchRunner
    from campaigns.durable import Durable
    from campaigns.rehearsal import Rehearsed
    from console.lazy_bot import LazyBot
    from console.worker import Worker
    from knowledge.dense import Dense
    from knowledge.helper import Helper
    from knowledge.library import LiveLibrary


@dataclass(frozen=True)
class House:
    """One workspace, opened. Heavy parts (channels, index, bot) are made when first asked for."""

    workspace: Workspace
    db: Database
    clock: Clock
    bell: Bell
    secret: str = field(repr=False)

    @property
    def settings(self) -> Settings:
        return self.workspace.settings

    @cached_property
    def channels(self) -> Mapping[ChannelName, Channel]:
        return {name: build(self) for name, build in _BUILDERS.items()}

    @cached_property
    def hook_secrets(self) -> Mapping[ChannelName, str]:
        settings = self.settings
        secrets = {
            ChannelName.TELEGRAM: settings.telegram_secret if settings.has_telegram() else "",
            ChannelName.SLACK: settings.slack_signing_secret if settings.has_slack() else "",
            ChannelName.SMS: settings.twilio_auth_token if settings.has_twilio() else "",
            ChannelName.EMAIL: self.secret if settings.has_email() else "",
        }
        return {name: secret for name, secret in secrets.items() if secret}

    @cached_property
    def dense(self) -> "Dense | None":
        """Learned embeddings, if the workspace names some. Raises ModelUnusable when they cannot be loaded."""
        settings = self.settings
        if not settings.embeddings:
            return None
        from knowledge.dense import Dense, load_embeddings
        from records.embeddings import EmbeddingChoice

        choice = EmbeddingChoice.parse(settings.embeddings)
        url, key = settings.embeddings_url or settings.model_url, settings.embeddings_key or settings.model_key
        return Dense.of(choice, load_embeddings(choice, url, key), self.clock)

    @cached_property
    def library(self) -> "LiveLibrary":
        from knowledge.library import LiveLibrary

        return LiveLibrary(self.db, self.workspace, self.dense)

    @cached_property
    def bot(self) -> "Bot":
        from bot.runner import Bot

        return Bot(
            self.db,
            self.library,
            clock=self.clock,
            desk=self.settings.has_slack(),
            settings=self.settings,
            secret=self.secret,
            helper=_helper(self),
        )

    @cached_property
    def window(self) -> Window:
        quiet = self.settings.quiet
        return Window.parse(quiet.opens, quiet.closes, holidays=quiet.holidays)

    @property
    def patience(self) -> Patience:
        return Patience(self.settings.bounces.soft, self.settings.bounces.days)

    def on_port(self, port: int) -> "House":
        """This house, with links that lead to this port, unless its public address was set."""
        settings = self.settings
        if "public_url" in settings.model_fields_set:
            return self
        here = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
        return replace(self, workspace=replace(self.workspace, settings=here))

    def sandboxes(self) -> Mapping[ChannelName, Channel]:
        """A sandbox in place of every channel that reaches people; what a rehearsal sends to."""
        return {name: _sandbox(self, name) for name in _BUILDERS if name is not ChannelName.WEB}

    def courier(
        self, holder: str, channels: Mapping[ChannelName, Channel] | None = None, lease: Lease | None = None
    ) -> Courier:
        return Courier(
            self.db,
            channels or self.channels,
            self.clock,
            self.window,
            holder,
            _pacer(self),
            patience=self.patience,
            caps=caps_of(self.settings.frequency),
            purse=purse_of(self.settings),
            lease=lease or Unleased(),
            lines=self.settings.worker.lines,
        )

    def rehearsal_courier(self) -> Courier:
        """Sends to sandboxes only; what a sandbox refuses closes nobody's address, and nothing is paid."""
        courier = self.courier("rehearsal", self.sandboxes())
        return replace(courier, closes_addresses=False, purse=None)

    def take_slot(self) -> Slot:
        """Become the worker of this workspace (on PostgreSQL: one of them)."""
        return take_slot(self.db, self.workspace.state)

    def close(self) -> None:
        if "channels" in self.__dict__:
            for channel in self.channels.values():
                channel.close()
        self.db.close()


def open_house(root: Path, clock: Clock | None = None, **overrides: Any) -> House:
    """Open the workspace at `root`: settings checked, schema brought up to date, clock agreed."""
    workspace = load_workspace(root, **overrides)
    workspace.state.mkdir(parents=True, exist_ok=True)
    secret = workspace.secret_key()
    limits = workspace.settings.worker
    db = Database(
        workspace.database_url,
        secret=secret,
        stalled=limits.silence_seconds,
    )
    upgrade(db)
    with db.write() as tx:
        shut_addresses.check_secret(tx)
    return House(workspace, db, clock or _clock(workspace, db), Bell(), secret)


def _clock(workspace: Workspace, db: Database) -> Clock:
    """The machine's clock, or the workspace's own: its anchor is kept so that every process agrees on the time."""
    wanted = workspace.settings.clock
    if not wanted:
        return RealClock()
    with db.write() as tx:
        kept = facts.read(tx, "clock")
        setting, _, anchor = kept.partition("\n")
        if setting != wanted:
            shown, speed = parse_clock(wanted)
            anchor = ClockAnchor(shown, RealClock().now(), speed).to_text()
            facts.write(tx, "clock", f"{wanted}\n{anchor}")
    return WorkspaceClock(ClockAnchor.from_text(anchor))


# ---------------------------------------------------------------- a language model


def _helper(house: House) -> "Helper | None":
    """The language model behind its limits, if the workspace names one. Raises ModelUnusable when it is set up wrongly."""
    settings = house.settings
    if not settings.model:
        return None
    from console.purse import DailyPurse
    from knowledge.budget import Breaker, Price, Sparing
    from knowledge.helper import Helper
    from knowledge.model import LangchainModel

    limits, price = settings.model_limits, settings.model_limits.price_of(settings.model)
    model = LangchainModel(settings.model, settings.model_url, settings.model_key, limits.seconds)
    breaker = Breaker(limits.failures, timedelta(seconds=limits.pause_seconds))
    purse = DailyPurse(house.db, settings, settings.has_slack())
    return Helper(Sparing(model, Price(price.read, price.written), purse, breaker, house.clock), limits.seconds)


# ---------------------------------------------------------------- channels


def _sandbox(house: House, name: ChannelName) -> Channel:
    from channels.sandbox import Sandbox

    def log(channel: ChannelName, address: str, key: str, body: str) -> str:
        with house.db.write_quick() as tx:
            sandbox.log(tx, channel, address, key, body, house.clock.now())
        return f"sandbox:{key}"

    return Sandbox(name, _capabilities(name), log)


def _capabilities(name: ChannelName) -> Capabilities:
    from channels.email import Email
    from channels.slack import Slack
    from channels.sms import Sms
    from channels.telegram import Telegram
    from channels.webchat import WebChat

    real = {kind.name: kind.capabilities for kind in (Email, Sms, Telegram, Slack, WebChat)}
    return real[name]


def _email(house: House) -> Channel:
    from channels.email import Email

    settings = house.settings
    if not settings.has_email():
        return _sandbox(house, ChannelName.EMAIL)
    return Email(settings.smtp_url, settings.mail_from, house.clock, house.secret)


def _sms(house: House) -> Channel:
    from channels.sms import Sms

    settings = house.settings
    if not settings.has_twilio():
        return _sandbox(house, ChannelName.SMS)
    return Sms(
        settings.twilio_account_sid,
        settings.twilio_auth_token,
        settings.twilio_from,
        api_url=settings.twilio_api_url,
        status_url=f"{settings.public_url}/hooks/twilio/status",
    )


def _telegram(house: House) -> Channel:
    from channels.telegram import Telegram

    settings = house.settings
    if not settings.has_telegram():
        return _sandbox(house, ChannelName.TELEGRAM)
    return Telegram(settings.telegram_token, settings.telegram_api_url)


def _slack(house: House) -> Channel:
    from channels.slack import Slack

    settings = house.settings
    if not settings.has_slack():
        return _sandbox(house, ChannelName.SLACK)
    return Slack(
        settings.slack_bot_token,
        settings.slack_api_url,
        settings.slack_channel,
        settings.slack_signing_secret,
        settings.slack_app_token,
    )


def _web(house: House) -> Channel:
    from channels.webchat import WebChat

    def post(session: str, key: str, kind: str, body: str) -> None:
        with house.db.write() as tx:
            chat.append(tx, session, key, kind, body, house.clock.now())
        house.bell.ring("chat")

    return WebChat(post)


_BUILDERS: Mapping[ChannelName, Callable[[House], Channel]] = {
    ChannelName.EMAIL: _email,
    ChannelName.SMS: _sms,
    ChannelName.TELEGRAM: _telegram,
    ChannelName.SLACK: _slack,
    ChannelName.WEB: _web,
}


def _pacer(house: House) -> Pacer:
    """A sandbox has no vendor to spare, so it has no limits."""
    settings, pace = house.settings, house.settings.pace
    real = {
        "email": settings.has_email(),
        "sms": settings.has_twilio(),
        "telegram": settings.has_telegram(),
        "slack": settings.has_slack(),
    }
    return Pacer({key: limit for key, limit in limits(pace).items() if real[key.partition(":")[0]]})


# ---------------------------------------------------------------- the worker


def _deliver_to(house: House, name: ChannelName) -> Callable[[Delivery], None]:
    """How a listening channel hands over: once this returns, the vendor may be told yes."""

    def deliver(delivery: Delivery) -> None:
        take(house, name, delivery)

    return deliver


def _sockets(house: House) -> tuple[Callable[[threading.Event], None], ...]:
    from channels.slack import Slack
    from channels.telegram import Telegram
    from console.naming import named_by_typing

    listeners: list[Callable[[threading.Event], None]] = []
    telegram = house.channels[ChannelName.TELEGRAM]
    if isinstance(telegram, Telegram) and house.settings.telegram_mode == "polling":
        listeners.append(partial(telegram.poll, deliver=_deliver_to(house, ChannelName.TELEGRAM)))
    slack = house.channels[ChannelName.SLACK]
    if isinstance(slack, Slack) and house.settings.slack_app_token:
        deliver = _deliver_to(house, ChannelName.SLACK)
        listeners.append(partial(slack.socket, deliver=deliver, suggest=named_by_typing(house)))
    if house.settings.has_mailbox():
        from channels.mailbox import Mailbox

        mailbox = Mailbox(house.settings.imap_url)
        listeners.append(partial(mailbox.listen, deliver=_deliver_to(house, ChannelName.EMAIL)))
    return tuple(listeners)


@dataclass(frozen=True)
class Working:
    """A worker and the engine of its batches, running in one slot."""

    worker: "Worker"
    durable: "Durable"
    hands: ThreadPoolExecutor
    slot: Slot
    lease: HeldLease

    def stop(self) -> None:
        """Stop between two messages: first our own loops, then the engine, then the slot is free."""
        self.worker.join()
        self.durable.shutdown()
        self.hands.shutdown()
        self.lease.release()
        self.slot.release()

    def check(self) -> None:
        """Raises LeaseLost if others took over our work because we stood still."""
        if self.lease.lost.is_set():
            raise LeaseLost(
                f"{self.slot.name} stood still for more than {self.lease.silence:g} s and other workers took over its "
                "work, so it sent nothing more and stopped. Start it again."
            )


def start_worker(house: House, on_lost: Callable[[], None] = lambda: None) -> Working:
    """Become a worker of this workspace. Raises WorkerBusy when its database allows no further one. `on_lost` is called if we
    stand still so long that others take over; the loops end by themselves then."""
    from campaigns.durable import launch
    from console.lazy_bot import LazyBot
    from console.worker import Worker

    def lost() -> None:
        worker.stop.set()
        courier.stop.set()
        on_lost()

    bot = LazyBot(house)
    bot.check()
    slot = house.take_slot()
    limits = house.settings.worker
    lease = HeldLease(house.db, slot.name, limits.silence_seconds, lost, slot.keep)
    lease.begin()
    courier = house.courier(slot.name, lease=lease)
    worker = Worker(
        db=house.db,
        clock=house.clock,
        bell=house.bell,
        handler=bot,
        courier=courier,
        channels=house.channels,
        holder=slot.name,
        sockets=_sockets(house),
        learn=bot.learn,
    )
    lease.keep(Watch(house.db, slot.name, limits.silence_seconds))
    worker.recover()
    batches = batch_runner(house, courier)
    hands = ThreadPoolExecutor(limits.batches, "batch")  # each with lines to vendors of its own

    def run_batch(batch_id: str) -> None:
        hands.submit(lambda: batches.run(batch_id, house.clock.now())).result()

    durable = launch(
        house.db.url,
        slot.name,
        run_batch,
        concurrency=limits.batches + 1,  # one waits at hand: the engine looks for the next only now and then
        stalled=limits.silence_seconds,
    )
    worker.start(_tick(house, durable, bot))
    return Working(worker, durable, hands, slot, lease)


def _desk_language(house: House) -> Language | None:
    """The language in which the desk is told things; None where it has no channel and reads them in the console."""
    if not house.settings.has_slack():
        return None
    from bot.policy import default_language

    return default_language(house.settings.company.languages)


def batch_runner(house: House, courier: Courier) -> "BatchRunner":
    from campaigns.batch import BatchRunner
    from campaigns.links import personal_links
    from campaigns.watch import Watch

    links = personal_links(house.secret, house.settings.public_url)
    watch = Watch(house.db, house.clock, _desk_language(house))
    return BatchRunner(house.db, courier, links, house.window, house.settings.desk.time_zone, watch, courier.caps)


def _tick(house: House, durable: "Durable", bot: "LazyBot") -> Callable[[], None]:
    from campaigns.tick import tick

    desk = _desk_language(house)

    def each_second() -> None:
        now = house.clock.now()
        runs = tick(house.db, now, house.settings.desk.time_zone, desk=desk)
        durable.hand_out([(run.batch_id, run.runs) for run in runs])
        durable.adopt(slots.living(house.db))
        act_on_reports(house.db, house.patience, now)
        bot.tick(now)

    return each_second


def rehearse(house: House, plan: Path, by: str, progress: Callable[[datetime], None]) -> "Rehearsed":
    """The plan's whole calendar on sandbox channels, on a copy that reaches nobody."""
    from campaigns.rehearsal import rehearse as run

    def courier_on(clock: ManualClock) -> Courier:
        return replace(house, clock=clock).rehearsal_courier()

    return run(house.db, house.workspace, plan, by, house.clock.now(), courier_on, progress)
