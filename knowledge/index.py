"""One generation of the index: fitted scorers beside a Chroma folder, written once by one process, then only read.

Vectors live in Chroma, one collection a language. Up to 50,000 are loaded once per process and scored exactly; above that,
Chroma names the nearest 200 and the rest count as unrelated.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.fitted_files import read_fitted, write_fitted
from knowledge.letters import Letters
from knowledge.lexicon import Lexicon, extended_lexicon
from knowledge.masks import Mask, Masker, Masks
from knowledge.passages import Chunk, Kind, NoIndex
from knowledge.postings import Marks
from knowledge.questions import Query, read_query
from knowledge.retrieve import Heard, Marked, Mode, Part, best_of, vector_bag
from knowledge.scorers import Vectors, bag
from knowledge.standing import ABOUT, about_of, digest_of, index_format
from knowledge.text import stems, without_stop_words, words
from knowledge.texts import Read, Text
from knowledge.topics import Topics, fitted_topics
from knowledge.twins import alone, document_of
from knowledge.vectors import Rows, Shelf
from knowledge.voices import SAID
from records.types import Language

_ORDERED = 50  # texts: more than are shown, so that one that is no rival of the first is nearly always among them

Progress = Callable[[int, int, str], None]


@dataclass
class Manner:
    """The texts of one language and one mode of searching: chunks, fitted scorers, and their places on the shelf."""

    chunks: tuple[Chunk, ...]
    part: Part
    rows: NDArray[np.int64]

    @cached_property
    def clauses(self) -> Mapping[str, tuple[int, ...]]:
        """Where the clauses of a number stand: `7.2` names `7.2 b` and `7.2.1`, too. Made at the first question for one."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for at, chunk in enumerate(self.chunks):
            for end in (match.start() for match in _CUT.finditer(chunk.path) if chunk.contract):
                found[chunk.path[:end]].append(at)
        return {path: tuple(places) for path, places in found.items()}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each chunk stands, by its id."""
        return {chunk.id: at for at, chunk in enumerate(self.chunks)}


_CUT = re.compile(r"[. ]|$")


@dataclass
class Tongue:
    """Everything of one language. `shelf_size` counts its vectors."""

    language: Language
    vectors: Vectors
    letters: Letters
    manners: dict[str, Manner]
    shelf_size: int


@dataclass(frozen=True)
class Scored:
    """One manner's answer to one question: its chunks and every mark."""

    manner: Manner
    query: Query
    marked: Marked

    @cached_property
    def order(self) -> list[int]:
        """The places of the 50 best, best first."""
        return [int(at) for at in best_of(self.marked.total, _ORDERED)]


class Generation:
    """A loaded index. Safe to share between threads: nothing in it changes."""

    def __init__(self, tongues: Mapping[Language, Tongue], shelves: Mapping[Language, Shelf], lexicon: Lexicon) -> None:
        self.tongues = tongues
        self.shelves = shelves
        self.lexicon = lexicon
        self.maskers = {
            language: Masker({name: manner.chunks for name, manner in tongue.manners.items()})
            for language, tongue in tongues.items()
        }

    @cached_property
    def alone(self) -> Mapping[Language, frozenset[str]]:
        """By language, the ids of the texts that are in no other."""
        found = alone(chunk for tongue in self.tongues.values() for chunk in ordered(tongue))
        return {
            language: frozenset(chunk.id for chunk in ordered(tongue) if chunk.id in found)
            for language, tongue in self.tongues.items()
        }

    def with_phrasings(self, learned: Mapping[str, Sequence[str]]) -> "Generation":
        """This index with what was learned since: by chunk id, how people put it. Entries that are not in it are passed over.

        Only the entries of the languages concerned are fitted again: seconds, not an ingest. This one stays as it is.
        """
        tongues = {language: _learned(tongue, learned) for language, tongue in self.tongues.items()}
        return Generation(tongues, self.shelves, self.lexicon)

    def with_entries(self, own: Sequence[Chunk]) -> "Generation":
        """This index with entries that are in no file of it. Only the entries of their languages are fitted again."""
        tongues, shelves = dict(self.tongues), dict(self.shelves)
        for language in {chunk.language for chunk in own}:
            ours = [chunk for chunk in own if chunk.language is language]
            if language not in tongues:
                made = fit(ours, self.lexicon, lambda *_: None)[language]
                tongues[language], shelves[language] = made.tongue, Shelf.of(made.rows)
                continue
            tongues[language], rows = _joined(tongues[language], ours, self.lexicon)
            shelves[language] = shelves[language].with_more(rows)
        return Generation(tongues, shelves, self.lexicon)

    def listen(self, question: str, asked: Language) -> Callable[[Language], "Hearing"]:
        """This question, ready to be put to the texts of one language after the other."""
        return lambda held: Hearing(self, question, asked, held)

    def hear(self, question: str, asked: Language, held: Language) -> "Hearing":
        """This question, ready to be put to the texts of language `held`."""
        return self.listen(question, asked)(held)

    def score(self, question: str, asked: Language, held: Language, masks: Masks | None = None) -> list[Scored]:
        """Every manner of language `held`, marked for this question. What `masks` leave out is not found."""
        hearing = self.hear(question, asked, held)
        masks = masks if masks is not None else self.maskers[held].of(lambda _: True)
        return [hearing.score(name, mask) for name, mask in masks.items() if not mask.nothing]


class Hearing:
    """One question to the texts of one language: each manner hears it once, however many masks are laid over it."""

    def __init__(self, generation: Generation, question: str, asked: Language, held: Language) -> None:
        self._generation = generation
        self._held = held
        self._tongue = generation.tongues[held]
        self._query = read_query(question, asked, held, generation.lexicon)
        # The examples of topics are in both languages, so for them the question is read in its own.
        self._own = read_query(question, asked, asked, generation.lexicon) if asked is not held else self._query
        self._heard: dict[str, Heard] = {}

    @cached_property
    def _near(self) -> Rows:
        vector = self._tongue.vectors.of_one(self._query.stems)
        return self._generation.shelves[self._held].nearness(vector)

    @cached_property
    def _spelling(self) -> Mapping[str, Marks]:
        """Phrasings are in the language of the texts, where words the question only might mean have no place."""
        letters, query = self._tongue.letters, self._query
        marks = letters.marks(query.spelling)
        if query.spelling == query.folded or SAID not in marks:
            return marks
        return {**marks, SAID: letters.marks(query.folded)[SAID]}

    def score(self, name: str, mask: Mask) -> Scored:
        """The texts of one manner, marked; those the mask leaves out end far below."""
        manner = self._tongue.manners[name]
        if name not in self._heard:
            nearness = self._near[manner.rows].astype(np.float64)
            self._heard[name] = manner.part.hear(self._query, self._own, nearness, self._spelling)
        return Scored(manner, self._query, manner.part.mark(self._heard[name], mask))


def _learned(tongue: Tongue, learned: Mapping[str, Sequence[str]]) -> Tongue:
    entries = tongue.manners.get(Mode.ENTRIES)
    heard = {at: learned[chunk.id] for at, chunk in enumerate(entries.chunks) if chunk.id in learned} if entries else {}
    if entries is None or not heard:
        return tongue
    taught = replace(entries, part=entries.part.with_phrasings(heard))
    letters = tongue.letters.replacing(taught.part.spelt())
    return replace(tongue, letters=letters, manners={**tongue.manners, Mode.ENTRIES.value: taught})


def _joined(tongue: Tongue, own: Sequence[Chunk], lexicon: Lexicon) -> tuple[Tongue, Rows]:
    """The language with these entries as well, and their vectors, which come behind all others."""
    reads = [Read.of(text_of(chunk, {}), tongue.language) for chunk in own]
    rows = tongue.vectors.of([vector_bag(read) for read in reads])
    places = np.arange(tongue.shelf_size, tongue.shelf_size + len(own))
    held = tongue.manners.get(Mode.ENTRIES)
    if held is None:
        entries = Manner(tuple(own), Part(reads, tongue.language, lexicon, Mode.ENTRIES), places)
    else:
        entries = Manner((*held.chunks, *own), held.part.with_reads(reads), np.concatenate([held.rows, places]))
    manners = {**tongue.manners, Mode.ENTRIES.value: entries}
    letters, size = tongue.letters.replacing(entries.part.spelt()), tongue.shelf_size + len(own)
    return replace(tongue, letters=letters, manners=manners, shelf_size=size), rows


@dataclass(frozen=True)
class Fitted:
    """One language, fitted, with its vectors in the order of its chunks."""

    tongue: Tongue
    rows: Rows


def fit(chunks: Sequence[Chunk], lexicon: Lexicon, progress: Progress) -> dict[Language, Fitted]:
    """Fitted scorers by language."""
    twins = _twins(chunks)
    topics = fitted_topics(lexicon) if any(chunk.kind is Kind.CONTRACT for chunk in chunks) else None
    fitted: dict[Language, Fitted] = {}
    present = [language for language in Language if any(chunk.language is language for chunk in chunks)]
    for done, language in enumerate(present):
        progress(done, len(present), f"index {language.value}")
        own = [chunk for chunk in chunks if chunk.language is language]
        reads = [Read.of(text_of(chunk, twins), language) for chunk in own]
        vectors, rows = Vectors.fitted([vector_bag(read) for read in reads])
        manners = _manners(own, reads, language, lexicon)
        letters = Letters.of({name: spelt for one in manners.values() for name, spelt in one.part.spelt().items()})
        clauses = manners.get(Mode.CLAUSES)
        if clauses is not None and topics is not None:
            near = _wording_vectors(topics, vectors, language) @ rows[clauses.rows].T
            clauses.part.search_topics(topics, letters, near)
        fitted[language] = Fitted(Tongue(language, vectors, letters, manners, len(own)), rows)
    progress(len(present), len(present), "index")
    return fitted


def _wording_vectors(topics: Topics, vectors: Vectors, language: Language) -> Rows:
    return vectors.of(
        [bag(stems(without_stop_words(words(wording)), language)) for wording in topics.wording(language)]
    )


_MODES = {Kind.FAQ: Mode.ENTRIES, Kind.TUTORIAL: Mode.GUIDES, Kind.CONTRACT: Mode.CLAUSES}


def _manners(own: Sequence[Chunk], reads: Sequence[Read], language: Language, lexicon: Lexicon) -> dict[str, Manner]:
    manners: dict[str, Manner] = {}
    for mode in Mode:
        rows = [at for at, chunk in enumerate(own) if _MODES[chunk.kind] is mode]
        if rows:
            part = Part([reads[at] for at in rows], language, lexicon, mode)
            manners[mode.value] = Manner(tuple(own[at] for at in rows), part, np.array(rows))
    return manners


def _twins(chunks: Sequence[Chunk]) -> Mapping[tuple[Language, str, str], Chunk]:
    """FAQ entries by language, document and path."""
    return {(chunk.language, document_of(chunk), chunk.path): chunk for chunk in chunks if chunk.kind is Kind.FAQ}


def text_of(chunk: Chunk, twins: Mapping[tuple[Language, str, str], Chunk]) -> Text:
    """What is matched of a chunk."""
    other = Language.EN if chunk.language is Language.ES else Language.ES
    twin = twins.get((other, document_of(chunk), chunk.path)) if chunk.kind is Kind.FAQ else None
    heard = "\n".join((twin.title, *twin.phrasings)) if twin is not None else ""
    return Text(chunk.title, chunk.text, chunk.phrasings, heard)


def in_memory(chunks: Sequence[Chunk], lexicon: Lexicon) -> Generation:
    """A throw-away index that never touches the disk, for evaluation."""
    fitted = fit(chunks, lexicon, lambda *_: None)
    shelves = {language: Shelf.of(one.rows) for language, one in fitted.items()}
    return Generation({language: one.tongue for language, one in fitted.items()}, shelves, lexicon)


def write(folder: Path, chunks: Sequence[Chunk], own: str, server: str, progress: Progress) -> None:
    """Fit and write a generation into the new `folder`; with `server`, vectors go to that Chroma server instead.

    `own` is what the workspace adds to the lexicon. Raises BadLexicon, before anything is written, when it cannot be used.
    """
    lexicon = extended_lexicon(own)
    folder.mkdir(parents=True)
    fitted = fit(chunks, lexicon, progress)
    for language, one in fitted.items():
        texts = {chunk.id: chunk.text for chunk in chunks if chunk.language is language}
        Shelf.write(folder, server, language, texts, one.rows)
    write_fitted(folder, {language: one.tongue for language, one in fitted.items()}, lexicon)
    about = {
        "format": index_format(own),
        "lexicon": own,
        "models": digest_of(folder),
        "collection": folder.name,
    }
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")


def read(folder: Path, server: str) -> Generation:
    """The generation in `folder`. Raises NoIndex when it is missing, damaged or of another version."""
    about = about_of(folder)
    # It keeps the lexicon it was fitted with: an edit of the workspace's own counts from the next ingest, and breaks nothing.
    if about.get("format") != index_format(about.get("lexicon", "")):
        raise NoIndex(f"the index in {folder.name!r} was written by another version; run `relevo ingest`.")
    # Only the very files that were written here are opened.
    if about.get("models") != digest_of(folder):
        raise NoIndex(f"the index in {folder.name!r} was changed since it was written; run `relevo ingest`.")
    tongues, lexicon = read_fitted(folder)
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


def ordered(tongue: Tongue) -> list[Chunk]:
    """The chunks of a language in the order of its vectors."""
    places: list[tuple[int, Chunk]] = []
    for manner in tongue.manners.values():
        places += zip(manner.rows.tolist(), manner.chunks, strict=True)
    return [chunk for _, chunk in sorted(places, key=lambda place: place[0])]
