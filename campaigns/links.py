"""The two addresses a message carries: the way into the chat, and the way to stop. Both name person and channel."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from campaigns.audience import Way
from records.types import ChannelName, MessageClass, Subscriber
from subscribers.links import link_maker

DAYS = 180
"""How long they work: past the last message of any campaign, and over the 30 days the law asks of an opt-out."""


class Links(NamedTuple):
    """`home` opens the chat as this person (proving the address only); `unsubscribe` answers one click."""

    home: str
    unsubscribe: str


_ForId = Callable[[str], str]
MakeLinks = Callable[[Subscriber, Way, MessageClass, datetime], Links]


def personal_links(secret: str, public_url: str) -> MakeLinks:
    """Signed links under this address. The maker raises LinkTooLong for an id that no Telegram link holds."""
    # Behind the #, so that the way in stays out of every log on the way.
    home, stop = public_url.rstrip("/") + "/#t=", public_url.rstrip("/") + "/u/"

    @lru_cache(maxsize=16)
    def makers(channel: ChannelName, of_class: MessageClass, now: datetime) -> tuple[_ForId, _ForId]:
        chat = link_maker(secret, channel, "chat", now, DAYS)
        return chat, link_maker(secret, channel, "unsubscribe", now, DAYS, of_class.purpose)

    def make(subscriber: Subscriber, way: Way, of_class: MessageClass, now: datetime) -> Links:
        chat, unsubscribe = makers(way.channel, of_class, now)
        return Links(home + chat(subscriber.id), stop + unsubscribe(subscriber.id))

    return make


def links_nowhere(public_url: str) -> MakeLinks:
    """As long as real ones, signed with a key nobody accepts: for dry runs, previews and rehearsals."""
    return personal_links("a key that opens nothing, for previews", public_url)


def sample(make: MakeLinks, subscriber: Subscriber, of_class: MessageClass, now: datetime) -> Links:
    """The longest this person's links can get, whatever the channel."""
    return make(subscriber, Way(ChannelName.EMAIL, ""), of_class, now)
