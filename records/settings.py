"""Settings: `relevo.toml` in the workspace, each key also as `RELEVO_*`. The environment wins."""

import re
import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from records.embeddings import EmbeddingChoice
from records.errors import SettingsError
from records.sections import (
    Bounces,
    Ceilings,
    Company,
    Desk,
    Frequency,
    Ingest,
    ModelLimits,
    Pace,
    Prices,
    Quiet,
    WorkerLimits,
)

_SECRET = re.compile("token|secret|smtp|imap|database|chroma|_key|model_url|embeddings_url")
_NAMED = re.compile(r"[a-z][a-z_]*:\S+")


class Settings(BaseSettings):
    """All settings of one workspace. Unknown keys of the file are refused by name."""

    model_config = SettingsConfigDict(env_prefix="RELEVO_", extra="forbid", frozen=True, env_nested_delimiter="__")

    company: Company = Field(default_factory=Company)
    desk: Desk = Field(default_factory=Desk)
    quiet: Quiet = Field(default_factory=Quiet)
    pace: Pace = Field(default_factory=Pace)
    frequency: Frequency = Field(default_factory=Frequency)
    prices: Prices = Field(default_factory=Prices)
    ceilings: Ceilings = Field(default_factory=Ceilings)
    bounces: Bounces = Field(default_factory=Bounces)
    ingest: Ingest = Field(default_factory=Ingest)
    worker: WorkerLimits = Field(default_factory=WorkerLimits)
    blanks: dict[str, dict[str, str]] = Field(default_factory=dict)
    wrong_answers: float = Field(default=0.03, gt=0, lt=0.5)

    clock: str = ""
    database_url: str = ""
    chroma_url: str = ""
    secret_key: str = ""
    public_url: str = "http://127.0.0.1:8000"

    telegram_token: str = ""
    telegram_api_url: str = "https://api.telegram.org"
    telegram_secret: str = ""
    telegram_mode: Literal["polling", "webhook"] = "polling"

    slack_bot_token: str = ""
    slack_app_token: str = ""
    slack_signing_secret: str = ""
    slack_api_url: str = "https://slack.com/api/"
    slack_channel: str = ""

    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from: str = ""
    twilio_api_url: str = "https://api.twilio.com"

    smtp_url: str = ""
    mail_from: str = ""
    imap_url: str = ""

    model: str = ""
    model_url: str = ""
    model_key: str = ""
    model_limits: ModelLimits = Field(default_factory=ModelLimits)
    embeddings: str = ""
    embeddings_url: str = ""
    embeddings_key: str = ""

    @field_validator("public_url")
    @classmethod
    def _whole_address(cls, url: str) -> str:
        """Without a slash at the end: paths are put behind it, and vendors sign the whole."""
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError("write the whole address, like https://relevo.example.com")
        return url.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        """PostgreSQL addresses as providers give them, `postgres://` or `postgresql://`, with the driver that is used."""
        scheme, mark, rest = url.partition("://")
        if mark and scheme in ("postgres", "postgresql", "postgresql+psycopg"):
            return f"postgresql+psycopg://{rest}"
        if url and not url.startswith("sqlite:///"):
            raise ValueError("write postgresql://user:password@host/name, or leave it out for SQLite; no other is used")
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        """Secrets never show, whoever prints the settings."""
        for name, value in super().__repr_args__():
            hidden = isinstance(name, str) and isinstance(value, str) and value and _SECRET.search(name)
            yield str(name), "***" if hidden else value

    def has_telegram(self) -> bool:
        return _complete("Telegram", _webhook_needs(self, {"RELEVO_TELEGRAM_TOKEN": self.telegram_token}))

    def has_slack(self) -> bool:
        needed = {"RELEVO_SLACK_BOT_TOKEN": self.slack_bot_token, "RELEVO_SLACK_CHANNEL": self.slack_channel}
        if any((*needed.values(), self.slack_app_token, self.slack_signing_secret)):
            needed["RELEVO_SLACK_SIGNING_SECRET or RELEVO_SLACK_APP_TOKEN"] = (
                self.slack_signing_secret or self.slack_app_token
            )
        return _complete("Slack", needed)

    def has_twilio(self) -> bool:
        return _complete(
            "Twilio",
            {
                "RELEVO_TWILIO_ACCOUNT_SID": self.twilio_account_sid,
                "RELEVO_TWILIO_AUTH_TOKEN": self.twilio_auth_token,
                "RELEVO_TWILIO_FROM": self.twilio_from,
            },
        )

    def has_email(self) -> bool:
        return _complete("E-mail", {"RELEVO_SMTP_URL": self.smtp_url, "RELEVO_MAIL_FROM": self.mail_from})

    def has_mailbox(self) -> bool:
        if self.imap_url and not self.has_email():
            raise SettingsError(
                "RELEVO_IMAP_URL is set without RELEVO_SMTP_URL and RELEVO_MAIL_FROM: what people write there could not be "
                "answered. Set them too, or unset it."
            )
        return bool(self.imap_url)

    def check_built(self) -> None:
        """What this version cannot do yet is refused, not ignored. Raises SettingsError naming the setting."""
        asked = {
            "[company] formal": self.company.formal,
        }
        wanted = [name for name, value in asked.items() if value]
        if wanted:
            raise SettingsError(f"{', '.join(wanted)}: this version cannot do that yet. It says tú. Leave it unset.")

    def check_model(self) -> None:
        """A model is named `provider:model`; an address or key alone leads nowhere. Raises SettingsError."""
        if self.model and not _NAMED.fullmatch(self.model):
            raise SettingsError(
                f"RELEVO_MODEL={self.model!r} is not provider:model; for a server of your own that speaks OpenAI's "
                "language write openai:name and set RELEVO_MODEL_URL."
            )
        for name, url in (("RELEVO_MODEL_URL", self.model_url), ("RELEVO_EMBEDDINGS_URL", self.embeddings_url)):
            if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
                raise SettingsError(f"{name} is not an address like http://127.0.0.1:11434/v1.")
        if self.embeddings:
            EmbeddingChoice.parse(self.embeddings)
        elif self.embeddings_url or self.embeddings_key:
            raise SettingsError(
                "RELEVO_EMBEDDINGS_URL or _KEY is set without RELEVO_EMBEDDINGS: set it too, or unset it."
            )
        if (self.model_url or self.model_key) and not (self.model or self.embeddings):
            raise SettingsError(
                "RELEVO_MODEL_URL or RELEVO_MODEL_KEY is set without RELEVO_MODEL: set it too, or unset it."
            )

    def check_money(self) -> None:
        """A ceiling without prices would hold nothing. Raises SettingsError."""
        if self.ceilings.any and not (self.prices.sms or self.prices.per_thousand):
            raise SettingsError(
                "[ceilings] is set without [prices]: nothing has a price, so no ceiling would ever hold."
            )

    def check_clock(self) -> None:
        """A workspace with its own clock may not reach real people. Raises SettingsError naming the channel."""
        if not self.clock:
            return
        reach = {
            "RELEVO_TELEGRAM_API_URL": self.telegram_api_url if self.has_telegram() else "",
            "RELEVO_SLACK_API_URL": self.slack_api_url if self.has_slack() else "",
            "RELEVO_TWILIO_API_URL": self.twilio_api_url if self.has_twilio() else "",
            "RELEVO_SMTP_URL": self.smtp_url if self.has_email() else "",
            "RELEVO_IMAP_URL": self.imap_url if self.has_mailbox() else "",
        }
        for name, url in reach.items():
            if url and urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
                raise SettingsError(
                    f"RELEVO_CLOCK is set, but {name} leads to a real vendor. Unset one of the two: "
                    "a workspace with its own clock may only talk to sandboxes or to this machine."
                )


def _webhook_needs(settings: Settings, needed: dict[str, str]) -> dict[str, str]:
    if settings.telegram_mode == "webhook" and (settings.telegram_token or settings.telegram_secret):
        return needed | {"RELEVO_TELEGRAM_SECRET": settings.telegram_secret}
    return needed


def _complete(channel: str, needed: dict[str, str]) -> bool:
    """True: all set; False: none set (the sandbox stands in). Half set is an error that names what is missing."""
    missing = [name for name, value in needed.items() if not value]
    if len(missing) == len(needed):
        return False
    if missing:
        raise SettingsError(f"{channel} is half configured: set {', '.join(missing)} too, or unset the others.")
    return True


@dataclass(frozen=True)
class Workspace:
    """A folder of the user's own and its settings."""

    root: Path
    settings: Settings

    @property
    def state(self) -> Path:
        """Databases, index generations, locks and the secret key."""
        return self.root / ".relevo"

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def campaigns(self) -> Path:
        return self.root / "campaigns"

    @property
    def database_url(self) -> str:
        return self.settings.database_url or f"sqlite:///{self.state / 'relevo.db'}"

    def secret_key(self) -> str:
        """The key that signs links and sessions: the setting, else one made once and kept readable by the owner only."""
        if self.settings.secret_key:
            return self.settings.secret_key
        path = self.state / "secret"
        if not path.exists():
            self.state.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        return path.read_text(encoding="utf-8")


def load_workspace(root: Path, **overrides: Any) -> Workspace:
    """The workspace at `root`. Raises SettingsError naming the file and key at fault."""
    path = root / "relevo.toml"
    if not path.exists():
        raise SettingsError(f"{root} is not a workspace: it has no relevo.toml. Make one with `relevo init DIR`.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        settings = Settings(**(values | overrides))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    except ValidationError as error:
        raise SettingsError(f"{path} or a RELEVO_ variable: {_explain(error)}") from error
    for check in (
        settings.has_telegram,
        settings.has_slack,
        settings.has_twilio,
        settings.has_email,
        settings.has_mailbox,
    ):
        check()
    settings.check_clock()
    settings.check_model()
    settings.check_money()
    settings.check_built()
    if settings.secret_key and len(settings.secret_key) < 32:
        raise SettingsError("RELEVO_SECRET_KEY is too short: give it at least 32 characters, or leave it unset.")
    return Workspace(root.resolve(), settings)


def _explain(error: ValidationError) -> str:
    """Names keys and what is wrong; never the values, which may be secrets."""
    return "; ".join(
        f"`{'.'.join(map(str, item['loc']))}`: {_said(item['type'], item['msg'])}" for item in error.errors()
    )


def _said(kind: str, text: str) -> str:
    return "is not a setting; check the spelling" if kind == "extra_forbidden" else text.removeprefix("Value error, ")
