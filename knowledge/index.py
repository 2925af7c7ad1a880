"""One generation of the index: fitted scorers beside a Chroma folder, written once by one process, then only read.

Vectors live in Chroma, one collection a language. Up to 50,000 are loaded once per process and scored exactly; above that,
Chroma names the nearest 200 and the rest count as unrelated.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.lexicon import Lexicon, extended_lexicon, version_of
from knowledge.passages import Chunk, Kind, NoIndex
from knowledge.retrieve import (
    ACROSS_WEIGHTS,
    FAQ_WEIGHTS,
    PASSAGE_WEIGHTS,
    Marked,
    Part,
    Query,
    Text,
    Vectors,
    Weights,
    read_query,
    vector_bag,
)
from knowledge.scope import Label, Scope, shown
from knowledge.vectors import Shelf
from records.ids import fingerprint
from records.types import Language

FORMAT = "3"
_MODELS = "models.joblib"
_ABOUT = "about.json"

Progress = Callable[[int, int, str], None]
Masks = Mapping[str, NDArray[np.bool_]]
"""By manner: which of its texts may be found."""


@dataclass
class Manner:
    """Entries or passages of one language: their chunks, fitted scorers, and where their vectors stand on the shelf."""

    chunks: tuple[Chunk, ...]
    part: Part
    rows: NDArray[np.int64]


@dataclass
class Tongue:
    """Everything of one language. `shelf_size` counts its vectors."""

    language: Language
    vectors: Vectors
    manners: dict[str, Manner]
    shelf_size: int


@dataclass(frozen=True)
class Labels:
    """Whom the texts of a manner are for: each label once, and by text which one is its."""

    distinct: tuple[Label, ...]
    rows: NDArray[np.int64]

    @staticmethod
    def of(chunks: Sequence[Chunk]) -> "Labels":
        places: dict[Label, int] = {}
        rows = [places.setdefault(Label(chunk.contract, chunk.reach), len(places)) for chunk in chunks]
        return Labels(tuple(places), np.array(rows, dtype=np.int64))


@dataclass(frozen=True)
class Scored:
    """One manner's answer to one question: its chunks and every mark."""

    manner: Manner
    query: Query
    marked: Marked
    lexicon: Lexicon


class Generation:
    """A loaded index. Safe to share between threads: nothing in it changes."""

    def __init__(self, tongues: Mapping[Language, Tongue], shelves: Mapping[Language, Shelf], lexicon: Lexicon) -> None:
        self.tongues = tongues
        self.shelves = shelves
        self.lexicon = lexicon
        self._labels = {
            language: {name: Labels.of(manner.chunks) for name, manner in tongue.manners.items()}
            for language, tongue in tongues.items()
        }

    def masks(self, held: Language, scope: Scope) -> Masks:
        """By manner of language `held`: which texts are for this person. Judged once a label, not once a text."""
        named = self._labels[held]
        verdicts = iter(shown([label for labels in named.values() for label in labels.distinct], scope))
        return {
            name: np.array([next(verdicts) for _ in labels.distinct], dtype=bool)[labels.rows]
            for name, labels in named.items()
        }

    def score(self, question: str, asked: Language, held: Language, masks: Masks | None = None) -> list[Scored]:
        """Every manner of language `held`, marked for this question. What `masks` leave out is not found."""
        tongue = self.tongues[held]
        query = read_query(question, asked, held, self.lexicon)
        near = self.shelves[held].nearness(tongue.vectors.of([" ".join(query.stems) or "·"])[0])
        scored = []
        for name, manner in tongue.manners.items():
            mask = masks.get(name) if masks is not None else None
            if mask is not None and not mask.any():
                continue
            marks = manner.part.mark(query, near[manner.rows].astype(np.float64), _weights(manner.part, query), mask)
            scored.append(Scored(manner, query, marks, self.lexicon))
        return scored


def _weights(part: Part, query: Query) -> Weights:
    if part.entries:
        return FAQ_WEIGHTS
    return ACROSS_WEIGHTS if query.across else PASSAGE_WEIGHTS


def fit(chunks: Sequence[Chunk], lexicon: Lexicon, progress: Progress) -> dict[Language, tuple[Tongue, Sequence[str]]]:
    """Fitted scorers by language, each with the bags its vectors are made from."""
    fitted: dict[Language, tuple[Tongue, Sequence[str]]] = {}
    present = [language for language in Language if any(chunk.language is language for chunk in chunks)]
    for done, language in enumerate(present):
        progress(done, len(present), f"index {language.value}")
        own = [chunk for chunk in chunks if chunk.language is language]
        bags = [vector_bag(text_of(chunk), language) for chunk in own]
        fitted[language] = (Tongue(language, Vectors(bags), _manners(own, language, lexicon), len(own)), bags)
    progress(len(present), len(present), "index")
    return fitted


def _manners(own: Sequence[Chunk], language: Language, lexicon: Lexicon) -> dict[str, Manner]:
    manners = {}
    for name, wanted in (("entries", True), ("passages", False)):
        rows = [at for at, chunk in enumerate(own) if (chunk.kind is Kind.FAQ) is wanted]
        if rows:
            held = tuple(own[at] for at in rows)
            part = Part([text_of(chunk) for chunk in held], language, lexicon, entries=wanted)
            manners[name] = Manner(held, part, np.array(rows))
    return manners


def text_of(chunk: Chunk) -> Text:
    """What is matched of a chunk."""
    return Text(chunk.title, chunk.text, chunk.phrasings)


def in_memory(chunks: Sequence[Chunk], lexicon: Lexicon) -> Generation:
    """A throw-away index that never touches the disk, for evaluation."""
    fitted = fit(chunks, lexicon, lambda *_: None)
    shelves = {language: Shelf.of(tongue.vectors.of(bags)) for language, (tongue, bags) in fitted.items()}
    return Generation({language: tongue for language, (tongue, _) in fitted.items()}, shelves, lexicon)


def write(folder: Path, chunks: Sequence[Chunk], own: str, server: str, progress: Progress) -> None:
    """Fit and write a generation into the new `folder`; with `server`, vectors go to that Chroma server instead.

    `own` is what the workspace adds to the lexicon. Raises BadLexicon, before anything is written, when it cannot be used.
    """
    import joblib  # type: ignore[import-untyped]  # ships no types

    lexicon = extended_lexicon(own)
    folder.mkdir(parents=True)
    fitted = fit(chunks, lexicon, progress)
    for language, (tongue, bags) in fitted.items():
        texts = {chunk.id: chunk.text for chunk in chunks if chunk.language is language}
        Shelf.write(folder, server, language, texts, tongue.vectors.of(bags))
    joblib.dump(({language: tongue for language, (tongue, _) in fitted.items()}, lexicon), folder / _MODELS)
    about = {
        "format": index_format(own),
        "lexicon": own,
        "models": _digest(folder / _MODELS),
        "collection": folder.name,
    }
    (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")


def read(folder: Path, server: str) -> Generation:
    """The generation in `folder`. Raises NoIndex when it is missing, damaged or of another version."""
    import joblib

    about = _about(folder)
    # It keeps the lexicon it was fitted with: an edit of the workspace's own counts from the next ingest, and breaks nothing.
    if about.get("format") != index_format(about.get("lexicon", "")):
        raise NoIndex(f"the index in {folder.name!r} was written by another version; run `relevo ingest`.")
    # Unpickling runs what is in the file, so only the very file that was written here is opened.
    if about.get("models") != _digest(folder / _MODELS):
        raise NoIndex(f"the index in {folder.name!r} was changed since it was written; run `relevo ingest`.")
    held: tuple[dict[Language, Tongue], Lexicon] = joblib.load(folder / _MODELS)
    tongues, lexicon = held
    shelves = {language: _shelf(folder, server, tongue) for language, tongue in tongues.items()}
    return Generation(tongues, shelves, lexicon)


def _shelf(folder: Path, server: str, tongue: Tongue) -> Shelf:
    ids = [chunk.id for chunk in ordered(tongue)]
    try:
        return Shelf.read(folder, server, tongue.language, ids)
    except Exception as error:  # whatever Chroma raises for what it cannot read: it has no error tree of its own
        raise NoIndex(
            f"the vectors of the index in {folder.name!r} cannot be read ({type(error).__name__}); "
            "run `relevo ingest --rebuild`."
        ) from error


def is_current(folder: Path, own: str) -> bool:
    """Is there an index of this version, made with `own` added to the lexicon, in `folder`, as it was written?"""
    try:
        about = _about(folder)
        return about.get("format") == index_format(own) and about.get("models") == _digest(folder / _MODELS)
    except NoIndex:
        return False


def ordered(tongue: Tongue) -> list[Chunk]:
    """The chunks of a language in the order of its vectors."""
    places: list[tuple[int, Chunk]] = []
    for manner in tongue.manners.values():
        places += zip(manner.rows.tolist(), manner.chunks, strict=True)
    return [chunk for _, chunk in sorted(places, key=lambda place: place[0])]


def index_format(own: str) -> str:
    """Changes whenever an index on disk has to be built anew: our format, the lexicon, the fitting library."""
    from importlib.metadata import version

    return fingerprint(FORMAT, version_of(own), version("scikit-learn"), version("bm25s"))


def _about(folder: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoIndex(f"the index in {folder.name!r} is missing or damaged; run `relevo ingest`.") from error
    return about


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NoIndex(f"the index in {path.parent.name!r} is missing {path.name}; run `relevo ingest`.") from error
