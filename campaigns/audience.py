"""Who is meant by a campaign, who is left out and why, and on which channel each hears. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from campaigns.plan import Condition, Plan, Where
from records.needs import Need, need_of
from records.types import ChannelName, Consent, MessageClass, Purpose, Subscriber


class Excluded(StrEnum):
    """Why a person hears nothing; stored word for word beside them."""

    OUTSIDE = "outside_audience"  # the plan's filter does not mean them
    MOVED = "already_moved"  # the move is behind them
    CASE = "open_case"  # a person of ours is settling something serious with them
    NO_CONTACT = "no_contact"  # no address on any channel of the plan
    NO_CONSENT = "no_consent"  # addresses, but no agreement to hear this there
    SUPPRESSED = "suppressed"  # every address left is one we must not write to


class Person(NamedTuple):
    """Everything the deciders look at, loaded once. `suppressed` are channels whose address must not be written to."""

    subscriber: Subscriber
    contacts: Mapping[ChannelName, str]
    consents: tuple[Consent, ...] = ()
    suppressed: frozenset[ChannelName] = frozenset()
    held: bool = False


class Way(NamedTuple):
    """A channel and the address on it."""

    channel: ChannelName
    address: str


STAFF_FIELD = "staff"
"""The column of the subscribers file that marks the company's own people."""

_NO = frozenset({"", "no", "false", "0", "-"})


def is_staff(said: str) -> bool:
    """Does the column say that this is one of the company's own people?"""
    return said.strip().casefold() not in _NO


def choose_way(channels: Sequence[ChannelName], person: Person, of_class: MessageClass) -> Way | Excluded:
    """The first of `channels` with an address, consent (not asked for mandatory classes) and no suppression."""
    nearest = Excluded.NO_CONTACT
    for channel in channels:
        address = person.contacts.get(channel)
        if address is None:
            continue
        if not (of_class.mandatory or _agreed(person, channel, of_class.purpose)):
            nearest = Excluded.NO_CONSENT if nearest is Excluded.NO_CONTACT else nearest
        elif channel in person.suppressed:
            nearest = Excluded.SUPPRESSED
        else:
            return Way(channel, address)
    return nearest


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
    return next((condition for condition in when if not _TRUE[condition](subscriber, today)), None)


_TRUE: Mapping[Condition, Callable[[Subscriber, date], bool]] = {
    Condition.MOVED: lambda one, _: one.moved_at is not None,
    Condition.NOT_MOVED: lambda one, _: one.moved_at is None,
    Condition.ACTION_NEEDED: action_needed,
    Condition.NO_ACTION_NEEDED: lambda one, today: not action_needed(one, today),
}


def _agreed(person: Person, channel: ChannelName, purpose: Purpose) -> bool:
    for consent in person.consents:
        if consent.channel is channel and consent.purpose is purpose:
            return consent.granted
    return False


def _meant(where: Where, person: Subscriber) -> bool:
    pairs: tuple[tuple[Sequence[str], str], ...] = (
        (where.country, person.country),
        (where.plan, person.plan),
        (where.language, person.language),
        (where.payment_method, person.payment_method),
        (where.currency, person.currency),
    )
    return all(not allowed or value in allowed for allowed, value in pairs)
