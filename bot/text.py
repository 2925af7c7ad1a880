"""Words as rules meet them: lower case, no accents, short forms written out; clauses that ask apart from clauses that tell."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_BREAK = re.compile(r"(?<=[.!?;\n])\s*|(?=¿)|\s+[-–—]\s+")


@dataclass(frozen=True)
class Clause:
    """The folded words of a clause. `asks`: it is a question, or only supposes."""

    words: tuple[str, ...]
    asks: bool


@dataclass(frozen=True)
class Clauses:
    """A message as the rules read it. `told`: statements and orders; `said`: those and real questions; `each`: everything.

    What is only supposed, over, somebody else's or not done is in `each` alone.
    """

    told: str
    said: str
    each: tuple[Clause, ...]


@dataclass(frozen=True)
class _Grammar:
    short_forms: tuple[tuple[re.Pattern[str], str], ...]
    asks: re.Pattern[str]
    supposition: re.Pattern[str]
    beside: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]

    def is_beside(self, clause: str) -> bool:
        """Does it tell of what is over, befell somebody else or was not done, and of nothing more?"""
        return any(what.search(clause) and not unless.search(what.sub(" ", clause)) for what, unless in self.beside)


@cache
def word_file() -> dict[str, Any]:
    """The data file of the rules, as it stands."""
    return tomllib.loads((resources.files("bot") / "rules.toml").read_text(encoding="utf-8"))


@cache
def _grammar() -> _Grammar:
    reading = word_file()["reading"]
    before, question = "|".join(reading["before_question"]), "|".join(reading["question"])
    starts = rf"^(?:(?:{before}) )*(?:{question})\b"
    return _Grammar(
        tuple((re.compile(pattern), full) for pattern, full in reading["short_forms"]),
        re.compile("|".join([starts, *reading["question_inside"]])),
        re.compile("|".join(reading["supposition"])),
        tuple((re.compile("|".join(one["what"])), re.compile(one["unless"])) for one in reading["beside"]),
    )


def fold(text: str) -> str:
    """Lower case, no accents, one blank between words, short forms written out; punctuation stays."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("´", "'").replace("`", "'"))
    folded = "".join(mark for mark in plain if not unicodedata.combining(mark)).casefold()
    for pattern, full in _grammar().short_forms:
        folded = pattern.sub(full, folded)
    return folded.strip()


def bare(text: str) -> str:
    """Folded words only, one blank between them."""
    return " ".join(re.findall(r"[\w/@+.-]*\w", fold(text)))


def words_of(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", fold(text)))


def read_clauses(text: str) -> Clauses:
    """Split at sentence marks and opening question marks; commas hold a clause together."""
    clauses = [clause.strip() for clause in _BREAK.split(fold(text)) if clause.strip()]
    grammar = _grammar()
    real = [one for one in clauses if not grammar.supposition.search(one) and not grammar.is_beside(one)]
    told = [clause for clause in real if not asks(clause)]
    each = tuple(Clause(tuple(re.findall(r"\w+", clause)), clause not in told) for clause in clauses)
    return Clauses(_join(told), _join(real), each)


def asks(clause: str) -> bool:
    """Is this folded clause a question, or does it ask to be told?"""
    body = clause.strip("¡!¿ ")
    return clause.endswith("?") or clause.startswith("¿") or bool(_grammar().asks.search(body))


def _join(clauses: list[str]) -> str:
    """One clause a line, without its marks, so that `^` and `$` mean the ends of a clause."""
    return "\n".join(" ".join(re.findall(r"[\w/@+.-]*\w", clause)) for clause in clauses)
