"""What is reported about mail of ours: that it did not arrive (RFC 3464), or that the person complained (RFC 5965). Pure.

A report counts only if it names a Message-ID that we made, so nobody can make one up about somebody else's mail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from channels import vendor_words
from channels.contract import Refusal
from channels.mail import OWN_ID, own_ids
from channels.mail_parsing import AnyMessage, fields_of, header, parts, sender_of, text_of
from records.ids import fingerprint
from records.inbound import Receipt
from records.types import ChannelName, DeliveryState

_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")  # the second by RFC 6533
_RETURNED_PARTS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_REPLY = re.compile(r"\b([45]\d\d)(?:[ -]|$)")
_STEPS = (("rcpt to", "recipient"), ("end of data", "body"), ("after data", "body"), ("mail from", "sender"))


@dataclass(frozen=True)
class _Fate:
    """What became of the mail for one recipient. `step` is where in the dialogue the far server said no, as far as told."""

    action: str
    status: str
    diagnostic: str
    step: str
    recipients: tuple[str, ...]


def is_report(mail: AnyMessage) -> bool:
    """Whether a machine wrote it to tell of another mail; such a one is never answered."""
    return mail.get_content_type() == "multipart/report" or bool(header(mail, "X-Failed-Recipients"))


def read_report(mail: AnyMessage, secret: str, now: datetime) -> tuple[Receipt, ...]:
    """What a report says of a mail of ours; nothing for all others."""
    found = {part.get_content_type(): part for part in reversed(list(parts(mail)))}
    ours = _our_id(mail, found, secret)
    if not ours:
        return ()
    if complaint := found.get("message/feedback-report"):
        return _complaint(complaint, ours, now)
    status = next((found[name] for name in _STATUS_PARTS if name in found), None)
    fates = _fates(status, _told(mail)) if status is not None else _unstructured(mail)
    return _returned(_of_ours(fates, _written_to(found)), ours, now)


# ---- which mail it is about


def _our_id(mail: AnyMessage, found: dict[str, AnyMessage], secret: str) -> str:
    return next(
        (name for text in _names(mail, found) for name in own_ids(text, secret)),
        "",
    )


def _names(mail: AnyMessage, found: dict[str, AnyMessage]) -> Iterator[str]:
    """Where a report names the mail it is about, the surest place first."""
    for returned in _returned_heads(found):
        yield header(returned, OWN_ID)
        yield header(returned, "Message-ID")
    for part in (found[name] for name in _STATUS_PARTS if name in found):
        for block in fields_of(part)[:1]:
            yield header(block, "Original-Envelope-Id")
    yield header(mail, "In-Reply-To")
    yield header(mail, "References")
    if header(mail, "X-Failed-Recipients"):  # an old bounce is text with a copy of the mail below
        yield text_of(next(parts(mail)))


def _returned_heads(found: dict[str, AnyMessage]) -> Iterator[AnyMessage]:
    for name in _RETURNED_PARTS:
        if name in found:
            yield from fields_of(found[name])[:1]


def _written_to(found: dict[str, AnyMessage]) -> str:
    return next((header(head, "To").lower() for head in _returned_heads(found)), "")


# ---- that it came back


def _fates(part: AnyMessage, told: str) -> tuple[_Fate, ...]:
    return tuple(_fate(block, told) for block in fields_of(part) if header(block, "Final-Recipient"))


def _fate(block: AnyMessage, told: str) -> _Fate:
    diagnostic = header(block, "Diagnostic-Code").partition(";")[2].strip()
    status = _ENHANCED.search(header(block, "Status"))
    recipients = tuple(
        value.partition(";")[2].strip(" <>").lower()
        for value in (header(block, "Original-Recipient"), header(block, "Final-Recipient"))
        if ";" in value
    )
    return _Fate(
        action=header(block, "Action").lower().partition(" ")[0],
        status=status.group() if status else "",
        diagnostic=diagnostic,
        step=_step(f"{diagnostic} {told}"),
        recipients=recipients,
    )


def _told(mail: AnyMessage) -> str:
    """What the report says to people; servers tell there at which command they were turned away."""
    return next((text_of(part) for part in parts(mail) if part.get_content_type() == "text/plain"), "")[:5_000]


def _step(words: str) -> str:
    lowered = words.lower()
    return next((step for sign, step in _STEPS if sign in lowered), "")


def _unstructured(mail: AnyMessage) -> tuple[_Fate, ...]:
    """Exim before 4.88 and others: text alone, told from a letter by `X-Failed-Recipients` and a sender that is a machine."""
    if not header(mail, "X-Failed-Recipients") or not is_daemon(sender_of(mail)):
        return ()
    told = _told(mail).partition("------")[0]
    reply = _REPLY.search(told)
    return (_Fate("failed", "", told[reply.start() :] if reply else "", _step(told), ()),)


def is_daemon(address: str) -> bool:
    """Whether this is how mail servers sign."""
    local = address.partition("@")[0]
    return local in ("mailer-daemon", "postmaster", "mail-daemon") or local.startswith("microsoftexchange")


def _of_ours(fates: tuple[_Fate, ...], written_to: str) -> _Fate | None:
    """The fate of our recipient. Where none is named as we wrote to it (a list, an alias), all must fail to count as that."""
    named = [fate for fate in fates if any(one and one in written_to for one in fate.recipients)]
    candidates = named or list(fates)
    return min(candidates, key=lambda fate: fate.action == "failed", default=None)


_ARRIVED = {"delivered": DeliveryState.DELIVERED, "relayed": DeliveryState.SENT, "expanded": DeliveryState.SENT}
"""RFC 3464 §2.3.3: relayed and expanded only say that it went on to where no more is heard of it."""


def _returned(fate: _Fate | None, ours: str, now: datetime) -> tuple[Receipt, ...]:
    """A failure or an arrival; a delay is neither, and nothing is made of it."""
    if fate is None:
        return ()
    if state := _ARRIVED.get(fate.action):
        return (_receipt(ours, state, f"{fate.action} {fate.status}", "", now),)
    if fate.action != "failed":
        return ()
    no = vendor_words.returned(fate.status, fate.diagnostic, fate.step)
    return (_receipt(ours, DeliveryState.FAILED, f"failed {no.word}", no.reason.value, now),)


# ---- that the person complained


def _complaint(part: AnyMessage, ours: str, now: datetime) -> tuple[Receipt, ...]:
    kind = next((header(block, "Feedback-Type").lower() for block in fields_of(part)), "")
    row = vendor_words.exact("arf", kind)
    means = row.means if row else ""
    if means == Refusal.COMPLAINED:
        return (_receipt(ours, DeliveryState.COMPLAINED, f"feedback {kind}", means, now),)
    if means == Refusal.OPTED_OUT:  # it arrived, and they want no more
        return (_receipt(ours, DeliveryState.DELIVERED, f"feedback {kind}", means, now),)
    return ()


def _receipt(ours: str, state: DeliveryState, raw: str, reason: str, now: datetime) -> Receipt:
    """The same word about the same mail is one receipt, however often it is reported."""
    return Receipt(ChannelName.EMAIL, fingerprint(ours, state.value, raw), ours, state, raw.strip(), now, reason)
