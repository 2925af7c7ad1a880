"""What whole sentences say on points a contract settles in words, where no rule and no shape knows the words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.clause_keys import ClauseKey
from knowledge.term_passages import passages, sentences
from knowledge.term_points import answer, features_of_sentence, points, words_of
from knowledge.term_reading import read_terms
from knowledge.terms import WEIGHED, Term, Word, shown
from tests.knowledge.test_term_sentences import contract_of

GUESSED = "At the end we keep your place for another year without asking you again."
POINT_NAMES = st.sampled_from(sorted(points()))


def _on(point: str, heading: str, text: str) -> list[Term]:
    return [term for term in read_terms(contract_of(heading, text), "en") if f"{term.key}/{term.kind}" == point]


@pytest.mark.parametrize(
    ("point", "heading", "text", "value", "some"),
    [
        ("renewal/mode", "Renewal", GUESSED, "automatic", "keep your place"),
        (
            "change/exit_right",
            "Changes",
            "If it does not suit you, hand in your card and we are quits.",
            "yes",
            "hand in",
        ),
        ("change/exit_right", "Cambios", "Si no te gustan las reglas, coges la puerta y en paz.", "yes", "la puerta"),
        ("assign/allowed", "Transfer", "Your seat is yours and nobody else may sit in it.", "forbidden", "nobody else"),
    ],
)
def test_words_nobody_has_listed_are_found_and_left_to_a_person(
    point: str, heading: str, text: str, value: str, some: str
) -> None:
    (term,) = _on(point, heading, text)
    assert shown(term.value) == value
    assert some in term.quote
    assert term.confidence <= WEIGHED


def test_a_contract_that_says_it_elsewhere_is_not_guessed_at() -> None:
    known = "The contract renews automatically."
    (term,) = _on("renewal/mode", "Renewal", f"{GUESSED} {known}")
    assert term.quote in known


def test_a_sentence_on_something_else_settles_nothing() -> None:
    terms = read_terms(contract_of("Parking", "Bicycles stand behind the shed. The gate is green."), "en")
    assert not [term for term in terms if f"{term.key}/{term.kind}" in points()]


@given(POINT_NAMES, st.text(alphabet="abcdeno ,.;5%€\n", max_size=80))
def test_an_answer_is_one_of_its_point_and_its_words_stand_in_the_sentence(point: str, text: str) -> None:
    for passage in passages(contract_of("Renewal", f"We put {text} you down.")):
        for sentence in sentences(passage, "en"):
            said = answer(point, features_of_sentence(passage, sentence), sentence)
            words = words_of(point, said.value, sentence) if said else None
            if said and words:
                start, end = words
                assert said.value in points()[point].answers
                assert 0 < said.chance < 1
                assert sentence.own <= start < end <= len(sentence.text)
                assert sentence.text[start:end].strip() == sentence.text[start:end]


def test_every_point_is_of_a_key_and_its_answers_are_words() -> None:
    for name, point in points().items():
        assert ClauseKey(name.split("/")[0])
        assert all(" " not in Word(one).word for one in point.answers)
        assert 0 < point.least <= point.again <= 1
