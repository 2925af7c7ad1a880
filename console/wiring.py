"""The one place where concrete things are chosen: databases, channels, clock, bot. Everything else takes arguments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from records.bell import Bell
from records.clock import Clock, ClockAnchor, ManualClock, RealClock, WorkspaceClock, parse_clock
from records.database import Database
from records.hours import Window
from records.lease import Lease, Unleased
from records.migrations import upgrade
from records.settings import Settings, Workspace, load_workspace
from records.slots import Slot, take_slot
from records.store import facts, shut_addresses
from records.types import ChannelName

if TYPE_CHECKING:
    from bot.runner import Bot
    from campaigns.rehearsal import Rehearsed
    from channels.bounces import Patience
    from channels.contract import Capabilities, Channel
    from channels.courier import Courier
    from channels.pacer import Pacer
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
    def channels(self) -> "Mapping[ChannelName, Channel]":
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
    def patience(self) -> "Patience":
        from channels.bounces import Patience

        return Patience(self.settings.bounces.soft, self.settings.bounces.days)

    def on_port(self, port: int) -> "House":
        """This house, with links that lead to this port, unless its public address was set."""
        settings = self.settings
        if "public_url" in settings.model_fields_set:
            return self
        here = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
        return replace(self, workspace=replace(self.workspace, settings=here))

    def sandboxes(self) -> "Mapping[ChannelName, Channel]":
        """A sandbox in place of every channel that reaches people; what a rehearsal sends to."""
        return {name: _sandbox(self, name) for name in _BUILDERS if name is not ChannelName.WEB}

    def courier(
        self, holder: str, channels: "Mapping[ChannelName, Channel] | None" = None, lease: Lease | None = None
    ) -> "Courier":
        from channels.caps import caps_of
        from channels.courier import Courier
        from channels.purse import purse_of

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

    def rehearsal_courier(self) -> "Courier":
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


def _sandbox(house: House, name: ChannelName) -> "Channel":
    from channels.sandbox import Sandbox
    from records.store import sandbox

    def log(channel: ChannelName, address: str, key: str, body: str) -> str:
        with house.db.write_quick() as tx:
            sandbox.log(tx, channel, address, key, body, house.clock.now())
        return f"sandbox:{key}"

    return Sandbox(name, _capabilities(name), log)


def _capabilities(name: ChannelName) -> "Capabilities":
    from channels.email import Email
    from channels.slack import Slack
    from channels.sms import Sms
    from channels.telegram import Telegram
    from channels.webchat import WebChat

    real = {kind.name: kind.capabilities for kind in (Email, Sms, Telegram, Slack, WebChat)}
    return real[name]


def _email(house: House) -> "Channel":
    from channels.email import Email

    settings = house.settings
    if not settings.has_email():
        return _sandbox(house, ChannelName.EMAIL)
    return Email(settings.smtp_url, settings.mail_from, house.clock, house.secret)


def _sms(house: House) -> "Channel":
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


def _telegram(house: House) -> "Channel":
    from channels.telegram import Telegram

    settings = house.settings
    if not settings.has_telegram():
        return _sandbox(house, ChannelName.TELEGRAM)
    return Telegram(settings.telegram_token, settings.telegram_api_url)


def _slack(house: House) -> "Channel":
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


def _web(house: House) -> "Channel":
    from channels.webchat import WebChat
    from records.store import chat

    def post(session: str, key: str, kind: str, body: str) -> None:
        with house.db.write() as tx:
            chat.append(tx, session, key, kind, body, house.clock.now())
        house.bell.ring("chat")

    return WebChat(post)


_BUILDERS: "Mapping[ChannelName, Callable[[House], Channel]]" = {
    ChannelName.EMAIL: _email,
    ChannelName.SMS: _sms,
    ChannelName.TELEGRAM: _telegram,
    ChannelName.SLACK: _slack,
    ChannelName.WEB: _web,
}


def _pacer(house: House) -> "Pacer":
    """A sandbox has no vendor to spare, so it has no limits."""
    from channels.pacer import Pacer
    from channels.tolls import limits

    settings, pace = house.settings, house.settings.pace
    real = {
        "email": settings.has_email(),
        "sms": settings.has_twilio(),
        "telegram": settings.has_telegram(),
        "slack": settings.has_slack(),
    }
    return Pacer({key: limit for key, limit in limits(pace).items() if real[key.partition(":")[0]]})


def rehearse(house: House, plan: Path, by: str, progress: Callable[[datetime], None]) -> "Rehearsed":
    """The plan's whole calendar on sandbox channels, on a copy that reaches nobody."""
    from campaigns.rehearsal import rehearse as run

    def courier_on(clock: ManualClock) -> "Courier":
        return replace(house, clock=clock).rehearsal_courier()

    return run(house.db, house.workspace, plan, by, house.clock.now(), courier_on, progress)
