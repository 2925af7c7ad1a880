"""The mailbox where reports and answers arrive, over IMAP. The only file that knows imap-tools.

Facts: RFC 3501 (UIDs and their validity, `\\Seen`), RFC 2177 (IDLE). A mail is marked `\\Seen` once it is kept, not before:
a crash in between reads it again, and the inbox takes it once. `\\Seen` rather than a move to another folder, because it is one
command on every server, needs no further right, and a person can undo it. So the mailbox must be ours alone: what somebody
else opens first, we take for read.
"""

import imaplib
import logging
import re
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from channels.contract import ChannelError, Delivery
from channels.mail_parsing import MOST_BYTES
from channels.mail_reading import ARRIVED_HEADER, PLACE_HEADER
from records.errors import SettingsError

if TYPE_CHECKING:
    from imap_tools.mailbox import BaseMailBox

_log = logging.getLogger(__name__)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_URL_FORM = "write imaps://user:password@host:port/FOLDER, or imap://…?tls=starttls or ?tls=none"
_LONGEST_PAUSE = 60.0
_REFUSED_PAUSE = 900.0
"""After a refused password: servers lock accounts that try again and again."""
_TRIES = 3
_IDLE_STEP = 0.5  # seconds until a stop is noticed

Deliver = Callable[[Delivery], None]


class MailboxRefused(ChannelError):
    """The mail server does not take our user and password, or has no such folder. Trying again does not help."""


@dataclass(frozen=True)
class Place:
    """Where the mailbox is. `tls` is `wrapped` (imaps), `starttls` or `none`."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: str

    def __repr__(self) -> str:
        return f"Place({self.host}:{self.port}/{self.folder}, {self.tls})"


def read_url(url: str) -> Place:
    """`imaps://user:password@host[:port][/FOLDER]` or `imap://…?tls=starttls|none`. Without `tls` it is STARTTLS, on loopback
    none; without a folder INBOX. Raises SettingsError, which never shows the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"RELEVO_IMAP_URL has no readable port: {_URL_FORM}") from None
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username or not parts.password:
        raise SettingsError(f"RELEVO_IMAP_URL is not a mailbox with user and password: {_URL_FORM}")
    wrapped = parts.scheme == "imaps"
    usual = "none" if parts.hostname in _LOOPBACK else "starttls"
    tls = "wrapped" if wrapped else parse_qs(parts.query).get("tls", [usual])[0]
    if tls not in ("wrapped", "starttls", "none"):
        raise SettingsError(f"RELEVO_IMAP_URL has an unknown tls: {_URL_FORM}")
    if tls == "starttls" and port == 993:
        raise SettingsError("RELEVO_IMAP_URL: port 993 speaks TLS from the start; write imaps://…")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    usual_port = 993 if wrapped else 143
    return Place(parts.hostname, port or usual_port, unquote(parts.username), unquote(parts.password), folder, tls)


@dataclass(frozen=True)
class Standing:
    """What waits in the mailbox: mail not read yet, and how much of it was set aside because it could not be kept."""

    unread: int
    set_aside: int


class Mailbox:
    """Reads one folder for as long as it is told to. `every` is how often it looks where the server tells nothing (seconds),
    `timeout` bounds one wait on the line."""

    def __init__(self, url: str, *, every: float = 60.0, timeout: float = 10.0) -> None:
        self._place = read_url(url)
        self._every = every
        self._timeout = timeout
        self._tries: dict[str, int] = {}
        self._aside: set[str] = set()

    def listen(self, stop: threading.Event, deliver: Deliver) -> None:
        """Each new mail goes to `deliver`, which must have written when it returns; then it is marked as read. One that cannot
        be kept while others can is tried three times, then flagged and left unread for a person. Never raises: what is
        wrong with the mailbox is logged, and tried again with growing pauses."""
        pause = 0.0
        while not stop.wait(pause):
            try:
                with self._open() as box:
                    pause, prefix = 0.0, f"{self._place.folder} {_validity(box)}"
                    while not stop.is_set():
                        self._take_new(box, prefix, stop, deliver)
                        self._wait(box, stop)
            except Exception as error:
                pause = _pause_after(error, pause)

    def look(self) -> Standing:
        """What waits there. Changes nothing. Raises ChannelError in a sentence when the mailbox cannot be read."""
        try:
            with self._open() as box:
                unread = box.uids("UNSEEN")
                return Standing(len(unread), len(box.uids("UNSEEN FLAGGED")))
        except MailboxRefused:
            raise
        except (OSError, imaplib.IMAP4.error) as error:
            raise ChannelError(f"The mailbox cannot be reached ({type(error).__name__}); look at its host.") from None

    @contextmanager
    def _open(self) -> "Iterator[BaseMailBox]":
        box = _connect(self._place, self._timeout)
        try:
            _enter(box, self._place)
            yield box
        finally:
            with suppress(Exception):  # it may be what broke
                box.logout()

    def _take_new(self, box: "BaseMailBox", prefix: str, stop: threading.Event, deliver: Deliver) -> None:
        """One round over what is unread. Only where another mail could be kept is it the fault of those that could not."""
        kept, failed = 0, []
        for uid in box.uids("UNSEEN"):
            name = f"{prefix} {uid}"
            if stop.is_set() or name in self._aside:
                continue
            if self._take(box, uid, name, deliver):
                kept += 1
            else:
                failed.append((uid, name))
        for uid, name in failed if kept else ():
            self._tries[name] = self._tries.get(name, 0) + 1
            if self._tries[name] >= _TRIES:
                self._set_aside(box, uid, name)

    def _take(self, box: "BaseMailBox", uid: str, name: str, deliver: Deliver) -> bool:
        mail = _fetch(box, uid, name)
        if mail is None:
            return True
        try:
            deliver(mail)
        except Exception as error:  # whatever it is, the mail stays and the next one has its turn
            # The class only: the text of an error may quote what a person wrote.
            _log.warning("A mail could not be kept (%s): %s; it stays unread.", type(error).__name__, name)
            return False
        _mark(box, uid, r"\Seen")
        return True

    def _set_aside(self, box: "BaseMailBox", uid: str, name: str) -> None:
        del self._tries[name]
        self._aside.add(name)
        _mark(box, uid, r"\Flagged")
        _log.error("Mail %s is flagged and left unread; %d so far. Look at it there.", name, len(self._aside))

    def _wait(self, box: "BaseMailBox", stop: threading.Event) -> None:
        """Until the server tells something, or it is time to look by ourselves."""
        if b"IDLE" not in box.client.capability()[1][0].upper().split():  # asked anew: before the log-in many hide it
            stop.wait(self._every)
            return
        box.idle.start()  # type: ignore[no-untyped-call]  # half typed
        waited, step = 0.0, min(_IDLE_STEP, self._every)
        while waited < self._every and not stop.is_set() and not _is_told(box.client.sock, step):
            waited += step
        box.idle.stop()  # type: ignore[no-untyped-call]  # half typed


def _is_told(sock: socket.socket, seconds: float) -> bool:
    """Whether the server wrote something. Only looked at, not read: imap-tools' own `poll` gives up on half a line."""
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def _connect(place: Place, timeout: float) -> "BaseMailBox":
    from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted

    if place.tls == "none":
        return MailBoxUnencrypted(place.host, place.port, timeout=timeout)
    context = ssl.create_default_context()
    kind = MailBox if place.tls == "wrapped" else MailBoxStartTls
    return kind(place.host, place.port, timeout=timeout, ssl_context=context)


def _enter(box: "BaseMailBox", place: Place) -> None:
    from imap_tools.errors import ImapToolsError

    try:
        login = box.login if (place.user + place.password).isascii() else box.login_utf8
        login(place.user, place.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise  # the line broke
    except (ImapToolsError, imaplib.IMAP4.error):
        raise MailboxRefused(
            f"The mail server {place.host} does not take our user and password; check RELEVO_IMAP_URL."
        ) from None
    try:
        box.folder.set(place.folder)
    except (ImapToolsError, imaplib.IMAP4.readonly):
        raise MailboxRefused(
            f"The mail server {place.host} has no folder {place.folder!r} we may write to; check RELEVO_IMAP_URL."
        ) from None


def _validity(box: "BaseMailBox") -> str:
    """As told when the folder was opened; imaplib gives it once."""
    told = box.client.response("UIDVALIDITY")[1]
    return told[0].decode() if told and told[0] else ""


_TAKEN = re.compile(rb'INTERNALDATE "([^"]{1,40})"')


def _fetch(box: "BaseMailBox", uid: str, name: str) -> Delivery | None:
    """The first `MOST_BYTES` of a mail, unmarked; None if it is gone."""
    _, answer = box.client.uid("FETCH", uid, f"(INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
    raw = next((piece[1] for piece in answer if isinstance(piece, tuple)), None)
    if raw is None:
        return None
    told = b" ".join(piece[0] if isinstance(piece, tuple) else piece for piece in answer if piece)
    taken = _TAKEN.search(told)
    return Delivery(
        raw, {PLACE_HEADER: name, ARRIVED_HEADER: _iso(taken[1].decode()) if taken else ""}, transport="socket"
    )


def _iso(internal_date: str) -> str:
    try:
        return datetime.strptime(internal_date.strip(), "%d-%b-%Y %H:%M:%S %z").isoformat()
    except ValueError:
        return ""


def _mark(box: "BaseMailBox", uid: str, flag: str) -> None:
    """imap-tools' own `flag` expunges too, which would delete what people only marked for deletion."""
    status, _ = box.client.uid("STORE", uid, "+FLAGS.SILENT", f"({flag})")
    if status != "OK":
        raise ChannelError(f"The mail server did not mark a mail as {flag}; it will be read again.")


def _pause_after(error: Exception, last: float) -> float:
    """How long until the next try, told once in the log."""
    if isinstance(error, MailboxRefused):
        _log.error("%s No answers and bounces are read meanwhile; tried again in %d s.", error, _REFUSED_PAUSE)
        return _REFUSED_PAUSE
    pause = min(_LONGEST_PAUSE, max(1.0, last * 2))
    _log.warning("Reading the mailbox failed (%s); again in %s s.", type(error).__name__, pause)
    return pause
