"""Telegram: private chats with subscribers, through a bot. The only file that knows python-telegram-bot.

The shell is synchronous and the library is not: its calls run on one event loop in a thread of this adapter's own.
Facts (core.telegram.org/bots/api): a text holds 4,096 characters, the data of a button 64 bytes; a bot cannot write first;
every tap wants an answer, or the button keeps spinning.
"""

import asyncio
import concurrent.futures
import hmac
import json
import logging
import os
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from channels import vendor_words
from channels.contract import (
    Accepted,
    Capabilities,
    ChannelError,
    Delivery,
    Forged,
    Outgoing,
    Reach,
    Refusal,
    Refused,
    RetryLater,
    SendResult,
    Unsure,
)
from channels.http_post import BrokenLine, NotSent, Poster
from channels.render import masked, render, stopped_at, unsupported
from channels.telegram_buttons import button_rows
from records.content import ChatMessage, TextMessage
from records.inbound import Inbound, Pressed, Receipt, Said, Started, Unreachable
from records.types import ChannelName

if TYPE_CHECKING:
    from telegram import Bot, CallbackQuery, ChatMemberUpdated, InlineKeyboardMarkup, Message, Update
    from telegram.error import TelegramError
    from telegram.request import BaseRequest, RequestData

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_DATA_BYTES = 64
_LINES = 16
_ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
_POLL_SECONDS = 25
_LONGEST_PAUSE = 60.0
_PROOF_HEADER = "X-Telegram-Bot-Api-Secret-Token"

Deliver = Callable[[Delivery], None]


class Telegram:
    """Keeps `channels.contract.Channel`. `api_url` is the root of the Bot API without a trailing slash."""

    name = ChannelName.TELEGRAM
    capabilities = Capabilities(max_text=4096, buttons=True, lines=_LINES)

    def __init__(self, token: str, api_url: str, *, timeout: float = 10.0) -> None:
        self._token = token
        self._api_url = api_url
        self._timeout = timeout
        self._lock = threading.Lock()
        self._session: _Session | None = None

    # ---- out

    def send(self, outgoing: Outgoing) -> SendResult:
        """Says it in a private chat. A long answer goes in parts; the buttons hang on the last, whose id is returned."""
        return self.send_all([outgoing])[0]

    def send_all(self, outgoings: Sequence[Outgoing]) -> list[SendResult]:
        """Side by side, handed to the library's loop together."""
        made = [_made(one, self.capabilities) for one in outgoings]
        said = iter(self._run(lambda bot: _say_all(bot, [one for one in made if isinstance(one, _Parts)])))
        return [next(said) if isinstance(one, _Parts) else one for one in made]

    # ---- in

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        """Said, Pressed, Started or Unreachable in a private chat; nothing for all else. `external_id` is the update_id.

        A tap carries no time, so it gets `now`. A photo or voice message arrives as Said with its caption, perhaps
        empty: silence would leave the person waiting. Raises Forged when an HTTP delivery does not carry `secret`.
        """
        if delivery.transport == "http" and not _same_secret(delivery.header(_PROOF_HEADER), secret):
            raise Forged("A Telegram delivery does not carry our secret; set the webhook again with it.")
        update = _update(delivery.body)
        return _events(update, now) if update else ()

    def acknowledge(self, callback_query_id: str) -> None:
        """Tells Telegram that a tap arrived, so that the button stops spinning. A failure is logged: the tap is stored anyway.

        `poll` does it by itself. On the webhook, answer with the body `webhook_answer` gives instead: it costs no call.
        """
        from telegram.error import TelegramError

        try:
            self._run(lambda bot: bot.answer_callback_query(callback_query_id))
        except TelegramError as error:
            _log.info("A tap was stored but not acknowledged to Telegram (%s).", type(error).__name__)

    def webhook_answer(self, delivery: Delivery) -> str:
        """The JSON body to answer a stored delivery with: the acknowledgement of a tap, else empty.

        Telegram takes one method call as the answer to a webhook. `read` is pure, so the edge answers once its row is written.
        """
        update = _update(delivery.body)
        if update is None or update.callback_query is None:
            return ""
        return json.dumps({"method": "answerCallbackQuery", "callback_query_id": update.callback_query.id})

    def poll(self, stop: threading.Event, deliver: Deliver) -> None:
        """Long polling until `stop` is set. Each update goes to `deliver`, which must have written when it returns.

        Telegram forgets an update only when we ask for the next; so one whose `deliver` raised, or one that came just before a
        crash, comes again. Raises ChannelError when Telegram refuses the token.
        """
        offset, pause, hooked = 0, 0.0, True
        while not stop.wait(pause):
            try:
                if hooked:
                    self._run(lambda bot: bot.delete_webhook())  # with a webhook set, Telegram refuses getUpdates
                    hooked = False
                for update in self._next_updates(offset, stop):
                    self._take(update, deliver)
                    offset = update.update_id + 1
                pause = 0.0
            except Exception as error:
                pause = _pause_after(error, pause)

    def _next_updates(self, offset: int, stop: threading.Event) -> "tuple[Update, ...]":
        asked = self._start(
            lambda bot: bot.get_updates(offset or None, timeout=_POLL_SECONDS, allowed_updates=_ALLOWED_UPDATES)
        )
        while not stop.is_set():
            if concurrent.futures.wait([asked], timeout=0.25).done:
                return asked.result()
        asked.cancel()
        return ()

    def _take(self, update: "Update", deliver: Deliver) -> None:
        deliver(Delivery(update.to_json().encode(), {}, transport="socket"))
        if update.callback_query is not None:
            self.acknowledge(update.callback_query.id)

    # ---- the account

    def set_webhook(self, url: str, secret: str) -> None:
        """Asks Telegram to deliver to `url` with `secret` (1-256 of A-Z a-z 0-9 _ -). Raises ChannelError when it refuses."""
        from telegram.error import TelegramError

        try:
            self._run(lambda bot: bot.set_webhook(url, secret_token=secret, allowed_updates=_ALLOWED_UPDATES))
        except TelegramError as error:
            raise ChannelError(f"Telegram does not take the webhook {url}: {_result(error).detail}") from None

    def account(self) -> str:
        """The user name of the bot, for `https://t.me/<name>?start=…`. Raises ChannelError when Telegram refuses the token."""
        from telegram.error import TelegramError

        try:
            return self._run(lambda bot: bot.get_me()).username or ""
        except TelegramError as error:
            raise ChannelError(f"Telegram does not know this bot: {_result(error).detail}") from None

    def close(self) -> None:
        """Ends the thread and its connections. May be called more than once."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _start(self, call: "Callable[[Bot], Coroutine[Any, Any, _T]]") -> "concurrent.futures.Future[_T]":
        with self._lock:
            self._session = self._session or _Session(self._token, self._api_url, self._timeout)
            return self._session.start(call)

    def _run(self, call: "Callable[[Bot], Coroutine[Any, Any, _T]]") -> _T:
        return self._start(call).result()


class _Session:
    """The library's bot and the event loop it lives on. The bot is never `initialize`d: that would be a call to Telegram."""

    def __init__(self, token: str, api_url: str, timeout: float) -> None:
        from telegram import Bot

        os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's own switch to times it will keep
        self._requests = tuple(_request(Poster(lines, timeout), timeout) for lines in (_LINES, 1))
        sending, polling = self._requests
        self._bot = Bot(token, f"{api_url}/bot", f"{api_url}/file/bot", request=sending, get_updates_request=polling)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="telegram", daemon=True)
        self._thread.start()

    def start(self, call: "Callable[[Bot], Coroutine[Any, Any, _T]]") -> "concurrent.futures.Future[_T]":
        return asyncio.run_coroutine_threadsafe(call(self._bot), self._loop)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(_shut(self._requests), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _request(poster: Poster, timeout: float) -> "BaseRequest":
    """What the library calls Telegram with. Its own client took half of a worker's processor time."""
    from telegram.request import BaseRequest

    class OverPoster(BaseRequest):
        read_timeout = timeout

        async def initialize(self) -> None:
            """Lines are opened when they are needed."""

        async def shutdown(self) -> None:
            await poster.close()

        async def do_request(
            self,
            url: str,
            method: str,
            request_data: "RequestData | None" = None,
            read_timeout: object = None,
            *_: object,
            **__: object,
        ) -> tuple[int, bytes]:
            silence = float(read_timeout) if isinstance(read_timeout, int | float) else timeout
            return await poster.call(method, url, request_data.json_parameters if request_data else {}, silence)

    return OverPoster()


async def _shut(requests: "tuple[BaseRequest, ...]") -> None:
    pending = asyncio.all_tasks() - {asyncio.current_task()}
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    await asyncio.gather(*(request.shutdown() for request in requests))


# ---- what is said


@dataclass(frozen=True)
class _Parts:
    """One message as it goes out: its buttons hang on the last part."""

    chat: int
    texts: tuple[str, ...]
    keyboard: "InlineKeyboardMarkup | None"


def _made(outgoing: Outgoing, capabilities: Capabilities) -> _Parts | SendResult:
    content = outgoing.content
    if not isinstance(content, ChatMessage | TextMessage):
        return unsupported(outgoing, capabilities) or Refused(Refusal.UNSUPPORTED, "not for a chat")
    if not (
        outgoing.address.isascii() and outgoing.address.isdecimal()
    ):  # "@name" would post in public, a negative id in a group
        return Refused(Refusal.BAD_ADDRESS, "the address is not the number of a private chat")
    texts = render(content, capabilities)
    if isinstance(texts, Refused):
        return texts
    if too_big := [
        data for row in button_rows(content) for _, data, url in row if not url and _bytes(data) > _DATA_BYTES
    ]:
        return Refused(Refusal.UNSUPPORTED, f"the data of a button, {too_big[0]!r}, is over {_DATA_BYTES} bytes")
    return _Parts(int(outgoing.address), texts, _keyboard(content))


async def _say_all(bot: "Bot", messages: Sequence[_Parts]) -> list[SendResult]:
    return await asyncio.gather(*(_say_parts(bot, message) for message in messages))


async def _say_parts(bot: "Bot", message: _Parts) -> SendResult:
    result: SendResult = Refused(Refusal.CONTENT, "the message is empty; give it a text")
    last = len(message.texts) - 1
    for number, text in enumerate(message.texts):
        result = await _say(bot, message.chat, text, message.keyboard if number == last else None)
        if not isinstance(result, Accepted):
            return stopped_at(number, last + 1, result)
    return result


async def _say(bot: "Bot", chat: int, text: str, keyboard: "InlineKeyboardMarkup | None") -> SendResult:
    from telegram import LinkPreviewOptions
    from telegram.error import TelegramError

    # No parse_mode: the text is shown as it is, whatever marks stand in it.
    quiet = LinkPreviewOptions(is_disabled=True)
    try:
        message = await bot.send_message(chat, text, reply_markup=keyboard, link_preview_options=quiet)
    except TelegramError as error:
        return _result(error)
    return Accepted(f"{chat}:{message.message_id}")


# ---- buttons


def _keyboard(content: ChatMessage | TextMessage) -> "InlineKeyboardMarkup | None":
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [
        [InlineKeyboardButton(label, url=url or None, callback_data=data or None) for label, data, url in row]
        for row in button_rows(content)
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def _bytes(text: str) -> int:
    return len(text.encode())


# ---- what Telegram answered


def _result(error: "TelegramError") -> Refused | RetryLater | Unsure:
    from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

    words = masked(error.message)
    match error:
        case RetryAfter():
            # "Avoid further calls for so long": one 429 is about the whole bot.
            return RetryLater(_seconds(error.retry_after), words, Reach.SENDER, asked=True)
        case InvalidToken():
            return Refused(Refusal.CREDENTIALS, "Telegram refuses our token; check RELEVO_TELEGRAM_TOKEN")
        case Forbidden():
            return vendor_words.telegram(403, error.message, words)
        case BadRequest():
            return vendor_words.telegram(400, error.message, words)
        case ChatMigrated():
            return Refused(Refusal.BAD_ADDRESS, "the chat has become a group under another number")
        case _:
            return _broken_line(error)


def _seconds(asked: int | timedelta) -> float:
    """The library gives either, by an environment variable of its own."""
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)


def _broken_line(error: "TelegramError") -> RetryLater | Unsure:
    """Only where the request was never written, or was turned away for its number, is it certain that nothing was sent."""
    cause = error.__cause__ or error
    if isinstance(cause, NotSent):
        return RetryLater(15, f"no connection to Telegram ({cause})")
    if "Too Many Requests" in error.message:
        return RetryLater(30, "Telegram: too many requests", Reach.SENDER, asked=True)
    why = str(cause) if isinstance(cause, BrokenLine) else type(cause).__name__
    return Unsure(f"Telegram may or may not have taken it ({why})")


def _pause_after(error: Exception, last: float) -> float:
    """How long polling waits after `error`. Raises ChannelError when waiting cannot help."""
    from telegram.error import InvalidToken, TelegramError

    if isinstance(error, InvalidToken):
        raise ChannelError(_result(error).detail) from None
    pause = min(_LONGEST_PAUSE, max(1.0, last * 2))
    if isinstance(error, TelegramError):
        result = _result(error)
        pause = result.seconds if isinstance(result, RetryLater) and result.seconds > pause else pause
    # The class only: the text of a database error may quote what a person wrote.
    _log.warning("Polling Telegram failed (%s); again in %s s.", type(error).__name__, pause)
    return pause


# ---- Telegram's words to ours


def _same_secret(given: str, secret: str) -> bool:
    return bool(secret) and hmac.compare_digest(given.encode(), secret.encode())


def _update(body: bytes) -> "Update | None":
    """None for what no version of the library can read as an update."""
    from telegram import Update

    try:
        return Update.de_json(json.loads(body), None)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _events(update: "Update", now: datetime) -> tuple[Inbound, ...]:
    external_id = str(update.update_id)
    if update.message is not None:
        return _from_message(update.message, external_id)
    if update.callback_query is not None:
        return _from_tap(update.callback_query, external_id, now)
    if update.my_chat_member is not None:
        return _from_membership(update.my_chat_member, external_id)
    return ()


def _from_message(message: "Message", external_id: str) -> tuple[Said | Started, ...]:
    if message.chat.type != "private" or (message.from_user is not None and message.from_user.is_bot):
        return ()
    if message.text is None and message.effective_attachment is None:
        return ()  # a service message: a pin, a timer
    address, text = str(message.chat.id), message.text or message.caption or ""
    command, payload = (*text.split(maxsplit=1), "", "")[:2]
    if command.partition("@")[0] == "/start":
        return (Started(ChannelName.TELEGRAM, external_id, address, payload.strip(), message.date),)
    return (Said(ChannelName.TELEGRAM, external_id, address, text, message.date),)


def _from_tap(query: "CallbackQuery", external_id: str, now: datetime) -> tuple[Pressed, ...]:
    if query.message is None or query.message.chat.type != "private" or not query.data:
        return ()
    return (Pressed(ChannelName.TELEGRAM, external_id, str(query.message.chat.id), query.data, now),)


def _from_membership(change: "ChatMemberUpdated", external_id: str) -> tuple[Unreachable, ...]:
    """`kicked` in a private chat is Telegram's word for: the person blocked the bot."""
    if change.chat.type != "private" or change.new_chat_member.status != "kicked":
        return ()
    return (Unreachable(ChannelName.TELEGRAM, external_id, str(change.chat.id), change.date),)
