"""Lines to one mail server, several side by side in one thread. smtplib opens them (greeting, TLS, log-in); what is said on
them is written here.

Facts: RFC 5321 (commands, replies; §4.5.3.2 timeouts), RFC 2920 (pipelining). The commands of a mail are a generator that stops
wherever the server has to answer: so a round over several lines writes to each before it waits for the first, and what a broken
line means is known from the command it broke in. Only after the body may the server have taken the message.
"""

import smtplib
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from channels import vendor_words
from channels.contract import Accepted, Refusal, Refused, RetryLater, SendResult, Unsure
from channels.mail import Mail
from channels.render import masked
from records.errors import SettingsError


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


class _Line:
    """One line, open or not, and the moment its present work must be over (monotonic seconds; infinite when idle)."""

    def __init__(self, server: Server, timeout: float) -> None:
        self.until = float("inf")
        self._server = server
        self._timeout = timeout
        self._smtp: smtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        return self._smtp is not None and self._smtp.sock is not None

    def opened(self) -> smtplib.SMTP:
        """Its client, connected and logged in."""
        if self._smtp is None or self._smtp.sock is None:
            self._smtp = _new_client(self._server, self._timeout)
            _connect(self._smtp, self._server)
        return self._smtp

    def cut(self) -> None:
        """End whatever blocks on it, from another thread."""
        sock = self._smtp.sock if self._smtp is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(2)

    def reset(self) -> None:
        """Forget the mail that was refused; close the line if that fails."""
        try:
            if self._smtp is not None:
                self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

    def part(self) -> None:
        """Take leave of an idle line, cut one that is at work."""
        if self.until < float("inf"):
            self.cut()
            return
        if self._smtp is not None and self._smtp.sock is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self.close()


@dataclass(frozen=True)
class _Broke:
    in_body: bool
    how: str


@dataclass
class _Call:
    """One mail on its way over one line. `at` is the step it is in."""

    line: _Line
    mail: Mail
    is_fresh: bool = field(init=False)
    at: Step = Step.OPEN
    result: SendResult | _Broke | None = None
    steps: Iterator[Accepted | None] = field(init=False)

    def __post_init__(self) -> None:
        self.is_fresh = not self.line.is_open
        self.steps = self._steps()

    def goes_on(self) -> bool:
        """One step further: read what the server answered, say what comes next. False once the result is there."""
        try:
            self.result = next(self.steps)
        except _Answered as no:
            self.result = no.result
            self._after_no(no)
        except smtplib.SMTPNotSupportedError as error:
            self.line.close()
            self.result = Refused(Refusal.CREDENTIALS, masked(f"the mail server cannot do what its URL asks: {error}"))
        except smtplib.SMTPResponseException as error:
            self.line.close()
            self.result = explain(self.at, error.smtp_code, _words(error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            self.line.close()
            self.result = _Broke(self.at is Step.BODY, type(error).__name__)
        return self.result is None

    def _after_no(self, no: _Answered) -> None:
        if no.hang_up:
            self.line.close()
        else:
            self.line.reset()

    def _steps(self) -> Iterator[Accepted | None]:
        """None wherever the server has to answer."""
        smtp, mail = self.line.opened(), self.mail
        self.at = Step.SENDER
        utf8 = not mail.recipient.isascii()
        if utf8 and not smtp.has_extn("smtputf8"):
            raise _Answered(Refused(Refusal.UNSUPPORTED, "the mail server takes only ASCII addresses"), hang_up=False)
        options = " SMTPUTF8" if utf8 else ""
        envelope = (
            (Step.SENDER, f"MAIL FROM:<{mail.sender}>{options}\r\n".encode(), 0),
            (Step.RECIPIENT, f"RCPT TO:<{mail.recipient}>\r\n".encode(), 0),
            (Step.BODY, b"DATA\r\n", 354),
        )
        yield from (
            self._all_at_once(smtp, envelope) if smtp.has_extn("pipelining") else self._one_by_one(smtp, envelope)
        )
        self.at = Step.BODY
        smtp.send(mail.wire())
        yield None
        _expect(Step.BODY, _reply(smtp))
        yield Accepted(mail.message_id)

    def _one_by_one(self, smtp: smtplib.SMTP, envelope: "_Envelope") -> Iterator[None]:
        """A line that breaks before the body means that nothing was taken: `at` is still before it."""
        for step, command, wanted in envelope:
            self.at = step if step is not Step.BODY else Step.RECIPIENT
            smtp.send(command)
            yield None
            _expect(step, _reply(smtp), wanted=wanted)

    def _all_at_once(self, smtp: smtplib.SMTP, envelope: "_Envelope") -> Iterator[None]:
        """All three in one go, one wait instead of three. Every answer is read; the first no counts. A server that says no
        and yet waits for a body is left: whatever we sent now would be a mail to nobody."""
        self.at = Step.RECIPIENT
        smtp.send(b"".join(command for _, command, _ in envelope))
        yield None
        answers = [_reply(smtp) for _ in envelope]
        waiting = answers[-1][0] == 354
        for (step, _, wanted), answer in zip(envelope, answers, strict=True):
            _expect(step, answer, wanted=wanted, hang_up=waiting)


_Envelope = tuple[tuple[Step, bytes, int], ...]


class Lines:
    """Lines to one server, kept open for each thread that sends. `timeout` bounds one wait on a line, `patience` everything
    that is under way at once; both in seconds."""

    def __init__(self, server: Server, timeout: float, patience: float) -> None:
        self._server = server
        self._timeout = timeout
        self._patience = patience
        self._own = threading.local()
        self._watched = _Watched()

    def hand_in(self, mails: Sequence[Mail]) -> list[SendResult]:
        """Each over a line of its own; one result for each, in their order. On a line that lay idle, a break before the body
        means it was stale: once more on a new one."""
        lines = self._lines(len(mails))
        until = time.monotonic() + self._patience
        for line in lines:
            line.until = until
        try:
            calls = _run([_Call(line, mail) for line, mail in zip(lines, mails, strict=True)])
            stale = {at: _Call(call.line, call.mail) for at, call in enumerate(calls) if _was_stale(call)}
            _run(list(stale.values()))
        finally:
            for line in lines:
                line.until = float("inf")
        return [_told(stale.get(at, call)) for at, call in enumerate(calls)]

    def _lines(self, count: int) -> list[_Line]:
        """So many lines of this thread."""
        own: list[_Line] = self._own.__dict__.setdefault("lines", [])
        own += [_Line(self._server, self._timeout) for _ in range(count - len(own))]
        self._watched.watch(own[:count])
        return own[:count]

    def close(self) -> None:
        self._watched.close()


def _run(calls: list[_Call]) -> list[_Call]:
    going = calls
    while going:
        going = [call for call in going if call.goes_on()]
    return calls


def _was_stale(call: _Call) -> bool:
    return isinstance(call.result, _Broke) and not call.is_fresh and not call.result.in_body


def _told(call: _Call) -> SendResult:
    result = call.result
    if isinstance(result, _Broke):
        return _of_broken(result, call.mail)
    assert result is not None, "every call was run to its end"
    return result


def _of_broken(broke: _Broke, mail: Mail) -> Unsure | RetryLater:
    if broke.in_body:
        return Unsure(f"the line broke after the body ({broke.how}); look for {mail.message_id} before sending again")
    return RetryLater(30.0, f"the mail server could not be reached ({broke.how}); nothing was sent")


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


def _reply(smtp: smtplib.SMTP) -> tuple[int, bytes]:
    """The server's next answer. One on a single line, as nearly all are, costs a third of what smtplib's reader does."""
    file = smtp.file
    held = b"" if file is None else file.peek()
    end = held.find(b"\n")
    if file is None or end < 0 or held[3:4] != b" " or not held[:3].isdigit():
        return smtp.getreply()
    file.readline()
    return int(held[:3]), held[4:end].rstrip()


def _expect(step: Step, answer: tuple[int, bytes], *, wanted: int = 0, hang_up: bool = False) -> None:
    code, words = answer
    if code == wanted or (not wanted and 200 <= code <= 299):
        return
    if code == -1:
        raise smtplib.SMTPServerDisconnected("the answer cannot be read")
    raise _Answered(explain(step, code, _words(words)), hang_up or code in (421, 521))


def _words(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


class _Watched:
    """Every line, and one quiet thread that cuts those whose time is over."""

    def __init__(self, every: float = 0.5) -> None:
        self._every = every
        self._lines: set[_Line] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, lines: Sequence[_Line]) -> None:
        with self._lock:
            self._lines.update(lines)
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._look, name="smtp-patience", daemon=True)
                self._thread.start()

    def close(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, set()
            thread, self._thread = self._thread, None
            self._stop.set()
        if thread is not None:
            thread.join()
        for line in lines:
            line.part()

    def _look(self) -> None:
        while not self._stop.wait(self._every):
            present = time.monotonic()
            with self._lock:
                late = [line for line in self._lines if line.until < present]
            for line in late:
                line.cut()
