"""Signed personal links and the host's token. A link proves that its holder reads an address we wrote to, and nothing more.

Two forms, told apart by the dot only the second one has:
- a short one wherever the subscriber's id fits, because Telegram's deep links take 64 characters of `A-Za-z0-9_-` and an SMS
  is dear. That is 48 bytes: one says what the link opens, three when it ends (in hours), twelve are a truncated HMAC-SHA256
  (96 bits), 32 are left for the id; a UUID is packed into 16.
- itsdangerous' own for longer ids.
Nothing is stored, so links work on every process at once and survive a restored backup.
"""

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

import jwt
from itsdangerous import BadData, URLSafeSerializer

from records.ids import fingerprint
from records.keyed import keyed
from records.types import ChannelName, Purpose
from subscribers.errors import BadLink, ExpiredLink, LinkTooLong

LinkPurpose = Literal["chat", "preferences", "unsubscribe"]

TELEGRAM_LENGTH = 64
_LONGEST_TOKEN = 1_000
_SALT = "relevo personal link"
_PURPOSES: tuple[LinkPurpose, ...] = ("chat", "preferences", "unsubscribe")
_CHANNELS = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.TELEGRAM, ChannelName.WEB)
_TOPICS = (None, *Purpose)
_MAC_BYTES = 12
_HEAD_BYTES = 4
_ID_BYTES = TELEGRAM_LENGTH * 3 // 4 - _MAC_BYTES - _HEAD_BYTES
_UUID_FLAG = 0x80
_UUID_LENGTH = 36
_HOUR = 3_600


@dataclass(frozen=True)
class PersonalLink:
    """What a link says: whose it is, where we sent it, what it opens, which topic the message had (None: no single one).

    `token_id` names the link in `records.store.subscribers.use_link`.
    """

    subscriber_id: str
    channel: ChannelName
    purpose: LinkPurpose
    topic: Purpose | None
    expires_at: datetime
    token_id: str


@dataclass(frozen=True)
class HostIdentity:
    """Whom the company's own site says is in front of us, and until when."""

    subscriber_id: str
    expires_at: datetime


def make_link(
    secret: str,
    subscriber_id: str,
    channel: ChannelName,
    purpose: LinkPurpose,
    now: datetime,
    days: int,
    topic: Purpose | None = None,
) -> str:
    """The token of a link sent to this person on this channel, good for `days`.

    At most 64 characters of `A-Za-z0-9_-` for ids of up to 32 bytes, which `fits_telegram` tells. Raises LinkTooLong for
    a longer id on Telegram.
    """
    return link_maker(secret, channel, purpose, now, days, topic)(subscriber_id)


def link_maker(
    secret: str, channel: ChannelName, purpose: LinkPurpose, now: datetime, days: int, topic: Purpose | None = None
) -> Callable[[str], str]:
    """Like `make_link`, for many people: takes an id and gives the token, what is the same for all of them made once."""
    expires = int((now + timedelta(days=days)).timestamp())
    opens = _CHANNELS.index(channel) << 4 | _TOPICS.index(topic) << 2 | _PURPOSES.index(purpose)
    hours = (-(-expires // _HOUR)).to_bytes(3)
    heads, mac = {flag: bytes([flag | opens]) + hours for flag in (0, _UUID_FLAG)}, keyed(_short_key(secret))

    def make(subscriber_id: str) -> str:
        flag, raw_id = _packed_id(subscriber_id)
        if len(raw_id) <= _ID_BYTES:
            said = heads[flag] + raw_id
            return _spelled(said + mac(said)[:_MAC_BYTES])
        if channel is ChannelName.TELEGRAM:
            raise LinkTooLong(
                f"the id of subscriber {subscriber_id!r} has over {_ID_BYTES} bytes and does not fit in a Telegram link: "
                "send this person the link on another channel."
            )
        return _serializer(secret).dumps([subscriber_id, channel.value, purpose, topic.value if topic else "", expires])

    return make


def fits_telegram(token: str) -> bool:
    """Whether the token may stand in a Telegram deep link (which an e-mail may carry too)."""
    return len(token) <= TELEGRAM_LENGTH and "." not in token


def read_link(token: str, secret: str, now: datetime) -> PersonalLink:
    """What one of our links says. Raises ExpiredLink when its time has passed, BadLink for everything not ours."""
    if not token.isascii() or len(token) > _LONGEST_TOKEN:
        raise _not_ours()
    link = _read_long(token, secret) if "." in token else _read_short(token, secret)
    if link.expires_at <= now:
        raise ExpiredLink("this link has expired: ask for a new one, or write to us in the chat.", link)
    return link


def read_host_token(token: str, secret: str, now: datetime) -> HostIdentity:
    """The identity the company's own site vouches for: a JWT signed with HS256, claims `sub` and `exp`. Raises BadLink.

    No other algorithm is taken, `none` least of all, and the time is `now`, not the machine's.
    """
    checks = {"require": ["sub", "exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options=checks)  # type: ignore[arg-type]  # a subset of its typed options
        expires = datetime.fromtimestamp(float(claims["exp"]), UTC)
        begins = datetime.fromtimestamp(float(claims.get("nbf", 0)), UTC)
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, OSError):
        raise BadLink("the sign-in token of the site is not valid: sign in again on the site.") from None
    if not claims["sub"] or expires <= now or begins > now:
        raise BadLink("the sign-in token of the site is not valid now: sign in again on the site.")
    return HostIdentity(claims["sub"], expires)


def _not_ours() -> BadLink:
    return BadLink("this link is not one of ours or was altered: open it again from the message you received.")


# ---------------------------------------------------------------- the long form


def _serializer(secret: str) -> URLSafeSerializer:
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=_SALT, signer_kwargs=options)


def _read_long(token: str, secret: str) -> PersonalLink:
    try:
        said = _serializer(secret).loads(token)
    except BadData:
        raise _not_ours() from None
    if _serializer(secret).dumps(said) != token:  # another spelling of the same signature
        raise _not_ours()
    subscriber_id, channel, purpose, topic, expires = said
    return PersonalLink(
        subscriber_id,
        ChannelName(channel),
        _PURPOSES[_PURPOSES.index(purpose)],
        Purpose(topic) if topic else None,
        datetime.fromtimestamp(expires, UTC),
        _token_id(token),
    )


# ---------------------------------------------------------------- the short form


def _spelled(raw: bytes) -> str:
    """Base64 for addresses (RFC 4648 §5), without padding. At a third of what `base64.urlsafe_b64encode` takes for it."""
    return binascii.b2a_base64(raw, newline=False).translate(_FOR_ADDRESSES).rstrip(b"=").decode()


_FOR_ADDRESSES = bytes.maketrans(b"+/", b"-_")


def _packed_id(subscriber_id: str) -> tuple[int, bytes]:
    if len(subscriber_id) != _UUID_LENGTH:
        return 0, subscriber_id.encode()
    try:
        as_uuid = uuid.UUID(subscriber_id)
    except ValueError:
        return 0, subscriber_id.encode()
    if str(as_uuid) == subscriber_id:
        return _UUID_FLAG, as_uuid.bytes
    return 0, subscriber_id.encode()


def _read_short(token: str, secret: str) -> PersonalLink:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _not_ours() from None
    said, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    # The last character may hold unused bits: only the spelling we gave out counts, so a token has one name.
    canonical = _spelled(raw) == token
    if len(said) <= _HEAD_BYTES or not hmac.compare_digest(mac, _mac(secret, said)) or not canonical:
        raise _not_ours()
    opens, hours, raw_id = said[0], int.from_bytes(said[1:_HEAD_BYTES]), said[_HEAD_BYTES:]
    return PersonalLink(
        str(uuid.UUID(bytes=raw_id)) if opens & _UUID_FLAG else raw_id.decode(),
        _CHANNELS[opens >> 4 & 3],
        _PURPOSES[opens & 3],
        _TOPICS[opens >> 2 & 3],
        datetime.fromtimestamp(hours * _HOUR, UTC),
        _token_id(token),
    )


def _mac(secret: str, said: bytes) -> bytes:
    return keyed(_short_key(secret))(said)[:_MAC_BYTES]


@lru_cache(maxsize=8)
def _short_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"{_SALT}, short".encode(), "sha256")


def _token_id(token: str) -> str:
    return fingerprint("link", token)
