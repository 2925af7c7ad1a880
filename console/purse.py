"""The day's money for a language model, in the records, and the one word to staff when it is spent."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from channels.outbox import put_reply
from records.content import CaseCard
from records.database import Database, Tx
from records.phrases import load_phrases
from records.settings import Settings
from records.store import spending
from records.types import ChannelName

THOUSANDTHS = 1_000


@dataclass(frozen=True)
class DailyPurse:
    """A `knowledge.budget.Purse` over the records. A day is a day of the desk's time zone. `desk`: is there one in Slack?"""

    db: Database
    settings: Settings
    desk: bool

    def reserve(self, amount: int, now: datetime) -> bool:
        day = day_of(self.settings, now)
        with self.db.write() as tx:
            granted = spending.reserve(tx, day, amount, self.settings.model_limits.per_day * THOUSANDTHS)
            if not granted and spending.note_capped(tx, day, now) and self.desk:
                self._tell(tx, day, now)
        return granted

    def give_back(self, amount: int, now: datetime) -> None:
        with self.db.write() as tx:
            spending.give_back(tx, day_of(self.settings, now), amount)

    def _tell(self, tx: Tx, day: date, now: datetime) -> None:
        language, phrases = self.settings.company.languages[0], load_phrases("console")
        card = CaseCard(
            case_id=f"model:{day}",
            code=phrases.say("model.word", language),
            headline=phrases.say("model.capped_headline", language),
            fields=(),
            body=phrases.say("model.capped", language),
            buttons=(),
        )
        put_reply(tx, channel=ChannelName.SLACK, address="", content=card, key=f"model-capped:{day}", now=now)


def day_of(settings: Settings, now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.desk.time_zone)).date()


def is_spent(db: Database, settings: Settings, now: datetime) -> bool:
    """Has today's money been refused once?"""
    if not settings.model:
        return False
    with db.read() as tx:
        return spending.of_day(tx, day_of(settings, now)).capped_at is not None
