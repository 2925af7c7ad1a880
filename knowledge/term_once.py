"""What several quantities of one contract mean, decided together: most kinds of term are stated once. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.quantities import Quantity
from knowledge.term_evidence import NOTHING, chance_of_another

_ROUNDS = 4  # after which the chances of the marked contracts move no more


@dataclass(frozen=True)
class Weighed:
    """A quantity of a contract, and of each of its meanings the chance if it stood alone."""

    value: Quantity
    chances: Mapping[str, float]


def settled(quantities: Sequence[Weighed]) -> tuple[Mapping[str, float], ...]:
    """Of each quantity the chances of its meanings, seeing what the others mean; they add up to 1.

    A meaning another quantity surely has, and a contract seldom states twice, is left to that one. The same value said again
    says the same thing again and takes nothing away. This is the mean-field answer to "how probable is it that all of them
    mean this": each chance is multiplied by the chance of another statement, to the power of what the others have of it.
    """
    now = [one.chances for one in quantities]
    for _ in range(_ROUNDS):
        had = _had(quantities, now)
        now = [_seeing(one, had) for one in quantities]
    return tuple(now)


def _had(quantities: Sequence[Weighed], now: Sequence[Mapping[str, float]]) -> Mapping[str, Mapping[Quantity, float]]:
    """By meaning, the best chance each value has of it."""
    had: dict[str, dict[Quantity, float]] = {}
    for one, chances in zip(quantities, now, strict=True):
        for meaning, chance in chances.items():
            values = had.setdefault(meaning, {})
            values[one.value] = max(chance, values.get(one.value, 0.0))
    return had


def _seeing(one: Weighed, had: Mapping[str, Mapping[Quantity, float]]) -> Mapping[str, float]:
    left = {
        meaning: chance * (1.0 if meaning == NOTHING else _left(meaning, one.value, had[meaning]))
        for meaning, chance in one.chances.items()
    }
    total = sum(left.values())
    return {meaning: chance / total for meaning, chance in left.items()}


def _left(meaning: str, value: Quantity, had: Mapping[Quantity, float]) -> float:
    others: Iterable[float] = (chance for other, chance in had.items() if other != value)
    return math.exp(sum(others) * math.log(chance_of_another(meaning)))
