"""Pages from the outside, against a real server on loopback: what is allowed, and everything that is not."""

import ipaddress
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from knowledge.fetch import Fetcher, NotFetched, fetch_pages, fetcher_for, is_public

PAGE = b"<html lang=es><body><h1>Ayuda</h1><p>Para cambiar la tarjeta abre tu cuenta.</p></body></html>"


HTML = "text/html; charset=utf-8"
ODD: dict[str, tuple[int, str, dict[str, str]]] = {
    "/moved": (302, HTML, {"Location": "http://127.0.0.1/admin"}),
    "/packed": (200, HTML, {"Content-Encoding": "gzip"}),
    "/binary": (200, "application/octet-stream", {}),
}


@dataclass
class Site:
    """What the server answers by path, and what it was asked."""

    port: int = 0
    body: bytes = PAGE
    asked: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False

    def url(self, path: str) -> str:
        return f"http://localhost:{self.port}{path}"

    def fetcher(self, **limits: float) -> Fetcher:
        hosts = frozenset({f"localhost:{self.port}", f"127.0.0.1:{self.port}"})
        seconds, most = float(limits.get("seconds", 5.0)), int(limits.get("most", 1_000_000))
        return Fetcher(hosts, may_connect=lambda address: address.is_loopback, seconds=seconds, most_bytes=most)


class Server(ThreadingHTTPServer):
    """One site on loopback; `stop` ends what would go on for ever."""

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.site, self.stop = site, threading.Event()


class Handler(BaseHTTPRequestHandler):
    """Answers for the site its server belongs to."""

    server: "Server"

    def do_GET(self) -> None:
        self.server.site.asked.append((self.path, self.headers.get("If-None-Match", "")))
        if self.server.site.down:
            self.send_error(503)
        elif self.path == "/slow":
            self._drip()
        elif self.path in ODD:
            status, kind, more = ODD[self.path]
            self._answer(status, b"x", kind, **more)
        elif self.headers.get("If-None-Match") == '"one"' and self.server.site.body == PAGE:
            self._answer(304, b"", ETag='"one"')
        else:
            self._answer(200, self.server.site.body, ETag='"one"')

    def _answer(self, status: int, body: bytes, kind: str = HTML, **more: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """One byte at a time, for ever: every single wait is short."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        while not self.server.stop.wait(0.05):
            try:
                self.wfile.write(b" ")
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[Site]:
    held = Site()
    server = Server(held)
    held.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield held
    server.stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_is_fetched_kept_and_asked_for_only_if_it_changed(site: Site, tmp_path: Path) -> None:
    urls = {"tutorials/help.es.html": site.url("/help")}
    first = fetch_pages(urls, tmp_path, site.fetcher())
    assert first.files["tutorials/help.es.html"].read_bytes() == PAGE
    again = fetch_pages(urls, tmp_path, site.fetcher())
    assert (again, site.asked) == (first, [("/help", ""), ("/help", '"one"')])
    site.body = PAGE.replace(b"cuenta", b"ficha")
    assert b"ficha" in fetch_pages(urls, tmp_path, site.fetcher()).files["tutorials/help.es.html"].read_bytes()


def test_what_cannot_be_reached_stays_as_it_was(site: Site, tmp_path: Path) -> None:
    urls = {"tutorials/help.es.html": site.url("/help")}
    fetch_pages(urls, tmp_path, site.fetcher())
    site.down = True
    pages = fetch_pages(urls | {"tutorials/new.es.html": site.url("/new")}, tmp_path, site.fetcher())
    assert list(pages.files) == ["tutorials/help.es.html"]
    assert "status 503; check the address. The copy from before is kept." in pages.notes[0]
    assert pages.notes[1].endswith("It is left out.")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/moved", "redirects are not followed"),
        ("/packed", "came packed"),
        ("/binary", "is application/octet-stream"),
    ],
)
def test_what_a_page_may_not_do(site: Site, path: str, why: str) -> None:
    with pytest.raises(NotFetched, match=why):
        site.fetcher().fetch(site.url(path), ".html")


def test_bounds_on_size_and_time(site: Site) -> None:
    site.body = b"x" * 200_000
    with pytest.raises(NotFetched, match="larger than"):
        site.fetcher(most=100_000).fetch(site.url("/big"), ".html")
    with pytest.raises(NotFetched, match="could not be fetched"):
        site.fetcher(seconds=0.4).fetch(site.url("/slow"), ".html")


def test_the_workspace_s_own_fetcher_never_reaches_inside(site: Site) -> None:
    hosts = [f"localhost:{site.port}", f"127.0.0.1:{site.port}", f"2130706433:{site.port}", f"0177.0.0.1:{site.port}"]
    fetcher = fetcher_for([*hosts, f"[::1]:{site.port}", f"::1:{site.port}", f"0x7f.1:{site.port}"])
    for host in ("localhost", "127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "[::1]"):
        with pytest.raises(NotFetched, match=r"inside a private network|not known"):
            fetcher.fetch(f"http://{host}:{site.port}/help", ".html")
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://docs.example/1",
        "ftp://docs.example/x.html",
        "https://elsewhere.example/x.html",
        "https://user:secret@docs.example/x.html",
        "https://docs.example:8443/x.html",
        "https://docs.example.evil.example/x.html",
        "https://docs.example/x\r\nHost: evil.example",
        "https:///x.html",
        "https://docs.example:99999/x.html",
        "//docs.example/x.html",
    ],
)
def test_addresses_that_are_not_asked_at_all(url: str) -> None:
    with pytest.raises(NotFetched):
        fetcher_for(["docs.example"]).fetch(url, ".html")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_inside(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_addresses_outside(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
