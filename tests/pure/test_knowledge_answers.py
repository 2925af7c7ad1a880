"""An answer stands in its source, or it is not an answer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answers import LONGEST_QUOTE, Drafted, draft, extract, is_certain, why_not_grounded
from knowledge.facts import facts, unsupported
from knowledge.language import detect, is_other_language
from knowledge.passages import Found, Kind, NotGrounded, Passage
from knowledge.scope import versions_in_force
from knowledge.text import clean, fold, sentence_spans
from records.types import Citation, Language

CLAUSE = Passage(
    "c1", "contracts/t.es.md", "7.2", "Renovación",
    "7.2. El plan se renueva el 1 de marzo de 2027 por 1.234,50 €, un 10 % menos.",
    Language.ES, Kind.CONTRACT, 0.9,
)  # fmt: skip


def _found(passage: Passage) -> Found:
    return Found((passage,), 0.9, 0.95)


def test_clause_is_quoted_with_number_and_heading() -> None:
    drafted = draft("cuándo se renueva", _found(CLAUSE), Language.ES)
    assert "7.2" in drafted.text
    assert "Renovación" in drafted.text
    assert CLAUSE.text in drafted.text
    assert why_not_grounded(drafted, (CLAUSE,), Language.ES) == ""


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("Es el 2 de marzo de 2027.", "date 2027-03-02"),
        ("Cuesta 1.234,51 €.", "amount 1234.51 EUR"),
        ("Es un 11 % menos.", "percentage 11"),
        ("Lo dice la cláusula 7.3.", "clause 7.3"),
        ("Llama al 900 123 456.", "phone 900123456"),
        ("Escribe a hola@otra.example.", "e-mail hola@otra.example"),
        ("Mira https://otra.example/x.", "link otra.example/x"),
    ],
)
def test_what_does_not_stand_in_the_source_is_named(said: str, missing: str) -> None:
    drafted = Drafted(said, (Citation(CLAUSE.source, CLAUSE.path, "El plan se renueva"),), (CLAUSE,))
    assert why_not_grounded(drafted, (CLAUSE,)) == f"not in what it cites: {missing}"


@pytest.mark.parametrize(
    "said", ["On 1 March 2027", "El 1/3/2027", "2027-03-01", "El 1 de marzo", "€1,234.50", "10%", "10 por ciento"]
)
def test_the_same_fact_in_another_dress_stands(said: str) -> None:
    assert unsupported(said, CLAUSE.text) == ()


def test_facts_of_a_plain_text() -> None:
    assert facts("Nada que contar") == ()


@pytest.mark.parametrize("quote", ["", "El plan no se renueva"])
def test_no_answer_without_a_quote_that_stands(quote: str) -> None:
    with pytest.raises(NotGrounded):
        Drafted("x", (Citation(CLAUSE.source, CLAUSE.path, quote),), (CLAUSE,))
    with pytest.raises(NotGrounded):
        Drafted("x", (), (CLAUSE,))
    with pytest.raises(NotGrounded):
        draft("x", Found((), 0, 0), Language.ES)


def test_wrong_language_and_uncited_passages_are_not_grounded() -> None:
    english = replace(CLAUSE, kind=Kind.FAQ, text="You can cancel whenever you want from the account page of the site.")
    drafted = draft("cómo cancelo", _found(english), Language.ES)
    assert why_not_grounded(drafted, (english,), Language.ES) == "it is not written in es"
    assert why_not_grounded(drafted, (english,), Language.EN) == ""
    assert why_not_grounded(drafted, ()) == "it cites a passage that was not found"


@given(st.lists(st.text("abcdé ", min_size=1, max_size=300), min_size=1, max_size=10), st.text("abcdé ", max_size=30))
def test_extract_is_short_and_word_for_word(sentences: list[str], question: str) -> None:
    text = ". A".join(sentences).strip() + "x"
    quote = extract(question, replace(CLAUSE, text=text))
    assert quote in text
    assert 0 < len(quote) <= LONGEST_QUOTE


def test_certain_only_when_the_chance_is_high() -> None:
    assert is_certain(Found((CLAUSE,), 0.99, 0.99), 0.03)
    assert not is_certain(Found((CLAUSE,), 0.2, 0.9), 0.03)
    assert not is_certain(Found((CLAUSE,), 0.99, 0.99), 0.0001)
    assert not is_certain(Found((), 0.99, 0.99), 0.03)


def test_what_leaves_the_question_open_is_never_certain() -> None:
    guide, entry = replace(CLAUSE, kind=Kind.TUTORIAL), replace(CLAUSE, kind=Kind.FAQ)
    for passage, open_by in (
        (guide, {"unsaid": 0.5}),
        (entry, {"unasked": 1.0}),
        (entry, {"elsewhere": 0.5}),
        (guide, {"foreign": 1.0}),
        (guide, {"bare": 1.0}),
        (entry, {"foreign": 1.0}),
    ):
        assert not is_certain(Found((passage,), 0.999, 0.999, open_by), 0.1)
    for passage, told_by in (
        (guide, {"unsaid": 0.4}),
        (entry, {"unsaid": 0.9, "elsewhere": 0.4, "bare": 1.0}),
        (CLAUSE, {"unsaid": 0.9, "foreign": 1.0}),
    ):
        assert is_certain(Found((passage,), 0.999, 0.999, told_by), 0.03)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", Language.ES), ("xq me cobran", Language.ES), ("refund pls", Language.EN), ("BAJA", Language.ES),
        ("STOP", Language.EN), ("a mi cuando me toca", Language.ES), ("whats in it for me", Language.EN),
        ("no me llega el codigo al celular", Language.ES), ("👍", None), ("1234", None), ("asdf", None),
        ("Bonjour, je voudrais annuler mon abonnement", None), ("ok", None), ("ok perfecto", None), ("OK thanks", Language.EN),
    ],
)  # fmt: skip
def test_language_of_chat(text: str, language: Language | None) -> None:
    assert detect(text) is language


@pytest.mark.parametrize(
    "text",
    [
        "ich möchte mein abo kündigen", "olá, quero cancelar a minha assinatura", "привет как дела",
        "où est ma facture ?", "dove è la mia fattura", "Wo ist meine Rechnung?",
    ],
)  # fmt: skip
def test_other_languages_are_told_apart_from_too_little(text: str) -> None:
    assert is_other_language(text)
    assert not is_other_language("ok")


@pytest.mark.parametrize("text", ["mi plan en São Paulo sigue igual", "I live in Düsseldorf, can I keep my plan?"])
def test_a_foreign_name_makes_no_other_language(text: str) -> None:
    assert not is_other_language(text)


def test_versions_in_force() -> None:
    assert versions_in_force(["terms-2024", "terms-2027", "privacy"]) == {"terms-2027", "privacy"}
    assert versions_in_force(["terms-2024", "terms-2027"], "terms-2024") == {"terms-2024"}


def test_text() -> None:
    assert clean("a\u200bb\U000e0041\u00a0c") == "ab c"
    assert fold("Ñandú Él") == "nandu el"
    text = "Farolito, S. L., en Madrid. Son 5 €. ¿Vale? Sí"
    assert [text[first:last] for first, last in sentence_spans(text)] == [
        "Farolito, S. L., en Madrid.", "Son 5 €.", "¿Vale?", "Sí",
    ]  # fmt: skip
