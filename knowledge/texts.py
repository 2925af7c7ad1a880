"""What is searched, read into words once for every scorer. Pure."""

from dataclasses import dataclass
from itertools import chain

from knowledge.text import is_stop_word, sentence_spans, stems, words
from records.types import Language


@dataclass(frozen=True)
class Text:
    """One thing to be found. `twin` holds the same entry's own words in the other language: they share concepts."""

    title: str
    body: str
    phrasings: tuple[str, ...] = ()
    twin: str = ""

    @property
    def own(self) -> str:
        return "\n".join((self.title, *self.phrasings))

    @property
    def all(self) -> str:
        return f"{self.own}\n{self.body}"


@dataclass(frozen=True)
class Read:
    """A text in folded words and their stems. `sentences`: the content stems of the title, then of each sentence."""

    text: Text
    own_words: tuple[str, ...]
    body_words: tuple[str, ...]
    own: tuple[str, ...]
    body: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...]

    @staticmethod
    def of(text: Text, language: Language) -> "Read":
        own = words(text.own)
        pieces = [words(text.body[first:last]) for first, last in sentence_spans(text.body)]
        body = list(chain.from_iterable(pieces))
        own_stems, body_stems = stems(own, language), stems(body, language)
        title = len(words(text.title))
        cut = [_content(own[:title], own_stems[:title])]
        at = 0
        for piece in pieces:
            cut.append(_content(piece, body_stems[at : at + len(piece)]))
            at += len(piece)
        return Read(text, tuple(own), tuple(body), tuple(own_stems), tuple(body_stems), tuple(cut))


def _content(said: list[str], stemmed: list[str]) -> tuple[str, ...]:
    return tuple(stem for word, stem in zip(said, stemmed, strict=True) if not is_stop_word(word))
