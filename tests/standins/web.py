"""A small HTTP server on loopback that stand-ins share: it parses a call, asks `answer` and writes what that returned."""

import contextlib
import json
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


class WebServer:
    """Serves from construction until `close`, on a free port of 127.0.0.1."""

    def __init__(self, answer: Callable[[Call], Answer]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "WebServer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _handler(answer: Callable[[Call], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

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
            self.close_connection = True
            if not reply.status:
                return
            with contextlib.suppress(ConnectionError):  # the caller may have gone, as one does who stops polling
                self._write(reply)

        def _write(self, reply: Answer) -> None:
            body = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", "Connection": "close", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
