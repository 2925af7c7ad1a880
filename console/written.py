"""Money and percentages as people write them in the language of a page. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from records.phrases import written
from records.types import Language

LOCALES = {Language.ES: "es", Language.EN: "en_GB"}
"""How dates and money are written: day, month, year in both."""
SMALLEST = Decimal("0.0001")
"""The smallest part of a unit that is told apart: an e-mail costs a few of them."""


def money(minor: int, currency: str, language: Language) -> str:
    """`8,99 €` for 899 cents."""
    from babel.numbers import format_currency, get_currency_precision

    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(format_currency(amount, currency, locale=LOCALES[language]))


def cost_words(amount: str, currency: str, language: Language) -> str:
    """`0,60 €` for `0.60000`. Below a cent, four decimals at most (`0,0025 €`); what is less still is said to be."""
    from babel.numbers import format_currency, get_currency_precision

    whole, locale = Decimal(amount), LOCALES[language]
    if not 0 < whole < Decimal(1).scaleb(-get_currency_precision(currency)):
        return str(format_currency(whole, currency, locale=locale))
    told = str(
        format_currency(max(whole.quantize(SMALLEST), SMALLEST), currency, locale=locale, decimal_quantization=False)
    )
    return f"< {told}" if whole < SMALLEST else told


def percent(hundredths: Decimal | float, language: Language) -> str:
    """`55,8 %` in Spanish, `55.8%` in English."""
    blank = "\u00a0" if language is Language.ES else ""
    return f"{written(hundredths, language)}{blank}%"


def paid(cost: Mapping[str, str]) -> str:
    """A cost as `campaigns.reach.cost_in` gives it, for the command line."""
    told = cost_words(cost["cost"], cost["currency"], Language.EN)
    if "cost_per_person" not in cost:
        return told
    return f"{told}, {cost_words(cost['cost_per_person'], cost['currency'], Language.EN)} for each person reached"
