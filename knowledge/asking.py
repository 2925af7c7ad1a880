"""Ways of asking: how it is done, whether there is such a thing, how long it lasts. Pure."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from records.types import Language


@cache
def _patterns() -> Mapping[Language, Mapping[str, re.Pattern[str]]]:
    """By language and way, from `asking.toml`."""
    ways = tomllib.loads((resources.files("knowledge") / "asking.toml").read_text(encoding="utf-8"))
    return {
        language: {way: re.compile("|".join(patterns[language.value])) for way, patterns in ways.items()}
        for language in Language
    }


def ways_of_asking(tokens: Sequence[str], language: Language) -> frozenset[str]:
    """The ways in which folded words of a question in `language` ask: `steps`, `offer`, `span`; often in none."""
    text = " ".join(tokens)
    return frozenset(way for way, pattern in _patterns()[language].items() if pattern.search(text))
