"""How a proven answer is said: announced in another language, with the author's note, in short where room is dear. Pure."""

from dataclasses import replace

from bot.events import Talk
from bot.replies import phrase
from channels.render import segments
from knowledge.answers import Drafted, shortened, why_not_grounded
from knowledge.passages import Passage
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


def worded(talk: Talk, made: Drafted) -> str:
    """The whole answer: a text in the other language is announced, a clause has its author's plain words below."""
    text = made.text
    first = made.passages[0]
    if first.note and len(made.passages) == 1 and _stands(first.note, made):
        text = f"{text}\n\n{phrase('answer.note', talk.language, note=first.note)}"
    return announced(talk, first, text)


def announced(talk: Talk, passage: Passage, text: str) -> str:
    """`text` from this passage; that it is in another language than theirs is said before it."""
    if passage.language is talk.language:
        return text
    return f"{phrase('answer.only_in', talk.language)}\n\n{text}"


def in_short(talk: Talk, question: str, made: Drafted) -> str:
    """The answer as it is said where every message costs; empty when there is no need, or the channel has room."""
    whole = worded(talk, made)
    if talk.conversation.channel is not ChannelName.SMS or len(made.passages) > 1 or fits(whole):
        return ""
    first = made.passages[0]
    short = announced(talk, first, first.short) if first.short else ""
    if short and fits(short) and _stands(first.short, made):
        return short
    return _shortest(talk, question, first)


def _stands(beside: str, made: Drafted) -> bool:
    """What an author says beside a text may name no fact that the text does not hold."""
    return not why_not_grounded(replace(made, text=beside), made.passages)


def _shortest(talk: Talk, question: str, passage: Passage) -> str:
    tried = (shortened(question, passage.text, passage.language, most) for most in _STEPS)
    return next((said for text in tried if fits(said := announced(talk, passage, text))), "")


def fits(text: str) -> bool:
    return segments(text).count <= MOST_SEGMENTS
