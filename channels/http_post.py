"""Calls over HTTP whose lines stay open, from one event loop. The only file that knows aiohttp.

One call over kept lines costs 0.4 ms of the processor here, and 1.8 ms with httpx, which looks at every line of its pool before
and after each call (measured against a server on loopback, eight calls at a time).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import ClientSession


class NotSent(Exception):
    """No line came about, so nothing was written."""


class BrokenLine(Exception):
    """The line broke or fell silent; the other side may have taken the call."""


class Poster:
    """At most `lines` calls at once, further ones wait. `timeout`: seconds for a line to come about, waiting included.

    No error of it names the address, which may hold a secret.
    """

    def __init__(self, lines: int, timeout: float) -> None:
        self._lines = lines
        self._timeout = timeout
        self._session: ClientSession | None = None

    async def call(self, method: str, url: str, form: Mapping[str, str], silence: float) -> tuple[int, bytes]:
        """Status and body of the answer. `silence`: for how many seconds nothing may come. Never repeated, and no redirect is
        followed. Raises NotSent or BrokenLine."""
        from aiohttp import (
            ClientConnectorError,
            ClientError,
            ClientHttpProxyError,
            ClientTimeout,
            ConnectionTimeoutError,
        )

        limits = ClientTimeout(total=None, connect=self._timeout, sock_read=silence)
        try:
            async with self._open().request(
                method, url, data=form or None, timeout=limits, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except (ClientConnectorError, ClientHttpProxyError, ConnectionTimeoutError) as error:
            raise NotSent(type(error).__name__) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise BrokenLine(type(error).__name__) from None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> "ClientSession":
        """On the loop that calls: it is the one its lines belong to."""
        from aiohttp import ClientSession, DummyCookieJar, TCPConnector

        if self._session is None:
            connector = TCPConnector(limit=self._lines)
            self._session = ClientSession(connector=connector, cookie_jar=DummyCookieJar(), trust_env=True)
        return self._session
