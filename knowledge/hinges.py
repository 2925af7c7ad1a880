"""The words a question hangs on: what its clauses come down to, and what is to be done where it is asked how. Pure."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from knowledge.text import fold
from records.types import Language

_CLAUSE = re.compile(r"[.,;:!?¿¡()\n]+")


@dataclass(frozen=True)
class _Patterns:
    hangs: tuple[re.Pattern[str], ...]
    never: re.Pattern[str]


@cache
def _patterns() -> Mapping[Language, _Patterns]:
    """From `hinges.toml`."""
    raw = tomllib.loads((resources.files("knowledge") / "hinges.toml").read_text(encoding="utf-8"))
    return {
        language: _Patterns(
            tuple(re.compile(raw[kind][language.value]) for kind in ("end", "deed")),
            re.compile(raw["never"][language.value].replace("\n", "")),
        )
        for language in Language
    }


def hinges_of(question: str, language: Language) -> frozenset[str]:
    """The folded words the question hangs on ("leaving my flat": flat; "how do I wipe it": wipe); often none."""
    return frozenset(word for clause in _CLAUSE.split(fold(question)) for word in _in_clause(clause, language))


def _in_clause(clause: str, language: Language) -> Iterator[str]:
    patterns, plain = _patterns()[language], " ".join(clause.split())
    found = (match[1] for pattern in patterns.hangs for match in pattern.finditer(plain))
    return (word for word in found if not patterns.never.fullmatch(word))
