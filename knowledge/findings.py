"""What is wrong between documents: missing in a language, saying other figures there, said twice, or said differently. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from knowledge.facts import facts
from knowledge.passages import Chunk, Kind
from knowledge.scope import Label, meet
from knowledge.text import sentence_spans, words
from knowledge.twins import document_of
from records.types import Language

_PLAIN = ("link", "e-mail", "phone", "clause", "address")  # kinds of facts that may differ between languages and texts
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s+", re.MULTILINE)
_PIECE = re.compile(r" · \d+$")
_RAREST = 4  # words by which two texts are brought together
_COMMON = 60  # texts; a word in more than these brings nobody together
_SAME_ENTRY = 0.85  # share of the words of two answers that are in both
_SAME_SENTENCE = 0.8
_FEWEST_WORDS = 5


@dataclass(frozen=True)
class Place:
    """A section of a source."""

    source: str
    path: str


@dataclass(frozen=True)
class Missing:
    """What stands in one language and not in another. An empty `path`: the whole file or contract version."""

    place: Place
    language: Language


@dataclass(frozen=True)
class Unlike:
    """One section in two languages with other figures: what only the first says, and what only the second does."""

    one: Place
    other: Place
    only_one: tuple[str, ...]
    only_other: tuple[str, ...]


@dataclass(frozen=True)
class Twice:
    """Two entries of one language that answer the same."""

    one: Place
    other: Place


@dataclass(frozen=True)
class Contradiction:
    """Nearly the same sentence in two places, with other figures."""

    one: Place
    other: Place
    says: str
    other_says: str


@dataclass(frozen=True)
class Findings:
    """Everything worth a look, each kind by place."""

    missing: tuple[Missing, ...]
    unlike: tuple[Unlike, ...]
    twice: tuple[Twice, ...]
    contradictions: tuple[Contradiction, ...]


def look_at(chunks: Sequence[Chunk], languages: Sequence[Language]) -> Findings:
    """What is wrong between these chunks of one generation, for a company that writes these languages."""
    return Findings(
        missing=tuple(_missing(chunks, languages)),
        unlike=tuple(_unlike(chunks)),
        twice=tuple(_twice(chunks)),
        contradictions=tuple(_contradictions(chunks)),
    )


# ---------------------------------------------------------------- the languages side by side


def _path(chunk: Chunk) -> str:
    return _PIECE.sub("", chunk.path)


_Sections = dict[Language, dict[str, list[Chunk]]]
"""One document: by language and by the address its sections share, in reading order."""


def _documents(chunks: Sequence[Chunk]) -> list[_Sections]:
    documents: dict[tuple[Kind, str], _Sections] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for chunk in chunks:
        documents[chunk.kind, document_of(chunk)][chunk.language][_path(chunk)].append(chunk)
    return [_side_by_side(kind, held) for (kind, _), held in sorted(documents.items())]


def _side_by_side(kind: Kind, held: _Sections) -> _Sections:
    """Sections that are named after a translated heading, side by side by their order; entries have ids of their own."""
    shared = set.intersection(*(set(paths) for paths in held.values()))
    alone = {language: [path for path in paths if path not in shared] for language, paths in held.items()}
    if kind is Kind.FAQ or len({len(paths) for paths in alone.values()}) > 1:
        return held
    names = {(language, path): f"§{at}" for language, paths in alone.items() for at, path in enumerate(paths)}
    return {
        language: {names.get((language, path), path): some for path, some in paths.items()}
        for language, paths in held.items()
    }


def _missing(chunks: Sequence[Chunk], languages: Sequence[Language]) -> Iterator[Missing]:
    for held in _documents(chunks):
        for language in languages:
            if language not in held:
                yield from (Missing(Place(source, ""), language) for source in _sources(held))
                continue
            for other, paths in held.items():
                lost = [some[0] for path, some in paths.items() if path not in held[language]]
                yield from (Missing(_place(chunk), language) for chunk in lost if other is not language)


def _sources(held: _Sections) -> list[str]:
    return sorted({chunk.source for paths in held.values() for some in paths.values() for chunk in some})


def _unlike(chunks: Sequence[Chunk]) -> Iterator[Unlike]:
    for held in (section for document in _documents(chunks) for section in _by_section(document)):
        for one, other in combinations(sorted(held), 2):
            mine, theirs = _figures(held[one]), _figures(held[other])
            if mine != theirs:
                yield Unlike(
                    _place(held[one][0]), _place(held[other][0]), _sorted(mine - theirs), _sorted(theirs - mine)
                )


def _by_section(document: _Sections) -> list[dict[Language, list[Chunk]]]:
    """Every section of a document, in the languages that have it."""
    addresses = dict.fromkeys(path for paths in document.values() for path in paths)
    return [{language: paths[path] for language, paths in document.items() if path in paths} for path in addresses]


def _figures(chunks: Iterable[Chunk]) -> frozenset[str]:
    return frozenset().union(*(_figures_in(chunk.text, chunk.language) for chunk in chunks))


def _sorted(found: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(found))


def _place(chunk: Chunk) -> Place:
    return Place(chunk.source, _path(chunk))


# ---------------------------------------------------------------- one language by itself


@dataclass(frozen=True)
class _Saying:
    """An answer or a sentence, to be compared with others."""

    chunk: Chunk
    text: str
    bag: frozenset[str]


def _twice(chunks: Sequence[Chunk]) -> Iterator[Twice]:
    entries = [_saying(chunk, chunk.text) for chunk in chunks if chunk.kind is Kind.FAQ]
    asked: dict[tuple[Language, str], list[Chunk]] = defaultdict(list)
    for entry in entries:
        asked[entry.chunk.language, " ".join(words(entry.chunk.title))].append(entry.chunk)
    pairs = {
        (_place(one), _place(other))
        for held in asked.values()
        for one, other in combinations(held, 2)
        if _for_one_person(one, other)
    }
    pairs |= {(_place(a.chunk), _place(b.chunk)) for a, b in _close(entries, _SAME_ENTRY)}
    yield from (Twice(one, other) for one, other in sorted(pairs, key=repr))


def _contradictions(chunks: Sequence[Chunk]) -> Iterator[Contradiction]:
    sayings = [
        _saying(chunk, chunk.text[first:last])
        for chunk in chunks
        if not (chunk.kind is Kind.CONTRACT and " " in _path(chunk))  # an item stands in its clause as well
        for first, last in sentence_spans(chunk.text)
    ]
    told = [
        saying
        for saying in sayings
        if len(saying.bag) >= _FEWEST_WORDS and _figures_in(saying.text, saying.chunk.language)
    ]
    for one, other in _close(told, _SAME_SENTENCE):
        if _figures_in(one.text, one.chunk.language) != _figures_in(other.text, other.chunk.language):
            yield Contradiction(_place(one.chunk), _place(other.chunk), one.text.strip(), other.text.strip())


def _figures_in(text: str, language: Language) -> frozenset[str]:
    counted = _LIST_NUMBER.sub("", text)
    return frozenset(fact for fact in facts(counted, language.value) if not fact.startswith(_PLAIN))


def _saying(chunk: Chunk, text: str) -> _Saying:
    return _Saying(chunk, text, frozenset(word for word in words(text) if not word.isdigit()))


def _close(sayings: Sequence[_Saying], share: float) -> Iterator[tuple[_Saying, _Saying]]:
    """Pairs of one language, from different sections, for one person, that share this much of their words."""
    for first, second in sorted(_brought_together(sayings)):
        one, other = sayings[first], sayings[second]
        apart = one.chunk.language is other.chunk.language and _place(one.chunk) != _place(other.chunk)
        if apart and _alike(one.bag, other.bag) >= share and _for_one_person(one.chunk, other.chunk):
            yield one, other


def _brought_together(sayings: Sequence[_Saying]) -> set[tuple[int, int]]:
    common = Counter(word for saying in sayings for word in saying.bag)
    by_word: dict[str, list[int]] = defaultdict(list)
    for at, saying in enumerate(sayings):
        telling = sorted((word for word in saying.bag if 1 < common[word] <= _COMMON), key=_by(common))[:_RAREST]
        for word in telling:
            by_word[word].append(at)
    return {pair for places in by_word.values() for pair in combinations(places, 2)}


def _by(common: Counter[str]) -> Callable[[str], tuple[int, str]]:
    return lambda word: (common[word], word)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _for_one_person(one: Chunk, other: Chunk) -> bool:
    return meet(Label(one.contract, one.reach), Label(other.contract, other.reach))
