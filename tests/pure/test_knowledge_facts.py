"""The same fact in another dress stands; any other digit, unit, sign or link does not."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from hypothesis import assume, example, given
from hypothesis import strategies as st

from knowledge.answers import Drafted, why_not_grounded
from knowledge.facts import clause_facts, unsupported
from knowledge.passages import Kind, Passage
from knowledge.scope import Reach
from records.types import Citation, Language

DAYS = st.dates(date(2020, 1, 1), date(2039, 12, 31))
AMOUNTS = st.decimals(min_value="0.10", max_value="99999.99", places=2)


@pytest.mark.parametrize(
    ("said", "source", "locale"),
    [
        ("30 días", "treinta (30) días", "es"), ("treinta días", "30 días naturales", "es"),
        ("30 days", "thirty (30) days", "en"),
        ("14 days", "a 14-day period", "en"), ("1 month", "one month", "en"), ("un mes", "1 mes", "es"),
        ("1234.56 EUR", "1.234,56 €", "es"), ("€1,234.56", "1234.56 euros", "en"), ("8,99 €", "8,99 € al mes", "es"),
        ("el 1 de marzo", "01/03/2027", "es"), ("1 March 2027", "3/1/2027", "en-US"), ("1 March 2027", "01/03/2027", "en-GB"),
        ("primero de marzo de 2027", "2027-03-01", "es"), ("en marzo de 2027", "el 14 de marzo de 2027", "es"),
        ("diez por ciento", "10 %", "es"), ("ten percent", "10%", "en"), ("10 días", "de 10 a 15 días", "es"),
        ("15 €", "entre 5 y 15 €", "es"), ("5 %", "5-10 %", "es"), ("cláusula 7.2", "cláusula 7.2 b)", "es"),
        ("clause 7.2 b)", "clause 7.2(b)", "en"), ("900123456", "+34 900 123 456", "es"), ("a las 18:30", "18.30 h", "es"),
        ("9:00", "9 am", "en"), ("Calle Mayor 5", "calle de la Mayor, n.º 5", "es"),
        ("www.farolito.example/x", "https://farolito.example/x", "es"),
        ("dos mil euros", "2.000 €", "es"), ("$129", "129 MXN", "es-MX"), ("1,234 pesos", "$1,234.00", "es-MX"),
        ("25/12/2027", "25 December 2027", "en"), ("03/01/2027", "On 03/01/2027", "en"), ("Once paid", "nothing", "en"),
    ],
)  # fmt: skip
def test_the_same_fact_in_another_dress_stands(said: str, source: str, locale: str) -> None:
    assert unsupported(said, source, locale) == ()


@pytest.mark.parametrize(
    ("said", "source", "locale"),
    [
        ("un mes", "30 días", "es"), ("30 días", "un mes", "es"), ("30 meses", "30 días", "es"),
        ("30 días", "30 días hábiles", "es"),
        ("30 business days", "30 days", "en"), ("10 $", "10 €", "es"), ("10 €", "10 %", "es"),
        ("89 € al mes", "89 € al año", "es"),
        ("cláusula 7.2 c)", "cláusula 7.2 b)", "es"), ("cláusula 7.3", "cláusula 7.2", "es"),
        ("2 de marzo", "01/03/2027", "es"),        ("3 de enero", "01/03/2027", "es"),
        ("January 3", "3/1/2027", "en-US"), ("1 March 2027", "03/01/2027", "en"),
        ("marzo de 2028", "1 de marzo de 2027", "es"), ("+34 900 123 457", "+34 900 123 456", "es"), ("9:30", "9:00", "es"),
        ("Calle Menor 5", "Calle Mayor 5", "es"), ("Calle Mayor 6", "Calle Mayor 5", "es"),
        ("farolito.example/Y", "farolito.example/y", "es"),
        ("hola@otra.example", "hola@farolito.example", "es"), ("129 USD", "$129", "es-MX"),
        ("treinta y un días", "treinta días", "es"),
        ("el 1 de marzo de 2028", "el 1 de marzo", "es"), ("7.2.2", "7.2.1", "es"), ("25 %", "2,5 %", "es"),
    ],
)  # fmt: skip
def test_another_fact_does_not(said: str, source: str, locale: str) -> None:
    assert unsupported(said, source, locale)


@given(DAYS)
def test_a_date_stands_however_its_locale_writes_it(day: date) -> None:
    for locale in ("es", "en-GB", "en-US"):
        babel = {"es": "es_ES"}.get(locale, locale.replace("-", "_"))
        short = day.strftime("%m/%d/%Y") if locale == "en-US" else day.strftime("%d/%m/%Y")
        dresses = [format_date(day, "long", locale=babel), day.isoformat(), short]
        for said in dresses:
            for source in dresses:
                assert unsupported(f"el {said}.", f"x {source}, y", locale) == (), (said, source, locale)


@given(DAYS, st.integers(1, 4000))
def test_another_day_does_not(day: date, later: int) -> None:
    other = day + timedelta(days=later)
    for locale, babel in (("es", "es_ES"), ("en-US", "en_US")):
        assert unsupported(format_date(other, "long", locale=babel), format_date(day, "long", locale=babel), locale)
        assert unsupported(other.isoformat(), format_date(day, "long", locale=babel), locale)


@given(AMOUNTS)
@example(Decimal("1234.00"))
@example(Decimal("1000.10"))
def test_an_amount_stands_however_its_locale_writes_it(amount: Decimal) -> None:
    for locale, babel in (("es-ES", "es_ES"), ("es-MX", "es_MX"), ("en-GB", "en_GB")):
        dresses = [
            format_currency(amount, "EUR", locale=babel),
            f"{format_decimal(amount, '#,##0.00', locale=babel)} euros",
        ]
        assert unsupported(dresses[0], dresses[1], locale) == ()
        assert unsupported(dresses[1], dresses[0], locale) == ()


@given(AMOUNTS, AMOUNTS)
def test_another_amount_does_not(one: Decimal, other: Decimal) -> None:
    assume(one != other)
    said, source = (format_currency(value, "EUR", locale="es_ES") for value in (one, other))
    assert unsupported(said, source, "es")
    assert unsupported(said.replace("€", "£"), said, "es")


@given(st.integers(1, 999), st.sampled_from(["días", "meses", "años", "horas", "semanas", "días hábiles"]))
def test_a_length_is_its_number_and_its_unit(count: int, unit: str) -> None:
    said = f"{count} {unit}"
    assert unsupported(said, f"Tendrás {count} ({count}) {unit} más", "es") == ()
    assert unsupported(f"{count + 1} {unit}", said, "es")
    for other in ("minutos", "semanas hábiles"):
        assert unsupported(f"{count} {other}", said, "es")


SOURCE = (
    "7.2. El plan anual se renueva el 1 de marzo de 2027 por 1.234,50 € al año, un 10 % menos, si avisas con treinta (30) "
    "días. "
    "Llama al 900 123 456 de 9:00 a 18:30, escribe a hola@farolito.example o entra en https://farolito.example/cuenta?p=77. "
    "Calle Mayor, 15, 28013 Madrid. Lo dice la cláusula 7.2 b). Del 3 al 20 de abril no se cobra; quedan 2.500 plazas."
)
PASSAGE = Passage("c", "contracts/t.es.md", "7.2 b", "Renovación", SOURCE, Language.ES, Kind.CONTRACT, 0.9)
DIGITS = [match.start() for match in re.finditer(r"\d", SOURCE)]


def _grounded(text: str, passage: Passage = PASSAGE) -> str:
    return why_not_grounded(
        Drafted(text, (Citation(passage.source, passage.path, "El plan anual"),), (passage,)), (passage,)
    )


@given(st.sampled_from(DIGITS), st.integers(1, 9))
def test_no_digit_of_an_answer_can_be_another(place: int, plus: int) -> None:
    digit = str((int(SOURCE[place]) + plus) % 10)
    changed = SOURCE[:place] + digit + SOURCE[place + 1 :]
    assert _grounded(SOURCE) == ""
    assert _grounded(changed).startswith("not in what it cites")


@given(st.sampled_from([match.start() for match in re.finditer(r"farolito", SOURCE)]), st.sampled_from("abcxyz-0"))
def test_no_letter_of_a_link_can_be_another(place: int, letter: str) -> None:
    changed = SOURCE[:place] + letter + SOURCE[place + 1 :]
    assert _grounded(changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("marzo", "mayo"), ("€ al año", "€ al mes"), ("€", "$"), ("10 %", "10 €"), ("días", "meses"), ("treinta", "cuarenta"),
        ("7.2 b)", "7.2 c)"), ("Mayor", "Menor"), ("abril", "junio"), ("cuenta?", "Cuenta?"), ("9:00 a 18:30", "9:00 a 18:45"),
    ],
)  # fmt: skip
def test_nor_any_word_that_makes_a_fact(old: str, new: str) -> None:
    assert old in SOURCE
    assert _grounded(SOURCE.replace(old, new, 1))


def test_a_source_for_one_country_is_read_as_that_country_writes() -> None:
    american = Passage(
        "c", "faq/a.en.md", "a", "Move", "El plan anual. We move you on 3/1/2027.", Language.EN, Kind.FAQ, 0.9,
        reach=Reach(countries=("US",)),
    )  # fmt: skip
    assert _grounded("We move you on March 1, 2027.", american) == ""
    assert _grounded("We move you on 3 January 2027.", american)


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("7.2 b", ("clause 7.2b",)), ("annex-i 2.1", ("clause 2.1",)),
        ("14.3 · 2", ("clause 14.3",)), ("preamble", ()),
    ],
)  # fmt: skip
def test_the_place_of_a_clause_is_a_fact_of_it(path: str, held: tuple[str, ...]) -> None:
    assert clause_facts(path) == held


@given(st.text(max_size=200), st.sampled_from(["", "es", "en", "en-US", "es-MX"]))
def test_no_text_breaks_it_and_every_text_stands_in_itself(text: str, locale: str) -> None:
    assert unsupported(text, text, locale) == ()
