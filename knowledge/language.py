"""Which language somebody writes in: Spanish, English, another one, or too little to say.

Chat is short, so words are asked first (function words, greetings, chat spellings); lingua only where they do not decide,
and only for texts long enough to tell.
"""

import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from knowledge.text import word_lists, words
from records.types import Language

_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u2c00-\ua7ff\uac00-\ud7ff\u3040-\u9fff]")
_OTHER_LETTER = re.compile(r"[àèìòùâêîôûäëïöçãõœæøåßłęąśźżșță]")  # that neither language writes
_OPENS = re.compile(r"[¿¡]")  # of all languages only Spanish opens a sentence with these
_CODES = frozenset(language.value for language in Language)
_FEWEST_LETTERS = 12
_FEWEST_WORDS = 3
_SURE = 0.80
_LIKELY = 0.5
_ENOUGH = 0.3  # of the words, to outweigh the model
_MOSTLY = 0.6  # of the words, to need no model
_lock = threading.Lock()


@dataclass(frozen=True)
class Guess:
    """`language` is None when it is another one (`other` True) or when there is too little to tell."""

    language: Language | None
    other: bool = False


def detect(text: str) -> Language | None:
    """Spanish, English, or None for another language or too little text."""
    return guess(text).language


def is_other_language(text: str) -> bool:
    """Is this clearly neither Spanish nor English?"""
    return guess(text).other


def guess(text: str) -> Guess:
    """What can be told from the text alone."""
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return Guess(None)
    if len(_OTHER_SCRIPT.findall(text)) * 2 > len(letters):
        return Guess(None, other=True)
    tokens = words(text)
    long_enough = len(tokens) >= _FEWEST_WORDS and len(letters) >= _FEWEST_LETTERS
    votes = _votes(tokens, text)
    best, rest = (Language.ES, Language.EN) if votes[Language.ES] >= votes[Language.EN] else (Language.EN, Language.ES)
    leads = votes[best] >= 2 * votes[rest]
    if leads and best is Language.ES and _OPENS.search(text):
        return Guess(best)
    clear = leads and votes[best] >= 1
    if clear and (not long_enough or votes[best] >= _MOSTLY * len(tokens)):
        return Guess(best)
    leaning = best if clear else None
    return _by_model(text, leaning, votes[best] / len(tokens)) if long_enough else Guess(leaning)


def _votes(tokens: list[str], text: str) -> dict[Language, float]:
    known = _vocabulary()
    votes = {language: float(sum(token in known[language] for token in tokens)) for language in Language}
    votes[Language.ES] += 0.5 * min(2, len(re.findall(r"[ñ¿¡]", text.lower())))
    return votes


@cache
def _vocabulary() -> dict[Language, frozenset[str]]:
    every = {language: word_lists("stop")[language] | word_lists("chat")[language] for language in Language}
    shared = every[Language.ES] & every[Language.EN]
    return {language: held - shared for language, held in every.items()}


def _by_model(text: str, leaning: Language | None, share: float) -> Guess:
    code, chance = _likeliest(text)
    if code in _CODES:
        return Guess(Language(code) if chance >= _LIKELY else leaning or Language(code))
    if chance < _needed(text, leaning, share):
        return Guess(leaning)
    plain = _likeliest(_without_names(text))[0]
    return Guess(leaning) if leaning and plain == leaning.value else Guess(None, other=True)


def _likeliest(text: str) -> tuple[str, float]:
    with _lock:
        first = _detector().compute_language_confidence_values(text)[0]
    return first.language.iso_code_639_1.name.lower(), first.value


def _needed(text: str, leaning: Language | None, share: float) -> float:
    """How sure the model must be of a third language. A short text divides it: "où est ma facture ?" is French at 0.33."""
    if _OTHER_LETTER.search(_without_names(text).lower()):
        return _LIKELY if leaning else 0.0
    return _SURE if leaning and share >= _ENOUGH else _LIKELY


def _without_names(text: str) -> str:
    """Names are written as they are in any language: "mi plan en São Paulo" is Spanish."""
    first, *rest = text.split()
    return " ".join([first, *(word for word in rest if not word[0].isupper())])


@cache
def _detector() -> Any:
    from lingua import Language as Known
    from lingua import LanguageDetectorBuilder

    known = (Known.SPANISH, Known.ENGLISH, Known.FRENCH, Known.GERMAN, Known.ITALIAN, Known.PORTUGUESE, Known.CATALAN,
             Known.BASQUE, Known.DUTCH, Known.POLISH, Known.ROMANIAN)  # fmt: skip
    return LanguageDetectorBuilder.from_languages(*known).build()
