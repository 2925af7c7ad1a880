"""Who is meant by a campaign, who is left out and why, and on which channel each hears. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from campaigns.plan import Condition, Plan, Where
from records.needs import Need, need_of
from records.types import ChannelName, Consent, Contact, MessageClass, Subscriber


class Excluded(StrEnum):
    """Why a person hears nothing; stored word for word beside them."""

    OUTSIDE = "outside_audience"  # the plan's filter does not mean them
    MOVED = "already_moved"  # the move is behind them
    CASE = "open_case"  # a person of ours is settling something serious with them
    NO_CONTACT = "no_contact"  # no address on any channel of the plan
    NO_CONSENT = "no_consent"  # addresses, but no agreement to hear this there
    SUPPRESSED = "suppressed"  # every address left is one we must not write to


@dataclass(frozen=True)
class Person:
    """Everything the deciders look at, loaded once. `suppressed` are channels whose address must not be written to."""

    subscriber: Subscriber
    contacts: Mapping[ChannelName, str]
    consents: tuple[Consent, ...] = ()
    suppressed: frozenset[ChannelName] = frozenset()
    held: bool = False


@dataclass(frozen=True)
class Way:
    """A channel and the address on it."""

    channel: ChannelName
    address: str


STAFF_FIELD = "staff"
"""The column of the subscribers file that marks the company's own people."""

_NO = frozenset({"", "no", "false", "0", "-"})


def is_staff(said: str) -> bool:
    """Does the column say that this is one of the company's own people?"""
    return said.strip().casefold() not in _NO


def person_of(
    subscriber: Subscriber,
    contacts: Sequence[Contact],
    consents: Sequence[Consent],
    suppressed: frozenset[ChannelName],
    held: bool,
) -> Person:
    return Person(subscriber, {item.channel: item.address for item in contacts}, tuple(consents), suppressed, held)


def choose_way(channels: Sequence[ChannelName], person: Person, of_class: MessageClass) -> Way | Excluded:
    """The first of `channels` with an address, consent (not asked for mandatory classes) and no suppression."""
    with_contact = [channel for channel in channels if channel in person.contacts]
    if not with_contact:
        return Excluded.NO_CONTACT
    agreed = [channel for channel in with_contact if of_class.mandatory or _agreed(person, channel, of_class)]
    if not agreed:
        return Excluded.NO_CONSENT
    free = [channel for channel in agreed if channel not in person.suppressed]
    return Way(free[0], person.contacts[free[0]]) if free else Excluded.SUPPRESSED


def why_not(plan: Plan, person: Person) -> Excluded | None:
    """Why this person is left out of the campaign; None if they are in."""
    if plan.audience.where is not None and not _meant(plan.audience.where, person.subscriber):
        return Excluded.OUTSIDE
    if plan.about_the_move and person.subscriber.moved_at is not None and not plan.message_class.mandatory:
        return Excluded.MOVED
    if person.held and not plan.message_class.mandatory:
        return Excluded.CASE
    way = choose_way(plan.channels, person, plan.message_class)
    return way if isinstance(way, Excluded) else None


def action_needed(subscriber: Subscriber, today: date) -> bool:
    """True if the person has to enter their payment method again for the move to work."""
    return need_of(subscriber, today) is Need.RE_ENTER


def unmet(when: Sequence[Condition], subscriber: Subscriber, today: date) -> Condition | None:
    """The first condition that does not hold for this person; None if all do."""
    moved, needed = subscriber.moved_at is not None, action_needed(subscriber, today)
    truth = {
        Condition.MOVED: moved,
        Condition.NOT_MOVED: not moved,
        Condition.ACTION_NEEDED: needed,
        Condition.NO_ACTION_NEEDED: not needed,
    }
    return next((condition for condition in when if not truth[condition]), None)


def _agreed(person: Person, channel: ChannelName, of_class: MessageClass) -> bool:
    return any(
        consent.granted and consent.channel is channel and consent.purpose is of_class.purpose
        for consent in person.consents
    )


def _meant(where: Where, person: Subscriber) -> bool:
    pairs: tuple[tuple[Sequence[str], str], ...] = (
        (where.country, person.country),
        (where.plan, person.plan),
        (where.language, person.language),
        (where.payment_method, person.payment_method),
        (where.currency, person.currency),
    )
    return all(not allowed or value in allowed for allowed, value in pairs)
