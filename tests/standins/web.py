"""A small HTTP server on loopback that stand-ins share: it parses a call, asks `answer` and writes what that returned."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Call:
    """One request: `path` as it came; `fields` of a JSON or form body."""

    path: str
    headers: Mapping[str, str]
    fields: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """`status` 0 means: close the line without a word."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class LoopbackServer(ThreadingHTTPServer):
    """On a free port of 127.0.0.1. Lines stay open between two calls, as a vendor's do, until `end` cuts them; and as many may
    ring at once as a worker has connections: with the library's five, the others waited a second."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._lines: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._lines.discard(request)
        super().shutdown_request(request)

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        for line in tuple(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class WebServer:
    """Serves from construction until `close`, on a free port of 127.0.0.1."""

    def __init__(self, answer: Callable[[Call], Answer]) -> None:
        self._server = LoopbackServer(_handler(answer))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.end()
        self._thread.join()

    def __enter__(self) -> "WebServer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _handler(answer: Callable[[Call], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else every answer waits 40 ms for the client's acknowledgement

        def do_POST(self) -> None:
            self._reply(answer(Call(self.path, dict(self.headers.items()), self._fields())))

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def _fields(self) -> dict[str, Any]:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if self.headers.get_content_type() == "application/json":
                parsed = json.loads(body or "{}")
                return parsed if isinstance(parsed, dict) else {}
            return dict(parse_qsl(body, keep_blank_values=True))

        def _reply(self, reply: Answer) -> None:
            if not reply.status:
                self.close_connection = True
                return
            with contextlib.suppress(ConnectionError):  # the caller may have gone, as one does who stops polling
                self._write(reply)

        def _write(self, reply: Answer) -> None:
            body = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
