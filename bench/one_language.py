"""Entries that are in one language only: a quarter of one language is hidden, and its questions are asked.

    python -m bench.one_language

Of the questions written for the sample company by people who had not seen its entries. "Before" is the search of a person's
language alone. Four draws for each language; a draw is the same every time.
"""

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from knowledge.answers import is_certain
from knowledge.confidence import shipped_heads
from knowledge.index import Generation, in_memory, ordered, read
from knowledge.lexicon import shipped_lexicon
from knowledge.passages import Chunk, Kind
from knowledge.search import search
from knowledge.standing import index_folder
from records.settings import Settings
from records.types import Language
from tests.answers.sample import Asked, clause_topics, label_of, read_set, sample_house

_DRAWS = 4
_COLUMNS = ("questions", "right first", "right among three", "given rightly", "given wrongly", "other language first")


def _sample_chunks() -> list[Chunk]:
    with tempfile.TemporaryDirectory() as folder:
        house = sample_house(Path(folder) / "w")
        tongues = read(index_folder(house.workspace) / str(house.library.number()), "").tongues.values()
        house.close()
        return [chunk for tongue in tongues for chunk in ordered(tongue)]


def _without(chunks: Sequence[Chunk], language: Language, seed: int) -> tuple[list[Chunk], set[str]]:
    """The chunks without a quarter of the entries of one language, and the ids of those."""
    ids = sorted({chunk.path for chunk in chunks if chunk.kind is Kind.FAQ})
    hidden = set(random.Random(seed).sample(ids, len(ids) // 4))
    gone = [c for c in chunks if c.kind is Kind.FAQ and c.language is language and c.path in hidden]
    return [chunk for chunk in chunks if chunk not in gone], hidden


def _count(kept: Sequence[Chunk], language: Language, hidden: set[str], counts: Counter[tuple[str, str, str]]) -> None:
    asked = [
        one for name in ("near", "far") for one in read_set(f"{name}.{language.value}") if one.decision == "answer"
    ]
    alone = [chunk for chunk in kept if chunk.language is language]
    for when, generation in (
        ("before", in_memory(alone, shipped_lexicon())),
        ("now", in_memory(kept, shipped_lexicon())),
    ):
        for one in asked:
            where = "hidden" if one.expect <= hidden else "there"
            for column in _marks(generation, one, language):
                counts[where, when, column] += 1


def _marks(generation: Generation, asked: Asked, language: Language) -> Iterable[str]:
    topics = clause_topics()
    found = search(generation, shipped_heads(), asked.text, language)
    right = [label_of(passage, topics) in asked.expect for passage in found.passages[:3]]
    certain = is_certain(found, Settings().wrong_answers)
    told = {
        "questions": True,
        "right first": right[0],
        "right among three": any(right),
        "given rightly": certain and right[0],
        "given wrongly": certain and not right[0],
        "other language first": found.passages[0].language is not language,
    }
    return (column for column, so in told.items() if so)


def main() -> int:
    chunks = _sample_chunks()
    print("language | its entry is | search |", " | ".join(_COLUMNS))
    for language in Language:
        counts: Counter[tuple[str, str, str]] = Counter()
        for seed in range(_DRAWS):
            kept, hidden = _without(chunks, language, seed)
            _count(kept, language, hidden, counts)
        for where, when in sorted({(where, when) for where, when, _ in counts}, reverse=True):
            row = " | ".join(str(counts[where, when, column]) for column in _COLUMNS)
            print(f"{language.value} | {where} | {when} | {row}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
