"""The chat page: our own channel, so its vendor is a port that stores an event for a session.

Events out: `message {id, author, text, citations, choices, answer_id, links}`. Bodies in: a message
`{session, client_id, text | choice}`, a thumb `{session, answer_id, thumb}`, a rating `{session, case, rating, comment}`.
The web edge proves the session and puts it in the header `Relevo-Session`; a body that names another one is Forged.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from channels.contract import (
    Accepted,
    Capabilities,
    ChannelError,
    Delivery,
    Forged,
    Outgoing,
    Refusal,
    Refused,
    SendResult,
)
from channels.render import clean, length_of, too_long, unsupported
from records.content import ChatMessage, TextMessage
from records.errors import NotFound
from records.inbound import LONGEST_SAID, Inbound, Pressed, Receipt, Said
from records.types import ChannelName

CAPABILITIES = Capabilities(max_text=20_000, buttons=True)
SESSION_HEADER = "Relevo-Session"

_SESSION = re.compile(r"[A-Za-z0-9_-]{8,128}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")

Post = Callable[[str, str, str, str], None]
"""Stores an event: session, key, kind, body as JSON. A known key changes nothing. Raises NotFound for no such session."""


class WebChat:
    """Delivers to a chat page through `post`."""

    name = ChannelName.WEB
    capabilities = CAPABILITIES

    def __init__(self, post: Post) -> None:
        self._post = post

    def send(self, outgoing: Outgoing) -> SendResult:
        refusal = unsupported(outgoing, self.capabilities) or _refusal(outgoing, self.capabilities.max_text)
        if refusal:
            return refusal
        try:
            self._post(outgoing.address, outgoing.key, "message", json.dumps(event_of(outgoing), ensure_ascii=False))
        except NotFound:
            return Refused(Refusal.BAD_ADDRESS, "this chat session does not exist any more")
        return Accepted(outgoing.key)

    def read(self, delivery: Delivery, secret: str, now: datetime) -> tuple[Inbound | Receipt, ...]:  # noqa: ARG002  the contract's
        """What the page sent. Raises ChannelError naming the field that is wrong, Forged for somebody else's session."""
        body = _object(delivery.body)
        session = _session(body, delivery.header(SESSION_HEADER))
        return (_event(body, session, now),)

    def close(self) -> None:
        return


def _refusal(outgoing: Outgoing, max_text: int) -> Refused | None:
    if not _SESSION.fullmatch(outgoing.address):
        return Refused(Refusal.BAD_ADDRESS, "this is not a chat session")
    text = outgoing.content.text if isinstance(outgoing.content, ChatMessage | TextMessage) else ""
    if not text.strip():
        return Refused(Refusal.CONTENT, "the message is empty; give it a text")
    return too_long(length, max_text) if (length := length_of(text)) > max_text else None


def event_of(outgoing: Outgoing) -> dict[str, object]:
    """The event `message` as the page gets it."""
    content = outgoing.content
    if isinstance(content, ChatMessage):
        parts = {"citations": list(map(asdict, content.citations)), "choices": list(map(asdict, content.choices))}
        own = {"author": content.author, "answer_id": content.answer_id, "links": []}
        return {"id": content.turn_id or outgoing.key, "text": clean(content.text), **own, **parts}
    if isinstance(content, TextMessage):
        links = [{"label": label, "url": url} for label, url in content.links]
        parts = {"citations": [], "choices": []}
        return {
            "id": outgoing.key,
            "text": clean(content.text),
            "author": "bot",
            "answer_id": "",
            "links": links,
            **parts,
        }
    raise ChannelError(f"the chat page cannot show {content.kind!r}; ask `send`, which refuses it")


def _object(raw: bytes) -> Mapping[str, object]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ChannelError("the body is not JSON; send one JSON object") from error
    if not isinstance(body, dict):
        raise ChannelError("the body is not a JSON object; send one")
    return body


def _text(body: Mapping[str, object], name: str) -> str:
    """A text field without white space around it, empty when it is not there."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise ChannelError(f"{name} is not a text; send it in quotes")
    if len(value) > LONGEST_SAID:
        raise ChannelError(
            f"{name} has {len(value)} characters and may have {LONGEST_SAID}; send it in several messages"
        )
    return clean(value).strip()


def _session(body: Mapping[str, object], proven: str) -> str:
    named = _text(body, "session")
    if proven and named and named != proven:
        raise Forged("the body names another chat session than its token does")
    session = proven or named
    if not _SESSION.fullmatch(session):
        raise ChannelError("session is missing or is not a chat session; open one with POST /chat/sessions")
    return session


def _event(body: Mapping[str, object], session: str, now: datetime) -> Said | Pressed:
    if "thumb" in body:
        return _thumb(body, session, now)
    if "rating" in body:
        return _rating(body, session, now)
    return _message(body, session, now)


def _client_id(body: Mapping[str, object]) -> str:
    client_id = _text(body, "client_id")
    if not _CLIENT_ID.fullmatch(client_id):
        raise ChannelError("client_id is missing or not 1 to 80 letters, digits or _.:- ; give each message its own")
    return client_id


def _message(body: Mapping[str, object], session: str, now: datetime) -> Said | Pressed:
    external_id = f"{session}:{_client_id(body)}"
    text, choice = _text(body, "text"), _text(body, "choice")
    if bool(text) == bool(choice):
        raise ChannelError("send either text or choice, not empty")
    if choice:
        return Pressed(ChannelName.WEB, external_id, session, choice, now)
    return Said(ChannelName.WEB, external_id, session, text, now)


def _feedback_id(body: Mapping[str, object], session: str, data: str, now: datetime) -> str:
    """Without a client id one tap a second counts: a double click is one, a changed mind is another."""
    own = _client_id(body) if body.get("client_id") else f"{data}:{int(now.timestamp())}"
    return f"{session}:{own}"


def _thumb(body: Mapping[str, object], session: str, now: datetime) -> Pressed:
    thumb, answer = body["thumb"], _text(body, "answer_id")
    if thumb not in ("up", "down") or not answer:
        raise ChannelError("thumb must be up or down, with the answer_id it is about")
    data = f"thumb:{answer}:{thumb}"
    return Pressed(ChannelName.WEB, _feedback_id(body, session, data, now), session, data, now)


def _rating(body: Mapping[str, object], session: str, now: datetime) -> Pressed:
    rating, case = body["rating"], _text(body, "case")
    if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 5 or not case:
        raise ChannelError("rating must be a whole number from 1 to 5, with the case it is about")
    data = f"rate:{case}:{rating}"
    external_id = _feedback_id(body, session, data, now)
    return Pressed(ChannelName.WEB, external_id, session, data, now, _text(body, "comment"))
