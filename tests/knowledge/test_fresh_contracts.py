"""Contracts written before the rules had seen them, in the wordings of many trades and countries: numbers and terms."""

from pathlib import Path

import pytest

from knowledge.clause_reader import read_contract
from knowledge.clauses import Contract
from knowledge.contract_keeping import locale_of
from knowledge.loaders import load
from knowledge.term_reading import read_terms
from knowledge.terms import Term, shown
from records.types import Language
from tests.knowledge.contracts_made.printing import FORMATS, HIDDEN
from tests.knowledge.contracts_made.writing import Written, written

FOLDER = Path(__file__).parent / "contracts_fresh"
BLIND = Path(__file__).parent / "contracts_blind"
SETS = tuple(sorted(path.name for path in FOLDER.iterdir()))
SAMPLE = (
    "english_4",
    "spanish_4",
)  # of the sets by authors who have never seen the rules; only fitted for, not mended for
CORE = frozenset(
    {
        "notice/notice", "penalty/amount", "penalty/commitment", "renewal/mode", "renewal/period", "term/start", "term/end",
        "term/length", "law/law", "law/court", "term_user/withdrawal", "term_provider/notice", "price/notice", "price/amount",
        "change/notice",
    }
)  # fmt: skip
"""The kinds a person asks for first."""
LEAST_BLIND = 0.7
LEAST_FOUND = 0.95
MOST_UNPLANTED = 0.05  # what is found and not planted: much of it stands there, too, and was not marked

Read = tuple[str, Written, Contract, tuple[Term, ...]]


@pytest.fixture(scope="module", params=SETS)
def reads(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Read]:
    """Every contract of one set, in one of its two formats by turns."""
    folder = tmp_path_factory.mktemp(request.param)
    return [
        read_made(made, made.formats[turn % 2], folder) for turn, made in enumerate(written(FOLDER / request.param))
    ]


def read_made(made: Written, form: str, folder: Path) -> Read:
    ending, put = FORMATS[form]
    path = folder / f"{made.name}-{form}.{made.locale}{ending}"
    put(made, path)
    document = load(path, path.name)
    contract = read_contract(document)
    terms = read_terms(contract, locale_of(path, document, Language(made.language), {}))
    return f"{made.name}-{form}", made, contract, terms


def test_every_clause_number_is_right(reads: list[Read]) -> None:
    for name, made, contract, _ in reads:
        expected = set(made.paths)
        found = [clause.path for clause in contract.clauses]
        kept = [path for path in found if path in expected or path[0].isdigit() or " " in path]
        assert kept == list(made.paths), name
        assert HIDDEN not in contract.text, name


def test_terms_are_found_word_for_word_and_little_else(reads: list[Read], capsys: pytest.CaptureFixture[str]) -> None:
    planted = {(name, one.path, one.what, one.value, one.quote) for name, made, _, _ in reads for one in made.planted}
    found = {
        (name, term.path, f"{term.key}/{term.kind}", shown(term.value), term.quote)
        for name, _, _, terms in reads
        for term in terms
    }
    missed, unplanted = planted - found, found - planted
    core = {one for one in planted if one[2] in CORE}
    with capsys.disabled():
        print(
            f"\nfound {len(planted - missed)} of {len(planted)} planted terms, and {len(unplanted)} that were not planted;"
            f" of the core kinds {len(core - missed)} of {len(core)}"
        )
    assert len(missed) / len(planted) <= 1 - LEAST_FOUND, missed
    assert len(unplanted) / len(found) <= MOST_UNPLANTED, unplanted


@pytest.mark.parametrize("name", SAMPLE)
def test_what_other_authors_write_is_mostly_found(name: str, tmp_path: Path) -> None:
    reads = [read_made(made, made.formats[turn % 2], tmp_path) for turn, made in enumerate(written(BLIND / name))]
    planted = [(one, terms) for _, made, _, terms in reads for one in made.planted]
    found = [
        any((one.what, one.value, one.quote) == (f"{t.key}/{t.kind}", shown(t.value), t.quote) for t in terms)
        for one, terms in planted
    ]
    assert sum(found) / len(planted) >= LEAST_BLIND, [
        one for (one, _), hit in zip(planted, found, strict=True) if not hit
    ]


def test_quotes_are_slices_of_the_text(reads: list[Read]) -> None:
    for _, _, contract, terms in reads:
        for term in terms:
            assert contract.text[term.start : term.end] == term.quote
            assert term.quote in term.sentence
