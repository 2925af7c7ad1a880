"""Phrases: everything a person reads, from `phrases/{es,en}.toml` of the room that says it. Never text in code.

A phrase may hold fields in braces: `"Hola, {name}"`. Falls back es-MX -> es. `PhraseError` names room, key and field.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from functools import cache
from importlib import resources

from records.errors import RelevoError
from records.types import Language


class PhraseError(RelevoError):
    """A phrase is missing or was given the wrong fields."""


@dataclass(frozen=True)
class Phrases:
    """The phrases of one room in every language."""

    room: str
    texts: Mapping[Language, Mapping[str, str]]

    def say(self, key: str, language: Language | str, **fields: object) -> str:
        """The phrase in that language, filled; numbers and hours as that language writes them. Raises PhraseError for an
        unknown key or a missing field."""
        text = self.texts[Language(str(language)[:2])].get(key)
        if text is None:
            raise PhraseError(f"{self.room} has no phrase {key!r} in {language}")
        try:
            return text.format(**{name: written(value, language) for name, value in fields.items()})
        except (KeyError, IndexError) as error:
            raise PhraseError(f"{self.room} phrase {key!r} needs the field {error}") from error

    def lines(self, key: str, language: Language | str) -> tuple[str, ...]:
        """A phrase that is a list: one item a line."""
        return tuple(line for line in self.say(key, language).splitlines() if line.strip())


_POINT: Mapping[Language, str] = {Language.ES: ",", Language.EN: "."}


def written(value: object, language: Language | str) -> object:
    """A number with a fraction as the language writes it (`0,5` in Spanish), an hour of the day as it says it (`la 1:00`,
    `las 13:00`: Spanish has an article there, which agrees); anything else as it is."""
    if isinstance(value, time):
        return _hour(value, Language(str(language)[:2]))
    if not isinstance(value, Decimal | float):
        return value
    plain = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return plain.replace(".", _POINT[Language(str(language)[:2])])


def _hour(value: time, language: Language) -> str:
    if language is Language.EN:
        return f"{value:%H:%M}"
    return f"{'la' if value.hour == 1 else 'las'} {value.hour}:{value:%M}"


def fields_of(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def _flatten(prefix: str, table: Mapping[str, object]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flatten(f"{prefix}{key}.", value)
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat


@cache
def load_phrases(room: str) -> Phrases:
    """The phrase files of a room (a package name). Sections of the TOML become dotted keys: `case.opened`."""
    folder = resources.files(room) / "phrases"
    return Phrases(
        room,
        {
            language: _flatten("", tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8")))
            for language in Language
        },
    )
