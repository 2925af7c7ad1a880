"""How contracts number their clauses: reading a marker at the start of a line. Pure.

Knows `3.`, `3.1`, `3.-`, `PRIMERA.-`, `Cláusula 3.ª`, `CLÁUSULA TERCERA`, `Artículo 5`, `Section 4`, `IV.`, `a)`, `(ii)`.
"""

import re
from dataclasses import dataclass

_UNITS = {
    "primer": 1, "segund": 2, "tercer": 3, "cuart": 4, "quint": 5, "sext": 6, "septim": 7, "octav": 8, "noven": 9,
}  # fmt: skip
_TENS = {"decim": 10, "vigesim": 20, "trigesim": 30}
_ENGLISH = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
_UNACCENTED = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

_NUMBER = r"\d{1,3}(?:\.\d{1,3})*"
_NAMED = re.compile(
    rf"^(?:cl[áa]usula|art[íi]culo|art\.|estipulaci[óo]n|secci[óo]n|apartado|section|clause|article|§)\s*"
    rf"(?:n[.º°o]*\s*)?(?P<value>{_NUMBER}|[IVXLC]+\b|[A-Za-zÁÉÍÓÚáéíóú]+(?:\s+[A-Za-zÁÉÍÓÚáéíóú]+)?)",
    re.IGNORECASE,
)
_TAIL = re.compile(r"^\s*\.?\s*[ªºao°]?(?![A-Za-z])\s*(?:[.:)\-–—]|\.-)*\s*")
_ORDINAL = re.compile(r"^(?P<words>[A-Za-zÁÉÍÓÚáéíóú]+(?:\s+[A-Za-zÁÉÍÓÚáéíóú]+)?)\s*(?:[.:\-–—]+)\s*")
_DECIMAL = re.compile(rf"^(?P<value>{_NUMBER})(?P<end>\s*[.)ªº°]?\s*[-–—.]?)(?:\s+|$)")
_DECIMAL_ORDINAL = re.compile(r"^(?P<value>\d{1,3})\s*\.?\s*[ªº°]\s*[.:)\-–—]*\s+")
_ROMAN_UPPER = re.compile(r"^(?P<value>[IVXLC]+)\s*(?:[.)\-–—]|\.-)+\s+")
_LETTER = re.compile(r"^\(?(?P<value>[a-zñ])\)\s+|^(?P<dotted>[a-z])\.\s+(?=\S)")
_ROMAN_LOWER = re.compile(r"^\(?(?P<value>[ivx]+)\)\s+")


@dataclass(frozen=True)
class Marker:
    """What a line begins with. `value` is decimal (`7.2`) for clauses, a letter or small roman for items."""

    value: str
    rest: str
    item: bool = False
    sure: bool = True  # False: only the order of numbers can tell it from running text


def read_marker(line: str) -> Marker | None:
    """The clause marker at the start of `line`, or None."""
    for read in (_named, _ordinal_number, _decimal, _ordinal, _roman, _item):
        marker = read(line)
        if marker is not None:
            return marker
    return None


def _named(line: str) -> Marker | None:
    match = _NAMED.match(line)
    if match is None:
        return None
    value, used = _value_of(match.group("value"))
    if not value:
        return None
    rest = line[match.start("value") + used :]
    if rest[:1].isalnum() and rest[0] not in "ªº":
        return None
    tail = _TAIL.match(rest)
    return Marker(
        value, rest[tail.end() :] if tail else rest, sure=bool(not rest[:2].strip(" ") or (tail and tail.end()))
    )


def _value_of(text: str) -> tuple[str, int]:
    """The decimal value of a number, roman or ordinal at the start of `text`, and how much of it was used."""
    if text[0].isdigit():
        return text, len(text)
    if re.fullmatch(r"[IVXLC]+", text):
        return str(roman(text)), len(text)
    number = ordinal(text)
    if number:
        return str(number), len(text)
    first = text.split()[0]
    number = ordinal(first)
    return (str(number), len(first)) if number else ("", 0)


def _ordinal_number(line: str) -> Marker | None:
    match = _DECIMAL_ORDINAL.match(line)
    return Marker(match.group("value"), line[match.end() :]) if match else None


def _decimal(line: str) -> Marker | None:
    match = _DECIMAL.match(line)
    if match is None:
        return None
    value, end = match.group("value"), match.group("end").strip()
    rest = line[match.end() :]
    if not end and "." not in value:
        return None
    if not end and rest[:1].islower():
        return None
    return Marker(value, rest, sure=False)


def _ordinal(line: str) -> Marker | None:
    match = _ORDINAL.match(line)
    number = ordinal(match.group("words")) if match else 0
    return Marker(str(number), line[match.end() :]) if match and number else None


def _roman(line: str) -> Marker | None:
    match = _ROMAN_UPPER.match(line)
    return Marker(str(roman(match.group("value"))), line[match.end() :], sure=False) if match else None


def _item(line: str) -> Marker | None:
    letter = _LETTER.match(line)
    if letter:
        return Marker(letter.group("value") or letter.group("dotted"), line[letter.end() :], item=True)
    small = _ROMAN_LOWER.match(line)
    return Marker(small.group("value"), line[small.end() :], item=True) if small else None


def ordinal(text: str) -> int:
    """1 for primera, 12 for décimo segunda or twelfth, 0 for what is no ordinal."""
    words = text.translate(_UNACCENTED).lower().split()
    if len(words) == 1 and words[0] in _ENGLISH:
        return _ENGLISH[words[0]]
    if words == ["unica"]:
        return 1
    total = 0
    for word in words:
        value = _ordinal_word(word)
        if not value:
            return 0
        total += value
    return total


def _ordinal_word(word: str) -> int:
    stem = word[:-1] if word[-1:] in "oa" else word
    if stem in _UNITS | _TENS:
        return (_UNITS | _TENS)[stem]
    if stem in ("undecim", "duodecim"):
        return 11 if stem == "undecim" else 12
    for tens, value in _TENS.items():
        for joined in (stem.removeprefix(f"{tens}o"), stem.removeprefix(tens)):
            if joined != stem and joined in _UNITS:
                return value + _UNITS[joined]
    return 0


def roman(text: str) -> int:
    """14 for XIV."""
    values = [_ROMAN[char] for char in text.lower()]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def follows(last: str, value: str) -> bool:
    """Could clause `value` come after `last`? Keeps wrapped lines like `8.99 € al mes` from becoming clauses."""
    if not last:
        return True
    before = [int(part) for part in last.split(".")]
    now = [int(part) for part in value.split(".")]
    shared = 0
    while shared < min(len(before), len(now)) and before[shared] == now[shared]:
        shared += 1
    if shared == len(now):
        return False
    previous = before[shared] if shared < len(before) else 0
    steps_in = all(part == 1 for part in now[shared + 1 :])
    return steps_in and previous < now[shared] <= previous + 3
