"""A notice quotes every confirmed change on both sides and says nothing of its own about them."""

from typing import Any

import pytest

from knowledge.contract_notice import notice_text
from knowledge.passages import NotGrounded
from records.types import Language

OLD = {"path": "7.2", "heading": "Preaviso", "text": "Avisaremos con treinta (30) días naturales."}
NEW = {"path": "8.1", "heading": "Preaviso", "text": "Avisaremos con quince (15) días naturales.\nPor correo."}


def _entry(change: str, old: dict[str, str] | None, new: dict[str, str] | None) -> dict[str, Any]:
    return {"change": change, "keys": [], "old": old, "new": new, "differences": []}


@pytest.mark.parametrize("language", Language)
def test_each_change_is_quoted_on_both_sides(language: Language) -> None:
    entries = [_entry("changed", OLD, NEW), _entry("same", OLD, OLD), _entry("reworded", OLD, NEW)]
    text = notice_text(entries, language)
    assert text.count("> Avisaremos con treinta (30) días naturales.") == 1
    assert "> Avisaremos con quince (15) días naturales.\n> Por correo." in text
    assert "7.2" in text
    assert "8.1" in text


def test_what_is_new_and_what_is_gone_stand_alone() -> None:
    text = notice_text([_entry("gone", OLD, None), _entry("new", None, NEW)], Language.ES)
    assert "Deja de estar, cláusula 7.2, «Preaviso»" in text
    assert "Es nuevo, cláusula 8.1, «Preaviso»" in text


def test_nothing_to_say_and_what_a_template_would_misread_are_refused() -> None:
    with pytest.raises(NotGrounded, match="say the same"):
        notice_text([_entry("same", OLD, OLD)], Language.ES)
    with pytest.raises(NotGrounded, match="by hand"):
        notice_text([_entry("new", None, NEW | {"text": "Paga {{ price }}."})], Language.ES)
