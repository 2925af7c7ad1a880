"""The tables of `relevo.toml`: what each may say, what holds where it says nothing, and what is refused."""

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, NonNegativeInt, field_validator, model_validator

from records.hours import Window, zone_or_none
from records.types import ChannelName, Language


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Company(_Section):
    """Who speaks. `formal` chooses usted over tú in our own phrases."""

    name: str = "Relevo"
    languages: tuple[Language, ...] = Field(default=(Language.ES, Language.EN), min_length=1)
    formal: bool = False


class Desk(_Section):
    """When people answer. `hours` is `Mon-Fri 09:00-18:00`; `first_reply_minutes` counts inside those hours."""

    hours: str = "Mon-Fri 09:00-18:00"
    time_zone: str = "Europe/Madrid"
    first_reply_minutes: int = Field(default=60, gt=0)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if zone_or_none(name) is None:
            raise ValueError(f"{name!r} is not a time zone like Europe/Madrid")
        return name


class Quiet(_Section):
    """Campaign messages leave only between these local hours; on public holidays only with `holidays`, or if they must."""

    opens: str = "09:00"
    closes: str = "20:00"
    holidays: bool = False

    @model_validator(mode="after")
    def _opens_first(self) -> "Quiet":
        Window.parse(self.opens, self.closes)
        return self


class Frequency(_Section):
    """The most campaign messages one person gets, over all campaigns; 0 for no limit. Mandatory notices are never held back,
    but count."""

    per_day: int = Field(default=1, ge=0)
    per_week: int = Field(default=3, ge=0)


class Prices(_Section):
    """What vendors charge, in minor units (cents) of `currency`, parts of one too. `sms`: a segment, by country; `other` is for
    countries not named. `per_thousand`: a thousand messages, by channel."""

    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    sms: dict[str, NonNegativeFloat] = Field(default_factory=dict)
    per_thousand: dict[ChannelName, NonNegativeFloat] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole_world(self) -> "Prices":
        if self.sms and "other" not in self.sms:
            raise ValueError("`sms` needs `other`: what a segment costs in a country that is not named")
        return self


class Ceilings(_Section):
    """The most that campaigns spend, in minor units of the prices' currency: a day, one campaign, a day on a channel, a day in
    a country. What is left out has no ceiling."""

    day: int | None = Field(default=None, ge=0)
    campaign: int | None = Field(default=None, ge=0)
    channel: dict[ChannelName, NonNegativeInt] = Field(default_factory=dict)
    country: dict[str, NonNegativeInt] = Field(default_factory=dict)

    @property
    def any(self) -> bool:
        return self.day is not None or self.campaign is not None or bool(self.channel or self.country)


class Pace(_Section):
    """Every vendor limit: messages a second unless named otherwise, 0 for none (sources in `channels.tolls`).
    The web chat is our own page and has none."""

    email_per_second: float = Field(default=200.0, ge=0)
    email_domain_per_second: float = Field(default=0.0, ge=0)
    email_domains: dict[str, float] = Field(default_factory=dict)
    email_warm_up: tuple[int, ...] = ()
    sms_per_second: float = Field(default=1.0, ge=0)  # segments
    telegram_per_second: float = Field(default=25.0, ge=0)
    telegram_chat_per_second: float = Field(default=1.0, ge=0)
    telegram_group_per_minute: float = Field(default=20.0, ge=0)
    slack_per_second: float = Field(default=1.0, ge=0)  # in one channel
    slack_updates_per_minute: float = Field(default=50.0, ge=0)
    slack_whispers_per_minute: float = Field(default=100.0, ge=0)

    @field_validator("email_domains")
    @classmethod
    def _rates(cls, domains: dict[str, float]) -> dict[str, float]:
        wrong = next((name for name, rate in domains.items() if rate <= 0), None)
        if wrong is not None:
            raise ValueError(f"{wrong!r} needs a rate over 0")
        return domains

    @field_validator("email_warm_up")
    @classmethod
    def _climbs(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if any(day <= 0 for day in days) or list(days) != sorted(days):
            raise ValueError("give messages a day to one domain, over 0 and never falling: [500, 1000, 2000]")
        return days


class ModelPrice(_Section):
    """Minor units (cents) of your money for 1,000 tokens. What stands here unless told is dearer than most models are."""

    read: float = Field(default=0.5, ge=0)
    written: float = Field(default=2.5, ge=0)


class ModelLimits(_Section):
    """How far a language model may go. `per_day` is in minor units; `seconds` counts for all it does in one turn."""

    seconds: float = Field(default=8.0, gt=0, le=60)
    per_day: int = Field(default=500, ge=0)
    failures: int = Field(default=3, gt=0)
    pause_seconds: float = Field(default=60.0, gt=0)
    prices: dict[str, ModelPrice] = Field(default_factory=dict)

    def price_of(self, model: str) -> ModelPrice:
        return self.prices.get(model, ModelPrice())


class Bounces(_Section):
    """When an address that soft bounces is no longer written to: after `soft` of them within `days`."""

    soft: int = Field(default=3, gt=0)
    days: int = Field(default=5, gt=0)


class Ingest(_Section):
    """Where documents come from besides `content/`. `urls` maps the path a page takes in there to its address.

    `allow_hosts` are the hosts a page may be fetched from; `seconds_per_document` bounds how long one is read.
    """

    urls: dict[str, str] = Field(default_factory=dict)
    allow_hosts: tuple[str, ...] = ()
    seconds_per_document: float = Field(default=60.0, gt=0)


class WorkerLimits(_Section):
    """`connections`: messages of campaigns a worker sends at once, each over a connection of its own. They are shared out among
    at most two batches, which are in hand at the same time, so that a slow one does not hold everything. `silence_seconds`: a
    worker not heard of for so long is taken for dead; by itself it stops sending after half of that."""

    connections: int = Field(default=16, ge=1, le=32)
    silence_seconds: float = Field(default=40.0, ge=1)

    @property
    def batches(self) -> int:
        """In hand at once."""
        return min(2, self.connections)

    @property
    def lines(self) -> int:
        """Messages of one batch under way at once."""
        return self.connections // self.batches
