"""Countries, locales and amounts of money as written in them. The only file that imports babel.

An amount has one reading or none: the locale's own way of writing (`1.234,56` in Spain), or the bare machine form with a dot
and at most two decimals (`8.99`), which nobody can mistake. A lone separator before three digits (`1.234`) is refused while the
currency has decimals: it is how some write 1234 and how others write 1.234.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, get_decimal_symbol, get_group_symbol

_NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
_MAX_MINOR = 2_147_483_647
_BLANKS = "\u00a0\u202f "


class BadAmount(ValueError):
    """The text is no amount we can read in one way only. `what` says why, `do` what to write instead."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what = what
        self.do = do


@dataclass(frozen=True)
class Signs:
    """How a locale writes numbers."""

    decimal: str
    group: str


@cache
def countries() -> frozenset[str]:
    """Every two-letter country code."""
    names = Locale("en").territories
    return frozenset(code for code in map(str, names) if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


@cache
def currencies() -> frozenset[str]:
    return frozenset(Locale("en").currencies)


@cache
def time_zones() -> frozenset[str]:
    """Every IANA name that names a place or UTC."""
    return frozenset(name for name in available_timezones() if name != "localtime" and not name.startswith("Factory"))


@cache
def read_locale(text: str) -> tuple[str, str] | None:
    """`es-MX` or `es_MX` as (language, country); None if it is not a language and a country we know."""
    language, _, country = text.strip().replace("_", "-").partition("-")
    language, country = language.lower(), country.upper()
    if country not in countries() or not language.isalpha():
        return None
    return language, country


@cache
def signs_of(locale: str) -> Signs:
    """The signs of `es-MX`; a pair babel has no data for (es-DE) writes as its language does."""
    language, country = locale.split("-")
    try:
        known = Locale(language, country)
    except UnknownLocaleError:
        known = Locale(language)
    return Signs(get_decimal_symbol(known), get_group_symbol(known))


@cache
def decimals_of(currency: str) -> int:
    """How many decimals the currency has: EUR 2, JPY 0."""
    return get_currency_precision(currency)


@lru_cache(maxsize=20_000)
def read_amount(text: str, locale: str, currency: str) -> int:
    """The amount in minor units of the currency. Raises BadAmount."""
    signs, decimals = signs_of(locale), decimals_of(currency)
    whole, fraction = _parts(_with_plain_blanks(text.strip(), signs), signs, decimals)
    if len(fraction) > decimals:
        raise BadAmount(
            f"{text!r} has {len(fraction)} decimals and {currency} has {decimals}",
            "write it without the extra decimals",
        )
    minor = int(whole + fraction.ljust(decimals, "0"))
    if minor > _MAX_MINOR:
        raise BadAmount(f"{text!r} is beyond what a price may be", "check the amount")
    return minor


def write_amount(minor: int, locale: str, currency: str) -> str:
    """The amount as the locale writes it, without grouping: what `read_amount` reads back."""
    decimals = decimals_of(currency)
    whole, rest = divmod(minor, 10**decimals)
    return f"{whole}{signs_of(locale).decimal}{rest:0{decimals}d}" if decimals else str(whole)


def _with_plain_blanks(text: str, signs: Signs) -> str:
    if signs.group not in _BLANKS:
        return text
    return "".join(signs.group if letter in _BLANKS else letter for letter in text)


def _parts(text: str, signs: Signs, decimals: int) -> tuple[str, str]:
    if re.fullmatch(r"[0-9]{1,12}", text):
        return text, ""
    if decimals and _is_lone_group(text):
        raise BadAmount(
            f"{text!r} can be read in two ways",
            f"write it without a thousands sign, with {signs.decimal!r} before the decimals",
        )
    for pattern in _patterns(signs):
        if found := pattern.fullmatch(text):
            whole, fraction = found.groups()
            return re.sub(r"[^0-9]", "", whole), fraction or ""
    raise BadAmount(
        f"{text!r} is not an amount as this locale writes it",
        f"write digits with {signs.decimal!r} before the decimals",
    )


def _is_lone_group(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,3}[^0-9][0-9]{3}", text) is not None


@cache
def _patterns(signs: Signs) -> tuple[re.Pattern[str], ...]:
    group, decimal = re.escape(signs.group), re.escape(signs.decimal)
    return (
        re.compile(rf"([0-9]{{1,3}}(?:{group}[0-9]{{3}})+)(?:{decimal}([0-9]+))?"),
        re.compile(rf"([0-9]{{1,12}}){decimal}([0-9]+)"),
        re.compile(r"([0-9]{1,12})\.([0-9]{1,2})"),
    )
