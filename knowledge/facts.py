"""The facts in a text that must not be wrong: dates, numbers, amounts, percentages, phones, addresses, links. Pure.

Each becomes one plain form, so that "8,99 €" and "€8.99", or "1 de marzo de 2027" and "2027-03-01", are the same fact.
"""

import re
from collections.abc import Iterator

from knowledge.text import fold

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero january ene jan", "febrero february feb", "marzo march mar", "abril april abr apr", "mayo may",
            "junio june jun", "julio july jul", "agosto august ago aug", "septiembre september setiembre sep sept set",
            "octubre october oct", "noviembre november nov", "diciembre december dic dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DATES = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|º|o)?\s+(?:de\s+|of\s+)?{_MONTH}(?:,?\s+(?:del?\s+)?(?P<year>\d{{4}}))?"
    ),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b"),
    re.compile(r"\b(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})\b"),
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"»”)\]]+")
_DOMAIN = re.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|es|org|net|io|eu|example|app|info)\b(?:/[^\s<>\"»”)\]]*)?")
_PHONE = re.compile(r"\+\d[\d\s().-]{6,}\d|\b\d{3}[\s.-]\d{2,3}[\s.-]\d{2,3}(?:[\s.-]\d{2,3})?\b")
_CLAUSE = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){2,}\b")
_NUMBER = re.compile(r"\d+(?:[.,'  ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?")
_PERCENT_AFTER = re.compile(r"\s*(?:%|por ciento\b|per cent\b|percent\b)")


def facts(text: str) -> tuple[str, ...]:
    """The facts in order, once each, as `kind value`."""
    return tuple(dict.fromkeys(_facts(fold(text))))


def _facts(text: str) -> Iterator[str]:
    text, found = _taken(_MAIL, text)
    yield from (f"e-mail {mail.rstrip('.')}" for mail in found)
    text, found = _taken(_LINK, text)
    yield from (f"link {_plain_link(link)}" for link in found)
    text, found = _taken(_DOMAIN, text)
    yield from (f"link {_plain_link(link)}" for link in found)
    text, dates = _dates(text)
    yield from dates
    text, found = _taken(_PHONE, text)
    yield from (f"phone {re.sub(r'[^+0-9]', '', phone)}" for phone in found)
    text, found = _taken(_CLAUSE, text)
    yield from (f"number {number}" for number in found)
    for match in _NUMBER.finditer(text):
        kind = "percentage" if _PERCENT_AFTER.match(text, match.end()) else "number"
        yield f"{kind} {_plain_number(match.group())}"


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, list[str]]:
    found = [match.group() for match in pattern.finditer(text)]
    return pattern.sub(" ; ", text), found


def _plain_link(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link).rstrip("/.,;:!?")


def _dates(text: str) -> tuple[str, list[str]]:
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        month = match.group("month")
        number = int(month) if month.isdigit() else _MONTHS[month]
        found.append(f"date {match.group('year') or '····'}-{number:02d}-{int(match.group('day')):02d}")
        return " ; "

    for pattern in _DATES:
        text = pattern.sub(take, text)
    return text, found


def _plain_number(text: str) -> str:
    """1.234,50 and 1,234.50 are 1234.5; 3.1 stays 3.1. Three digits after one separator are thousands."""
    digits = re.sub(r"['  ]", "", text)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits.lstrip("0") or "0"
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    if len(rest) == 3:
        return (whole + rest).lstrip("0") or "0"
    rest = rest.rstrip("0") if len(rest) == 2 else rest
    return f"{whole.lstrip('0') or '0'}.{rest}" if rest else whole.lstrip("0") or "0"


def unsupported(text: str, sources: str) -> tuple[str, ...]:
    """Facts of `text` that do not stand in `sources`. A date without its year stands in one with it."""
    held = set(facts(sources))
    held |= {f"date ····{fact[9:]}" for fact in held if fact.startswith("date ")}
    held |= {f"number {fact.split(' ')[1]}" for fact in held if fact.startswith("percentage ")}
    return tuple(fact for fact in facts(text) if fact not in held)
