"""Question sets against a throw-away index: how well it finds, extracts and knows when not to answer."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.answers import extract
from knowledge.confidence import Heads, shipped_heads
from knowledge.index import Generation, Scored, in_memory
from knowledge.language import detect
from knowledge.lexicon import shipped_lexicon
from knowledge.masks import Masks
from knowledge.passages import Chunk, Found, Kind, KnowledgeError
from knowledge.search import merge, rank
from knowledge.text import fold
from records.types import Language

Progress = Callable[[int, int, str], None]
_EVERY = 50


@dataclass(frozen=True)
class Asked:
    """One question of a set."""

    id: str
    text: str
    language: Language
    contract: str


def evaluate(
    documents: Path,
    queries: Path,
    out: Path,
    progress: Progress = lambda *_: None,
    handoff: Callable[[str], float] | None = None,
) -> int:
    """Answer every question of `queries` from `documents` and write one line each to `out`; the number of lines.

    Documents are held in memory, questions and answers are not. Nothing is written before every line has been found sound.
    `handoff` gives the chance that a text belongs to a person; without it, the chance that nothing here answers it.
    Raises KnowledgeError naming the file and line that is not as it should be.
    """
    chunks = read_documents(documents)
    if not chunks:
        raise KnowledgeError(f"{documents}: no documents in it.")
    count = sum(1 for _ in rows_of(queries, _QUESTION))
    progress(0, count, "index")
    generation = in_memory(chunks, shipped_lexicon())
    heads = shipped_heads()
    with out.open("w", encoding="utf-8") as lines:
        for done, question in enumerate(read_questions(queries, most_common(chunk.language for chunk in chunks))):
            if done % _EVERY == 0:
                progress(done, count, "questions")
            found = find(generation, heads, question)
            lines.write(json.dumps(_line(question, found, handoff), ensure_ascii=False) + "\n")
    progress(count, count, "questions")
    return count


def _line(question: Asked, found: Found, handoff: Callable[[str], float] | None) -> dict[str, object]:
    return {
        "qid": question.id,
        "ranked": [passage.chunk_id for passage in found.passages],
        "score": found.right,
        "answerable": found.answerable,
        "extract": extract(question.text, found.passages[0]) if found.passages else "",
        "handoff": handoff(question.text) if handoff else 1.0 - found.answerable,
    }


def find(generation: Generation, heads: Mapping[str, Heads], question: Asked) -> Found:
    """What the index holds for a question: its contract alone, if it names one."""
    return merge([rank(one, heads) for one in scored(generation, question)], fold(question.text))


def scored(generation: Generation, question: Asked) -> list[Scored]:
    """The marks behind `find`."""
    held = question.language if question.language in generation.tongues else next(iter(generation.tongues))
    return generation.score(question.text, question.language, held, _only(generation, held, question.contract))


def _only(generation: Generation, held: Language, contract: str) -> Masks | None:
    """The texts of this contract; None for all."""
    if not contract:
        return None
    return generation.maskers[held].of(lambda label: label.contract == contract)


def read_documents(path: Path) -> list[Chunk]:
    """The documents of a set as chunks. They are FAQ entries when most have phrasings or ask in their title."""
    rows = list(rows_of(path, ("id", "title", "text")))
    common = most_common(found for row in rows if (found := detect(_sample(row))) is not None)
    plain = Kind.FAQ if _is_faq([row for row in rows if not row.get("contract")]) else Kind.TUTORIAL
    return [
        Chunk(
            id=str(row["id"]),
            source=str(row.get("contract") or row["id"]),
            path=str(row["id"]),
            title=str(row["title"]),
            text=str(row["text"]),
            language=_language(row) or common,
            kind=Kind.CONTRACT if row.get("contract") else plain,
            phrasings=tuple(row.get("phrasings") or ()),
            contract=str(row.get("contract") or ""),
        )
        for row in rows
    ]


def _is_faq(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Do these documents ask and answer? Then all of them do: some title is always missing its question mark."""
    asking = sum(bool(row.get("phrasings")) or str(row["title"]).rstrip().endswith("?") for row in rows)
    return 2 * asking > len(rows)


def _sample(row: Mapping[str, Any]) -> str:
    return " ".join((str(row["title"]), *(row.get("phrasings") or ()), str(row["text"])[:300]))


_QUESTION = ("id", "text")


def read_questions(path: Path, otherwise: Language) -> Iterator[Asked]:
    """The questions of a set, one by one; a language that is neither given nor plain from the text is `otherwise`."""
    for row in rows_of(path, _QUESTION):
        language = _language(row) or detect(str(row["text"])) or otherwise
        yield Asked(str(row["id"]), str(row["text"]), language, str(row.get("contract") or ""))


def _language(row: Mapping[str, Any]) -> Language | None:
    stated = str(row.get("language") or row.get("lang") or "")[:2]
    return next((language for language in Language if language.value == stated), None)


def most_common(languages: Iterator[Language]) -> Language:
    """The most frequent; Spanish when there is none."""
    counted = Counter(languages).most_common(1)
    return counted[0][0] if counted else Language.ES


def rows_of(path: Path, needed: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file. Raises KnowledgeError naming the line that is none or lacks a key."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise KnowledgeError(f"{path}:{number}: not JSON ({error}).") from error
            missing = [key for key in needed if not isinstance(row, dict) or key not in row]
            if missing:
                raise KnowledgeError(f"{path}:{number}: needs the key {missing[0]!r}.")
            yield row
