"""What Slack tells, in our words: replies in a thread and buttons of a card. Pure; knows no library."""

import html
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from channels.contract import Delivery
from channels.slack_blocks import case_of
from records.inbound import StaffPressed, StaffSaid
from records.types import ChannelName

_HUMAN_SUBTYPES = frozenset({"", "file_share", "thread_broadcast"})


def events_in(delivery: Delivery) -> tuple[StaffSaid | StaffPressed, ...]:
    """Everything a delivery holds that is for us; nothing for what Slack tells besides."""
    payload = payload_of(delivery)
    reader = _READERS.get(str(payload.get("type", "")))
    return reader(payload) if reader else ()


def payload_of(delivery: Delivery) -> dict[str, Any]:
    """The JSON Slack meant: events arrive as JSON, buttons as a form with the JSON inside. Empty when there is none."""
    try:
        text = delivery.body.decode()
        if text.startswith("payload="):
            text = parse_qs(text)["payload"][0]
        payload = json.loads(text)
    except (ValueError, KeyError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _read_event(payload: dict[str, Any]) -> tuple[StaffSaid, ...]:
    event = payload.get("event") or {}
    if not _by_a_person_in_a_thread(event, payload):
        return ()
    text = _with_files(event)
    if not text:
        return ()
    channel, ts = str(event["channel"]), str(event["ts"])
    thread = f"{channel}:{event['thread_ts']}"
    return (
        StaffSaid(
            channel=ChannelName.SLACK,
            external_id=f"{channel}:{ts}",
            address=thread,
            case_id="",
            thread=thread,
            staff=str(event["user"]),
            text=text,
            at=_moment(ts),
        ),
    )


def _by_a_person_in_a_thread(event: dict[str, Any], payload: dict[str, Any]) -> bool:
    """A reply somebody typed. Edits, deletions, bots and ourselves are left out: our own posts come back as events."""
    if event.get("type") != "message" or event.get("subtype", "") not in _HUMAN_SUBTYPES:
        return False
    if not all(event.get(name) for name in ("user", "channel", "ts", "thread_ts")):
        return False
    ours = {str(one.get("user_id")) for one in payload.get("authorizations") or () if one.get("is_bot")}
    return event["thread_ts"] != event["ts"] and not event.get("bot_id") and event["user"] not in ours


def _with_files(event: dict[str, Any]) -> str:
    """A file stays in Slack; its name is told so that nobody believes it travelled unseen."""
    names = [f"📎 {file.get('name') or file.get('title') or '?'}" for file in event.get("files") or ()]
    return "\n".join(part for part in (plain_text(str(event.get("text") or "")), *names) if part)


def _read_buttons(payload: dict[str, Any]) -> tuple[StaffPressed, ...]:
    container, message = payload.get("container") or {}, payload.get("message") or {}
    channel = str(container.get("channel_id") or (payload.get("channel") or {}).get("id") or "")
    ts = str(container.get("message_ts") or message.get("ts") or "")
    staff = str((payload.get("user") or {}).get("id") or "")
    if not (channel and ts and staff):
        return ()
    thread = f"{channel}:{container.get('thread_ts') or message.get('thread_ts') or ts}"
    return tuple(
        StaffPressed(
            channel=ChannelName.SLACK,
            external_id=f"{channel}:{ts}:{staff}:{action['action_id']}:{action['action_ts']}",
            address=thread,
            case_id=case_id,
            staff=staff,
            action=meant,
            at=_moment(str(action["action_ts"])),
        )
        for action in payload.get("actions") or ()
        for case_id, meant in [_case_and_act(action)]
        if case_id and meant and action.get("action_ts")
    )


def _case_and_act(action: dict[str, Any]) -> tuple[str, str]:
    """Which case, and what is to be done; of a menu, with what was picked. Empty for what is none of ours."""
    name = str(action.get("action_id") or "")
    match action.get("type"):
        case "button":
            return str(action.get("value") or ""), name
        case "external_select":
            picked = str((action.get("selected_option") or {}).get("value") or "")
            return case_of(str(action.get("block_id") or "")), f"{name}:{picked}" if name and picked else ""
        case _:
            return "", ""


def typed_in(delivery: Delivery) -> tuple[str, str]:
    """The case, and what somebody types into its menu; two empty ones for anything else."""
    payload = payload_of(delivery)
    if payload.get("type") != "block_suggestion":
        return "", ""
    return case_of(str(payload.get("block_id") or "")), str(payload.get("value") or "")


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


_MARKUP = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def plain_text(text: str) -> str:
    """What a person reads for what Slack wrote: `<url|label>`, `<@U1>`, `<!here>` and `&lt;` become plain words."""
    return html.unescape(_MARKUP.sub(_plain_word, text))


def _plain_word(found: re.Match[str]) -> str:
    target, label = found.group(1), found.group(2) or ""
    if target[:1] in "@#!":
        return label or ("@" + target[1:] if target[:1] != "#" else target)
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in address:
        return label or address
    return f"{label} ({address})"


_READERS: Mapping[str, Callable[[dict[str, Any]], tuple[StaffSaid | StaffPressed, ...]]] = {
    "event_callback": _read_event,
    "block_actions": _read_buttons,
}
