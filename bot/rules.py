"""What belongs to a person, or is done at once, before any retrieval or language model. Pure.

First the rules, whose words live in rules.toml; where they hear nothing, what the message sounds like (bot/acts.py).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Any, Literal

from bot import acts
from bot.text import Clauses, bare, read_clauses, word_file, words_of
from records.types import Reason

StopKind = Literal["none", "clear", "bare"]
_NO_ACTS = frozenset({"turned", "asking", "sure", "staying"})  # asides that are never an act, whatever they sound like


@dataclass(frozen=True)
class Heard:
    """What was found. `reasons` by weight; `leans`: what it may be, too unsure to act on; `stop`: a wish about messages;
    `own`: topics of the person's own record; `talk`: a greeting, thanks; `aside`: what it says about the talk itself."""

    reasons: tuple[Reason, ...] = ()
    leans: tuple[Reason, ...] = ()
    stop: StopKind = "none"
    back: bool = False
    own: tuple[str, ...] = ()
    own_is_clear: bool = False
    talk: str = ""
    aside: str = ""


@dataclass(frozen=True)
class _Rule:
    act: re.Pattern[str] | None
    always: re.Pattern[str] | None
    never: re.Pattern[str] | None

    def fires(self, clauses: Clauses) -> bool:
        return _found(self.act, clauses.told, self.never) or _found(self.always, clauses.said, self.never)


@dataclass(frozen=True)
class _Names:
    """Words of asking for a person."""

    verbs: tuple[str, ...]
    people: tuple[str, ...]
    strong: frozenset[str]
    not_them: frozenset[str]
    not_alike: frozenset[str]


@dataclass(frozen=True)
class _Book:
    names: _Names
    rules: tuple[tuple[Reason, _Rule], ...]
    opt_out: _Rule
    bare_stop: frozenset[str]
    back: frozenset[str]
    clear: Mapping[str, re.Pattern[str]]
    general: Mapping[str, re.Pattern[str]]
    talk: Mapping[str, re.Pattern[str]]
    asides: Mapping[str, re.Pattern[str]]


@lru_cache(maxsize=4096)
def hear(text: str) -> Heard:
    """Everything the rules make of one message, in well under a millisecond or two; the same text always gives the same."""
    book = _book()
    clauses = read_clauses(text)
    naked = bare(text)
    if naked in book.bare_stop:
        return Heard(stop="bare")
    if naked in book.back:
        return Heard(back=True)
    talk, aside = _whole(book.talk, naked), _whole(book.asides, naked)
    reasons = _ruled(text, clauses, talk)
    stop: StopKind = "clear" if book.opt_out.fires(clauses) else "none"
    clear = _topics(book.clear, clauses.said)
    own = clear or _topics(book.general, clauses.said)
    plain = not reasons and not talk and not clear and stop == "none" and aside not in _NO_ACTS
    sounds = acts.sounds(clauses.each) if plain else acts.SILENT
    return Heard(reasons or sounds.sure, sounds.leaning, stop, False, own, bool(clear), talk, aside)


def ruled(text: str) -> tuple[Reason, ...]:
    """What the rules alone hear, by weight."""
    return _ruled(text, read_clauses(text), _whole(_book().talk, bare(text)))


def _ruled(text: str, clauses: Clauses, talk: str) -> tuple[Reason, ...]:
    reasons = tuple(reason for reason, rule in _book().rules if rule.fires(clauses))
    if _shouts(text) and Reason.ANGER not in reasons:
        reasons += (Reason.ANGER,)
    if not reasons and not talk and person_likeness(text) >= SURE:
        return (Reason.PERSON,)
    return reasons


def handoff_probability(text: str) -> float:
    """The chance in [0, 1] that this message belongs to a person: sure for who asks for one, high for sensitive acts."""
    heard = hear(text)
    likeness = person_likeness(text)
    if Reason.PERSON in ruled(text):
        return 0.95 + 0.05 * likeness
    if heard.reasons:
        return 0.75 + 0.1 * likeness
    return 0.2 * likeness if heard.talk else 0.6 * likeness


# ---------------------------------------------------------------- asking for a person, however it is spelt

SURE = 0.9

_NEAR = 7
_ALIKE = 0.8


def person_likeness(text: str) -> float:
    """How much a message looks like asking for a person: a verb of talking shortly before a word for one, typos allowed."""
    names = _book().names
    words = tuple("" if word in names.not_alike else word for word in words_of(text))
    if not words or names.not_them.intersection(words):
        return 0.0
    people = {place: person for place, word in enumerate(words) if (person := _closest(word, names.people))}
    if not people:
        return 0.0
    verbs = [place for place, word in enumerate(words) if _closest(word, names.verbs)]
    gaps = [place - verb for place in people for verb in verbs if 0 < place - verb <= _NEAR]
    if gaps:
        return 1.0 - 0.01 * min(gaps)
    strong = any(person in names.strong for person in people.values())
    short = len(words) <= 4
    return {(True, True): 0.92, (True, False): 0.55, (False, True): 0.6, (False, False): 0.2}[strong, short]


def _closest(word: str, known: Iterable[str]) -> str:
    return next((name for name in known if _alike(word, name)), "")


@lru_cache(maxsize=65536)
def _alike(word: str, name: str) -> bool:
    if not word or word == name:
        return word == name
    if len(name) < 5 or abs(len(word) - len(name)) > 2 or word[0] != name[0]:
        return False
    return SequenceMatcher(None, word, name).ratio() >= max(_ALIKE, 1 - 1.6 / len(name))


def _shouts(text: str) -> bool:
    letters = [mark for mark in text if mark.isalpha()]
    return len(letters) >= 20 and "!!" in text and sum(mark.isupper() for mark in letters) > 0.8 * len(letters)


# ---------------------------------------------------------------- the book


def _found(pattern: re.Pattern[str] | None, text: str, never: re.Pattern[str] | None) -> bool:
    if pattern is None or not pattern.search(text):
        return False
    return never is None or bool(pattern.search(never.sub(" ", text)))


def _topics(topics: Mapping[str, re.Pattern[str]], text: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in topics.items() if pattern.search(text))


def _whole(kinds: Mapping[str, re.Pattern[str]], naked: str) -> str:
    """The kind that the whole message is; empty when it is none."""
    return next((name for name, pattern in kinds.items() if pattern.fullmatch(naked)), "")


@cache
def _book() -> _Book:
    raw = word_file()
    words: dict[str, str] = raw["words"]
    people = raw["people"]
    return _Book(
        names=_Names(
            verbs=tuple(people["verbs"]),
            people=tuple(people["people"]),
            strong=frozenset(people["strong"]),
            not_them=frozenset(people["not_them"]),
            not_alike=frozenset(people["not_alike"]),
        ),
        rules=tuple((Reason(rule["reason"]), _rule(rule, words)) for rule in raw["rule"]),
        opt_out=_rule(raw["opt_out"], words),
        bare_stop=frozenset(raw["opt_out"]["bare"]),
        back=frozenset(raw["opt_out"]["back"]),
        clear=_patterns(raw["topics"]["clear"], words),
        general=_patterns(raw["topics"]["general"], words),
        talk=_patterns(raw["talk"], words),
        asides=_patterns({kind: [_among_niceties(forms)] for kind, forms in raw["asides"].items()}, words),
    )


def _rule(rule: Mapping[str, Any], words: Mapping[str, str]) -> _Rule:
    act, always, never = (_compile(rule[key], words) if key in rule else None for key in ("act", "always", "never"))
    return _Rule(act, always, never)


def _patterns(topics: Mapping[str, list[str]], words: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {name: _compile(patterns, words) for name, patterns in topics.items()}


def _among_niceties(forms: Iterable[str]) -> str:
    return f"(?:{{nicety}} )*(?:{'|'.join(forms)})(?: {{nicety}})*+"


def _compile(patterns: Iterable[str], words: Mapping[str, str]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    for name, word in words.items():
        joined = joined.replace(f"{{{name}}}", word)
    return re.compile(rf"(?<!\w)(?:{joined})", re.MULTILINE)
