"""Money and hours read as people write them in their language."""

from datetime import UTC, datetime, time

import pytest

from bot.replies import moment_text
from campaigns.finding import warning
from console.written import cost_words, money, paid
from records.phrases import written
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


@pytest.mark.parametrize(
    ("hour", "es", "en"),
    [
        (time(0, 5), "las 0:05", "00:05"),
        (time(1), "la 1:00", "01:00"),
        (time(2), "las 2:00", "02:00"),
        (time(13), "las 13:00", "13:00"),
    ],
)
def test_an_hour_with_its_article_where_it_has_one(hour: time, es: str, en: str) -> None:
    now = datetime(2027, 1, 18, tzinfo=UTC)
    promised = now.replace(hour=hour.hour, minute=hour.minute)
    assert (written(hour, "es"), written(hour, "en")) == (es, en)
    assert moment_text(promised, now, Language.ES, "UTC") == f"hoy antes de {es}"
    assert moment_text(promised, now, Language.EN, "UTC") == f"today before {en}"
    early = warning("at_early", "at", at=hour, opens=hour)
    assert early.what(Language.ES).startswith(f"Los mensajes tocan a {es}, ")
    assert f" a partir de {es}, " in early.what(Language.ES)


def test_a_language_is_called_by_its_name() -> None:
    missing = warning("no_template", "templates/a.en.md", spoken=Language.EN)
    assert missing.what(Language.ES).startswith("Falta el texto en inglés,")
    assert missing.what(Language.EN).startswith("The text in English is missing,")
