"""Who must act, by payment method; phrases for all of it in both languages."""

from datetime import date

import pytest

from records.needs import NEEDS, PAYMENT_SYNONYMS, Need, action_needed, need_of
from records.phrases import fields_of, load_phrases
from records.types import ChannelName, Language, Purpose
from tests.subscribers.people import person

DAY = date(2027, 3, 31)


@pytest.mark.parametrize(
    ("method", "need"),
    [
        ("card", "automatic"),
        ("paypal", "automatic"),
        ("sepa", "notice"),
        ("apple_pay", "re_enter"),
        ("google_pay", "re_enter"),
        ("bizum", "re_enter"),
        ("transfer", "re_enter"),
        ("carrier pigeon", "re_enter"),
        ("", "automatic"),
    ],
)
def test_each_method_needs(method: str, need: str) -> None:
    assert action_needed(method, {}, DAY) == need


@pytest.mark.parametrize(
    ("expires", "need"),
    [
        ("2027-03", "automatic"),
        ("03/27", "automatic"),
        ("3/2027", "automatic"),
        ("2027-03-01", "automatic"),
        ("2027-02", "re_enter"),
        ("02/27", "re_enter"),
        ("soon", "re_enter"),
        ("2027-13", "re_enter"),
        ("", "automatic"),
    ],
)
def test_a_card_is_good_to_the_last_day_of_its_month(expires: str, need: str) -> None:
    assert action_needed("card", {"card_expires": expires}, DAY) == need
    assert action_needed("paypal", {"card_expires": expires}, DAY) is Need.AUTOMATIC


def test_a_card_must_last_until_the_next_charge() -> None:
    ana = person("s-1", payment_method="card", fields={"card_expires": "2027-03"})
    assert need_of(ana, DAY) is Need.AUTOMATIC
    later = person("s-1", next_charge_date=date(2027, 4, 1), fields={"card_expires": "2027-03"})
    assert need_of(later, DAY) is Need.RE_ENTER


def test_synonyms_lead_to_known_methods() -> None:
    assert set(PAYMENT_SYNONYMS.values()) <= set(NEEDS)


def test_every_word_of_the_page_has_its_phrases_in_both_languages() -> None:
    phrases = load_phrases("subscribers")
    spanish, english = (phrases.texts[language] for language in Language)
    assert {key: fields_of(text) for key, text in spanish.items()} == {
        key: fields_of(text) for key, text in english.items()
    }
    channels = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.TELEGRAM, ChannelName.WEB)
    wanted = {f"channel.{channel}" for channel in channels} | {f"payment.{method}" for method in NEEDS}
    wanted |= {f"purpose.{purpose}.{part}" for purpose in Purpose for part in ("name", "line")}
    wanted |= {f"need.{need}" for need in Need}
    assert wanted <= set(english)
