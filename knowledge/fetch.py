"""Pages fetched from addresses that were allowed, and from nowhere else.

https or http only; the host must be on the list; its name is resolved once and the connection goes to that very address, which
must be a public one; no redirect is followed; size and time are bounded. What was fetched before is asked for again only if it
changed, and stays when the page cannot be reached.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from knowledge.bounds import MOST_BYTES
from knowledge.passages import KnowledgeError
from records.ids import fingerprint

_SECONDS = 30.0
_ONE_WAIT = 10.0
_PIECE = 65_536
_PORTS = {"https": 443, "http": 80}
_TYPES = {
    ".md": ("text/markdown", "text/x-markdown", "text/plain"),
    ".html": ("text/html", "application/xhtml+xml"),
    ".htm": ("text/html", "application/xhtml+xml"),
    ".pdf": ("application/pdf",),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
}
_AGENT = "relevo-ingest"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotFetched(KnowledgeError):
    """A page was not fetched; the message says which, why and what to do."""


@dataclass(frozen=True)
class Kept:
    """What is known of a page that was fetched."""

    url: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """`body` is None when the page has not changed since."""

    kept: Kept
    body: bytes | None


def is_public(address: Address) -> bool:
    """May it be connected to? Nothing inside: no loopback, private, link-local, shared, multicast or reserved address, in
    whichever form it is written: mapped, translated (NAT64) and tunnelled (6to4, Teredo) ones count as what they lead to."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: Address) -> Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in ipaddress.ip_network("64:ff9b::/96") or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


@dataclass(frozen=True)
class Fetcher:
    """Fetches from these hosts only. `may_connect` says which addresses may be connected to; only a test passes another one."""

    hosts: frozenset[str]
    may_connect: Callable[[Address], bool] = is_public
    seconds: float = _SECONDS
    most_bytes: int = MOST_BYTES

    def fetch(self, url: str, suffix: str, kept: Kept | None = None) -> Fetched:
        """The page, for a file ending in `suffix`; with `kept`, only if it changed. Raises NotFetched."""
        parts = self._checked(url)
        address = self._resolved(parts, url)
        connection = _connection(parts, address)
        timer = threading.Timer(self.seconds, connection.cut_off)
        timer.start()
        try:
            fetched = self._ask(connection, parts, url, suffix, kept)
            if connection.out_of_time:
                raise TimeoutError
            return fetched
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # A connection cut off by the timer fails in any of these ways.
            raise NotFetched(f"{url}: could not be fetched ({type(error).__name__}); try again later.") from error
        finally:
            timer.cancel()
            connection.close()

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise NotFetched(f"{url}: is no address of a page.") from error
        if parts.scheme not in _PORTS or not parts.hostname:
            raise NotFetched(f"{url}: only https and http pages are fetched.")
        if parts.username or parts.password or any(char.isspace() or not char.isprintable() for char in url):
            raise NotFetched(f"{parts.hostname}: an address with a password or blanks in it is not fetched.")
        named = parts.hostname if port in (None, _PORTS[parts.scheme]) else f"{parts.hostname}:{port}"
        if named not in self.hosts:
            raise NotFetched(f"{url}: {named} is not in [ingest] allow_hosts of relevo.toml.")
        return parts

    def _resolved(self, parts: SplitResult, url: str) -> str:
        """The one address this fetch connects to. Every address of the name must be allowed, not only the first."""
        assert parts.hostname is not None
        try:
            found = socket.getaddrinfo(parts.hostname, parts.port or _PORTS[parts.scheme], type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotFetched(f"{url}: the name {parts.hostname} is not known; check it.") from error
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        if not addresses or not all(self.may_connect(ipaddress.ip_address(one)) for one in addresses):
            raise NotFetched(
                f"{url}: {parts.hostname} leads to an address inside a private network; it is not fetched."
            )
        return addresses[0]

    def _ask(
        self, connection: http.client.HTTPConnection, parts: SplitResult, url: str, suffix: str, kept: Kept | None
    ) -> Fetched:
        path = parts.path or "/"
        connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=_headers(kept))
        answer = connection.getresponse()
        if answer.status == http.HTTPStatus.NOT_MODIFIED and kept is not None:
            return Fetched(kept, None)
        if 300 <= answer.status < 400:
            target = answer.getheader("Location", "elsewhere")[:200]
            raise NotFetched(f"{url}: leads on to {target!r}; redirects are not followed. Give that address itself.")
        if answer.status != http.HTTPStatus.OK:
            raise NotFetched(f"{url}: answered with status {answer.status}; check the address.")
        self._check_type(answer, url, suffix)
        body = self._body(answer, url)
        return Fetched(Kept(url, answer.getheader("ETag", ""), answer.getheader("Last-Modified", "")), body)

    def _check_type(self, answer: http.client.HTTPResponse, url: str, suffix: str) -> None:
        told = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
        wanted = _TYPES.get(suffix, ())
        if told not in wanted:
            raise NotFetched(f"{url}: is {told or 'of no stated type'}, but a file ending in {suffix} was asked for.")
        if answer.getheader("Content-Encoding", "identity").lower() != "identity":
            raise NotFetched(f"{url}: came packed although it was asked for as it is; it is not unpacked.")

    def _body(self, answer: http.client.HTTPResponse, url: str) -> bytes:
        body = bytearray()
        while piece := answer.read(_PIECE):
            body += piece
            if len(body) > self.most_bytes:
                raise NotFetched(f"{url}: larger than {self.most_bytes // 1_000_000} MB; split it.")
        return bytes(body)


def _headers(kept: Kept | None) -> dict[str, str]:
    asked = {"User-Agent": _AGENT, "Accept-Encoding": "identity", "Connection": "close"}
    if kept is not None and kept.etag:
        asked["If-None-Match"] = kept.etag
    if kept is not None and kept.modified:
        asked["If-Modified-Since"] = kept.modified
    return asked


class _Plain(http.client.HTTPConnection):
    """A connection to one address, whatever the name leads to a moment later."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=_ONE_WAIT)
        self._address = address
        self._line: socket.socket | None = None
        self.out_of_time = False

    def connect(self) -> None:
        self._line = self.sock = socket.create_connection((self._address, self.port), _ONE_WAIT)

    def cut_off(self) -> None:
        """Out of time, however slowly the other side still sends. The library drops its own hold on the line early."""
        self.out_of_time = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


class _Secure(_Plain):
    """The same over TLS; the certificate must be the name's."""

    default_port = _PORTS["https"]

    def connect(self) -> None:
        super().connect()
        self._line = self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _connection(parts: SplitResult, address: str) -> _Plain:
    assert parts.hostname is not None
    kind = _Secure if parts.scheme == "https" else _Plain
    return kind(parts.hostname, parts.port or _PORTS[parts.scheme], address)


# ---------------------------------------------------------------- what was fetched


@dataclass(frozen=True)
class Pages:
    """What stands on disk after fetching: files by the path they take in `content/`, and what to tell about them."""

    files: Mapping[str, Path]
    notes: tuple[str, ...]


def fetch_pages(
    urls: Mapping[str, str], folder: Path, fetcher: Fetcher, wanted: Callable[[str], bool] = lambda _: True
) -> Pages:
    """Bring the pages of `urls` (by their path in `content/`) up to date in `folder`, those that are `wanted`.

    One that cannot be fetched stays as it was.
    """
    known = _known(folder)
    notes: list[str] = []
    files: dict[str, Path] = {}
    for name, url in sorted(urls.items()):
        path = folder / (fingerprint(name) + Path(name).suffix)
        kept = known.get(name)
        kept = kept if kept is not None and kept.url == url and path.exists() else None
        try:
            if wanted(name):
                known[name] = _store(fetcher.fetch(url, Path(name).suffix.lower(), kept), path)
        except NotFetched as error:
            notes.append(f"{name}: {error} {'The copy from before is kept.' if path.exists() else 'It is left out.'}")
        if path.exists():
            files[name] = path
    _keep(folder, {name: known[name] for name in files if name in known})
    return Pages(files, tuple(notes))


def _store(fetched: Fetched, path: Path) -> Kept:
    if fetched.body is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.half")
        half.write_bytes(fetched.body)
        half.replace(path)
    return fetched.kept


def _known(folder: Path) -> dict[str, Kept]:
    try:
        held = json.loads((folder / "pages.json").read_text(encoding="utf-8"))
        return {str(name): Kept(**values) for name, values in held.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _keep(folder: Path, known: Mapping[str, Kept]) -> None:
    if known:
        plain = {name: asdict(kept) for name, kept in known.items()}
        (folder / "pages.json").write_text(json.dumps(plain), encoding="utf-8")


def fetcher_for(hosts: Sequence[str]) -> Fetcher:
    """The fetcher of a workspace: these hosts, public addresses only."""
    return Fetcher(frozenset(host.lower() for host in hosts))
