"""Slack's Web API and Socket Mode on loopback. It refuses what Slack refuses, by the tables below, each rule with where it is
written. Where Slack would let a mistake pass (an argument it does not know), the stand-in says no: a mistake should show here.
"""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from queue import Queue
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.standins.rates import Meter
from tests.standins.web import Answer, Call, WebServer

BOT_TOKEN = "xoxb-1-standin"
APP_TOKEN = "xapp-1-standin"
DESK = "C0DESK001"
ARCHIVED = "C0OLD0001"
_SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "slack_web_methods.json"
_NEWER_THAN_SPEC = {"blocks", "metadata"}  # said by the README beside it

# docs.slack.dev/reference/methods/<method>: argument -> type; those with "!" are required.
METHODS: Mapping[str, Mapping[str, str]] = {
    "auth.test": {},
    "apps.connections.open": {},
    "chat.postMessage": {
        "channel": "str!",
        "text": "str!",  # "highly recommended": screen readers and notifications read it; required here
        "blocks": "list",
        "thread_ts": "str",
        "parse": "str",
        "link_names": "bool",
        "unfurl_links": "bool",
        "unfurl_media": "bool",
        "metadata": "dict",
    },
    "chat.update": {
        "channel": "str!",
        "ts": "str!",
        "text": "str!",
        "blocks": "list",
        "parse": "str",
        "link_names": "bool",
        "metadata": "dict",
    },
    "chat.postEphemeral": {
        "channel": "str!",
        "user": "str!",
        "text": "str!",
        "blocks": "list",
        "thread_ts": "str",
        "parse": "str",
        "link_names": "bool",
    },
}
TYPES: Mapping[str, type] = {"str": str, "list": list, "dict": dict, "bool": bool}
MAX_TEXT = 40_000  # chat.postMessage: truncated beyond; refused here, for nothing may be cut in silence
MAX_BLOCKS = 50  # reference/block-kit/blocks
MAX_ALL_BLOCKS = 13_200  # characters of all blocks together; github.com/slackapi/bolt-js issue 2509
HEADER, SECTION, FIELD, FIELDS = 150, 3000, 2000, 10  # blocks/header-block, blocks/section-block
BUTTON_TEXT, BUTTON_VALUE, ACTION_ID, ELEMENTS = (
    75,
    2000,
    255,
    25,
)  # block-elements/button-element, blocks/actions-block
BLOCK_ID, PLACEHOLDER = 255, 150  # blocks, block-elements/select-menu-element
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30  # composition-objects/confirmation-dialog-object
OPTIONS, OPTION_TEXT, OPTION_VALUE = 100, 75, 150  # select-menu-element, composition-objects/option-object
CONTEXT_ELEMENTS = 10  # blocks/context-block
TEXT_TYPES = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}  # composition-objects


class _No(Exception):
    """The word Slack puts in `error`."""


@dataclass(frozen=True)
class Posted:
    """A message as Slack holds it; `shown` is what staff read in it, `raw` every piece of markup Slack would interpret."""

    channel: str
    ts: str
    thread_ts: str
    shown: str
    raw: tuple[str, ...]
    buttons: tuple[tuple[str, str, str], ...]  # label, action_id, value
    menus: tuple[tuple[str, str, str], ...] = ()  # placeholder, action_id, block_id
    only_for: str = ""
    updates: int = 0
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class SlackStandIn:
    """One workspace with a desk channel. `per_channel` is the burst of posts a channel takes before 429."""

    members: set[str] = field(default_factory=lambda: {"U0ANA0001", "U0LUIS001"})
    per_channel: int = 50
    meter: Meter | None = None  # for each channel: past it, 429
    posted: list[Posted] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    spec_problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ts = count(100)
        self._next: list[Answer] = []
        self._drop_after_taking = False
        self._spec = json.loads(_SPEC.read_text())["paths"] if _SPEC.exists() else {}
        self._server = WebServer(self._answer)
        self.url = f"{self._server.root}/api/"
        self.sockets = _Sockets()

    def close(self) -> None:
        self.sockets.close()
        self._server.close()

    # ---- what a test makes happen

    def ask_to_wait(self, seconds: int) -> None:
        """The next call is answered as apis/web-api/rate-limits says: 429 with Retry-After."""
        self._next.append(Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(seconds)}))

    def answer_next(self, error: str) -> None:
        """The next call is refused with this word."""
        self._next.append(Answer(200, {"ok": False, "error": error}))

    def break_next(self, status: int) -> None:
        """The next call meets a server in trouble, which answers with no JSON Slack would send."""
        self._next.append(Answer(status, {}))

    def drop_after_taking(self) -> None:
        """The next message is taken, and then the line breaks before the answer."""
        self._drop_after_taking = True

    # ---- the server

    def _answer(self, call: Call) -> Answer:
        method = call.path.removeprefix("/api/")
        try:
            _check_token(call.headers.get("Authorization", ""), method)
            if method not in METHODS:
                raise _No("unknown_method")
            if self._next:
                return self._next.pop(0)
            self.spec_problems += _against_spec(method, call.fields, self._spec.get(f"/{method}"))
            _check_arguments(method, call.fields)
            body = _ACTS[method](self, call.fields)
        except _No as no:
            self.refused.append(str(no))
            return Answer(200, {"ok": False, "error": str(no)})
        if method.startswith("chat.") and self._drop_after_taking:
            self._drop_after_taking = False
            return Answer(0)
        return Answer(200, {"ok": True, **body})

    def _auth_test(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "user": "relevo",
            "user_id": "U0BOT0001",
            "bot_id": "B0BOT0001",
            "team_id": "T0TEAM001",
            "team": "Farolito",
        }

    def _open_connection(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.sockets.url}

    def _post(self, fields: dict[str, Any]) -> dict[str, Any]:
        self._check_channel(fields["channel"])
        self._check_thread(fields)
        if self.meter is not None:
            if self.meter.take(fields["channel"]):
                raise _No("ratelimited")
        elif sum(one.channel == fields["channel"] for one in self.posted) >= self.per_channel:
            raise _No("ratelimited")
        message = _posted(fields, self._next_ts())
        self.posted.append(message)
        return {"channel": message.channel, "ts": message.ts}

    def _update(self, fields: dict[str, Any]) -> dict[str, Any]:
        self._check_channel(fields["channel"])
        for place, old in enumerate(self.posted):
            if (old.channel, old.ts) == (fields["channel"], fields["ts"]) and not old.only_for:
                self.posted[place] = replace(_posted(fields, old.ts), thread_ts=old.thread_ts, updates=old.updates + 1)
                return {"channel": old.channel, "ts": old.ts}
        raise _No("message_not_found")

    def _whisper(self, fields: dict[str, Any]) -> dict[str, Any]:
        self._check_channel(fields["channel"])
        self._check_thread(fields)
        if fields["user"] not in self.members:
            raise _No("user_not_in_channel")
        message = replace(_posted(fields, self._next_ts()), only_for=fields["user"])
        self.posted.append(message)
        return {"message_ts": message.ts}

    def _next_ts(self) -> str:
        return f"1800000000.{next(self._ts):06d}"

    def _check_channel(self, channel: str) -> None:
        if channel == ARCHIVED:
            raise _No("is_archived")
        if channel != DESK:
            raise _No("channel_not_found")

    def _check_thread(self, fields: dict[str, Any]) -> None:
        # reference of chat.postMessage says to avoid the ts of a reply and use its parent
        if "thread_ts" not in fields:
            return
        roots = {one.ts for one in self.posted if not one.thread_ts}
        if fields["thread_ts"] not in roots:
            raise _No("thread_not_found")


_ACTS: Mapping[str, Callable[[SlackStandIn, dict[str, Any]], dict[str, Any]]] = {
    "auth.test": SlackStandIn._auth_test,
    "apps.connections.open": SlackStandIn._open_connection,
    "chat.postMessage": SlackStandIn._post,
    "chat.update": SlackStandIn._update,
    "chat.postEphemeral": SlackStandIn._whisper,
}


def _check_token(authorization: str, method: str) -> None:
    # apis/web-api: bearer token in the Authorization header; an app-level token only opens connections
    wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
    if not authorization:
        raise _No("not_authed")
    if authorization != f"Bearer {wanted}":
        raise _No("invalid_auth")


def _check_arguments(method: str, fields: dict[str, Any]) -> None:
    rules = METHODS[method]
    missing = [name for name, rule in rules.items() if rule.endswith("!") and not fields.get(name)]
    wrong = [name for name, value in fields.items() if not isinstance(value, TYPES[rules.get(name, "str").rstrip("!")])]
    if missing == ["text"]:
        raise _No("no_text")
    if missing or wrong or set(fields) - set(rules):
        raise _No("invalid_arguments")
    if len(fields.get("text", "")) > MAX_TEXT:
        raise _No("msg_too_long")
    _check_blocks(fields.get("blocks", []))


def _check_blocks(blocks: list[dict[str, Any]]) -> None:
    if len(blocks) > MAX_BLOCKS or not all(_BLOCKS.get(block.get("type", ""), _never)(block) for block in blocks):
        raise _No("invalid_blocks")
    if sum(len(piece["text"]) for block in blocks for piece in _pieces(block)) > MAX_ALL_BLOCKS:
        raise _No("msg_blocks_too_long")


def _never(block: dict[str, Any]) -> bool:
    return False


def _text_fits(piece: Any, limit: int, types: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(piece, dict) or piece.get("type") not in types or not set(piece) <= TEXT_TYPES[piece["type"]]:
        return False
    return isinstance(piece.get("text"), str) and 1 <= len(piece["text"]) <= limit


def _section_fits(block: dict[str, Any]) -> bool:
    fields = block.get("fields", [])
    text_fits = "text" not in block or _text_fits(block["text"], SECTION)
    return (
        bool("text" in block or fields)
        and text_fits
        and len(fields) <= FIELDS
        and all(_text_fits(f, FIELD) for f in fields)
    )


def _context_fits(block: dict[str, Any]) -> bool:
    elements = block.get("elements", [])
    return 1 <= len(elements) <= CONTEXT_ELEMENTS and all(_text_fits(one, FIELD) for one in elements)


def _actions_fit(block: dict[str, Any]) -> bool:
    elements = block.get("elements", [])
    names = [one.get("action_id") for one in elements]
    fits = all(_ELEMENTS.get(one.get("type", ""), _never)(one) for one in elements)
    named = len(block.get("block_id", "")) <= BLOCK_ID
    return 1 <= len(elements) <= ELEMENTS and len(set(names)) == len(names) and fits and named


def _button_fits(one: dict[str, Any]) -> bool:
    return (
        _text_fits(one.get("text"), BUTTON_TEXT, ("plain_text",))
        and 1 <= len(one.get("action_id", "")) <= ACTION_ID
        and len(one.get("value", "")) <= BUTTON_VALUE
    )


def _menu_fits(one: dict[str, Any]) -> bool:
    confirm = one.get("confirm", {})
    asked = ("title", CONFIRM_TITLE), ("text", CONFIRM_TEXT), ("confirm", CONFIRM_BUTTON), ("deny", CONFIRM_BUTTON)
    return (
        set(one) <= {"type", "action_id", "placeholder", "min_query_length", "confirm"}
        and 1 <= len(one.get("action_id", "")) <= ACTION_ID
        and _text_fits(one.get("placeholder"), PLACEHOLDER, ("plain_text",))
        and isinstance(one.get("min_query_length", 3), int)
        and (not confirm or all(_text_fits(confirm.get(name), limit, ("plain_text",)) for name, limit in asked))
    )


_ELEMENTS: Mapping[str, Callable[[dict[str, Any]], bool]] = {"button": _button_fits, "external_select": _menu_fits}

_BLOCKS: Mapping[str, Callable[[dict[str, Any]], bool]] = {
    "header": lambda block: _text_fits(block.get("text"), HEADER, ("plain_text",)),
    "section": _section_fits,
    "context": _context_fits,
    "actions": _actions_fit,
}


def _pieces(block: dict[str, Any]) -> list[dict[str, Any]]:
    """Every text of a block, in the order it is read."""
    pressed = {"button": "text", "external_select": "placeholder"}
    buttons = [one[pressed[one["type"]]] for one in block.get("elements", []) if one["type"] in pressed]
    lines = [one for one in block.get("elements", []) if one["type"] not in pressed]
    return [*([block["text"]] if "text" in block else []), *block.get("fields", []), *lines, *buttons]


def _posted(fields: dict[str, Any], ts: str) -> Posted:
    blocks = fields.get("blocks", [])
    read = [piece for block in blocks if block["type"] != "actions" for piece in _pieces(block)]
    shown = "\n".join(_shown(piece) for piece in read) if blocks else _unescaped(fields["text"])
    raw = (fields["text"], *(piece["text"] for piece in read if piece["type"] == "mrkdwn"))
    acted = [(block, one) for block in blocks if block["type"] == "actions" for one in block["elements"]]
    buttons = [one for _, one in acted if one["type"] == "button"]
    menus = [(block.get("block_id", ""), one) for block, one in acted if one["type"] == "external_select"]
    return Posted(
        channel=fields["channel"],
        ts=ts,
        thread_ts=fields.get("thread_ts", ""),
        shown=shown,
        raw=raw,
        buttons=tuple((one["text"]["text"], one["action_id"], one.get("value", "")) for one in buttons),
        menus=tuple((one["placeholder"]["text"], one["action_id"], block_id) for block_id, one in menus),
        metadata=fields.get("metadata", {}),
    )


def _shown(piece: dict[str, Any]) -> str:
    return str(piece["text"]) if piece["type"] == "plain_text" else _unescaped(piece["text"])


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def taken(payload: dict[str, Any]) -> Posted:
    """What Slack would hold of a payload for the desk; raises when it would refuse it."""
    fields = {"channel": DESK, **payload}
    _check_arguments("chat.postMessage", fields)
    return _posted(fields, "1800000000.000001")


def live_markup(message: Posted) -> list[str]:
    """What Slack would act on in it: mentions, channels, links. `messaging/formatting-message-text`: all stand in <…>."""
    return [found for text in message.raw for found in re.findall(r"<[^>]*>", text)]


def signed_headers(body: bytes, secret: str, timestamp: int) -> dict[str, str]:
    """authentication/verifying-requests-from-slack: v0=HMAC-SHA256 of `v0:timestamp:body`."""
    digest = hmac.new(secret.encode(), b"v0:%d:%s" % (timestamp, body), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


def _against_spec(method: str, fields: dict[str, Any], spec: dict[str, Any] | None) -> list[str]:
    """What the published description of the API says against this call; empty where the description is not at hand."""
    if spec is None:
        return []
    operation = next(iter(spec.values()))
    known = {one["name"]: one for one in operation["parameters"] if one["name"] != "token"}
    problems = [f"{method}: unknown {name}" for name in fields if name not in known and name not in _NEWER_THAN_SPEC]
    return problems + [
        f"{method}: {name} is missing" for name, one in known.items() if one.get("required") and name not in fields
    ]


class _Sockets:
    """Socket Mode (apis/events-api/using-socket-mode): `hello`, then envelopes that want their envelope_id back."""

    def __init__(self) -> None:
        self.acknowledged: Queue[str] = Queue()
        self._numbers = count(1)
        self._open: list[ServerConnection] = []
        self._changed = threading.Condition()
        self._server: Server = serve(self._talk, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link/?ticket=standin"

    def push(self, kind: str, payload: dict[str, Any], envelope_id: str = "", retry: int = 0) -> str:
        """Sends one envelope to whoever is connected, waiting for somebody to be; returns its id."""
        envelope_id = envelope_id or f"envelope-{next(self._numbers)}"
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": False}
        if retry:
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout"}
        with self._changed:
            if not self._changed.wait_for(lambda: self._open, 10):
                raise TimeoutError("nobody connected in Socket Mode")
            self._open[-1].send(json.dumps(envelope))
        return envelope_id

    def hang_up(self) -> None:
        """Closes every connection, as Slack does every few hours."""
        with self._changed:
            for one in self._open:
                one.close()
            self._open.clear()

    def close(self) -> None:
        self.hang_up()
        self._server.shutdown()
        self._thread.join()

    def _talk(self, connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP0001"}}))
        with self._changed:
            self._open.append(connection)
            self._changed.notify_all()
        try:
            for message in connection:
                self.acknowledged.put(json.loads(message)["envelope_id"])
        except ConnectionClosed:
            return
