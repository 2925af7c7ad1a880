"""Passages that speak to a machine instead of a reader, or fish for secrets. Pure.

A flagged section is not answered from until a person has read and cleared it. This cannot find every ruse and does not have to:
answers only ever quote, and no text in a document can open a case, send a message or read a record. It keeps such words from
being quoted to a subscriber.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from knowledge.text import clean, fold

_LATIN = (
    str.maketrans("авекмнорстухіјѕԁһӏгԛԝѵյոսցհ", "abekmhopctyxijsdhirqwvjnugh")
    | str.maketrans("αβεηικνορτυχγω", "abenikvoptuxyw")
    | str.maketrans("ıɑɡɩʟոօﬁℓ", "iagilnofl")
)
_DIGITS_AS_LETTERS = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"\b(?=\w*[a-zA-Z])\w*[\u0370-\u03ff\u0400-\u052f\u0530-\u058f]\w*")
_NO_WORD = re.compile(r"^\W|[µμΩΩπ]")
_SPACED = re.compile(r"\b(?:\w[ .·*_-]){5,}\w\b")
_DIGIT_WORD = re.compile(r"[^\W\d_]+[013457@$][\w@$]*|[013457@$]+[^\W\d_][\w@$]*[^\W\d_]")
_ENCODED = re.compile(
    r"(?<![\w/+])[A-Za-z0-9+/]{60,}={0,2}(?![\w/+])|(?:%[0-9A-Fa-f]{2}){12,}|(?:\\u[0-9a-fA-F]{4}){6,}"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LINK = re.compile(r"\[([^\[\]]{0,500})\]\(([^)\s]+)\)")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]]+", re.IGNORECASE)
_LOOKS_LIKE_HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/:?#]|$)", re.IGNORECASE)
_NUMBER_HOST = re.compile(r"[\d.]+|0x[0-9a-f.x]+|\[.*\]", re.IGNORECASE)


@dataclass(frozen=True)
class _Rule:
    reason: str
    near: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None


@cache
def _rules() -> tuple[_Rule, ...]:
    data = tomllib.loads((resources.files("knowledge") / "suspicion.toml").read_text(encoding="utf-8"))
    return tuple(
        _Rule(
            rule["reason"],
            tuple(rule["near"]),
            tuple(map(re.compile, rule["patterns"])),
            re.compile(rule["unless"]) if "unless" in rule else None,
        )
        for rule in data["rules"]
    )


def suspicions(text: str) -> tuple[str, ...]:
    """Why a person should read this before it is quoted; empty for ordinary text."""
    shown = clean(text)
    found = [rule.reason for rule in _rules() if any(_breaks(rule, form) for form in _forms(shown))]
    checks = {
        "mixes letters of two alphabets inside words": _mixes(shown),
        "holds encoded text": bool(_ENCODED.search(shown)),
        "has a link that leads elsewhere than it says": any(map(_deceives, _links(shown))),
    }
    return (*found, *(reason for reason, holds in checks.items() if holds))


def _forms(text: str) -> list[str]:
    """The text as a reader takes it in: plain letters, spaced-out words joined, and once with digits read as letters."""
    plain = fold(unicodedata.normalize("NFKC", text)).translate(_LATIN)
    joined = _SPACED.sub(lambda match: re.sub(r"[ .·*_-]", "", match.group()), plain)
    loose = re.sub(r"[*_~`\"'«»“”]+", "", joined)
    as_letters = _DIGIT_WORD.sub(lambda match: match.group().translate(_DIGITS_AS_LETTERS), loose)
    return list(dict.fromkeys((joined, loose, as_letters)))


def _breaks(rule: _Rule, text: str) -> bool:
    if not any(word in text for word in rule.near):
        return False
    flowing = " ".join(text.split())
    if not any(pattern.search(form) for pattern in rule.patterns for form in dict.fromkeys((flowing, text))):
        return False
    if rule.unless is None:
        return True
    taken_back = rule.unless
    return any(
        any(pattern.search(sentence) for pattern in rule.patterns) and not taken_back.search(sentence)
        for sentence in _SENTENCE.split(text)
    )


def _mixes(text: str) -> bool:
    return any(not _NO_WORD.search(match.group()) for match in _MIXED.finditer(text))


def _links(text: str) -> list[tuple[str, str]]:
    named = [(match.group(1), match.group(2)) for match in _LINK.finditer(text)]
    return [*named, *(("", address) for address in _ADDRESS.findall(text))]


def _deceives(link: tuple[str, str]) -> bool:
    """A label that names one host over a link to another; hosts hidden behind numbers, names or look-alike letters."""
    label, target = link
    try:
        parts = urlsplit(target)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return True
    if (
        "@" in parts.netloc
        or "xn--" in host
        or not host.isascii()
        or (host and _NUMBER_HOST.fullmatch(host) is not None)
    ):
        return True
    named = _LOOKS_LIKE_HOST.match(label.strip())
    shown = named.group(1).lower().removeprefix("www.") if named else ""
    return bool(shown and host) and not (host == shown or host.endswith(f".{shown}"))
