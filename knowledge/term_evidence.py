"""What a quantity most likely means, weighed by what stands around it: beside it, in its sentence, in the heading. Pure.

The rules know constructions; another writer uses others. Here concepts (leaving, telling, price…), the ways a quantity stands
(`N days before`, `within N days`), the words around it and those it is counted from, whose duty it is and what the clause is
about each speak for and against every meaning. The concepts are data in term_evidence.toml. How much each of them says is data
in term_weights.json: one multinomial logistic function for each kind of quantity, fitted by `bench.terms` on the marked
contracts of the tests.
"""

import itertools
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from knowledge.clause_keys import ClauseKey
from knowledge.quantities import Amount, Day, Length, Percent, Place, Quantity

KINDS: Mapping[type[Quantity], str] = {Length: "length", Amount: "amount", Percent: "percent", Day: "day"}
NOTHING = "none"
_EVEN = 0.5  # of a meaning no marked contract has
_HERE, _OTHER = "\ue000", "\ue001"
_LENGTH = f"{_HERE}+"
_NOT_AHEAD = re.compile(
    r"\b(?:after|tras|pasad[oa]s|transcurrid[oa]s|cumplid[oa]s|within|dentro de|up to|in|any|per|en)"
    rf"(?: (?:the|l[oa]s|first|primer[oa]s))* {_LENGTH}"
)
_BESIDE = 60  # characters between a concept and the quantity it is beside
_FAR = 0.6  # what a concept further away counts, beside one counting 1
_LEAST, _OF_NOTHING = 0.2, 0.35  # the chance a meaning needs, and its least share of the chance that there is none
_NAMED, _HINTED, _BEFORE = 1.5, 0.5, 0.5  # a key of the heading, a key of the text, a concept in the sentence before
_WORD = re.compile(rf"[a-z']+|{_HERE}+|{_OTHER}+")
_STEM = 5  # letters of a word that count: renueva, renovarse and renewal stay apart, renovar and renovacion do not
_NEXT, _NEAR = 3, 8  # words away from a place: those that count by where they stand, those that count whole
_PAIRED = 5  # words away from a place within which two side by side count together
_TIES = re.compile("befor|after|from|since|of|to|prior|ahead|follo|antes|despu|desde|al?|de|sigui|tras")
_TIED = 4  # words behind a place within which such a tie to what it is counted from may stand
_ANCHOR = 6  # words behind the tie that count
_WORDED = 0.5  # what a word counts, beside a concept counting 1


@dataclass(frozen=True)
class Meaning:
    """What a quantity can be, and the chance that it is, in (0, 1)."""

    key: ClauseKey
    kind: str
    chance: float


@dataclass(frozen=True)
class Setting:
    """Where a quantity stands, all in small letters without accents.

    `named` are the keys its heading names, `keys` all those of its clause, `party` is whose duty or right it is.
    """

    sentence: str
    heading: str
    before: str
    named: Sequence[ClauseKey]
    keys: Sequence[ClauseKey]
    party: str


@dataclass(frozen=True)
class Weighing:
    """A multinomial logistic function: a bias a meaning, and of each feature a weight a meaning."""

    meanings: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]

    def chances(self, features: Mapping[str, float]) -> Mapping[str, float]:
        """By meaning (`notice/notice`, `none`); they add up to 1."""
        sums = list(self.bias)
        for name, much in features.items():
            for at, weight in enumerate(self.weights.get(name, ())):
                sums[at] += weight * much
        top = max(sums)
        parts = [math.exp(one - top) for one in sums]
        return {meaning: part / sum(parts) for meaning, part in zip(self.meanings, parts, strict=True)}


def chances(place: Place, places: Sequence[Place], setting: Setting) -> Mapping[str, float]:
    """Of every meaning a quantity of its kind can have, and of none, the chance in (0, 1)."""
    return _weighings()[KINDS[type(place.value)]].chances(features_of(place, places, setting))


def chances_of_words(shape: str, start: int, end: int, value: str, setting: Setting) -> Mapping[str, float]:
    """Of every meaning words of a shape (term_shapes.toml) can have, and of none, the chance in (0, 1)."""
    return _weighings()[shape].chances(features_of_words(start, end, value, setting))


def likeliest(found: Mapping[str, float]) -> Meaning | None:
    """The meaning with the best chance; none where that it has none is several times as likely."""
    best, chance = max(((name, much) for name, much in found.items() if name != NOTHING), key=lambda one: one[1])
    if chance < _LEAST or chance < _OF_NOTHING * found.get(NOTHING, 0.0):
        return None
    key, kind = best.split("/")
    return Meaning(ClauseKey(key), kind, chance)


def features_of(place: Place, places: Sequence[Place], setting: Setting) -> Mapping[str, float]:
    """What speaks for and against a meaning, by name."""
    masked = _masked(setting.sentence, place, places)
    roles = {f"stands={role}": 1.0 for role in _roles_of(masked)}
    words = stems(masked)
    around = _surroundings(place.start, place.end, setting) | roles | _own(place.value)
    return around | _wording(words) | _pairs(words) | _anchored(words)


def features_of_words(start: int, end: int, value: str, setting: Setting) -> Mapping[str, float]:
    """The same of words that may say `value`: what stands around them and what they hold."""
    hidden = setting.sentence[:start] + _HERE * (end - start) + setting.sentence[end:]
    features = _surroundings(start, end, setting) | {f"says={value}": 1.0} | _wording(stems(hidden))
    features |= {f"said={word[:_STEM]}": _WORDED for word in _WORD.findall(setting.sentence[start:end])}
    for name, spans in concepts_in(setting.sentence).items():
        if any(start <= first < end for first, _ in spans):
            features[f"held:{name}"] = 1.0
    return features


def _surroundings(start: int, end: int, setting: Setting) -> dict[str, float]:
    features = {f"named={key}": _NAMED for key in setting.named} or {"named=": 1.0}
    features |= {f"key={key}": _HINTED for key in setting.keys}
    features |= {f"party={setting.party}": 1.0}
    features |= {f"heading:{name}": 1.0 for name in concepts_in(setting.heading)}
    features |= {f"before:{name}": _BEFORE for name in concepts_in(setting.before)}
    for name, spans in concepts_in(setting.sentence).items():
        features |= _around(name, spans, start, end)
    return features


def _own(value: Quantity) -> dict[str, float]:
    match value:
        case Length():
            size = f"size={value.count} {value.unit}"
            return {f"unit={value.unit}": 1.0, f"days={value.days}": 1.0, size: 0.5}
        case Amount():
            return {f"per={value.per}": 1.0}
        case Percent() | Day():
            return {}


def _around(name: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> Mapping[str, float]:
    """A concept ahead of a place, and behind it: how near."""
    ahead = [start - last for _, last in spans if last <= start]
    behind = [first - end for first, _ in spans if first >= end]
    found = {f"{side}:{name}": 1.0 if min(gaps) <= _BESIDE else _FAR for side, gaps in _sides(ahead, behind) if gaps}
    return found | ({f"in:{name}": 1.0} if found else {})


def stems(text: str) -> Sequence[str]:
    """The words of a text by their stems; a place is one word."""
    return [word[0] if word[0] in (_HERE, _OTHER) else word[:_STEM] for word in _WORD.findall(text)]


def _wording(words: Sequence[str]) -> dict[str, float]:
    """The words themselves: those next to the place by where they stand, all by the side of it they are on."""
    here = words.index(_HERE)
    features: dict[str, float] = {}
    for at, word in enumerate(words):
        gap = at - here
        if not gap:
            continue
        much = _WORDED * (1.0 if abs(gap) <= _NEAR else _FAR)
        for name in (f"word={word}", f"{'ahead' if gap < 0 else 'behind'}={word}"):
            features[name] = max(much, features.get(name, 0.0))
        if abs(gap) <= _NEXT:
            features[f"{gap:+d}={word}"] = _WORDED
    return features


def _pairs(words: Sequence[str]) -> dict[str, float]:
    """Two words side by side near a place, by their stems: `antes de` and `antes que` are not the same."""
    here = words.index(_HERE)
    near = words[max(0, here - _PAIRED) : here + _PAIRED + 1]
    return {f"pair={one} {other}": _WORDED for one, other in itertools.pairwise(near)}


def _anchored(words: Sequence[str]) -> dict[str, float]:
    """What a place is counted from: the words behind the first `before`, `after`, `from`… close behind it, by their stems."""
    here = words.index(_HERE)
    for at in range(here + 1, min(len(words), here + _TIED + 1)):
        if _TIES.fullmatch(words[at]):
            return {f"anchor={word}": _WORDED for word in words[at + 1 : at + 1 + _ANCHOR]}
    return {}


def _sides(ahead: Sequence[int], behind: Sequence[int]) -> tuple[tuple[str, Sequence[int]], ...]:
    return ("ahead", ahead), ("behind", behind)


def _roles_of(masked: str) -> set[str]:
    """How the quantity stands; `after six months you may leave on one month's notice` is none ahead."""
    roles = {name for name, pattern in _roles().items() if pattern.search(masked)}
    return roles - {"ahead"} if _NOT_AHEAD.search(masked) else roles


def _masked(sentence: str, place: Place, places: Sequence[Place]) -> str:
    for one in places:
        mark = _HERE if one.start == place.start else _OTHER
        sentence = sentence[: one.start] + mark * (one.end - one.start) + sentence[one.end :]
    return sentence


@lru_cache(maxsize=512)
def concepts_in(text: str) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """Where each concept stands in a text; those that do not are left out."""
    found = {name: tuple(match.span() for match in words.finditer(text)) for name, words in concepts().items()}
    return {name: spans for name, spans in found.items() if spans}


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_data_file("term_evidence.toml"))


@cache
def concepts() -> Mapping[str, re.Pattern[str]]:
    """The words of each concept."""
    return {name: re.compile(rf"\b(?:{'|'.join(words)})") for name, words in _data()["concepts"].items()}


@cache
def _roles() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile("|".join(said).replace("{length}", _LENGTH)) for name, said in _data()["roles"].items()}


def chance_of_another(meaning: str) -> float:
    """The chance that a contract which states a term of this meaning states another with a different value, in (0, 1)."""
    return _again().get(meaning, _EVEN)


@cache
def _again() -> Mapping[str, float]:
    data: Mapping[str, float] = json.loads(_data_file("term_again.json"))
    return data


@cache
def _weighings() -> Mapping[str, Weighing]:
    return {kind: weighing_from(row) for kind, row in json.loads(_data_file("term_weights.json")).items()}


def _data_file(name: str) -> str:
    return (resources.files("knowledge") / name).read_text(encoding="utf-8")


def weighing_from(data: Mapping[str, Any]) -> Weighing:
    weights = {name: tuple(row) for name, row in data["weights"].items()}
    return Weighing(tuple(data["meanings"]), tuple(data["bias"]), weights)
