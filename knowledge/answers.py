"""An answer that quotes its source. Pure.

A `Drafted` cannot be built without a citation whose quote stands word for word in the passage it names; `why_not_grounded` then
checks that nothing in its text says more than those passages.
"""

import math
from dataclasses import dataclass

from knowledge.confidence import leaves_open, nearest_below, shipped_heads
from knowledge.contracts import GAP
from knowledge.facts import clause_facts, facts, not_among
from knowledge.language import detect
from knowledge.passages import Found, Kind, Library, NotGrounded, Passage
from knowledge.text import sentence_spans, stems, without_stop_words, words
from records.phrases import load_phrases
from records.types import Citation, Language

__all__ = [
    "Drafted",
    "Found",
    "Library",
    "Passage",
    "draft",
    "extract",
    "is_certain",
    "is_in_another_language",
    "why_not_grounded",
]

LONGEST_QUOTE = 400
LONGEST_ANSWER = 1_500
_UNJUDGED_LETTERS = 40  # shorter texts say too little about their language


@dataclass(frozen=True)
class Drafted:
    """`text` for the subscriber, and where it stands. `passages` are what the citations quote.

    Raises NotGrounded without a citation, or when a quote does not stand word for word in the passage it names.
    """

    text: str
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]

    def __post_init__(self) -> None:
        if not self.citations:
            raise NotGrounded("an answer needs a citation.")
        for citation in self.citations:
            if not citation.quote.strip() or not any(_stands_in(citation, passage) for passage in self.passages):
                raise NotGrounded(f"the quote does not stand in {citation.source!r} at {citation.path!r}.")


def _stands_in(citation: Citation, passage: Passage) -> bool:
    named = citation.source == passage.source and citation.path == passage.path
    return named and citation.quote in passage.text


_MANNERS = {Kind.FAQ: "entries", Kind.TUTORIAL: "guides", Kind.CONTRACT: "clauses"}


def is_certain(found: Found, wrong_answers: float) -> bool:
    """May the first passage be given as the answer, if at most this share of all questions may get a wrong one?"""
    return bool(found.passages) and found.right >= chance_needed(found, wrong_answers)


def chance_needed(found: Found, wrong_answers: float) -> float:
    """From which chance on the first passage is certain enough; entries, guides and clauses have each their own.

    1, which no chance reaches, when the passage leaves open what was asked.
    """
    kind = _kind(found)
    if leaves_open(_MANNERS[kind], found.features):
        return 1.0
    if found.certain and kind is Kind.FAQ:
        return nearest_below(found.certain, wrong_answers)
    return shipped_heads()[_MANNERS[kind]].certain_from(wrong_answers)


def _kind(found: Found) -> Kind:
    return found.passages[0].kind if found.passages else Kind.CONTRACT


def draft(question: str, found: Found, language: Language) -> Drafted:
    """The first passage as an answer: an FAQ entry as written, a tutorial's section, a clause quoted with its number.

    Raises NotGrounded when nothing was found.
    """
    if not found.passages:
        raise NotGrounded("nothing was found to quote.")
    best = found.passages[0]
    quote = extract(question, best)
    citation = Citation(best.source, best.path, quote, best.title)
    return Drafted(_worded(question, best, quote, language), (citation,), (best,))


def _worded(question: str, best: Passage, quote: str, language: Language) -> str:
    say = load_phrases("knowledge").say
    match best.kind:
        case Kind.FAQ:
            return best.text
        case Kind.TUTORIAL:
            text = shortened(question, best.text, best.language, LONGEST_ANSWER)
            return say("answer.tutorial", language, heading=best.title, text=text)
        case Kind.CONTRACT:
            key = _clause_phrase(best)
            path = best.path.split(" · ")[0]
            return say(f"answer.{key}", language, path=path, heading=best.title, quote=_clause_text(best, quote))


def _clause_phrase(passage: Passage) -> str:
    if not passage.path[:1].isdigit():
        return "clause_named"
    return "clause" if passage.title else "clause_bare"


def _clause_text(passage: Passage, quote: str) -> str:
    """An item with the sentence that leads to it; else the quote alone."""
    whole = passage.text
    return whole if len(whole) <= LONGEST_QUOTE else quote


def extract(question: str, passage: Passage) -> str:
    """At most 400 characters of the passage, whole sentences where they fit, word for word."""
    segments = [segment.strip("\n") for segment in passage.text.split(GAP)]
    segment = max(segments, key=lambda text: (_worth(question, text, passage.language), segments.index(text)))
    return shortened(question, segment, passage.language, LONGEST_QUOTE)


def _worth(question: str, text: str, language: Language) -> float:
    asked = set(stems(words(question), language))
    return sum(len(stem) for stem in asked & set(stems(words(text), language)))


def shortened(question: str, text: str, language: Language, most: int) -> str:
    """The best sentence, grown to the better neighbour while it fits in `most` characters.

    One that is too long by itself is cut between words.
    """
    if len(text) <= most:
        return text
    spans = sentence_spans(text)
    marks = _sentence_marks(question, [text[first:last] for first, last in spans], language)
    low = high = max(range(len(spans)), key=lambda at: (marks[at], -at))
    while True:
        sides = [
            (marks[at], new)
            for at, new in ((low - 1, (low - 1, high)), (high + 1, (low, high + 1)))
            if 0 <= at < len(spans) and spans[new[1]][1] - spans[new[0]][0] <= most
        ]
        if not sides:
            break
        low, high = max(sides, key=lambda side: side[0])[1]
    return _cut(text[spans[low][0] : spans[high][1]], most)


def _sentence_marks(question: str, sentences: list[str], language: Language) -> list[float]:
    """By sentence, the weight of the question's stems it holds. Stop-words would choose the wrong one in one of fifty."""
    told = words(question)
    asked = set(stems(without_stop_words(told) or told, language))
    bags = [set(stems(words(sentence), language)) for sentence in sentences]
    rarity = {stem: math.log(1 + len(bags) / (1 + sum(stem in bag for bag in bags))) for stem in asked}
    return [sum(rarity[stem] for stem in asked & bag) for bag in bags]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most + 1].rsplit(None, 1)[0][:most]


def locale_of(passage: Passage) -> str:
    """How the dates and numbers of a source are written: its language, and the country it says it is for."""
    countries = passage.reach.countries
    return f"{passage.language.value}-{countries[0]}" if len(countries) == 1 else passage.language.value


def is_in_another_language(drafted: Drafted, language: Language) -> bool:
    """Does it quote a text in another language than `language` that is not known to be in no other?"""
    return any(one.language is not language and not one.alone for one in drafted.passages)


def _facts_of(passage: Passage) -> tuple[str, ...]:
    places = clause_facts(passage.path) if passage.kind is Kind.CONTRACT else ()
    return (*places, *facts(f"{passage.title}\n{passage.text}", locale_of(passage)))


def why_not_grounded(drafted: Drafted, passages: tuple[Passage, ...], language: Language | None = None) -> str:
    """Empty when every fact of the text stands in the passages it cites; else what does not, in English.

    `passages` are those that were found: a citation of anything else counts as none. With `language`, the text must be in it.
    """
    cited = [passage for passage in passages if any(_stands_in(one, passage) for one in drafted.citations)]
    if len({(one.source, one.path) for one in cited}) < len({(one.source, one.path) for one in drafted.citations}):
        return "it cites a passage that was not found"
    held = [fact for passage in cited for fact in _facts_of(passage)]
    # Each source writes in its own locale; the text must be true as a reader of one of them reads it.
    readings = [not_among(facts(drafted.text, locale), held) for locale in {locale_of(passage) for passage in cited}]
    missing = min(readings, key=len)
    if missing:
        return f"not in what it cites: {', '.join(missing)}"
    if language is not None and len(drafted.text) >= _UNJUDGED_LETTERS and detect(drafted.text) not in (None, language):
        return f"it is not written in {language.value}"
    return ""
