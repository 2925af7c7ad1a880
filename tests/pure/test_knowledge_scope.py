"""Whom a text is for: what is known decides, what is unknown is kept and named, what is not in force is never shown."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.scope import (
    ANYBODY,
    EVERYBODY,
    BadReach,
    Fit,
    Label,
    Reach,
    Scope,
    fit,
    from_plain,
    open_facts,
    reach_of,
    reach_said,
    shown,
    to_plain,
)

DAY = date(2027, 3, 1)
LUCIA = Scope("terms-2024", "ES", moved=False, on=DAY, facts=(("plan", "annual"), ("region", "")))


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (EVERYBODY, Fit.IN),
        (Reach(countries=("ES", "MX")), Fit.IN),
        (Reach(countries=("MX",)), Fit.OUT),
        (Reach(contracts=("terms-2027",)), Fit.OUT),
        (Reach(stage="before"), Fit.IN),
        (Reach(stage="after"), Fit.OUT),
        (Reach(segment=(("plan", "monthly"), ("plan", "Annual"))), Fit.IN),
        (Reach(segment=(("plan", "annual"), ("region", "north"))), Fit.UNKNOWN),
        (Reach(segment=(("plan", "monthly"), ("region", "north"))), Fit.OUT),
        (Reach(valid_from=DAY, valid_until=DAY), Fit.IN),
        (Reach(valid_until=DAY - timedelta(days=1)), Fit.OUT),
        (Reach(valid_from=DAY + timedelta(days=1)), Fit.OUT),
    ],
)
def test_fit(reach: Reach, expected: Fit) -> None:
    assert fit(reach, LUCIA) is expected


def test_what_is_unknown_is_kept_and_named() -> None:
    reach = Reach(("ES",), ("terms-2024",), "after", segment=(("plan", "annual"),))
    assert fit(reach, ANYBODY) is Fit.UNKNOWN
    assert open_facts(reach, ANYBODY) == ("contract", "country", "stage", "segment")
    assert open_facts(reach, Scope(contract="terms-2024", moved=True)) == ("country", "segment")
    assert fit(reach, Scope(country="MX")) is Fit.OUT


def test_without_a_day_nothing_dated_is_shown() -> None:
    assert fit(Reach(valid_from=DAY), ANYBODY) is Fit.OUT


def test_a_version_that_is_not_in_force_does_not_hide_the_one_that_is() -> None:
    old, new = Label("terms-2024"), Label("terms-2027", Reach(valid_from=DAY))
    assert shown([old, new], Scope(on=DAY - timedelta(days=1))) == [True, False]
    assert shown([old, new], Scope(on=DAY)) == [False, True]
    assert shown([old, new], Scope(on=DAY, contract="terms-2024")) == [True, False]


def test_reading_what_a_document_says() -> None:
    said = {
        "countries": "es, mx",
        "stage": "after",
        "valid_until": "2027-12-31",
        "segment": "plan=annual",
        "title": "x",
    }
    reach = reach_of(said)
    assert reach == Reach(("ES", "MX"), (), "after", None, date(2027, 12, 31), (("plan", "annual"),))
    assert reach_said([("stage", "before")], reach).stage == "before"
    assert reach_said([("stage", "before")], reach).countries == ("ES", "MX")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"countries": "Spain"}, "countries: 'SPAIN'"),
        ({"stage": "during"}, "stage: 'during'"),
        ({"valid_from": "1/3/2027"}, "valid_from: '1/3/2027'"),
        ({"valid_from": "2027-03-02", "valid_until": "2027-03-01"}, "before valid_from"),
        ({"segment": "annual"}, "segment: 'annual'"),
    ],
)
def test_what_cannot_be_understood_is_named(said: dict[str, str], why: str) -> None:
    with pytest.raises(BadReach, match=why):
        reach_of(said)


def test_a_heading_may_say_nothing_else() -> None:
    with pytest.raises(BadReach, match="colour: is not known here"):
        reach_said([("colour", "red")], EVERYBODY)


_words = st.text("abcxyz", min_size=1, max_size=3)
_days = st.dates(date(2026, 1, 1), date(2028, 1, 1))
_reaches = st.builds(
    Reach,
    countries=st.lists(st.sampled_from(["ES", "MX", "GB"]), max_size=2).map(tuple),
    contracts=st.lists(_words, max_size=2).map(tuple),
    stage=st.sampled_from(["", "before", "after"]),
    valid_from=st.none() | _days,
    valid_until=st.none() | _days,
    segment=st.lists(st.tuples(_words, _words), max_size=3).map(tuple),
)
_scopes = st.builds(
    Scope,
    contract=st.just("") | _words,
    country=st.sampled_from(["", "ES", "MX", "GB"]),
    moved=st.none() | st.booleans(),
    on=st.none() | _days,
    facts=st.lists(st.tuples(_words, _words), max_size=3).map(tuple),
)


@given(_reaches)
def test_kept_and_read_back(reach: Reach) -> None:
    assert from_plain(to_plain(reach)) == reach


@given(_reaches, _scopes, _days)
def test_learning_more_never_lets_in_what_was_out(reach: Reach, known: Scope, day: date) -> None:
    less = Scope(on=known.on)
    if fit(reach, less) is Fit.OUT:
        assert fit(reach, known) is Fit.OUT
    in_force = (reach.valid_from or day) <= day <= (reach.valid_until or day)
    assert in_force or fit(reach, Scope(known.contract, known.country, known.moved, day, known.facts)) is Fit.OUT
