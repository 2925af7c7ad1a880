"""How a proven answer is said: announced in another language, with the author's note, in short where room is dear, and never
with a yes or a no to what nobody asked. Pure."""

import re
from dataclasses import replace

from bot.events import Talk
from bot.replies import phrase
from channels.render import segments
from knowledge.answers import Drafted, shortened, why_not_grounded
from knowledge.passages import Passage
from knowledge.text import stems, without_stop_words, words
from records.types import ChannelName

MOST_SEGMENTS = 2
"""Messages an answer by SMS may take; longer ones are said in short, with the rest on request."""

_STEPS = (
    300,
    240,
    180,
    130,
    100,
    70,
)  # characters to try, from what may fit in plain letters to what fits with accents

_YES_OR_NO = re.compile(r"(?:sí|no|yes)[.,:;]", re.IGNORECASE)


def worded(talk: Talk, question: str, made: Drafted) -> str:
    """The whole answer: a text in the other language is announced, a clause has its author's plain words below."""
    first = made.passages[0]
    text = as_asked(question, first, made.text)
    if first.note and len(made.passages) == 1 and _stands(first.note, made):
        text = f"{text}\n\n{phrase('answer.note', talk.language, note=first.note)}"
    return announced(talk, first, text)


def as_asked(question: str, passage: Passage, text: str) -> str:
    """`text`, with the title it says yes or no to before it, unless that is what they asked.

    "¿Cambia el día de cobro?" answers with "No."; whoever asked when they are charged would read a no to that.
    """
    if (
        not passage.title.endswith("?")
        or not _YES_OR_NO.match(text)
        or _tells(question, passage) == _tells(passage.title, passage)
    ):
        return text
    return f"{passage.title} {text}"


def _tells(text: str, passage: Passage) -> frozenset[str]:
    return frozenset(stems(without_stop_words(words(text)), passage.language))


def announced(talk: Talk, passage: Passage, text: str) -> str:
    """`text` from this passage; that it is in another language than theirs is said before it."""
    if passage.language is talk.language:
        return text
    return f"{phrase('answer.only_in', talk.language)}\n\n{text}"


def in_short(talk: Talk, question: str, made: Drafted) -> str:
    """The answer as it is said where every message costs; empty when there is no need, or the channel has room."""
    whole = worded(talk, question, made)
    if talk.conversation.channel is not ChannelName.SMS or len(made.passages) > 1 or fits(whole):
        return ""
    first = made.passages[0]
    short = announced(talk, first, as_asked(question, first, first.short)) if first.short else ""
    if short and fits(short) and _stands(first.short, made):
        return short
    return _shortest(talk, question, first)


def _stands(beside: str, made: Drafted) -> bool:
    """What an author says beside a text may name no fact that the text does not hold."""
    return not why_not_grounded(replace(made, text=beside), made.passages)


def _shortest(talk: Talk, question: str, passage: Passage) -> str:
    tried = (shortened(question, passage.text, passage.language, most) for most in _STEPS)
    asked = (as_asked(question, passage, text) for text in tried)
    return next((said for text in asked if fits(said := announced(talk, passage, text))), "")


def fits(text: str) -> bool:
    return segments(text).count <= MOST_SEGMENTS
