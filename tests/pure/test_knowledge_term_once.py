"""Quantities of one contract, decided together: what is stated once is left to the one that surely states it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.clause_reader import read_contract
from knowledge.passages import Block, Document, Shape
from knowledge.quantities import Length
from knowledge.term_evidence import NOTHING, chance_of_another
from knowledge.term_once import Weighed, settled
from knowledge.term_reading import read_terms
from knowledge.terms import WEIGHED, conflicts, shown

MONTH, WEEK = Length(1, "month"), Length(1, "week")
SURE = Weighed(MONTH, {"notice/notice": 0.9, "change/notice": 0.05, NOTHING: 0.05})
TORN = {"notice/notice": 0.5, "change/notice": 0.45, NOTHING: 0.05}


def test_what_another_quantity_surely_is_is_left_to_it() -> None:
    found = settled([SURE, Weighed(WEEK, TORN)])
    assert max(found[0], key=lambda name: found[0][name]) == "notice/notice"
    assert max(found[1], key=lambda name: found[1][name]) == "change/notice"


def test_the_same_value_said_again_says_the_same_again() -> None:
    assert settled([SURE, Weighed(MONTH, TORN)])[1] == pytest.approx(TORN)


def test_one_alone_stays_as_it_was() -> None:
    assert settled([SURE])[0] == pytest.approx(SURE.chances)
    assert settled([]) == ()


def test_contracts_state_a_price_twice_more_often_than_their_length() -> None:
    assert 0 < chance_of_another("term/length") < chance_of_another("price/amount") < 1


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(0, 1), st.floats(0, 1)), max_size=6))
def test_chances_stay_chances(drawn: list[tuple[int, float, float]]) -> None:
    given_chances = [
        Weighed(
            Length(count, "day"), {"notice/notice": one * other, "change/notice": one * (1 - other), NOTHING: 1 - one}
        )
        for count, one, other in drawn
    ]
    for found in settled(given_chances):
        assert sum(found.values()) == pytest.approx(1.0)
        assert all(0 <= chance <= 1 + 1e-9 for chance in found.values())


def test_clauses_that_each_say_it_plainly_stay_at_odds() -> None:
    rows = (
        "1. Cancellation",
        "1.1. You may cancel this contract by giving us at least 30 days' notice in writing.",
        "2. Ending the contract",
        "2.1. You may terminate by giving us at least 60 days' notice.",
        "3. Term",
        "3.1. The initial term is 12 months.",
        "4. Duration",
        "4.1. This agreement lasts for 24 months.",
    )
    blocks = tuple(Block(Shape.TEXT if at % 2 else Shape.HEADING, row) for at, row in enumerate(rows))
    terms = read_terms(read_contract(Document("x", {}, blocks)), "en-GB")
    assert {f"{one.key}/{one.kind}": {shown(term.value) for term in one.terms} for one in conflicts(terms)} == {
        "notice/notice": {"30 days", "60 days"},
        "term/length": {"12 months", "24 months"},
    }
    assert all(term.confidence > WEIGHED for term in terms if isinstance(term.value, Length))
