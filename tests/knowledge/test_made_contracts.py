"""Twenty contracts of made-up companies: every clause number right, and the terms planted in them found word for word."""

from pathlib import Path

import pytest

from knowledge.clause_reader import read_contract
from knowledge.clauses import Contract
from knowledge.contract_diff import Change, Version, diff
from knowledge.contract_keeping import locale_of
from knowledge.loaders import load
from knowledge.term_reading import read_terms
from knowledge.terms import Term, conflicts, shown
from records.types import Language
from tests.knowledge.contracts_made.printing import FORMATS, HIDDEN
from tests.knowledge.contracts_made.writing import Planted, Written, written

LEAST_FOUND = 0.95
MADE = {f"{made.name}-{form}": (made, form) for made in written() for form in made.formats}

Read = tuple[Written, Contract, tuple[Term, ...]]


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Read]:
    """Every contract, written to a file and read from it."""
    folder = tmp_path_factory.mktemp("made")
    return {name: _read(made, form, folder) for name, (made, form) in MADE.items()}


def _read(made: Written, form: str, folder: Path) -> Read:
    ending, put = FORMATS[form]
    path = folder / f"{made.name}-{form}.{made.locale}{ending}"
    put(made, path)
    document = load(path, path.name)
    contract = read_contract(document)
    return made, contract, read_terms(contract, locale_of(path, document, Language(made.language), {}))


def test_there_are_twenty_in_four_formats() -> None:
    assert len(MADE) == 20
    assert {form.removesuffix("-auto") for _, form in MADE.values()} == {"md", "html", "docx", "pdf"}


@pytest.mark.parametrize("name", MADE)
def test_every_clause_number_is_right(reads: dict[str, Read], name: str) -> None:
    made, contract, _ = reads[name]
    found = [clause.path for clause in contract.clauses]
    # What stands before the first clause has no number: the title, the date, the parties.
    expected = set(made.paths)
    assert [path for path in found if path in expected or path[0].isdigit() or " " in path] == list(made.paths)
    assert all(contract.text[clause.body : clause.end] == clause.text for clause in contract.clauses)
    assert HIDDEN not in contract.text
    assert "Version 3" not in contract.text


def _missed(read: Read) -> list[Planted]:
    made, _, terms = read
    found = {(term.path, f"{term.key}/{term.kind}", shown(term.value), term.quote) for term in terms}
    return [one for one in made.planted if (one.path, one.what, one.value, one.quote) not in found]


def test_planted_terms_are_found_word_for_word(reads: dict[str, Read], capsys: pytest.CaptureFixture[str]) -> None:
    planted = sum(len(made.planted) for made, _, _ in reads.values())
    missed = [(name, one) for name, read in reads.items() for one in _missed(read)]
    found = planted - len(missed)
    with capsys.disabled():
        print(f"\nplanted terms found with their exact words: {found} of {planted} ({found / planted:.1%})")
    assert found / planted >= LEAST_FOUND, missed


@pytest.mark.parametrize("name", MADE)
def test_quotes_are_slices_of_the_text(reads: dict[str, Read], name: str) -> None:
    _, contract, terms = reads[name]
    bodies = {clause.path: clause for clause in contract.clauses}
    for term in terms:
        assert contract.text[term.start : term.end] == term.quote
        assert term.quote in term.sentence
        assert bodies[term.path].start <= term.start < term.end <= bodies[term.path].end


@pytest.mark.parametrize("name", [name for name, (made, _) in MADE.items() if made.conflicts])
def test_clauses_at_odds_are_both_shown(reads: dict[str, Read], name: str) -> None:
    made, _, terms = reads[name]
    found = {f"{one.key}/{one.kind}": {term.path for term in one.terms} for one in conflicts(terms)}
    assert {what: found.get(what) for what, _ in made.conflicts} == {what: set(paths) for what, paths in made.conflicts}


@pytest.mark.parametrize("name", [name for name, (made, _) in MADE.items() if made.only])
def test_what_is_denied_is_never_its_opposite(reads: dict[str, Read], name: str) -> None:
    made, _, terms = reads[name]
    for what, value in made.only:
        assert {shown(term.value) for term in terms if f"{term.key}/{term.kind}" == what} == {value}


@pytest.mark.parametrize("name", MADE)
def test_a_contract_is_the_same_in_every_format(reads: dict[str, Read], name: str) -> None:
    made, contract, terms = reads[name]
    entries = diff(Version(contract.clauses, terms), Version(contract.clauses, terms))
    assert {entry.change for entry in entries} == {Change.SAME}
    others = [other for other in MADE if other.startswith(f"{made.name}-") and other != name]
    said = {(term.key, term.kind, shown(term.value)) for term in terms}
    for other in others:
        assert {(term.key, term.kind, shown(term.value)) for term in reads[other][2]} == said
