"""How many parts an SMS takes. Pure. GSM 03.38: 160 septets, 153 in each part of a longer one; else UCS-2: 70 and 67."""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€")


@dataclass(frozen=True)
class Measured:
    """`odd` are the characters that force the short alphabet (á, í, ó, ú are among them)."""

    segments: int
    odd: str


def measure(text: str) -> Measured:
    odd = "".join(sorted({char for char in text if char not in _BASIC and char not in _DOUBLE}))
    if odd:
        return Measured(_parts(len(text.encode("utf-16-le")) // 2, 70, 67), odd)
    return Measured(_parts(len(text) + sum(char in _DOUBLE for char in text), 160, 153), "")


def _parts(length: int, one: int, each: int) -> int:
    return 1 if length <= one else -(-length // each)
