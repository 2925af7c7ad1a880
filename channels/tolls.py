"""Which keys a message uses and what it costs at each: the shape of every vendor's limits. Pure.

Sources of the shapes: core.telegram.org/bots/faq#broadcasting-to-users (30 messages a second for a bot, 1 a second in a chat,
20 a minute in a group); twilio.com/docs/messaging/guides/mps-and-limits (segments a second for a sender: 1 for a US or
Canadian long code, 3 toll-free, 10 elsewhere, 100 for a short code); docs.slack.dev/apis/web-api/rate-limits (about 1 message
a second in a channel; 50 a minute for methods of tier 3, 100 for those of tier 4). Mail servers publish none: what a domain
takes is learnt.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from channels.contract import Capabilities, Refused
from channels.pace import Limit, Toll
from channels.render import length_of, plain, render, segments
from records.content import CaseCard, ChatMessage, TextMessage, ThreadPost
from records.ids import fingerprint
from records.ledger import StoredMessage
from records.sections import Pace
from records.types import ChannelName

_SMS = Capabilities(max_text=1600, buttons=False)
_TELEGRAM_TEXT = 4096

CHATS = ("telegram:chat:", "telegram:group:")
OF_ONE = (*CHATS, "sms:to:", "web:to:")
"""Keys of single people begin so: there are many, they are idle at once, and nobody may see them."""

DOMAINS = "email:domain:"
UPDATE, WHISPER = "slack:chat.update", "slack:chat.postEphemeral"

SHOWN_FROM = 100
"""A domain that was written to so often is not one person's own."""


def is_shown(key: str, units: int) -> bool:
    """May this key be seen by whoever watches? Those of single people never are."""
    return not key.startswith(OF_ONE) and (units >= SHOWN_FROM or not key.startswith(DOMAINS))


Limits = Mapping[str, Limit]
"""By key, or by the family of keys that begin so and end in `:`."""


CHAT_SPARE = 0.3
"""Seconds added between two messages to one chat: the first of them may leave so much after its slot."""

HEADROOM = 0.98
"""The share of an allowed rate that is used, so that a clock a little off and a packet a little late tip nothing over."""


def limits(pace: Pace) -> dict[str, Limit]:
    """What `[pace]` allows, by key, less the headroom. A rate of 0 sets no limit."""
    rates = {
        "email": pace.email_per_second,
        "sms": pace.sms_per_second,
        "telegram": pace.telegram_per_second,
        CHATS[0]: pace.telegram_chat_per_second,
        CHATS[1]: pace.telegram_group_per_minute / 60,
        "slack:channel:": pace.slack_per_second,
        UPDATE: pace.slack_updates_per_minute / 60,
        WHISPER: pace.slack_whispers_per_minute / 60,
    }
    found = {
        key: Limit(rate * HEADROOM, spare=CHAT_SPARE if key in CHATS else 0.0)
        for key, rate in rates.items()
        if rate > 0
    }
    domains = {f"{DOMAINS}{name.lower()}": rate for name, rate in pace.email_domains.items()}
    for key, rate in (domains | {DOMAINS: pace.email_domain_per_second}).items():
        if rate > 0 or pace.email_warm_up:
            found[key] = Limit(rate * HEADROOM, pace.email_warm_up)
    return found


@dataclass(frozen=True)
class Keys:
    """Where a message goes through: our own sender, then what is there for this destination only."""

    sender: str
    destination: str


def keys_for(row: StoredMessage) -> Keys:
    """The keys a vendor's wait holds."""
    channel, address = row.channel, row.address.strip().lower()
    match channel:
        case ChannelName.EMAIL:
            return Keys("email", f"{DOMAINS}{address.rpartition('@')[2]}")
        case ChannelName.TELEGRAM:
            family = CHATS[1] if address.startswith("-") else CHATS[0]
            return Keys("telegram", family + fingerprint(address))
        case ChannelName.SLACK:
            return Keys("slack", f"slack:channel:{row.address or 'desk'}")
        case _:
            return Keys(channel.value, f"{channel.value}:to:{fingerprint(address)}")


def tolls_of(row: StoredMessage, limits: Limits, *, redraws: bool = False) -> tuple[Toll, ...]:
    """What it costs, at keys that have a limit. `redraws`: the desk holds this card already, it is only drawn anew."""
    keys = keys_for(row)
    found = [(key, _limit(key, limits)) for key in (keys.sender, keys.destination, _method(row, redraws))]
    limited = [(key, limit) for key, limit in found if limit is not None]
    if not limited:
        return ()
    units = _units(row)
    return tuple(Toll(key, units, limit) for key, limit in limited if not (redraws and key == keys.destination))


def _limit(key: str, limits: Limits) -> Limit | None:
    """Its own, else that of the longest family it belongs to."""
    if key in limits:
        return limits[key]
    families = [name for name in limits if name.endswith(":") and key.startswith(name)]
    return limits[max(families, key=len)] if families else None


def _method(row: StoredMessage, redraws: bool) -> str:
    if row.channel is not ChannelName.SLACK:
        return ""
    if redraws:
        return UPDATE
    content = row.content
    return WHISPER if isinstance(content, ThreadPost) and content.whisper_to else ""


def _units(row: StoredMessage) -> int:
    """Segments of an SMS, parts of a long answer in Telegram, else one."""
    if row.channel is ChannelName.SMS:
        return _segments(row.content)
    if row.channel is ChannelName.TELEGRAM and len(row.body) > _TELEGRAM_TEXT:
        return _parts(row.content)
    return 1


def _segments(content: object) -> int:
    if not isinstance(content, ChatMessage | TextMessage):
        return 1
    texts = render(content, _SMS)
    return 1 if isinstance(texts, Refused) else sum(segments(text).count for text in texts)


def _parts(content: object) -> int:
    if not isinstance(content, ChatMessage | TextMessage):
        return 1
    return max(1, math.ceil(length_of(plain(content, buttons=True)) / _TELEGRAM_TEXT))


def is_card(row: StoredMessage) -> bool:
    """A card may be a new one or one drawn anew; only the ledger knows."""
    return row.channel is ChannelName.SLACK and isinstance(row.content, CaseCard)
