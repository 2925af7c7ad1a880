"""What a browser is told: the public events of the chat, made from the log and from the state of the case. Pure."""

import json
from dataclasses import dataclass
from typing import Any, assert_never

from records.content import ChatMessage, TextMessage, content_from_json
from records.store.feedback import Feedback
from records.types import Case, CaseState


@dataclass(frozen=True)
class PublicEvent:
    """One server-sent event. `id` is empty for what needs no resuming."""

    kind: str
    data: str
    id: str = ""


def message_of(body: str, key: str) -> dict[str, Any]:
    """The public message in a log entry: already in public form, or a content as the outbox keeps it."""
    entry: dict[str, Any] = json.loads(body)
    if "kind" not in entry:
        return entry
    content = content_from_json(body)
    match content:
        case ChatMessage():
            return {
                "id": content.turn_id or key,
                "author": content.author,
                "text": content.text,
                "citations": entry["citations"],
                "choices": entry["choices"],
                "answer_id": content.answer_id,
                "links": [],
            }
        case TextMessage():
            return _plain(key, content.text) | {"links": [{"label": a, "url": b} for a, b in content.links]}
        case _:
            return _plain(key, getattr(content, "text", ""))


def _plain(key: str, text: str) -> dict[str, Any]:
    return {"id": key, "author": "bot", "text": text, "citations": [], "choices": [], "answer_id": "", "links": []}


def state_of(case: Case | None, rating: Feedback | None) -> dict[str, str]:
    """`state` is bot, waiting (a case nobody has taken), person, or resolved; then `rate` names the case to rate.

    A case that was opened again asks again when it is resolved: the new rating takes the place of the old one.
    """
    if case is None:
        return {"state": "bot", "case": "", "staff": "", "rate": ""}
    match case.state:
        case CaseState.OPEN:
            return {"state": "waiting", "case": case.code, "staff": "", "rate": ""}
        case CaseState.CLAIMED:
            return {"state": "person", "case": case.code, "staff": "", "rate": ""}
        case CaseState.RESOLVED:
            rated = rating is not None and case.resolved_at is not None and rating.at >= case.resolved_at
            return {"state": "resolved", "case": case.code, "staff": "", "rate": "" if rated else case.id}
        case _:
            assert_never(case.state)


def label_of(choice: str, bodies: list[str]) -> str:
    """What the button with this data said, from the newest message that offered it; the data itself if none did."""
    for body in reversed(bodies):
        for offered in json.loads(body).get("choices", []):
            if offered["data"] == choice:
                return str(offered["label"])
    return choice
