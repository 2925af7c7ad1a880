"""E-mail out, over SMTP with the standard library's smtplib. Incoming mail is not read yet.

Facts: RFC 5321 (commands, replies; §4.5.3.2 timeouts), RFC 3463 and the IANA registry of enhanced status codes, RFC 3834
(Auto-Submitted), RFC 8058 (one-click headers come with the content). The commands are given one by one, because what a broken
line means depends on the command it broke in: only after the body may the server have taken the message.
"""

import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from channels import vendor_words
from channels.contract import (
    Accepted,
    Capabilities,
    ChannelError,
    Delivery,
    Outgoing,
    Refusal,
    Refused,
    RetryLater,
    SendResult,
    Unsure,
)
from channels.letters import compose_letter
from channels.mail import Mail, compose
from channels.render import masked, unsupported
from records.clock import Clock
from records.errors import SettingsError
from records.forms import Letter
from records.inbound import Inbound, Receipt
from records.types import ChannelName

CAPABILITIES = Capabilities(
    max_text=200_000, buttons=False, subject=True, letters=True, kinds=frozenset({"chat", "mail", "text"})
)


class Step(StrEnum):
    """Where in a transaction the server answered."""

    OPEN = "open"  # connection, greeting, TLS, log-in
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    BODY = "body"  # DATA and after the final dot


def explain(step: Step, code: int, words: str) -> Refused | RetryLater:
    """A server's no, in ours. Codes of the 5xx class are for good, all others are for now."""
    return vendor_words.smtp(step, code, words, masked(f"{code} {words}"))


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. `tls` is `wrapped` (smtps), `starttls` or `none`."""

    host: str
    port: int
    user: str
    password: str
    tls: str

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.tls})"


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def read_url(url: str) -> Server:
    """`smtp://[user:password@]host:port?tls=starttls|none` or `smtps://…`. Without `tls` it is STARTTLS, on loopback none.
    Raises SettingsError, which never shows the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"RELEVO_SMTP_URL has no readable port: {_URL_FORM}") from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SettingsError(f"RELEVO_SMTP_URL is not an SMTP address: {_URL_FORM}")
    wrapped = parts.scheme == "smtps"
    usual = "none" if parts.hostname in _LOOPBACK else "starttls"
    tls = "wrapped" if wrapped else parse_qs(parts.query).get("tls", [usual])[0]
    if tls not in ("wrapped", "starttls", "none"):
        raise SettingsError(f"RELEVO_SMTP_URL has an unknown tls: {_URL_FORM}")
    usual_port = 465 if wrapped else 587
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.hostname, port or usual_port, user, password, tls)


_URL_FORM = "write smtp://user:password@host:port?tls=starttls, ?tls=none, or smtps://…"


class _Answered(Exception):
    """The server said no; private to this file."""

    def __init__(self, result: Refused | RetryLater, hang_up: bool) -> None:
        super().__init__(result)
        self.result = result
        self.hang_up = hang_up


@dataclass
class _Line:
    """One open connection and the moment its present work must be over (monotonic seconds; infinite when idle)."""

    smtp: smtplib.SMTP
    until: float = float("inf")

    def cut(self) -> None:
        """End whatever blocks on it, from another thread."""
        sock = self.smtp.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(2)


class Email:
    """Hands mail to one SMTP server, with one connection kept open for each thread that sends.

    `timeout` bounds one wait on the line, `patience` a whole transaction, so that a server that answers a byte now and
    then cannot hold a worker. `clock` dates the messages.
    """

    name = ChannelName.EMAIL
    capabilities = CAPABILITIES

    def __init__(self, url: str, sender: str, clock: Clock, *, timeout: float = 60.0, patience: float = 180.0) -> None:
        self._server = read_url(url)
        self._sender = sender
        self._clock = clock
        self._timeout = timeout
        self._patience = patience
        self._own = threading.local()
        self._lines = _Lines()

    def send(self, outgoing: Outgoing) -> SendResult:
        refusal = unsupported(outgoing, self.capabilities)
        if refusal:
            return refusal
        mail = self._composed(outgoing)
        return mail if isinstance(mail, Refused) else self._hand_in(mail)

    def _composed(self, outgoing: Outgoing) -> Mail | Refused:
        now, most = self._clock.now(), self.capabilities.max_text
        if isinstance(outgoing.content, Letter):
            return compose_letter(outgoing, outgoing.content, self._sender, now, most)
        return compose(outgoing, self._sender, now, most)

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:  # noqa: ARG002  the contract's
        raise ChannelError(
            "Incoming mail is not read yet, so this delivery was not taken. Answers by e-mail reach the mailbox of "
            "RELEVO_MAIL_FROM; point people to the chat page instead."
        )

    def close(self) -> None:
        self._lines.close()

    def _hand_in(self, mail: Mail) -> SendResult:
        """On a line that lay idle, a break before the body means it was stale: once more on a new one."""
        fresh = self._line() is None
        result = self._attempt(mail)
        if isinstance(result, _Broke) and not fresh and not result.in_body:
            result = self._attempt(mail)
        if not isinstance(result, _Broke):
            return result
        if result.in_body:
            return Unsure(
                f"the line broke after the body ({result.how}); look for {mail.message_id} before sending again"
            )
        return RetryLater(30.0, f"the mail server could not be reached ({result.how}); nothing was sent")

    def _attempt(self, mail: Mail) -> "SendResult | _Broke":
        at = [Step.OPEN]
        try:
            with self._working() as line:
                self._open(line)
                return _transact(line.smtp, mail, at)
        except _Answered as no:
            self._after_no(no)
            return no.result
        except smtplib.SMTPNotSupportedError as error:
            self._hang_up()
            return Refused(Refusal.CREDENTIALS, masked(f"the mail server cannot do what its URL asks: {error}"))
        except smtplib.SMTPResponseException as error:
            self._hang_up()
            return explain(at[0], error.smtp_code, _words(error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return _Broke(at[0] is Step.BODY, type(error).__name__)

    def _line(self) -> _Line | None:
        line: _Line | None = getattr(self._own, "line", None)
        return line if line is not None and line.smtp.sock is not None else None

    @contextmanager
    def _working(self) -> Iterator[_Line]:
        line = self._line()
        if line is None:
            line = self._own.line = _Line(_new_client(self._server, self._timeout))
        line.until = time.monotonic() + self._patience
        self._lines.watch(line)
        try:
            yield line
        finally:
            line.until = float("inf")

    def _open(self, line: _Line) -> None:
        if line.smtp.sock is None:
            _connect(line.smtp, self._server)

    def _after_no(self, no: _Answered) -> None:
        line = self._line()
        if line is None or no.hang_up:
            self._hang_up()
            return
        try:
            line.smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._hang_up()

    def _hang_up(self) -> None:
        line: _Line | None = getattr(self._own, "line", None)
        if line is not None:
            self._own.line = None
            self._lines.forget(line)
            line.smtp.close()


@dataclass(frozen=True)
class _Broke:
    in_body: bool
    how: str


def _new_client(server: Server, timeout: float) -> smtplib.SMTP:
    if server.tls == "wrapped":
        return smtplib.SMTP_SSL(timeout=timeout, context=ssl.create_default_context())
    return smtplib.SMTP(timeout=timeout)


def _connect(smtp: smtplib.SMTP, server: Server) -> None:
    smtp._host = server.host  # type: ignore[attr-defined]  # smtplib checks the certificate against it; set only by __init__
    _expect(Step.OPEN, smtp.connect(server.host, server.port), hang_up=True)
    if server.tls == "starttls":
        _expect(Step.OPEN, smtp.starttls(context=ssl.create_default_context()), hang_up=True)
    smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


def _transact(smtp: smtplib.SMTP, mail: Mail, at: list[Step]) -> Accepted:
    at[0] = Step.SENDER
    utf8 = not mail.recipient.isascii()
    if utf8 and not smtp.has_extn("smtputf8"):
        raise _Answered(Refused(Refusal.UNSUPPORTED, "the mail server takes only ASCII addresses"), hang_up=False)
    options = " SMTPUTF8" if utf8 else ""
    envelope = (
        (Step.SENDER, f"MAIL FROM:<{mail.sender}>{options}\r\n".encode(), 0),
        (Step.RECIPIENT, f"RCPT TO:<{mail.recipient}>\r\n".encode(), 0),
        (Step.BODY, b"DATA\r\n", 354),
    )
    announce = _announce_at_once if smtp.has_extn("pipelining") else _announce
    announce(smtp, envelope, at)
    at[0] = Step.BODY
    smtp.send(mail.wire())
    _expect(Step.BODY, _reply(smtp))
    return Accepted(mail.message_id)


def _reply(smtp: smtplib.SMTP) -> tuple[int, bytes]:
    """The server's next answer. One on a single line, as nearly all are, costs a third of what smtplib's reader does."""
    file = smtp.file
    held = b"" if file is None else file.peek()
    end = held.find(b"\n")
    if file is None or end < 0 or held[3:4] != b" " or not held[:3].isdigit():
        return smtp.getreply()
    file.readline()
    return int(held[:3]), held[4:end].rstrip()


_Envelope = tuple[tuple[Step, bytes, int], ...]


def _announce(smtp: smtplib.SMTP, envelope: _Envelope, at: list[Step]) -> None:
    """Command by command. A line that breaks before the body means that nothing was taken: `at` is still before it."""
    for step, command, wanted in envelope:
        at[0] = step if step is not Step.BODY else Step.RECIPIENT
        smtp.send(command)
        _expect(step, _reply(smtp), wanted=wanted)


def _announce_at_once(smtp: smtplib.SMTP, envelope: _Envelope, at: list[Step]) -> None:
    """All three in one go (RFC 2920), one wait instead of three. Every answer is read; the first no counts. A server that
    says no and yet waits for a body is left: whatever we sent now would be a mail to nobody."""
    at[0] = Step.RECIPIENT
    smtp.send(b"".join(command for _, command, _ in envelope))
    answers = [_reply(smtp) for _ in envelope]
    waiting = answers[-1][0] == 354
    for (step, _, wanted), answer in zip(envelope, answers, strict=True):
        _expect(step, answer, wanted=wanted, hang_up=waiting)


def _expect(step: Step, answer: tuple[int, bytes], *, wanted: int = 0, hang_up: bool = False) -> None:
    code, words = answer
    if code == wanted or (not wanted and 200 <= code <= 299):
        return
    if code == -1:
        raise smtplib.SMTPServerDisconnected("the answer cannot be read")
    raise _Answered(explain(step, code, _words(words)), hang_up or code in (421, 521))


def _words(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


class _Lines:
    """Every open line, and one quiet thread that cuts those whose time is over."""

    def __init__(self, every: float = 0.5) -> None:
        self._every = every
        self._open: dict[int, _Line] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, line: _Line) -> None:
        with self._lock:
            self._open[id(line)] = line
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._look, name="smtp-patience", daemon=True)
                self._thread.start()

    def forget(self, line: _Line) -> None:
        with self._lock:
            self._open.pop(id(line), None)

    def close(self) -> None:
        with self._lock:
            lines, self._open = list(self._open.values()), {}
            thread, self._thread = self._thread, None
            self._stop.set()
        if thread is not None:
            thread.join()
        for line in lines:
            _part(line)

    def _look(self) -> None:
        while not self._stop.wait(self._every):
            present = time.monotonic()
            with self._lock:
                late = [line for line in self._open.values() if line.until < present]
            for line in late:
                line.cut()


def _part(line: _Line) -> None:
    """Take leave of an idle line, cut one that is at work."""
    if line.until < float("inf"):
        line.cut()
        return
    with suppress(OSError, smtplib.SMTPException):
        line.smtp.quit()
    line.smtp.close()
