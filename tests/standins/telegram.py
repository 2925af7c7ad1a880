"""A Bot API server on loopback. It refuses what Telegram refuses, by the tables below, each rule with where it is written.

Where Telegram would let a mistake pass (a parameter it does not know), the stand-in says no: a mistake should show here.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.standins.rates import Meter
from tests.standins.web import Answer, Call, WebServer

TOKEN = "123456:AAStandInTokenOfNobody"
_SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "telegram_bot_api.json"

# core.telegram.org/bots/api, section of each method: parameter -> type; those after "!" are required.
METHODS: Mapping[str, Mapping[str, str]] = {
    "getMe": {},
    "sendMessage": {
        "chat_id": "int!",
        "text": "str!",
        "reply_markup": "json",
        "link_preview_options": "json",
        "disable_notification": "bool",
        "parse_mode": "str",
    },
    "editMessageText": {"chat_id": "int!", "message_id": "int!", "text": "str!", "reply_markup": "json"},
    "answerCallbackQuery": {"callback_query_id": "str!", "text": "str", "show_alert": "bool", "cache_time": "int"},
    "getUpdates": {"offset": "int", "limit": "int", "timeout": "int", "allowed_updates": "json"},
    "setWebhook": {
        "url": "str!",
        "secret_token": "str",
        "allowed_updates": "json",
        "max_connections": "int",
        "drop_pending_updates": "bool",
    },
    "deleteWebhook": {"drop_pending_updates": "bool"},
}
MAX_TEXT = (
    4096  # #sendmessage: "1-4096 characters after entities parsing"; counted in UTF-16 units, the stricter reading
)
MAX_CALLBACK_DATA = 64  # #inlinekeyboardbutton: "1-64 bytes"
MAX_NOTICE = 200  # #answercallbackquery: text "0-200 characters"
MAX_BUTTONS = 100  # limits.tginfo.me, section bots
SECRET_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")  # #setwebhook, 1-256


class _No(Exception):
    """A refusal: HTTP status and description."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


@dataclass(frozen=True)
class Taken:
    """A message as the person would see it; `buttons` are (label, data or url)."""

    chat_id: int
    message_id: int
    text: str
    buttons: tuple[tuple[str, str], ...]


@dataclass
class TelegramStandIn:
    """`open_chats` pressed /start; `blocked` and `deactivated` did and then left. Everybody else is unknown."""

    open_chats: set[int] = field(default_factory=lambda: {70001})
    blocked: set[int] = field(default_factory=set)
    deactivated: set[int] = field(default_factory=set)
    taken: list[Taken] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    spec_problems: list[str] = field(default_factory=list)
    webhook: dict[str, str] = field(default_factory=dict)
    after_each: Callable[[], None] | None = None  # runs after each message taken
    everyone: bool = False  # every chat is open
    meters: tuple[Meter, Meter] | None = None  # for the whole bot, for each chat: past them, 429
    slowed: int = 0  # how often that was said

    def __post_init__(self) -> None:
        self._ids = count(501)
        self._next: list[Answer] = []
        self._drop_after_taking = False
        self._pending: list[dict[str, Any]] = []
        self._closing = False
        self.moved = threading.Condition()
        self._spec = json.loads(_SPEC.read_text())["methods"] if _SPEC.exists() else {}
        self._server = WebServer(self._answer)
        self.url = self._server.root

    def close(self) -> None:
        with self.moved:
            self._closing = True
            self.moved.notify_all()
        self._server.close()

    # ---- what a test makes happen

    def ask_to_wait(self, seconds: int) -> None:
        """The next call is answered 429 (#responseparameters: retry_after in seconds)."""
        body = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}"}
        self._next.append(Answer(429, body | {"parameters": {"retry_after": seconds}}))

    def fail_next(self, status: int) -> None:
        """The next call is answered with a bare server error."""
        self._next.append(Answer(status, {"ok": False, "error_code": status, "description": "Internal Server Error"}))

    def drop_after_taking(self) -> None:
        """The next message is taken, and then the line breaks before the answer."""
        self._drop_after_taking = True

    def arrive(self, update: dict[str, Any]) -> None:
        """An update waits for getUpdates."""
        with self.moved:
            self._pending.append(update)
            self.moved.notify_all()

    def wait_until(self, true: Callable[[], bool], seconds: float = 10.0) -> bool:
        with self.moved:
            return self.moved.wait_for(true, seconds)

    @property
    def unconfirmed(self) -> int:
        return len(self._pending)

    # ---- the server

    def _answer(self, call: Call) -> Answer:
        bot, _, method = call.path.removeprefix("/bot").rpartition("/")
        try:
            # #authorizing-your-bot; a wrong token is 401, a malformed one or an unknown method 404
            if bot != TOKEN:
                raise _No(401, "Unauthorized")
            if method not in METHODS:
                raise _No(404, "Not Found")
            self.calls.append(method)
            if self._next and method != "getUpdates":
                return self._next.pop(0)
            result = getattr(self, f"_{method}")(self._checked(method, call.fields))
        except _No as no:
            body: dict[str, Any] = {"ok": False, "error_code": no.status, "description": no.description}
            return Answer(no.status, body | ({"parameters": no.parameters} if no.parameters else {}))
        if method == "sendMessage" and self._drop_after_taking:
            self._drop_after_taking = False
            return Answer(0)
        with self.moved:
            self.moved.notify_all()
        return Answer(200, {"ok": True, "result": result})

    def _checked(self, method: str, fields: dict[str, Any]) -> dict[str, Any]:
        self.spec_problems += _against_spec(method, fields, self._spec.get(method))
        rules = METHODS[method]
        if unknown := set(fields) - set(rules):
            raise _No(400, f"Bad Request: unknown parameters {sorted(unknown)}")
        if missing := {name for name, rule in rules.items() if rule.endswith("!") and not fields.get(name)}:
            raise _No(400, _MISSING.get(min(missing), f"Bad Request: parameter {min(missing)} is required"))
        return {name: _typed(name, value, rules[name].rstrip("!")) for name, value in fields.items()}

    def _check_rate(self, chat: int) -> None:
        if self.meters is None:
            return
        wait = self.meters[0].take() or self.meters[1].take(str(chat))
        if wait:
            self.slowed += 1
            seconds = max(1, round(wait))
            raise _No(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    def _getMe(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"id": 123456, "is_bot": True, "first_name": "Relevo", "username": "relevo_standin_bot"}

    def _sendMessage(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat = fields["chat_id"]
        self._may_write_to(chat)
        self._check_rate(chat)
        _check_text(fields["text"])
        buttons = _buttons(fields.get("reply_markup") or {})
        message = Taken(chat, next(self._ids), fields["text"], buttons)
        with self.moved:
            self.taken.append(message)
        if self.after_each:
            self.after_each()
        return _message(message)

    def _editMessageText(self, fields: dict[str, Any]) -> dict[str, Any]:
        old = next((one for one in self.taken if one.message_id == fields["message_id"]), None)
        if old is None:
            raise _No(400, "Bad Request: message to edit not found")
        _check_text(fields["text"])
        if old.text == fields["text"]:
            raise _No(400, "Bad Request: message is not modified")
        new = Taken(old.chat_id, old.message_id, fields["text"], _buttons(fields.get("reply_markup") or {}))
        self.taken[self.taken.index(old)] = new
        return _message(new)

    def _may_write_to(self, chat: int) -> None:
        # Bot API error texts as github.com/vrumger/telegram-errors lists them
        if chat in self.blocked:
            raise _No(403, "Forbidden: bot was blocked by the user")
        if chat in self.deactivated:
            raise _No(403, "Forbidden: user is deactivated")
        if not self.everyone and chat not in self.open_chats:
            raise _No(400, "Bad Request: chat not found")

    def _answerCallbackQuery(self, fields: dict[str, Any]) -> bool:
        if len(fields.get("text") or "") > MAX_NOTICE:
            raise _No(400, "Bad Request: MESSAGE_TOO_LONG")
        if not fields["callback_query_id"].isdecimal():
            raise _No(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        with self.moved:
            self.acknowledged.append(fields["callback_query_id"])
        return True

    def _getUpdates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        # #getupdates: does not work while a webhook is set; an offset confirms all updates below it
        if self.webhook:
            raise _No(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it"
            )
        with self.moved:
            self._pending = [one for one in self._pending if one["update_id"] >= fields.get("offset", 0)]
            self.moved.notify_all()
            self.moved.wait_for(lambda: self._pending or self._closing, min(fields.get("timeout", 0), 5))
            return self._pending[: fields.get("limit", 100)]

    def _setWebhook(self, fields: dict[str, Any]) -> bool:
        if not fields["url"].startswith("https://"):
            raise _No(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = fields.get("secret_token", "")
        if not set(secret) <= SECRET_CHARACTERS or len(secret) > 256:
            raise _No(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = {"url": fields["url"], "secret_token": secret}
        return True

    def _deleteWebhook(self, fields: dict[str, Any]) -> bool:
        self.webhook = {}
        return True


_MISSING = {"text": "Bad Request: message text is empty", "chat_id": "Bad Request: chat_id is empty"}


def _typed(name: str, value: Any, kind: str) -> Any:
    try:
        match kind:
            case "int":
                return int(value)
            case "json":
                return json.loads(value)
            case "bool":
                return {"true": True, "false": False, "True": True, "False": False}[value]
            case _:
                return str(value)
    except (ValueError, KeyError, TypeError):
        raise _No(400, f"Bad Request: parameter {name} is not a {kind}") from None


def _check_text(text: str) -> None:
    if not text.strip():
        raise _No(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
        raise _No(400, "Bad Request: message is too long")


def _buttons(markup: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    if len(buttons) > MAX_BUTTONS:
        raise _No(400, "Bad Request: REPLY_MARKUP_TOO_LONG")
    return tuple(_button(button) for button in buttons)


def _button(button: dict[str, Any]) -> tuple[str, str]:
    # section inlinekeyboardbutton of the Bot API: exactly one of the other fields must be used
    if not button.get("text"):
        raise _No(400, "Bad Request: can't parse inline keyboard button: Text must be non-empty")
    acts = {name: value for name, value in button.items() if name != "text"}
    if len(acts) != 1 or not set(acts) <= {"url", "callback_data"}:
        raise _No(400, "Bad Request: can't parse inline keyboard button: exactly one action is needed")
    if "url" in acts and not acts["url"].startswith(("http://", "https://", "tg://")):
        raise _No(400, "Bad Request: BUTTON_URL_INVALID")
    if "callback_data" in acts and not 1 <= len(acts["callback_data"].encode()) <= MAX_CALLBACK_DATA:
        raise _No(400, "Bad Request: BUTTON_DATA_INVALID")
    return button["text"], next(iter(acts.values()))


def _message(one: Taken) -> dict[str, Any]:
    chat = {"id": one.chat_id, "type": "private", "first_name": "Ana"}
    return {"message_id": one.message_id, "date": 1800000000, "chat": chat, "text": one.text}


def _against_spec(method: str, fields: dict[str, Any], spec: dict[str, Any] | None) -> list[str]:
    """What the published description of the API says against this call; empty where the description is not at hand."""
    if spec is None:
        return []
    known = {one["name"]: one for one in spec.get("fields", [])}
    problems = [f"{method}: unknown {name}" for name in fields if name not in known]
    problems += [
        f"{method}: {name} is missing" for name, one in known.items() if one["required"] and name not in fields
    ]
    problems += [
        f"{method}: {name} is no integer"
        for name, value in fields.items()
        if known.get(name, {}).get("types") == ["Integer"] and not str(value).lstrip("-").isdecimal()
    ]
    return problems
