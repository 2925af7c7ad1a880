"""Search over 10,000 texts: one question end to end, and how long they take to index.

    python -m bench.search_speed [--texts N]

Wall time depends on who else uses the machine; the processor's time and the ratio to bm25s in the same run less so.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.confidence import shipped_heads
from knowledge.index import Generation, in_memory
from knowledge.lexicon import shipped_lexicon
from knowledge.passages import Chunk, Kind
from knowledge.search import search
from knowledge.text import sentence_spans
from records.types import Language

_ROOT = Path(__file__).parents[1]
_SAMPLE = _ROOT / "examples"
_QUESTIONS = _ROOT / "tests" / "answers" / "questions"
_ASKED = 200
_INVENTED = 20_000  # words nobody uses, so that the vocabulary grows as it does in real documents
_SHARES = {Kind.FAQ: 0.1, Kind.TUTORIAL: 0.1}  # of all texts; the rest are clauses
_CONTRACTS = 40

Asked = tuple[str, Language]


@dataclass(frozen=True)
class Times:
    """Milliseconds a question, one row each: on the wall, and of the processor."""

    wall: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    processor: "np.ndarray[tuple[int], np.dtype[np.float64]]"

    def __str__(self) -> str:
        return " ".join(
            f"{name} p50 {np.percentile(times, 50):6.2f} p95 {np.percentile(times, 95):6.2f} ms"
            for name, times in (("wall", self.wall), ("processor", self.processor))
        )


def made(count: int, language: Language, shares: Mapping[Kind, float] = _SHARES, seed: int = 7) -> list[Chunk]:
    """Texts of every kind, from sentences of the sample company with invented words among them."""
    kinds = [kind for kind, share in shares.items() for _ in range(int(share * count))]
    kinds += [Kind.CONTRACT] * (count - len(kinds))
    chance = random.Random(seed)
    sentences = _sentences(language)
    invented = ["".join(chance.choices("abcdefghilmnoprstuv", k=chance.randint(4, 10))) for _ in range(_INVENTED)]
    return [_chunk(chance, at, kind, language, sentences, invented) for at, kind in enumerate(kinds)]


def _chunk(
    chance: random.Random, at: int, kind: Kind, language: Language, sentences: list[str], invented: list[str]
) -> Chunk:
    def text(most: int) -> str:
        return " ".join(_mixed(chance, chance.choice(sentences), invented) for _ in range(chance.randint(1, most)))

    return Chunk(
        id=f"{language.value}{at}",
        source=f"{kind.value}/{at % _CONTRACTS}.{language.value}.md",
        path=str(at),
        title=_mixed(chance, chance.choice(sentences), invented),
        text=text(6),
        language=language,
        kind=kind,
        phrasings=(text(1), text(1)) if kind is Kind.FAQ else (),
        contract=f"made {at % _CONTRACTS}" if kind is Kind.CONTRACT else "",
    )


def _mixed(chance: random.Random, sentence: str, invented: list[str]) -> str:
    """One word in six is an invented one; low numbers are common, high ones rare, as with real words."""
    return " ".join(
        invented[int(_INVENTED * chance.random() ** 3)] if chance.random() < 1 / 6 else word
        for word in sentence.split()
    )


def _sentences(language: Language) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(_SAMPLE.rglob(f"*.{language.value}.md"))]
    found = [text[first:last].strip() for text in texts for first, last in sentence_spans(text)]
    return [sentence for sentence in found if 4 <= len(sentence.split()) <= 40]


def _questions(languages: Sequence[Language]) -> list[Asked]:
    rows = [json.loads(line) for path in sorted(_QUESTIONS.glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    asked = [(str(row["text"]), Language(row["language"])) for row in rows]
    return [one for one in asked if one[1] in languages][:: max(1, len(asked) // _ASKED // 2)][:_ASKED]


def _timed(asked: Sequence[Asked], ask: Callable[[str, Language], object]) -> Times:
    for text, language in asked[:5]:
        ask(text, language)
    rows = []
    for text, language in asked:
        wall, processor = time.perf_counter(), time.process_time()
        ask(text, language)
        rows.append((time.perf_counter() - wall, time.process_time() - processor))
    both = np.array(rows) * 1e3
    return Times(both[:, 0], both[:, 1])


def _bare(chunks: Sequence[Chunk]) -> Callable[[str, Language], object]:
    """bm25s alone: its own tokens, the ten best."""
    import bm25s

    index = bm25s.BM25()
    index.index(bm25s.tokenize([f"{one.title} {one.text}" for one in chunks], show_progress=False), show_progress=False)
    return lambda text, _: index.retrieve(bm25s.tokenize(text, show_progress=False), k=10, show_progress=False)


def measure(name: str, chunks: list[Chunk], languages: Sequence[Language]) -> None:
    """Print what indexing these texts and asking them takes, beside bm25s."""
    lexicon, heads = shipped_lexicon(), shipped_heads()
    wall, processor = time.perf_counter(), time.process_time()
    generation: Generation = in_memory(chunks, lexicon)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    asked = _questions(languages)
    ours = _timed(asked, lambda text, language: search(generation, heads, text, language))
    bare = _timed(asked, _bare(chunks))
    print(f"{name}: {len(chunks):,} texts, {len(asked)} questions")
    print(f"  indexed in {wall:.1f} s on the wall, {processor:.1f} s of the processor")
    print(f"  one question     {ours}")
    print(f"  bm25s alone      {bare}")
    print(f"  ratio of medians {np.median(ours.processor) / np.median(bare.processor):.1f} (processor)", flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.search_speed", description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    texts = parser.parse_args(arguments).texts
    halves = [one for language in Language for one in made(texts // 2, language)]
    measure("both languages", halves, tuple(Language))
    measure("one language", made(texts, Language.ES), (Language.ES,))
    measure("clauses alone, one language", made(texts, Language.ES, {}), (Language.ES,))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
