"""What works badly in a lexicon, and what it does not know. Pure.

Every form is tried on both languages' texts, so a Spanish form that is an everyday English word (and the reverse) speaks of a
concept nobody meant; the same does a prefix that begins too many words.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice, takewhile

from knowledge.lexicon import Form, Lexicon, light_form, part_fits, read_form
from knowledge.lexicon_file import Entry, LexiconFile
from knowledge.text import stems, word_lists, words
from records.types import Language

MOST_CONCEPTS = 3
"""A form of more concepts than this tells none of them apart."""

MOST_STEMS = 12
"""A prefix that begins more different words than this, among those the texts use, was cut too short."""

Common = Mapping[Language, frozenset[str]]


@dataclass(frozen=True)
class LintFinding:
    """One thing to mend: where it stands, and what is wrong with it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def common_words(texts: Mapping[Language, Iterable[str]]) -> Common:
    """Everyday words of each language: those of the texts, and the stop-words."""
    stop, chat = word_lists("stop"), word_lists("chat")
    return {
        language: frozenset(chain.from_iterable(words(text) for text in texts.get(language, ())))
        | stop[language]
        | chat[language]
        for language in Language
    }


def lint(file: LexiconFile, common: Common) -> tuple[LintFinding, ...]:
    """What works badly in `file`, judged by the everyday words of each language and those of its own phrases."""
    spoken = {language: common[language] | own for language, own in _own_words(file).items()}
    shelves = {language: _Shelf.of(said) for language, said in spoken.items()}
    return (
        *_crowded(file),
        *_wide(file, shelves),
        *_false_friends(file, shelves),
        *_odd_spellings(file, shelves),
    )


def unknown_words(questions: Iterable[str], lexicon: Lexicon) -> tuple[tuple[str, int], ...]:
    """Words no concept uses, with the number of questions that use them, most frequent first: what to add next.

    Stop-words and chat words, numbers and words of one or two letters are left out.
    """
    plain = frozenset[str]().union(
        *word_lists("stop").values(), *word_lists("chat").values(), *lexicon.spellings.values()
    )
    counted: Counter[str] = Counter()
    for question in questions:
        said = {word for word in words(question) if len(word) > 2 and not word.isdigit()}
        counted.update(word for word in said - plain if not lexicon.knows(word))
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True)
class _Shelf:
    """The words of one language, ready to ask which of them a form of one word meets."""

    words: frozenset[str]
    ordered: tuple[str, ...]
    by_light: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, said: frozenset[str]) -> "_Shelf":
        by_light: dict[str, tuple[str, ...]] = {}
        for word in sorted(said):
            by_light[light_form(word)] = (*by_light.get(light_form(word), ()), word)
        return cls(said, tuple(sorted(said)), by_light)

    def met_by(self, part: str) -> tuple[str, ...]:
        if not part.endswith("*"):
            return self.by_light.get(part, ())
        first = bisect_left(self.ordered, part[:-1])
        return tuple(takewhile(lambda word: word.startswith(part[:-1]), islice(self.ordered, first, None)))


def _forms(entry: Entry) -> Iterator[tuple[Language, str, Form]]:
    for language, forms in entry.forms.items():
        for raw in forms:
            yield language, raw, read_form(entry.id, raw)


def _own_words(file: LexiconFile) -> Common:
    """The whole words that phrases of each language are made of; a form of one word is what is judged, and proves nothing."""
    return {
        language: frozenset(
            word
            for entry in file.entries.values()
            for raw in entry.forms[language]
            if " " in raw
            for piece in raw.split()
            if not piece.endswith("*")
            for word in words(piece)
        )
        for language in Language
    }


def _single(file: LexiconFile) -> Iterator[tuple[Entry, Language, str, str]]:
    """Forms of one word, with that word or prefix: they speak without any company."""
    for entry in file.entries.values():
        for language, raw, form in _forms(entry):
            if len(form.parts) == 1:
                yield entry, language, raw, form.parts[0]


def _crowded(file: LexiconFile) -> Iterator[LintFinding]:
    holders: dict[tuple[tuple[str, ...], bool], set[str]] = defaultdict(set)
    for entry in file.entries.values():
        for _, _, form in _forms(entry):
            holders[form.parts, form.ordered].add(entry.id)
    for (parts, ordered), ids in holders.items():
        loose = ids - {broader for one in ids for broader in file.entries[one].up}
        if len(loose) > MOST_CONCEPTS:
            written = (" " if ordered else " + ").join(parts)
            yield LintFinding(
                f"form {written!r}", f"is of {len(loose)} concepts ({', '.join(sorted(loose))}); join some with `up`"
            )


def _wide(file: LexiconFile, shelves: Mapping[Language, _Shelf]) -> Iterator[LintFinding]:
    stop = word_lists("stop")
    for entry, language, raw, part in _single(file):
        if not part.endswith("*"):
            continue
        where = f"concept {entry.id!r}, {raw!r}"
        met = shelves[language].met_by(part)
        if stopped := stop[language].intersection(met):
            yield LintFinding(where, f"begins the everyday word {min(stopped)!r}")
        begun = set(stems(met, language))
        if len(begun) > MOST_STEMS:
            yield LintFinding(where, f"begins {len(begun)} different words ({', '.join(sorted(begun)[:6])}…)")


def _false_friends(file: LexiconFile, shelves: Mapping[Language, _Shelf]) -> Iterator[LintFinding]:
    stop = word_lists("stop")
    for entry, language, raw, part in _single(file):
        other = next(one for one in Language if one is not language)
        foreign = [
            word for word in shelves[other].met_by(part) if word in stop[other] or word not in shelves[language].words
        ]
        meant = [read_form(entry.id, form).parts for form in entry.forms[other]] if foreign else []
        strange = [word for word in foreign if not any(_says(parts, word) for parts in meant)]
        if strange:
            yield LintFinding(
                f"concept {entry.id!r}, {raw!r} ({language.value})",
                f"also meets {other.value} {', '.join(strange[:5])}; add them there if meant, else take a phrase",
            )


def _says(parts: tuple[str, ...], word: str) -> bool:
    return len(parts) == 1 and part_fits(parts[0], word, light_form(word))


def _odd_spellings(file: LexiconFile, shelves: Mapping[Language, _Shelf]) -> Iterator[LintFinding]:
    known = {part for entry in file.entries.values() for _, _, form in _forms(entry) for part in form.parts}
    stop = word_lists("stop")
    for language, table in file.spellings.items():
        for raw, written in table.items():
            where = f"abbrev {language.value}, {raw!r}"
            key, value = words(raw), words(written)
            if len(key) != 1:
                yield LintFinding(where, "is more than one word; only single words are replaced")
            elif key == value:
                yield LintFinding(where, "stands for itself")
            elif key[0] in stop[language]:
                yield LintFinding(where, f"is an everyday word; {written!r} would take its place in every question")
            strange = [word for word in value if word not in shelves[language].words and light_form(word) not in known]
            if strange:
                yield LintFinding(where, f"stands for {strange[0]!r}, which no concept and no text uses")
