"""E-mail out, over SMTP. What comes in is read by `channels.mail_reading`.

Facts: RFC 3463 and the IANA registry of enhanced status codes, RFC 3834 (Auto-Submitted), RFC 8058 (one-click headers come with
the content). What is said to the server is in `channels.smtp`.
"""

from collections.abc import Sequence
from datetime import datetime

from channels.contract import (
    Capabilities,
    Delivery,
    Outgoing,
    Refused,
    SendResult,
)
from channels.letters import compose_letter
from channels.mail import Mail, compose, read_sender, recipient_of
from channels.mail_reading import read_mail
from channels.mail_server import read_url
from channels.render import unsupported
from channels.smtp import Lines
from records.clock import Clock
from records.forms import Letter
from records.inbound import Inbound, Receipt
from records.types import ChannelName

CAPABILITIES = Capabilities(
    max_text=200_000, buttons=False, subject=True, letters=True, lines=16, kinds=frozenset({"chat", "mail", "text"})
)


class Email:
    """Hands mail to one SMTP server, over connections that are kept open for each thread that sends.

    `timeout` bounds one wait on a line, `patience` all that is handed in at once, so that a server that answers a byte now and
    then cannot hold a worker. `clock` dates the messages; `secret` seals their names, by which reports and answers are known.
    """

    name = ChannelName.EMAIL
    capabilities = CAPABILITIES

    def __init__(
        self, url: str, sender: str, clock: Clock, secret: str, *, timeout: float = 60.0, patience: float = 180.0
    ) -> None:
        self._lines = Lines(read_url(url), timeout, patience)
        self._sender = sender
        self._clock = clock
        self._secret = secret

    def send(self, outgoing: Outgoing) -> SendResult:
        return self.send_all([outgoing])[0]

    def send_all(self, outgoings: Sequence[Outgoing], upcoming: Sequence[str] = ()) -> list[SendResult]:
        """Side by side, each over a connection of its own; in the same writes the envelopes of the next, to `upcoming`."""
        now = self._clock.now()
        made = [unsupported(one, self.capabilities) or self._composed(one, now) for one in outgoings]
        taken = iter(self._lines.hand_in([one for one in made if isinstance(one, Mail)], _readable(upcoming)))
        return [next(taken) if isinstance(one, Mail) else one for one in made]

    def announce(self, addresses: Sequence[str]) -> None:
        """Say their envelopes early, on connections that are open."""
        origin = read_sender(self._sender)
        if isinstance(origin, Refused):
            return
        self._lines.announce(origin.address, _readable(addresses))

    def _composed(self, outgoing: Outgoing, now: datetime) -> Mail | Refused:
        most = self.capabilities.max_text
        if isinstance(outgoing.content, Letter):
            return compose_letter(outgoing, outgoing.content, self._sender, now, most, self._secret)
        return compose(outgoing, self._sender, now, most, self._secret)

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        """A report about mail of ours, or what a person wrote. A mail proves nothing about who sent it; what names a message of
        ours sealed with `secret` is believed about that message."""
        origin = read_sender(self._sender)
        return read_mail(delivery, "" if isinstance(origin, Refused) else origin.address, secret, now)

    def close(self) -> None:
        self._lines.close()


def _readable(addresses: Sequence[str]) -> list[str]:
    return [found for address in addresses if (found := recipient_of(address))]
