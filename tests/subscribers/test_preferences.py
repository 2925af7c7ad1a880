"""Preferences: shown, changed, ended with one click."""

from datetime import datetime, timedelta

import pytest

from records.database import Database
from records.store import shut_addresses
from records.store import subscribers as register
from records.types import ChannelName, Consent, Contact, Purpose, Registration
from subscribers.errors import BadLink
from subscribers.links import LinkPurpose, PersonalLink, make_link, read_link
from subscribers.preferences import apply_preferences, preferences_of, unsubscribe
from tests.subscribers.people import ANA, mail

EMAIL, SMS = ChannelName.EMAIL, ChannelName.SMS
SERVICE, MARKETING, SURVEY = Purpose.SERVICE, Purpose.MARKETING, Purpose.SURVEY
SECRET = "a secret of at least thirty-two characters"
HOUR = timedelta(hours=1)
HEARS = {(EMAIL, SERVICE), (EMAIL, MARKETING), (SMS, SERVICE)}


@pytest.fixture
def house(db: Database, now: datetime) -> Database:
    contacts = (mail("s-1", "ana@x.example"), Contact("s-1", SMS, "+34600000001"))
    with db.write() as tx:
        consents = tuple(Consent(channel, purpose, True) for channel, purpose in sorted(HEARS))
        register.save_many(tx, [Registration(ANA, contacts, consents)], now)
    return db


def link(now: datetime, purpose: LinkPurpose = "preferences", topic: Purpose | None = None) -> PersonalLink:
    return read_link(make_link(SECRET, "s-1", EMAIL, purpose, now, 30, topic), SECRET, now)


def test_the_page_shows_every_purpose_of_every_channel_and_changes_nothing(house: Database, now: datetime) -> None:
    with house.write() as tx:
        before = register.consent_history(tx, "s-1")
        page = preferences_of(tx, link(now))
        assert register.consent_history(tx, "s-1") == before
    assert [(line.channel, line.purpose) for line in page.lines] == [
        (channel, purpose) for channel in (EMAIL, SMS) for purpose in Purpose
    ]
    assert page.granted() == HEARS
    assert page.language == "es"


def test_what_is_ticked_is_what_is_heard(house: Database, now: datetime) -> None:
    wanted = {(EMAIL, SURVEY), (SMS, SERVICE)}
    with house.write() as tx:
        assert apply_preferences(tx, link(now), wanted, now + HOUR).granted() == wanted
        history = register.consent_history(tx, "s-1")
        assert apply_preferences(tx, link(now), wanted, now + 2 * HOUR).granted() == wanted
        assert register.consent_history(tx, "s-1") == history
    assert [word.origin for word in history] == ["import"] * 3 + ["preferences"] * 3


def test_a_form_cannot_grant_what_is_not_on_the_page(house: Database, now: datetime) -> None:
    with house.write() as tx:
        page = apply_preferences(tx, link(now), HEARS | {(ChannelName.TELEGRAM, MARKETING)}, now + HOUR)
    assert page.granted() == HEARS


def test_coming_back_after_an_opt_out(house: Database, now: datetime) -> None:
    with house.write() as tx:
        register.opt_out(tx, EMAIL, "ana@x.example", "reply", now + HOUR)
        assert preferences_of(tx, link(now)).granted() == {(SMS, SERVICE)}
        page = apply_preferences(tx, link(now), {(EMAIL, SERVICE)}, now + 2 * HOUR)
        assert page.granted() == {(EMAIL, SERVICE)}
        assert shut_addresses.is_suppressed(tx, EMAIL, "ana@x.example") == ""


def test_an_address_shut_for_another_reason_stays_shut(house: Database, now: datetime) -> None:
    with house.write() as tx:
        shut_addresses.suppress(tx, EMAIL, "ana@x.example", "complained", now)
        page = apply_preferences(tx, link(now), HEARS, now + HOUR)
        assert page.granted() == {(SMS, SERVICE)}
        assert {line.channel for line in page.lines if not line.open} == {EMAIL}
        assert shut_addresses.is_suppressed(tx, EMAIL, "ana@x.example") == "complained"


@pytest.mark.parametrize(
    ("topic", "left"),
    [
        (MARKETING, {(EMAIL, SERVICE), (SMS, SERVICE)}),
        (SERVICE, {(EMAIL, MARKETING), (SMS, SERVICE)}),
        (None, {(SMS, SERVICE)}),
    ],
)
def test_one_click_ends_the_topic_on_its_channel(
    house: Database, now: datetime, topic: Purpose | None, left: set[tuple[ChannelName, Purpose]]
) -> None:
    with house.write() as tx:
        page = unsubscribe(tx, link(now, "unsubscribe", topic), now + HOUR)
        history = register.consent_history(tx, "s-1")
        for hours in (2, 3):
            assert unsubscribe(tx, link(now, "unsubscribe", topic), now + hours * HOUR) == page
        assert register.consent_history(tx, "s-1") == history
    assert page.granted() == left


def test_unsubscribing_again_after_coming_back_counts(house: Database, now: datetime) -> None:
    with house.write() as tx:
        unsubscribe(tx, link(now, "unsubscribe", MARKETING), now + HOUR)
        assert apply_preferences(tx, link(now), HEARS, now + 2 * HOUR).granted() == HEARS
        unsubscribe(tx, link(now, "unsubscribe", MARKETING), now + 3 * HOUR)
        assert preferences_of(tx, link(now)).granted() == HEARS - {(EMAIL, MARKETING)}


def test_a_chat_link_opens_no_preferences(house: Database, now: datetime) -> None:
    with house.write() as tx:
        for act in (preferences_of, lambda tx, link: unsubscribe(tx, link, now)):
            with pytest.raises(BadLink, match="opens the chat"):
                act(tx, link(now, "chat"))


def test_a_link_of_someone_erased_opens_nothing(house: Database, now: datetime) -> None:
    with house.write() as tx:
        register.erase(tx, "s-1", now)
        with pytest.raises(BadLink, match="belongs to nobody"):
            preferences_of(tx, link(now))
