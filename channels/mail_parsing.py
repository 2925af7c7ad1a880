"""Bytes of a mail as what stands in them. Pure, and for any bytes: a mail is written by strangers.

The old parser of the standard library is used (`policy.compat32`): the newer one raises on headers that real mails have.
"""

import email
import email.header
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from email.utils import getaddresses

from channels.mail import recipient_of

MOST_BYTES = 1_000_000
"""So much of a mail is read; what follows is pictures and copies."""

_MOST_PARTS = 100
_DEEPEST = 8
_MOST_HEADER = 2_000
_MOST_TEXT = 50_000
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

AnyMessage = Message


def parse(raw: bytes) -> AnyMessage | None:
    """The mail, of its first `MOST_BYTES`; None for nestings nobody writes."""
    try:
        return email.message_from_bytes(_KIND.sub(_bounded, raw[:MOST_BYTES]), policy=email.policy.compat32)
    except (RecursionError, ValueError):  # parts within parts by the hundred
        return None


_KIND = re.compile(rb"^content-type:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


def _bounded(found: re.Match[bytes]) -> bytes:
    """Of a `Content-Type` as much as real mails have: the parser took 6 s for one of 200,000 parameters."""
    return found.group()[:_MOST_HEADER]


def parts(mail: AnyMessage, depth: int = 0) -> Iterator[AnyMessage]:
    """The parts of a mail in their order, without those of a mail it carries within itself."""
    inner = mail.get_payload()
    if depth < _DEEPEST and mail.get_content_maintype() == "multipart" and isinstance(inner, list):
        for part in inner[:_MOST_PARTS]:
            if isinstance(part, Message):
                yield from parts(part, depth + 1)
        return
    yield mail


def header(mail: AnyMessage, name: str) -> str:
    """The first header of this name on one line, encoded words read; empty if there is none."""
    found = mail.get_all(name, [])
    if not found:
        return ""
    line = re.sub(r"\s+", " ", _decoded(str(found[0])[:_MOST_HEADER])).strip()
    return _clean(line)


def _decoded(value: str) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (ValueError, LookupError, email.errors.MessageError):  # broken base64, unknown character sets
        return value


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


def sender_of(mail: AnyMessage) -> str:
    """The one address the mail says it is from, in lower case; empty for none, several or one we could not write to."""
    lines = [str(value)[:_MOST_HEADER] for value in mail.get_all("From", [])]
    try:
        found = [address for _, address in getaddresses(lines) if address]
    except RecursionError:  # comments within comments
        return ""
    return recipient_of(found[0]).lower() if len(lines) == 1 and len(found) == 1 else ""


def text_of(part: AnyMessage) -> str:
    """What a part says, in whatever character set it claims to be."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        text = payload.decode(charset, "replace")
    except (LookupError, ValueError):
        text = payload.decode("utf-8", "replace")
    return _clean(text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")[:_MOST_TEXT])


def fields_of(part: AnyMessage) -> tuple[AnyMessage, ...]:
    """The blocks of `Name: value` lines in a machine's part of a report, however the parser took it apart."""
    inner = part.get_payload()
    if not isinstance(inner, list):
        return _blocks(text_of(part))
    blocks: list[AnyMessage] = []
    for block in inner[:_MOST_PARTS]:
        if isinstance(block, Message):
            rest = block.get_payload()
            blocks += [block, *(_blocks(rest) if isinstance(rest, str) else ())]
    return tuple(blocks)


def _blocks(text: str) -> tuple[AnyMessage, ...]:
    found = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return tuple(email.message_from_string(block) for block in found[:_MOST_PARTS] if block.strip())


def body_of(mail: AnyMessage) -> str:
    """What was written: the plain text, else the HTML made plain. Attachments are left alone."""
    shown = [part for part in parts(mail) if "attachment" not in header(part, "Content-Disposition").lower()]
    for subtype, read in (("text/plain", str), ("text/html", html_as_text)):
        texts = [read(text_of(part)) for part in shown if part.get_content_type() == subtype]
        said = "\n".join(text for text in texts if text.strip())
        if said:
            return said
    return ""


_DROPPED = frozenset({"style", "script", "title", "blockquote"})
_BEGIN_LINES = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "ul", "ol", "table"})
_END_LINES = frozenset({"p", "div", "tr", "h1", "h2", "h3"})
_QUOTES = ("gmail_quote", "gmail_attr", "yahoo_quoted", "moz-cite-prefix", "divrplyfwdmsg", "appendonsend")


def html_as_text(html: str) -> str:
    """The words of a page, a line for each block; without its styles and scripts and what it quotes: `blockquote`, and
    everything from where Gmail, Outlook, Yahoo or Thunderbird begin the mail that is answered."""
    lines = (" ".join(line.split()) for line in "".join(_words(html)).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _words(html: str) -> Iterator[str]:
    from lxml import etree  # most mails bring plain text

    try:
        # The standard library's reader took 33 s for 50 kB of `<a `; this one takes milliseconds.
        root = etree.fromstring(
            html.encode(), etree.HTMLParser(encoding="utf-8", remove_comments=True, no_network=True)
        )
    except etree.LxmlError:
        return
    within = 0
    for event, node in etree.iterwalk(root, events=("start", "end")) if root is not None else ():
        if event == "start":
            if any(quote in f"{node.get('class')} {node.get('id')}".lower() for quote in _QUOTES):
                return
            within += node.tag in _DROPPED
            yield "\n" if node.tag in _BEGIN_LINES else ""
            yield "" if within else _on_one_line(node.text)
        else:
            within -= node.tag in _DROPPED
            yield "\n" if node.tag in _END_LINES else ""
            yield "" if within else _on_one_line(node.tail)


def _on_one_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")
