"""Why a turn came out as it did is told from what happened in it, as data and in plain lines."""

from dataclasses import replace

from bot.actions import Ask
from bot.conversation import decide
from bot.events import Event
from bot.explaining import Step, explain, lines
from bot.saving import changed
from records.types import Reason
from tests.pure.talks import CERTAIN, NOW, Shelf, heard, sure, talk, unsure


def steps_of(text: str, shelf: Shelf) -> tuple[Step, ...]:
    now, steps = talk(), list[Step]()
    events: list[Event] = [heard(text)]
    while events:
        event = events.pop(0)
        actions = decide(now, event, NOW)
        steps.append(Step(now, event, actions))
        for action in actions:
            now = replace(now, conversation=changed(now.conversation, action, NOW))
            if isinstance(action, Ask):
                events.append(shelf.answer(action))
    return tuple(steps)


def test_an_answer_is_explained_by_its_search_and_its_threshold() -> None:
    told = explain(steps_of("¿Sube el precio?", Shelf(precio=sure("No sube.", "¿Sube?", "price"))))
    assert (told["decision"], told["reason"], told["case"]) == ("answer", "answered", False)
    (search,) = told["searches"]
    assert (search["right"], search["needed"], search["verdict"]) == (0.99, round(CERTAIN, 4), "answer")
    assert search["candidates"][0]["path"] == "price"
    text = "\n".join(lines(told))
    for words in ("language: es", "none of them heard anything", "¿Sube?", "needed", "decision: answer (answered)"):
        assert words in text


def test_what_each_scorer_gave_a_candidate_is_told() -> None:
    found = sure("No sube.", "¿Sube?", "price")
    scored = replace(found, passages=tuple(replace(one, parts=(("word", 1.25),)) for one in found.passages))
    told = explain(steps_of("¿Sube el precio?", Shelf(precio=scored)))
    assert told["searches"][0]["candidates"][0]["parts"] == {"word": 1.25}
    assert "     scorers: word 1.25" in list(lines(told))


def test_an_act_is_explained_by_the_rule_alone() -> None:
    told = explain(steps_of("quiero darme de baja", Shelf()))
    assert told["rules"]["acts"] == ["cancellation"]
    assert told["searches"] == []
    assert told["case"]
    assert "decision: handoff (cancellation), a case was opened" in list(lines(told))


def test_the_parts_of_a_message_are_named() -> None:
    told = explain(steps_of("¿Sube el precio? ¿Y mi descuento?", Shelf(precio=sure("No."), descuento=unsure("A", "B"))))
    assert told["split"] == ["¿Sube el precio?", "¿Y mi descuento?"]
    assert [search["verdict"] for search in told["searches"]] == ["answer", "ask_back"]
    assert told["reason"] == Reason.ANSWERED
    assert "read as 2 questions" in "\n".join(lines(told))
