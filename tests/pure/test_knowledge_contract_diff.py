"""Comparing two versions: every clause once on each side; numbers, terms and a "no" are more than words."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.clause_reader import read_contract
from knowledge.contract_diff import Added, Change, Entry, Gone, Matched, Version, diff
from knowledge.passages import Block, Document, Shape
from knowledge.term_reading import read_terms

TOPICS = ("Preaviso", "Precio", "Ley aplicable", "Duración", "Datos", "Otros")
SAID = "el cliente avisará con una antelación de treinta (30) días pagará 9,99 € al mes sin penalización no podrá ceder"
WORDS = st.sampled_from(sorted(set(SAID.split(" "))))
SENTENCE = st.lists(WORDS, min_size=1, max_size=14).map(lambda words: " ".join(words).capitalize() + ".")
CLAUSES = st.lists(st.tuples(st.sampled_from(TOPICS), SENTENCE), min_size=1, max_size=8)


def _version(clauses: Sequence[tuple[str, str]]) -> Version:
    blocks = [
        Block(shape, text)
        for number, (title, text) in enumerate(clauses, start=1)
        for shape, text in ((Shape.HEADING, f"{number}. {title}"), (Shape.TEXT, f"{number}.1. {text}"))
    ]
    contract = read_contract(Document("x", {}, tuple(blocks)))
    return Version(contract.clauses, read_terms(contract, "es"))


def _old(entries: Sequence[Entry]) -> list[str]:
    return [entry.old.path for entry in entries if isinstance(entry, Matched | Gone)]


def _new(entries: Sequence[Entry]) -> list[str]:
    return [entry.new.path for entry in entries if isinstance(entry, Matched | Added)]


@settings(max_examples=40)
@given(CLAUSES)
def test_a_contract_does_not_differ_from_itself(clauses: list[tuple[str, str]]) -> None:
    version = _version(clauses)
    entries = diff(version, version)
    assert {entry.change for entry in entries} == {Change.SAME}
    assert _old(entries) == _new(entries) == [clause.path for clause in version.clauses]


@settings(max_examples=40)
@given(CLAUSES, CLAUSES)
def test_every_clause_stands_once_on_its_side(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    old, new = _version(one), _version(other)
    entries = diff(old, new)
    assert Counter(_old(entries)) == Counter(clause.path for clause in old.clauses)
    assert _new(entries) == [clause.path for clause in new.clauses]


def _change(before: str, after: str) -> tuple[Change, list[str]]:
    entries = diff(_version([("Preaviso", before)]), _version([("Preaviso", after)]))
    entry = next(entry for entry in entries if isinstance(entry, Matched) and entry.new.path == "1.1")
    return entry.change, [one.what for one in entry.differences]


def test_what_is_more_than_words() -> None:
    said = "El cliente avisará con una antelación de quince (15) días naturales a la fecha de renovación."
    assert _change(said, said.replace("quince (15)", "treinta (30)")) == (Change.CHANGED, ["notice/notice"])
    assert _change(said, said.replace("naturales", "hábiles")) == (Change.CHANGED, ["notice/notice"])
    assert _change(said, said.replace("avisará", "tendrá que avisar")) == (Change.REWORDED, [])
    people = "El servicio se puede usar en cinco (5) pantallas a la vez y en una casa."
    assert _change(people, people.replace("cinco (5)", "seis (6)")) == (Change.CHANGED, ["numbers"])
    may = "El cliente podrá usar el servicio en otra casa distinta de la suya."
    assert _change(may, may.replace("podrá", "no podrá")) == (Change.CHANGED, ["negation"])
    points = "El cliente podrá irse en los términos de la cláusula 11 y nada más que eso."
    assert _change(points, points.replace("11", "12")) == (Change.REWORDED, [])


def test_a_clause_that_moved_is_the_same() -> None:
    law, price = (
        ("Ley aplicable", "El contrato se rige por la ley española."),
        ("Precio", "El precio es de 9,99 € al mes."),
    )
    entries = diff(_version([law, price]), _version([price, law]))
    assert {entry.change for entry in entries} == {Change.SAME}
    assert _old(entries) == ["2", "2.1", "1", "1.1"]
