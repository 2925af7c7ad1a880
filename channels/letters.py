"""Letters as e-mail: a form is encoded once, and per person only its values are. Pure.

Quoted-printable may break a line anywhere (a soft break, RFC 2045 §6.7), so each place stands on lines of its own: what is
around it never has to be encoded again. A mail of 14 kB is then put together in some 20 µs.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache, partial
from itertools import groupby
from typing import Literal

from channels.contract import Outgoing, Refusal, Refused
from channels.mail import (
    END,
    OWN_ID,
    Mail,
    Sender,
    break_problem,
    header_line,
    header_problem,
    message_id,
    quoted_printable,
    read_sender,
    recipient_of,
    refusal_of_address,
    stuffed,
)
from channels.render import too_long
from records.forms import Form, Letter, Places

_BREAK = b"=\r\n"
_OWN_ID = OWN_ID.encode()


@dataclass(frozen=True)
class _Place:
    """Where the value of this number stands: `plain`, `html` (escaped), or in a whole header of that name."""

    number: int
    form: Literal["plain", "html"]


@dataclass(frozen=True)
class _Line:
    """A header that differs from person to person."""

    name: str
    value: Places


_Part = bytes | _Place | _Line


@dataclass(frozen=True)
class _Encoded:
    """A form as bytes from one sender, leading dots doubled: every piece begins a line. `pieces` holds literals, and nothing at
    the places; what goes there stands beside: each value with all its positions, first the plain ones, then those escaped.
    `literal` and `places` bound how long it can get: characters, and the most places."""

    sender: Sender
    top: bytes
    pieces: tuple[bytes, ...]
    values: tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...]
    lines: tuple[tuple[_Line, int], ...]
    literal: int
    places: int
    may_be_blank: bool
    refusal: Refused | None


def compose_letter(
    outgoing: Outgoing, letter: Letter, sender: str, now: datetime, max_text: int, secret: str = ""
) -> Mail | Refused:
    """The mail of this letter; refused for the same reasons as a whole mail, and reads the same. Letters of one moment share
    its date if they are given the same `now`."""
    encoded = _encoded(letter.form, sender)
    if isinstance(encoded, Refused):
        return encoded
    own = [line.value.fill(letter.values) for line, _ in encoded.lines]
    refusal = encoded.refusal or refusal_of_address(outgoing.address) or _refusal(encoded, letter, own, max_text)
    if refusal:
        return refusal
    recipient = recipient_of(outgoing.address)
    identity = message_id(outgoing.key, encoded.sender.domain, secret, outgoing.number)
    name = identity.encode()
    top = b"%bDate: %b\r\nMessage-ID: %b\r\n%b: %b\r\n" % (
        header_line("To", recipient),
        _date(now),
        name,
        _OWN_ID,
        name,
    )
    write = partial(_written, encoded, letter.values, own, top)
    return Mail(encoded.sender.address, recipient, identity, write)


def _written(encoded: _Encoded, values: Sequence[str], own: Sequence[str], top: bytes) -> bytes:
    pieces = list(encoded.pieces)
    for number, plain, escaped in encoded.values:
        text, markup = _value(values[number])
        for at in plain:
            pieces[at] = text
        for at in escaped:
            pieces[at] = markup
    for (line, at), value in zip(encoded.lines, own, strict=True):
        pieces[at] = header_line(line.name, value)
    return b"".join((encoded.top, top, *pieces, END))


def _refusal(encoded: _Encoded, letter: Letter, own: Sequence[str], max_text: int) -> Refused | None:
    """`own`: its headers that differ from person to person."""
    form, values = letter.form, letter.values
    if encoded.may_be_blank and not (form.text.fill(values).strip() and form.subject.fill(values).strip()):
        return Refused(Refusal.CONTENT, "the mail has no text or no subject; give it both")
    if encoded.literal + encoded.places * len("".join(values)) > max_text:
        longest = max(form.text.length(values), form.html.length(values))
        if longest > max_text:
            return too_long(longest, max_text)
    for (line, _), value in zip(encoded.lines, own, strict=True):
        problem = break_problem(line.name, value)  # whatever else a header may be wrong in, its form has already
        if problem:
            return Refused(Refusal.CONTENT, problem)
    return None


@lru_cache(maxsize=4)
def _date(now: datetime) -> bytes:
    return format_datetime(now).encode()


@lru_cache(maxsize=256)
def _encoded(form: Form, sender: str) -> _Encoded | Refused:
    origin = read_sender(sender)
    if isinstance(origin, Refused):
        return origin
    parts = list(_merged(_parts(form)))
    found: defaultdict[int, dict[str, list[int]]] = defaultdict(lambda: {"plain": [], "html": []})
    for at, part in enumerate(parts):
        if isinstance(part, _Place):
            found[part.number][part.form].append(at)
    return _Encoded(
        origin,
        header_line("From", origin.line),
        tuple(part if isinstance(part, bytes) else b"" for part in parts),
        tuple((number, tuple(at["plain"]), tuple(at["html"])) for number, at in found.items()),
        tuple((part, at) for at, part in enumerate(parts) if isinstance(part, _Line)),
        max(sum(map(len, places.literals)) for places in (form.text, form.html)),
        max(len(form.text.numbers), len(form.html.numbers)),
        form.text.is_blank or form.subject.is_blank,
        _fault(form),
    )


def _merged(parts: Iterator[_Part]) -> Iterator[_Part]:
    """The same with neighbouring literals in one, their leading dots doubled."""
    for is_literal, some in groupby(parts, lambda part: isinstance(part, bytes)):
        if is_literal:
            yield b"".join(stuffed(part) for part in some if isinstance(part, bytes))
        else:
            yield from some


def _fault(form: Form) -> Refused | None:
    """What no value can mend."""
    problem = header_problem("", [(name, "".join(value.pieces[::2])) for name, value in form.headers])
    return Refused(Refusal.CONTENT, problem) if problem else None


def _parts(form: Form) -> Iterator[_Part]:
    yield from _header("Subject", form.subject)
    if all(name.lower() != "auto-submitted" for name, _ in form.headers):
        yield b"Auto-Submitted: auto-generated\r\n"  # RFC 3834, as for every mail no person wrote
    for name, value in form.headers:
        yield from _header(name, value)
    yield b"MIME-Version: 1.0\r\n"
    if not form.html.numbers and not form.html.pieces[0]:
        yield from _text("plain", form.text)
        return
    # In quoted-printable `=` is followed by two digits or a line end, so a mark that begins with `=_` is in no text.
    line = f"--=_{form.id}".encode()
    yield b'Content-Type: multipart/alternative; boundary="=_%b"\r\n\r\n%b\r\n' % (form.id.encode(), line)
    yield from _text("plain", form.text)
    yield b"%b\r\n" % line
    yield from _text("html", form.html)
    yield b"%b--\r\n" % line


def _header(name: str, value: Places) -> Iterator[_Part]:
    yield _Line(name, value) if value.numbers else header_line(name, value.pieces[0])


def _text(subtype: Literal["plain", "html"], text: Places) -> Iterator[_Part]:
    """One part. A place begins a line, and a soft break ends it."""
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    yield head.encode()
    for literal, number in zip(text.literals, text.numbers, strict=False):
        yield _open_ended(literal)
        yield _Place(number, subtype)
    yield quoted_printable(text.literals[-1]) + b"\r\n"


_Both = tuple[bytes, bytes]
"""One value in quoted-printable, as it is and escaped, each closed with a soft break."""


def _value(text: str) -> _Both:
    return _kept(text) if len(text) <= _OFTEN else _both(text)


_OFTEN = 40
"""Plans, prices, days and first names come again and again; what is longer (links) does not, and is not kept."""


@lru_cache(maxsize=8192)
def _kept(text: str) -> _Both:
    return _both(text)


def _both(text: str) -> _Both:
    if _SAFE.fullmatch(text) and len(short := text.replace("=", "=3D")) <= _ROOM:
        line = short.encode() + _BREAK
        return line, line
    escaped, plain = html.escape(text, quote=True), _closed(text)
    return plain, plain if escaped == text else _closed(escaped)


_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.:;/?_~+#%@=-]*")
_ROOM = 75
"""Text that stands in both forms as it is, but for its `=`; and how much of it a line holds beside the soft break."""


def _closed(text: str) -> bytes:
    return stuffed(_open_ended(text)) or _BREAK


def _open_ended(text: str) -> bytes:
    """Text that something follows, closed with a soft break unless it ends its own line. The `x` makes the encoder leave
    room for that; an `x` alone on the last line takes its soft break along."""
    if not text or text.endswith("\n"):
        return quoted_printable(text)
    return quoted_printable(text + "x")[:-1].removesuffix(_BREAK) + _BREAK
