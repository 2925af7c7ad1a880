"""Tells card numbers and IBANs from other digits, so that no file brings them in."""

import re

_SHORTEST = 13
_CARD = re.compile(r"(?<![0-9])[2-6](?:[ -]?[0-9]){12,18}(?![0-9])")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])")


def found_in(text: str) -> str:
    """What the text holds, in words ("a card number", "an IBAN"), or empty."""
    if len(text) < _SHORTEST:
        return ""
    if any(_passes_luhn(re.sub(r"[ -]", "", match)) for match in _CARD.findall(text)):
        return "a card number"
    if any(_passes_mod_97(match.replace(" ", "")) for match in _IBAN.findall(text.upper())):
        return "an IBAN"
    return ""


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(value - 9 if value > 9 else value for value in doubled)) % 10 == 0


def _passes_mod_97(iban: str) -> bool:
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1
