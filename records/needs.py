"""Whether a person must do something for their payments to go on after the move: one table, by payment method."""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from records.types import Subscriber


class Need(StrEnum):
    """What the move asks of a person."""

    AUTOMATIC = "automatic"  # the payment method moves by itself
    NOTICE = "notice"  # it moves by itself, but the person must be told beforehand
    RE_ENTER = "re_enter"  # the person has to enter it again


NEEDS: dict[str, Need] = {
    "card": Need.AUTOMATIC,
    "paypal": Need.AUTOMATIC,
    "sepa": Need.NOTICE,
    "apple_pay": Need.RE_ENTER,
    "google_pay": Need.RE_ENTER,
    "bizum": Need.RE_ENTER,
    "transfer": Need.RE_ENTER,
}

PAYMENT_SYNONYMS: dict[str, str] = {
    "credit_card": "card",
    "debit_card": "card",
    "tarjeta": "card",
    "sepa_debit": "sepa",
    "sepa_direct_debit": "sepa",
    "direct_debit": "sepa",
    "domiciliacion": "sepa",
    "domiciliación": "sepa",
    "applepay": "apple_pay",
    "googlepay": "google_pay",
    "bank_transfer": "transfer",
    "transferencia": "transfer",
}


def action_needed(payment_method: str, fields: Mapping[str, str], on: date) -> Need:
    """What a person with this payment method must do, were the charge on that day.

    The field `card_expires` (`2027-05`, `2027-05-31` or `05/27`) makes an expired card a method to enter again; one that
    cannot be read counts as expired. A method we do not know is asked for again: a visit too many costs less than a
    failed charge. No method at all (nobody is charged) needs nothing.
    """
    if not payment_method:
        return Need.AUTOMATIC
    need = NEEDS.get(payment_method, Need.RE_ENTER)
    expires = fields.get("card_expires", "")
    if payment_method == "card" and expires and _last_day(expires) < on:
        return Need.RE_ENTER
    return need


def need_of(subscriber: Subscriber, today: date) -> Need:
    """What this subscriber must do before their next charge, or from today if none is known."""
    on = max(subscriber.next_charge_date or today, today)
    return action_needed(subscriber.payment_method, subscriber.fields, on)


def _last_day(text: str) -> date:
    if found := re.fullmatch(r"([0-9]{4})-([0-9]{2})(?:-[0-9]{2})?", text.strip()):
        year, month = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"([0-9]{1,2})/(?:20)?([0-9]{2})", text.strip()):
        year, month = 2000 + int(found[2]), int(found[1])
    else:
        return date.min
    if not (1 <= month <= 12 and year >= 1):
        return date.min
    return date(year, month, calendar.monthrange(year, month)[1])
