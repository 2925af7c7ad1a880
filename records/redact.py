"""What must never be kept: card numbers and full IBANs. And what staff tools outside and logs need not see. Pure."""

import re
import unicodedata
from collections.abc import Iterable

_DIGITS = re.compile(r"(?<![\dA-Za-z])(?:\d[ .\-–]?){12,18}\d(?![\dA-Za-z])")
_IBAN = re.compile(r"(?<![A-Za-z\d])([A-Za-z]{2}\d{2})((?:[ \-.]?[A-Za-z\d]){11,30})(?![A-Za-z\d])")
_MASKED = re.compile(r"•••• [\dA-Za-z]{4}")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[ .\-]?\d){8,13}(?!\w)")

_IDS = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b"  # social security, United States
    r"|\b\d{7,8}-?[A-Za-z]\b"  # DNI
    r"|\b[A-Za-zÑñ]{1,4}-?\d{3,}[A-Za-z\d]*\b"  # NIE, RFC, CURP, customers' and orders' numbers
    r"|\bR-[2-9A-Z]{4,}\b"  # a case of ours
    r"|\b\d{5,}\b"
)
_SHORTEST_NAME = 3


def mask(text: str) -> str:
    """The text with every card number (Luhn) and full IBAN (mod 97) reduced to its last four; all else untouched."""
    return _DIGITS.sub(_mask_card, _IBAN.sub(_mask_iban, text))


def was_masked(text: str) -> bool:
    """True when `mask` has taken something out of this text."""
    return _MASKED.search(text) is not None


def mask_personal(text: str) -> str:
    """`mask`, and e-mail addresses and phone numbers too: for logs, models and vendors' staff tools."""
    return _PHONE.sub(_mask_phone, _EMAIL.sub("•••@•••", mask(text)))


def mask_private(text: str, names: Iterable[str] = ()) -> str:
    """`mask_personal`, and identity and account numbers and these names, part by part and whatever their accents."""
    return _IDS.sub("•••", _mask_names(mask_personal(text), names))


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


def _mask_names(text: str, names: Iterable[str]) -> str:
    parts = {_unaccented(part) for name in names for part in re.findall(r"\w+", name) if len(part) >= _SHORTEST_NAME}
    if not parts:
        return text
    plain, kept, at = _unaccented(text), [], 0
    for match in re.finditer(rf"\b(?:{'|'.join(sorted(map(re.escape, parts)))})\b", plain):
        kept += [text[at : match.start()], "•••"]
        at = match.end()
    return "".join((*kept, text[at:]))


def _unaccented(text: str) -> str:
    """Lower case without accents, one sign for each sign."""
    return "".join(unicodedata.normalize("NFD", mark)[0].lower()[:1] or mark for mark in text)


def _bare(text: str) -> str:
    return re.sub(r"\D", "", text)
