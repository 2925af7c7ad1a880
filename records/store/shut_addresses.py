"""Addresses: the one way each is written, and which of them are shut to us.

A shut one is kept as a keyed hash, so that it stays shut after an erasure and nobody can try out who is on the list.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache

from sqlalchemy import and_, bindparam, delete, exists, false, or_, select

from records.database import Tx, insert_into, secret_of
from records.errors import SettingsError
from records.keyed import keyed
from records.prepared import Prepared, among
from records.store import facts
from records.tables import suppressions
from records.types import ChannelName

OPT_OUT = "opt_out"
ERASED = "erased"
COMPLAINED = "complained"

_STRENGTH = {COMPLAINED: 3, ERASED: 3, OPT_OUT: 2}
"""A stronger reason replaces a weaker one; every other reason (bad address, blocked) has strength 1."""

_MADE_UNDER = "suppressions_made_under"


def normal_address(channel: ChannelName, address: str) -> str:
    """The one way an address is written: no blanks around it, e-mail in lower case."""
    trimmed = address.strip()
    return trimmed.lower() if channel is ChannelName.EMAIL else trimmed


def address_hash(tx: Tx, channel: ChannelName, address: str) -> str:
    """The HMAC-SHA-256, under the workspace's secret, of `channel:address` in its narrowest form, in hexadecimal: without the
    secret nobody can try out who is on the list, as everybody could with a bare hash of a phone number."""
    return _hash_under(secret_of(tx), channel, address)


@lru_cache(maxsize=4096)
def _hash_under(secret: str, channel: ChannelName, address: str) -> str:
    """Kept for a moment: a batch asks whether its addresses are shut, and then writes them down."""
    return keyed(secret.encode())(f"{channel.value}:{_narrowest(channel, address)}".encode()).hex()


def shut_among(
    tx: Tx, channels: Collection[ChannelName], people: Mapping[str, Mapping[ChannelName, str]]
) -> dict[str, dict[ChannelName, str]]:
    """Which of these people's addresses on these channels are shut to us, and why; who has none such is absent."""
    words = [channel.value for channel in channels]
    if not tx.scalar(select(exists(select(suppressions.c.channel).where(suppressions.c.channel.in_(words))))):
        return {}
    found: defaultdict[str, dict[ChannelName, str]] = defaultdict(dict)
    for channel in channels:
        hashed = {
            person: address_hash(tx, channel, ways[channel]) for person, ways in people.items() if channel in ways
        }
        reasons = dict(_SHUT.rows(tx, {"on": channel.value, "hashes": list(hashed.values())}))
        for person, name in hashed.items() if reasons else ():
            if name in reasons:
                found[person][channel] = reasons[name]
    return found


_SHUT = Prepared(
    lambda dialect: select(suppressions.c.address_hash, suppressions.c.reason).where(
        suppressions.c.channel == bindparam("on"), among(dialect, suppressions.c.address_hash, "hashes")
    )
)


def _narrowest(channel: ChannelName, address: str) -> str:
    """Everything that reaches the same mailbox or number, written one way: IDNA domains, E.164 without marks."""
    normal = normal_address(channel, address)
    if channel is ChannelName.EMAIL and not normal.isascii():
        local, _, domain = unicodedata.normalize("NFC", normal).rpartition("@")
        return f"{local}@{_ascii(domain)}"
    if channel is ChannelName.SMS and normal.startswith(("+", "00")):
        digits = "".join(character for character in normal if character.isdecimal())
        return f"+{digits.removeprefix('00')}"
    return normal


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def check_secret(tx: Tx) -> None:
    """Raises SettingsError when addresses were shut under another secret: under this one every one of them would be open."""
    own = keyed(secret_of(tx).encode())(b"suppressions").hex()
    kept = facts.read(tx, _MADE_UNDER)
    if kept == own:
        return
    if kept and tx.scalar(select(exists(select(suppressions.c.channel)))):
        raise SettingsError(
            "RELEVO_SECRET_KEY (or .relevo/secret) is not the one this workspace's database was made with. The addresses we "
            "never write to are kept under it, so with another one they would all be written to again: put the earlier "
            "secret back, the same for every process of the workspace."
        )
    facts.write(tx, _MADE_UNDER, own)


def suppress(tx: Tx, channel: ChannelName, address: str, reason: str, now: datetime) -> None:
    """Shut this address to campaigns. A weaker or older reason never replaces a stronger one; repeating is harmless."""
    statement = insert_into(tx, suppressions).values(
        channel=channel.value, address_hash=address_hash(tx, channel, address), reason=reason, at=now
    )
    new, old = statement.excluded, suppressions.c
    strength = _STRENGTH.get(reason, 1)
    at_least_as_strong = [name for name, its in _STRENGTH.items() if its >= strength]
    replaces = old.reason.not_in(at_least_as_strong) if strength > 1 else false()
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "address_hash"],
            set_={"reason": new.reason, "at": new.at},
            where=or_(replaces, and_(old.reason == reason, old.at < new.at)),
        )
    )


def is_suppressed(tx: Tx, channel: ChannelName, address: str) -> str:
    """Why this address is shut, or empty."""
    return (
        tx.scalar(
            select(suppressions.c.reason).where(
                suppressions.c.channel == channel.value,
                suppressions.c.address_hash == address_hash(tx, channel, address),
            )
        )
        or ""
    )


def lift_opt_out(tx: Tx, channel: ChannelName, address: str, now: datetime) -> None:
    """Open an address its holder shut before `now`; one shut for another reason stays shut."""
    _lift(tx, channel, address, OPT_OUT, now)


def lift_block(tx: Tx, channel: ChannelName, address: str, reason: str, now: datetime) -> None:
    """Open an address the vendor reported as shut for `reason` before `now` (the person unblocked us)."""
    _lift(tx, channel, address, reason, now)


def _lift(tx: Tx, channel: ChannelName, address: str, reason: str, now: datetime) -> None:
    tx.execute(
        delete(suppressions).where(
            suppressions.c.channel == channel.value,
            suppressions.c.address_hash == address_hash(tx, channel, address),
            suppressions.c.reason == reason,
            suppressions.c.at < now,
        )
    )
