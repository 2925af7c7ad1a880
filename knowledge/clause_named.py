"""Which clause a question asks for by its number, in the ways people write it. Pure.

`cláusula 7.2 b`, `clause 7(b)`, `art. 7`, `cláusula séptima`, `the seventh clause`, `3ª cláusula`, `artículo IV`, `anexo I`,
`letra b de la cláusula 7`, `Schedule 2`, `punto 1 del anexo I`; behind another one, `¿y la 8?`, which then counts.
"""

import re

from knowledge.numbering import ANNEXES
from knowledge.ordinals import number_word, ordinal, roman
from knowledge.text import fold

_PLACE = r"(?:clausula|articulo|art\.|estipulacion|condicion|apartado|clause|section|article|condition)(?![a-z])"
_SIGN = r"(?:n(?:\.?o?\.?|umero|umber|um\.)\s+)?"
_WORDS = r"[a-z]+(?:[ -][a-z]+)?"
_OF = r"\s+(?:de la|del|of the|of|de)\s+"
_AFTER = re.compile(
    rf"\b{_PLACE}\s*{_SIGN}(?:(?P<figures>\d{{1,3}}(?:\.\d{{1,3}})*)(?:\.?\s?\(?(?P<item>[a-z])(?=\)|\.?$|[?,]))?|(?P<words>{_WORDS}))"
)
_BEFORE = re.compile(rf"\b(?:(?P<figures>\d{{1,3}})(?:st|nd|rd|th)?|(?P<words>{_WORDS}))\s+{_PLACE}(?!\s*\d)")
_LETTER = re.compile(rf"\b(?:letra|apartado|letter|item|point|paragraph)\s+\(?(?P<item>[a-z])\)?{_OF}(?={_PLACE})")
_ANNEX = re.compile(rf"\b(?P<kind>{'|'.join(ANNEXES)})\s+{_SIGN}(?P<value>\d{{1,2}}|[a-z]+)\b")
_INSIDE = re.compile(rf"\b(?:{_PLACE}|punto|point|paragraph)\s+(?P<figures>\d{{1,3}}(?:\.\d{{1,3}})*){_OF}(?:el )?$")
_NEXT = re.compile(
    r"\b(?:y|e|and|what about|how about)\s+(?:(?:la|el|the)\s+)?"
    rf"(?:(?P<figures>\d{{1,3}}(?:\.\d{{1,3}})*)|(?P<words>{_WORDS}))\W*$"
)
_ARTICLES = frozenset(("un", "una", "a"))
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


def clause_named(question: str) -> tuple[str, ...]:
    """The paths under which the clause may stand that a question asks for by number; none where it asks for none."""
    asked = fold(re.sub("[ªº°]", "", question))
    annex = _ANNEX.search(asked)
    paths = _annexes(annex) if annex else ()
    if annex and paths:
        inside = _INSIDE.search(asked[: annex.start()])
        return tuple(f"{path} {inside['figures']}" for path in paths) if inside else paths
    item = _LETTER.search(asked)
    return tuple(f"{path} {item['item']}" if item else path for path in _clauses(asked))


def _clauses(asked: str) -> tuple[str, ...]:
    first = _first(asked)
    after = _NEXT.search(asked) if first else None
    number = (after["figures"] or _behind(after["words"])) if after else 0
    return (str(number),) if number else first


def _first(asked: str) -> tuple[str, ...]:
    for pattern, read in ((_AFTER, _behind), (_BEFORE, _before)):
        for match in pattern.finditer(asked):
            if figures := match["figures"]:
                item = match.groupdict().get("item")
                return (f"{figures} {item}" if item else figures,)
            if number := read(match["words"]):
                return (str(number),)
    return ()


def _behind(words: str) -> int:
    """7 for what stands behind the noun: septima, seventh, seven, vii; 0 for other words."""
    first = re.split("[ -]", words)[0]
    if first in _ARTICLES:
        return 0
    number = next((found for one in (words, first) if (found := ordinal(one) or number_word(one))), 0)
    is_roman = first in _ROMAN and (first != "i" or words == "i")  # "a clause I signed"
    return number or (roman(first) if is_roman else 0)


def _before(words: str) -> int:
    """7 for what stands before the noun: septima, la septima, seventh; 0 for other words."""
    return ordinal(words) or ordinal(re.split("[ -]", words)[-1])


def _annexes(match: re.Match[str]) -> tuple[str, ...]:
    """`annex-i` and `annex-1` are asked for by either figure; `annex-b` by its letter."""
    kind, value = ANNEXES[match["kind"]], match["value"]
    number = int(value) if value.isdigit() else _behind(value)
    shown = [value] if value.isdigit() or len(value) == 1 else []
    also = [str(number), *_ROMAN[number - 1 : number]] if number else []
    return tuple(dict.fromkeys(f"{kind}-{one}" for one in (*shown, *also)))
