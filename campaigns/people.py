"""Loads people with everything the deciders look at: a handful of queries for any number of them."""

from collections.abc import Iterator, Sequence
from itertools import islice

from campaigns.audience import Person, person_of
from campaigns.plan import Plan
from records.database import Tx
from records.store import campaigns as store
from records.store import subscribers
from records.types import ChannelName, Contact

_AT_ONCE = 5_000
_OPT_OUT = "opt_out"
_NONE: frozenset[ChannelName] = frozenset()


def load_people(tx: Tx, plan: Plan, ids: Sequence[str]) -> Iterator[Person]:
    """The people that exist among `ids`, in that order."""
    shut = store.suppressed_hashes(tx, plan.channels)
    held = store.held_by_case(tx)
    rest = iter(ids)
    while some := tuple(islice(rest, _AT_ONCE)):
        known = subscribers.many(tx, some)
        contacts = subscribers.contacts_of_many(tx, some)
        consents = subscribers.consents_of_many(tx, some)
        for one in some:
            if one in known:
                own = contacts.get(one, ())
                closed = frozenset(way.channel for way in own if _shut(tx, plan, way, shut)) if shut else _NONE
                yield person_of(known[one], own, consents.get(one, ()), closed, one in held)


def _shut(tx: Tx, plan: Plan, contact: Contact, shut: dict[tuple[str, str], str]) -> bool:
    """An opt-out of topics does not hold a mandatory notice; a dead address holds everything."""
    reason = shut.get((contact.channel.value, subscribers.address_hash(tx, contact.channel, contact.address)), "")
    return bool(reason) and not (plan.message_class.mandatory and reason == _OPT_OUT)
