"""A mail server that takes everything and keeps nothing: `python -m bench.sink` prints its port and ends with its input.
With a number of seconds behind it, it takes so long over each message.

It runs in a process of its own, so that it does not share the interpreter lock of what is measured.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10000000\r\n",
    b"HELO": b"250 sink\r\n",
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"NOOP": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_END = b"\r\n.\r\n"


Take = Callable[[str, bytes], None]
"""Told of each mail before it is answered: its recipient, its bytes."""


class Line(asyncio.Protocol):
    """One connection: commands are answered, a body is swallowed up to its final dot, and answered after `delay` seconds. What
    was said behind it meanwhile is answered after it."""

    def __init__(self, take: Take = lambda _recipient, _body: None, delay: float = 0.0) -> None:
        self._take = take
        self._delay = delay
        self._recipient = ""
        self._held = b""
        self._in_body = False
        self._is_slow = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out = cast(asyncio.Transport, transport)
        self._out.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._held += data
        self._go_on()

    def _go_on(self) -> None:
        while not self._is_slow and self._step():
            pass

    def _step(self) -> bool:
        end = _END if self._in_body else b"\r\n"
        found, mark, rest = self._held.partition(end)
        if not mark:
            return False
        self._held = rest
        if self._in_body:
            self._in_body = False
            self._take(self._recipient, found)
            self._answer(b"250 2.0.0 taken\r\n")
        else:
            self._command(found[:4].upper(), found)
        return True

    def _answer(self, words: bytes) -> None:
        if self._delay:
            self._is_slow = True
            asyncio.get_running_loop().call_later(self._delay, self._answer_late, words)
        else:
            self._out.write(words)

    def _answer_late(self, words: bytes) -> None:
        self._is_slow = False
        self._out.write(words)
        self._go_on()

    def _command(self, word: bytes, line: bytes) -> None:
        if word == b"RCPT":
            self._recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        self._in_body = word == b"DATA"
        self._out.write(_ANSWERS.get(word, b"500 5.5.1 unknown\r\n"))
        if word == b"QUIT":
            self._out.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    server = await loop.create_server(lambda: Line(delay=delay), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


@contextmanager
def sink(delay: float = 0.0) -> Iterator[int]:
    """A sink in its own process, on a free port of loopback; gone when the block ends, or this process does."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "bench.sink", str(delay)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10)


@contextmanager
def postfix_sink() -> Iterator[tuple[int, str]]:
    """Postfix's `smtp-sink` where it is installed, else ours: its port, and which it is."""
    path = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/local/sbin")
    if path is None:
        with sink() as port:
            yield port, "our own sink (Postfix's smtp-sink is not installed)"
        return
    port = _free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([path, *user, f"127.0.0.1:{port}", "100"]) as process:
        try:
            _wait_for(port)
            yield port, "Postfix's smtp-sink"
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)  # it does not say when it listens
    raise RuntimeError("smtp-sink did not begin to listen within five seconds")


if __name__ == "__main__":
    asyncio.run(_serve())
