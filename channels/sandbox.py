"""An honest channel for a workspace without credentials: it keeps what it would have sent where you can read it, refuses what
the real channel would refuse, and never claims that anything was delivered.

A delivery to it plays the person: JSON `{id, address, text | data}` with the header `Relevo-Sandbox: <secret>`.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from channels.contract import (
    Accepted,
    Capabilities,
    ChannelError,
    Delivery,
    Forged,
    Outgoing,
    Refusal,
    Refused,
    SendResult,
)
from channels.mail import compose, is_address
from channels.render import clean, render, unsupported
from records.content import ChatMessage, TextMessage, content_to_json
from records.forms import Letter
from records.inbound import Inbound, Pressed, Receipt, Said
from records.types import ChannelName

SECRET_HEADER = "Relevo-Sandbox"  # noqa: S105  the name of a header
SENDER = "sandbox@example.com"

Log = Callable[[ChannelName, str, str, str], str]
"""Keeps what would have been sent: channel, address, key, content as JSON. Gives the name it is kept under."""

# The form each vendor accepts; whether anybody is behind an address only the vendor knows.
_FORMS: Mapping[ChannelName, Callable[[str], object]] = {
    ChannelName.EMAIL: is_address,
    ChannelName.SMS: re.compile(r"\+[1-9]\d{6,14}").fullmatch,  # E.164
    ChannelName.TELEGRAM: re.compile(r"-?[1-9]\d{0,18}").fullmatch,
    ChannelName.WEB: re.compile(r"[A-Za-z0-9_-]{8,128}").fullmatch,
    ChannelName.SLACK: re.compile(r"[A-Za-z0-9._-]*").fullmatch,  # a desk may have one channel only: empty
}


class Sandbox:
    """Stands where the channel `name` with these capabilities would."""

    def __init__(self, name: ChannelName, capabilities: Capabilities, log: Log) -> None:
        self.name = name
        # What it keeps is read by people, so whole; and it has no vendor to wait for.
        self.capabilities = replace(capabilities, letters=False, lines=1)
        self._log = log

    def send(self, outgoing: Outgoing) -> SendResult:
        refusal = unsupported(outgoing, self.capabilities) or self._refusal(outgoing)
        if refusal:
            return refusal
        content = outgoing.content.whole() if isinstance(outgoing.content, Letter) else outgoing.content
        self._log(self.name, outgoing.address, outgoing.key, clean(content_to_json(content)))
        return Accepted(f"sandbox:{outgoing.key}")

    def _refusal(self, outgoing: Outgoing) -> Refused | None:
        fits = _FORMS.get(self.name)
        if fits is None or not fits(outgoing.address):
            return Refused(Refusal.BAD_ADDRESS, f"this is not an address of {self.name}; nothing was kept")
        result = self._shown(outgoing)
        return result if isinstance(result, Refused) else None

    def _shown(self, outgoing: Outgoing) -> object:
        if self.capabilities.subject:
            return compose(outgoing, SENDER, _ANY_MOMENT, self.capabilities.max_text)
        if isinstance(outgoing.content, ChatMessage | TextMessage):
            return render(outgoing.content, self.capabilities)
        return None

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        """What somebody playing the person wrote or pressed. Raises Forged, or ChannelError naming what is missing."""
        given = delivery.header(SECRET_HEADER)
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            raise Forged(f"a delivery for the sandbox of {self.name} came without its secret")
        body = _object(delivery.body)
        external_id, address = f"sandbox:{body['id']}", body["address"]
        if body.get("data"):
            return (Pressed(self.name, external_id, address, body["data"], now),)
        return (Said(self.name, external_id, address, body["text"], now),)

    def close(self) -> None:
        return


_ANY_MOMENT = datetime.fromisoformat("2000-01-01T00:00:00+00:00")  # composed only to see whether it would be refused


def _object(raw: bytes) -> dict[str, str]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ChannelError("the body is not JSON; send {id, address, text or data}") from error
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise ChannelError("the body is not an object of texts; send {id, address, text or data}")
    filled = {name: clean(value) for name, value in body.items()}
    if not filled.get("id") or not filled.get("address") or not (filled.get("text") or filled.get("data")):
        raise ChannelError("the body lacks something; send {id, address, text or data}")
    return filled
