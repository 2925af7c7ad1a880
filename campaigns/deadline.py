"""How long a held notice can wait: the moment from which people miss it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns import calendar
from campaigns.checks import notice_of, own_days
from campaigns.content import Content
from campaigns.kept import kept_content
from records import hours
from records.database import Tx
from records.hours import Window, local_moment
from records.phrases import load_phrases
from records.settings import Settings
from records.store import audiences, money
from records.store.campaigns import Campaign
from records.types import CampaignState, ChannelName, Language, MessageClass


@dataclass(frozen=True)
class Countdown:
    """`people` have not been written to. They all can be before `deadline` if sending goes on by `resume_by` (UTC). It waits
    for money, or for somebody to resume it."""

    people: int
    resume_by: datetime
    deadline: datetime
    for_money: bool = False

    def too_late(self, now: datetime) -> bool:
        """Whether some will miss it, whatever is done now."""
        return now > self.resume_by


def deadline_of(content: Content, zone: ZoneInfo) -> datetime | None:
    """The end of the last day on which the notice still counts; None for a campaign that nothing obliges to a day.

    A debit notice hangs on each person's own payment, and others may hang on another day of their own: the campaign as a whole
    has no such day.
    """
    days, _ = notice_of(content)
    if not days or content.plan.message_class is MessageClass.DEBIT_NOTICE or own_days(content.plan):
        return None
    return local_moment(content.plan.effective_date - timedelta(days=days - 1), time(0), zone)


def countdown(people: int, deadline: datetime, per_second: float, window: Window, zone: ZoneInfo) -> Countdown:
    """When sending must go on at the latest, at `per_second` and only inside the window of each day."""
    left = people / per_second
    closing = deadline
    while True:
        day = (closing - timedelta(seconds=1)).astimezone(zone).date()
        opens, closes = local_moment(day, window.opens, zone), min(closing, local_moment(day, window.closes, zone))
        room = max(0.0, (closes - opens).total_seconds())
        if left <= room:
            return Countdown(people, closes - timedelta(seconds=left), deadline)
        left -= room
        closing = local_moment(day, time(0), zone).astimezone(UTC)


def countdown_of(tx: Tx, campaign: Campaign, settings: Settings) -> Countdown | None:
    """For a notice that the law or the contract wants by a day, while it is paused or a ceiling holds it back: how long it can
    wait. None for every other campaign."""
    content = kept_content(campaign.plan)
    zone = hours.zones_for(settings.desk.time_zone, "", "UTC")[0]
    deadline = deadline_of(content, zone)
    for_money = campaign.state is CampaignState.APPROVED and money.held_back(tx, campaign.id) > 0
    if deadline is None or not (for_money or campaign.state is CampaignState.PAUSED):
        return None
    people = audiences.people_to_go(tx, campaign.id)
    found = countdown(people, deadline, _pace(content, settings), calendar.window_of(settings.quiet), zone)
    return replace(found, for_money=for_money)


def _pace(content: Content, settings: Settings) -> float:
    """Messages a second on the channel most people get the notice by: the first of its first stage."""
    pace = settings.pace
    rates = {
        ChannelName.EMAIL: pace.email_per_second,
        ChannelName.SMS: pace.sms_per_second,
        ChannelName.TELEGRAM: pace.telegram_per_second,
    }
    return rates.get(content.plan.channels[0], pace.email_per_second)


def say_countdown(found: Countdown, now: datetime, settings: Settings, language: Language) -> str:
    """The countdown as a sentence for staff, in the company's own time."""
    zone = hours.zones_for(settings.desk.time_zone, "", "UTC")[0]
    key = "missed" if found.too_late(now) else "resume_by"
    return load_phrases("campaigns").say(
        f"deadline.money_{key}" if found.for_money else f"deadline.{key}",
        language,
        people=found.people,
        when=_moment(found.resume_by.astimezone(zone), language),
        deadline=_moment(found.deadline.astimezone(zone), language),
    )


def _moment(there: datetime, language: Language) -> str:
    """`Sat 30 Jan, 19:59`."""
    from babel.dates import format_skeleton

    locale = {Language.ES: "es_ES", Language.EN: "en_GB"}[language]
    return f"{format_skeleton('MMMEd', there, locale=locale)}, {there:%H:%M}"
