"""The only door to what we hold about a person. What each proof is worth is one table; no prompt decides it.

A link proves an address. It is worth what a campaign would tell that address unasked (the date of the move, the wave, whether
the person must act, what we sent there), and only while no other subscriber shares the address.
"""

from dataclasses import dataclass, replace

from records.database import Tx
from records.errors import NotFound
from records.store import subscribers as register
from records.types import Contact, Proof, Subscriber
from subscribers.topics import Topic

NEEDED: dict[Topic, Proof] = {
    Topic.MOVE: Proof.LINKED,
    Topic.MUST_ACT: Proof.LINKED,
    Topic.SENT: Proof.LINKED,
    Topic.MONEY: Proof.VERIFIED,
    Topic.CONTRACT: Proof.VERIFIED,
    Topic.PERSONAL: Proof.VERIFIED,
    Topic.CHANGE: Proof.VERIFIED,
}

_RANK = {Proof.ANONYMOUS: 0, Proof.LINKED: 1, Proof.VERIFIED: 2}


@dataclass(frozen=True)
class Denied:
    """Not with this proof; `needed` would do."""

    needed: Proof


def access_record(
    tx: Tx, subscriber_id: str, proof: Proof, topic: Topic, *, contact: Contact | None = None
) -> Subscriber | Denied:
    """The record for this topic, or which proof is needed for it.

    With LINKED, the record that comes out is blank but for what the topic is about. `contact` names the address the link
    was sent to; without it, any address of the person that is shared closes the door. Whoever has proved nothing learns
    nothing, not even whether the id exists. Raises NotFound for an unknown id once identity is proved.
    """
    if _RANK[proof] < _RANK[NEEDED[topic]]:
        return Denied(NEEDED[topic])
    subscriber = register.get(tx, subscriber_id)
    if proof is Proof.VERIFIED:
        if subscriber is None:
            raise NotFound(f"no subscriber {subscriber_id!r}: they may have been erased.")
        return subscriber
    if subscriber is None or _is_shared(tx, subscriber_id, contact):
        return Denied(Proof.VERIFIED)
    return _only(subscriber, topic)


def _is_shared(tx: Tx, subscriber_id: str, contact: Contact | None) -> bool:
    contacts = register.contacts_of(tx, subscriber_id) if contact is None else (contact,)
    return any(
        {person.id for person in register.by_contact(tx, one.channel, one.address)} != {subscriber_id}
        for one in contacts
    )


def _only(subscriber: Subscriber, topic: Topic) -> Subscriber:
    """What a link is worth: enough to say when and whether to act, nothing about money, contract or person."""
    acts = topic is Topic.MUST_ACT
    expires = subscriber.fields.get("card_expires", "")
    return replace(
        subscriber,
        name="",
        plan="",
        price_minor=0,
        currency="",
        renewal_date=None,
        next_charge_date=subscriber.next_charge_date if acts else None,
        payment_method=subscriber.payment_method if acts else "",
        contract="",
        term_end_date=None,
        deadline_date=subscriber.deadline_date if acts else None,
        fields={"card_expires": expires} if acts and expires else {},
    )
