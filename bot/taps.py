"""What the data of a button means, whether it was tapped, or typed on a channel that has no buttons. Pure."""

import re
from functools import cache

from bot.events import ChoiceTaken, PersonWanted, RatingGiven, Talk, ThumbGiven
from bot.rules import hear
from bot.text import bare, word_file
from knowledge.text import stems, without_stop_words, words
from records.types import Language

Tap = ChoiceTaken | PersonWanted | ThumbGiven | RatingGiven

PICK = "pick:"
"""Before the number of a title, in the data of a choice."""

BEYOND = "beyond"
"""The data of a place that none of the choices has."""

_THUMBS = {"up": True, "down": False}
_FEW = 5  # words; who says more, says something of their own


def read_tap(data: str, label: str, comment: str = "") -> Tap:
    """`person`, `thumb:<answer>:up|down`, `rate:<case>:<1-5>`, else a choice of ours. What cannot be read is a choice, too."""
    kind, _, rest = data.partition(":")
    if kind == "person":
        return PersonWanted()
    parts = rest.split(":")
    if kind == "thumb" and len(parts) == 2:
        return _thumb(parts[0], parts[1], data, label, comment)
    if kind == "rate" and len(parts) == 2:
        return _rating(parts[0], parts[1], data, label, comment)
    return ChoiceTaken(data, label)


def tapped_by_text(talk: Talk, text: str) -> Tap | None:
    """The choice of the last turn that this text names, by its number, its place or its words; a yes takes the only one.

    A place where nothing was offered is a choice that is gone; one that none of them has is `BEYOND`, a number only once.
    """
    offered = offered_in(talk.conversation.memory)
    wanted = text.strip().rstrip(".)").casefold()
    for number, (data, label) in enumerate(offered, start=1):
        if wanted in (str(number), label.casefold()):
            return read_tap(data, label)
    place = _place(text)
    if place:
        return _in_place(offered, place)
    number = _number(text)
    if number and len(offered) > 1 and not talk.conversation.memory.get("beyond"):
        return _in_place(offered, number)
    if len(offered) == 1 and hear(text).aside == "yes":
        return read_tap(*offered[0])
    named = _named(offered, text, talk.language)
    return read_tap(*named[0]) if len(named) == 1 else None


def _named(offered: list[tuple[str, str]], text: str, language: Language) -> list[tuple[str, str]]:
    """The titles that hold all of the few words it says ("lo de la tarjeta caducada")."""
    if len(words(text)) > _FEW or "?" in text:
        return []
    said = set(stems(without_stop_words(words(text)), language))
    return [one for one in offered if said and one[0].startswith(PICK) and said <= set(stems(words(one[1]), language))]


def _in_place(offered: list[tuple[str, str]], place: int) -> Tap:
    if not offered:
        return ChoiceTaken("", "")
    at = place - 1 if place > 0 else place
    return read_tap(*offered[at]) if at < len(offered) else ChoiceTaken(BEYOND, "")


def _number(text: str) -> int:
    """7 for "7" and "la 7"; 0 for what is no number."""
    found = _numbered().fullmatch(bare(text))
    return int(found[1]) if found else 0


def _place(text: str) -> int:
    """1 for "la primera", 2 for "the second one", -1 for "la última"; 0 for what names no place."""
    naked = bare(text)
    return next((place for place, pattern in _ordinals().items() if pattern.fullmatch(naked)), 0)


@cache
def _ordinals() -> dict[int, re.Pattern[str]]:
    before = word_file()["places"]["before"]
    return {
        int(place): re.compile(rf"(?:(?:{before}) )*(?:{pattern})")
        for place, pattern in word_file()["places"]["ordinals"].items()
    }


@cache
def _numbered() -> re.Pattern[str]:
    return re.compile(rf"(?:(?:{word_file()['places']['before']}) )*(\d{{1,2}})")


def offered_in(memory: dict[str, object]) -> list[tuple[str, str]]:
    """The choices of the last turn as (data, label)."""
    offered = memory.get("offered")
    return [(str(data), str(label)) for data, label in offered] if isinstance(offered, list) else []


def _thumb(first: str, second: str, data: str, label: str, comment: str) -> Tap:
    # Either order: pages of the first days put the direction before the answer.
    answer, way = (second, first) if first in _THUMBS else (first, second)
    return ThumbGiven(answer, _THUMBS[way], comment) if way in _THUMBS else ChoiceTaken(data, label)


def _rating(first: str, second: str, data: str, label: str, comment: str) -> Tap:
    case, value = (second, first) if first.isdigit() and len(first) == 1 else (first, second)
    return RatingGiven(case, int(value), comment) if value in "12345" and value else ChoiceTaken(data, label)
