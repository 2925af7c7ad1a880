"""The words a question hangs on, and whether any text has heard of them."""

import pytest

from knowledge.hinges import hinges_of
from knowledge.lexicon import shipped_lexicon
from knowledge.questions import read_query
from knowledge.scorers import Bm25
from records.types import Language

ES, EN = Language.ES, Language.EN


@pytest.mark.parametrize(
    ("question", "language", "hinges"),
    [
        ("how long is the notice period for leaving my flat", EN, {"flat"}),
        ("Can I gift a membership to my sister for Christmas?", EN, {"christmas"}),
        ("How do I wipe it?", EN, {"wipe"}),
        ("I paid in February. Is that lost?", EN, set()),
        ("¿Podré seguir escuchando si me mudo a Alemania?", ES, {"alemania"}),
        ("si me voy a vivir a Chile, ¿puedo seguir?", ES, {"chile"}),
        ("¿Cómo borro mi historial?", ES, {"borro", "historial"}),
        ("¿respetáis la tarifa de entonces?", ES, set()),
        ("", EN, set()),
    ],
)
def test_a_question_hangs_on_what_its_clauses_end_in_and_on_what_is_to_be_done(
    question: str, language: Language, hinges: set[str]
) -> None:
    assert hinges_of(question, language) == hinges
    content = read_query(question, language, language, shipped_lexicon()).content
    assert any(word.hinge for word in content) is bool(hinges)


def test_a_word_that_no_text_has_is_told_from_one_that_is_mistyped() -> None:
    words = Bm25([["platform", "change"], ["invoice", "look"]], 1.2, 0.75)
    assert words.never_heard("flat")
    assert words.never_heard("plato")
    assert not words.never_heard("invoice")
    assert not words.never_heard("platfrom")
    assert not words.never_heard("invoce")
