"""The judge of a wave. Pure: numbers and limits in, a verdict with its reason out.

Every signal is a row of one table: what it counts, how old a wave must be for it, and whether it is about delivery (a
mandatory notice is paused by those only; the others warn). A signal that cannot tell yet is never taken for a good one: the
wave waits, and when no more messages are on their way a person is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from campaigns import chances
from campaigns.plan import Limits
from records.types import Language
from records.wave import WaveNumbers

FALSE_ALARMS = 0.05
"""Share of harmless campaigns that may ever be stopped by a sequential test, both of them together."""

USUAL_PER_THOUSAND = 2.0
"""Hand-overs or thumbs down per 1,000 messages that are usual anywhere, so that after quiet weeks a few are no alarm."""

_SURE = 0.01
_FEWEST_EVENTS = 5
_FEWEST_RATINGS = 30


class Signal(StrEnum):
    """What is watched, most urgent first; the order in which a reason is named."""

    HARD_FAILURES = "hard_failures"  # messages failed for good or came back
    PROVIDER_FAILURES = "provider_failures"  # a vendor refused us, in the last five minutes
    COMPLAINTS = "complaints"  # reported as unwanted
    FIRST_CHARGES = "first_charges"  # first payments on the new side that failed
    CANCELLATIONS = "cancellations"  # people who left
    OPT_OUTS = "opt_outs"  # people who asked for no more messages
    HANDOVERS = "handovers"  # questions that needed a person
    THUMBS_DOWN = "thumbs_down"  # answers that did not help
    RATINGS = "ratings"  # how cases were rated


class Level(StrEnum):
    """What one signal says."""

    FINE = "fine"
    WARN = "warn"  # worth a look
    HARM = "harm"  # past its limit
    THIN = "thin"  # too few to tell


@dataclass(frozen=True)
class Continue:
    why: str


@dataclass(frozen=True)
class Wait:
    why: str


@dataclass(frozen=True)
class Ask:
    """Nothing speaks against the wave, and it is too small to say that it is well: a person decides."""

    why: str


@dataclass(frozen=True)
class Hold:
    why: str


Verdict = Continue | Wait | Ask | Hold
"""`why` names a phrase of this room, `verdict.<why>`."""


@dataclass(frozen=True)
class Watch:
    """A wave under watch: open since, soaking until, whether of a mandatory notice, whether a person has said to go on,
    whether the next wave is open already."""

    opened_at: datetime
    soaked_at: datetime
    mandatory: bool = False
    waved_on: bool = False
    passed: bool = False


def judge(numbers: WaveNumbers, limits: Limits, watch: Watch, now: datetime) -> Verdict:
    """May the next wave open? Hold stops the campaign until a person resumes it with a reason."""
    levels = levels_of(numbers, limits)
    harm = next((signal for signal in Signal if levels[signal] is Level.HARM and _holds(signal, watch)), None)
    if harm is not None:
        return Hold(harm.value)
    if _most_failed(numbers, limits):
        return Hold("most_failed")
    if watch.passed or watch.waved_on:
        return Continue("passed" if watch.passed else "waved_on")
    if now < max(watch.soaked_at, *(watch.opened_at + row.ripe(limits) for row in _TABLE.values())):
        return Wait("soaking")
    if Level.THIN in levels.values():
        return Wait("too_few") if numbers.waiting else Ask("thin")
    warned = any(level in (Level.WARN, Level.HARM) for level in levels.values())
    return Continue("warned" if warned else "healthy")


def levels_of(numbers: WaveNumbers, limits: Limits) -> dict[Signal, Level]:
    """What every signal says by itself."""
    return {signal: row.read(numbers, limits) for signal, row in _TABLE.items()}


def warnings(numbers: WaveNumbers, limits: Limits) -> tuple[Signal, ...]:
    """The signals worth a look, most urgent first."""
    levels = levels_of(numbers, limits)
    return tuple(signal for signal in Signal if levels[signal] in (Level.WARN, Level.HARM))


def _holds(signal: Signal, watch: Watch) -> bool:
    return not watch.mandatory or _TABLE[signal].delivery


def _most_failed(numbers: WaveNumbers, limits: Limits) -> bool:
    """A pilot too small for the limits still says when most of it failed."""
    failed = numbers.hard_failures + numbers.provider_failures
    return numbers.attempts < limits.minimum_sends and failed > 1 and failed * 2 > numbers.attempts


# ---------------------------------------------------------------- the signals


@dataclass(frozen=True)
class _Row:
    read: Callable[[WaveNumbers, Limits], Level]
    ripe: Callable[[Limits], timedelta]
    delivery: bool = False


def _by_limit(count: int, of: int, warn: float, pause: float, fewest: int) -> Level:
    if of < fewest:
        return Level.THIN
    if count * 100 > pause * of:
        return Level.HARM
    return Level.WARN if count * 100 > warn * of else Level.FINE


def _hard_failures(numbers: WaveNumbers, limits: Limits) -> Level:
    warn, pause = float(limits.hard_failure_warn), float(limits.hard_failure_pause)
    return _by_limit(numbers.hard_failures, numbers.attempts, warn, pause, limits.minimum_sends)


def _complaints(numbers: WaveNumbers, limits: Limits) -> Level:
    warn, pause = float(limits.complaint_warn), float(limits.complaint_pause)
    return _by_limit(numbers.complaints, numbers.attempts, warn, pause, limits.minimum_sends)


def _opt_outs(numbers: WaveNumbers, limits: Limits) -> Level:
    pause = float(limits.opt_out_pause)
    return _by_limit(numbers.opt_outs, numbers.attempts, pause, pause, limits.minimum_sends)


def _provider_failures(numbers: WaveNumbers, limits: Limits) -> Level:
    """Five minutes with few messages in them say nothing, and nobody waits for more: the other signals cover the rest."""
    pause = float(limits.provider_failure_pause)
    level = _by_limit(numbers.provider_failures, numbers.recent_attempts, pause, pause, min(100, limits.minimum_sends))
    return Level.FINE if level is Level.THIN else level


def _more_than_usual(events: int, usual: float, times: float, numbers: WaveNumbers, limits: Limits) -> Level:
    """Harm is more than `times` the usual number, and not by chance; more than twice of it is worth a look."""
    if numbers.attempts < limits.minimum_sends:
        return Level.THIN
    usual = max(usual, USUAL_PER_THOUSAND * numbers.attempts / 1000)
    if events < _FEWEST_EVENTS or chances.at_least(events, usual) >= _SURE:
        return Level.FINE
    return Level.HARM if events > times * usual else Level.WARN if events > 2 * usual else Level.FINE


def _handovers(numbers: WaveNumbers, limits: Limits) -> Level:
    return _more_than_usual(numbers.handovers, numbers.usual_handovers, float(limits.handover_times), numbers, limits)


def _thumbs_down(numbers: WaveNumbers, limits: Limits) -> Level:
    return _more_than_usual(
        numbers.thumbs_down, numbers.usual_thumbs_down, float(limits.thumbs_down_times), numbers, limits
    )


def _ratings(numbers: WaveNumbers, limits: Limits) -> Level:
    """A mean of fewer than thirty is shown, never judged: those who are unhappy count among thumbs and hand-overs, too."""
    if min(numbers.ratings, numbers.usual_ratings) < _FEWEST_RATINGS:
        return Level.FINE
    drop = numbers.usual_rating_sum / numbers.usual_ratings - numbers.rating_sum / numbers.ratings
    return Level.HARM if drop > limits.rating_drop else Level.FINE


def _first_charges(numbers: WaveNumbers, limits: Limits) -> Level:
    ratio = chances.share_ratio(
        numbers.first_charges_failed,
        numbers.first_charges,
        float(limits.first_charge_expected) / 100,
        float(limits.first_charge_harmful) / 100,
    )
    return Level.HARM if ratio >= _BELIEVED else Level.FINE


def _cancellations(numbers: WaveNumbers, limits: Limits) -> Level:
    months = numbers.person_days / 30
    expected, harmful = (float(share) / 100 for share in (limits.cancellation_expected, limits.cancellation_harmful))
    ratio = chances.rate_ratio(numbers.cancellations, expected * months, harmful * months)
    return Level.HARM if ratio >= _BELIEVED else Level.FINE


_BELIEVED = chances.bound(FALSE_ALARMS / 2)


def _delivery(limits: Limits) -> timedelta:
    return limits.ripe_delivery


def _answers(limits: Limits) -> timedelta:
    return limits.ripe_answers


_TABLE: dict[Signal, _Row] = {
    Signal.HARD_FAILURES: _Row(_hard_failures, _delivery, delivery=True),
    Signal.PROVIDER_FAILURES: _Row(_provider_failures, _delivery, delivery=True),
    Signal.COMPLAINTS: _Row(_complaints, _delivery),
    Signal.FIRST_CHARGES: _Row(_first_charges, _answers),
    Signal.CANCELLATIONS: _Row(_cancellations, _answers),
    Signal.OPT_OUTS: _Row(_opt_outs, _delivery),
    Signal.HANDOVERS: _Row(_handovers, _answers),
    Signal.THUMBS_DOWN: _Row(_thumbs_down, _answers),
    Signal.RATINGS: _Row(_ratings, _answers),
}


# ---------------------------------------------------------------- in words


def word(verdict: Verdict) -> str:
    """continue, wait, ask or hold."""
    return type(verdict).__name__.lower()


_BEFORE = {"verdict.soaking": "verdict.not_begun"}
"""How a verdict is said of a wave of which nothing has been written yet: it has no number worth saying."""

VERDICTS: Mapping[str, Callable[[str], Verdict]] = {"continue": Continue, "wait": Wait, "ask": Ask, "hold": Hold}


def say(verdict: Verdict, numbers: WaveNumbers, limits: Limits, language: Language | str) -> str:
    """The verdict as sentences for staff: what was decided and why, then what is worth a look."""
    from records.phrases import load_phrases

    phrases, values = load_phrases("campaigns"), _values(numbers, limits)
    key = f"verdict.{verdict.why}"
    first = phrases.say(key if numbers.attempts or numbers.waiting else _BEFORE.get(key, key), language, **values)
    others = [signal for signal in warnings(numbers, limits) if signal.value != verdict.why]
    asides = [phrases.say(f"warning.{signal}", language, **values) for signal in others]
    if numbers.ratings and numbers.ratings < _FEWEST_RATINGS:
        asides.append(phrases.say("warning.few_ratings", language, **values))
    return " ".join([first, *asides])


def _values(numbers: WaveNumbers, limits: Limits) -> dict[str, object]:
    low, high = chances.wilson(numbers.hard_failures, numbers.attempts)
    before = max(numbers.usual_handovers, USUAL_PER_THOUSAND * numbers.attempts / 1000)
    thumbs = max(numbers.usual_thumbs_down, USUAL_PER_THOUSAND * numbers.attempts / 1000)
    return {
        "waiting": numbers.waiting,
        "attempts": numbers.attempts,
        "failures": numbers.hard_failures,
        "all_failures": numbers.hard_failures + numbers.provider_failures,
        "low": round(low * 100, 1),
        "high": round(high * 100, 1),
        "complaints": numbers.complaints,
        "minimum": limits.minimum_sends,
        "failure_limit": limits.hard_failure_pause,
        "complaint_limit": limits.complaint_pause,
        "opt_outs": numbers.opt_outs,
        "opt_out_limit": limits.opt_out_pause,
        "recent": numbers.recent_attempts,
        "provider_failures": numbers.provider_failures,
        "provider_limit": limits.provider_failure_pause,
        "handovers": numbers.handovers,
        "usual_handovers": round(before, 1),
        "thumbs": numbers.thumbs_down,
        "usual_thumbs": round(thumbs, 1),
        "ratings": numbers.ratings,
        "mean": round(numbers.rating_sum / max(1, numbers.ratings), 1),
        "usual_mean": round(numbers.usual_rating_sum / max(1, numbers.usual_ratings), 1),
        "charges": numbers.first_charges,
        "charges_failed": numbers.first_charges_failed,
        "charge_expected": limits.first_charge_expected,
        "cancellations": numbers.cancellations,
        "cancellation_expected": round(float(limits.cancellation_expected) / 100 * numbers.person_days / 30, 1),
    }
