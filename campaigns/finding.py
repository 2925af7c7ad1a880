"""What a check of a plan found, and how it is said. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from campaigns.words import day_for_staff
from records.phrases import load_phrases
from records.types import Language, Subscriber

_NAMED = 3
"""How many people a finding names; the number says how many there are."""


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"  # the plan is refused
    WARNING = "warning"  # worth a look


@dataclass(frozen=True)
class Country:
    """A country by its two letters, to be named in the reader's language."""

    code: str

    def name_in(self, language: Language | str) -> str:
        from babel import Locale

        return str(Locale(str(language)[:2]).territories.get(self.code, self.code))


@dataclass(frozen=True)
class Finding:
    """`code` names two phrases of this room: `check.<code>.what` and `check.<code>.do`."""

    severity: Severity
    code: str
    where: str
    fields: tuple[tuple[str, object], ...] = ()

    def what(self, language: Language | str) -> str:
        return self._say("what", language)

    def do(self, language: Language | str) -> str:
        return self._say("do", language)

    def _say(self, part: str, language: Language | str) -> str:
        fields = {name: _told(value, language) for name, value in self.fields}
        return load_phrases("campaigns").say(f"check.{self.code}.{part}", language, **fields)


def _told(value: object, language: Language | str) -> object:
    match value:
        case date():
            return day_for_staff(value, language)
        case Country():
            return value.name_in(language)
        case Language():
            return _language_name(value, language)
        case _:
            return value


def _language_name(one: Language, language: Language | str) -> str:
    from babel import Locale

    return str(Locale(str(language)[:2]).languages[one.value])


def refusal(code: str, where: str, **fields: object) -> Finding:
    return Finding(Severity.ERROR, code, where, tuple(fields.items()))


def warning(code: str, where: str, **fields: object) -> Finding:
    return Finding(Severity.WARNING, code, where, tuple(fields.items()))


@dataclass
class Seen:
    """How many people a finding is about, and the first of them."""

    count: int = 0
    first: tuple[str, ...] = ()

    def add(self, person: Subscriber) -> None:
        self.count += 1
        if len(self.first) < _NAMED:
            self.first = (*self.first, person.id)
