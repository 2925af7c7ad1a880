"""Loads people with everything the deciders look at: a handful of queries for any number of them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from campaigns.audience import Person
from campaigns.plan import Plan
from records.database import Tx
from records.store import audiences, shut_addresses, subscribers
from records.types import ChannelName

_AT_ONCE = 5_000
_NONE: frozenset[ChannelName] = frozenset()


def load_people(tx: Tx, plan: Plan, ids: Sequence[str]) -> Iterator[Person]:
    """The people that exist among `ids`, in that order."""
    held = audiences.held_by_case(tx)
    rest = iter(ids)
    while some := tuple(islice(rest, _AT_ONCE)):
        known = subscribers.many(tx, some)
        contacts = subscribers.addresses_of_many(tx, some)
        consents = subscribers.consents_of_many(tx, some)
        shut = shut_addresses.shut_among(tx, plan.channels, contacts)
        for one in some:
            if one in known:
                closed = _closed(plan, shut[one]) if one in shut else _NONE
                yield Person(known[one], contacts.get(one, {}), consents.get(one, ()), closed, one in held)


def _closed(plan: Plan, shut: Mapping[ChannelName, str]) -> frozenset[ChannelName]:
    """An opt-out of topics does not hold a mandatory notice; a dead address holds everything."""
    return frozenset(
        channel for channel, why in shut.items() if not (plan.message_class.mandatory and why == shut_addresses.OPT_OUT)
    )
