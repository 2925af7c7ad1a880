"""What follows when a message comes back: a hard word about the address shuts it, several soft ones in a few days do too, and
nothing that is our own fault ever does. Refusals of a send and later reports of a vendor end here alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.contract import Refusal
from channels.vendor_words import Scope, kinds
from records.database import Database, Tx
from records.store import bounces, shut_addresses
from records.types import ChannelName

SOFT = "soft_bounces"
_SHUT_FOR = {Refusal.OPTED_OUT: shut_addresses.OPT_OUT, Refusal.COMPLAINED: shut_addresses.COMPLAINED}
_LOST_AFTER = timedelta(days=1)
"""A report about a message we do not know after so long is about none of ours."""


@dataclass(frozen=True)
class Patience:
    """An address is shut after `soft` soft bounces within `days`."""

    soft: int = 3
    days: int = 5


@dataclass(frozen=True)
class Back:
    """One message that came back from an address: why, in a neutral word, and the vendor's own."""

    channel: ChannelName
    address: str
    reason: Refusal
    word: str
    raw: str


def act_on(tx: Tx, back: Back, patience: Patience, now: datetime) -> None:
    """Shut the address, count a soft bounce, keep an unknown word, or leave everything as it is."""
    if back.reason is Refusal.UNKNOWN:
        bounces.note_unknown(tx, back.channel, back.word or back.raw, back.raw, now)
        return
    kind = kinds()[back.reason]
    if kind.scope is not Scope.ADDRESS:
        return
    if kind.hard:
        shut_addresses.suppress(tx, back.channel, back.address, _SHUT_FOR.get(back.reason, back.reason.value), now)
        return
    since = now - timedelta(days=patience.days)
    if bounces.add_soft(tx, back.channel, back.address, back.reason.value, now, since) >= patience.soft:
        shut_addresses.suppress(tx, back.channel, back.address, SOFT, now)


def act_on_reports(db: Database, patience: Patience, now: datetime) -> int:
    """Act on what vendors reported since the last look; how many reports. A report may come before its message is settled."""
    with db.read() as tx:
        if not bounces.waiting(tx, 1):
            return 0
    with db.write() as tx:
        found = bounces.waiting(tx)
        known = [one for one in found if one.address]
        for one in known:
            act_on(tx, Back(one.channel, one.address, Refusal(one.reason), _code(one.raw), one.raw), patience, one.at)
        lost = [one for one in found if not one.address and one.at < now - _LOST_AFTER]
        bounces.acted_on(tx, [one.id for one in (*known, *lost)])
    return len(known)


def _code(raw: str) -> str:
    """The vendor's code stands last."""
    return raw.rpartition(" ")[2]
