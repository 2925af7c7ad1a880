"""The few formulas gates judge and reports compare by. Pure; each names its source.

Counting every day and testing each time as if it were the only time cries harm in a quarter of harmless campaigns; the ratios
here may be looked at as often as one likes.
"""

from math import exp, hypot, lgamma, log, sqrt

_Z = 1.959964  # two-sided 95 %


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, in [0, 1] and around the share; (0, 1) when nothing was seen. Wilson (1927)."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = count / of, _Z * _Z
    middle = share + z2 / (2 * of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    scale = 1 + z2 / of
    # Where all or none are counted the end is the share itself, but for a rounding in the last place.
    return max(0.0, min(share, (middle - half) / scale)), min(1.0, max(share, (middle + half) / scale))


def share_ratio(bad: int, of: int, expected: float, harmful: float) -> float:
    """How much `bad` of `of` speaks for the harmful share against the expected one, as a logarithm (Wald 1945)."""
    return bad * log(harmful / expected) + (of - bad) * log((1 - harmful) / (1 - expected))


def rate_ratio(events: int, expected: float, harmful: float) -> float:
    """The same for events over time: `expected` and `harmful` are how many each rate would have brought in that time."""
    if expected <= 0:
        return 0.0
    return events * log(harmful / expected) - (harmful - expected)


def bound(false_alarms: float) -> float:
    """The log ratio from which harm is believed: crossed in at most this share of harmless runs, however often one looks.

    Ville (1939): the ratio is a martingale under no harm, so it ever exceeds 1/a with probability a at most.
    """
    return -log(false_alarms)


def at_least(events: int, expected: float) -> float:
    """P(X >= events) for a Poisson number with this mean."""
    if events <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    below = sum(exp(k * log(expected) - expected - lgamma(k + 1)) for k in range(events))
    return max(0.0, 1.0 - below)


def newcombe(count: int, of: int, other: int, of_other: int) -> tuple[float, float]:
    """The 95 % interval of the first share less the other; (-1, 1) when nothing was seen on either side. Newcombe (1998),
    method 10: the two Wilson intervals, squared and added."""
    if not of or not of_other:
        return -1.0, 1.0
    one, two = count / of, other / of_other
    (low, high), (low_two, high_two) = wilson(count, of), wilson(other, of_other)
    difference = one - two
    return difference - hypot(one - low, high_two - two), difference + hypot(high - one, two - low_two)
