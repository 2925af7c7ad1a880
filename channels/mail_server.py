"""Where mail is handed in, and the address it is given by. Pure."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from records.errors import SettingsError


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. `tls` is `wrapped` (smtps), `starttls` or `none`."""

    host: str
    port: int
    user: str
    password: str
    tls: str

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.tls})"


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def read_url(url: str) -> Server:
    """`smtp://[user:password@]host:port?tls=starttls|none` or `smtps://…`. Without `tls` it is STARTTLS, on loopback none.
    Raises SettingsError, which never shows the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"RELEVO_SMTP_URL has no readable port: {_URL_FORM}") from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SettingsError(f"RELEVO_SMTP_URL is not an SMTP address: {_URL_FORM}")
    wrapped = parts.scheme == "smtps"
    usual = "none" if parts.hostname in _LOOPBACK else "starttls"
    tls = "wrapped" if wrapped else parse_qs(parts.query).get("tls", [usual])[0]
    if tls not in ("wrapped", "starttls", "none"):
        raise SettingsError(f"RELEVO_SMTP_URL has an unknown tls: {_URL_FORM}")
    usual_port = 465 if wrapped else 587
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.hostname, port or usual_port, user, password, tls)


_URL_FORM = "write smtp://user:password@host:port?tls=starttls, ?tls=none, or smtps://…"
