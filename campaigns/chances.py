"""The few formulas the gates judge by. Pure; each names its source.

Counting every day and testing each time as if it were the only time cries harm in a quarter of harmless campaigns; the ratios
here may be looked at as often as one likes.
"""

from math import exp, lgamma, log, sqrt

_Z = 1.959964  # two-sided 95 %


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, both ends in [0, 1]; (0, 1) when nothing was seen. Wilson (1927)."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = count / of, _Z * _Z
    middle = share + z2 / (2 * of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    scale = 1 + z2 / of
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


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
