"""The rules terms are read by: data in term_rules.toml, compiled; where one applies, and what it quotes. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from knowledge.clause_keys import ClauseKey
from knowledge.quantities import Amount, Day, Length, Percent, flat
from knowledge.term_evidence import concepts
from knowledge.term_passages import FILL, MARKS, RATE, Passage, Sentence

NAMES = {"length": Length, "amount": Amount, "percent": Percent, "day": Day}
_WANTS = frozenset({*NAMES, "word", "phrase", "formula", "each"})
_NEGATED = re.compile(
    r"(?<!\bsi )(?<!\bde )\b(?:(?:no|not)"
    r"(?! (?:be |sera |ser )?(?:more|less|later|fewer|greater|higher|menos|mas|inferior|superior|exce\w+|super\w+|rebas\w+)\b)"
    r"|nunca|never"
    r"|sin(?! (?:exced\w+|superar|rebasar|perjuicio|(?:justa )?causa|motivo|avis\w+|preaviso|cumplir|completar|respetar)\b)"
    r"|without(?! (?:prejudice|cause|notice|giving|completing)\b)|ningun[ao]?|neither|nor|ni|tampoco|cannot|en ningun caso"
    r"|(?:can|won|mustn|shan|couldn)['’]t"
    r"|excluye\w*)\b[^.;:,]{0,45}$"
)
_NOT_QUITE = re.compile(
    r"\b(?:no|not|nunca|never|tampoco)\s+$"
    r"|\b(?:neither|ningun[ao]?|nadie|nobody|no (?:party|one|person|customer|subscriber|user|member|client))\b[^.;:,]{0,60}$"
)
_MODAL = re.compile(r"(?:pod(?:ra|es)|puede|tendra|tiene|derecho|(?:may|can|shall|will|has|have)\b)")
_ASIDE = re.compile(
    r",? (?:salvo|excepto|except|unless|provided|siempre (?:que|y cuando)|sin perjuicio|without prejudice|without regard"
    r"|whichever|(?:is|are|shall be|will be) (?:then )?(?:payable|due|owed)|and in no|y en ningun"
    r"|(?:conforme a|segun) (?:la|las|el)|under (?:the )?\w+ law)\b.*$|,? (?:plus|mas) ["
    "\ue002\ue005].*$"
)


@dataclass(frozen=True)
class Rule:
    key: ClauseKey
    kind: str
    wants: str
    value: str
    say: re.Pattern[str]
    near: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    within: frozenset[ClauseKey]
    outside: frozenset[ClauseKey]
    headed: frozenset[ClauseKey]
    party: str
    not_actor: str
    negatable: bool
    goes_on: bool
    cased: bool
    titled: bool


def applies(rule: Rule, passage: Passage, sentence: Sentence) -> bool:
    keys = passage.named if rule.titled else ()
    if rule.within and rule.within.isdisjoint(keys or passage.keys):
        return False
    if not rule.outside.isdisjoint(passage.named) or (rule.headed and rule.headed.isdisjoint(passage.named)):
        return False
    if rule.unless and rule.unless.search(sentence.plain):
        return False
    if rule.near is None:
        return True
    near = (sentence.plain, flat(passage.clause.heading), *([sentence.before] if rule.goes_on else []))
    return any(rule.near.search(text) for text in near)


def span(rule: Rule, match: re.Match[str]) -> tuple[int, int]:
    return bounds(rule.wants, match, whole=rule.key is ClauseKey.MISC)


def bounds(wants: str, match: re.Match[str], whole: bool = False) -> tuple[int, int]:
    """Where the quote stands: the group that is named, without what only goes along (`unless…`), but for a `whole` one."""
    name = next((name for name, held in match.groupdict().items() if held is not None), None)
    start, end = match.span(name) if name else match.span()
    if wants in NAMES:
        return start, end
    held = match.string[start:end]
    aside = _ASIDE.search(flat(held)) if wants in ("phrase", "formula") and not whole else None
    held = held[: aside.start()] if aside else held
    return start + len(held) - len(held.lstrip()), start + len(held.rstrip(" ,"))


def is_negated(rule: Rule, sentence: Sentence, start: int) -> bool:
    return rule.negatable and follows_a_no(sentence, start)


def follows_a_no(sentence: Sentence, start: int) -> bool:
    """A "no" before it. One before `podrá` or `may` counts only right before: `who does not agree may leave`."""
    before = sentence.plain[:start]
    return bool((_NOT_QUITE if _MODAL.match(sentence.plain[start:]) else _NEGATED).search(before))


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(_rule(row, lists()) for row in _data()["rule"])


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("knowledge") / "term_rules.toml").read_text(encoding="utf-8"))


@cache
def lists() -> Mapping[str, str]:
    """What @name stands for in a rule, by name."""
    about = {f"about_{name}": pattern.pattern for name, pattern in concepts().items()}
    return about | {name: f"(?:{'|'.join(said)})" for name, said in _data()["lists"].items()}


def _rule(row: Mapping[str, Any], lists: Mapping[str, str]) -> Rule:
    if row["wants"] not in _WANTS:
        raise ValueError(
            f"term_rules.toml: {row['key']}/{row['kind']} wants {row['wants']!r}, which is no kind of value."
        )
    return Rule(
        ClauseKey(row["key"]),
        row["kind"],
        row["wants"],
        row.get("value", ""),
        pattern("|".join(row["say"]), lists, row["wants"]),
        re.compile(listed(row["near"], lists)) if "near" in row else None,
        re.compile(listed(row["unless"], lists)) if "unless" in row else None,
        frozenset(ClauseKey(key) for key in row.get("within", ())),
        frozenset(ClauseKey(key) for key in row.get("outside", ())),
        frozenset(ClauseKey(key) for key in row.get("headed", ())),
        row.get("party", ""),
        row.get("not_actor", ""),
        row.get("negatable", False),
        row.get("goes_on", False),
        row.get("cased", False),
        row.get("titled", False),
    )


def listed(said: str, lists: Mapping[str, str]) -> str:
    """With what each @name stands for."""
    for name, listed in lists.items():
        said = said.replace(f"@{name}", listed)
    return said


def pattern(said: str, lists: Mapping[str, str], wants: str) -> re.Pattern[str]:
    """Compiled over masked text: quantities by their marks, the groups that hold the quote under names of their own."""
    said = listed(said, lists)
    said = said.replace("{rate}", f"(?P<rate>{RATE}{FILL}*)")
    for name, kind in NAMES.items():
        parts = said.split(f"{{{name}}}")
        mark = f"[{MARKS[kind]}{RATE}]{FILL}*" if kind is Amount else f"{MARKS[kind]}{FILL}*"
        if name != wants:
            said = mark.join(parts)
            continue
        said = parts[0] + "".join(f"(?P<at{number}>{mark}){part}" for number, part in enumerate(parts[1:]))
    first, *others = said.split("(?P<q>")
    return re.compile(first + "".join(f"(?P<q{number}>{part}" for number, part in enumerate(others)))
