"""What a clause is about: one or more of sixteen keys, found by its heading and its wording. Pure."""

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources

from knowledge.clauses import Clause
from knowledge.quantities import flat


class ClauseKey(StrEnum):
    """The subject of a clause."""

    TERM = "term"
    RENEWAL = "renewal"
    NOTICE = "notice"
    TERM_USER = "term_user"
    TERM_PROVIDER = "term_provider"
    PENALTY = "penalty"
    PRICE = "price"
    PAYMENT = "payment"
    CHANGE = "change"
    ASSIGN = "assign"
    DATA = "data"
    SERVICE = "service"
    LIABILITY = "liability"
    LAW = "law"
    NOTICES = "notices"
    MISC = "misc"


@cache
def _patterns() -> dict[ClauseKey, tuple[re.Pattern[str], re.Pattern[str]]]:
    rows = tomllib.loads((resources.files("knowledge") / "clause_keys.toml").read_text(encoding="utf-8"))
    return {
        ClauseKey(key): (re.compile("|".join(row["titles"])), re.compile("|".join(row["words"])))
        for key, row in rows.items()
    }


def keys_by_heading(heading: str) -> tuple[ClauseKey, ...]:
    """The keys a heading names, the one named first first."""
    text = flat(heading)
    found = [(match.start(), key) for key, (titles, _) in _patterns().items() if (match := titles.search(text))]
    return tuple(key for _, key in sorted(found, key=lambda one: one[0]))


def keys_of(clause: Clause) -> tuple[ClauseKey, ...]:
    """The keys of a clause: those of its heading, then those of its wording; `misc` for one that shows none."""
    text = flat(clause.text)
    named = keys_by_heading(clause.heading)
    worded = (key for key, (_, words) in _patterns().items() if key not in named and words.search(text))
    return (*named, *worded) or (ClauseKey.MISC,)
