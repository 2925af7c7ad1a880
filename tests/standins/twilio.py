"""Twilio's Messages API on loopback. Refuses from its own table what Twilio refuses, each rule with its source; logs what it
took; signs webhooks with Twilio's own algorithm."""

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from channels.contract import Delivery
from tests.standins.rates import Meter, segments_of
from tests.standins.web import LoopbackServer

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
SENDER = "+15005550006"  # twilio.com/docs/iam/test-credentials: the number that may always send
STATUS_URL = "https://relevo.example.com/hooks/twilio/status"

# twilio.com/docs/messaging/api/message-resource#create-a-message-resource, request body parameters.
KNOWN = frozenset(
    {"To", "From", "FallbackFrom", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables"}
    | {"StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt", "ValidityPeriod", "ForceDelivery"}
    | {"ContentRetention", "AddressRetention", "SmartEncoded", "PersistentAction", "TrafficType", "ShortenUrls"}
    | {"ScheduleType", "SendAt", "SendAsMms", "RiskCheck"}
)

# Numbers that always give this error, from the page on test credentials (twilio.com/docs/iam/test-credentials).
MAGIC: Mapping[str, int] = {
    "+15005550001": 21211,  # invalid
    "+15005550002": 21612,  # cannot be routed
    "+15005550003": 21408,  # country not permitted
    "+15005550004": 21610,  # has opted out
    "+15005550009": 21614,  # cannot receive SMS
}

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "twilio_messages.json"


@dataclass(frozen=True)
class Taken:
    """One message Twilio would have queued."""

    sid: str
    form: dict[str, str]


@dataclass(frozen=True)
class Refusal:
    """An answer in Twilio's error form."""

    status: int
    code: int
    words: str
    headers: dict[str, str] = field(default_factory=dict)


Rule = Callable[[Mapping[str, list[str]]], Refusal | None]


def _unknown(form: Mapping[str, list[str]]) -> Refusal | None:
    """Twilio itself ignores what it does not know; a stand-in that did would hide a misspelt parameter."""
    strange = sorted(set(form) - KNOWN)
    return Refusal(400, 20001, f"Unknown parameter {strange[0]}") if strange else None


def _no_recipient(form: Mapping[str, list[str]]) -> Refusal | None:
    """docs/api/errors/21604."""
    return None if form.get("To") else Refusal(400, 21604, "A 'To' phone number is required.")


def _no_sender(form: Mapping[str, list[str]]) -> Refusal | None:
    """docs/api/errors/21603: From or MessagingServiceSid."""
    has = form.get("From") or form.get("MessagingServiceSid")
    return None if has else Refusal(400, 21603, "A 'From' phone number is required.")


def _no_body(form: Mapping[str, list[str]]) -> Refusal | None:
    """docs/api/errors/21602: Body, MediaUrl or ContentSid."""
    has = form.get("Body") or form.get("MediaUrl") or form.get("ContentSid")
    return None if has else Refusal(400, 21602, "Message body is required.")


def _long_body(form: Mapping[str, list[str]]) -> Refusal | None:
    """docs/api/errors/21617: 1,600 characters."""
    if len(form.get("Body", [""])[0]) <= 1600:
        return None
    return Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")


def _bad_number(form: Mapping[str, list[str]]) -> Refusal | None:
    """docs/api/errors/21211 and docs/glossary/what-e164: a plus, a country code, at most 15 digits."""
    number = form["To"][0]
    if re.fullmatch(r"\+[1-9]\d{6,14}", number):
        return None
    return Refusal(400, 21211, f"Invalid 'To' Phone Number: {number}")


def _magic_number(form: Mapping[str, list[str]]) -> Refusal | None:
    number = form["To"][0]
    code = MAGIC.get(number)
    return Refusal(400, code, f"The number {number} is refused") if code else None


def _bad_sender(form: Mapping[str, list[str]]) -> Refusal | None:
    """docs/api/errors/21606: the sender is not ours; docs/messaging/services: MG and 32 hexadecimal digits (21701)."""
    service, sender = form.get("MessagingServiceSid", [""])[0], form.get("From", [SENDER])[0]
    if service and not re.fullmatch(r"MG[0-9a-fA-F]{32}", service):
        return Refusal(404, 21701, "The Messaging Service does not exist")
    return None if sender == SENDER else Refusal(400, 21606, f"The 'From' phone number {sender} is not valid")


def _bad_callback(form: Mapping[str, list[str]]) -> Refusal | None:
    """docs/api/errors/21609: a URL with a host, without underscores in it."""
    url = form.get("StatusCallback", [""])[0]
    if not url or re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?(/\S*)?", url):
        return None
    return Refusal(400, 21609, "The 'StatusCallback' URL is not a valid URL")


RULES: tuple[Rule, ...] = (
    _unknown,
    _no_recipient,
    _no_sender,
    _no_body,
    _long_body,
    _bad_number,
    _magic_number,
    _bad_sender,
    _bad_callback,
)


def refusal_of(form: Mapping[str, list[str]]) -> Refusal | None:
    """The first rule this call breaks."""
    return next((refusal for rule in RULES if (refusal := rule(form))), None)


class TwilioStandIn:
    """Start it, give its `url` to the adapter, read `taken`. `next_answer` is given once instead of the rules' own;
    `hang_up` breaks the line once after taking the message; past `quota` messages it asks to wait."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.next_answer: Refusal | None = None
        self.hang_up = False
        self.quota = 1_000_000
        self.meter: Meter | None = None  # segments for each sender: past it, 429
        self.slowed = 0
        self._server = LoopbackServer(_handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, authorization: str, form: Mapping[str, list[str]]) -> Taken | Refusal:
        """docs/usage/requests-to-twilio: HTTP basic, account and token; 20003 and 20404."""
        expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if authorization != expected:
            return Refusal(401, 20003, "Authenticate")
        if path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return Refusal(404, 20404, f"The requested resource {path} was not found")
        scripted, self.next_answer = self.next_answer, None
        refusal = scripted or refusal_of(form)
        if len(self.taken) >= self.quota:
            refusal = Refusal(429, 20429, "Too Many Requests")
        refusal = refusal or self._too_fast(form)
        if refusal:
            return refusal
        taken = Taken(f"SM{len(self.taken):032x}", {name: values[0] for name, values in form.items()})
        self.taken.append(taken)
        return taken

    def _too_fast(self, form: Mapping[str, list[str]]) -> Refusal | None:
        """docs/api/errors/20429 and 14107; Twilio itself would queue some hours of messages, which is worse."""
        if self.meter is None or not self.meter.take(form["From"][0], segments_of(form["Body"][0])):
            return None
        self.slowed += 1
        return Refusal(429, 20429, "Too Many Requests", {"Retry-After": "1"})

    def stop(self) -> None:
        self._server.end()
        self._thread.join()


def _handler(owner: TwilioStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else every answer waits 40 ms for the client's acknowledgement

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            form = parse_qs(raw.decode(), keep_blank_values=True)
            answer = owner.answer(self.path, self.headers.get("Authorization", ""), form)
            if owner.hang_up:
                owner.hang_up = False
                self.close_connection = True
                return
            if isinstance(answer, Refusal):
                more = f"https://www.twilio.com/docs/errors/{answer.code}"
                body = {"code": answer.code, "message": answer.words, "more_info": more, "status": answer.status}
                self._say(answer.status, body, answer.headers)
            else:
                self._say(201, {"sid": answer.sid, "status": "queued", "account_sid": ACCOUNT}, {})

        def _say(self, status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": len(raw), **headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


def webhook(url: str, form: Mapping[str, str], token: str = TOKEN) -> Delivery:
    """A delivery as Twilio posts it to `url`, signed with `token`."""
    from twilio.request_validator import RequestValidator

    signature = RequestValidator(token).compute_signature(url, dict(form))
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return Delivery(urlencode(form).encode(), headers, url)
