"""A message that only makes sense behind the one before ("¿y con PayPal?"): is it one, and what does it mean? Pure.

The question before is remembered for three messages. It is never used for a message that stands alone.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest

from bot.actions import Remember
from bot.events import FollowUpFound, PassagesFound, Talk
from bot.replies import remember
from bot.text import word_file, words_of
from knowledge.answers import is_certain
from knowledge.clause_named import clause_named
from knowledge.passages import Found, Passage
from knowledge.text import stems, without_stop_words, words

LASTS = 3
"""Messages a topic is remembered for."""

_LONGEST = 8  # words; longer messages say what they are about
_KEPT = 300  # characters of a question


@dataclass(frozen=True)
class Topic:
    """What was spoken of last: the question as it was asked, and where its answer stands; no place when it was asked back."""

    question: str
    place: str


@dataclass(frozen=True)
class _Words:
    leans: re.Pattern[str]
    names: re.Pattern[str]
    opens: re.Pattern[str]
    points: re.Pattern[str]


def adds(text: str) -> bool:
    """Does it only add a circumstance to the question before ("¿y con PayPal?", "and for annual plans?", "¿y si no?")?"""
    folded = " ".join(words_of(text))
    return len(folded.split()) <= _LONGEST and bool(_words().leans.match(folded))


def leans(text: str) -> bool:
    """Does it lean on the question before: it adds a circumstance, or names another thing ("what about my invoices?")?"""
    return adds(text) or bool(_words().names.match(" ".join(words_of(text))))


def may_lean(text: str) -> bool:
    """Could it: it begins with "y" or "and", or points at something, and says little else?"""
    folded = " ".join(words_of(text))
    short = len(folded.split()) <= _LONGEST and len(new_words(text)) <= 2
    return leans(text) or (short and bool(_words().opens.match(folded) or _words().points.search(folded)))


def topic_of(talk: Talk) -> Topic | None:
    """What the talk is about, if that was said recently enough."""
    kept = talk.conversation.memory.get("topic")
    if not isinstance(kept, list) or len(kept) != 3:
        return None
    return Topic(str(kept[0]), str(kept[1]))


def keep_topic(question: str, answered_from: Passage) -> Remember:
    return remember(topic=[question[:_KEPT], place_of(answered_from), LASTS])


def keep_asked_back(question: str) -> Remember:
    """What was asked back is what the talk is about, too ("¿y con PayPal?"), though nothing has answered it yet."""
    return remember(topic=[question[:_KEPT], "", LASTS])


def forget_topic() -> Remember:
    """A question that stands alone begins another topic, and leaves a tutorial that was under way."""
    return remember(topic=None, walk=None)


def one_message_older(talk: Talk) -> tuple[Remember, ...]:
    """The topic fades with every message; after the third it is forgotten."""
    kept = talk.conversation.memory.get("topic")
    if not isinstance(kept, list):
        return ()
    left = int(str(kept[2])) - 1
    return (remember(topic=[kept[0], kept[1], left] if left > 0 else None),)


def joined(topic: Topic, text: str) -> str:
    return f"{topic.question} {text}"


def place_of(passage: Passage) -> str:
    return f"{passage.source}#{passage.path}"


def new_words(text: str) -> list[str]:
    return [word for word in without_stop_words(words(text)) if not _words().opens.fullmatch(word)]


def read_follow_up(talk: Talk, event: FollowUpFound) -> PassagesFound:
    """Which of the two searches counts; neither is certain when none holds what is new in the message."""
    topic, wrong = topic_of(talk), talk.policy.wrong_answers
    last = topic.place if topic else ""
    alone_fits = is_certain(event.alone, wrong) and _names(event.alone.passages[0], event.text)
    joined_fits = is_certain(event.joined, wrong) and (
        _names_another_clause(topic, event) or _answers(event.joined.passages[0], event.text, last)
    )
    order = [("joined", joined_fits), ("alone", alone_fits)]
    leaning = leans(event.text)
    if not leaning:
        order = [("alone", is_certain(event.alone, wrong)), ("joined", joined_fits)]
    chosen = next((name for name, fits in order if fits), "")
    if chosen == "alone":
        return PassagesFound(event.text, event.alone)
    if chosen == "joined":
        return PassagesFound(event.joined_text, event.joined)
    return PassagesFound(event.joined_text, _neither(event), leans=leaning)


def _neither(event: FollowUpFound) -> Found:
    """Both lists in turns, as something to choose from, what is called by the new words first: no chance is claimed for it."""
    turns = chain.from_iterable(zip_longest(event.joined.passages, event.alone.passages))
    each = {passage.chunk_id: passage for passage in turns if passage is not None}.values()
    passages = tuple(sorted(each, key=lambda passage: not (new_words(event.text) and _names(passage, event.text))))
    return Found(passages, 0.0, max(event.joined.answerable, event.alone.answerable))


def _names_another_clause(topic: Topic | None, event: FollowUpFound) -> bool:
    """ "¿Y la quinta?" behind a question about a clause: its number stands in its path, not in its words."""
    named = clause_named(event.joined_text)
    return topic is not None and named not in ((), clause_named(topic.question))


def _names(passage: Passage, text: str) -> bool:
    return _holds(f"{passage.title}", passage, text)


def _answers(passage: Passage, text: str, last: str) -> bool:
    """It holds every new word; without a new word, only another answer than the last one helps."""
    return _holds(f"{passage.title}\n{passage.text}", passage, text) and (
        bool(new_words(text)) or place_of(passage) != last
    )


def _holds(where: str, passage: Passage, text: str) -> bool:
    return set(stems(new_words(text), passage.language)) <= set(stems(words(where), passage.language))


@cache
def _words() -> _Words:
    raw = word_file()["follow_up"]
    return _Words(*(re.compile(rf"(?:{'|'.join(raw[name])})") for name in ("leans", "names", "opens", "points")))
