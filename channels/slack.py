"""Slack as the desk of the staff: one card per case, its thread for the talk, buttons for what staff decide.

The only file that knows slack-bolt and slack-sdk; what a card looks like is in `channels.slack_blocks`, what
Slack tells in `channels.slack_events`.
"""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from channels import vendor_words
from channels.contract import (
    Accepted,
    Capabilities,
    ChannelError,
    Delivery,
    Forged,
    Outgoing,
    Refusal,
    Refused,
    RetryLater,
    SendResult,
    Unsure,
)
from channels.render import unsupported
from channels.slack_blocks import (
    NO_PREVIEWS,
    card_payload,
    metadata,
    notice_payloads,
    options_payload,
    post_payloads,
    split_thread,
)
from channels.slack_events import events_in, payload_of, typed_in
from records.clock import Clock, RealClock
from records.content import CaseCard, DeskNotice, ThreadPost
from records.inbound import Inbound, Receipt
from records.types import ChannelName, Choice

if TYPE_CHECKING:
    from slack_bolt import App
    from slack_bolt.response import BoltResponse
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

_log = logging.getLogger(__name__)
_bolt_log = logging.getLogger(f"{__name__}.bolt")
_bolt_log.setLevel(logging.ERROR)  # its warnings are about set-ups of its own that we chose against, at every start


_MAYBE = frozenset({"fatal_error", "internal_error"})  # "some aspect of the operation may have succeeded"

Deliver = Callable[[Delivery], None]
Suggest = Callable[[str, str], Iterable[Choice]]
"""What a menu of this case shows for what was typed."""
HttpAnswer = tuple[int, dict[str, str], str]


def nothing_to_offer(_case_id: str, _typed: str) -> tuple[Choice, ...]:
    """For who posts no menus."""
    return ()


class Slack:
    """Keeps `channels.contract.Channel` for the desk. `api_url` ends in `/api/`; `channel` is where cards are posted.

    The inside of Slack's door: `bolt_app(deliver)` once, then `http_handler(delivery)` per request, or `socket(stop, deliver)`.
    """

    name = ChannelName.SLACK
    capabilities = Capabilities(max_text=9000, buttons=True, staff=True, kinds=frozenset({"card", "post", "notice"}))

    def __init__(
        self,
        bot_token: str,
        api_url: str,
        channel: str,
        signing_secret: str = "",
        app_token: str = "",
        *,
        timeout: int = 30,
    ) -> None:
        self._bot_token = bot_token
        self._api_url = api_url
        self._channel = channel
        self._signing_secret = signing_secret
        self._app_token = app_token
        self._timeout = timeout
        self._app: App | None = None

    @cached_property
    def _client(self) -> "WebClient":
        from slack_sdk import WebClient

        # slack-sdk repeats a call by itself when the line breaks; that may post twice, so: no handlers.
        return WebClient(
            token=self._bot_token, base_url=self._api_url, timeout=self._timeout, retry_handlers=[], logger=_log
        )

    # ---- out

    def send(self, outgoing: Outgoing) -> SendResult:
        """Posts or redraws a card, or posts in its thread. `provider_id` is `<channel>:<ts>` of the first message."""
        match outgoing.content:
            case CaseCard() as card:
                return self._send_card(card, outgoing.address or self._channel, outgoing.key)
            case ThreadPost() as post:
                return self._send_post(post, outgoing.key)
            case DeskNotice() as notice:
                where = {"channel": outgoing.address or self._channel} | NO_PREVIEWS | metadata(outgoing.key)
                return self._call_all("chat.postMessage", [message | where for message in notice_payloads(notice)])
            case _:
                return unsupported(outgoing, self.capabilities) or Refused(Refusal.UNSUPPORTED, "not for the desk")

    def _send_card(self, card: CaseCard, channel: str, key: str) -> SendResult:
        message = card_payload(card) | metadata(key)
        if not card.update_of:
            return self._call("chat.postMessage", message | {"channel": channel} | NO_PREVIEWS)
        channel, ts = split_thread(card.update_of)
        return self._call("chat.update", message | {"channel": channel, "ts": ts})

    def _send_post(self, post: ThreadPost, key: str) -> SendResult:
        channel, root = split_thread(post.thread)
        if not root:
            return Refused(
                Refusal.BAD_ADDRESS, f"case {post.case_id!r} has no thread in Slack yet; post its card first"
            )
        if not post.text.strip():
            return Refused(Refusal.CONTENT, f"the post for case {post.case_id!r} is empty; give it a text")
        where = {"channel": channel, "thread_ts": root}
        if post.whisper_to:
            method, extra = "chat.postEphemeral", {"user": post.whisper_to}
        else:
            method, extra = "chat.postMessage", NO_PREVIEWS | metadata(key)
        return self._call_all(method, [message | where | extra for message in post_payloads(post)])

    def _call_all(self, method: str, messages: list[dict[str, Any]]) -> SendResult:
        first = self._call(method, messages[0])
        if not isinstance(first, Accepted):
            return first
        for number, message in enumerate(messages[1:], start=2):
            result = self._call(method, message)
            if not isinstance(result, Accepted):
                return Unsure(f"part {number} of {len(messages)} did not go, the parts before it did: {result.detail}")
        return first

    def _call(self, method: str, arguments: dict[str, Any]) -> SendResult:
        from slack_sdk.errors import SlackApiError

        try:
            answer = self._client.api_call(method, json=arguments)
        except SlackApiError as error:
            return _refusal(error)
        except (OSError, HTTPException) as error:
            return _broken_line(error)
        ts = answer.get("ts") or answer.get("message_ts")
        return Accepted(f"{answer.get('channel') or arguments['channel']}:{ts}")

    # ---- in

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        """StaffSaid for a person's message in a thread, StaffPressed for a button; nothing for all else Slack tells.

        Raises Forged when an HTTP delivery is not signed with `secret` or is more than five minutes from `now`. Over the socket
        the connection itself was authenticated.
        """
        if delivery.transport == "http":
            verify(delivery, secret, now)
        return events_in(delivery)

    def challenge(self, delivery: Delivery) -> str | None:
        """What Slack wants to hear back when the address is entered in its settings; None for every other delivery."""
        payload = payload_of(delivery)
        return str(payload.get("challenge", "")) if payload.get("type") == "url_verification" else None

    def bolt_app(self, deliver: Deliver, clock: Clock | None = None, suggest: Suggest = nothing_to_offer) -> "App":
        """The Bolt app behind `http_handler`; its listeners only call `deliver`, which must have written when it returns, and
        `suggest`, which has the three seconds Slack waits.

        Bolt acknowledges events before it runs a listener, unless `process_before_response` is set: then a listener that raises
        gives 500 and Slack repeats the delivery. A repeat is harmless: its external id is the same.
        """
        self._app = self._build_app(deliver, clock or RealClock(), suggest)
        return self._app

    def _build_app(self, deliver: Deliver, clock: Clock, suggest: Suggest) -> "App":
        from slack_bolt import App
        from slack_bolt.authorization import AuthorizeResult

        app = App(
            name="relevo",
            logger=_bolt_log,
            client=self._client,
            # By default Bolt asks auth.test first and answers 200 when that fails: the event would be lost.
            authorize=lambda enterprise_id, team_id: AuthorizeResult(
                enterprise_id=enterprise_id, team_id=team_id, bot_token=self._bot_token
            ),
            process_before_response=True,
            # Bolt checks ages against the machine's clock, we against the workspace's.
            request_verification_enabled=False,
            before_authorize=_gatekeeper(self._signing_secret, clock),
            ignoring_self_events_enabled=False,  # `read` leaves our own messages out, on every transport
        )
        app.error(_failed)
        listener = _listener(deliver)
        app.event(re.compile(".*"))(listener)
        app.action(re.compile(".*"))(listener)
        app.options(re.compile(".*"))(_menu_listener(suggest))
        return app

    def http_handler(self, delivery: Delivery) -> HttpAnswer:
        """One HTTP delivery through Bolt: status, headers, body. 400 nonsense, 401 forged, 500 when `deliver` raised."""
        if self._app is None:
            raise ChannelError("Slack has no Bolt app yet; call bolt_app(deliver) once before http_handler.")
        from slack_bolt.request import BoltRequest

        try:
            request = BoltRequest(body=delivery.body.decode(), headers=dict(delivery.headers))
        except (ValueError, AttributeError, TypeError):  # Bolt parses before it checks the signature
            return 400, {}, ""
        response = self._app.dispatch(request)
        return response.status, response.first_headers(), response.body or ""

    def socket(self, stop: threading.Event, deliver: Deliver, suggest: Suggest = nothing_to_offer) -> None:
        """Socket Mode: hands deliveries to `deliver` until `stop` is set. What raises is not acknowledged, so Slack repeats it.

        Raises ChannelError when Slack refuses the app token; a broken line is tried again.
        """
        from slack_bolt.adapter.socket_mode import SocketModeHandler

        # One worker keeps the order in which staff wrote; a lost line is noticed at the next ping.
        handler = SocketModeHandler(
            self._build_app(deliver, RealClock(), suggest), self._app_token, logger=_log, concurrency=1, ping_interval=3
        )
        try:
            if _connect(handler, stop):
                stop.wait()
        finally:
            handler.close()  # type: ignore[no-untyped-call]  # Bolt leaves it bare

    def account(self) -> str:
        """The name of the workspace the bot is in. Raises ChannelError when Slack refuses the token or cannot be reached."""
        from slack_sdk.errors import SlackApiError

        try:
            return str(self._client.auth_test().get("team", ""))
        except SlackApiError as error:
            raise ChannelError(f"Slack does not know this bot: {_refusal(error).detail}") from None
        except (OSError, HTTPException) as error:
            raise ChannelError(f"Slack does not answer: {_broken_line(error).detail}") from None

    def close(self) -> None:
        """Nothing stays open between calls."""


# ---- what Slack answered


def _refusal(error: "SlackApiError") -> Refused | RetryLater | Unsure:
    status = int(error.response.status_code)
    word = str(error.response.get("error", "") if isinstance(error.response.data, dict) else "")
    row = vendor_words.exact("slack", "ratelimited" if status == 429 else word)
    detail = f"Slack: {word or status}"
    if row is not None:
        answer = row.answer(detail)
        if isinstance(answer, RetryLater):
            return replace(answer, seconds=_seconds(error.response.headers, answer.seconds))
        return answer
    if status >= 500 or word in _MAYBE or not re.fullmatch(r"[a-z_0-9]+", word):
        return Unsure(f"Slack answered {status} and did not say whether it posted the message")
    return vendor_words.unknown(word, detail)


def _seconds(headers: Mapping[str, str], otherwise: float) -> float:
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        return max(1.0, float(lowered.get("retry-after", otherwise)))
    except ValueError:
        return otherwise


def _broken_line(error: Exception) -> RetryLater | Unsure:
    """Only where the connection never stood is it certain that nothing was posted."""
    import socket
    import ssl

    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLCertVerificationError):
        return RetryLater(15, f"no connection to Slack ({type(reason).__name__})")
    return Unsure(f"the line to Slack broke ({type(reason).__name__})")


# ---- Slack's words to ours


def verify(delivery: Delivery, secret: str, now: datetime) -> None:
    """Raises Forged unless the body is signed with `secret` (v0) and at most five minutes from `now`."""
    from slack_sdk.signature import Clock as SignatureClock
    from slack_sdk.signature import SignatureVerifier

    class Fixed(SignatureClock):
        def now(self) -> float:
            return now.timestamp()

    try:
        genuine = bool(secret.strip()) and SignatureVerifier(secret, Fixed()).is_valid(
            delivery.body, delivery.header("X-Slack-Request-Timestamp"), delivery.header("X-Slack-Signature")
        )
    except (ValueError, TypeError):  # a timestamp that is no number, a body or signature that is no text
        genuine = False
    if not genuine:
        raise Forged("A Slack delivery has a wrong signature or is older than five minutes; check the signing secret.")


# ---- Bolt


def _gatekeeper(secret: str, clock: Clock) -> Callable[..., "BoltResponse"]:
    from slack_bolt.request import BoltRequest
    from slack_bolt.response import BoltResponse

    def check(req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:
        if req.mode == "http":
            verify(_delivery(req), secret, clock.now())
        return next()

    return check


def _listener(deliver: Deliver) -> Callable[..., None]:
    from slack_bolt import Ack
    from slack_bolt.request import BoltRequest

    def write(req: BoltRequest, ack: Ack) -> None:
        deliver(_delivery(req))
        ack()

    return write


def _menu_listener(suggest: Suggest) -> Callable[..., None]:
    from slack_bolt import Ack
    from slack_bolt.request import BoltRequest

    def offer(req: BoltRequest, ack: Ack) -> None:
        ack(options=options_payload(suggest(*typed_in(_delivery(req)))))

    return offer


def _delivery(req: Any) -> Delivery:
    if req.mode == "socket_mode":
        return Delivery(json.dumps(req.body).encode(), {}, transport="socket")
    return Delivery(req.raw_body.encode(), {name: values[0] for name, values in req.headers.items()})


def _failed(error: Exception) -> "BoltResponse":
    from slack_bolt.response import BoltResponse

    if isinstance(error, Forged):
        return BoltResponse(status=401, body="")
    # The class only: the text of a database error may quote what a person wrote.
    _log.error("A Slack delivery was not stored (%s); Slack will repeat it.", type(error).__name__)
    return BoltResponse(status=500, body="")


def _connect(handler: Any, stop: threading.Event) -> bool:
    """Connects, trying again while the line is down. False when stopped before. Raises ChannelError for a refused token."""
    from slack_sdk.errors import SlackApiError

    pause = 1.0
    while not stop.is_set():
        try:
            handler.connect()
            return True
        except SlackApiError as error:
            result = _refusal(error)
            if isinstance(result, Refused):
                raise ChannelError(f"Slack refuses Socket Mode ({result.detail}); check the app token.") from None
        except Exception as error:  # the library raises plain Exception when its handshake fails
            _log.warning("No connection to Slack (%s); trying again in %s s.", type(error).__name__, pause)
        stop.wait(pause)
        pause = min(60.0, pause * 2)
    return False
