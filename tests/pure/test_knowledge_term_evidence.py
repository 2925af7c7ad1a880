"""What stands around a quantity: the shipped weights speak of what is looked for, and chances are chances."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.clause_keys import ClauseKey
from knowledge.quantities import quantities
from knowledge.term_evidence import (
    KINDS,
    NOTHING,
    Meaning,
    Setting,
    Weighing,
    chances,
    concepts,
    features_of,
    likeliest,
    weighing_from,
)
from knowledge.term_shapes import shapes

WEIGHTS = json.loads((resources.files("knowledge") / "term_weights.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", [*KINDS.values(), *(shape.name for shape in shapes())])
def test_every_weight_is_for_something_that_is_looked_for(kind: str) -> None:
    named = {name.split(":")[1] for name in WEIGHTS[kind]["weights"] if ":" in name}
    assert named <= set(concepts())
    weighing = weighing_from(WEIGHTS[kind])
    assert {len(row) for row in weighing.weights.values()} <= {len(weighing.meanings)} == {len(weighing.bias)}


@given(st.dictionaries(st.sampled_from(["named=term", "ahead:tell", "no such"]), st.floats(-40, 40)))
def test_chances_add_up_to_one(features: dict[str, float]) -> None:
    weighing = Weighing(("notice/notice", NOTHING), (0.5, -0.5), {"named=term": (9.0, -9.0), "ahead:tell": (1.0, 2.0)})
    assert sum(weighing.chances(features).values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("found", "meaning"),
    [
        ({"notice/notice": 0.6, "change/notice": 0.3, NOTHING: 0.1}, "notice/notice"),
        ({"notice/notice": 0.3, NOTHING: 0.7}, "notice/notice"),
        ({"notice/notice": 0.2, NOTHING: 0.8}, ""),
        ({"notice/notice": 0.15, "change/notice": 0.15, "price/notice": 0.15, NOTHING: 0.1}, ""),
    ],
)
def test_silence_needs_to_be_several_times_as_likely(found: dict[str, float], meaning: str) -> None:
    best = likeliest(found)
    assert (f"{best.key}/{best.kind}" if isinstance(best, Meaning) else "") == meaning


def test_a_concept_counts_by_side_and_by_how_near() -> None:
    sentence = "we will tell you about it, and about many other things that may matter to you one day, 30 days before"
    (place,) = (one for one in quantities(sentence, "en") if sentence[one.start] == "3")
    features = features_of(place, (place,), Setting(sentence, "changes", "", (), (), "provider"))
    assert (features["ahead:tell"], features["heading:change"], features["party=provider"]) == (0.6, 1.0, 1.0)
    assert "behind:tell" not in features


def test_words_side_by_side_and_what_a_quantity_is_counted_from_are_seen() -> None:
    sentence = "you tell us 30 days before your next renewal date"
    (place,) = quantities(sentence, "en")
    features = features_of(place, (place,), Setting(sentence, "", "", (), (), "customer"))
    assert {"pair=tell us", "pair=befor your", "pair=your next"} <= set(features)
    assert {name for name in features if name.startswith("anchor=")} == {
        "anchor=your", "anchor=next", "anchor=renew", "anchor=date"
    }  # fmt: skip
    unfinished = features_of(place, (place,), Setting("you tell us 30 days", "", "", (), (), "customer"))
    assert not any(name.startswith("anchor=") for name in unfinished)


def test_another_writers_words_are_weighed() -> None:
    sentence = "you have got 21 days from the day you joined to reconsider, whatever the reason"
    (place,) = quantities(sentence, "en")
    keys = (ClauseKey.TERM_USER,)
    found = chances(place, (place,), Setting(sentence, "second thoughts", "", keys, keys, "customer"))
    best = likeliest(found)
    assert best is not None
    assert f"{best.key}/{best.kind}" == "term_user/withdrawal"
