"""How one contract counts its clauses: what a single line cannot tell, but all of its lines can. Pure.

`I Scope`, `PRIMERA OBJETO`, `(1) Scope`, `1 1 The service…` and `Nº 1. Objeto` may be a number or just words. They are
numbers in a contract that counts on from one in that way.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge.contract_lines import Line
from knowledge.numbering import Marker, Style, follows, ordinal, read_marker, roman

OUTER = frozenset({Style.NAMED, Style.ORDINAL, Style.ROMAN, Style.UPPER})
_HOLDERS = frozenset({Style.ANNEX, Style.CHAPTER})


class Loose(StrEnum):
    """A way to write a number that may as well be words. Only in headings, but for the last two."""

    ROMAN = "roman"  # I Scope
    ORDINAL = "ordinal"  # PRIMERA OBJETO, Primera
    BRACKETS = "brackets"  # (1) Scope; in a contract that numbers in no other way
    SPACED = "spaced"  # 1 1 The service
    SIGN = "sign"  # Nº 1. Objeto


_CAPITAL = r"(?=[A-ZÁÉÍÓÚÑ¿¡«\"“])"
_READ = (
    (Loose.ROMAN, Style.ROMAN, re.compile(rf"(?P<value>[IVX]+)\s+{_CAPITAL}")),
    (Loose.ORDINAL, Style.ORDINAL, re.compile(rf"(?P<value>\w+[aA](?: \w+[aA])?)(?:\s+(?!(?i:parte)\b){_CAPITAL}|$)")),
    (Loose.ORDINAL, Style.ORDINAL, re.compile(rf"(?P<value>\w+[aA])(?:\s+(?!(?i:parte)\b){_CAPITAL}|$)")),
    (Loose.BRACKETS, Style.DECIMAL, re.compile(rf"\((?P<value>\d{{1,2}})\)\s+{_CAPITAL}")),
    (Loose.SPACED, Style.DECIMAL, re.compile(rf"(?P<value>[1-9]\d? [1-9]\d?)\s+{_CAPITAL}")),
    (Loose.SIGN, Style.NAMED, re.compile(r"(?i:n\.?[º°]|n[úu]m\.)\s*(?P<value>\d{1,3})\s*[.:)\-–—]+\s*")),
)
_IN_TEXT = frozenset({Loose.SPACED, Loose.SIGN})


@dataclass(frozen=True)
class Counting:
    """The loose ways a contract counts in, and the outer styles that only hold clauses: the figures go on through them."""

    ways: frozenset[Loose] = frozenset()
    holds: frozenset[Style] = frozenset()

    def marker_of(self, line: Line) -> Marker | None:
        """The number a line begins with in this contract."""
        loose = next((marker for way, marker in _loose(line) if way in self.ways), None)
        return loose or _plain(line)


def counting_of(lines: Sequence[Line]) -> Counting:
    """How the contract of these lines counts."""
    counting = Counting(_ways(lines))
    return Counting(counting.ways, _only_hold((line, counting.marker_of(line)) for line in lines))


def _plain(line: Line) -> Marker | None:
    return read_marker(line.text, heading=line.heading or line.bold >= len(line.text))


def _loose(line: Line) -> Iterator[tuple[Loose, Marker]]:
    for way, style, pattern in _READ:
        match = pattern.match(line.text) if line.heading or way in _IN_TEXT else None
        value = _value(style, match.group("value")) if match else ""
        if match and value:
            yield way, Marker(value, line.text[match.end() :], style, sure=False, closed=way is not Loose.SPACED)


def _value(style: Style, text: str) -> str:
    """The decimal value; empty for a word that is no ordinal."""
    if style is Style.ROMAN:
        return str(roman(text))
    if style is Style.ORDINAL:
        return str(ordinal(text) or "")
    return text.replace(" ", ".")


def _ways(lines: Sequence[Line]) -> frozenset[Loose]:
    last: dict[Loose, str] = {}
    found: set[Loose] = set()
    numbered = any((marker := _plain(line)) and not marker.item and marker.style not in _HOLDERS for line in lines)
    for line in lines:
        for way, marker in _loose(line):
            if way in last and follows(last[way], marker.value):
                found.add(way)
            elif marker.value not in ("1", "1.1"):
                continue
            last[way] = marker.value
    return frozenset(found - {Loose.BRACKETS} if numbered or len(found) > 1 else found)


def _only_hold(marked: Iterable[tuple[Line, Marker | None]]) -> frozenset[Style]:
    """Which outer styles only hold clauses: the figures go on through them (`II.` … `3.`) instead of starting afresh."""
    votes: dict[Style, int] = {}
    outer: Style | None = None
    last = 0
    entered = False
    for line, marker in marked:
        if marker is None or marker.item:
            continue
        if marker.style in OUTER and (line.heading or line.opens or marker.closed):
            outer, entered = marker.style, True
        elif marker.style is Style.DECIMAL and marker.value.isdigit() and outer is not None:
            number = int(marker.value)
            if entered and last and number in (1, last + 1):
                votes[outer] = votes.get(outer, 0) + (1 if number == last + 1 else -1)
            last, entered = number, False
    return frozenset(style for style, count in votes.items() if count > 0)
