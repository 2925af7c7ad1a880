"""A mailbox on loopback: pymap's IMAP server with its store in memory. Mails are put in and looked at as any program would."""

import asyncio
import imaplib
import re
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pysasl.hashing import BuiltinHash

from tests.servers import free_port

USER, PASSWORD = "hola@farolito.example", "a:p@ss/word"
_QUOTED = "hola%40farolito.example:a%3Ap%40ss%2Fword"


class ImapStandIn:
    """Start it, `put` mails, give `url` to the adapter. Without `idle` it does not offer IDLE."""

    def __init__(self, *, idle: bool = True) -> None:
        self.port = free_port()
        self.logins = 0
        self._idle = idle
        self._loop = asyncio.new_event_loop()
        self._writers: list[asyncio.StreamWriter] = []
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self) -> str:
        return f"imap://{_QUOTED}@127.0.0.1:{self.port}/INBOX?tls=none"

    def put(self, raw: bytes) -> None:
        with self._box() as box:
            status, answer = box.append("INBOX", "", None, raw)
            assert status == "OK", answer

    def flags(self) -> list[frozenset[str]]:
        """The flags of every mail in its order, without those of the session."""
        with self._box() as box:
            _, lines = box.uid("FETCH", "1:*", "(FLAGS)")
            found = [re.search(rb"FLAGS \(([^)]*)\)", line) for line in lines if isinstance(line, bytes)]
            return [frozenset(one[1].decode().split()) - {r"\Recent"} for one in found if one]

    def mark(self, number: int, flag: str, *, on: bool) -> None:
        with self._box() as box:
            box.store(str(number), "+FLAGS" if on else "-FLAGS", f"({flag})")

    def drop_lines(self) -> None:
        """Breaks every open connection."""

        def drop() -> None:
            for writer in self._writers:
                writer.transport.abort()

        self._loop.call_soon_threadsafe(drop)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    @contextmanager
    def _box(self) -> Iterator[imaplib.IMAP4]:
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        box.login(USER, PASSWORD)
        box.select("INBOX")
        yield box
        box.logout()

    async def _serve(self) -> None:
        args = Namespace(
            host="127.0.0.1",
            port=self.port,
            debug=False,
            cert=None,
            key=None,
            tls=False,
            proxy_protocol=None,
            passlib_cfg=None,
            demo_data=False,
            demo_user=USER,
            demo_password=PASSWORD,
        )
        backend, config = await DictBackend.init(
            args, disable_idle=not self._idle, invalid_user_sleep=0.0, hash_context=BuiltinHash(rounds=1)
        )
        config.apply_context()
        answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))

        async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.logins += 1
            self._writers.append(writer)
            await answer(reader, writer)

        async with AsyncExitStack() as stack:
            await backend.start(stack)
            server = await asyncio.start_server(taken, "127.0.0.1", self.port)
            self._ready.set()
            await self._stop.wait()
            server.close()
        for writer in self._writers:
            writer.transport.abort()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*rest, return_exceptions=True)
