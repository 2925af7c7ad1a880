"""What a person wants to hear, per channel and purpose: shown, changed, and ended with one click (RFC 8058).

Only `apply_preferences` and `unsubscribe` write, and only a POST may call them: mail scanners open every link they see.
Every function may run twice with the same effect.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from records.database import Tx
from records.store import shut_addresses
from records.store import subscribers as register
from records.types import IMPORT_ORIGIN, ChannelName, Consent, Contact, Language, Purpose
from subscribers.errors import BadLink
from subscribers.links import PersonalLink

ORIGIN = "preferences"
UNSUBSCRIBE_ORIGIN = "unsubscribe"

Wish = tuple[ChannelName, Purpose]


@dataclass(frozen=True)
class Preference:
    """One line of the page. `open` is False where the address is shut for a reason the person cannot lift here."""

    channel: ChannelName
    purpose: Purpose
    granted: bool
    open: bool


@dataclass(frozen=True)
class Preferences:
    """All a person may choose between, by channel and purpose, in the language they are written to."""

    subscriber_id: str
    language: Language
    lines: tuple[Preference, ...]

    def granted(self) -> frozenset[Wish]:
        return frozenset((line.channel, line.purpose) for line in self.lines if line.granted)


def preferences_of(tx: Tx, link: PersonalLink) -> Preferences:
    """What the holder of this link hears today. Changes nothing. Raises BadLink for a chat link or a person who is gone."""
    if link.purpose == "chat":
        raise BadLink("this link opens the chat: use the preferences link at the foot of our messages.")
    person = register.get(tx, link.subscriber_id)
    if person is None:
        raise BadLink("this link belongs to nobody we still know: there is nothing left to change.")
    contacts = register.contacts_of(tx, person.id)
    shut = {contact.channel: shut_addresses.is_suppressed(tx, contact.channel, contact.address) for contact in contacts}
    return Preferences(person.id, person.language, lines_of(contacts, register.consents_of(tx, person.id), shut))


def lines_of(
    contacts: Sequence[Contact], consents: Sequence[Consent], shut: dict[ChannelName, str]
) -> tuple[Preference, ...]:
    """The lines of the page: every purpose of every channel we could reach. `shut` says why an address is closed."""
    granted = {(word.channel, word.purpose) for word in consents if word.granted}
    channels = sorted({contact.channel for contact in contacts} | {word.channel for word in consents}, key=_place)
    return tuple(
        Preference(
            channel,
            purpose,
            (channel, purpose) in granted and not shut.get(channel, ""),
            shut.get(channel, "") in ("", shut_addresses.OPT_OUT),
        )
        for channel in channels
        for purpose in Purpose
    )


def changes(lines: Sequence[Preference], wanted: Collection[Wish]) -> tuple[Consent, ...]:
    """The words that lead from what is to what is wanted. What is not on the page, or shut, cannot be granted."""
    return tuple(
        Consent(line.channel, line.purpose, not line.granted)
        for line in lines
        if ((line.channel, line.purpose) in wanted) != line.granted and (line.open or line.granted)
    )


def apply_preferences(tx: Tx, link: PersonalLink, wanted: Collection[Wish], now: datetime) -> Preferences:
    """Make `wanted` (the ticked boxes) what the person hears; what is not in it is withdrawn. Raises BadLink."""
    before = preferences_of(tx, link)
    _record(tx, link, changes(before.lines, wanted), ORIGIN, now)
    return preferences_of(tx, link)


def unsubscribe(tx: Tx, link: PersonalLink, now: datetime) -> Preferences:
    """End the link's topic on the link's channel, or every topic there if it has none. Raises BadLink.

    Notices the law or the contract obliges us to send are no topic and go on. Repeating it changes nothing.
    """
    preferences_of(tx, link)
    topics = tuple(Purpose) if link.topic is None else (link.topic,)
    # Said even where nothing was granted: a grant that is still on its way with an earlier date must not win.
    words = tuple(Consent(link.channel, topic, False) for topic in topics)
    if not _said_before(tx, link, words):
        _record(tx, link, words, UNSUBSCRIBE_ORIGIN, now)
    return preferences_of(tx, link)


def _said_before(tx: Tx, link: PersonalLink, words: Sequence[Consent]) -> bool:
    standing = {
        (word.channel, word.purpose)
        for word in register.consent_words_of_many(tx, (link.subscriber_id,)).get(link.subscriber_id, ())
        if word.origin != IMPORT_ORIGIN and not word.granted
    }
    return all((word.channel, word.purpose) in standing for word in words)


def _record(tx: Tx, link: PersonalLink, words: Sequence[Consent], origin: str, now: datetime) -> None:
    addresses = {contact.channel: contact.address for contact in register.contacts_of(tx, link.subscriber_id)}
    for word in words:
        register.set_consent(tx, link.subscriber_id, word.channel, word.purpose, word.granted, origin, now)
        if word.granted and word.channel in addresses:
            shut_addresses.lift_opt_out(tx, word.channel, addresses[word.channel], now)


def _place(channel: ChannelName) -> int:
    return tuple(ChannelName).index(channel)
