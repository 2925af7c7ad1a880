"""The gate behind a language model: what it wrote becomes an answer only if our sentences say it. Pure.

A model may choose among our sentences, order their paragraphs and join them with the free words of `wording.toml`. Every word
and number in between must be one of the source's, in the source's order, from the first word of a sentence to its last: "no"
cannot be dropped, two prices cannot change places, a condition cannot be left off. Every failure is a NotGrounded
that says which; the caller quotes instead.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from knowledge.answers import LONGEST_ANSWER, Drafted, why_not_grounded
from knowledge.language import detect
from knowledge.passages import Kind, NotGrounded, Passage
from knowledge.text import clean, fold, sentence_spans, stems, word_lists, words
from records.types import Citation, Language

_MARKED = re.compile(r"\s*(?P<text>[^\[\]]+?)\s*\[(?P<number>\d{1,2})\]\s*[.]?\s*")
_TOKEN = re.compile(r"[€$£%?]|\w+(?:['’]\w+)*")
_PLAIN = frozenset(" \n.,;:¿?¡!()«»\"'“”‘’…-–/%€$£&@+")
_ITEM = re.compile(r"\s*(?:[-•–]|\d{1,2}[.)]|[a-z]\))\s+")
_FEW_WORDS = 2
_JUDGED_LETTERS = 24


@dataclass(frozen=True)
class _Sentence:
    """One sentence of a passage. `opens` a paragraph; `leans`: the one before it may not be said without it."""

    start: int
    end: int
    tokens: tuple[str, ...]
    opens: bool
    leans: bool


@dataclass(frozen=True)
class _Said:
    """One sentence of the model: its text, the passage it cites (from 0), and the sentences of it that say the same."""

    text: str
    passage: int
    first: int
    last: int


@cache
def _phrases(name: str) -> Mapping[Language, frozenset[str]]:
    lists = tomllib.loads((resources.files("knowledge") / "wording.toml").read_text(encoding="utf-8"))[name]
    return {language: frozenset(lists[language.value]) for language in Language}


def may_be_worded(passage: Passage, language: Language) -> bool:
    """A clause of a contract is quoted, never worded; and nothing is translated."""
    return passage.kind is not Kind.CONTRACT and passage.language is language


def accept_wording(reply: str, question: str, passages: Sequence[Passage], language: Language) -> Drafted:
    """The answer that `reply` makes of the numbered `passages`, the first of which is what was found.

    `reply` is sentences, each followed by the number of its passage in square brackets. Citations are ours: what stands in the
    passages where the sentences were found. Raises NotGrounded, saying what is wrong in English, without the model's words.
    """
    sentences = [_sentences(passage.text, language) for passage in passages]
    said = [_placed(text, number, passages, sentences, language) for text, number in _split(clean(reply))]
    _check_whole(said, sentences)
    _check_answers(said, question, passages, sentences, language)
    text = "".join(_gap(at, one, sentences) + one.text for at, one in enumerate(said))
    if detect(text) not in (None, language) and len(text) >= _JUDGED_LETTERS:
        raise NotGrounded(f"it is not written in {language.value}.")
    citations = tuple(dict.fromkeys(_citation(one, passages[one.passage], sentences[one.passage]) for one in said))
    drafted = Drafted(text, citations, tuple(passages[number] for number in dict.fromkeys(one.passage for one in said)))
    if problem := why_not_grounded(drafted, drafted.passages, language):
        raise NotGrounded(f"{problem}.")
    return drafted


def _gap(at: int, said: _Said, sentences: Sequence[Sequence[_Sentence]]) -> str:
    if not at:
        return ""
    return "\n\n" if sentences[said.passage][said.first].opens else " "


def _split(reply: str) -> list[tuple[str, int]]:
    """(sentence, number) pairs. Anything between them, or an answer too long to be read, is refused."""
    if not reply.strip() or len(reply) > LONGEST_ANSWER + 200:
        raise NotGrounded("it is empty or too long.")
    pairs, at = [], 0
    for match in _MARKED.finditer(reply):
        if match.start() != at:
            break
        pairs.append((match["text"], int(match["number"])))
        at = match.end()
    if not pairs or at != len(reply) or sum(len(text) + 1 for text, _ in pairs) > LONGEST_ANSWER:
        raise NotGrounded("a sentence cites nothing.")
    return pairs


def _placed(
    text: str,
    number: int,
    passages: Sequence[Passage],
    sentences: Sequence[Sequence[_Sentence]],
    language: Language,
) -> _Said:
    """Where in the passage it cites this sentence stands."""
    if not 1 <= number <= len(passages):
        raise NotGrounded("it cites a passage it was not given.")
    passage, own = passages[number - 1], sentences[number - 1]
    strange = {mark for mark in text if not mark.isalnum() and mark not in _PLAIN} - set(passage.text)
    if strange:
        raise NotGrounded("it holds markup or signs that its source does not.")
    tokens = _tokens(text, language)
    for first in range(len(own)):
        for last in range(first, len(own)):
            run = tuple(token for sentence in own[first : last + 1] for token in sentence.tokens)
            if len(run) > len(tokens):
                break
            if run and run == tokens:
                return _Said(text, number - 1, first, last)
    raise NotGrounded("a sentence says what its source does not.")


def _tokens(text: str, language: Language) -> tuple[str, ...]:
    """What must be the same: words with their accents, numbers, signs of money and of questions. Free words are gone."""
    found = _TOKEN.findall(unicodedata.normalize("NFC", text.casefold().replace("’", "'")))
    return tuple(token for token in found if fold(token) not in _phrases("free")[language])


def _sentences(text: str, language: Language) -> list[_Sentence]:
    made: list[_Sentence] = []
    for start, end in sentence_spans(text):
        last = made[-1].end if made else start
        before, here = text[made[-1].start : last] if made else "", text[start:end]
        items = bool(_ITEM.match(here) and _ITEM.match(before))
        leans = bool(made) and (items or _leads(before) or _leans(here, language))
        opens = not made or "\n" in text[last:start]
        made.append(_Sentence(start, end, _tokens(here, language), opens, leans))
    return made


def _leans(sentence: str, language: Language) -> bool:
    beginning = " ".join(words(sentence)[:4]) + " "
    return any(beginning.startswith(f"{phrase} ") for phrase in _phrases("leans")[language])


def _leads(sentence: str) -> bool:
    """Does this one announce the next: a colon, a question, or a bare "No."?"""
    return sentence.rstrip().endswith((":", "?")) or len(words(sentence)) <= _FEW_WORDS


def _check_whole(said: Sequence[_Said], sentences: Sequence[Sequence[_Sentence]]) -> None:
    """Of a paragraph its beginning is said, in order; what narrows a sentence is said with it; nothing is said twice.

    A sentence in the middle may hang on the one before it by a word as small as "it"; its beginning seldom does.
    """
    told = [(one.passage, at) for one in said for at in range(one.first, one.last + 1)]
    if len(set(told)) < len(told):
        raise NotGrounded("it says something twice.")
    after = dict(pairwise(told))
    for passage, held in enumerate(sentences):
        for at, sentence in enumerate(held):
            before, here = (passage, at - 1), (passage, at)
            needs = here in told and (sentence.leans or not sentence.opens)
            if (needs or (sentence.leans and before in told)) and after.get(before) != here:
                raise NotGrounded("it leaves out or moves what a sentence depends on.")


def _check_answers(
    said: Sequence[_Said],
    question: str,
    passages: Sequence[Passage],
    sentences: Sequence[Sequence[_Sentence]],
    language: Language,
) -> None:
    """It must begin with the passage that was found (an entry: with its first sentence, which is the answer), and hold the
    sentence of it that shares most with the question."""
    asked = frozenset(stems(words(question), language))
    shared = [
        len(asked & frozenset(stems(words(passages[0].text[one.start : one.end]), language))) for one in sentences[0]
    ]
    told = [at for one in said if one.passage == 0 for at in range(one.first, one.last + 1)]
    first_is_first = said[0].passage == 0 and (said[0].first == 0 or passages[0].kind is not Kind.FAQ)
    if not first_is_first or max(shared[at] for at in told) < max(shared):
        raise NotGrounded("it does not begin with what was found, or leaves out what was asked.")


def _citation(said: _Said, passage: Passage, sentences: Sequence[_Sentence]) -> Citation:
    quote = passage.text[sentences[said.first].start : sentences[said.last].end]
    return Citation(passage.source, passage.path, quote, passage.title)


# ---------------------------------------------------------------- a question made whole, a choice

LONGEST_QUESTION = 300


def accept_question(reply: str, message: str, earlier: Sequence[str]) -> str:
    """A follow-up made to stand alone. Raises NotGrounded unless every word of it was said in this conversation, and every
    word of the message that means something is still there."""
    offered = clean(reply).strip()
    used, last = set(words(offered)), set(words(message))
    known = last.union(*(words(text) for text in earlier))
    if not used or len(offered) > LONGEST_QUESTION or "\n" in offered:
        raise NotGrounded("the question is empty, long or of several lines.")
    kept = last - frozenset[str]().union(*word_lists("stop").values())
    if used - known or kept - used:
        raise NotGrounded("the question adds words nobody said, or drops some.")
    return offered


def accept_choice(reply: str, candidates: int) -> int:
    """Which candidate was chosen, from 0; -1 for none of them. Raises NotGrounded for anything else."""
    match = re.fullmatch(r"\W{0,3}(\d{1,2})\W{0,3}", reply.strip())
    number = int(match[1]) if match else -1
    if not 0 <= number <= candidates:
        raise NotGrounded("it is not one of the candidates.")
    return number - 1
