"""The gate, pure: may this row leave now? Asked when a row enters the outbox and again at every claim.

Replies pass: what answers something the person wrote goes at once. Campaign rows are held to consent, suppression, quiet
hours, frequency, the conditions of their stage and open cases. The first rule that speaks decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import assert_never

from channels.caps import NO_CAPS, Caps
from records.hours import Window, hours_for, next_allowed, zones_for
from records.ledger import CORRECTS, UNCONFIRMED, Facts, StoredMessage
from records.needs import Need, action_needed
from records.types import CampaignState, MessageClass, MessageKind, MessageState


class WhyNot(StrEnum):
    """Why a message did not leave; each has a sentence in both languages."""

    ERASED = "erased"  # the person is no longer in the register
    NO_CONSENT = "no_consent"  # they did not agree to hear this, or withdrew it
    SUPPRESSED = "suppressed"  # this address is on the list of those we never write to
    CONTACT_CHANGED = "contact_changed"  # the address is no longer theirs
    ALREADY_MOVED = "already_moved"  # the stage was for people who have not moved yet
    NOT_MOVED = "not_moved"  # the stage was for people who have moved
    NO_ACTION_NEEDED = "no_action_needed"  # the stage was for people who had to act
    ACTION_NEEDED = "action_needed"  # the stage was for people who had nothing to do
    CONFIRMED = "confirmed_elsewhere"  # another channel has confirmed the same message meanwhile
    OPEN_CASE = "open_case"  # a case of theirs holds everything that is not mandatory
    CANCELLED = "cancelled"  # the campaign was cancelled
    TOO_LATE = "too_late"  # its time passed before it could leave
    PAUSED = "paused"  # the campaign is paused: it stays planned
    HEARD_ENOUGH = "heard_enough"  # they heard from us often enough for now: it stays planned
    CEILING = "ceiling"  # the money set for this is spent: it stays planned
    REWRITTEN = "rewritten"  # a newer text was approved: it is written anew from that
    QUIET_HOURS = "quiet_hours"  # it is night where they are: it stays planned


@dataclass(frozen=True)
class Allow:
    """It may leave now."""


@dataclass(frozen=True)
class Defer:
    """It stays planned until then (UTC)."""

    until: datetime
    why: WhyNot


@dataclass(frozen=True)
class Refuse:
    """It will never leave."""

    state: MessageState
    why: WhyNot


Verdict = Allow | Defer | Refuse

PAUSE_LOOK = timedelta(minutes=1)
"""How long a row of a paused campaign is left alone before it is looked at again; resuming makes it due at once."""

_Rule = Callable[[StoredMessage, Facts, datetime], WhyNot | None]


def _is_mandatory(message: StoredMessage) -> bool:
    return message.message_class is not None and message.message_class.mandatory


def _erased(_: StoredMessage, facts: Facts, __: datetime) -> WhyNot | None:
    return None if facts.known else WhyNot.ERASED


def _cancelled(_: StoredMessage, facts: Facts, __: datetime) -> WhyNot | None:
    return WhyNot.CANCELLED if facts.campaign_state is CampaignState.CANCELLED else None


def _changed(message: StoredMessage, facts: Facts, _: datetime) -> WhyNot | None:
    return None if facts.current_address == message.address else WhyNot.CONTACT_CHANGED


def _suppressed(message: StoredMessage, facts: Facts, _: datetime) -> WhyNot | None:
    # An opt-out of topics does not hold a mandatory notice; a dead address holds everything.
    holds = facts.suppressed and not (_is_mandatory(message) and facts.suppressed == "opt_out")
    return WhyNot.SUPPRESSED if holds else None


def _consent(message: StoredMessage, facts: Facts, _: datetime) -> WhyNot | None:
    return None if facts.consent or _is_mandatory(message) else WhyNot.NO_CONSENT


def _open_case(message: StoredMessage, facts: Facts, _: datetime) -> WhyNot | None:
    return WhyNot.OPEN_CASE if facts.held_by_case and not _is_mandatory(message) else None


def _condition(message: StoredMessage, facts: Facts, now: datetime) -> WhyNot | None:
    """The conditions of the stage, as they are at this moment: minutes or days may lie between filling and leaving."""
    if not message.conditions:
        return None
    held = (_CONDITIONS[word] for word in message.conditions if word in _CONDITIONS)
    return next((why for holds, why in held if not holds(facts, now)), None)


def _must_act(facts: Facts, now: datetime) -> bool:
    today = now.date()
    on = max(facts.next_charge_date or today, today)
    return action_needed(facts.payment_method, facts.fields, on) is Need.RE_ENTER


_CONDITIONS: dict[str, tuple[Callable[[Facts, datetime], bool], WhyNot]] = {
    "not_moved": (lambda facts, _: not facts.moved, WhyNot.ALREADY_MOVED),
    "moved": (lambda facts, _: facts.moved, WhyNot.NOT_MOVED),
    "action_needed": (_must_act, WhyNot.NO_ACTION_NEEDED),
    "no_action_needed": (lambda facts, now: not _must_act(facts, now), WhyNot.ACTION_NEEDED),
}
"""By the word a plan uses: what must hold, and why a message does not leave when it does not."""


def _confirmed(message: StoredMessage, facts: Facts, _: datetime) -> WhyNot | None:
    return WhyNot.CONFIRMED if UNCONFIRMED in message.conditions and facts.confirmed_elsewhere else None


_RULES: tuple[_Rule, ...] = (_erased, _cancelled, _changed, _suppressed, _consent, _open_case, _condition, _confirmed)


def decide(message: StoredMessage, facts: Facts | None, window: Window, now: datetime, caps: Caps = NO_CAPS) -> Verdict:
    """May it leave now? `facts` is None for replies only."""
    if message.expires_at is not None and now >= message.expires_at:
        return Refuse(MessageState.EXPIRED, WhyNot.TOO_LATE)
    match message.kind:
        case MessageKind.REPLY:
            return Allow()
        case MessageKind.CAMPAIGN:
            if facts is None:
                raise ValueError(f"campaign message {message.key!r} came to the gate without its facts")
            return _campaign(message, facts, window, caps, now)
        case _:
            assert_never(message.kind)


def _campaign(message: StoredMessage, facts: Facts, window: Window, caps: Caps, now: datetime) -> Verdict:
    for rule in _RULES:
        why = rule(message, facts, now)
        if why is not None:
            return Refuse(MessageState.SUPPRESSED, why)
    if facts.campaign_state is not CampaignState.APPROVED:
        return Defer(now + PAUSE_LOOK, WhyNot.PAUSED)
    if facts.outdated:
        return Defer(now + PAUSE_LOOK, WhyNot.REWRITTEN)
    uncapped = _is_mandatory(message) or CORRECTS in message.conditions
    free = now if uncapped else caps.free_at(facts.heard, now)
    allowed = _open_from(free, facts.time_zone, facts.country, window, message.message_class)
    if allowed <= now:
        return Allow()
    return Defer(allowed, WhyNot.HEARD_ENOUGH if free > now else WhyNot.QUIET_HOURS)


@lru_cache(maxsize=1024)
def _open_from(
    moment: datetime, time_zone: str, country: str, window: Window, message_class: MessageClass | None
) -> datetime:
    """The first open hour: worked out once for all of a claim who live in the same place."""
    return next_allowed(moment, zones_for(time_zone, country), hours_for(window, country, message_class))
