"""What a quantity no rule has claimed most likely means, weighed by concept: beside it, in its sentence, in the heading. Pure.

The rules know constructions; a trade with other nouns uses others. Here a meaning needs its concepts (leaving, telling, price…)
and a way for the quantity to stand (`N days before`, `within N days`); the data is term_evidence.toml.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from knowledge.clause_keys import ClauseKey
from knowledge.quantities import Amount, Day, Length, Percent, Place, Quantity

_HERE, _OTHER = "\ue000", "\ue001"
_LENGTH = f"{_HERE}+"
_KINDS: Mapping[type[Quantity], str] = {Length: "length", Amount: "amount", Percent: "percent", Day: "day"}
_NOT_AHEAD = re.compile(
    r"\b(?:after|tras|pasad[oa]s|transcurrid[oa]s|cumplid[oa]s|within|dentro de|up to|in|any|per|en)"
    rf"(?: (?:the|l[oa]s|first|primer[oa]s))* {_LENGTH}"
)
_PART = re.compile(r";| and | y (?:(?:le|les|te|se|nos|lo|la) )?(?=\w+(?:r|ra|ran|mos)\b)")
_BESIDE = 60  # characters between a concept and the quantity it is beside
_SPOILS = 120  # a concept further away than this speaks of something else
_STRENGTHS = (1.0, 0.8, 0.6, 0.4)  # beside, in the sentence, in the heading, in the sentence before
_LIKED, _NAMED, _NAMED_ELSE = 0.15, 0.2, -0.2
_ENOUGH = 0.55


@dataclass(frozen=True)
class Meaning:
    """What a quantity can be: a key and a kind, and what has to show for it."""

    key: ClauseKey
    kind: str
    wants: str
    roles: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    likes: tuple[str, ...]
    never: tuple[str, ...]
    headed: frozenset[ClauseKey]
    party: str


@dataclass(frozen=True)
class Setting:
    """Where a quantity stands, all in small letters without accents. `named` are the keys its heading names.

    `party` is whose duty or right it is.
    """

    sentence: str
    heading: str
    before: str
    named: Sequence[ClauseKey]
    party: str


def weighed(place: Place, places: Sequence[Place], setting: Setting) -> tuple[Meaning, float] | None:
    """The meaning with the best evidence and how good that is, in [0, 1]; none where nothing is good enough."""
    roles = _roles_of(_masked(setting.sentence, place, places))
    found = [
        (score, meaning)
        for meaning in _meanings()
        if meaning.wants == _KINDS[type(place.value)] and _stands(meaning, roles, setting)
        for score in (_score(meaning, place, setting),)
        if score >= _ENOUGH
    ]
    if not found:
        return None
    score, meaning = max(found, key=lambda one: one[0])
    return meaning, min(score, 1.0)


def _roles_of(masked: str) -> set[str]:
    """How the quantity stands; `after six months you may leave on one month's notice` is none ahead."""
    roles = {name for name, pattern in _roles().items() if pattern.search(masked)}
    return roles - {"ahead"} if _NOT_AHEAD.search(masked) else roles


def _masked(sentence: str, place: Place, places: Sequence[Place]) -> str:
    for one in places:
        mark = _HERE if one.start == place.start else _OTHER
        sentence = sentence[: one.start] + mark * (one.end - one.start) + sentence[one.end :]
    return sentence


def _stands(meaning: Meaning, roles: set[str], setting: Setting) -> bool:
    if meaning.headed and meaning.headed.isdisjoint(setting.named):
        return False
    if meaning.party and meaning.party != setting.party:
        return False
    return not meaning.roles or not roles.isdisjoint(meaning.roles)


def _score(meaning: Meaning, place: Place, setting: Setting) -> float:
    if any(concepts()[name].search(_beside(place, setting.sentence)) for name in meaning.never):
        return 0.0
    groups = [max(_strength(name, place, setting) for name in group) for group in meaning.needs]
    if not all(groups) or max(groups) < _STRENGTHS[1]:
        return 0.0
    liked = sum(_strength(name, place, setting) > 0 for name in meaning.likes)
    named = _NAMED if meaning.key in setting.named else _NAMED_ELSE if setting.named else 0.0
    return sum(groups) / len(groups) + liked * _LIKED + named


def _strength(name: str, place: Place, setting: Setting) -> float:
    distance = _distance(name, place, setting.sentence)
    if distance <= _BESIDE:
        return _STRENGTHS[0]
    concept = concepts()[name]
    shown = (distance < len(setting.sentence), concept.search(setting.heading), concept.search(setting.before))
    return next((much for much, seen in zip(_STRENGTHS[1:], shown, strict=True) if seen), 0.0)


def _beside(place: Place, sentence: str) -> str:
    """What of a sentence may speak against a meaning: the part between semicolons and `and`s, as far as it is near."""
    start = max(0, place.start - _SPOILS)
    before, after = sentence[start : place.start], sentence[place.end : place.end + _SPOILS]
    return _PART.split(before)[-1] + sentence[place.start : place.end] + _PART.split(after)[0]


def _distance(name: str, place: Place, sentence: str) -> int:
    """Characters between a quantity and the nearest word of a concept; the length of the sentence where there is none."""
    return min(
        (max(place.start - match.end(), match.start() - place.end, 0) for match in concepts()[name].finditer(sentence)),
        default=max(len(sentence), _SPOILS + 1),
    )


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("knowledge") / "term_evidence.toml").read_text(encoding="utf-8"))


@cache
def concepts() -> Mapping[str, re.Pattern[str]]:
    """The words of each concept."""
    return {name: re.compile(rf"\b(?:{'|'.join(words)})") for name, words in _data()["concepts"].items()}


@cache
def _roles() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile("|".join(said).replace("{length}", _LENGTH)) for name, said in _data()["roles"].items()}


@cache
def _meanings() -> tuple[Meaning, ...]:
    return tuple(_meaning_rows())


def _meaning_rows() -> Iterator[Meaning]:
    for row in _data()["meaning"]:
        meaning = Meaning(
            ClauseKey(row["key"]),
            row["kind"],
            row["wants"],
            tuple(row.get("roles", ())),
            tuple(tuple(group) for group in row["needs"]),
            tuple(row.get("likes", ())),
            tuple(row.get("never", ())),
            frozenset(ClauseKey(key) for key in row.get("headed", ())),
            row.get("party", ""),
        )
        named = {*meaning.likes, *meaning.never, *(name for group in meaning.needs for name in group)}
        unknown = (named - set(concepts())) | (set(meaning.roles) - set(_roles()))
        if unknown:
            raise ValueError(
                f"term_evidence.toml: {meaning.key}/{meaning.kind} names {sorted(unknown)}, not listed there."
            )
        yield meaning
