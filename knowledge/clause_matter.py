"""What a clause is about where its heading uses words nobody has listed: weighed. Pure.

The lists of clause_keys.toml know six of ten keys of clauses other authors write (`Tweaks`, `The damage`, `Te vas`). Here the
words of heading and text, what stands before and after the clause and how far down the contract it is speak for each key. How
much each of them says is data in clause_weights.json: one logistic function a key, fitted by `bench.terms` on the marked
contracts of the tests.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from knowledge.clause_keys import ClauseKey
from knowledge.quantities import flat
from knowledge.term_evidence import concepts_in, stems

PROBABLE = 0.2
"""From which chance a clause is read for terms of a key. Of 1,164 keys of clauses by authors who have never seen the lists 696
are found without this and 977 with it, each set left out of its fitting, and 96 wrong ones besides."""
MEANT = 0.5
"""From which chance a key counts as named, where the heading names none."""
_NAMED, _HINTED, _CONCEPT, _PAIR, _WORD, _AROUND = 1.5, 1.0, 0.7, 0.7, 0.5, 0.5
_PARTS = 6  # of a contract
_MOST = 50.0  # beyond which a chance is none


@dataclass(frozen=True)
class Matter:
    """What can be seen of a clause. `share` of the contract stands before it; `before` and `after` are the keys the clauses
    around it name."""

    heading: str
    text: str
    named: Sequence[ClauseKey]
    keys: Sequence[ClauseKey]
    share: float
    before: Sequence[str]
    after: Sequence[str]


@dataclass(frozen=True)
class Judge:
    """One logistic function a key: a bias, and of each feature a weight a key."""

    keys: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]

    def chances(self, features: Mapping[str, float]) -> Mapping[ClauseKey, float]:
        """Of every key the chance, in (0, 1), that the clause states something of it; a clause may well have several."""
        sums = list(self.bias)
        for name, much in features.items():
            for at, weight in enumerate(self.weights.get(name, ())):
                sums[at] += weight * much
        return {ClauseKey(key): 1 / (1 + math.exp(min(-one, _MOST))) for key, one in zip(self.keys, sums, strict=True)}


About = Callable[[Matter], Mapping[ClauseKey, float]]


def chances_of_keys(matter: Matter) -> Mapping[ClauseKey, float]:
    """Of every key the chance, in (0, 1), that the clause states something of it."""
    return _judge().chances(features_of_clause(matter))


def features_of_clause(matter: Matter) -> Mapping[str, float]:
    """What speaks for and against a key, by name."""
    heading, text = flat(matter.heading), flat(matter.text)
    title = stems(heading)
    features = {f"title={word}": 1.0 for word in title}
    features |= {f"titles={one} {other}": _PAIR for one, other in pairwise(title)}
    features |= {f"title:{name}": _CONCEPT for name in concepts_in(heading)}
    features |= {f"word={word}": _WORD for word in stems(text)}
    features |= {f"in:{name}": _WORD for name in concepts_in(text)}
    features |= {f"named={key}": _NAMED for key in matter.named} or {"named=": 1.0}
    features |= {f"key={key}": _HINTED for key in matter.keys}
    features |= {f"before={key}": _AROUND for key in matter.before} | {f"after={key}": _AROUND for key in matter.after}
    return features | {f"part={int(matter.share * _PARTS)}": _AROUND}


def keys_seen(matter: Matter, about: About) -> tuple[tuple[ClauseKey, ...], tuple[ClauseKey, ...]]:
    """The keys of a clause and those that count as named, the words first and what is probable after them."""
    chances = about(matter)
    ranked = sorted(chances, key=lambda key: -chances[key])
    probable = tuple(key for key in ranked if chances[key] >= PROBABLE and key not in matter.keys)
    shown = tuple(key for key in matter.keys if key is not ClauseKey.MISC or not probable)
    return (*shown, *probable), tuple(matter.named) or tuple(key for key in ranked if chances[key] >= MEANT)


def judge_from(data: Mapping[str, object]) -> Judge:
    """From what clause_weights.json holds."""
    keys, bias, weights = data["keys"], data["bias"], data["weights"]
    assert isinstance(keys, list)
    assert isinstance(bias, list)
    assert isinstance(weights, dict)
    return Judge(tuple(keys), tuple(bias), {name: tuple(row) for name, row in weights.items()})


@cache
def _judge() -> Judge:
    return judge_from(json.loads((resources.files("knowledge") / "clause_weights.json").read_text(encoding="utf-8")))
