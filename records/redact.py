"""What must never be kept: card numbers and full IBANs. And what staff tools outside and logs need not see. Pure."""

import re

_DIGITS = re.compile(r"(?<![\dA-Za-z])(?:\d[ .\-–]?){12,18}\d(?![\dA-Za-z])")
_IBAN = re.compile(r"(?<![A-Za-z\d])([A-Za-z]{2}\d{2})((?:[ \-.]?[A-Za-z\d]){11,30})(?![A-Za-z\d])")
_MASKED = re.compile(r"•••• [\dA-Za-z]{4}")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[ .\-]?\d){8,13}(?!\w)")


def mask(text: str) -> str:
    """The text with every card number (Luhn) and full IBAN (mod 97) reduced to its last four; all else untouched."""
    return _DIGITS.sub(_mask_card, _IBAN.sub(_mask_iban, text))


def was_masked(text: str) -> bool:
    """True when `mask` has taken something out of this text."""
    return _MASKED.search(text) is not None


def mask_personal(text: str) -> str:
    """`mask`, and e-mail addresses and phone numbers too: for logs, models and vendors' staff tools."""
    return _PHONE.sub(_mask_phone, _EMAIL.sub("•••@•••", mask(text)))


def is_card_number(text: str) -> bool:
    """13 to 19 digits whose Luhn sum is right, and not one digit over and over."""
    digits = [int(mark) for mark in text if mark.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [
        digit if place % 2 == 0 else (digit * 2 - 9 if digit > 4 else digit * 2)
        for place, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """Letters, digits and check sum of an IBAN."""
    compact = re.sub(r"[^A-Za-z\d]", "", text).upper()
    if not 15 <= len(compact) <= 34 or not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z\d]+", compact):
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(mark, 36)) for mark in moved)) % 97 == 1


def _mask_card(match: re.Match[str]) -> str:
    found = match.group()
    return f"•••• {_bare(found)[-4:]}" if is_card_number(found) else found


def _mask_iban(match: re.Match[str]) -> str:
    """The longest beginning that is an IBAN; words that follow it after a blank are not part of it."""
    found = match.group()
    for end in range(len(found), 14, -1):
        whole_words = found[end - 1].isalnum() and (end == len(found) or not found[end].isalnum())
        if whole_words and is_iban(found[:end]):
            kept = re.sub(r"[^A-Za-z\d]", "", found[:end])[-4:]
            return f"{found[:2].upper()}•• •••• {kept}{found[end:]}"
    return found


def _mask_phone(match: re.Match[str]) -> str:
    return f"•••{_bare(match.group())[-2:]}"


def _bare(text: str) -> str:
    return re.sub(r"\D", "", text)
