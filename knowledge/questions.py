"""A question made ready once for every scorer. Pure."""

from dataclasses import dataclass

from knowledge.asking import ways_of_asking
from knowledge.cognates import cognates
from knowledge.hinges import hinges_of
from knowledge.lexicon import Lexicon
from knowledge.text import is_denial, is_stop_word, stems, without_stop_words, words
from records.types import Language


@dataclass(frozen=True)
class Word:
    """One content word of a question: its stem, and the concepts it helps to say. `hinge`: the question hangs on it."""

    stem: str
    concepts: frozenset[str]
    hinge: bool = False


@dataclass(frozen=True)
class Query:
    """`concepts` by weight; `share` of the content words that say one: how far the lexicon knows what this is about.

    `across`: the documents are in the other language. `spelling` is `folded` with cognates beside it, for characters.
    `denies`: it says no to something. `asks`: the ways in which it asks, of `asking.toml`.
    """

    folded: str
    stems: tuple[str, ...]
    content: tuple[Word, ...]
    concepts: dict[str, float]
    share: float
    across: bool
    spelling: str
    denies: bool
    asks: frozenset[str]


def read_query(text: str, asked: Language, held: Language, lexicon: Lexicon) -> Query:
    """`asked` is the question's language, `held` the documents'. Across languages, stop-words go: they only mislead there."""
    tokens = lexicon.plain(words(text), asked)
    across = asked is not held
    kept = without_stop_words(tokens) if across else tokens
    said_by = lexicon.said_by(tokens)
    concepts = lexicon.with_broader(frozenset[str]().union(*said_by.values()))
    places = [at for at, token in enumerate(tokens) if not is_stop_word(token)]
    hinges = hinges_of(text, asked)
    content = tuple(
        Word(stem, said_by.get(at, frozenset()), tokens[at] in hinges)
        for at, stem in zip(places, stems([tokens[at] for at in places], held), strict=True)
    )
    share = sum(bool(word.concepts) for word in content) / len(content) if content else float(bool(concepts))
    folded = " ".join(kept)
    spelling = " ".join([folded, *cognates(kept, asked)]) if across else folded
    return Query(
        folded,
        tuple(stems(kept, held)),
        content,
        concepts,
        share,
        across,
        spelling,
        denies=any(map(is_denial, tokens)),
        asks=ways_of_asking(tokens, asked),
    )
