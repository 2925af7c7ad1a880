"""Clause numbering in the ways contracts write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chunking import MOST_CHARACTERS, chunks_of
from knowledge.contracts import clauses, version_of
from knowledge.numbering import follows, ordinal, read_marker, roman
from knowledge.passages import Block, Document, Kind, Section, Shape, Source
from records.types import Language


def _clauses(text: str) -> dict[str, tuple[str, str]]:
    document = Document("x", {}, tuple(Block(Shape.TEXT, line, page=1) for line in text.strip().split("\n")))
    return {section.path: (section.heading, section.text) for section in clauses(document)}


@pytest.mark.parametrize(
    ("line", "value", "rest"),
    [
        ("PRIMERA.- Objeto", "1", "Objeto"),
        ("Décima segunda. Varios", "12", "Varios"),
        ("CLÁUSULA TERCERA.- Precio", "3", "Precio"),
        ("Cláusula 3.ª Precio", "3", "Precio"),
        ("Cláusula 7ª. Baja", "7", "Baja"),
        ("Artículo 5. Renovación", "5", "Renovación"),
        ("Section 4. Fees", "4", "Fees"),
        ("Rule 6. Resigning mid-season", "6", "Resigning mid-season"),
        ("Norma 2.ª Cuotas", "2", "Cuotas"),
        ("3.1 El pago", "3.1", "El pago"),
        ("3.1.2. El pago", "3.1.2", "El pago"),
        ("IV. Term", "4", "Term"),
        ("a) con tarjeta", "a", "con tarjeta"),
        ("(ii) by card", "ii", "by card"),
    ],
)
def test_markers(line: str, value: str, rest: str) -> None:
    marker = read_marker(line)
    assert marker is not None
    assert (marker.value, marker.rest) == (value, rest)


@pytest.mark.parametrize(
    "line",
    ["30 días naturales", "El contrato", "Primeramente, algo", "8 € al mes", "Section headings are", "Rules are rules"],
)
def test_running_text_is_no_marker(line: str) -> None:
    assert read_marker(line) is None


def test_items_stand_with_their_lead_and_wrapped_lines_join() -> None:
    found = _clauses(
        "7. Pagos\n7.2 El pago se hace por cualquiera de estos me-\ndios:\na) con tarjeta;\nb) por domiciliación, que se\n"
        "cobra el día 5.\n7.3 El precio es de\n8.99 € al mes.\n7.4 El plazo del plan anual\nes de un año."
    )
    assert list(found) == ["7.2", "7.2 a", "7.2 b", "7.3", "7.4"]
    assert found["7.2 b"] == (
        "Pagos",
        "7.2 El pago se hace por cualquiera de estos medios:\n[…]\nb) por domiciliación, que se cobra el día 5.",
    )
    assert found["7.3"][1] == "7.3 El precio es de 8.99 € al mes."
    assert found["7.4"] == ("Pagos", "7.4 El plazo del plan anual es de un año.")


def test_a_reference_that_wraps_is_no_clause() -> None:
    found = _clauses(
        "5. Baja\n5.3 La baja surte efecto en los términos de la cláusula\n6. Después nada.\n5.4 Desinstalar no basta."
    )
    assert list(found) == ["5.3", "5.4"]


def test_table_of_contents_is_left_out() -> None:
    assert list(_clauses("1. Objeto ........ 2\n2. Precio ........ 3\n1. Objeto\nEl objeto es este.")) == ["1"]


def test_order_decides_what_is_a_number() -> None:
    assert follows("3.1", "3.2")
    assert follows("3.9", "4")
    assert follows("3", "3.1")
    assert not follows("3.1", "8.99")
    assert not follows("3.2", "3.1")


def test_numbers() -> None:
    said = ("primera", "décimo segunda", "vigésima tercera", "Decimoctava", "Sétima", "décima tercia", "nada")
    assert [ordinal(text) for text in said] == [1, 12, 23, 18, 7, 13, 0]
    assert [roman(text) for text in ("IV", "ix", "XIV")] == [4, 9, 14]
    assert version_of("terms-2027.es") == "terms-2027"
    assert version_of("terms-2027.es", "own") == "own"


@given(st.lists(st.text("abc áé.", min_size=1, max_size=400), min_size=1, max_size=12))
def test_long_clauses_are_cut_without_losing_a_word(parts: list[str]) -> None:
    text = ". A".join(part.strip() or "x" for part in parts).strip()
    source = Source("contracts/a.es.md", Kind.CONTRACT, Language.ES, "A", "h")
    chunks = chunks_of(source, (Section("1", "Uno", text),), "a")
    assert " ".join(" ".join(chunk.text for chunk in chunks).split()) == " ".join(text.split())
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert len(chunks) == 1 or len(text) > MOST_CHARACTERS
    assert chunks == chunks_of(source, (Section("1", "Uno", text),), "a")


def _paths(text: str) -> list[str]:
    return list(_clauses(text))


def test_bare_figures_below_an_article_are_its_parts() -> None:
    text = "Article 1\nSubject\n1. It governs this.\n2. It binds, subject to\nSection 5 below, both.\n"
    text += "Article 2\nTerm\n(1) A year."
    found = _clauses(text)
    assert list(found) == ["1.1", "1.2", "2", "2.1"]
    assert found["1.1"][0] == "Subject"


def test_figures_that_go_on_through_roman_headings_keep_their_own_number() -> None:
    text = "I. GENERALES\n1. Objeto\nEste es.\n2. Plazo\nUn año.\nII. ECONÓMICAS\n3. Precio\nDiez euros."
    assert _paths(text) == ["1", "2", "3"]
    assert _paths("I. OBJETO\n1. Uno es uno.\n2. Dos es dos.\nII. PRECIO\n1. Tres.") == ["1.1", "1.2", "2.1"]


def test_recitals_and_annexes_number_apart() -> None:
    text = (
        "EXPONEN\nI. Que una parte vende.\nII. Que otra compra.\nCLÁUSULAS\nPRIMERA.- Objeto\nEste.\nSEGUNDA.- Precio\n"
        "Diez euros.\nANEXO I\nTARIFAS\n"
        "1. Básica\nVale diez euros.\n2. Completa\nVale veinte euros.\nANEXO II. Datos\n1. Encargo\nTexto."
    )
    assert _paths(text) == ["exponen 1", "exponen 2", "1", "2", "annex-i 1", "annex-i 2", "annex-ii 1"]


def test_dotted_capitals_below_an_article_are_its_items() -> None:
    lettered = "\n".join(f"{letter}. The fee is due." for letter in "ABCDEFGHIJ")
    found = _clauses(f"I. FEES\n{lettered}\nII. TERM\nA. One year.")
    assert list(found) == ["1", *(f"1 {letter}" for letter in "ABCDEFGHIJ"), "2", "2 A"]


def test_items_within_items() -> None:
    found = _paths(
        "3. Fees.\nThe fees are:\n(a) one;\n(b) these which\n(i) are small; or\n(ii) are large.\n"
        "(c) three.\n8(a) You may leave."
    )
    assert found == ["3", "3 a", "3 b", "3 b i", "3 b ii", "3 c", "8", "8 a"]
