"""Vectors in Chroma, through langchain-chroma: embedded in the generation's folder, or on a Chroma server. The only file that
knows Chroma. Its own default embedding is never used: it is English, and answered half as many Spanish questions.

Up to 50,000, where they are scored exactly, a copy stands beside as a plain numpy file: loading Chroma to read them back took
a third of the time to a first answer."""

import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from knowledge.scorers import times
from records.types import Language

EXACT_UP_TO = 50_000
_NEAREST = 200
_BATCH = 2_000
_guard = threading.Lock()  # Chroma counts a folder's clients without one

Rows = NDArray[np.float32]


class Shelf:
    """The vectors of one language, in the order of its chunks. In memory, or (`store`) asked for the nearest only."""

    def __init__(self, rows: Rows | None, store: Any, places: dict[str, int], more: Rows | None = None) -> None:
        self._rows = rows
        self._store = store
        self._places = places
        self._more = more

    @staticmethod
    def of(rows: Rows) -> "Shelf":
        """A shelf in memory."""
        return Shelf(rows, None, {})

    @staticmethod
    def write(folder: Path, server: str, language: Language, texts: Mapping[str, str], rows: Rows) -> None:
        """Put the vectors of a language, in the order of `texts` (by chunk id), into its own collection."""
        ids = list(texts)
        with _opened(folder, server) as client:
            for start in range(0, len(ids), _BATCH):
                batch = ids[start : start + _BATCH]
                store = _store(client, folder, language, _Ready(rows[start : start + _BATCH]))
                store.add_texts([texts[chunk] for chunk in batch], ids=batch)
        if len(ids) <= EXACT_UP_TO:
            folder.mkdir(exist_ok=True)  # with a server there is none yet for what only it holds
            np.save(_copy(folder, language), rows)

    @staticmethod
    def read(folder: Path, server: str, language: Language, ids: Sequence[str]) -> "Shelf":
        """Open the vectors of `ids`: all of them in memory up to 50,000, from the copy, or from Chroma where there is none.

        Raises ValueError for a copy that is damaged, and whatever Chroma raises for what it cannot read.
        """
        places = {chunk: at for at, chunk in enumerate(ids)}
        if len(ids) <= EXACT_UP_TO and _copy(folder, language).exists():
            return Shelf(_copied(_copy(folder, language), len(ids)), None, places)
        nothing = _Ready(np.zeros((0, 0), dtype=np.float32))
        if len(ids) > EXACT_UP_TO:
            client = _open(folder, server)
            shelf = Shelf(None, _store(client, folder, language, nothing), places)
            weakref.finalize(shelf, _close, client)
            return shelf
        with _opened(folder, server) as client:
            return Shelf(_all_rows(_store(client, folder, language, nothing), places), None, places)

    def with_more(self, rows: Rows) -> "Shelf":
        """The same with these behind it, in memory; what is written down stays as it is."""
        more = rows if self._more is None else np.concatenate([self._more, rows])
        return Shelf(self._rows, self._store, self._places, more)

    def nearness(self, vector: Rows) -> Rows:
        """The cosine of every vector to this unit one."""
        near = self._near(vector)
        return near if self._more is None else np.concatenate([near, times(self._more, vector)])

    def _near(self, vector: Rows) -> Rows:
        if self._rows is not None:
            return times(self._rows, vector)
        near = np.zeros(len(self._places), dtype=np.float32)
        found = self._store.similarity_search_by_vector_with_relevance_scores(vector.tolist(), k=_NEAREST)
        for document, distance in found:
            near[self._places[document.id]] = 1.0 - distance
        return near


class _Ready:
    """langchain's `Embeddings`, for vectors that are ready: hands them out in the order they are asked for."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return cast(list[list[float]], self._rows[: len(texts)].tolist())

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def _copy(folder: Path, language: Language) -> Path:
    return folder / f"vectors-{language.value}.npy"


def _copied(path: Path, size: int) -> Rows:
    rows: Rows = np.load(path, allow_pickle=False)
    if rows.ndim != 2 or len(rows) != size or rows.dtype != np.float32:
        raise ValueError(f"{path.name} does not hold {size} vectors")
    return rows


def _all_rows(store: Any, places: Mapping[str, int]) -> Rows | None:
    ids = list(places)
    rows: Rows | None = None
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        got = store.get(ids=batch, include=["embeddings"])
        vectors = np.asarray(got["embeddings"], dtype=np.float32)
        rows = np.zeros((len(ids), vectors.shape[1]), dtype=np.float32) if rows is None else rows
        if len(got["ids"]) < len(batch):
            raise ValueError(f"{len(batch) - len(got['ids'])} vectors are missing")
        rows[[places[chunk] for chunk in got["ids"]]] = vectors
    return rows


def _store(client: Any, folder: Path, language: Language, ready: _Ready) -> Any:
    from langchain_chroma import Chroma

    return Chroma(
        collection_name=f"relevo-{folder.name}-{language.value}",
        embedding_function=cast(Any, ready),
        client=client,
        collection_metadata={"hnsw:space": "cosine"},
    )


@contextmanager
def _opened(folder: Path, server: str) -> Iterator[Any]:
    client = _open(folder, server)
    try:
        yield client
    finally:
        _close(client)


def _open(folder: Path, server: str) -> Any:
    """Chroma keeps every folder that was ever opened, with its files and memory, until its last client is closed."""
    import chromadb
    from chromadb.config import Settings

    quiet = Settings(anonymized_telemetry=False)
    with _guard:
        if server:
            return _server_client(server, quiet)
        return chromadb.PersistentClient(path=str(folder / "chroma"), settings=quiet)


def _close(client: Any) -> None:
    with _guard:
        client.close()


def _server_client(server: str, quiet: Any) -> Any:
    from urllib.parse import urlsplit

    import chromadb

    parts = urlsplit(server)
    secure = parts.scheme == "https"
    return chromadb.HttpClient(
        host=parts.hostname or "localhost", port=parts.port or (443 if secure else 8000), ssl=secure, settings=quiet
    )
