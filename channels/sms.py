"""SMS through Twilio. Its library appears in this file only.

Facts: twilio.com/docs/messaging/api/message-resource (parameters, statuses), /docs/api/errors (codes),
/docs/usage/webhooks/webhooks-security (signatures). A text holds 1,600 characters; callbacks come in any order.
"""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

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
from channels.render import clean, masked, render, send_each, unsupported
from records.content import ChatMessage, TextMessage
from records.inbound import Inbound, Receipt, Said
from records.types import ChannelName, DeliveryState

if TYPE_CHECKING:
    from twilio.rest import Client

CAPABILITIES = Capabilities(max_text=1600, buttons=False, lines=16)

DELIVERIES: Mapping[str, DeliveryState] = {
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "queued": DeliveryState.ACCEPTED,
    "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.SENT,
    "partially_delivered": DeliveryState.SENT,  # not all of it reached the person
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}


def explain(status: int, code: int, words: str, address: str = "") -> SendResult:
    """Twilio's answer to a send, in ours. A server error other than 503 may have taken the message: Unsure."""
    detail = masked(f"Twilio {code}: {words}", address)
    row = vendor_words.exact("twilio", str(code)) or vendor_words.exact("twilio", str(status))
    if row is not None:
        return row.answer(detail)
    return Unsure(detail) if status >= 500 else vendor_words.unknown(str(code), detail)


class Sms:
    """Sends through Twilio's Messages API. `sender` is a number, a sender name or a Messaging Service (`MG…`);
    `status_url` is where Twilio reports what became of a message, empty for nowhere."""

    name = ChannelName.SMS
    capabilities = CAPABILITIES

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        *,
        api_url: str = "https://api.twilio.com",
        status_url: str = "",
        timeout: float = 30.0,
    ) -> None:
        self._credentials = (account_sid, auth_token)
        self._api_url = api_url
        self._timeout = timeout
        self._fixed = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        if status_url:
            self._fixed["status_callback"] = status_url
        self._lock = threading.Lock()
        self._made: Client | None = None

    def send(self, outgoing: Outgoing) -> SendResult:
        refusal = unsupported(outgoing, self.capabilities)
        if refusal or not isinstance(outgoing.content, ChatMessage | TextMessage):
            return refusal or Refused(Refusal.UNSUPPORTED, "not a text")
        parts = render(outgoing.content, self.capabilities)
        if isinstance(parts, Refused):
            return parts
        return send_each(parts, lambda body: self._send_one(outgoing.address, body))

    def _send_one(self, address: str, body: str) -> SendResult:
        from requests.exceptions import ConnectionError as Broken
        from requests.exceptions import ConnectTimeout, RequestException
        from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

        try:
            message = self._client().messages.create(to=address, body=body, **self._fixed)
        except _AskedToWait as wait:
            return _slow_down().answer("Twilio asked us to wait (429)", wait.seconds)
        except (TwilioRestException, TwilioServiceException) as error:
            words = error.msg if isinstance(error, TwilioRestException) else error.title
            return explain(error.status, error.code or error.status, words, address)
        except (ConnectTimeout, Broken) as error:
            return _broken(error)
        except (RequestException, TwilioException) as error:
            return Unsure(
                f"no answer from Twilio ({type(error).__name__}); look the message up before sending it again"
            )
        return Accepted(str(message.sid))

    def _client(self) -> "Client":
        with self._lock:
            if self._made is None:
                self._made = _make_client(*self._credentials, self._api_url, self._timeout)
            return self._made

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:
        """A text somebody sent us, or word of one of ours. Raises Forged, or ChannelError for what is neither."""
        form = _Form(delivery.body)
        _check_signature(delivery, form, secret)
        if form.first("MessageStatus") and form.first("MessageSid"):
            return (_receipt(form, now),)
        if form.first("From") and form.first("MessageSid"):
            return (_said(form, now),)
        raise ChannelError(
            "Twilio's delivery is neither a message nor a status: it names no MessageSid with From or MessageStatus. "
            "Check which webhooks of the number point here."
        )

    def close(self) -> None:
        with self._lock:
            made, self._made = self._made, None
        session = getattr(made.http_client, "session", None) if made else None
        if session is not None:
            session.close()


def _broken(error: Exception) -> SendResult:
    """A line that never opened carried nothing; one that broke may have."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if error.args else None
    never_opened = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    if isinstance(error, ConnectTimeout) or never_opened:
        return RetryLater(15.0, "Twilio could not be reached; nothing was sent")
    return Unsure("the line to Twilio broke before its answer; look the message up before sending it again")


class _AskedToWait(Exception):
    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _slow_down() -> vendor_words.Row:
    row = vendor_words.exact("twilio", "429")
    assert row is not None, "vendor_words.toml has lost the row of 429"
    return row


def _seconds(header: str) -> float:
    """0 where Twilio names no time."""
    return float(header) if header.isdigit() else 0.0


def _make_client(account_sid: str, auth_token: str, api_url: str, timeout: float) -> "Client":
    from twilio.http.http_client import TwilioHttpClient
    from twilio.http.response import Response
    from twilio.rest import Client

    scheme, host, *_ = urlsplit(api_url)

    class Elsewhere(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
        """Sends every call to `api_url`, and keeps Retry-After, which the library's exceptions lose."""

        def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
            answer = super().request(method, urlunsplit((scheme, host, *urlsplit(url)[2:])), *args, **more)
            if answer.status_code == 429:
                headers = {str(name).lower(): str(value) for name, value in (answer.headers or {}).items()}
                raise _AskedToWait(_seconds(headers.get("retry-after", "")))
            return answer

    quiet = logging.getLogger("relevo.twilio")  # the library logs every call with its account at INFO
    quiet.setLevel(logging.WARNING)
    return Client(account_sid, auth_token, http_client=Elsewhere(timeout=timeout, logger=quiet))


class _Form(dict[str, list[str]]):
    """A posted form. `getall` is how Twilio's validator asks for the values of a name that may come twice."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
            self.setdefault(name, []).append(value)

    def getall(self, name: str) -> list[str]:
        return self[name]

    def first(self, name: str) -> str:
        return clean(self.get(name, [""])[0])


def _check_signature(delivery: Delivery, form: _Form, secret: str) -> None:
    from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm

    signature = delivery.header("X-Twilio-Signature")
    if not secret or not signature:
        raise Forged("a delivery for Twilio came without a signature, or we have no auth token to check it with")
    algorithm = get_signature_algorithm(delivery.header(SIGNATURE_SETTINGS_HEADER))
    if not RequestValidator(secret).validate(delivery.public_url, form, signature, algorithm):
        raise Forged(
            "a delivery for Twilio has a wrong signature. If Twilio really sent it, RELEVO_PUBLIC_URL is not the address "
            "its webhook is set to, or the auth token is another account's."
        )


def _receipt(form: _Form, now: datetime) -> Receipt:
    sid, status = form.first("MessageSid"), form.first("MessageStatus")
    code = form.first("ErrorCode")
    raw = " ".join(word for word in (status, code) if word)
    delivery = DELIVERIES.get(status, DeliveryState.UNKNOWN)
    reason = _why(code) if delivery is DeliveryState.FAILED and code else ""
    return Receipt(ChannelName.SMS, f"{sid}:{status}", sid, delivery, raw, now, reason)


def _why(code: str) -> str:
    row = vendor_words.exact("twilio", code)
    answer = row.answer(code) if row is not None else vendor_words.unknown(code, code)
    # What was taken and then held up too long has not reached them: it may another day.
    return (answer.reason if isinstance(answer, Refused) else Refusal.UNREACHABLE).value


def _said(form: _Form, now: datetime) -> Said:
    count = int(media) if (media := form.first("NumMedia")).isdigit() else 0
    kinds = (f"[{form.first(f'MediaContentType{n}')}]" for n in range(min(count, 10)))
    text = "\n".join(part for part in (form.first("Body"), *kinds) if part)
    return Said(ChannelName.SMS, form.first("MessageSid"), form.first("From"), text, now)
