"""The judge of a wave. Pure: numbers and limits in, a verdict with its reason out."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.plan import Limits
from records.types import Language


@dataclass(frozen=True)
class Numbers:
    """One wave so far: messages still to go, those a vendor has answered, hard failures and complaints among them."""

    waiting: int = 0
    attempts: int = 0
    hard_failures: int = 0
    complaints: int = 0


@dataclass(frozen=True)
class Continue:
    why: str


@dataclass(frozen=True)
class Wait:
    why: str


@dataclass(frozen=True)
class Hold:
    why: str


Verdict = Continue | Wait | Hold
"""`why` names a phrase of this room, `verdict.<why>`."""


def judge(numbers: Numbers, limits: Limits, soaked_at: datetime, now: datetime) -> Verdict:
    """May the next wave open? Hold stops the campaign until a person resumes it with a reason."""
    if numbers.attempts >= limits.minimum_sends:
        if numbers.hard_failures * 100 > limits.hard_failure_pause * numbers.attempts:
            return Hold("hard_failures")
        if numbers.complaints * 100 > limits.complaint_pause * numbers.attempts:
            return Hold("complaints")
    elif numbers.hard_failures > 1 and numbers.hard_failures * 2 > numbers.attempts:
        return Hold("most_failed")  # a pilot too small for the limits still says when most of it failed
    if now < soaked_at:
        return Wait("soaking")
    if numbers.waiting and numbers.attempts < limits.minimum_sends:
        return Wait("too_few")
    return Continue("healthy")


def word(verdict: Verdict) -> str:
    """continue, wait or hold."""
    return type(verdict).__name__.lower()


def say(verdict: Verdict, numbers: Numbers, limits: Limits, language: Language | str) -> str:
    """The verdict as a sentence for staff."""
    from records.phrases import load_phrases

    return load_phrases("campaigns").say(
        f"verdict.{verdict.why}",
        language,
        waiting=numbers.waiting,
        attempts=numbers.attempts,
        failures=numbers.hard_failures,
        complaints=numbers.complaints,
        minimum=limits.minimum_sends,
        failure_limit=limits.hard_failure_pause,
        complaint_limit=limits.complaint_pause,
    )
