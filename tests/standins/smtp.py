"""A mail server on loopback: aiosmtpd, with refusals by script and the form of a message checked as strict servers do."""

import asyncio
import email
import email.policy
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.servers import free_port


@dataclass(frozen=True)
class Taken:
    """One mail the server took."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def message_id(self) -> str:
        return str(email.message_from_bytes(self.raw.partition(b"\r\n\r\n")[0])["Message-ID"])

    def part(self, subtype: str) -> str:
        found = self.message.get_body((subtype,))
        assert found is not None, f"no {subtype} part"
        return str(found.get_content()).replace("\r\n", "\n")


@dataclass
class Script:
    """What the server does next. Replies are whole lines: `550 5.1.1 no such user`."""

    recipients: dict[str, str] = field(default_factory=dict)  # address -> reply to RCPT
    senders: str = ""  # reply to every MAIL
    bodies: str = ""  # reply after the final dot
    once: str = ""  # reply to the next RCPT only
    drop_after_body: bool = False  # takes the mail, then breaks the line before its 250
    hang_up_at_sender: bool = False  # 421 and the line is closed


# RFC 5322 §3.6: these stand exactly once. §2.1.1: no line over 998. RFC 5321 §2.3.8: no bare CR or LF, RFC 5322 §2.3: no NUL.
_ONCE = ("From", "Date", "Message-ID", "To", "Subject", "MIME-Version", "Content-Type")


def fault_of(raw: bytes) -> str:
    """Why a strict server would not carry this, or empty."""
    lines = raw.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line or b"\0" in line for line in lines):
        return "554 5.6.0 bare line feed, carriage return or NUL"
    if any(len(line) > 998 for line in lines):
        return "554 5.6.0 line over 998"
    if not raw.isascii():
        return "554 5.6.3 eight-bit data without 8BITMIME"
    # By the policy that reads no header's inside: an eighth of the time, the same defects.
    message = email.message_from_bytes(raw)
    wrong = [name for name in _ONCE if len(message.get_all(name, [])) != 1]
    if wrong:
        return f"554 5.6.0 header missing or repeated: {', '.join(wrong)}"
    return "554 5.6.0 broken MIME" if any(part.defects for part in message.walk()) else ""


def _cut(line: Server) -> None:
    if isinstance(line.transport, asyncio.WriteTransport):
        line.transport.abort()


class _Handler:
    def __init__(self, owner: "SmtpStandIn") -> None:
        self.owner = owner

    async def handle_EHLO(  # noqa: N802, RUF100  aiosmtpd's name
        self, server: Server, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        offered = ["250-PIPELINING"] if self.owner.pipelining else []
        return responses[:1] + offered + responses[1:]

    async def handle_MAIL(  # noqa: N802, RUF100  aiosmtpd's name
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.owner.script.hang_up_at_sender:
            self.owner.script.hang_up_at_sender = False
            await server.push("421 4.3.2 shutting down")
            _cut(server)
            return "421 4.3.2 shutting down"
        if self.owner.script.senders:
            return self.owner.script.senders
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # noqa: N802, RUF100  aiosmtpd's name
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        once, self.owner.script.once = self.owner.script.once, ""
        refusal = once or self.owner.script.recipients.get(address, "")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:  # noqa: N802, RUF100
        raw = envelope.content or b""
        assert isinstance(raw, bytes)
        refusal = self.owner.script.bodies or fault_of(raw)
        if refusal:
            return refusal
        with self.owner.lock:
            self.owner.taken.append(Taken(envelope.mail_from or "", envelope.rcpt_tos[0], raw))
            number = len(self.owner.taken)
        if number > self.owner.answered_first:
            await self.owner.let_go.wait()
        if self.owner.script.drop_after_body:
            _cut(server)
        return "250 2.0.0 queued"


class SmtpStandIn:
    """Start it, give its `url` to the adapter, read `taken`. `login` is (user, password) to demand one; with `pipelining` it
    offers RFC 2920."""

    def __init__(self, login: tuple[str, str] | None = None, *, pipelining: bool = False) -> None:
        self.pipelining = pipelining
        self.script = Script()
        self.taken: list[Taken] = []
        self.lock = threading.Lock()
        self.lines: list[Server] = []
        self.answered_first = sys.maxsize
        self.let_go = asyncio.Event()
        self._login = login
        options: Mapping[str, Any] = {"enable_SMTPUTF8": True, "data_size_limit": None}
        if login:
            options = {
                **options,
                "authenticator": self._check_login,
                "auth_required": True,
                "auth_require_tls": False,
            }
        owner = self

        class Keeping(Controller):
            def factory(self) -> Server:
                line: Server = super().factory()  # type: ignore[no-untyped-call]  # half typed
                owner.lines.append(line)
                return line

        self._controller = Keeping(_Handler(self), hostname="127.0.0.1", port=free_port(), **options)
        self._controller.start()

    @property
    def url(self) -> str:
        user = f"{self._login[0]}:{self._login[1]}@" if self._login else ""
        return f"smtp://{user}127.0.0.1:{self._controller.port}?tls=none"

    @property
    def connections(self) -> int:
        """How many were opened by a client that said something."""
        return sum(1 for line in self.lines if line.session is not None and line.session.host_name)

    def hold_after(self, count: int) -> None:
        """Mails past the first `count` are taken and kept without an answer until `release`."""
        self.answered_first = count

    def is_holding(self) -> bool:
        return len(self.taken) > self.answered_first

    def release(self) -> None:
        self.answered_first = sys.maxsize
        self._controller.loop.call_soon_threadsafe(self.let_go.set)

    def drop_lines(self) -> None:
        """Breaks every open connection, as a server that shuts idle ones does."""
        done = threading.Event()

        def drop() -> None:
            for line in self.lines:
                _cut(line)
            done.set()

        self._controller.loop.call_soon_threadsafe(drop)
        assert done.wait(5)

    def _check_login(
        self, server: Server, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    def stop(self) -> None:
        self._controller.stop()
