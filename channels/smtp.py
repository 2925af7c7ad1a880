"""Lines to one mail server, several side by side in one thread. smtplib opens them (greeting, TLS, log-in); what is said on
them is written here.

Facts: RFC 5321 (commands, replies; §4.5.3.2 timeouts), RFC 2920 (pipelining; §3.1: the next MAIL may follow a body in the same
write). The commands of a mail are a generator that stops wherever the server has to answer: so a round over several lines
writes to each before it waits for the first, and what a broken line means is known from the command it broke in. Only after
the body may the server have taken the message: so an envelope may be said early (`announce`), while its sender still asks
whether the mail may leave. Without its body it comes to nothing.
"""

import smtplib
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from channels import vendor_words
from channels.contract import Accepted, Refusal, Refused, RetryLater, SendResult, Unsure
from channels.mail import Mail
from channels.mail_server import Server
from channels.render import masked


class Step(StrEnum):
    """Where in a transaction the server answered."""

    OPEN = "open"  # connection, greeting, TLS, log-in
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    BODY = "body"  # DATA and after the final dot


def explain(step: Step, code: int, words: str) -> Refused | RetryLater:
    """A server's no, in ours. Codes of the 5xx class are for good, all others are for now."""
    return vendor_words.smtp(step, code, words, masked(f"{code} {words}"))


class _Answered(Exception):
    """The server said no; private to this file."""

    def __init__(self, result: Refused | RetryLater, hang_up: bool) -> None:
        super().__init__(result)
        self.result = result
        self.hang_up = hang_up


_Answer = tuple[int, bytes]
"""Code and words."""


class _Line:
    """One line, open or not, and the moment its present work must be over (monotonic seconds; infinite when idle)."""

    def __init__(self, server: Server, timeout: float) -> None:
        self.until = float("inf")
        self.pipelines = False
        self.takes_utf8 = False
        self.announced = b""
        self._server = server
        self._timeout = timeout
        self._smtp: smtplib.SMTP | None = None
        self._heard = deque[bytes]()  # lines, and behind them the beginning of one
        self._begun = b""

    @property
    def is_open(self) -> bool:
        return self._smtp is not None and self._smtp.sock is not None

    def open(self) -> None:
        """Connect and log in, unless it is open."""
        if self.is_open:
            return
        self._smtp, self.announced = _new_client(self._server, self._timeout), b""
        self._heard.clear()
        self._begun = b""
        _connect(self._smtp, self._server)
        if self._server.tls == "none" and self._smtp.sock is not None:
            _let_system_wait(self._smtp.sock, self._timeout)
        self.pipelines, self.takes_utf8 = self._smtp.has_extn("pipelining"), self._smtp.has_extn("smtputf8")

    def check_time(self) -> None:
        """Raises SMTPServerDisconnected when the time of its present work is over: we may have stood still meanwhile, and
        others have taken over what we had in hand."""
        if time.monotonic() > self.until:
            raise smtplib.SMTPServerDisconnected("its time is over")

    def announce(self, envelope: bytes) -> None:
        """Say for whom the next mail is, unless the line is no longer good: that is found out when the mail comes."""
        try:
            self.say(envelope)
            self.announced = envelope
        except OSError:
            self.close()

    def say(self, words: bytes) -> None:
        try:
            self._socket().sendall(words)
        except BlockingIOError as error:
            raise TimeoutError("the server reads nothing") from error

    def answer(self) -> _Answer:
        """The server's next answer. Raises SMTPServerDisconnected where there is none, or none that can be read."""
        code, words, is_last = _parsed(self._read())
        lines = 1
        while not is_last and lines < _MOST_LINES:
            code, more, is_last = _parsed(self._read())
            words += b"\n" + more
            lines += 1
        if code < 0 or not is_last:
            raise smtplib.SMTPServerDisconnected("the answer cannot be read")
        return code, words

    def _read(self) -> bytes:
        while not self._heard:
            more = self._more() if len(self._begun) < _CHUNK else b""
            if not more:
                raise smtplib.SMTPServerDisconnected("the line was closed")
            *whole, self._begun = (self._begun + more).split(b"\n")
            self._heard.extend(whole)
        return self._heard.popleft()

    def _more(self) -> bytes:
        try:
            return self._socket().recv(_CHUNK)
        except BlockingIOError as error:
            raise TimeoutError("the server says nothing") from error

    def _socket(self) -> socket.socket:
        found: socket.socket | None = self._smtp.sock if self._smtp is not None else None
        if found is None:
            raise smtplib.SMTPServerDisconnected("the line is not open")
        return found

    def cut(self) -> None:
        """End whatever blocks on it, from another thread."""
        with suppress(OSError):
            self._socket().shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Forget the mail that was refused; close the line if that fails, or if a next one is announced on it."""
        if self.announced:
            self.close()
            return
        try:
            self.say(b"RSET\r\n")
            self.answer()
        except OSError:
            self.close()

    def close(self) -> None:
        self.announced = b""
        if self._smtp is not None:
            self._smtp.close()

    def part(self) -> None:
        """Take leave of an idle line, cut one that is at work."""
        if self.until < float("inf"):
            self.cut()
            return
        hears_commands = self.is_open and not self.announced  # else it waits for a body
        if self._smtp is not None and hears_commands:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self.close()


@lru_cache(maxsize=64)
def _parsed(line: bytes) -> tuple[int, bytes, bool]:
    """Code (-1 where there is none), words, and whether the answer ends here. What a server says to an envelope is always the
    same."""
    code = line[:3]
    return int(code) if code.isdigit() else -1, line[4:].rstrip(), line[3:4] != b"-"


_CHUNK = 8192
"""Bytes read at once, and the longest line of an answer."""
_MOST_LINES = 100


@dataclass(frozen=True)
class _Broke:
    in_body: bool
    how: str


class _Call:
    """One mail on its way over one line. `at` is the step it is in, `after` the envelope of the mail that comes next there."""

    def __init__(self, line: _Line, mail: Mail, after: bytes = b"") -> None:
        self.line = line
        self.after = after
        self.mail = mail
        self.is_fresh = not line.is_open
        self.at = Step.OPEN
        self.result: SendResult | _Broke | None = None
        self._steps = self._spoken()

    def goes_on(self) -> bool:
        """One step further: read what the server answered, say what comes next. False once the result is there."""
        try:
            self.result = next(self._steps)
        except _Answered as no:
            self.result = no.result
            if no.hang_up:
                self.line.close()
            else:
                self.line.reset()
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

    def _spoken(self) -> Iterator[Accepted | None]:
        """None wherever the server has to answer."""
        line, mail = self.line, self.mail
        line.open()
        self.at = Step.SENDER
        options = "" if mail.recipient.isascii() else " SMTPUTF8"
        if options and not line.takes_utf8:
            raise _Answered(Refused(Refusal.UNSUPPORTED, "the mail server takes only ASCII addresses"), hang_up=False)
        envelope = line.announced or _envelope(mail.sender, mail.recipient, options)
        wire = yield from self._all_at_once(envelope) if line.pipelines else self._one_by_one(envelope)
        line.check_time()
        self.at = Step.BODY
        line.say(wire + self.after if line.pipelines else wire)
        line.announced = self.after if line.pipelines else b""
        yield None
        _expect(Step.BODY, line.answer())
        yield Accepted(mail.message_id)

    def _one_by_one(self, envelope: bytes) -> Generator[None, None, bytes]:
        """A line that breaks before the body means that nothing was taken: `at` is still before it. Gives what comes next: the
        mail, written out."""
        for (step, wanted), command in zip(_ENVELOPE, envelope.splitlines(keepends=True), strict=True):
            self.at = step if step is not Step.BODY else Step.RECIPIENT
            self.line.say(command)
            yield None
            _expect(step, self.line.answer(), wanted=wanted)
        return self.mail.wire

    def _all_at_once(self, envelope: bytes) -> Generator[None, None, bytes]:
        """The same with all three in one go, one wait instead of three; none where they were said early. Every answer is read;
        the first no counts. A server that says no and yet waits for a body is left: whatever we sent now would be a mail to
        nobody."""
        line, self.at = self.line, Step.RECIPIENT
        was_announced, line.announced = bool(line.announced), b""
        if not was_announced:
            line.say(envelope)
        wire = self.mail.wire  # meanwhile the server reads the envelope
        if not was_announced:
            yield None
        answers = [line.answer() for _ in _ENVELOPE]
        waiting = answers[-1][0] == 354
        for (step, wanted), answer in zip(_ENVELOPE, answers, strict=True):
            _expect(step, answer, wanted=wanted, hang_up=waiting)
        return wire


@lru_cache(maxsize=1024)
def _envelope(sender: str, recipient: str, options: str = "") -> bytes:
    return f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()


def _early(sender: str, recipients: Sequence[str]) -> list[bytes]:
    """The envelopes that any server takes."""
    return [_envelope(sender, recipient) for recipient in recipients if recipient.isascii()]


_ENVELOPE = ((Step.SENDER, 0), (Step.RECIPIENT, 0), (Step.BODY, 354))
"""The steps before the body, and the code each waits for: 0 for any yes."""


class Lines:
    """Lines to one server, kept open for each thread that sends. `timeout` bounds one wait on a line, `patience` everything
    that is under way at once; both in seconds."""

    def __init__(self, server: Server, timeout: float, patience: float) -> None:
        self._server = server
        self._timeout = timeout
        self._patience = patience
        self._own = threading.local()
        self._watched = _Watched()

    def announce(self, sender: str, recipients: Sequence[str]) -> None:
        """Say now, on lines that are open, for whom the next mails of this thread are: so the server has read that by the time
        they come. A line whose mail does not come is given up: it waits for a body."""
        lines, envelopes = self._own_lines(), _early(sender, recipients)
        for line in lines:
            if line.announced and line.announced not in envelopes:
                line.close()
        said = {line.announced for line in lines}
        ready = (line for line in lines if line.is_open and line.pipelines and not line.announced)
        for envelope, line in zip((one for one in envelopes if one not in said), ready, strict=False):
            line.announce(envelope)

    def hand_in(self, mails: Sequence[Mail], upcoming: Sequence[str] = ()) -> list[SendResult]:
        """Each over a line of its own; one result for each, in their order. On a line that lay idle, a break before the body
        means it was stale: once more on a new one. The envelopes of mails to `upcoming` go out behind these, as `announce`
        says them, in one write with them."""
        lines = self._lines(mails)
        until = time.monotonic() + self._patience
        for line in lines:
            line.until = until
        try:
            after = _early(mails[0].sender, upcoming) if mails else []
            after += [b""] * (len(mails) - len(after))
            calls = _run([_Call(*one) for one in zip(lines, mails, after[: len(mails)], strict=True)])
            stale = {at: _Call(call.line, call.mail) for at, call in enumerate(calls) if _was_stale(call)}
            _run(list(stale.values()))
        finally:
            for line in lines:
                line.until = float("inf")
        return [_told(stale.get(at, call)) for at, call in enumerate(calls)]

    def _lines(self, mails: Sequence[Mail]) -> list[_Line]:
        """A line of this thread for each: the one that announced it, if one did. What else was announced is given up."""
        own = self._own_lines(len(mails))
        waiting = {line.announced: line for line in own if line.announced}
        found = [waiting.pop(_envelope(mail.sender, mail.recipient), None) for mail in mails]
        taken = {id(line) for line in found if line is not None}
        others = [line for line in own if id(line) not in taken]
        for line in others:
            if line.announced:
                line.close()
        rest = iter(others)
        return [line or next(rest) for line in found]

    def _own_lines(self, least: int = 0) -> list[_Line]:
        """The lines of this thread, at least so many."""
        own: list[_Line] = self._own.__dict__.setdefault("lines", [])
        if len(own) < least:
            own += [_Line(self._server, self._timeout) for _ in range(least - len(own))]
            self._watched.watch(own)
        return own

    def close(self) -> None:
        self._watched.close()


def _run(calls: list[_Call]) -> list[_Call]:
    """Each to its end, begun in their order. A new one begins whenever one that is under way goes a step further: so the server
    is busy from the first few lines on. Whether it took a mail is asked once every body has left: else a server that thinks
    over each mail for a while would be waited for twice."""
    rest, going, left = deque(calls), deque[_Call](), deque[_Call]()
    while rest or going:
        if len(going) >= _AHEAD or not rest:
            _step(going, going, left)
        if rest:
            _step(rest, going, left)
    for call in left:
        call.goes_on()
    return calls


def _step(calls: deque[_Call], going: deque[_Call], left: deque[_Call]) -> None:
    call = calls.popleft()
    if call.goes_on():
        (left if call.at is Step.BODY else going).append(call)


_AHEAD = 4
"""Lines that are written to before the first is waited for."""


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
    if smtp.sock is not None:  # else the end of a mail waits until the server has acknowledged its beginning
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if server.tls == "starttls":
        _expect(Step.OPEN, smtp.starttls(context=ssl.create_default_context()), hang_up=True)
    smtp.ehlo_or_helo_if_needed()
    if server.user:
        smtp.login(server.user, server.password)


def _let_system_wait(sock: socket.socket, seconds: float) -> None:
    """Let reads and writes wait so long by themselves: for a socket with a time of Python's own each of them asks first whether
    it may go ahead, which is one call more of the system."""
    whole, rest = divmod(seconds, 1)
    limit = struct.pack("ll", int(whole), int(rest * 1_000_000))
    for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, way, limit)
    sock.settimeout(None)


def _expect(step: Step, answer: _Answer, *, wanted: int = 0, hang_up: bool = False) -> None:
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
