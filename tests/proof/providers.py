"""Four kinds of provider that log what they took, and can end a worker between taking a message and answering."""

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bench.sink import Line
from records.types import ChannelName
from tests.standins import telegram, twilio
from tests.standins.telegram import TelegramStandIn
from tests.standins.twilio import TwilioStandIn

Strike = Callable[[], None]


class Provider(Protocol):
    """A provider in this process. `strike` is called after each message is taken and before it is answered."""

    name: str
    channel: ChannelName
    strike: Strike

    @property
    def settings(self) -> Mapping[str, Any]:
        """What a worker needs to reach it."""
        ...

    def log(self) -> list[str]:
        """The addresses of all it took, in order; who got two stands there twice."""
        ...

    def close(self) -> None: ...


class Mail:
    """A mail server. With `idempotent` it takes a Message-ID once and says yes to the same again, dropping it; it answers each
    mail after `delay` seconds."""

    channel = ChannelName.EMAIL

    def __init__(self, *, idempotent: bool = False, delay: float = 0.0) -> None:
        self.name = "SMTP, Message-ID once" if idempotent else "SMTP"
        self.strike: Strike = lambda: None
        self.dropped = 0
        self._idempotent = idempotent
        self._delay = delay
        self._known: set[bytes] = set()
        self._log: list[str] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: Line(self._take, self._delay), "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()

    def _take(self, recipient: str, body: bytes) -> None:
        found = re.search(rb"^Message-ID:\s*(<[^>]+>)", body, re.MULTILINE)
        assert found, "a mail without Message-ID"
        if self._idempotent and found[1] in self._known:
            self.dropped += 1
        else:
            self._known.add(found[1])
            self._log.append(recipient)
        self.strike()

    @property
    def settings(self) -> Mapping[str, Any]:
        return {
            "smtp_url": f"smtp://127.0.0.1:{self._port}?tls=none",
            "mail_from": "Farolito <ayuda@farolito.example>",
            "pace": {"email_per_second": 0},
        }

    def log(self) -> list[str]:
        return list(self._log)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()


class Telegram:
    """The Bot API's stand-in, in which every chat is open."""

    name = "Telegram"
    channel = ChannelName.TELEGRAM

    def __init__(self) -> None:
        self.strike: Strike = lambda: None
        self._server = TelegramStandIn(everyone=True, after_each=lambda: self.strike())

    @property
    def settings(self) -> Mapping[str, Any]:
        return {
            "telegram_token": telegram.TOKEN,
            "telegram_api_url": self._server.url,
            "pace": {"telegram_per_second": 0, "telegram_chat_per_second": 0},
        }

    def log(self) -> list[str]:
        return [str(one.chat_id) for one in self._server.taken]

    def close(self) -> None:
        self._server.close()


class _StrikingTwilio(TwilioStandIn):
    def __init__(self, strike: Strike) -> None:
        self._strike = strike
        super().__init__()

    def answer(self, path: str, authorization: str, form: Mapping[str, list[str]]) -> "twilio.Taken | twilio.Refusal":
        answer = super().answer(path, authorization, form)
        self._strike()
        return answer


class Twilio:
    """The Messages API's stand-in."""

    name = "Twilio"
    channel = ChannelName.SMS

    def __init__(self) -> None:
        self.strike: Strike = lambda: None
        self._server = _StrikingTwilio(lambda: self.strike())

    @property
    def settings(self) -> Mapping[str, Any]:
        return {
            "twilio_account_sid": twilio.ACCOUNT,
            "twilio_auth_token": twilio.TOKEN,
            "twilio_from": twilio.SENDER,
            "twilio_api_url": self._server.url,
            "public_url": "https://relevo.example.com",
            "pace": {"sms_per_second": 0},
        }

    def log(self) -> list[str]:
        return [one.form["To"] for one in self._server.taken]

    def close(self) -> None:
        self._server.stop()


KINDS: Mapping[str, Callable[[], Provider]] = {
    "smtp": Mail,
    "smtp-once": lambda: Mail(idempotent=True),
    "telegram": Telegram,
    "twilio": Twilio,
}
