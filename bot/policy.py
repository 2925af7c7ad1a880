"""What the settings of a workspace decide for the bot. Pure."""

from collections.abc import Mapping

from bot.events import Policy
from bot.hours import parse_hours
from records.settings import Settings
from records.types import Language

FLOOR = 0.4
"""Below this chance that the index has an answer at all, titles are not offered. Of 32 covered blind questions between 0.4 and
0.6 24 had the right title among the first three; 16 of 72 uncovered ones lie there, too, and are asked back for nothing."""


def policy_of(settings: Settings) -> Policy:
    """What the settings decide. Raises BadHours for desk hours that cannot be read."""
    return Policy(
        company=settings.company.name,
        wrong_answers=settings.wrong_answers,
        floor=FLOOR,
        hours=parse_hours(settings.desk.hours, settings.desk.time_zone),
        first_reply_minutes=settings.desk.first_reply_minutes,
        staff_language=default_language(settings.company.languages),
        plans={language: _plan_names(values) for language, values in settings.blanks.items()},
    )


def _plan_names(blanks: Mapping[str, str]) -> dict[str, str]:
    """The blanks `plan_…` name the plans, here as in campaigns."""
    return {name.removeprefix("plan_"): value for name, value in blanks.items() if name.startswith("plan_")}


def default_language(languages: tuple[str, ...]) -> Language:
    """The first language of the company; Spanish when it names none."""
    return Language(languages[0][:2]) if languages else Language.ES
