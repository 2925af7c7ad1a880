"""A mail server that allows so many mails a second, in all and to one domain, and refuses more: 421 or 450, as servers do.

It answers at once and keeps only counts, so that it is never what limits a proof.
"""

import asyncio
import threading
from collections import Counter
from typing import cast

from tests.standins.rates import Meter

_HELLO = b"250-standin\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 10000000\r\n"


class MeteredSmtp:
    """Serves from construction until `close`, on a free port of 127.0.0.1."""

    def __init__(self, server: Meter, domain: Meter) -> None:
        self.taken: Counter[str] = Counter()
        self.refused = 0
        self.server, self.domain = server, domain
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = self._loop.create_server(lambda: _Line(self), "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.url = f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}?tls=none"

    def refusal_of(self, recipient: str) -> bytes:
        """Why this mail may not come now, or empty."""
        if self.server.take():
            return b"421 4.3.2 too fast for this server\r\n"
        if self.domain.take(recipient.rpartition("@")[2]):
            return b"450 4.7.28 too fast for this domain\r\n"
        return b""

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Line(asyncio.Protocol):
    def __init__(self, owner: MeteredSmtp) -> None:
        self._owner = owner
        self._held = b""
        self._in_body = False
        self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out = cast(asyncio.Transport, transport)
        self._out.write(b"220 standin\r\n")

    def data_received(self, data: bytes) -> None:
        self._held += data
        while self._step():
            pass

    def _step(self) -> bool:
        found, mark, rest = self._held.partition(b"\r\n.\r\n" if self._in_body else b"\r\n")
        if not mark:
            return False
        self._held = rest
        if self._in_body:
            self._in_body = False
            self._owner.taken[_message_id(found)] += 1
            self._out.write(b"250 2.0.0 taken\r\n")
        else:
            self._out.write(self._answer(found))
        return True

    def _answer(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word == b"EHLO":
            return _HELLO
        if word == b"RCPT":
            return self._recipient_named(line)
        self._in_body = word == b"DATA"
        if word == b"QUIT":
            self._out.close()
        return b"354 go on\r\n" if self._in_body else b"250 2.0.0 ok\r\n"

    def _recipient_named(self, line: bytes) -> bytes:
        self._recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        refusal = self._owner.refusal_of(self._recipient)
        self._owner.refused += bool(refusal)
        return refusal or b"250 2.1.5 ok\r\n"


def _message_id(raw: bytes) -> str:
    """What tells one mail from another: a person may get several."""
    return raw.lower().partition(b"\nmessage-id:")[2].partition(b"\r\n")[0].strip().decode()
