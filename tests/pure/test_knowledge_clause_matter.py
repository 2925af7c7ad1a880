"""What a clause is about where no list names it: weighed by its words and its place, and never beyond a chance."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.clause_keys import ClauseKey, keys_by_heading, keys_of
from knowledge.clause_matter import Judge, Matter, chances_of_keys, keys_seen
from knowledge.term_evidence import concepts
from knowledge.term_passages import passages
from tests.knowledge.test_term_sentences import contract_of

WEIGHTS = json.loads((resources.files("knowledge") / "clause_weights.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("heading", "text", "key"),
    [
        ("Passing it on", "A friend can have your spot if we say yes.", ClauseKey.ASSIGN),
        ("And then?", "Your box carries on by itself every month until you tell us to stop.", ClauseKey.RENEWAL),
        ("What we keep", "Your photographs are wiped ninety days after you go.", ClauseKey.DATA),
    ],
)
def test_a_heading_no_list_knows_is_weighed(heading: str, text: str, key: ClauseKey) -> None:
    contract = contract_of(heading, text)
    assert key not in keys_by_heading(heading)
    assert key not in keys_of(contract.clauses[-1])
    assert key in next(one for one in passages(contract) if one.clause is contract.clauses[-1]).keys


def test_what_a_list_names_stays_first() -> None:
    seen = Matter("Price", "£9 a month", (ClauseKey.PRICE,), (ClauseKey.PRICE,), 0.5, (), ())
    keys, named = keys_seen(seen, lambda _: dict.fromkeys(ClauseKey, 0.9))
    assert (keys[0], named) == (ClauseKey.PRICE, (ClauseKey.PRICE,))
    assert set(keys) == set(ClauseKey)


def test_nothing_probable_adds_nothing() -> None:
    seen = Matter("Hours", "Open at nine.", (), (ClauseKey.MISC,), 0.5, (), ())
    assert keys_seen(seen, lambda _: dict.fromkeys(ClauseKey, 0.1)) == ((ClauseKey.MISC,), ())


@given(st.text(max_size=80), st.text(max_size=300), st.floats(0, 1))
def test_a_chance_is_a_chance_whatever_the_words(heading: str, text: str, share: float) -> None:
    found = chances_of_keys(Matter(heading, text, (), (), share, ("start",), ("end",)))
    assert set(found) == set(ClauseKey)
    assert all(0 <= chance <= 1 for chance in found.values())


def test_a_great_weight_is_no_overflow() -> None:
    judge = Judge(tuple(map(str, ClauseKey)), (-5000.0,) * len(ClauseKey), {})
    assert list(judge.chances({}).values()) == pytest.approx([0.0] * len(ClauseKey))


def test_every_weight_is_for_something_that_is_looked_for() -> None:
    assert WEIGHTS["keys"] == [str(key) for key in ClauseKey]
    assert {len(row) for row in (*WEIGHTS["weights"].values(), WEIGHTS["bias"])} == {len(ClauseKey)}
    assert {name.split(":")[1] for name in WEIGHTS["weights"] if ":" in name} <= set(concepts())
