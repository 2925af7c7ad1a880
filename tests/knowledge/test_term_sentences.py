"""Single sentences as lawyers and young companies write them: what they state is found, value and exact words."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.clause_reader import read_contract
from knowledge.clauses import Contract
from knowledge.passages import Block, Document, Shape
from knowledge.term_reading import read_terms
from knowledge.terms import Term, shown

FOLDER = Path(__file__).parent / "sentences"
LEAST_FOUND = 0.95
LEAST_OF_BANK = {"en": 0.5, "es": 0.67}  # by authors who have never seen the rules, and nothing was mended for it
_MARKED = re.compile(r"\{\{(?P<what>[a-z_]+/[a-z_]+)=(?P<value>[^|]*)\|(?P<quote>[^}]*)\}\}")

Stated = tuple[str, str, str]
"""Key and kind, value, exact words."""


@dataclass(frozen=True)
class Sentence:
    """One sentence under its heading, and the terms it states."""

    heading: str
    text: str
    states: frozenset[Stated]


def sentences(name: str) -> list[Sentence]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [_sentence(*line.split(" | ", 1)) for line in lines if line]


def _sentence(heading: str, marked: str) -> Sentence:
    states = frozenset((found["what"], found["value"], found["quote"]) for found in _MARKED.finditer(marked))
    return Sentence(heading, _MARKED.sub(lambda found: found["quote"], marked), states)


def _terms(heading: str, text: str, language: str) -> tuple[Term, ...]:
    return read_terms(contract_of(heading, text), language)


def contract_of(heading: str, text: str) -> Contract:
    """A contract of one clause."""
    blocks = (Block(Shape.HEADING, f"1. {heading}"), Block(Shape.TEXT, f"1.1. {text}"))
    return read_contract(Document("x", {}, blocks))


def read(sentence: Sentence, language: str) -> frozenset[Stated]:
    terms = _terms(sentence.heading, sentence.text, language)
    return frozenset((f"{term.key}/{term.kind}", shown(term.value), term.quote) for term in terms)


@pytest.mark.parametrize(
    "name",
    [
        "first.es.txt",
        "first.en.txt",
        "second.es.txt",
        "second.en.txt",
        "third.es.txt",
        "third.en.txt",
        "keys.es.txt",
        "keys.en.txt",
        "more.es.txt",
        "more.en.txt",
    ],
)
def test_what_a_sentence_states_is_found_word_for_word(name: str) -> None:
    listed = sentences(name)
    missed = [(one.text, left) for one in listed if (left := one.states - read(one, name.split(".")[1]))]
    stated = sum(len(one.states) for one in listed)
    assert 1 - sum(len(left) for _, left in missed) / stated >= LEAST_FOUND, missed


@pytest.mark.parametrize("language", LEAST_OF_BANK)
def test_what_other_authors_write_is_mostly_found(language: str) -> None:
    listed = sentences(f"bank.{language}.txt")
    stated = sum(len(one.states) for one in listed)
    found = sum(len(one.states & read(one, language)) for one in listed)
    assert found / stated >= LEAST_OF_BANK[language]


@pytest.mark.parametrize(
    ("heading", "text", "what"),
    [
        ("Prórroga", "El contrato no quedará prorrogado automáticamente.", "renewal/mode"),
        ("Renewal", "This plan will not roll over automatically.", "renewal/mode"),
        (
            "Modificación",
            "El cliente no podrá extinguir el contrato sin penalización si cambian las condiciones.",
            "change/exit_right",
        ),
        ("Price", "Prices shall not be adjusted for changes in the CPI.", "price/index"),
        ("Baja", "El cliente no podrá cancelar en cualquier momento, sino sólo al vencimiento.", "term_user/anytime"),
        ("Cancellation", "You cannot cancel at any time.", "term_user/anytime"),
        ("Cancellation", "You may not cancel at any time.", "term_user/anytime"),
        ("Cancellation", "You can't leave whenever you like.", "term_user/anytime"),
        ("Cesión", "El contrato no podrá ser cedido sin la anuencia de la otra parte.", "assign/allowed"),
    ],
)
def test_a_no_is_never_read_as_its_opposite(heading: str, text: str, what: str) -> None:
    language = "en" if heading in ("Renewal", "Price", "Cancellation") else "es"
    said = {shown(term.value) for term in _terms(heading, text, language) if f"{term.key}/{term.kind}" == what}
    assert not said & {"automatic", "tacit", "yes", "CPI", "without consent", "allowed"}


@pytest.mark.parametrize(
    ("heading", "text", "language", "value", "quote"),
    [
        ("Payment", "You pay by SEPA direct debit.", "en", "SEPA direct debit", "SEPA direct debit"),
        ("Payment", "You pay by direct debit.", "en", "direct debit", "direct debit"),
        (
            "Pago",
            "Se cobra mediante cargo recurrente a tarjeta de débito.",
            "es",
            "cargo recurrente a tarjeta de débito",
            "cargo recurrente a tarjeta de débito",
        ),
        (
            "Prices",
            "The fee follows the Consumer Price Index for Ontario each January.",
            "en",
            "CPI",
            "Consumer Price Index for Ontario",
        ),
        (
            "Courts",
            "The county courts of England decide.",
            "en",
            "The county courts of England",
            "The county courts of England",
        ),
    ],
)
def test_a_name_is_quoted_whole(heading: str, text: str, language: str, value: str, quote: str) -> None:
    assert [(shown(term.value), term.quote) for term in _terms(heading, text, language)] == [(value, quote)]


@pytest.mark.parametrize(
    ("heading", "text", "language", "what", "said"),
    [
        (
            "Assignment",
            "Our prior consent, not to be unreasonably withheld, is needed before you transfer this agreement.",
            "en",
            "assign/allowed",
            {"with consent"},
        ),
        ("Assignment", "Either party is free to assign.", "en", "assign/allowed", {"allowed"}),
        ("Assignment", "Either side is free to assign this contract.", "en", "assign/allowed", {"allowed"}),
        (
            "Assignment",
            "An assignment within the group shall not give rise to any right of cancellation.",
            "en",
            "assign/allowed",
            set(),
        ),
        ("Renovación", "La contraseña se renueva automáticamente.", "es", "renewal/mode", set()),
        ("Renovación", "El plan se renueva automáticamente.", "es", "renewal/mode", {"automatic"}),
    ],
)
def test_whose_leave_it_takes_and_what_renews(
    heading: str, text: str, language: str, what: str, said: set[str]
) -> None:
    found = {shown(term.value) for term in _terms(heading, text, language) if f"{term.key}/{term.kind}" == what}
    assert found == said
