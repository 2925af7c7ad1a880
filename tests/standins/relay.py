"""A network that stops carrying what is said, without breaking a connection: what a cable pulled somewhere in the middle is to
both ends."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum


class Way(Enum):
    """Which of two ends is no longer heard."""

    THERE = "the server hears nothing"
    BACK = "the client hears nothing"


class Relay:
    """Listens on `port` of loopback and carries everything to what `connect` opens and back. What is said while a way is hushed
    is kept, and carried when it is opened again."""

    def __init__(self, connect: Callable[[], socket.socket]) -> None:
        self._connect = connect
        self._open = {way: threading.Event() for way in Way}
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.speak()
        self._spawn(self._accept)

    @property
    def port(self) -> int:
        port: int = self._listening.getsockname()[1]
        return port

    def hush(self, way: Way) -> None:
        self._open[way].clear()

    def speak(self) -> None:
        for way in self._open.values():
            way.set()

    def stop(self) -> None:
        """Break every connection."""
        self.speak()
        for one in (self._listening, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for one in (self._listening, *self._sockets):
            one.close()

    def _spawn(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, name="relay", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = self._connect()
                self._sockets += (client, server)
                self._spawn(self._carry, client, server, self._open[Way.THERE])
                self._spawn(self._carry, server, client, self._open[Way.BACK])

    def _carry(self, source: socket.socket, target: socket.socket, is_open: threading.Event) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                is_open.wait()
                target.sendall(said)
            target.shutdown(socket.SHUT_WR)
