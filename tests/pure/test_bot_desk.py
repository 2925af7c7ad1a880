"""A case as staff see it: what its card offers as the case stands."""

import pytest

from bot.desk import draw_card
from records.types import CaseState, Language
from tests.pure.talks import case, talk


@pytest.mark.parametrize(
    ("state", "buttons", "menus"),
    [
        (CaseState.OPEN, ("claim", "resolve"), ()),
        (CaseState.CLAIMED, ("release", "resolve"), ("resolve",)),
        (CaseState.RESOLVED, ("reopen",), ()),
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_whoever_holds_a_case_may_name_the_entry_that_answers(
    state: CaseState, buttons: tuple[str, ...], menus: tuple[str, ...], language: Language
) -> None:
    card = draw_card(case(state, staff="U0LUIS001"), talk().conversation, (), language, "Europe/Madrid")
    assert tuple(button.data for button in card.buttons) == buttons
    assert tuple(menu.data for menu in card.menus) == menus
    assert all(menu.label and menu.ask and menu.yes and menu.no for menu in card.menus)
