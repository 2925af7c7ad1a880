"""What a contract says, and never more: units stay, "no" stays "no", two readings stay two."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.clause_keys import ClauseKey, keys_of
from knowledge.clause_reader import read_contract
from knowledge.passages import Block, Document, Shape
from knowledge.quantities import Amount, Day, Length, Percent, Quantity, quantities
from knowledge.term_reading import read_terms
from knowledge.term_sides import actor_of, provider_names
from knowledge.terms import Term, conflicts, shown


def _terms(*clauses: tuple[str, str], locale: str = "es") -> tuple[Term, ...]:
    blocks = [
        Block(shape, text)
        for number, (title, text) in enumerate(clauses, start=1)
        for shape, text in ((Shape.HEADING, f"{number}. {title}"), (Shape.TEXT, f"{number}.1. {text}"))
    ]
    return read_terms(read_contract(Document("x", {}, tuple(blocks))), locale)


def _said(title: str, text: str, locale: str = "es") -> dict[str, str]:
    return {f"{term.key}/{term.kind}": shown(term.value) for term in _terms((title, text), locale=locale)}


@pytest.mark.parametrize(
    ("text", "quote", "value"),
    [
        ("con treinta (30) días naturales", "treinta (30) días naturales", Length(30, "day", "calendar")),
        ("en quince días hábiles", "quince días hábiles", Length(15, "day", "working")),
        ("tras un mes", "un mes", Length(1, "month")),
        ("cuarenta y cinco días", "cuarenta y cinco días", Length(45, "day")),
        ("ten (10) Business Days", "ten (10) Business Days", Length(10, "day", "working")),
        ("a 12-month term", "12-month", Length(12, "month")),
        ("cuesta 1.200,50 € al año", "1.200,50 € al año", Amount("1200.50", "EUR", "year")),
        ("costs $1,200 per month", "$1,200 per month", Amount("1200", "$", "month")),
        ("un diez por ciento (10 %)", "diez por ciento (10 %)", Percent("10")),
        ("el 1 de enero de 2027", "1 de enero de 2027", Day((date(2027, 1, 1),))),
        ("el veinte (20) de enero de 2027", "veinte (20) de enero de 2027", Day((date(2027, 1, 20),))),
        ("dentro del mes siguiente", "mes", Length(1, "month")),
        ("dos semestres", "dos semestres", Length(12, "month")),
        ("medio año (6 meses)", "medio año (6 meses)", Length(6, "month")),
        ("a fortnight before", "a fortnight", Length(2, "week")),
        ("by the third (3rd) business day", "third (3rd) business day", Length(3, "day", "working")),
        ("by the third business day", "third business day", Length(3, "day", "working")),
        ("a 0,142 €/kWh", "0,142 €", Amount("0.142", "EUR")),
        ("up to €1 million", "€1 million", Amount("1000000", "EUR")),
        ("hasta 2 millones de euros", "2 millones de euros", Amount("2000000", "EUR")),
        ("es de $389.00 M.N. mensuales", "$389.00 M.N. mensuales", Amount("389.00", "MXN", "month")),
        ("son $50.00 (cincuenta pesos 00/100 M.N.)", "$50.00 (cincuenta pesos 00/100 M.N.)", Amount("50.00", "MXN")),
        ("renta de 8,5 UF", "8,5 UF", Amount("8.5", "UF")),
        ("a fee of €950 per quarter", "€950 per quarter", Amount("950", "EUR", "quarter")),
        ("del 6% (seis por ciento)", "6% (seis por ciento)", Percent("6")),
        ("desde el primero (1°) de abril de 2027", "primero (1°) de abril de 2027", Day((date(2027, 4, 1),))),
        ("el 1ro. de junio de 2027", "1ro. de junio de 2027", Day((date(2027, 6, 1),))),
        ("el 31 de mayo de dos mil treinta y uno", "31 de mayo de dos mil treinta y uno", Day((date(2031, 5, 31),))),
        (
            "on 1 June two thousand and twenty-seven (2027)",
            "1 June two thousand and twenty-seven (2027)",
            Day((date(2027, 6, 1),)),
        ),
        ("el 15/03/27", "15/03/27", Day((date(2027, 3, 15),))),
        ("un año y medio", "un año y medio", Length(18, "month")),
        ("noventa días de calendario", "noventa días de calendario", Length(90, "day", "calendar")),
        ("diez días hábiles bancarios", "diez días hábiles bancarios", Length(10, "day", "working")),
        ("son $24.800.- por mes", "$24.800.- por mes", Amount("24800", "$", "month")),
        ("costs NZ$45 a month", "NZ$45 a month", Amount("45", "NZD", "month")),
        ("A$30.00 weekly", "A$30.00 weekly", Amount("30.00", "AUD", "week")),
    ],
)
def test_quantities_with_their_exact_place(text: str, quote: str, value: Quantity) -> None:
    found = quantities(text, "es")
    assert [(text[place.start : place.end], place.value) for place in found] == [(quote, value)]


def test_a_quarter_of_a_sum_is_no_length() -> None:
    assert not quantities("one quarter of the annual fee", "en-GB")


@pytest.mark.parametrize("text", ["dos meses y medio", "within two weeks and a half", "un mes y medio"])
def test_half_a_month_is_no_number_of_days(text: str) -> None:
    assert not quantities(text, "es")


@pytest.mark.parametrize("text", ["open 24/7/365", "version 1.2.27", "ratio 3/4"])
def test_figures_between_strokes_are_a_day_only_where_the_calendar_has_it(text: str) -> None:
    assert not quantities(text, "en-GB")


def test_month_to_month_is_no_length() -> None:
    assert not quantities("on a month-to-month basis", "en-US")


def test_what_an_item_hangs_on_is_read_with_it() -> None:
    blocks = [
        Block(Shape.HEADING, "1. Paying your bill"),
        *(
            Block(Shape.TEXT, text)
            for text in (
                "1.1 If you pay late we may:",
                "(a) charge a fee; and",
                "(b) restrict your service where:",
                "(i) the bill is more than ten days overdue; and",
                "(ii) we have reminded you.",
            )
        ),
    ]
    found = read_terms(read_contract(Document("x", {}, tuple(blocks))), "en-GB")
    assert [(term.path, term.kind, shown(term.value)) for term in found] == [("1.1 b i", "suspension", "10 days")]


def test_whose_notice_it_is() -> None:
    title = "Cancelación"
    assert _said(title, "La empresa podrá cancelar el contrato con diez días de antelación.") == {
        "term_provider/notice": "10 days"
    }
    assert _said(title, "El cliente podrá cancelar el contrato con diez días de antelación.") == {
        "notice/notice": "10 days"
    }


def test_a_heading_alone_lets_an_amount_be_the_cap() -> None:
    assert _said("Hasta dónde respondemos", "Como máximo, 600 €.") == {"liability/cap": "600 EUR"}
    assert _said("Hasta dónde vamos", "Como máximo, 600 €.") == {}


def test_a_date_is_read_as_the_locale_writes_it_or_in_both_ways() -> None:
    read = {locale: quantities("on 01/02/2027", locale)[0].value for locale in ("es", "en-GB", "en-US", "en")}
    assert read["es"] == read["en-GB"] == Day((date(2027, 2, 1),))
    assert read["en-US"] == Day((date(2027, 1, 2),))
    assert read["en"] == Day((date(2027, 2, 1), date(2027, 1, 2)))
    (term,) = _terms(("Term", "This Agreement starts on 01/02/2027."), locale="en")
    assert (shown(term.value), term.confidence) == ("2027-02-01 or 2027-01-02", 0.3)
    assert "declare the document's locale" in term.note


def test_words_and_figures_that_differ_are_both_kept() -> None:
    terms = _terms(("Preaviso", "Se avisará con una antelación de treinta (15) días."))
    assert [shown(term.value) for term in terms] == ["30 days", "15 days"]
    assert {term.note for term in terms} == {"the number in words and the one in figures differ"}
    assert len(conflicts(terms)) == 1


@pytest.mark.parametrize(
    ("title", "text", "what", "value"),
    [
        ("Penalización", "No se aplicará penalización alguna por la baja.", "penalty/amount", "none"),
        ("Penalización", "La baja no comportará penalización de ningún tipo.", "penalty/amount", "none"),
        ("Exit fee", "You may leave without paying a penalty.", "penalty/amount", "none"),
        ("Renovación", "El contrato no se renovará automáticamente.", "renewal/mode", "none"),
        ("Renewal", "Your plan will not auto-renew.", "renewal/mode", "none"),
        ("Cesión", "El cliente no podrá ceder el contrato sin consentimiento.", "assign/allowed", "with consent"),
        ("Assignment", "Neither party may assign this Agreement without consent.", "assign/allowed", "with consent"),
        ("Cesión", "Ninguna de las partes podrá ceder el contrato.", "assign/allowed", "forbidden"),
        ("Cambios", "Los cambios no dan derecho a resolver el contrato sin penalización.", "change/exit_right", "no"),
        ("Precio", "Los precios no se actualizarán con el IPC.", "price/index", "none"),
    ],
)
def test_what_is_denied_is_not_its_opposite(title: str, text: str, what: str, value: str) -> None:
    assert _said(title, text).get(what) == value


def test_who_does_not_agree_may_leave() -> None:
    said = _said("Cambios", "Quien no acepte la modificación podrá resolver el contrato sin penalización.")
    assert said["change/exit_right"] == "yes"


def test_clauses_at_odds_are_both_listed_and_plans_apart_are_not() -> None:
    notice = "El cliente avisará con una antelación de {} días naturales para no renovar el plan {}."
    differ = _terms(("Preaviso", notice.format(30, "anual")), ("Preaviso anexo", notice.format(15, "anual")))
    (conflict,) = conflicts(differ)
    assert [(term.path, shown(term.value)) for term in conflict.terms] == [
        ("1.1", "30 calendar days"),
        ("2.1", "15 calendar days"),
    ]
    apart = _terms(("Preaviso", notice.format(30, "anual")), ("Preaviso anexo", notice.format(15, "mensual")))
    assert conflicts(apart) == ()


def test_keys_come_from_the_heading_first_and_then_from_the_words() -> None:
    blocks = (Block(Shape.HEADING, "1. Duración y renovación"), Block(Shape.TEXT, "1.1. Hay penalización por la baja."))
    clauses = read_contract(Document("x", {}, blocks)).clauses
    assert keys_of(clauses[1])[:3] == (ClauseKey.TERM, ClauseKey.RENEWAL, ClauseKey.PENALTY)


WORDS = [
    "no",
    "podrá",
    "ceder",
    "el",
    "contrato",
    "sin",
    "penalización",
    "30",
    "días",
    "naturales",
    "antelación",
    "€",
    "9,99",
    "renovará",
    "automáticamente",
    "IPC",
    "may",
    "fee",
]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=60))
def test_every_quote_is_a_slice_whatever_the_text(said: list[str]) -> None:
    document = Document(
        "x", {}, (Block(Shape.HEADING, "1. Precio y baja"), Block(Shape.TEXT, f"1.1. {' '.join(said)}."))
    )
    contract = read_contract(document)
    for term in read_terms(contract, "es"):
        assert contract.text[term.start : term.end] == term.quote
        assert term.quote in term.sentence


@pytest.mark.parametrize(
    ("title", "text", "what", "value"),
    [
        ("Averías", "Las piezas rotas se cambian en tres días hábiles.", "service/response", "3 working days"),
        ("Broken bottles", "Bottles are replaced within seven days of being reported.", "service/response", "7 days"),
        ("Recibos", "Si el cobro no prospera, habrá cuatro días para saldarlo.", "payment/grace", "4 days"),
        (
            "Site rules",
            "If rent stays unpaid for 40 days we may bar you from the site.",
            "term_provider/suspension",
            "40 days",
        ),
        ("Recordings", "Footage is overwritten after 60 days.", "data/deletion", "60 days"),
        ("Duración", "El abono se activa el 1 de septiembre de 2027.", "term/start", "2027-09-01"),
    ],
)
def test_what_no_rule_knows_is_weighed_and_says_so(title: str, text: str, what: str, value: str) -> None:
    found = _terms((title, text), locale="es" if title in ("Averías", "Recibos", "Duración") else "en-GB")
    assert [(f"{term.key}/{term.kind}", shown(term.value)) for term in found] == [(what, value)]
    assert all(term.confidence <= 0.65 for term in found)


def test_a_quantity_nothing_speaks_for_is_no_term() -> None:
    assert not _terms(("Visitas", "El taller está a tres días de viaje y cuesta encontrarlo."))


def test_six_months_after_which_one_may_leave_are_no_notice() -> None:
    found = _terms(
        ("Ending the lease", "After six months you may end the lease on one month's notice."), locale="en-GB"
    )
    assert {shown(term.value) for term in found if term.kind == "notice"} == {"1 month"}


def test_the_end_of_a_word_is_no_no() -> None:
    said = _said("Mora", "La falta de pago oportuno causará intereses moratorios del 3 % mensual.")
    assert said == {"payment/interest": "3 %"}


@pytest.mark.parametrize(
    ("sentence", "side"),
    [
        ("If a Plotholder breaks a rule the Club may end the tenancy on ", "provider"),
        ("If the Club puts up the rent the Plotholder may leave on ", "customer"),
        ("Either party may end this agreement on ", "both"),
        ("The plan lasts for ", ""),
    ],
)
def test_who_may_do_it_is_whom_the_verb_names(sentence: str, side: str) -> None:
    names = provider_names(
        'Nettlecombe Gardens Invented Ltd (the "Club") lets plot 12 to the person below (the "Plotholder").'
    )
    assert names == {"club", "nettlecombe gardens"}
    assert actor_of(sentence, len(sentence), names) == side
