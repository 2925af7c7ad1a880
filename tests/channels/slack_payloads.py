"""What Slack delivers, made by hand, and signed as Slack signs it."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from channels.contract import Delivery
from tests.standins.slack import DESK, signed_headers

SECRET = "signing-secret-of-nobody"
ROOT = "1800000000.000100"


def reply_event(**changes: Any) -> dict[str, Any]:
    """A reply in the thread of a case, as the Events API delivers it."""
    event = {
        "type": "message",
        "channel": DESK,
        "user": "U0ANA0001",
        "text": "Hola, ya lo miro.",
        "ts": "1800000060.000200",
        "thread_ts": ROOT,
        "channel_type": "channel",
    }
    return {
        "type": "event_callback",
        "event_id": "Ev0001",
        "team_id": "T0TEAM001",
        "api_app_id": "A0APP0001",
        "authorizations": [{"team_id": "T0TEAM001", "user_id": "U0BOT0001", "is_bot": True}],
        "event": event | changes,
    }


def button_event(action_id: str = "claim", **changes: Any) -> dict[str, Any]:
    """A button of a card, as Slack's interactivity delivers it."""
    action = {
        "type": "button",
        "action_id": action_id,
        "block_id": "b1",
        "value": "case_7",
        "action_ts": "1800000090.500000",
    }
    return {
        "type": "block_actions",
        "user": {"id": "U0LUIS001", "team_id": "T0TEAM001"},
        "api_app_id": "A0APP0001",
        "team": {"id": "T0TEAM001", "domain": "farolito"},
        "container": {"type": "message", "message_ts": ROOT, "channel_id": DESK, "is_ephemeral": False},
        "channel": {"id": DESK, "name": "casos"},
        "message": {"ts": ROOT, "text": "R-7Q2M"},
        "trigger_id": "1.2.abc",
        "actions": [action],
    } | changes


def picked_event(picked: str, case_id: str = "case_7", **changes: Any) -> dict[str, Any]:
    """An option taken from the menu of a card, after what it asks back was confirmed."""
    action = {
        "type": "external_select",
        "action_id": "resolve",
        "block_id": f"case:{case_id}",
        "selected_option": {"text": {"type": "plain_text", "text": "¿Puedo pausar?"}, "value": picked},
        "action_ts": "1800000095.500000",
    }
    return button_event() | {"actions": [action]} | changes


def typed_event(typed: str, case_id: str = "case_7", **changes: Any) -> dict[str, Any]:
    """What somebody types into the menu of a card: Slack asks for its options, and waits three seconds."""
    asked = {name: value for name, value in button_event().items() if name not in ("actions", "trigger_id")}
    menu = {"type": "block_suggestion", "action_id": "resolve", "block_id": f"case:{case_id}", "value": typed}
    return asked | menu | changes


def signed(body: bytes, at: datetime, content_type: str = "application/json") -> Delivery:
    return Delivery(body, {"Content-Type": content_type, **signed_headers(body, SECRET, int(at.timestamp()))})


def as_json(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload).encode()


def as_form(payload: dict[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def over_socket(payload: dict[str, Any]) -> Delivery:
    return Delivery(as_json(payload), {}, transport="socket")
