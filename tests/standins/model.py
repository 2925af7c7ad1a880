"""A language model on loopback that speaks OpenAI's chat and embeddings over real HTTP, and misbehaves on demand.

It reads what it was shown as a model would, so that what it says wrongly is nearly right.
"""

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from knowledge.text import sentence_spans

DIMENSIONS = 48


@dataclass(frozen=True)
class Shown:
    """One request for words: our rules, and the parts of the material by name."""

    rules: str
    parts: dict[str, str]
    body: str

    @property
    def passages(self) -> list[str]:
        """The numbered passages, in order."""
        pieces = re.split(r"(?:^|\n\n)\[\d+\] ", self.parts.get("passages", ""))
        return [piece for piece in pieces if piece]

    def sentences(self, number: int = 1) -> list[str]:
        """The sentences of one passage."""
        text = self.passages[number - 1]
        return [text[start:end] for start, end in sentence_spans(text)]

    @property
    def faithful(self) -> str:
        """Every sentence of the first passage, cited."""
        return " ".join(f"{sentence} [1]" for sentence in self.sentences())


class Line:
    """The open line of one request."""

    def __init__(self, handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        self._handler, self.closing = handler, closing

    def head(self, status: int = 200, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Connection": "close", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def send(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.head(status, Content_Length=str(len(data)), **headers)
        self.write(data)


Manner = Callable[[Line, Shown], None]
Embedder = Callable[[list[str]], list[list[float]]]


def completion(text: str | None, **extra: Any) -> bytes:
    """One answer as OpenAI's servers write it."""
    message = {"role": "assistant", "content": text, **extra}
    answer = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 90, "total_tokens": 990},
    }
    return json.dumps(answer).encode()


def says(word: Callable[[Shown], str]) -> Manner:
    """Answers properly, with this text."""
    return lambda line, shown: line.send(completion(word(shown)))


def hashed(texts: list[str]) -> list[list[float]]:
    """A vector a text: its words and their beginnings, hashed into a few places. Alike texts are near one another."""
    rows = []
    for text in texts:
        row = [0.0] * DIMENSIONS
        for word in re.findall(r"\w+", text.casefold()):
            for part in (word, word[:4]):
                row[int(hashlib.sha256(part.encode()).hexdigest(), 16) % DIMENSIONS] += 1.0
        rows.append(row)
    return rows


class ModelServer:
    """Serves until `close`. `manner` is how it answers; `shown` is everything it was asked, `heads` the key of each
    request, `hits` their number; `errors` are the test's own."""

    def __init__(self, manner: Manner, embed: Embedder = hashed) -> None:
        self.manner, self.embed = manner, embed
        self.shown: list[Shown] = []
        self.embedded: list[list[str]] = []
        self.errors: list[Exception] = []
        self.heads: list[str] = []
        self.hits = 0
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "ModelServer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def answer(self, path: str, fields: dict[str, Any], line: Line) -> None:
        self.hits += 1
        if path.endswith("/embeddings"):
            self._embed(fields, line)
            return
        shown = _read(fields)
        self.shown.append(shown)
        try:
            self.manner(line, shown)
        except ConnectionError:
            raise
        except Exception as error:  # a test that misread what was shown must not pass as a broken model
            self.errors.append(error)

    def _embed(self, fields: dict[str, Any], line: Line) -> None:
        texts = list(fields["input"])
        self.embedded.append(texts)
        data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(self.embed(texts))]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        line.send(json.dumps({"object": "list", "data": data, "model": "stand-in", "usage": usage}).encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.close_connection = True
                server.heads.append(self.headers["Authorization"])
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with contextlib.suppress(ConnectionError):  # who asked may have given up, as one must
                    server.answer(self.path, json.loads(body), Line(self, server._closing))

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler


def _read(fields: dict[str, Any]) -> Shown:
    rules, material = (str(message["content"]) for message in fields["messages"])
    parts = re.findall(r"<([0-9a-z]+) ([a-z ]+)>\n(.*?)\n</\1 \2>", material, re.DOTALL)
    return Shown(rules, {name: text for _, name, text in parts}, json.dumps(fields, ensure_ascii=False))
