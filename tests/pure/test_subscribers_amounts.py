"""An amount has one reading or none."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.locales import BadAmount, decimals_of, read_amount, read_locale, signs_of, write_amount

LOCALES = ("es-ES", "es-MX", "es-AR", "es-CO", "es-CL", "es-US", "es-419", "en-US", "en-GB", "en-ES", "es-DE", "en-CH")
KNOWN = tuple(locale for locale in LOCALES if read_locale(locale))


@pytest.mark.parametrize(
    ("text", "locale", "currency", "minor"),
    [
        ("8,99", "es-ES", "EUR", 899),
        ("8.99", "es-ES", "EUR", 899),
        ("8.99", "en-US", "USD", 899),
        ("8,9", "es-ES", "EUR", 890),
        ("1.234,56", "es-ES", "EUR", 123456),
        ("1,234.56", "en-US", "USD", 123456),
        ("1,234.56", "es-MX", "MXN", 123456),
        ("1.234.567", "es-ES", "EUR", 123456700),
        ("89", "es-ES", "EUR", 8900),
        ("0", "es-ES", "EUR", 0),
        ("9.990", "es-CL", "CLP", 9990),
        ("1,200", "en-US", "JPY", 1200),
        ("1500", "en-US", "JPY", 1500),
        ("1.250", "en-US", "KWD", None),
        ("12.5", "en-US", "KWD", 12500),
        ("1.234", "es-ES", "EUR", None),
        ("1,234", "en-US", "USD", None),
        ("8.990", "es-ES", "EUR", None),
        ("1,234.56", "es-ES", "EUR", None),
        ("1.234,56", "en-US", "USD", None),
        ("8,99", "en-US", "USD", None),
        ("8.999", "en-US", "USD", None),
        ("12.34.56", "es-ES", "EUR", None),
        ("1.5", "en-US", "JPY", None),
        ("-3", "es-ES", "EUR", None),
        ("8,99 €", "es-ES", "EUR", None),
        ("1e3", "es-ES", "EUR", None),
        ("NaN", "en-US", "USD", None),
        ("1_000", "en-US", "USD", None),
        ("١٢", "en-US", "USD", None),
        ("999999999999", "en-US", "USD", None),
        ("", "en-US", "USD", None),
    ],
)
def test_what_an_amount_says(text: str, locale: str, currency: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(BadAmount) as refused:
            read_amount(text, locale, currency)
        assert refused.value.do
    else:
        assert read_amount(text, locale, currency) == minor


@given(st.integers(0, 2_147_483_647), st.sampled_from(KNOWN), st.sampled_from(("EUR", "JPY", "MXN", "CLP", "USD")))
@example(5, "es-ES", "EUR")
def test_what_is_written_is_read_back(minor: int, locale: str, currency: str) -> None:
    assert read_amount(write_amount(minor, locale, currency), locale, currency) == minor


@given(st.integers(1_000, 9_999_999), st.integers(0, 99), st.sampled_from(KNOWN))
def test_an_amount_with_both_signs_has_one_reading_in_any_locale(whole: int, cents: int, locale: str) -> None:
    signs = signs_of(locale)
    grouped = f"{whole:,}".replace(",", signs.group) + f"{signs.decimal}{cents:02d}"
    assert read_amount(grouped, locale, "EUR") == whole * 100 + cents


@given(st.text("0123456789.,' ", min_size=1, max_size=12), st.sampled_from(KNOWN))
def test_no_two_locales_disagree_by_a_factor_of_a_thousand(text: str, locale: str) -> None:
    """Whoever declared the wrong locale gets a refusal, never a thousandfold price."""
    readings = set()
    for declared in (locale, "es-ES", "en-US"):
        try:
            readings.add(read_amount(text, declared, "EUR"))
        except BadAmount:
            continue
    assert len(readings) <= 1


@pytest.mark.parametrize(
    ("text", "found"),
    [("es-MX", ("es", "MX")), ("ES_mx", ("es", "MX")), ("es", None), ("es-419", None), ("es-XX", None), ("", None)],
)
def test_a_locale_is_language_and_country(text: str, found: tuple[str, str] | None) -> None:
    assert read_locale(text) == found


def test_currencies_have_their_own_decimals() -> None:
    assert [decimals_of(currency) for currency in ("EUR", "JPY", "KWD")] == [2, 0, 3]
