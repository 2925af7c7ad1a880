"""Several questions in one message: which are they? Pure; the words live in rules.toml.

Split are sentences that each ask, items of a list, and questions joined by "y", "and", "además", "also". Never split is what
shares one question ("alta y baja", "cómo y cuándo pago", "name and address").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from bot.follow_up import adds
from bot.rules import hear
from bot.text import asks, fold, word_file, words_of

MOST_PARTS = 3

_SENTENCE = re.compile(r"(?<=\?)\s*|(?<=[.!…])\s+(?=[A-ZÁÉÍÓÚÑ¿¡])|\n+|\s*(?=¿)")
_ITEM = re.compile(r"(?:^|(?<=\s))(?:(\d)[.)º-]{1,2}\s*|[-*•]\s+)(?=\S)", re.MULTILINE)
_MARKS = re.compile(r"[,.;:!?¡¿\n]+")
_FEWEST_WORDS = 2


@dataclass(frozen=True)
class Parts:
    """What was asked, in order, at most three; `more`: others were left out."""

    asked: tuple[str, ...]
    more: bool = False


@dataclass(frozen=True)
class _Words:
    joint: re.Pattern[str]  # "y", "and"
    also: re.Pattern[str]  # "además", "also": they join what need not begin like a question
    question: re.Pattern[str]  # how a question begins, after one of the two
    told: re.Pattern[str]  # how it may begin after "also"
    condition: re.Pattern[str]  # "si", "if": goes with what stands before
    hanging: re.Pattern[str]  # a question word without its question: "cómo", "how much"
    detail: re.Pattern[str]  # "¿en cada plataforma?", "¿o no?": belongs to the question before
    opposite: re.Pattern[str]


def split_parts(text: str) -> Parts:
    """The questions of a message; one that holds a single question comes back as it is."""
    found = [part for unit in _units(text) for part in _coordinated(unit)]
    asked = [part for part in found if not _is_talk(part)]
    if len(asked) < 2:
        return Parts((text,))
    return Parts(tuple(asked[:MOST_PARTS]), len(asked) > MOST_PARTS)


def _is_talk(part: str) -> bool:
    """A greeting or thanks, however many words of it."""
    pieces = [piece for piece in _MARKS.split(part) if piece.strip()]
    return bool(pieces) and all(hear(piece).talk for piece in pieces)


def _units(text: str) -> list[str]:
    return _listed(text) or _sentences(text)


def _listed(text: str) -> list[str]:
    """The items of a list. Numbers must count from 1; what stands before the first item leads to it and asks nothing."""
    marks = list(_ITEM.finditer(text))
    numbers = [mark[1] for mark in marks if mark[1]]
    counts = not numbers or [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    if len(marks) < 2 or not counts or (numbers and len(numbers) != len(marks)):
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    items = [text[mark.end() : end].strip(" \n,;") for mark, end in zip(marks, ends, strict=True)]
    return items if all(len(words_of(item)) >= _FEWEST_WORDS for item in items) else []


def _sentences(text: str) -> list[str]:
    """Each sentence that asks, with the statements that lead to it; what only adds to a question stays with it."""
    units: list[str] = []
    before: list[str] = []
    for sentence in filter(None, (piece.strip() for piece in _SENTENCE.split(text))):
        if not _is_question(sentence):
            before.append(sentence)
        elif units and _adds_to_the_last(sentence):
            units[-1] = " ".join([units[-1], *before, sentence])
            before = []
        else:
            units.append(" ".join([*before, sentence]))
            before = []
    if before and units:
        units[-1] = " ".join([units[-1], *before])
    return units or [text]


def _is_question(sentence: str) -> bool:
    return sentence.endswith("?") or sentence.startswith("¿") or asks(fold(sentence))


def _adds_to_the_last(sentence: str) -> bool:
    folded = " ".join(words_of(sentence))
    few = len(folded.split()) < _FEWEST_WORDS
    return few or adds(sentence) or bool(_words().detail.match(folded))


def _coordinated(unit: str) -> Iterator[str]:
    """A question and the questions joined to it by "y" or "and"."""
    start = 0
    for match in _joints(unit):
        left, right = unit[start : match.start()], unit[match.end() :]
        if _stand_apart(left, right, also=match.re is _words().also):
            yield left.strip(" ,;")
            start = match.end()
    yield unit[start:].strip(" ,;")


def _joints(unit: str) -> list[re.Match[str]]:
    also = list(_words().also.finditer(unit))
    taken = [range(match.start(), match.end()) for match in also]
    joints = [one for one in _words().joint.finditer(unit) if not any(one.end() - 1 in span for span in taken)]
    return sorted([*also, *joints], key=lambda match: match.start())


def _stand_apart(left: str, right: str, *, also: bool) -> bool:
    words, before, after = _words(), " ".join(words_of(left)), " ".join(words_of(right))
    if min(len(before.split()), len(after.split())) < _FEWEST_WORDS or words.hanging.search(before):
        return False
    if not (left.lstrip().startswith("¿") or right.rstrip().endswith("?") or asks(fold(left))):
        return False
    same_question = before.split()[0] == after.split()[0] and bool(words.opposite.search(after))
    if same_question:
        return False
    if also:
        return bool(words.question.match(after) or words.told.match(after))
    return bool(words.question.match(after)) and not words.condition.match(after)


@cache
def _words() -> _Words:
    raw = word_file()
    parts = raw["parts"]
    question = "|".join([*raw["reading"]["question"], *parts["question"]])
    return _Words(
        joint=re.compile(rf"(?:,\s*|\s+)(?:{parts['joint']})\s+", re.IGNORECASE),
        also=re.compile(rf"(?:[,;.]\s*|\s+)(?:(?:{parts['joint']})\s+)?(?:{parts['also']})[:,]?\s+", re.IGNORECASE),
        question=re.compile(rf"(?:{question})\b"),
        told=re.compile(rf"(?:{parts['told']})\b"),
        condition=re.compile(rf"(?:{parts['condition']})\b"),
        hanging=re.compile(rf"\b(?:{parts['hanging']})$"),
        detail=re.compile(rf"(?:{parts['detail']})"),
        opposite=re.compile(rf"\b(?:{parts['opposite']})\b"),
    )
