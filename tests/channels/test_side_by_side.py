"""Mails over several lines at once, one of which breaks in each step: the others arrive, and each answer is its own row's."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

import pytest

from bench.sink import Line
from channels.contract import Accepted, Outgoing, Refusal, Refused, RetryLater, Unsure
from channels.courier import Courier
from channels.email import Email
from channels.mail import message_id
from channels.pacer import Pacer
from records.clock import ManualClock
from records.content import MailMessage
from records.database import Database
from records.hours import Window
from records.store import messages
from records.types import ChannelName, MessageState
from tests.ledger.people import address_of, plan_batch
from tests.servers import free_port

LINES = 8
SECRET = "of the workspace"
STEPS = ("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "TAKEN")


class _Breaking(Line):
    """A line that breaks off, the first time it comes to a step: before it answers there."""

    def __init__(self, server: "_Server") -> None:
        super().__init__(server.take)
        self._breaks_at = server.breaks_at if next(server.numbers) == server.broken else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._breaks_at == "GREETING":
            transport.close()
        else:
            super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._breaks_at == "BODY" and self._in_body:
            self._out.abort()
        elif not self._out.is_closing():
            super().data_received(data)

    def _command(self, word: bytes, line: bytes) -> None:
        if word.decode() == self._breaks_at:
            self._out.abort()
        else:
            super()._command(word, line)

    def _answer(self, words: bytes) -> None:
        if self._breaks_at == "TAKEN":
            self._out.abort()
        else:
            super()._answer(words)


class _Thoughtful(Line):
    """Says whether it took a mail only when a body has come over every line."""

    def __init__(self, server: "_Server") -> None:
        super().__init__(server.take)
        self._server = server

    def _command(self, word: bytes, line: bytes) -> None:
        if word == b"EHLO" and not self._server.pipelines:
            self._out.write(b"250 sink\r\n")
        else:
            super()._command(word, line)

    def _answer(self, words: bytes) -> None:
        waiting = self._server.waiting
        waiting.append(self._out)
        if len(waiting) == LINES:
            for line in waiting:
                line.write(words)
            waiting.clear()


class _Expecting(Line):
    """Hears several commands at once. Refuses whom its server refuses, and hangs up on whom it hangs up on, at RCPT."""

    def __init__(self, server: "_Server") -> None:
        super().__init__(server.take)
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._server.opened += 1

    def _command(self, word: bytes, line: bytes) -> None:
        super()._command(word, line)
        if word == b"DATA":
            self._server.expected.release()

    def _step(self) -> bool:
        if not self._in_body and self._held[:4] == b"RCPT":
            recipient = self._held.partition(b"<")[2].partition(b">")[0].decode()
            if recipient in self._server.hangs_up_on:
                self._server.hangs_up_on.remove(recipient)
                self._out.abort()
                return False
            if recipient in self._server.refused:
                self._held = self._held.partition(b"DATA\r\n")[2]
                self._out.write(b"550 5.1.1 nobody here\r\n503 5.5.1 no recipient\r\n")
                self._server.expected.release()
                return True
        return super()._step()

    def _answer(self, words: bytes) -> None:
        super()._answer(b"552 5.2.2 full\r\n" if self._recipient in self._server.full else words)


class _Server:
    """The `broken`th line it opens breaks at a step; all others work. `log`: who got a mail."""

    def __init__(
        self, broken: int, breaks_at: str, line: "type[_Breaking | _Thoughtful | _Expecting]" = _Breaking
    ) -> None:
        self.broken, self.breaks_at, self._line = broken, breaks_at, line
        self.pipelines = False
        self.waiting: list[asyncio.Transport] = []
        self.refused: frozenset[str] = frozenset()
        self.full: frozenset[str] = frozenset()
        self.hangs_up_on: list[str] = []
        self.opened = 0
        self.expected = threading.Semaphore(0)
        """Counts the envelopes that were read."""
        self.numbers = count()
        self.log: list[str] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    def take(self, recipient: str, _body: bytes) -> None:
        self.log.append(recipient)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: self._line(self), "127.0.0.1", 0)
        self.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?tls=none"
        self._ready.set()
        await self._end.wait()
        server.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()


@contextmanager
def _server(broken: int, breaks_at: str, now: datetime) -> Iterator[tuple[_Server, Email]]:
    server = _Server(broken, breaks_at)
    email = Email(server.url, "hola@farolito.example", ManualClock(now), SECRET, timeout=5)
    try:
        yield server, email
    finally:
        email.close()
        server.close()


def _outgoings(round_: int) -> list[Outgoing]:
    mail = MailMessage("Cambio", "Hola", "", "es")
    return [Outgoing(f"key-{round_}-{number}", address_of(number), mail) for number in range(LINES)]


@pytest.mark.parametrize("step", STEPS)
def test_a_line_that_breaks_breaks_alone(step: str, now: datetime) -> None:
    broken = 3
    with _server(broken, step, now) as (server, email):
        first = email.send_all(_outgoings(1))
        second = email.send_all(_outgoings(2))
    for number, result in enumerate(first):
        if number != broken:
            assert result == Accepted(message_id(f"key-1-{number}", "farolito.example", SECRET))
    assert isinstance(first[broken], Unsure if step in ("BODY", "TAKEN") else RetryLater), first[broken]
    assert all(isinstance(result, Accepted) for result in second)
    got_first = {address_of(number) for number in range(LINES) if number != broken or step == "TAKEN"}
    assert sorted(server.log) == sorted([*got_first, *map(address_of, range(LINES))])


def test_where_nobody_answers_every_mail_waits(now: datetime) -> None:
    email = Email(
        f"smtp://127.0.0.1:{free_port()}?tls=none", "hola@farolito.example", ManualClock(now), SECRET, timeout=5
    )
    results = email.send_all(_outgoings(1))
    email.close()
    assert [type(result) for result in results] == [RetryLater] * LINES


@pytest.mark.parametrize("pipelines", [False, True])
def test_no_body_waits_for_what_is_said_of_another(pipelines: bool, now: datetime) -> None:
    server = _Server(-1, "", _Thoughtful)
    server.pipelines = pipelines
    email = Email(server.url, "hola@farolito.example", ManualClock(now), SECRET, timeout=2)
    results = email.send_all(_outgoings(1))
    email.close()
    server.close()
    assert [type(result) for result in results] == [Accepted] * LINES


@contextmanager
def _expecting(now: datetime) -> Iterator[tuple[_Server, Email]]:
    server = _Server(-1, "", _Expecting)
    email = Email(server.url, "hola@farolito.example", ManualClock(now), SECRET, timeout=5)
    try:
        assert {type(result) for result in email.send_all(_outgoings(1))} == {Accepted}
        _all_read(server, LINES)
        server.log.clear()
        yield server, email
    finally:
        email.close()
        server.close()


def _all_read(server: _Server, envelopes: int) -> None:
    for _ in range(envelopes):
        assert server.expected.acquire(timeout=5)


def test_an_envelope_said_early_is_not_said_again(now: datetime) -> None:
    with _expecting(now) as (server, email):
        email.announce([one.address for one in _outgoings(2)])
        _all_read(server, LINES)  # before anything is sent
        assert server.log == []
        results = email.send_all(_outgoings(2))
        assert {type(result) for result in results} == {Accepted}
        assert not server.expected.acquire(blocking=False)
        assert sorted(server.log) == sorted(map(address_of, range(LINES)))
        assert server.opened == LINES


def test_who_was_announced_and_may_not_hear_hears_nothing(now: datetime) -> None:
    with _expecting(now) as (server, email):
        email.announce([one.address for one in _outgoings(2)])
        _all_read(server, LINES)
        leaving = _outgoings(2)[3:] + _outgoings(2)[:2]
        assert {type(result) for result in email.send_all(leaving)} == {Accepted}
        assert sorted(server.log) == sorted(one.address for one in leaving)
        email.announce([address_of(2)])
        email.announce([address_of(4)])
        assert {type(result) for result in email.send_all(_outgoings(3))} == {Accepted}
        assert sorted(server.log) == sorted([one.address for one in leaving] + [address_of(at) for at in range(LINES)])


def test_what_is_said_to_an_early_envelope_is_about_its_own_mail(now: datetime) -> None:
    with _expecting(now) as (server, email):
        server.refused, server.hangs_up_on = frozenset({address_of(1)}), [address_of(6)]
        email.announce([one.address for one in _outgoings(2)])
        _all_read(server, LINES - 1)
        results = email.send_all(_outgoings(2))
        assert [at for at, result in enumerate(results) if not isinstance(result, Accepted)] == [1]
        assert isinstance(results[1], Refused)
        assert results[1].reason is Refusal.BAD_ADDRESS
        assert sorted(server.log) == sorted(address_of(at) for at in range(LINES) if at != 1)


def test_the_next_envelopes_go_out_with_the_bodies(now: datetime) -> None:
    with _expecting(now) as (server, email):
        upcoming = [one.address for one in _outgoings(3)]
        assert {type(result) for result in email.send_all(_outgoings(2), upcoming)} == {Accepted}
        _all_read(server, 2 * LINES)
        email.announce(upcoming)
        assert {type(result) for result in email.send_all(_outgoings(3))} == {Accepted}
        assert not server.expected.acquire(blocking=False)
        assert sorted(server.log) == sorted(2 * upcoming)
        assert server.opened == LINES


def test_a_refused_body_leaves_no_line_waiting(now: datetime) -> None:
    with _expecting(now) as (server, email):
        server.full = frozenset({address_of(3)})
        results = email.send_all(_outgoings(2), [one.address for one in _outgoings(3)])
        assert [at for at, result in enumerate(results) if not isinstance(result, Accepted)] == [3]
        server.full = frozenset()
        assert {type(result) for result in email.send_all(_outgoings(3))} == {Accepted}
        assert server.opened == LINES + 1


def test_a_line_that_waits_for_a_body_is_left_without_a_word(now: datetime) -> None:
    with _expecting(now) as (server, email):
        email.announce([address_of(1)])
        _all_read(server, 1)
        email.close()
        assert server.log == []


@pytest.mark.parametrize("step", STEPS)
def test_the_ledger_doubts_only_the_row_whose_line_broke(db: Database, step: str, now: datetime) -> None:
    plan_batch(db, 2 * LINES, now)
    clock = ManualClock(now)
    with _server(5, step, now) as (server, email):
        courier = Courier(
            db, {ChannelName.EMAIL: email}, clock, Window.parse("09:00", "20:00"), "w-1", Pacer({}, clock), lines=LINES
        )
        drained = courier.drain_batch("bat_1")
    with db.read() as tx:
        stands = [line.state for line in messages.lines_of(tx, "cam_1")]
    doubted = step in ("BODY", "TAKEN")
    assert stands.pop(5) is (MessageState.UNCERTAIN if doubted else MessageState.PLANNED)
    assert set(stands) == {MessageState.SENT}
    assert (drained.sent, drained.uncertain, drained.deferred) == (15, int(doubted), int(not doubted))
    assert len(server.log) == len(set(server.log)) == 15 + (step == "TAKEN")
