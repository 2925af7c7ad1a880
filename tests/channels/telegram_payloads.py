"""What Telegram delivers, made by hand."""

import json
from typing import Any

from channels.contract import Delivery

SECRET = "telegram_secret-of_nobody"
CHAT, STRANGER, BLOCKER, GONE = 70001, 70002, 70003, 70004
WRITTEN = 1800000000

PRIVATE = {"id": CHAT, "type": "private", "first_name": "Ana"}
GROUP = {"id": -100200, "type": "supergroup", "title": "Vecinos"}
ANA = {"id": CHAT, "is_bot": False, "first_name": "Ana", "language_code": "es"}


def message_update(number: int = 9001, sender: dict[str, Any] = ANA, **changes: Any) -> dict[str, Any]:
    """A message to the bot, as the Bot API delivers it. A change to None takes the field away."""
    message = {
        "message_id": 31,
        "date": WRITTEN,
        "chat": PRIVATE,
        "from": sender,
        "text": "¿Cuándo me movéis?",
    } | changes
    return {"update_id": number, "message": {name: value for name, value in message.items() if value is not None}}


def tap_update(data: str, number: int = 9002, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    """A tap on a button of a message of ours."""
    ours = {"message_id": 501, "date": WRITTEN, "chat": chat, "text": "¿Te ha servido?"}
    return {
        "update_id": number,
        "callback_query": {"id": "4711", "from": ANA, "chat_instance": "1", "message": ours, "data": data},
    }


def membership_update(status: str, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    """The person blocks the bot (`kicked`) or takes it back (`member`)."""
    bot = {"id": 123456, "is_bot": True, "first_name": "Relevo"}
    states = {"kicked": {"user": bot, "status": "kicked", "until_date": 0}, "member": {"user": bot, "status": "member"}}
    old = states["member" if status == "kicked" else "kicked"]
    change = {"chat": chat, "from": ANA, "date": WRITTEN, "old_chat_member": old, "new_chat_member": states[status]}
    return {"update_id": 9003, "my_chat_member": change}


def webhook(update: dict[str, Any], secret: str = SECRET) -> Delivery:
    return Delivery(json.dumps(update).encode(), {"X-Telegram-Bot-Api-Secret-Token": secret})
