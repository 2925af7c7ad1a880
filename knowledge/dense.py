"""Learned embeddings, if a workspace names some: one more scorer beside the fitted ones. The only file that loads them.

Their vectors are a part of a generation, in collections of their own. What they were made with stands beside them: embeddings
of another name, language or length are not asked, and the index answers without them until the next `relevo ingest`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from knowledge.budget import Breaker
from knowledge.index import Generation, Hearing, Scored, ordered
from knowledge.masks import Mask
from knowledge.passages import Chunk, ModelFailed, ModelUnusable
from knowledge.vectors import Rows, Shelf
from knowledge.wire import Deadline, guarded_client, within
from records.clock import Clock
from records.embeddings import EmbeddingChoice
from records.redact import mask_private
from records.types import Language

QUESTION_SECONDS = 2.0
BATCH_SECONDS = 60.0
_BATCH = 64
_LARGEST_BATCH = 64 * 4_096 * 24  # bytes: 4,096 numbers a text, written out
_LONGEST = 2_000  # characters of a text; the smallest windows hold 512 tokens
_HIDDEN = -1e8  # what may not be found ends far below
_ABOUT = "dense.json"
_WEIGHT = 0.35  # of the spread of all other marks together
_log = structlog.get_logger()


class DenseVectors(Protocol):
    """langchain's `Embeddings`, as far as we use it."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...

    def embed_query(self, text: str) -> list[float]: ...


def load_embeddings(choice: EmbeddingChoice, url: str = "", key: str = "") -> DenseVectors:
    """The embeddings of that name. Raises ModelUnusable for a provider that is unknown or not installed."""
    from langchain.embeddings import init_embeddings

    provider, _, model = choice.name.partition(":")
    options: dict[str, Any] = {"base_url": url} if url else {}
    if key:
        options["api_key"] = key
    if provider == "openai":
        # Counting tokens here would download OpenAI's tables, which say nothing about anybody else's model.
        options |= {"http_client": guarded_client(), "openai_proxy": "", "check_embedding_ctx_length": False}
        options |= {"max_retries": 0, "timeout": BATCH_SECONDS} | ({"api_key": key or "none"} if url else {})
    try:
        loaded: DenseVectors = init_embeddings(model, provider=provider, **options)
    except ImportError as error:
        raise ModelUnusable(f"RELEVO_EMBEDDINGS={choice.name!r} needs a package of its own. {error}") from error
    except Exception as error:
        raise ModelUnusable(
            f"RELEVO_EMBEDDINGS={choice.name!r} cannot be used ({type(error).__name__}): look at provider, model, key and "
            "RELEVO_EMBEDDINGS_URL; docs/models.md shows each."
        ) from error
    return loaded


@dataclass(frozen=True)
class Dense:
    """The embeddings of a workspace at work. Safe for threads as far as its `vectors` are."""

    choice: EmbeddingChoice
    vectors: DenseVectors
    clock: Clock
    breaker: Breaker

    @staticmethod
    def of(choice: EmbeddingChoice, vectors: DenseVectors, clock: Clock) -> "Dense":
        return Dense(choice, vectors, clock, Breaker(3, timedelta(minutes=1)))

    def of_texts(self, texts: Sequence[str], progress: Callable[[int], None]) -> Rows:
        """One unit row a text. Raises ModelFailed at the first batch that is late, of another length, or holds no numbers."""
        parts: list[Rows] = []
        for start in range(0, len(texts), _BATCH):
            batch = [text[:_LONGEST] for text in texts[start : start + _BATCH]]
            deadline = Deadline.in_seconds(BATCH_SECONDS)
            got = within(deadline, partial(self.vectors.embed_documents, batch), _LARGEST_BATCH)
            parts.append(_unit(got, len(batch), parts[0].shape[1] if parts else 0))
            progress(start + len(batch))
        return np.concatenate(parts)

    def of_question(self, question: str, dimensions: int) -> Rows | None:
        """The unit vector of a question, masked before it leaves; None when there is none to be had in time."""
        now = self.clock.now()
        if not self.breaker.admits(now):
            return None
        try:
            masked = mask_private(question)[:_LONGEST]
            got = within(Deadline.in_seconds(QUESTION_SECONDS), lambda: self.vectors.embed_query(masked))
            row: Rows = _unit([got], 1, dimensions)[0]
        except ModelFailed as error:
            self.breaker.failed(self.clock.now())
            _log.info("embeddings_not_used", why=str(error))
            return None
        self.breaker.succeeded()
        return row


def _unit(raw: Sequence[Sequence[float]], count: int, dimensions: int) -> Rows:
    """Rows of length one. `dimensions` 0: as many as the first has."""
    try:
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused below
            rows = np.array(raw, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise ModelFailed("the embeddings gave rows of different lengths, or no numbers.") from error
    if rows.ndim != 2 or len(rows) != count or not rows.shape[1] or (dimensions and rows.shape[1] != dimensions):
        raise ModelFailed(
            f"the embeddings gave {rows.shape} numbers for {count} texts of {dimensions or 'any'} dimensions."
        )
    if not np.isfinite(rows).all():
        raise ModelFailed("the embeddings gave what is not a number.")
    unit: Rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


# ---------------------------------------------------------------- a generation's own


def write_dense(
    folder: Path, server: str, chunks: Sequence[Chunk], dense: Dense, progress: Callable[[int, int, str], None]
) -> None:
    """Embed the chunks of the generation in `folder`. Raises ModelFailed; then nothing says that they are there."""
    dimensions = 0
    for language in dense.choice.languages:
        own = [chunk for chunk in chunks if chunk.language is language]
        if not own:
            continue
        rows = dense.of_texts([_text(chunk) for chunk in own], partial(_tell, progress, len(own), language))
        if dimensions and rows.shape[1] != dimensions:
            raise ModelFailed("the embeddings gave rows of different lengths for two languages.")
        dimensions = rows.shape[1]
        Shelf.write(_own_folder(folder), server, language, {chunk.id: chunk.text for chunk in own}, rows)
    about = {"name": dense.choice.name, "languages": list(dense.choice.languages), "dimensions": dimensions}
    (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")


def _text(chunk: Chunk) -> str:
    return "\n".join((chunk.title, *chunk.phrasings, chunk.text))


def _tell(progress: Callable[[int, int, str], None], total: int, language: Language, done: int) -> None:
    progress(done, total, f"embed {language.value}")


def has_dense(folder: Path, choice: EmbeddingChoice) -> bool:
    """Does the generation in `folder` hold vectors of exactly these embeddings?"""
    about = _about(folder)
    return about.get("name") == choice.name and about.get("languages") == list(choice.languages)


def with_dense(generation: Generation, folder: Path, server: str, dense: Dense) -> Generation:
    """The generation with its embeddings at work; as it is, when it was made with others or none."""
    if not has_dense(folder, dense.choice):
        _log.warning("embeddings_not_in_the_index", name=dense.choice.name, mend="relevo ingest")
        return generation
    shelves = {
        language: Shelf.read(_own_folder(folder), server, language, [chunk.id for chunk in ordered(tongue)])
        for language, tongue in generation.tongues.items()
        if language in dense.choice.languages
    }
    return DenseGeneration(generation, shelves, dense, int(_about(folder)["dimensions"]))


def _own_folder(folder: Path) -> Path:
    """Collections are named after their folder's own name, on a server too; this one keeps the generation's number in it."""
    return folder / f"{folder.name}-dense"


def _about(folder: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return about


class DenseGeneration(Generation):
    """A generation whose marks are joined by the nearness of learned vectors, in the languages they know."""

    def __init__(
        self, generation: Generation, shelves: Mapping[Language, Shelf], dense: Dense, dimensions: int
    ) -> None:
        super().__init__(generation.tongues, generation.shelves, generation.lexicon)
        self._own, self._dense, self._dimensions = shelves, dense, dimensions

    def with_phrasings(self, learned: Mapping[str, Sequence[str]]) -> Generation:
        return DenseGeneration(super().with_phrasings(learned), self._own, self._dense, self._dimensions)

    def with_entries(self, own: Sequence[Chunk]) -> Generation:
        return DenseGeneration(super().with_entries(own), self._own, self._dense, self._dimensions)

    def listen(self, question: str, asked: Language) -> Callable[[Language], Hearing]:
        vector = cache(lambda: self._dense.of_question(question, self._dimensions))

        def hear(held: Language) -> Hearing:
            shelf = self._own.get(held) if asked in self._dense.choice.languages else None
            learned = vector() if shelf is not None else None
            if shelf is None or learned is None:
                return Hearing(self, question, asked, held)
            return _DenseHearing(self, question, asked, held, self._for_all(shelf.nearness(learned), held))

        return hear

    def _for_all(self, near: Rows, held: Language) -> Rows:
        """Entries that came after the index was embedded count as near as the mean, until the next one holds them."""
        more = self.tongues[held].shelf_size - len(near)
        return near if not more else np.concatenate([near, np.full(more, near.mean(), dtype=near.dtype)])


class _DenseHearing(Hearing):
    """A question whose learned vector is known."""

    def __init__(self, generation: Generation, question: str, asked: Language, held: Language, near: Rows) -> None:
        super().__init__(generation, question, asked, held)
        self._learned = near

    def score(self, name: str, mask: Mask) -> Scored:
        scored = super().score(name, mask)
        return _joined(scored, self._learned[scored.manner.rows].astype(np.float64))


def _joined(scored: Scored, near: NDArray[np.float64]) -> Scored:
    """Its z-scores join the sum, and the sum keeps its spread: the chances were fitted to sums of the other scorers."""
    total = scored.marked.total.copy()
    shown = total > _HIDDEN
    told, spread = total[shown], float(total[shown].std())
    joined = told + _WEIGHT * spread * _standard(near[shown])
    total[shown] = told.mean() + spread * _standard(joined)
    return replace(scored, marked=replace(scored.marked, total=total))


def _standard(marks: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(marks.std())
    return (marks - marks.mean()) / spread if spread > 1e-9 else np.zeros_like(marks)
