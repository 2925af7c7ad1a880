"""The sample company open for business: real web server, real worker, real adapters; only the vendors are stand-ins."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Table, func, select

from channels.contract import Delivery
from console.wiring import House, open_house
from console.working import start_worker
from records.clock import ClockAnchor, RealClock, WorkspaceClock
from records.database import Tx
from records.store import inbox
from records.tables import inbox as inbox_table
from records.tables import messages, receipts, turns
from records.types import MessageState
from tests.channels import slack_payloads, telegram_payloads
from tests.conftest import NOW
from tests.console.browser import serve
from tests.servers import free_port
from tests.standins import slack, telegram, twilio
from tests.standins.slack import Posted, SlackStandIn
from tests.standins.telegram import Taken, TelegramStandIn
from tests.standins.twilio import TwilioStandIn

SECONDS = 60.0  # of the wall, on a machine that may be busy with other tests
PACE = {"telegram_per_second": 100.0, "slack_per_second": 100.0, "sms_per_second": 100.0}
WEBHOOKS = {
    "telegram_mode": "webhook",
    "telegram_secret": telegram_payloads.SECRET,
    "slack_signing_secret": slack_payloads.SECRET,
}
SOCKETS = {"telegram_mode": "polling", "slack_app_token": slack.APP_TOKEN}
UNSETTLED = (MessageState.PLANNED.value, MessageState.CLAIMED.value, MessageState.SENDING.value)


def wait_until(true: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Look every few milliseconds; fails naming what did not happen. A look that itself takes long counts for as long."""
    pause, until = threading.Event(), time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")
        pause.wait(0.005)


PHONE = "+34600111222"


def text_from(number: int, body: str, phone: str = PHONE) -> dict[str, str]:
    """The form of an SMS from this phone; `number` tells it from the others."""
    sid = f"SM{number:032x}"
    sender = twilio.SENDER
    return {"MessageSid": sid, "AccountSid": twilio.ACCOUNT, "From": phone, "To": sender, "Body": body, "NumMedia": "0"}


@dataclass(frozen=True)
class Company:
    """A house that serves and works, and the vendors on the other side."""

    house: House
    home: str
    telegram: TelegramStandIn
    slack: SlackStandIn
    twilio: TwilioStandIn

    # ---- what reaches us

    def post(self, path: str, delivery: Delivery) -> tuple[int, str]:
        """One delivery over HTTP: status and body of the answer."""
        line = HTTPConnection(urlsplit(self.home).netloc, timeout=SECONDS)
        try:
            line.request("POST", path, delivery.body, dict(delivery.headers))
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def telegram_update(self, update: dict[str, Any], secret: str = telegram_payloads.SECRET) -> tuple[int, str]:
        return self.post("/hooks/telegram", telegram_payloads.webhook(update, secret))

    def slack_event(
        self, payload: dict[str, Any], age: timedelta = timedelta(), retry: int = 0, forged: bool = False
    ) -> int:
        """An event (JSON) or a button (form), signed as Slack signs it `age` ago."""
        is_button = payload["type"] == "block_actions"
        body = slack_payloads.as_form(payload) if is_button else slack_payloads.as_json(payload)
        kind = "application/x-www-form-urlencoded" if is_button else "application/json"
        genuine = slack_payloads.signed(body, self.house.clock.now() - age, kind)
        headers = dict(genuine.headers)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        if forged:
            headers["X-Slack-Signature"] = "v0=" + "0" * 64
        return self.post("/hooks/slack", Delivery(body, headers))[0]

    def sms(self, form: Mapping[str, str], path: str = "/hooks/twilio/messages") -> Delivery:
        """A delivery signed for the address it is sent to."""
        return twilio.webhook(f"{self.home}{path}", form)

    # ---- what became of it

    def is_settled(self) -> bool:
        """Everything that came in is handled, everything that goes out has left."""
        with self.house.db.read() as tx:
            waiting = tx.execute(select(func.count()).where(messages.c.state.in_(UNSETTLED))).scalar_one()
            return not inbox.open_count(tx) and not waiting

    def settle(self) -> None:
        wait_until(self.is_settled, "inbox and outbox empty")

    def stored(self) -> dict[str, int]:
        """How many rows each table holds that a delivery could have written."""
        with self.house.db.read() as tx:
            return {table.name: _count(tx, table) for table in (inbox_table, receipts, turns, messages)}

    def told(self, chat: int = telegram_payloads.CHAT) -> list[Taken]:
        """What a person has read in Telegram."""
        return [one for one in self.telegram.taken if one.chat_id == chat]

    def card(self) -> Posted:
        """The card of the only case, as it stands, once it is posted."""
        wait_until(lambda: bool(self._cards()), "a card at the desk")
        (card,) = self._cards()
        return card

    def _cards(self) -> list[Posted]:
        return [one for one in self.slack.posted if not one.thread_ts and not one.only_for]

    def thread(self, card: Posted) -> list[Posted]:
        return [one for one in self.slack.posted if one.thread_ts == card.ts]


def _count(tx: Tx, table: Table) -> int:
    return tx.execute(select(func.count()).select_from(table)).scalar_one()


@contextmanager
def company(sample: Path, folder: Path, **settings: str) -> Iterator[Company]:
    """A copy of the workspace at `sample`, served and worked; `settings` choose how vendors deliver."""
    shutil.copytree(sample, folder)
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        bot_api, desk, sms = TelegramStandIn(), SlackStandIn(), TwilioStandIn()
        for close in (bot_api.close, desk.close, sms.stop):
            stack.callback(close)
        vendors = {
            "telegram_token": telegram.TOKEN,
            "telegram_api_url": bot_api.url,
            "slack_bot_token": slack.BOT_TOKEN,
            "slack_api_url": desk.url,
            "slack_channel": slack.DESK,
            "twilio_account_sid": twilio.ACCOUNT,
            "twilio_auth_token": twilio.TOKEN,
            "twilio_from": twilio.SENDER,
            "twilio_api_url": sms.url,
        }
        clock = WorkspaceClock(ClockAnchor(NOW, RealClock().now()))
        house = open_house(folder, clock, pace=PACE, public_url=home, **vendors, **settings)
        stack.callback(house.close)
        stack.callback(start_worker(house).stop)
        stack.enter_context(serve(house, port))
        yield Company(house, home, bot_api, desk, sms)


def press(card: Posted, action: str, staff: str, number: int) -> dict[str, Any]:
    """A press on a button of this card, as Slack delivers it."""
    value = next(value for _, name, value in card.buttons if name == action)
    payload = slack_payloads.button_event(action, user={"id": staff, "team_id": "T0TEAM001"})
    payload["container"] = payload["container"] | {"message_ts": card.ts}
    payload["message"] = {"ts": card.ts, "text": card.shown}
    (button,) = payload["actions"]
    payload["actions"] = [button | {"value": value, "action_ts": f"1800000090.{number:06d}"}]
    return payload


def reply(card: Posted, staff: str, text: str, number: int) -> dict[str, Any]:
    """A message in the thread of this card, as Slack delivers it."""
    payload = slack_payloads.reply_event(user=staff, text=text, ts=f"1800000060.{number:06d}", thread_ts=card.ts)
    return payload | {"event_id": f"Ev{number:04d}"}


def choices(message: Taken) -> dict[str, str]:
    """Data by label of the buttons under a message."""
    return {label: data for label, data in message.buttons if not data.startswith("http")}


def acknowledged(body: str) -> str:
    """The call Telegram is asked to make in the answer to a delivery."""
    return str(json.loads(body or "{}").get("method", ""))
