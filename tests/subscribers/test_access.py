"""The door: each proof opens what the table says, and a link never more than the address it proves."""

from datetime import datetime

import pytest

from records.database import Database
from records.errors import NotFound
from records.store import subscribers as register
from records.types import ChannelName, Contact, Proof, Subscriber
from subscribers.access import NEEDED, Denied, access_record
from subscribers.topics import Topic
from tests.subscribers.people import ANA, mail, person

PHONE = Contact("s-1", ChannelName.SMS, "+34600000001")
OWN = mail("s-1", "ana@x.example")


@pytest.fixture
def house(lite: Database, now: datetime) -> Database:
    with lite.write() as tx:
        register.save(tx, ANA, (OWN, PHONE), (), now)
    return lite


def test_whoever_proved_nothing_learns_nothing(house: Database) -> None:
    with house.read() as tx:
        for topic in Topic:
            known = access_record(tx, "s-1", Proof.ANONYMOUS, topic)
            assert known == Denied(NEEDED[topic])
            assert known == access_record(tx, "nobody", Proof.ANONYMOUS, topic)


def test_identity_opens_everything(house: Database) -> None:
    with house.read() as tx:
        for topic in Topic:
            assert access_record(tx, "s-1", Proof.VERIFIED, topic) == register.get(tx, "s-1")
            with pytest.raises(NotFound, match="'nobody'"):
                access_record(tx, "nobody", Proof.VERIFIED, topic)


def test_a_link_opens_no_money_contract_or_change(house: Database) -> None:
    with house.read() as tx:
        for topic in (Topic.MONEY, Topic.CONTRACT, Topic.PERSONAL, Topic.CHANGE):
            assert access_record(tx, "s-1", Proof.LINKED, topic) == Denied(Proof.VERIFIED)


def test_a_link_is_worth_the_date_and_whether_to_act(house: Database) -> None:
    with house.read() as tx:
        move = access_record(tx, "s-1", Proof.LINKED, Topic.MOVE)
        act = access_record(tx, "s-1", Proof.LINKED, Topic.MUST_ACT)
    assert isinstance(move, Subscriber)
    assert isinstance(act, Subscriber)
    assert (move.name, move.price_minor, move.plan, move.payment_method, move.contract) == ("", 0, "", "", "")
    assert (act.payment_method, act.price_minor, act.cutover_date) == ("card", 0, ANA.cutover_date)


def test_a_shared_address_is_no_proof(house: Database, now: datetime) -> None:
    with house.write() as tx:
        register.save(tx, person("s-2"), (Contact("s-2", ChannelName.SMS, PHONE.address),), (), now)
        denied = Denied(Proof.VERIFIED)
        assert access_record(tx, "s-1", Proof.LINKED, Topic.MOVE) == denied
        assert access_record(tx, "s-1", Proof.LINKED, Topic.MOVE, contact=PHONE) == denied
        assert access_record(tx, "s-1", Proof.LINKED, Topic.MOVE, contact=mail("s-1", "other@x.example")) == denied
        assert isinstance(access_record(tx, "s-1", Proof.LINKED, Topic.MOVE, contact=OWN), Subscriber)


def test_an_unknown_id_looks_like_any_other_to_a_link(house: Database) -> None:
    with house.read() as tx:
        assert access_record(tx, "nobody", Proof.LINKED, Topic.MOVE) == Denied(Proof.VERIFIED)
