"""Lengths of time, amounts, percentages and dates in a contract, each with the exact place it stands at. Pure.

Nothing is worked out: `un mes` is one month and not thirty days (only what is so many of another unit by its name, a quarter
or `medio año`, is counted in months), a date that can be read in two ways keeps both, a
number written twice with two values (`treinta (15) días`) is two findings.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from knowledge.ordinals import NUMBER_WORDS, number_word, ordinal

Unit = Literal["hour", "day", "week", "month", "quarter", "year"]
Kind = Literal["calendar", "working", "unstated"]


@dataclass(frozen=True)
class Length:
    """A length of time as it is written. `days` says which days count; `unstated` where the text does not."""

    count: int
    unit: Unit
    days: Kind = "unstated"
    type: Literal["length"] = "length"


@dataclass(frozen=True)
class Amount:
    """`amount` is plain decimal (`1234.50`), `currency` three letters or the bare sign; `per` is month, year… or empty."""

    amount: str
    currency: str
    per: str = ""
    type: Literal["amount"] = "amount"


@dataclass(frozen=True)
class Percent:
    """`percent` is plain decimal: `10` for ten in a hundred."""

    percent: str
    type: Literal["percent"] = "percent"


@dataclass(frozen=True)
class Day:
    """A calendar day; more than one reading where the text alone cannot tell (`01/02/2027` without a declared country)."""

    readings: tuple[date, ...]
    type: Literal["day"] = "day"


Quantity = Length | Amount | Percent | Day


@dataclass(frozen=True)
class Place:
    """A quantity at `text[start:end]`."""

    start: int
    end: int
    value: Quantity


def flat(text: str) -> str:
    """Small letters without accents, character for character: places in it are places in `text`."""
    return text.lower() if text.isascii() else "".join(map(_flat, text))


@lru_cache(maxsize=1024)
def _flat(char: str) -> str:
    if char == "’":
        return "'"
    plain = unicodedata.normalize("NFD", char)[0].lower()
    return plain if len(plain) == 1 else char


_UNITS: dict[str, Unit] = {
    "hora": "hour", "hour": "hour", "dia": "day", "day": "day", "semana": "week", "week": "week", "mes": "month",
    "month": "month", "ano": "year", "year": "year", "h": "hour", "hr": "hour",
}  # fmt: skip
_WHOLE: dict[str, tuple[int, Unit]] = {
    "fortnight": (2, "week"), "bimestre": (2, "month"), "trimestre": (3, "month"), "quarter": (3, "month"),
    "cuatrimestre": (4, "month"), "semestre": (6, "month"),
}  # fmt: skip
"""Units that are so many of another, whatever the calendar says."""
_UNIT = (
    r"(?P<unit>horas?|hours?|hrs?|hs?|dias?|days?|semanas?|weeks?|mes(?:es)?|months?|anos?|years?"
    r"|fortnights?|(?:bi|tri|cuatri|se)mestres?|quarters?(?! of\b))"
    r"(?![a-z]|-(?:to|by)-)"
)
_CALENDAR = r"(?:naturales|natural|calendario|corridos|consecutivos|consecutive|calendar)"
_WORKING = (
    r"(?:(?:habiles|habil|laborables|laborable)(?: bancarios?| administrativos?)?|bancarios|working|business|banking)"
)
_WRITTEN = rf"(?!un[ao]? (?:{NUMBER_WORDS})\b)(?:{NUMBER_WORDS})(?:[ -](?:y |and )?(?:{NUMBER_WORDS}))*"
_COUNT = (
    rf"(?:(?P<word>{_WRITTEN}|a|an) ?(?:\( ?(?P<both>\d{{1,3}}) ?\))?"
    rf"|(?P<figure>\d{{1,3}}) ?(?:\( ?(?P<spelt>{_WRITTEN}) ?\))?)"
)
_NTH = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|fourteenth|fifteenth"
    "|primer|segundo|tercer|cuarto|quinto|sexto|septimo|octavo|noveno|decimo"
)
_LENGTH = re.compile(
    rf"(?<![\w.,/])(?:{_COUNT}[ -]|(?P<close>\d{{1,3}})(?=hs?\b|hrs?\b))"
    rf"(?:(?P<before>{_CALENDAR}|{_WORKING}|full|clear|further|complet[oa]s|whole)[ -])?{_UNIT}"
    rf"(?:'?\s(?P<after>(?:de )?{_CALENDAR}|{_WORKING})\b)?(?P<more> y medi[oa]\b| and a half\b)?"
    r"|(?:(?<=\bel )|(?<=\bdel ))(?P<lone>mes|ano)(?= siguiente\b)"
    r"|\b(?P<half>half an? year|medio ano)\b(?: \((?:6|six|seis) (?:months|meses)\))?"
    rf"|\b(?P<nth>{_NTH})(?: \(\d{{1,2}}(?:st|nd|rd|th)\))? (?P<days>dia (?:habil|natural)|(?:business|working|calendar) day)\b"
)

_FIGURES = r"0[.,]\d{1,6}|\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_TIMES = r"(?: (?P<{}>mill(?:on|ones|ion)|mil|thousand)\b(?: de\b)?)?"
_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "libras": "GBP",
    "us$": "USD", "usd": "USD", "u$s": "USD", "$": "$", "dollars": "$", "dolares": "$", "pesos": "$", "mxn": "MXN",
    "cop": "COP", "ars": "ARS", "clp": "CLP", "pen": "PEN", "soles": "PEN", "chf": "CHF", "cad": "CAD", "aud": "AUD",
    "m.n.": "MXN", "pesos m.n.": "MXN", "pesos mexicanos": "MXN", "pesos colombianos": "COP", "pesos argentinos": "ARS",
    "pesos chilenos": "CLP", "uf": "UF", "utm": "UTM", "s/": "PEN", "nz$": "NZD", "nzd": "NZD", "a$": "AUD", "au$": "AUD",
    "c$": "CAD", "ca$": "CAD", "cdn$": "CAD", "hk$": "HKD", "s$": "SGD", "r$": "BRL", "mx$": "MXN", "ar$": "ARS",
}  # fmt: skip
_AFTER = (
    r"€|£|us\$|(?:pesos (?:mexicanos|colombianos|argentinos|chilenos)|uf|utm|eur|euros?|gbp|pounds|libras|usd|dollars"
    r"|dolares|pesos|mxn|cop|ars|clp|pen|soles|chf|cad|aud|nzd)\b"
)
_BEFORE = (
    r"€|eur\b|£|gbp\b|us\$|usd\b|u\$s|mxn ?\$?|cop ?\$?|ars ?\$?|clp ?\$?|chf\b|uf\b|utm\b|s/\.?"
    r"|(?:nz|au?|ca?|cdn|hk|s|r|mx|ar)\$|\$"
)
_PER = (
    r"(?:(?P<short>/mo\b|\sp/?m\b)|\s?(?:/|al|a la|por la|por|a|per|each|every|cada|una|un)\s?(?:calendar |natural )?"
    r"(?P<each>dia|day|semana|week|quincena|fortnight|mes|month|trimestre|quarter|semestre|ano|year)\b"
    r"|\s(?P<adverb>mensual(?:es)?|anual(?:es)?|semanal(?:es)?|trimestral(?:es)?|monthly|weekly|quarterly|yearly|annually"
    r"|per annum|diari[oa]s|daily)\b)?"
)
_MANY = rf"(?:{NUMBER_WORDS}|mil|thousand|mill(?:on|ones|ion))"
_SPELT = rf"{_MANY}(?:[ -](?:y |and )?{_MANY})*"
_CENTS = rf"(?:,? (?:con|y|and) {_SPELT} (?:centimos|centavos|cents|pence))?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?:{_SPELT} (?:de )?(?:euros?|dolares|pesos|pounds|dollars|libras)(?: sterling)?{_CENTS} )?\(? ?)"
    rf"(?:(?P<sign>{_BEFORE}) ?(?P<figures>{_FIGURES})(?:[.,]-+)?{_TIMES.format('times')}"
    rf"(?: ?(?P<code>(?:pesos )?m\.n\.|(?:pesos (?:mexicanos|colombianos|argentinos)|usd|mxn|cop|ars|clp|cad|aud|nzd)\b))?"
    rf"|(?P<plain>{_FIGURES}){_TIMES.format('times2')} ?(?P<name>{_AFTER}))"
    rf"(?: \((?P<spelt>[a-z ]{{3,90}}(?:euros?|pesos|dolares|dollars|pounds)[^()]{{0,22}})\))?(?: ?\))?{_PER}"
)
_WRITTEN_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<written>{_WRITTEN}) (?P<coin>euros?|dolares|pesos|dollars|pounds){_PER}(?! (?:con|y|and)\b)"
)
_PERS = {
    "dia": "day", "day": "day", "semana": "week", "week": "week", "mes": "month", "month": "month", "ano": "year",
    "year": "year", "mensual": "month", "mensuales": "month", "anual": "year", "anuales": "year", "monthly": "month",
    "yearly": "year", "annually": "year", "per annum": "year", "a month": "month", "a year": "year",
    "diarios": "day", "diarias": "day", "daily": "day", "semanal": "week", "semanales": "week", "weekly": "week",
    "quincena": "fortnight", "fortnight": "fortnight", "trimestre": "quarter", "quarter": "quarter", "trimestral": "quarter",
    "trimestrales": "quarter", "quarterly": "quarter", "semestre": "half-year",
}  # fmt: skip
_PART = rf"(?: (?:and (?:one|a)[- ](?:half|quarter)|y medio|(?:coma|con|punto|point) {_WRITTEN}))?"
_PERCENT = re.compile(
    rf"(?<![\w.,])(?:(?:{_WRITTEN}{_PART})(?: (?:por ciento|per ?cent))? ?\( ?)?(?P<figures>\d{{1,3}}(?:[.,]\d{{1,4}})?) ?"
    rf"(?:%|por ciento\b|per ?cent\b)(?: \({_WRITTEN} (?:por ciento|per ?cent)\))?(?: ?\))?"
    rf"|(?<![\w.,])(?P<written>{_WRITTEN}) (?:por ciento|per ?cent)\b"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero january jan ene", "febrero february feb", "marzo march mar", "abril april apr abr", "mayo may",
            "junio june jun", "julio july jul", "agosto august aug ago",
            "septiembre setiembre september sept sep", "octubre october oct", "noviembre november nov",
            "diciembre december dec dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = rf"(?:(?P<year>\d{{4}})|(?:dos mil|two thousand)(?:,? (?:and )?(?P<late>{_WRITTEN}))?\b(?: \(\d{{4}}\))?)(?!\w)"
_DAYS = (
    re.compile(
        rf"(?<![\w/])(?:(?:{_WRITTEN}|primero) \()?(?P<day>\d{{1,2}}|primero|uno|first)"
        r"(?:st|nd|rd|th|\.?(?:ero?|ro|[ºo°])\.?)?\)?(?:\s+|-)"
        rf"(?:dias? |day )?(?:de\s+|of\s+|del mes de )?{_MONTH}"
        rf",?(?:\s+|-)(?:del?\s+)?(?:ano )?{_YEAR}"
    ),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}"),
    re.compile(r"(?<![\w/-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\w/-])(?P<late>)"),
)
_NUMERIC_DAY = re.compile(
    r"(?<![\w/.-])(?P<one>\d{1,2})(?P<by>[/.-])(?P<two>\d{1,2})(?P=by)(?P<year>\d{4}|(?<=/)\d{2})(?![\w/-])"
)
_MONTH_FIRST = frozenset({"en-US", "en-PH"})


def quantities(text: str, locale: str) -> tuple[Place, ...]:
    """Everything countable in `text`, in order, without overlaps. `locale` is `es`, `en-GB`…; a bare `en` does not say
    whether the day or the month comes first."""
    plain = flat(text)
    places: list[Place] = []
    for found in (_days(plain, locale), _percents(plain), _amounts(plain), _lengths(plain)):
        for place in found:
            if all(place.start >= other.end or place.end <= other.start or _twin(place, other) for other in places):
                places.append(place)
    return tuple(sorted(places, key=lambda place: (place.start, place.end)))


def _twin(place: Place, other: Place) -> bool:
    return (place.start, place.end) == (other.start, other.end) and type(place.value) is type(other.value)


def _lengths(plain: str) -> Iterator[Place]:
    for match in _LENGTH.finditer(plain):
        if match["half"]:
            yield Place(match.start(), match.end(), Length(6, "month"))
            continue
        if match["lone"] or match["nth"]:
            count, days = ordinal(match["nth"] or "first"), _days_meant("", match["days"] or "")
            yield Place(match.start(), match.end(), Length(count, _unit(match["lone"] or "day"), days))
            continue
        word, unit = match.group("word"), match.group("unit")
        if word in ("a", "an") and (match.start() and plain[match.start() - 1] == "("):
            continue
        if word == "a" and unit in _SPANISH_UNITS:
            continue
        written = 1 if word in ("a", "an") else number_word(word or match.group("spelt") or "")
        figure = int(match.group("both") or match.group("figure") or match.group("close") or 0)
        counts = dict.fromkeys(count for count in (written, figure) if count)
        days = _days_meant(match.group("before") or "", match.group("after") or "")
        for count in counts:
            length = _length(count, unit, days)
            if match["more"] and length.unit != "year":
                continue  # half a month is so many days, and nobody says how many
            yield Place(match.start(), match.end(), _and_a_half(length) if match["more"] else length)


def _length(count: int, name: str, days: Kind) -> Length:
    many, unit = _WHOLE.get(name.removesuffix("s"), (1, None))
    return Length(count * many, unit or _unit(name), days)


def _and_a_half(years: Length) -> Length:
    return Length(years.count * 12 + 6, "month")


_SPANISH_UNITS = frozenset(
    {"hora", "horas", "dia", "dias", "semana", "semanas", "mes", "meses", "ano", "anos", "trimestre", "semestre"}
)


def _unit(name: str) -> Unit:
    return _UNITS.get(name) or _UNITS.get(name.removesuffix("s")) or _UNITS[name.removesuffix("es")]


def _days_meant(before: str, after: str) -> Kind:
    said = f"{before} {after}"
    if re.search(_WORKING, said):
        return "working"
    return "calendar" if re.search(_CALENDAR, said) else "unstated"


def _amounts(plain: str) -> Iterator[Place]:
    for match in _AMOUNT.finditer(plain):
        start, end = match.start(), match.end()
        if "(" in match.group() and ")" not in match.group():
            start = match.start("sign") if match.group("sign") else match.start("plain")
        name = (match.group("code") or match.group("sign") or match.group("name") or "").strip()
        name = "m.n." if "m.n." in (match.group("spelt") or "") else name
        currency = _CURRENCIES.get(name) or _CURRENCIES.get(name.rstrip("$ "), name.upper())
        per = "month" if match.group("short") else _PERS.get(match.group("each") or match.group("adverb") or "", "")
        amount = plain_number(match.group("figures") or match.group("plain"))
        amount = _many(amount, match.group("times") or match.group("times2") or "")
        start += len(plain[start:end]) - len(plain[start:end].lstrip())
        if plain[start] == "(":
            start, end = (start + 1, end - 1) if plain[end - 1] == ")" else (start + 1, end)
        yield Place(start, end, Amount(amount, currency, per))
    for match in _WRITTEN_AMOUNT.finditer(plain):
        per = _PERS.get(match.group("each") or match.group("adverb") or "", "")
        if count := number_word(match.group("written")):
            yield Place(match.start(), match.end(), Amount(str(count), _CURRENCIES[match.group("coin")], per))


def _many(amount: str, times: str) -> str:
    """`1 million` is 1000000."""
    zeros = {"mil": 3, "thousand": 3, "": 0}.get(times, 6)
    return f"{Decimal(amount) * 10**zeros:f}" if zeros else amount


def _percents(plain: str) -> Iterator[Place]:
    for match in _PERCENT.finditer(plain):
        start, end = match.span()
        if match.group("written"):
            yield Place(start, end, Percent(str(number_word(match.group("written")))))
            continue
        said = match.group()
        if said.count("(") > said.count(")"):
            start = match.start("figures")
        elif said.count(")") > said.count("("):
            end -= 1
        yield Place(start, end, Percent(match.group("figures").replace(",", ".")))


def _days(plain: str, locale: str) -> Iterator[Place]:
    for pattern in _DAYS:
        for match in pattern.finditer(plain):
            month, day = match.group("month"), match.group("day")
            number = int(month) if month.isdigit() else _MONTHS[month]
            year = int(match.group("year") or 2000 + number_word(match.group("late") or ""))
            found = _date(year, number, int(day) if day.isdigit() else 1)
            if found:
                yield Place(match.start(), match.end(), Day((found,)))
    for match in _NUMERIC_DAY.finditer(plain):
        year = int(f"20{match.group('year')}"[-4:])
        readings = _readings(int(match.group("one")), int(match.group("two")), year, locale)
        if readings:
            yield Place(match.start(), match.end(), Day(readings))


def _readings(one: int, two: int, year: int, locale: str) -> tuple[date, ...]:
    day_first, month_first = _date(year, two, one), _date(year, one, two)
    if locale.startswith("es") or (locale.startswith("en-") and locale not in _MONTH_FIRST):
        wanted: tuple[date | None, ...] = (day_first,)
    elif locale in _MONTH_FIRST:
        wanted = (month_first,)
    else:
        wanted = (day_first, month_first)
    return tuple(dict.fromkeys(reading for reading in wanted if reading))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def plain_number(text: str) -> str:
    """1.234,50 and 1,234.50 are 1234.50; three digits after one separator are thousands, so 1.234 is 1234."""
    digits = re.sub(r"[' ]", "", text)
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    thousands = len(rest) == 3 and whole != "0"
    return whole + rest if thousands else f"{whole}.{rest}"
