"""Acts and complaints, and what only speaks of them, written by someone who had seen neither the rules nor what the weighing
was fitted on. Figures are printed; failures are listed, not cured by adding their words."""

import json
from collections.abc import Iterator

import pytest

from bot.runner import TurnResult
from console.asking import Question, ask
from console.wiring import House
from records.ids import new_id
from records.types import Decision, Language, Reason
from tests.answers.sample import QUESTIONS, sample_house

NO_ACT = (Reason.LOW_CONFIDENCE, Reason.NO_SOURCE, Reason.OTHER_LANGUAGE)
"""Why a case is opened for want of an answer, not because an act was heard."""

Told = tuple[str, frozenset[str], TurnResult]
"""What was said, the reasons that would be right (none: it is no act), and what the bot made of it."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = sample_house(tmp_path_factory.mktemp("acts") / "w")
    yield opened
    opened.close()


@pytest.mark.parametrize("language", list(Language))
def test_acts_in_any_words_go_to_a_person_and_talk_about_them_does_not(house: House, language: Language) -> None:
    lines = (QUESTIONS / f"acts.{language}.jsonl").read_text(encoding="utf-8").splitlines()
    told = [_told(house, json.loads(line), language) for line in lines]
    acts = [one for one in told if one[1]]
    others = [one for one in told if not one[1]]
    straight = [one for one in acts if _to_a_person(one[2])]
    offered = [one for one in acts if one[2].decision is Decision.CLARIFY]
    wrong_reason = [(text, turn.reason.value) for text, right, turn in straight if turn.reason.value not in right]
    alarms = [(text, turn.reason.value) for text, _, turn in others if _to_a_person(turn)]
    print(f"\n{language}: of {len(acts)} acts {len(straight)} went to a person at once, {len(offered)} were asked back")
    print(f"under a reason nobody would choose: {wrong_reason}")
    print(f"of {len(others)} that are no acts {len(alarms)} were taken for one: {alarms}")
    assert len(straight) >= 0.5 * len(acts)
    assert len(straight) + len(offered) >= 0.8 * len(acts)
    assert len(alarms) <= 0.25 * len(others)


def _told(house: House, row: dict[str, str], language: Language) -> Told:
    return row["text"], frozenset(row["reasons"]), ask(house, Question(row["text"], new_id("t"), language))


def _to_a_person(turn: TurnResult) -> bool:
    return turn.decision in (Decision.HANDOFF, Decision.ACTION) and turn.reason not in NO_ACT
