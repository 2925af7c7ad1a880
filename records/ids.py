"""Ids: short, sortable by time, unguessable where it matters. The only source of chance in the house."""

import hashlib
import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_last = 0
_lock = threading.Lock()


def _encode(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """`prefix_` and 22 characters: time in microseconds, then 50 random bits. Ids of one process sort as they were made."""
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1000)
        stamp = _last
    return f"{prefix}_{_encode(stamp, 12)}{_encode(secrets.randbits(50), 10)}"


def new_secret() -> str:
    """256 random bits in 43 characters of `A-Za-z0-9_-`: fits a Telegram deep link (at most 64)."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Six digits, uniformly drawn."""
    return f"{secrets.randbelow(1_000_000):06d}"


def chance() -> float:
    """Uniform in [0, 1)."""
    return secrets.randbits(53) / 2**53


def fingerprint(*parts: str) -> str:
    """A stable 24-character name for these texts; the same texts give the same name for ever."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def share_of(seed: str, member: str) -> float:
    """Where `member` falls in [0, 1) for this seed: the same for ever, so nobody changes wave."""
    digest = hashlib.sha256(f"{seed}\x1f{member}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
