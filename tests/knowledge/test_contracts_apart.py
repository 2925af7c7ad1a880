"""Contracts as companies write them, by authors who had seen neither the rules nor any text they were made on.

Nothing is fitted on them and nothing mended for what they say: they measure what a contract nobody has tried gives up.
"""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge.terms import Term, shown
from tests.knowledge.contracts_made.writing import Planted, written
from tests.knowledge.test_fresh_contracts import Read, read_made

FOLDER = Path(__file__).parent / "contracts_apart"
LEAST_STATED = 0.94
LEAST_EXACT = 0.82
_LEADING = re.compile(
    r"^(?:(?:the|an?|your|our|by|through|el|la|los|las|del|al|una?|tu|sus?|por|mediante|a través del?)\s+)+",
    re.IGNORECASE,
)
_PRICE = re.compile(r"(?P<figures>\d+\.\d+)(?P<per> \S+ per \w+)")


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> list[Read]:
    folder = tmp_path_factory.mktemp("apart")
    made = [one for path in sorted(FOLDER.iterdir()) for one in written(path)]
    return [read_made(one, one.formats[turn % len(one.formats)], folder) for turn, one in enumerate(made)]


def test_every_clause_number_is_right(reads: list[Read]) -> None:
    for name, made, contract, _ in reads:
        expected = set(made.paths)
        found = [clause.path for clause in contract.clauses]
        assert [path for path in found if path in expected or path[0].isdigit() or " " in path] == list(made.paths), (
            name
        )


def test_most_terms_are_read_rightly(reads: list[Read], capsys: pytest.CaptureFixture[str]) -> None:
    planted = [(name, one, terms) for name, made, _, terms in reads for one in made.planted]
    stated = [(name, one) for name, one, terms in planted if any(_says(term, one) for term in terms)]
    exact = [
        one for _, one, terms in planted if any(_says(term, one) and _alike(term.quote, one.quote) for term in terms)
    ]
    with capsys.disabled():
        print(
            f"\nof {len(planted)} terms {len(stated)} are read with their value and in their words"
            f" ({len(stated) / len(planted):.1%}), {len(exact)} in exactly those marked ({len(exact) / len(planted):.1%})"
        )
    missed = [(name, one) for name, one, _ in planted if (name, one) not in stated]
    assert len(stated) / len(planted) >= LEAST_STATED, missed
    assert len(exact) / len(planted) >= LEAST_EXACT


def test_quotes_are_slices_of_the_text(reads: list[Read]) -> None:
    for _, _, contract, terms in reads:
        for term in terms:
            assert contract.text[term.start : term.end] == term.quote


def _says(term: Term, planted: Planted) -> bool:
    """The same kind and value in the same words, or some of them. A value that is its own words is as good as they are."""
    said, value = _bare(shown(term.value)), _bare(planted.value)
    mine, theirs = _bare(term.quote), _bare(planted.quote)
    if f"{term.key}/{term.kind}" != planted.what or not (mine in theirs or theirs in mine):
        return False
    return said == value or value == theirs


def _alike(mine: str, theirs: str) -> bool:
    return _bare(mine) == _bare(theirs)


def _bare(words: str) -> str:
    """Without the article, possessive or preposition in front, which their authors were asked to leave out, the apostrophe of a
    genitive, and the noughts of a round price."""
    short = _LEADING.sub("", words.strip()).removesuffix("'s").removesuffix("'").lower()
    return _PRICE.sub(lambda price: f"{Decimal(price['figures']).normalize():f}{price['per']}", " ".join(short.split()))
