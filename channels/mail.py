"""One e-mail as bytes. Pure: the same message, sender and moment give the same bytes, and the same key the same Message-ID.

Written by hand on top of `email`'s header folding and `binascii`'s quoted-printable, because building an `EmailMessage` costs
about twenty times the send. What a whole stage shares is encoded once: see `channels.letters`.
"""

import binascii
import hashlib
import hmac
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import NamedTuple

from channels.contract import Outgoing, Refusal, Refused
from channels.render import clean, plain, too_long
from records.content import ChatMessage, Heading, MailMessage, TextMessage
from records.keyed import keyed
from records.phrases import load_phrases


class Mail(NamedTuple):
    """Ready to hand in: the envelope, and what writes the rest out, each time it is asked for."""

    sender: str
    recipient: str
    message_id: str
    write: Callable[[], bytes]

    @property
    def wire(self) -> bytes:
        """The bytes as they go after DATA: lines ended with CRLF, leading dots doubled (RFC 5321 §4.5.2), closed by a dot
        alone."""
        return self.write()

    @property
    def body(self) -> bytes:
        """As the recipient gets it."""
        return (b"\r\n" + self.wire.removesuffix(END)).replace(b"\r\n.", b"\r\n")[2:]


END = b".\r\n"


def stuffed(lines: bytes) -> bytes:
    """Lines of a mail with their leading dots doubled."""
    doubled = lines.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


_LOCAL = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]{1,64}"
_DOMAIN = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f.]+(?:\.[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f.]+)*"
_ADDRESS = re.compile(f"{_LOCAL}@{_DOMAIN}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,70}")
_FOLD = "\r\n "
_BREAKS = re.compile(r"[\r\n\0\v\f\x1c-\x1e\x85\u2028\u2029]")

OWN_ID = "X-Relevo-ID"
"""Carries our Message-ID once more: some mail services (Amazon SES) put one of their own in its place, and a report quotes
what was sent."""

# Ours to write, each once: content may not bring them.
OWN_HEADERS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "return-path", OWN_ID.lower()}
    | {"mime-version", "content-type", "content-transfer-encoding"}
)


def is_address(text: str) -> bool:
    """A mail address without quotes, comments or line breaks: the only form we send to."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


_NAME = 20  # hex digits of a Message-ID that name the message, and as many that seal it and the domain
_STREET = 8  # of the digits that name it, those it shares with its neighbours
_NEIGHBOURS = 32  # messages with numbers in a row: their names fill a page of the index
_SEALED = re.compile(r"<([0-9a-f]{40})@([A-Za-z0-9.-]{1,200})>")


def message_id(key: str, domain: str, secret: str, number: int = 0) -> str:
    """The same for ever for this key and number, so that a message sent twice is recognised as one; shows nothing of either.
    Nobody without the secret can make one: half of it names the message, half seals the rest.

    Messages sent one after the other have names that begin alike: in the ledger's index they stand on one page. Strewn over
    all its pages they cost a tenth of a message's whole time."""
    own = _under(secret)(f"message\x1f{key}".encode()).hex()[: _NAME - _STREET]
    name = _street(number // _NEIGHBOURS, secret) + own
    return f"<{name}{_seal(name, domain, secret)}@{domain}>"


@lru_cache(maxsize=16)
def _under(secret: str) -> Callable[[bytes], bytes]:
    return keyed(secret.encode())


@lru_cache(maxsize=64)
def _street(block: int, secret: str) -> str:
    """Drawn, not counted: a Message-ID must not tell its reader how many were sent before it."""
    return _under(secret)(f"street\x1f{block}".encode()).hex()[:_STREET]


def own_ids(text: str, secret: str) -> tuple[str, ...]:
    """The Message-IDs in this text that we made, in their order. A report about any other is about nothing of ours."""
    return tuple(
        found.group()
        for found in _SEALED.finditer(text)
        if secret and hmac.compare_digest(_seal(found[1][:_NAME], found[2], secret), found[1][_NAME:])
    )


def _seal(name: str, domain: str, secret: str) -> str:
    return _under(secret)(f"seal\x1f{name}@{domain}".encode()).hex()[:_NAME]


@dataclass(frozen=True)
class Sender:
    """Whom our mail is from: the bare address, its domain in ASCII, and the line as it stands in the header."""

    address: str
    domain: str
    line: str


@lru_cache(maxsize=16)
def read_sender(sender: str) -> Sender | Refused:
    """An address, or `Name <address>`."""
    name, own = parseaddr(sender)
    if not is_address(own) or _BREAKS.search(sender):
        return Refused(Refusal.CREDENTIALS, "RELEVO_MAIL_FROM is not one address; write Name <address@example.com>")
    return Sender(own, ascii_domain(own), f"{_quoted(name)} <{own}>" if name else own)


def compose(outgoing: Outgoing, sender: str, now: datetime, max_text: int, secret: str = "") -> Mail | Refused:
    """The mail of this message, from `sender` (an address or `Name <address>`); `secret` seals its Message-ID. Refused: an
    address that is none, a header that would begin a second line, comes twice or is ours to write, a text that is empty or
    too long."""
    mail = _as_mail(outgoing.content)
    if mail is None:
        return Refused(Refusal.UNSUPPORTED, f"e-mail carries chat, mail and text, not {outgoing.content.kind!r}")
    origin = read_sender(sender)
    if isinstance(origin, Refused):
        return origin
    refusal = refusal_of_address(outgoing.address) or _refusal(mail, max_text)
    if refusal:
        return refusal
    recipient = recipient_of(outgoing.address)
    identity = message_id(outgoing.key, origin.domain, secret, outgoing.number)
    headers = (
        ("From", origin.line),
        ("To", recipient),
        ("Subject", mail.subject),
        ("Date", format_datetime(now)),
        ("Message-ID", identity),
        (OWN_ID, identity),
        *_automatic(outgoing, mail),
        *mail.headers,
    )
    head = b"".join(header_line(name, value) for name, value in headers)
    wire = stuffed(head + _parts(mail, outgoing.key)) + END
    return Mail(origin.address, recipient, identity, lambda: wire)


_REPLY_MARK = re.compile(r"^(?:(?:re|rv|fw|fwd|aw|r)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """The subject without the `Re:` that programs put before it."""
    return _REPLY_MARK.sub("", subject.strip())


def _thread(heading: Heading, otherwise: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Subject and headers of the answer to a mail (RFC 5322 §3.6.4)."""
    bare = bare_subject(heading.subject)
    subject = f"Re: {bare}" if bare else otherwise
    if not heading.message_id:
        return subject, ()
    chain = " ".join((*heading.earlier, heading.message_id))
    return subject, (("In-Reply-To", heading.message_id), ("References", chain))


def _as_mail(content: object) -> MailMessage | None:
    if isinstance(content, MailMessage):
        return content
    if not isinstance(content, ChatMessage | TextMessage):
        return None
    subject = load_phrases("channels").say(f"mail.{content.kind}", content.language)
    text = clean(plain(content, buttons=False))
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(content, ChatMessage) and content.heading is not None:
        subject, headers = _thread(content.heading, subject)
    return MailMessage(subject, text, _as_html(text), content.language, headers)


def _as_html(text: str) -> str:
    blocks = (html.escape(block).replace("\n", "<br>\n") for block in re.split(r"\n{2,}", text))
    return "\n".join(f"<p>{block}</p>" for block in blocks)


def refusal_of_address(address: str) -> Refused | None:
    if recipient_of(address):
        return None
    return Refused(Refusal.BAD_ADDRESS, "the address is not a mail address; nothing was sent")


def _refusal(mail: MailMessage, max_text: int) -> Refused | None:
    if not mail.text.strip() or not mail.subject.strip():
        return Refused(Refusal.CONTENT, "the mail has no text or no subject; give it both")
    longest = max(len(mail.text), len(mail.html))
    if longest > max_text:
        return too_long(longest, max_text)
    problem = header_problem(mail.subject, mail.headers)
    return Refused(Refusal.CONTENT, problem) if problem else None


def header_problem(subject: str, headers: Sequence[tuple[str, str]]) -> str:
    """What is wrong with these headers, or empty."""
    problem = break_problem("Subject", subject)
    if problem:
        return problem
    seen: set[str] = set()
    for name, value in headers:
        lower = name.lower()
        if not _HEADER_NAME.fullmatch(name):
            return _not_allowed(name)
        if problem := break_problem(name, value):
            return problem
        if lower in OWN_HEADERS or lower in seen:
            return f"the header {name} is already written; each stands once"
        seen.add(lower)
    return ""


def break_problem(name: str, value: str) -> str:
    """What is wrong with the value of this header if it would begin a second line; else empty."""
    if value.isprintable() or not _BREAKS.search(value):  # no break is printable, and asking that is quicker
        return ""
    return "the subject holds a line break; write it on one line" if name == "Subject" else _not_allowed(name)


def _not_allowed(name: str) -> str:
    return f"the header {name[:20]!r} holds a line break or a character that is not allowed"


def _automatic(outgoing: Outgoing, mail: MailMessage) -> tuple[tuple[str, str], ...]:
    """RFC 3834: what no person wrote says so, so that nobody's robot answers it."""
    content = outgoing.content
    if any(name.lower() == "auto-submitted" for name, _ in mail.headers):
        return ()
    if isinstance(content, ChatMessage):
        return () if content.author == "staff" else (("Auto-Submitted", "auto-replied"),)
    return (("Auto-Submitted", "auto-generated"),)


def _quoted(name: str) -> str:
    if not name.isascii():
        return Header(name, "utf-8").encode()
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@lru_cache(maxsize=1024)
def recipient_of(address: str) -> str:
    """The address as an envelope names it, its domain in ASCII; empty where it is none we send to. It is asked up to four
    times: for its envelope, told early and with a body, and for its mail."""
    return f"{address.rpartition('@')[0]}@{ascii_domain(address)}" if is_address(address) else ""


def ascii_domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain


def header_line(name: str, value: str) -> bytes:
    """One header with its CRLF, folded and encoded where it must be."""
    line = f"{name}: {value}"
    short = len(line) <= 78 or " " not in value
    if name == "References":
        return f"{name}: {value.replace(' ', _FOLD)}\r\n".encode()  # names of mails are never encoded, however long
    if "=?" in value and name == "Subject":
        return _literal(name, value)
    if line.isascii() and len(line) <= 990 and short:
        return f"{line}\r\n".encode()
    if name == "To":
        return (
            f"{line}\r\n".encode()
        )  # a local part outside ASCII travels as UTF-8 (RFC 6532), never as an encoded word
    return _folded(name, value)


@lru_cache(maxsize=512)
def _literal(name: str, value: str) -> bytes:
    """For text that a reader would take for an encoded word."""
    encoded = Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
    return f"{name}: {encoded}\r\n".encode("ascii")


@lru_cache(maxsize=512)
def _folded(name: str, value: str) -> bytes:
    folded: str = SMTP.header_factory(name, value).fold(policy=SMTP)
    return folded.encode("ascii")


def _parts(mail: MailMessage, key: str) -> bytes:
    text = _part("plain", mail.text)
    if not mail.html:
        return b"MIME-Version: 1.0\r\n" + text
    mark = hashlib.sha256(f"boundary\x1f{key}".encode()).hexdigest()[:32]
    line = f"--=_{mark}".encode()
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="=_{mark}"\r\n\r\n'.encode()
    return b"\r\n".join((head + line, text + line, _part("html", mail.html) + line + b"--", b""))


def _part(subtype: str, text: str) -> bytes:
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode() + quoted_printable(text) + b"\r\n"


def quoted_printable(text: str) -> bytes:
    """The text in quoted-printable with CRLF lines of at most 76. A space or tab before a line end is kept."""
    if text.isprintable():  # one line, of whole characters: a third of the cost
        return binascii.b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n")
    unix = clean(text).replace("\r\n", "\n").replace("\r", "\n").encode()
    return binascii.b2a_qp(unix, istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
