"""What tells a heading from a sentence, and a clause from a reference to one. Pure."""

import re

from knowledge.numbering import Marker
from knowledge.text import sentence_spans, word_lists, words

_LONGEST_HEADING = 90
_PLACES = (
    r"cl[áa]usulas?|art[íi]culos?|apartados?|anexos?|letras?|p[áa]rrafos?|puntos?|clauses?|conditions?|sections?|articles?|paragraphs?"
    r"|annex(?:es)?|schedules?|exhibits?"
)
NAMES = re.compile(rf"\b(?:{_PLACES}|del?|of|la|las|el|los|the)$", re.IGNORECASE)
REFERS = re.compile(
    rf"\b(?:{_PLACES}|ley|real decreto|y|o|e|u|and|or|to|in|under|with|del?|of|la|las|el|los|the|en|al|a|por|con|seg[úu]n"
    r"|see|v[ée]ase)$",
    re.IGNORECASE,
)
_SHOUTED = re.compile(r"(?P<head>[^a-z:;.]{4,90}?)(?:\s*:|\s[–—]|\.-)\s+(?=\S)")
RECITALS = re.compile(
    r"^(?:reunidos|intervienen|comparecen|exponen|manifiestan|antecedentes|declaraciones|considerandos?|(?:las )?partes"
    r"|parties|recitals|whereas|background|between)\W*$",
    re.IGNORECASE,
)


def heading_of(marker: Marker, value: str, full: bool) -> tuple[str, bool]:
    """The heading in a clause's first line, and whether the line is nothing but that; else the text begins with the line."""
    rest = marker.rest.strip()
    if not rest:
        return "", True
    if not full and len(rest) <= _LONGEST_HEADING and rest[-1] not in ".;:,-" and not _ends_midway(rest):
        return rest, True
    first, last = sentence_spans(rest)[0]
    if (shouted := _SHOUTED.match(rest)) and shouted.group("head").isupper():
        return shouted.group("head").strip(), False
    top = "." not in value
    if top and last < len(rest) and len(rest[first:last]) <= _LONGEST_HEADING:
        return rest[first:last].rstrip(".:"), False
    if top and len(rest) <= _LONGEST_HEADING and rest.rstrip(".").isupper():
        return rest.rstrip("."), True
    return "", False


def is_title(text: str) -> bool:
    """Could a line of its own be a title: short, no sentence, and not broken off?"""
    rest = text.strip()
    return (
        0 < len(rest) <= _LONGEST_HEADING
        and rest[-1] not in ".;:,-"
        and not _ends_midway(rest)
        and not rest[0].islower()
    )


def _ends_midway(text: str) -> bool:
    """A heading does not end in "de", "the" or "cláusula"; a wrapped line may."""
    last = words(text)[-1:]
    if REFERS.search(text):
        return True
    return any(last[0] in stop for stop in word_lists("stop").values()) if last else False
