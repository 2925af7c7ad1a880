"""How a contract differs from the newest one: told only as confirmed, each change quoted on both sides."""

from typing import Any

import pytest

from bot.alterations import MOST, asks_what_changes
from bot.conversation import decide
from bot.events import PassagesFound
from knowledge.alterations import quoted_alterations
from knowledge.passages import Altered, Found, Kind, Passage
from records.types import Language
from tests.pure.talks import NOW, said, talk

QUESTION = "¿Qué cambia en las condiciones?"


@pytest.mark.parametrize(
    "text",
    [
        QUESTION,
        "que diferencias hay entre mi contrato y las nuevas condiciones",
        "¿En qué cambia el contrato nuevo?",
        "¿cuáles son los cambios en los términos?",
        "What differs in the new terms?",
        "what's changing in my contract?",
        "How do the new terms differ from mine?",
        "list the changes to the terms",
    ],
)
def test_who_asks_how_the_terms_differ_is_understood(text: str) -> None:
    assert asks_what_changes(text)


@pytest.mark.parametrize(
    "text",
    [
        "¿Qué pasa si cambiáis las condiciones?",
        "¿Podéis cambiar las condiciones del contrato?",
        "What happens if you change the terms?",
        "When will the terms change?",
        "¿Cambia el precio?",
        "¿Qué dice el contrato sobre la baja?",
        "What notice do I get of changes to the terms?",
    ],
)
def test_other_questions_about_changes_are_not_taken_for_it(text: str) -> None:
    assert not asks_what_changes(text)


def _section(version: str, path: str, heading: str, text: str) -> Passage:
    source = f"contracts/terms-{version}.es.md"
    return Passage(f"{version}_{path}", source, path, heading, text, Language.ES, Kind.CONTRACT, 1.0, contract=version)


def _entry(change: str, old: Passage | None, new: Passage | None, was: str = "", now: str = "") -> dict[str, Any]:
    sides = [one and {"path": one.path, "heading": one.title, "text": one.text} for one in (old, new)]
    return {
        "change": change,
        "old": sides[0],
        "new": sides[1],
        "differences": [{"what": "numbers", "old": [was], "new": [now]}] if was else [],
    }


OLD = (
    _section("2024", "1.1", "Preaviso", "1.1. El preaviso es de quince días."),
    _section("2024", "2.1", "Pago", "2.1. Se paga cada mes."),
    _section("2024", "3.1", "Regalos", "3.1. Hay un regalo al año."),
)
NEW = (
    _section("2027", "1.2", "Preaviso", "1.2. El preaviso es de treinta días."),
    _section("2027", "2.1", "Pago", "2.1. Se paga cada mes."),
    _section("2027", "4.1", "Datos", "4.1. Los datos se borran al mes."),
)
ENTRIES = (
    _entry("changed", OLD[0], NEW[0], "quince días", "treinta días"),
    _entry("same", OLD[1], NEW[1]),
    _entry("reworded", OLD[1], NEW[1]),
    _entry("gone", OLD[2], None),
    _entry("new", None, NEW[2]),
)


def _event(altered: tuple[Altered, ...]) -> PassagesFound:
    return PassagesFound(QUESTION, Found((), 0.0, 0.0), altered=altered)


def test_each_change_is_quoted_on_the_sides_it_has() -> None:
    turn = said(decide(talk(), _event(quoted_alterations(ENTRIES, OLD, NEW)), NOW))
    assert [(one.source[-10:-6], one.path, one.quote) for one in turn.citations] == [
        ("2024", "1.1", OLD[0].text),
        ("2027", "1.2", NEW[0].text),
        ("2024", "3.1", OLD[2].text),
        ("2027", "4.1", NEW[2].text),
    ]
    assert all(one.quote in turn.text for one in turn.citations)
    assert "Se paga cada mes" not in turn.text
    assert [choice.data for choice in turn.choices] == ["person"]


def test_a_list_with_a_hole_is_not_told() -> None:
    assert quoted_alterations(ENTRIES, OLD, NEW[:2]) == ()


def test_a_long_list_names_the_headings_of_the_rest() -> None:
    old = tuple(_section("2024", f"{at}.1", f"Parte {chr(65 + at)}", f"{at}.1. Son {at + 10} días.") for at in range(7))
    new = tuple(_section("2027", f"{at}.1", f"Parte {chr(65 + at)}", f"{at}.1. Son {at + 30} días.") for at in range(7))
    entries = [_entry("changed", was, now, "días", "días") for was, now in zip(old, new, strict=True)]
    turn = said(decide(talk(), _event(quoted_alterations(entries, old, new)), NOW))
    assert len(turn.citations) == 2 * MOST
    assert "Parte E, Parte F, Parte G" in turn.text
