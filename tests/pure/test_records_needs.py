"""Who must act, by payment method."""

from datetime import date

import pytest

from records.needs import NEEDS, PAYMENT_SYNONYMS, Need, action_needed, need_of
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
