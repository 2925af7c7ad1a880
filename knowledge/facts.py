"""The facts in a text that must not be wrong: dates, times, lengths, amounts, percentages, numbers, clauses, phones, addresses,
links. Pure.

Each becomes one plain form, so that "8,99 €" and "€8.99", "treinta (30) días" and "30 days", or "1 de marzo de 2027" and
"2027-03-01" are the same fact. Nothing is worked out: a month is not thirty days, working days are not days. What can be read
in two ways without a declared locale ("03/01/2027" in plain `en`) is only itself.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from knowledge.fact_forms import (
    AMOUNT,
    ANY_NUMBER,
    ARTICLES,
    CLAUSE,
    COMMA_THOUSANDS,
    CURRENCIES,
    DOLLARS,
    DOMAIN,
    FIGURED_DATE,
    LENGTH,
    LINK,
    MAIL,
    MONTH_FIRST,
    MONTH_OF_YEAR,
    MONTHS,
    ONE_OF,
    OUTLINE,
    PERCENT,
    PERS,
    PHONE,
    STREET,
    TIME,
    TWICE,
    UNITS,
    WORDED_DATES,
    WORKING,
    WRITTEN,
)
from knowledge.ordinals import number_word
from knowledge.text import fold


@dataclass(frozen=True)
class _Taken:
    """A text that is being read: what a reader takes is not read again."""

    left: str
    facts: tuple[str, ...]

    def take(self, pattern: re.Pattern[str], read: Callable[[re.Match[str]], Iterable[str]]) -> "_Taken":
        found = [fact for match in pattern.finditer(self.left) for fact in read(match)]
        return _Taken(pattern.sub(" ; ", self.left), (*self.facts, *found))


@lru_cache(maxsize=4096)
def facts(text: str, locale: str = "") -> tuple[str, ...]:
    """The facts, once each, as `kind value`. `locale` (`es`, `en-US`…) says how its dates and numbers are written.

    Reading 600 characters takes 4 ms, and the same sources are read again and again: what was read is remembered.
    """
    locale = locale.lower()
    taken = _Taken(text, ())
    taken = taken.take(MAIL, lambda match: [f"e-mail {match.group().rstrip('.').lower()}"])
    taken = taken.take(LINK, lambda match: [f"link {_plain_link(match.group())}"])
    taken = taken.take(DOMAIN, lambda match: [f"link {_plain_link(match.group())}"])
    taken = _Taken(_in_figures(fold(taken.left), locale[:2]), taken.facts)
    for pattern in WORDED_DATES:
        taken = taken.take(pattern, _worded_date)
    taken = taken.take(FIGURED_DATE, lambda match: [_figured_date(match, locale)])
    for pattern, read in _READERS:
        taken = taken.take(pattern, partial(read, locale))
    return tuple(dict.fromkeys(taken.facts))


def unsupported(text: str, sources: str, locale: str = "") -> tuple[str, ...]:
    """Facts of `text` that do not stand in `sources`; both are read in `locale`."""
    return not_among(facts(text, locale), facts(sources, locale))


def not_among(said: Iterable[str], held: Iterable[str]) -> tuple[str, ...]:
    """Facts of `said` that `held` does not hold. A fact holds what says less: a date without its year, a bare number."""
    known = {weaker for fact in held for weaker in _weaker(fact)}
    return tuple(fact for fact in said if fact not in known)


def clause_facts(path: str) -> tuple[str, ...]:
    """What the place of a clause holds: `7.2 b` is clause 7.2 b, and lies in 7.2 and 7."""
    place = fold(path.split(" · ")[0])
    at = re.search(r"\d", place)
    return (f"clause {re.sub(r'[^0-9a-z.]', '', place[at.start() :])}",) if at else ()


def _places(place: str) -> tuple[str, ...]:
    """`7.2b` and everything it lies in."""
    parts = re.findall(r"\d+|[a-z]", place)
    return tuple("".join(_joined(parts[:length])) for length in range(1, len(parts) + 1))


def _joined(parts: list[str]) -> Iterator[str]:
    for at, part in enumerate(parts):
        yield f".{part}" if at and part.isdigit() and parts[at - 1].isdigit() else part


# ---------------------------------------------------------------- what says less


def _weaker(fact: str) -> Iterator[str]:
    """The fact, and what may be said where it stands."""
    yield fact
    kind, _, value = fact.partition(" ")
    if kind in _WEAKER:
        yield from _WEAKER[kind](value)


def _weaker_date(value: str) -> Iterator[str]:
    year, month, day = value.split("-")
    yield f"date ····-{month}-{day}"
    yield from (f"month {year}-{month}", f"month ····-{month}")


def _weaker_amount(value: str) -> Iterator[str]:
    number, currency = value.split(" ")
    yield f"number {number}"
    if currency in DOLLARS:
        yield f"amount {number} $"


def _weaker_rate(value: str) -> Iterator[str]:
    amount, _, per = value.rpartition(" ")
    yield f"amount {amount}"
    yield from _weaker_amount(amount)
    if amount.split(" ")[1] in DOLLARS:
        yield f"rate {amount.split(' ')[0]} $ {per}"


def _weaker_clause(value: str) -> Iterator[str]:
    yield f"number {re.sub(r'[a-z]', '', value)}"
    yield from (f"clause {place}" for place in _places(value))


_WEAKER: dict[str, Callable[[str], Iterable[str]]] = {
    "date": _weaker_date,
    "month": lambda value: [f"month ····-{value[-2:]}"],
    "phone": lambda value: [f"phone {value[-9:]}"],
    "link": lambda value: [f"link {value.split('/')[0]}"],
    "address": lambda value: [f"number {value.rpartition(' ')[2]}"],
    "percentage": lambda value: [f"number {value}"],
    "length": lambda value: [f"number {value.split(' ')[0]}"],
    "amount": _weaker_amount,
    "rate": _weaker_rate,
    "clause": _weaker_clause,
}

# ---------------------------------------------------------------- one reader a kind


def _plain_link(link: str) -> str:
    """Hosts are the same in capitals; paths are not."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", link, flags=re.IGNORECASE).rstrip("/.,;:!?")
    host, slash, path = bare.partition("/")
    return f"{host.lower()}{slash}{path}"


def _in_figures(text: str, language: str) -> str:
    """Written-out numbers as figures; a number given twice ("treinta (30)") once."""

    def figure(match: re.Match[str]) -> str:
        words = match.group().strip()
        if not words or words in ARTICLES.get(language, frozenset()):
            return match.group()
        value = _written(match)
        alone = value == 1 and not ONE_OF.match(text, match.end())
        return match.group() if value < 1 or alone else match.group().replace(words, str(value))

    return TWICE.sub(r"\1", WRITTEN.sub(figure, text))


def _written(match: re.Match[str]) -> int:
    rest = number_word(match["rest"]) if match["rest"] else 0
    if not match["mil"]:
        return rest
    return (number_word(match["thousands"]) if match["thousands"] else 1) * 1000 + rest


def _worded_date(match: re.Match[str]) -> Iterator[str]:
    month, day = match["month"], match["day"]
    number = int(month) if month.isdigit() else MONTHS[month]
    for one in (match.groupdict().get("low"), day):
        if one:
            yield f"date {match['year'] or '····'}-{number:02d}-{int(one) if one.isdigit() else 1:02d}"


def _figured_date(match: re.Match[str], locale: str) -> str:
    one, two = int(match["one"] or match["first"]), int(match["two"] or match["second"])
    year = match["year"] or "····"
    year = f"20{year}" if len(year) == 2 else year
    if locale in MONTH_FIRST:
        one, two = two, one
    elif locale == "en" and one <= 12 and two <= 12 and one != two:
        return f"day-or-month {match.group()}"
    elif two > 12:
        one, two = two, one
    return f"date {year}-{two:02d}-{one:02d}"


def _month(_locale: str, match: re.Match[str]) -> Iterator[str]:
    yield f"month {match['year'] or '····'}-{MONTHS[match['month'] or match['bare']]:02d}"


def _time(_locale: str, match: re.Match[str]) -> Iterator[str]:
    hour = int(match["hour"] or match["hour2"] or match["hour3"])
    half = match["half"] or match["half3"]
    hour = hour % 12 + 12 * (half == "p") if half else hour
    yield f"time {hour:02d}:{match['minute'] or match['minute2'] or '00'}"


def _phone(_locale: str, match: re.Match[str]) -> Iterator[str]:
    yield f"phone {re.sub(r'[^+0-9]', '', match.group())}"


def _street(_locale: str, match: re.Match[str]) -> Iterator[str]:
    name = re.sub(r"\b(?:de|del|la|las|los|el|the)\b|[^a-zñ]+", " ", match["name"] or match["name2"])
    yield f"address {' '.join(name.split())} {match['number'] or match['number2']}"


def _clause(_locale: str, match: re.Match[str]) -> Iterator[str]:
    yield f"clause {match['path']}{match['item'] or match['bare'] or ''}"


def _amount(locale: str, match: re.Match[str]) -> Iterator[str]:
    name = match["sign"] or match["name"]
    currency = CURRENCIES[name]
    per = match["each1"] or match["adverb1"] or match["each"] or match["adverb"] or ""
    per = PERS.get(per) or PERS.get(per.removesuffix("es")) or UNITS.get(per, "")
    for figures in (match["low"], match["figures"] or match["value"]):
        if figures:
            value = f"{_plain_number(figures, locale)} {currency}"
            yield f"rate {value} {per}" if per else f"amount {value}"


def _percentage(locale: str, match: re.Match[str]) -> Iterator[str]:
    for figures in (match["low"], match["value"]):
        if figures:
            yield f"percentage {_plain_number(figures, locale)}"


def _length(locale: str, match: re.Match[str]) -> Iterator[str]:
    unit = match["unit"]
    name = next(UNITS[known] for known in (unit, unit[:-1], unit[:-2]) if known in UNITS)
    working = re.search(WORKING, f"{match['before'] or ''} {match['after'] or ''}")
    for figures in (match["low"], match["value"]):
        if figures:
            yield f"length {_plain_number(figures, locale)} {'working ' if working else ''}{name}"


def _number(locale: str, match: re.Match[str]) -> Iterator[str]:
    yield f"number {_plain_number(match.group(), locale)}"


_READERS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], Iterable[str]]], ...] = (
    (MONTH_OF_YEAR, _month),
    (TIME, _time),
    (STREET, _street),
    (CLAUSE, _clause),
    (AMOUNT, _amount),
    (PERCENT, _percentage),
    (LENGTH, _length),
    (PHONE, _phone),
    (OUTLINE, lambda _, match: [f"number {match.group()}"]),
    (ANY_NUMBER, _number),
)


def _plain_number(text: str, locale: str = "") -> str:
    """1.234,50 and 1,234.50 are 1234.5; 3.1 stays 3.1. Three digits after one separator are thousands, unless the declared
    locale writes decimals with it."""
    digits = re.sub(r"['\u00a0 ]", "", text)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits.lstrip("0") or "0"
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    once = sum(mark in ".," for mark in digits) == 1
    if len(rest) == 3 and not (once and digits[last] == _decimal_mark(locale)):
        return (whole + rest).lstrip("0") or "0"
    rest = rest.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{rest}" if rest else whole.lstrip("0") or "0"


def _decimal_mark(locale: str) -> str:
    """Of a locale with a country; a bare language does not say (es-ES writes 1.234, es-MX 1,234)."""
    if "-" not in locale:
        return ""
    return "," if locale.startswith("es") and locale not in COMMA_THOUSANDS else "."
