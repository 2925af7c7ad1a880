"""Questions: the whole turn of the bot as it is stored, and the search alone."""

import json
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, rate_of
from bot.runner import TurnResult
from console.asking import Question, ask
from console.wiring import House
from records.ids import new_id
from records.store import knowledge
from records.types import Language

QUESTIONS = Path(__file__).parents[1] / "tests" / "answers" / "questions"
_FOUND = 10

Asked = tuple[str, Language]


def questions(at_most: int) -> list[Asked]:
    """The question sets of the tests, both languages taking turns."""
    sets = [path.read_text(encoding="utf-8").splitlines() for path in sorted(QUESTIONS.glob("*.jsonl"))]
    rows = [json.loads(line) for four in zip(*sets, strict=False) for line in four]
    return [(row["text"], Language(row["language"])) for row in rows[:at_most]]


def answering(house: House, at_most: int) -> list[Figure]:
    """Each question asked once, by somebody new."""
    asked = questions(at_most)
    text, language = asked[0]
    ask(house, Question(text, new_id("warm"), language))  # loads the index
    found = rate_of(len(asked), lambda: [house.library.search(text, language) for text, language in asked])
    turns = rate_of(len(asked), lambda: [_turn(house, text, language) for text, language in asked])
    bare = _bare_search(house, asked)
    return [
        Figure("one turn of the bot, stored", "turns/s", turns, "BM25 over the same chunks", bare),
        Figure("search alone", "searches/s", found, "BM25 over the same chunks", bare),
    ]


def _turn(house: House, text: str, language: Language) -> TurnResult:
    return ask(house, Question(text, new_id("bench"), language))


def _bare_search(house: House, asked: Sequence[Asked]) -> float:
    import bm25s

    with house.db.read() as tx:
        texts = [f"{chunk.title} {chunk.text}" for chunk in knowledge.chunks_of(tx, knowledge.live(tx))]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

    def search() -> None:
        for text, _ in asked:
            index.retrieve(bm25s.tokenize(text, show_progress=False), k=_FOUND, show_progress=False)

    return rate_of(len(asked), search)
