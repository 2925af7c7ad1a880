"""Addresses in normal form. The only file that imports phonenumbers and email-validator; neither asks the network."""

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email


def read_email(text: str) -> str:
    """The address in lower case, its domain in ASCII; empty if it is none that every mail server takes."""
    try:
        # `.test` is reserved for trials like ours and harmless.
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return (found.ascii_email or "").lower()


def read_phone(text: str, country: str) -> str:
    """The number in E.164, read as dialled in `country`; empty if no number there has this length.

    Whether it is in service is for the network to say: numbering plans change faster than any list of them.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def read_chat_id(text: str) -> str:
    """A Telegram chat id of a person: digits only; empty if it is not."""
    return text if re.fullmatch(r"[1-9][0-9]{0,18}", text) else ""
