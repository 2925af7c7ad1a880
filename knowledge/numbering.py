"""How contracts number their clauses: reading a marker at the start of a line. Pure.

Knows `3.`, `3.1`, `3.-`, `PRIMERA.-`, `First Clause.`, `Clause the First`, `Cláusula 3.ª`, `CLÁUSULA TERCERA`,
`Artículo 5 bis`, `Section Four`, `§ 3`, `IV.`, `A.1`, `7(b)(ii)`, `a)`, `(ii)`, `(1)`, `Anexo I`, `Schedule 2`, `Capítulo III`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from knowledge.ordinals import number_word, ordinal, roman
from knowledge.text import fold

__all__ = ["ANNEXES", "ITEMS", "Marker", "Style", "follows", "goes_on", "ordinal", "read_marker", "roman", "succeeds"]


class Style(StrEnum):
    """How a marker is written. Items stand inside a clause; annexes and chapters hold clauses."""

    NAMED = "named"  # Cláusula 3, Section 4, § 3
    ORDINAL = "ordinal"  # PRIMERA.-
    ROMAN = "roman"  # IV.
    DECIMAL = "decimal"  # 3. and 3.1
    UPPER = "upper"  # A. and A.1
    LETTER = "letter"  # a)
    CAPITAL = "capital"  # (A)
    SMALL = "small"  # (ii)
    NUMBER = "number"  # (1)
    ANNEX = "annex"  # Annex I
    CHAPTER = "chapter"  # Capítulo II


ITEMS = frozenset({Style.LETTER, Style.CAPITAL, Style.SMALL, Style.NUMBER})


@dataclass(frozen=True)
class Marker:
    """What a line begins with. `value` is decimal (`7.2`) for clauses, as written for items, a slug for what holds clauses.

    `sure` is False where only the order of numbers can tell it from running text; `closed` says that a full stop, a bracket
    or a dash ends it; `items` are those written together with the number: `7(b)(ii)`.
    """

    value: str
    rest: str
    style: Style
    sure: bool = True
    closed: bool = True
    items: tuple[str, ...] = ()

    @property
    def item(self) -> bool:
        return self.style in ITEMS


_NUMBER = r"\d{1,3}(?:\.\d{1,3})*"
_WORD = r"[A-Za-zÁÉÍÓÚáéíóú]+"
_NAMED = re.compile(
    rf"^(?:cl[áa]usula|art[íi]culo|art\.|estipulaci[óo]n|condici[óo]n|disposici[óo]n|base|pacto|apartado"
    rf"|secci[óo]n|section|sec\.|clause|condition|article|regla|norma|rule"
    rf"|art\b|§)\s*(?:the\s+)?(?:n(?:[.º°]+|o\b\.?|[úu]m\.)\s*)?(?P<value>{_NUMBER}|[IVXLC]+(?!\w)|{_WORD}(?:[\s-]+{_WORD})?)",
    re.IGNORECASE,
)
_TAIL = re.compile(r"^\s*\.?\s*[ªº°]?(?:[ao]\b)?(?:\s*(?:[.:)\-–—]|\.-))*\s*")
_BIS = re.compile(r"^\s+(bis|ter|qu[áa]ter)\b", re.IGNORECASE)
_TOGETHER = re.compile(r"^\.?\s?\(([a-z]{1,4})\)(?:\s?\(([a-z]{1,4}|\d{1,2})\))?|^\.?([a-zñ])(?=[).]\s)")
_ORDINAL = re.compile(rf"^(?P<words>{_WORD}(?:[\s-]+{_WORD})??)(?i:\s+(?:cl[áa]usula|clause))?\s*(?:[.:\-–—)]+)\s*")
_DECIMAL = re.compile(rf"^(?P<value>{_NUMBER})(?P<end>\s*[.)ªº°]?\s*[-–—.:]?)(?:\s+|$)")
_BARE = re.compile(r"^(?P<value>\d{1,2})\s+(?=[A-ZÁÉÍÓÚÑ¿¡«\"“])")
_DECIMAL_ORDINAL = re.compile(r"^(?P<value>\d{1,3})\s*\.?\s*[ªº°]\s*[.:)\-–—]*\s+")
_DECIMAL_TOGETHER = re.compile(rf"^(?P<value>{_NUMBER})(?=\.?\s?\([a-z]|\.?[a-zñ][).]\s)")
_ROMAN_UPPER = re.compile(r"^(?P<value>(?![CL]\b)[IVXLC]+)\s*(?:[.)\-–—:]|\.-)+\s+|^(?P<alone>[IVXLC]{2,})$")
_UPPER = re.compile(r"^(?P<value>[A-Z](?:\.\d{1,2}){0,2})(?P<end>\.-|[.)\-–—]|(?<=\d))\s+(?=\S)")
_ITEM = re.compile(r"^(?P<open>\(?)(?P<value>[a-zñ]{1,5}|[A-Z]|\d{1,2})(?P<end>\)\.?-?|\.-?|\s?[-–—])\s+(?=\S)")
_DOTTED_ROMAN = re.compile(r"[ivx]{2,5}$")
_HOLDS = re.compile(
    rf"^(?P<word>anexo|anejo|annex|ap[ée]ndice|appendix|schedule|exhibit|cap[íi]tulo|chapter|t[íi]tulo|part|parte)\b"
    rf"(?:\s+(?:n(?:[.º°]+|o\b\.?|[úu]m\.)\s*)?(?P<value>{_NUMBER}|[IVXLC]+\b|[A-Z]\b|{_WORD}))?(?P<rest>.*)$",
    re.IGNORECASE,
)
_HOLDERS = {
    "anexo": "annex", "anejo": "annex", "annex": "annex", "apendice": "appendix", "appendix": "appendix",
    "schedule": "schedule", "exhibit": "exhibit", "capitulo": "chapter", "chapter": "chapter", "titulo": "title",
    "part": "part", "parte": "part",
}  # fmt: skip
_CHAPTERS = frozenset({"chapter", "title", "part"})
ANNEXES: Mapping[str, str] = {word: kind for word, kind in _HOLDERS.items() if kind not in _CHAPTERS}
"""What is added to a contract, by its name in either language, folded: the word its path begins with."""
_LONGEST_HOLDER = 100
_LETTERS = "abcdefghijklmnñopqrstuvwxyz"


def read_marker(line: str, heading: bool = False) -> Marker | None:
    """The clause marker at the start of `line`, or None. A figure alone (`3 Payment`) is one in a `heading` only."""
    for read in (_holder, _named, _decimal_ordinal, _together, _decimal, _roman, _upper, _ordinal, _item):
        marker = read(line)
        if marker is not None:
            return marker
    return _bare(line) if heading else None


def _holder(line: str) -> Marker | None:
    match = _HOLDS.match(line)
    if match is None or len(line) > _LONGEST_HOLDER or line[0].islower():
        return None
    kind, value, rest = _HOLDERS[fold(match.group("word"))], match.group("value") or "", match.group("rest")
    shown = _holder_value(value)
    if value and not shown:
        value, rest = "", line[match.end("word") :]
    if line[-1] in ".;," or rest[:1].isalnum() or (rest.strip()[:1].islower() and rest.strip()[:3] != "del"):
        return None
    chapter = kind in _CHAPTERS
    if (chapter and not shown) or rest.lstrip(" ").startswith((",", "(")) or re.match(r"\s*(?:de[l]?|of|to)\s", rest):
        return None
    heading = re.sub(r"^[\s.:)\-–—]+", "", rest)
    return Marker(f"{kind}-{shown}" if shown else kind, heading, Style.CHAPTER if chapter else Style.ANNEX)


def _holder_value(value: str) -> str:
    """`i`, `2`, `b` as written, in small letters; words become numbers; empty for a word that is no number."""
    if re.fullmatch(rf"{_NUMBER}|[IVXLC]+|[A-Z]", value):
        return value.lower()
    number = ordinal(value) or number_word(value)
    return str(number) if number else ""


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
    together = _TOGETHER.match(rest)
    bis = None if together else _BIS.match(rest)
    found = together or bis
    items = tuple(part.lower() for part in found.groups() if part) if found else ()
    rest = rest[found.end() :] if found else rest
    tail = _TAIL.match(rest)
    length = tail.end() if tail else 0
    closed = bool(tail and tail.group().strip())
    alone = not rest[length:]
    opening = rest[length:][:1]
    return Marker(
        value, rest[length:], Style.NAMED, sure=closed or alone, closed=closed or opening.isupper(), items=items
    )


def _value_of(text: str) -> tuple[str, int]:
    """The decimal value of a number, roman or word at the start of `text`, and how much of it was used."""
    if text[0].isdigit():
        return _figures(text), len(text)
    if re.fullmatch(r"[IVXLC]+", text):
        return str(roman(text)), len(text)
    first = re.split(r"[\s-]", text)[0]
    for words in (text, first):
        number = ordinal(words) or number_word(words)
        if number:
            return str(number), len(words)
    return "", 0


def _decimal_ordinal(line: str) -> Marker | None:
    match = _DECIMAL_ORDINAL.match(line)
    return Marker(_figures(match.group("value")), line[match.end() :], Style.DECIMAL) if match else None


def _figures(text: str) -> str:
    """`01.2` is clause 1.2; zeros further in stay, as 2.01 is not 2.1."""
    return text.lstrip("0") if text.lstrip("0")[:1].isdigit() else text


def _together(line: str) -> Marker | None:
    """`7(b)(ii) Text`, `7.2.b) Text`."""
    match = _DECIMAL_TOGETHER.match(line)
    found = _TOGETHER.match(line[match.end() :]) if match else None
    if match is None or found is None:
        return None
    rest = line[match.end() + found.end() :].lstrip(" ).:-–—")
    items = tuple(part for part in found.groups() if part)
    return Marker(_figures(match.group("value")), rest, Style.DECIMAL, sure=False, items=items) if rest else None


def _decimal(line: str) -> Marker | None:
    match = _DECIMAL.match(line)
    if match is None:
        return None
    value, end = _figures(match.group("value")), match.group("end").strip()
    rest = line[match.end() :]
    if not end and ("." not in value or rest[:1].islower()):
        return None
    return Marker(value, rest, Style.DECIMAL, sure=False, closed=bool(end))


def _bare(line: str) -> Marker | None:
    match = _BARE.match(line)
    if match is None:
        return None
    return Marker(_figures(match.group("value")), line[match.end() :], Style.DECIMAL, sure=False, closed=False)


def _ordinal(line: str) -> Marker | None:
    match = _ORDINAL.match(line)
    if match is None:
        return None
    number = ordinal(match.group("words"))
    return Marker(str(number), line[match.end() :], Style.ORDINAL) if number else None


def _roman(line: str) -> Marker | None:
    match = _ROMAN_UPPER.match(line)
    if match is None:
        return None
    value = match.group("value") or match.group("alone")
    return Marker(str(roman(value)), line[match.end() :], Style.ROMAN, sure=False)


def _upper(line: str) -> Marker | None:
    match = _UPPER.match(line)
    if match is None or match.group("end") == ")":
        return None
    return Marker(match.group("value"), line[match.end() :], Style.UPPER, sure=False)


def _item(line: str) -> Marker | None:
    match = _ITEM.match(line)
    if match is None:
        return None
    value, end, rest = match.group("value"), match.group("end").strip(), line[match.end() :]
    dotted = ")" not in end
    plain = len(value) == 1 and value.islower() and not match.group("open") and not rest[:1].isdigit()
    if dotted and not plain and not (_DOTTED_ROMAN.match(value) and end.startswith(".")):
        return None
    if value.isdigit():
        return Marker(value, rest, Style.NUMBER)
    if value.isupper():
        return Marker(value, rest, Style.CAPITAL)
    if len(value) == 1:
        return Marker(value, rest, Style.LETTER)
    return Marker(value, rest, Style.SMALL) if re.fullmatch(r"[ivx]+", value) else None


def succeeds(style: Style, before: str, now: str) -> bool:
    """Does item `now` come right after `before` (empty: is it the first one) in this style? One may be missing."""
    return (
        1 <= _place(style, now) - (_place(style, before) if before else 0) <= 2 if before else _place(style, now) == 1
    )


def _place(style: Style, value: str) -> int:
    if style is Style.NUMBER:
        return int(value)
    if style is Style.SMALL:
        return roman(value)
    return _LETTERS.find(value.lower()) + 1


def follows(last: str, value: str) -> bool:
    """Could clause `value` come after `last`? Keeps wrapped lines like `8.99 € al mes` from becoming clauses."""
    if not last:
        return True
    before, now = _parts(last), _parts(value)
    shared = 0
    while shared < min(len(before), len(now)) and before[shared] == now[shared]:
        shared += 1
    if shared == len(now):
        return False
    previous = before[shared] if shared < len(before) else 0
    steps_in = all(part == 1 for part in now[shared + 1 :])
    return steps_in and previous < now[shared] <= previous + 3


def goes_on(last: str, value: str) -> bool:
    """Is `value` anywhere after `last`? A clause may skip numbers; one that goes back is a reference inside a sentence."""
    return not last or _parts(value) > _parts(last)


def _parts(value: str) -> list[int]:
    """`3.1` as [3, 1], `B.2` as [2, 2]."""
    return [int(part) if part.isdigit() else _LETTERS.find(part.lower()) + 1 for part in value.split(".")]
