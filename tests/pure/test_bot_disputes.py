"""A contract that says two things on one point: both are quoted and a person is offered, never one chosen."""

from dataclasses import replace

import pytest

from bot.actions import How
from bot.conversation import decide
from bot.events import Event, Gathered, PassagesFound
from knowledge.answers import Drafted
from knowledge.at_odds import clauses_at_odds
from knowledge.clause_reader import read_contract
from knowledge.contracts import clauses
from knowledge.passages import Block, Document, Found, Kind, Passage, Shape
from knowledge.scope import Reach
from knowledge.term_reading import read_terms
from knowledge.terms import conflicts
from records.types import Citation, Language
from tests.pure.talks import NOW, said, talk

NOTICE = "Para no renovar, el cliente avisará con una antelación mínima de {} días naturales."
PREVAILS = "En caso de contradicción, las condiciones particulares prevalecerán sobre estas condiciones generales."
AT_ODDS = (("Preaviso", NOTICE.format("quince (15)")), ("Fin y preaviso", NOTICE.format("treinta (30)")))
ASKED = "¿Con cuánta antelación aviso para no renovar?"


def _sections(*written: tuple[str, str], version: str = "2027") -> tuple[Passage, ...]:
    document = _document(*written)
    source = f"contracts/terms-{version}.es.md"
    return tuple(
        Passage(f"chk_{version}_{one.path}", source, one.path, one.heading, one.text, Language.ES, Kind.CONTRACT, 0.9)
        for one in clauses(document)
    )


def _document(*written: tuple[str, str]) -> Document:
    blocks = [
        Block(shape, text)
        for number, (title, text) in enumerate(written, start=1)
        for shape, text in ((Shape.HEADING, f"{number}. {title}"), (Shape.TEXT, f"{number}.1. {text}"))
    ]
    return Document("x", {}, tuple(blocks))


def _found(*written: tuple[str, str], path: str = "1.1") -> Found:
    """What the library and the register make of a contract where the clause `path` is found first."""
    sections = _sections(*written)
    disputed = conflicts(read_terms(read_contract(_document(*written)), "es"))
    ranked = tuple(sorted((one for one in sections if one.text), key=lambda one: one.path != path))
    return Found(ranked, 0.99, 0.99, at_odds=clauses_at_odds(ranked, disputed, sections))


@pytest.mark.parametrize("path", ["1.1", "2.1"])
def test_both_clauses_are_quoted_whichever_was_found(path: str) -> None:
    turn = said(decide(talk(), PassagesFound(ASKED, _found(*AT_ODDS, path=path)), NOW))
    assert [(one.path, one.quote) for one in turn.citations] == [
        ("1.1", f"1.1. {NOTICE.format('quince (15)')}"),
        ("2.1", f"2.1. {NOTICE.format('treinta (30)')}"),
    ]
    assert all(one.quote in turn.text for one in turn.citations)
    assert "Cláusula 1.1, «Preaviso»" in turn.text
    assert "Cláusula 2.1, «Fin y preaviso»" in turn.text
    assert [choice.data for choice in turn.choices] == ["person"]


def test_what_prevails_is_quoted_and_not_applied() -> None:
    turn = said(decide(talk(), PassagesFound(ASKED, _found(*AT_ODDS, ("Varios", PREVAILS))), NOW))
    assert [one.path for one in turn.citations] == ["1.1", "2.1", "3.1"]
    assert turn.citations[2].quote in turn.text
    assert "Sobre qué parte prevalece" in turn.text


def test_a_tapped_clause_is_no_choice_between_the_two() -> None:
    event = PassagesFound("Cláusula 2.1: Fin y preaviso", _found(*AT_ODDS), How.PICKED)
    assert len(said(decide(talk(), event, NOW)).citations) == 2


def test_clauses_that_agree_and_other_points_are_answered_as_ever() -> None:
    agreed = _found(("Preaviso", NOTICE.format("quince (15)")), ("Fin y preaviso", NOTICE.format("15")))
    other = _found(*AT_ODDS, ("Ley", "El contrato se rige por la ley española."), path="3.1")
    for found, path in ((agreed, "1.1"), (other, "3.1")):
        turn = said(decide(talk(), PassagesFound(ASKED, found), NOW))
        assert ([one.path for one in turn.citations], turn.choices) == ([path], ())


def test_a_model_cannot_choose_one_of_the_two() -> None:
    found = _found(*AT_ODDS)
    first = found.passages[0]
    chosen = Drafted("Quince (15) días naturales.", (Citation(first.source, first.path, "quince (15)"),), (first,))
    turn = said(decide(talk(), PassagesFound(ASKED, found, wording=chosen), NOW))
    assert [one.path for one in turn.citations] == ["1.1", "2.1"]


def test_among_several_questions_and_several_versions_too() -> None:
    found = _found(*AT_ODDS)
    other = replace(
        _sections(("Preaviso", NOTICE.format("diez (10)")), version="2024")[-1], reach=Reach(countries=("MX",))
    )
    apart = replace(found, variants=(other,))
    asked: list[Event] = [
        Gathered(ASKED, (PassagesFound(ASKED, found), PassagesFound("¿Y la ley?", Found((), 0.0, 0.0)))),
        PassagesFound(ASKED, apart),
    ]
    several, versions = (said(decide(talk(), event, NOW)) for event in asked)
    assert [one.path for one in several.citations] == ["1.1", "2.1"]
    assert "person" in [choice.data for choice in several.choices]
    assert [(one.source[-10:], one.path) for one in versions.citations] == [
        ("2027.es.md", "1.1"),
        ("2027.es.md", "2.1"),
        ("2024.es.md", "1.1"),
    ]
    assert [choice.data for choice in versions.choices] == ["prove", "person"]
