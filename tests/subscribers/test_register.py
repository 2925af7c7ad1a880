"""The register keeps what it promises on both databases."""

from datetime import datetime, timedelta

import pytest

from records.database import Database
from records.errors import NotFound, SettingsError
from records.store import shut_addresses
from records.store import subscribers as register
from records.types import ChannelName, Consent, Contact, Purpose, Registration, Subscriber
from tests.subscribers.people import ANA, mail, person

EMAIL, SMS = ChannelName.EMAIL, ChannelName.SMS
SERVICE, MARKETING = Purpose.SERVICE, Purpose.MARKETING
HOUR = timedelta(hours=1)


@pytest.fixture
def two(db: Database, now: datetime) -> Database:
    """Ana and Bea share one mailbox and want everything; Carla has none."""
    wants = tuple(Consent(EMAIL, purpose, True) for purpose in Purpose)
    people = [
        Registration(ANA, (mail("s-1", "Casa@X.example"), Contact("s-1", SMS, "+34600000001")), wants),
        Registration(person("s-2", name="Bea"), (mail("s-2", "casa@x.example"),), wants),
        Registration(person("s-3", name="Carla"), (), ()),
    ]
    with db.write() as tx:
        register.save_many(tx, people, now)
    return db


def granted(db: Database, subscriber_id: str) -> set[tuple[str, str]]:
    with db.read() as tx:
        return {(word.channel, word.purpose) for word in register.consents_of(tx, subscriber_id) if word.granted}


def test_what_is_saved_is_read_back(two: Database, now: datetime) -> None:
    with two.read() as tx:
        ana = register.get(tx, "s-1")
        assert ana is not None
        assert (ana.name, ana.language, ana.price_minor, ana.updated_at) == ("Ana Ruiz", "es", 8900, now)
        assert register.all_ids(tx) == ("s-1", "s-2", "s-3")
        assert register.count(tx) == 3
        assert set(register.many(tx, ("s-2", "s-3", "nobody"))) == {"s-2", "s-3"}
        assert register.get(tx, "nobody") is None
        assert [person.id for person in register.by_contact(tx, EMAIL, " CASA@x.example ")] == ["s-1", "s-2"]
        assert [contact.address for contact in register.contacts_of(tx, "s-1")] == ["casa@x.example", "+34600000001"]
        assert register.contacts_of_many(tx, ("s-3",)) == {}


def test_a_second_save_overwrites_and_drops_contacts_that_are_gone(two: Database, now: datetime) -> None:
    with two.write() as tx:
        register.save(tx, person("s-1", plan="mensual"), (mail("s-1", "new@x.example"),), (), now + HOUR)
    with two.read() as tx:
        ana = register.get(tx, "s-1")
        assert ana is not None
        assert (ana.plan, ana.updated_at) == ("mensual", now + HOUR)
        assert [contact.address for contact in register.contacts_of(tx, "s-1")] == ["new@x.example"]
    assert len(granted(two, "s-1")) == 3


def test_a_move_is_recorded_once_and_survives_a_save(two: Database, now: datetime) -> None:
    with two.write() as tx:
        assert register.mark_moved(tx, "s-1", now)
        assert not register.mark_moved(tx, "s-1", now + HOUR)
        register.save(tx, ANA, (), (), now + HOUR)
        with pytest.raises(NotFound, match="'nobody'"):
            register.mark_moved(tx, "nobody", now)
    with two.read() as tx:
        ana = register.get(tx, "s-1")
        assert ana is not None
        assert ana.moved_at == now


def test_an_opt_out_holds_for_everyone_at_the_address(two: Database, now: datetime) -> None:
    with two.write() as tx:
        register.opt_out(tx, EMAIL, "casa@x.example", "reply", now + HOUR)
    assert granted(two, "s-1") == granted(two, "s-2") == set()
    with two.read() as tx:
        assert shut_addresses.is_suppressed(tx, EMAIL, "CASA@x.example") == "opt_out"
        assert shut_addresses.is_suppressed(tx, SMS, "+34600000001") == ""


def test_a_later_file_does_not_grant_what_a_person_withdrew(two: Database, now: datetime) -> None:
    with two.write() as tx:
        register.opt_out(tx, EMAIL, "casa@x.example", "reply", now + HOUR)
        register.save(tx, ANA, (mail("s-1", "casa@x.example"),), (Consent(EMAIL, SERVICE, True),), now + 2 * HOUR)
        history = register.consent_history(tx, "s-1")
    assert granted(two, "s-1") == set()
    assert [word.origin for word in history] == ["import"] * 3 + ["reply"] * 3


def test_a_file_does_not_withdraw_what_a_person_granted_themselves(two: Database, now: datetime) -> None:
    with two.write() as tx:
        register.set_consent(tx, "s-1", EMAIL, MARKETING, True, "preferences", now + HOUR)
        off = (Consent(EMAIL, MARKETING, False), Consent(EMAIL, SERVICE, False))
        register.save(tx, ANA, (), off, now + 2 * HOUR)
    assert granted(two, "s-1") == {(EMAIL, MARKETING), (EMAIL, Purpose.SURVEY)}


def test_saving_the_same_consents_again_adds_nothing_to_the_log(two: Database, now: datetime) -> None:
    with two.write() as tx:
        before = register.consent_history(tx, "s-1")
        register.save(tx, ANA, (), tuple(Consent(EMAIL, purpose, True) for purpose in Purpose), now + HOUR)
        assert register.consent_history(tx, "s-1") == before


def test_opt_in_opens_what_an_opt_out_shut(two: Database, now: datetime) -> None:
    with two.write() as tx:
        register.opt_out(tx, EMAIL, "casa@x.example", "reply", now)
        register.opt_in(tx, EMAIL, "casa@x.example", "reply", now + HOUR)
        assert shut_addresses.is_suppressed(tx, EMAIL, "casa@x.example") == ""
    assert granted(two, "s-1") == {(EMAIL, SERVICE)}


@pytest.mark.parametrize("reason", ["complained", "erased", "bad_address"])
def test_opt_in_leaves_an_address_shut_for_another_reason(two: Database, now: datetime, reason: str) -> None:
    with two.write() as tx:
        shut_addresses.suppress(tx, EMAIL, "casa@x.example", reason, now)
        register.opt_in(tx, EMAIL, "casa@x.example", "reply", now + HOUR)
        assert shut_addresses.is_suppressed(tx, EMAIL, "casa@x.example") == reason


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        ("opt_out", "complained", "complained"),
        ("complained", "opt_out", "complained"),
        ("blocked", "opt_out", "opt_out"),
        ("opt_out", "blocked", "opt_out"),
        ("bad_address", "blocked", "bad_address"),
    ],
)
def test_the_stronger_reason_stands(db: Database, now: datetime, first: str, second: str, stands: str) -> None:
    with db.write() as tx:
        for turn in (first, second, second):
            shut_addresses.suppress(tx, EMAIL, "a@x.example", turn, now)
        assert shut_addresses.is_suppressed(tx, EMAIL, "a@x.example") == stands


def test_an_unblocked_address_opens(db: Database, now: datetime) -> None:
    with db.write() as tx:
        shut_addresses.suppress(tx, ChannelName.TELEGRAM, "77", "blocked", now)
        shut_addresses.lift_block(tx, ChannelName.TELEGRAM, "77", "blocked", now + HOUR)
        assert shut_addresses.is_suppressed(tx, ChannelName.TELEGRAM, "77") == ""


def test_addresses_that_are_shut_are_kept_as_keyed_hashes_only(db: Database) -> None:
    sms = ChannelName.SMS
    with db.read() as tx:
        shown = shut_addresses.address_hash(tx, EMAIL, " Ana@X.example")
        assert shown == shut_addresses.address_hash(tx, EMAIL, "ana@x.example")
        assert len(shown) == 64
        assert shown != shut_addresses.address_hash(tx, ChannelName.WEB, "ana@x.example")
        assert (
            len(
                {
                    shut_addresses.address_hash(tx, sms, one)
                    for one in ("+34 600-111 222", "+34600111222", "0034600111222")
                }
            )
            == 1
        )
        assert shut_addresses.address_hash(tx, EMAIL, "a@ñandú.example") == shut_addresses.address_hash(
            tx, EMAIL, "a@xn--and-6ma2c.example"
        )
    other = Database(db.url, secret="another")
    with other.read() as tx:
        assert shut_addresses.address_hash(tx, EMAIL, "ana@x.example") != shown
    other.close()


def test_another_secret_is_refused_once_an_address_is_shut(db: Database, now: datetime) -> None:
    other = Database(db.url, secret="another")
    for one in (db, other, db):  # nothing is shut yet, so nothing is lost
        with one.write() as tx:
            shut_addresses.check_secret(tx)
    with db.write() as tx:
        shut_addresses.suppress(tx, EMAIL, "ana@x.example", "bad_address", now)
        shut_addresses.check_secret(tx)
    with pytest.raises(SettingsError, match="RELEVO_SECRET_KEY"), other.write() as tx:
        shut_addresses.check_secret(tx)
    other.close()


def test_a_link_is_spent_once(db: Database, now: datetime) -> None:
    with db.write() as tx:
        assert register.use_link(tx, "t1", now)
        assert not register.use_link(tx, "t1", now + HOUR)
        assert register.use_link(tx, "t2", now)


def test_erasing_leaves_no_person_and_keeps_their_address_shut(two: Database, now: datetime) -> None:
    with two.write() as tx:
        register.erase(tx, "s-1", now)
    with two.write() as tx:
        assert register.get(tx, "s-1") is None
        assert register.contacts_of(tx, "s-1") == ()
        assert register.consents_of(tx, "s-1") == ()
        assert register.consent_history(tx, "s-1") == ()
        assert shut_addresses.is_suppressed(tx, SMS, "+34600000001") == "erased"
        with pytest.raises(NotFound):
            register.erase(tx, "s-1", now)


def test_a_bound_chat_replaces_the_older_one(two: Database) -> None:
    with two.write() as tx:
        for chat in ("77", "78"):
            register.bind_contact(tx, Contact("s-3", ChannelName.TELEGRAM, chat))
        assert [contact.address for contact in register.contacts_of(tx, "s-3")] == ["78"]


def test_words_that_arrive_out_of_order_end_as_if_in_order(two: Database, now: datetime) -> None:
    with two.write() as tx:
        register.set_consent(tx, "s-1", EMAIL, SERVICE, False, "preferences", now + 2 * HOUR)
        register.set_consent(tx, "s-1", EMAIL, SERVICE, True, "preferences", now + HOUR)
        register.set_consent(tx, "s-1", EMAIL, SERVICE, True, "preferences", now + HOUR)
        history = register.consent_history(tx, "s-1")
    assert (EMAIL, SERVICE) not in granted(two, "s-1")
    assert len(history) == 3 + 2


def test_columns_of_the_register_stand_in_the_order_of_the_noun() -> None:
    from dataclasses import fields

    from records.tables import subscribers as table

    assert [column.name for column in table.c] == [one.name for one in fields(Subscriber)]
