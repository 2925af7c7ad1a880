"""Money reads as people write it in the language of the page."""

import pytest

from console.written import cost_words, money, paid
from records.types import Language

BLANK = "\u00a0"  # a hard one, so that the sign stays on the line of its number


@pytest.mark.parametrize(
    ("amount", "currency", "es", "en"),
    [
        ("0.60000", "EUR", f"0,60{BLANK}€", "€0.60"),
        ("0", "EUR", f"0,00{BLANK}€", "€0.00"),
        ("1234.56789", "EUR", f"1.234,57{BLANK}€", "€1,234.57"),
        ("0.01000", "EUR", f"0,01{BLANK}€", "€0.01"),
        ("0.00250", "EUR", f"0,0025{BLANK}€", "€0.0025"),
        ("0.00256", "EUR", f"0,0026{BLANK}€", "€0.0026"),
        ("0.00999", "EUR", f"0,01{BLANK}€", "€0.01"),
        ("0.00004", "EUR", f"< 0,0001{BLANK}€", "< €0.0001"),
        ("1.500", "JPY", f"2{BLANK}JPY", "JP¥2"),
    ],
)
def test_a_cost(amount: str, currency: str, es: str, en: str) -> None:
    assert cost_words(amount, currency, Language.ES) == es
    assert cost_words(amount, currency, Language.EN) == en


def test_a_price_and_a_cost_for_each_person() -> None:
    assert money(899, "EUR", Language.ES) == f"8,99{BLANK}€"
    assert paid({"cost": "0.04600", "currency": "EUR"}) == "€0.05"
    told = paid({"cost": "0.04600", "currency": "EUR", "cost_per_person": "0.00250"})
    assert told == "€0.05, €0.0025 for each person reached"
