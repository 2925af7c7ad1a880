"""Web chat: the page, the script that embeds it, and the four doors its browser uses."""

import asyncio
import hmac
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Annotated, Literal

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from channels.contract import Delivery
from channels.webchat import SESSION_HEADER
from console.access import hash_token
from console.chat_words import PublicEvent, label_of, message_of, state_of
from console.edge import EMBEDDED_POLICY, PAGE_POLICY, STATIC, HouseDep, LanguageDep, clean, page, phrases
from console.house import House
from console.live import ChatHub
from records.database import Tx
from records.ids import new_id, new_secret
from records.inbound import Pressed, Said, Started
from records.redact import mask
from records.store import cases, chat, conversations, feedback, inbox
from records.types import CaseState, ChannelName, Language

router = APIRouter()

EVENTS = "/chat/events"  # never ends
LARGEST_BODY = 8_192  # bytes of one request
PERSON = "person"  # the button that asks for a person
LOOK_AGAIN = 25.0  # seconds: an open chat looks for itself this often, should a ring have been missed
LOOK_AGAIN_WITH_CASE = 3.0  # a case changes hands without a word in the log
BURST, PER_SECOND = 20.0, 0.5

SessionId = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,8}_[0-9a-z]{22}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]
Bearer = Annotated[str, Header(alias="authorization", max_length=200)]


class NewSession(BaseModel):
    """`token` is a personal link's or the host site's word about who this is; may be left out."""

    language: Language | None = None
    token: str = Field("", max_length=2_000)


class SessionMade(BaseModel):
    """`token` is shown once: the browser keeps it."""

    session: str
    token: str


class NewMessage(BaseModel):
    """One of `text` and `choice`. `client_id` makes sending twice the same as once."""

    session: SessionId
    client_id: Key
    text: str = ""
    choice: str = Field("", max_length=200)


class MessageTaken(BaseModel):
    id: str
    duplicate: bool


class NewFeedback(BaseModel):
    """`{answer_id, thumb}` or `{case, rating, comment}`; the Bearer token says whose."""

    answer_id: Key | None = None
    thumb: Literal["up", "down"] | None = None
    case: Key | None = None
    rating: int | None = Field(None, ge=1, le=5)
    comment: str = Field("", max_length=2_000)


class NewLanguage(BaseModel):
    session: SessionId
    language: Language


# ---------------------------------------------------------------- pace


@dataclass
class Limiter:
    """A bucket a session: a burst of 20 messages, then one every two seconds."""

    buckets: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict)

    def allows(self, session: str, now: datetime) -> bool:
        tokens, at = self.buckets.pop(session, (BURST, now))
        tokens = min(BURST, tokens + (now - at).total_seconds() * PER_SECOND)
        allowed = tokens >= 1
        self.buckets[session] = (tokens - 1 if allowed else tokens, now)
        while len(self.buckets) > 10_000:
            self.buckets.popitem(last=False)
        return allowed


# ---------------------------------------------------------------- pages


@router.get("/", include_in_schema=False)
def chat_page(request: Request, language: LanguageDep) -> Response:
    return _chat_page(request, language, embedded=False)


@router.get("/chat/frame", include_in_schema=False)
def chat_frame(request: Request, language: LanguageDep) -> Response:
    """The same page without its header, for the widget's frame."""
    return _chat_page(request, language, embedded=True)


def _chat_page(request: Request, language: Language, *, embedded: bool) -> Response:
    policy = EMBEDDED_POLICY if embedded else PAGE_POLICY
    return page(
        request, "chat.html", language, policy=policy, embedded=embedded, texts=json.dumps(_texts("chat.page."))
    )


@cache
def _texts(prefix: str) -> dict[str, dict[str, str]]:
    return {
        language.value: {
            key.removeprefix(prefix): text for key, text in phrases().texts[language].items() if key.startswith(prefix)
        }
        for language in Language
    }


@router.get("/chat/widget.js", include_in_schema=False)
def widget() -> Response:
    script = (STATIC / "widget.js").read_text(encoding="utf-8")
    script = script.replace('"__TEXTS__"', json.dumps(_texts("chat.widget."), ensure_ascii=True))
    headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)


# ---------------------------------------------------------------- doors


@router.post("/chat/sessions", status_code=201, max_body_size=LARGEST_BODY)
def open_session(house: HouseDep, wish: NewSession) -> SessionMade:
    """A new chat. The bot greets it at once."""
    session, now = new_id("web"), house.clock.now()
    token = f"{session}.{new_secret()}"
    started = Started(ChannelName.WEB, f"{session}:start", session, clean(wish.token), now)
    with house.db.write() as tx:
        chat.open_session(tx, session, hash_token(token), now)
        if wish.language is not None:
            conversation = conversations.open_or_get(tx, ChannelName.WEB, session, now)
            conversations.save(tx, replace(conversation, language=wish.language))
        inbox.put(tx, started, now)
    house.bell.ring("inbox")
    return SessionMade(session=session, token=token)


def check_session(house: House, session: str, bearer: str) -> None:
    """Raises 401, the same for a session nobody has and for someone else's."""
    with house.db.read() as tx:
        kept = chat.token_hash_of(tx, session)
    given = hash_token(clean(_token(bearer)))
    if not kept or not hmac.compare_digest(kept, given):
        raise HTTPException(401, "chat_session", {"WWW-Authenticate": "Bearer"})


def _token(bearer: str) -> str:
    return bearer.removeprefix("Bearer ").strip()


def check_bearer(house: House, bearer: str) -> str:
    """The session this token opens: a token begins with its session's id."""
    session = clean(_token(bearer).partition(".")[0])
    check_session(house, session, bearer)
    return session


@router.post("/chat/messages", status_code=202, max_body_size=LARGEST_BODY)
def post_message(request: Request, house: HouseDep, message: NewMessage, authorization: Bearer = "") -> MessageTaken:
    """Takes one message, once. The answer comes over `/chat/events`."""
    check_session(house, message.session, authorization)
    now = house.clock.now()
    inbound = _read_one(house, message.session, message, now)
    limiter: Limiter = request.app.state.limiter
    if not limiter.allows(message.session, now):
        raise HTTPException(429, "chat_too_fast", {"Retry-After": "2"})
    with house.db.write() as tx:
        fresh = inbox.put(tx, inbound, now)
        if fresh:
            _log_said(tx, inbound, message.client_id, now)
    if fresh:
        house.bell.ring("inbox")
        house.bell.ring("chat")
    return MessageTaken(id=inbound.external_id, duplicate=not fresh)


def _read_one(house: House, session: str, body: BaseModel, now: datetime) -> Said | Pressed:
    """What the page sent, in our words. Raises ChannelError naming what is wrong with it."""
    whole = json.dumps(body.model_dump(exclude_defaults=True, exclude_none=True)).encode()
    (inbound,) = house.channels[ChannelName.WEB].read(Delivery(whole, {SESSION_HEADER: session}), "", now)
    assert isinstance(inbound, Said | Pressed)
    return inbound


def _log_said(tx: Tx, inbound: Said | Pressed, client_id: str, now: datetime) -> None:
    """What the person said goes into their log too, so that a reload, or a second tab, shows it."""
    session = inbound.address
    if isinstance(inbound, Said):
        text, choice = mask(inbound.text), ""
    else:
        log = chat.events_after(tx, session, 0, limit=5_000)
        choice = inbound.data
        text = label_of(choice, [event.body for event in log]) if choice != PERSON else ""
    body = json.dumps({"id": client_id, "text": text, "choice": choice})
    chat.append(tx, session, f"said:{inbound.external_id}", "said", body, now)


@router.post("/chat/feedback", status_code=202, max_body_size=LARGEST_BODY)
def post_feedback(house: HouseDep, given: NewFeedback, authorization: Bearer = "") -> dict[str, bool]:
    """A thumb for an answer, or a rating for a case."""
    session = check_bearer(house, authorization)
    if (given.answer_id is None or given.thumb is None) and (given.case is None or given.rating is None):
        raise HTTPException(422, "chat_feedback")
    now = house.clock.now()
    pressed = _read_one(house, session, given, now)
    with house.db.write() as tx:
        if not _is_about(tx, session, given):
            raise HTTPException(404, "chat_feedback")
        inbox.put(tx, pressed, now)
    house.bell.ring("inbox")
    return {"taken": True}


def _is_about(tx: Tx, session: str, given: NewFeedback) -> bool:
    """Only one's own answers and cases can be judged."""
    conversation = conversations.find(tx, ChannelName.WEB, session)
    thing = conversations.turn_of_answer(tx, given.answer_id) if given.answer_id else cases.get(tx, str(given.case))
    return conversation is not None and thing is not None and thing.conversation_id == conversation.id


@router.post("/chat/language", status_code=202, max_body_size=LARGEST_BODY)
def set_language(house: HouseDep, wish: NewLanguage, authorization: Bearer = "") -> dict[str, bool]:
    """The person switched the page to the other language: the bot follows."""
    check_session(house, wish.session, authorization)
    with house.db.write() as tx:
        conversation = conversations.open_or_get(tx, ChannelName.WEB, wish.session, house.clock.now())
        conversations.save(tx, replace(conversation, language=wish.language))
    return {"taken": True}


# ---------------------------------------------------------------- the stream


@router.head(EVENTS, include_in_schema=False)
@router.get(EVENTS, response_class=EventSourceResponse)
async def events(
    request: Request,
    house: HouseDep,
    session: Annotated[SessionId, Query()],
    authorization: Bearer = "",
    last_event_id: Annotated[str, Header(alias="last-event-id", max_length=40)] = "",
) -> EventSourceResponse:
    """Server-sent events `message`, `said`, `typing` and `state`, from the start or after `Last-Event-ID`."""
    await run_in_threadpool(check_session, house, session, authorization)
    after = min(int(last_event_id), 2**62) if last_event_id.isascii() and last_event_id.isdigit() else 0
    hub: ChatHub = request.app.state.hub
    news = iter(()) if request.method == "HEAD" else _stream(house, hub, session, after)
    return EventSourceResponse(news, ping=15)


async def _stream(house: House, hub: ChatHub, session: str, after: int) -> AsyncIterator[ServerSentEvent]:
    told = ""
    with hub.listening(session) as news:
        while not hub.closed:
            news.clear()
            batch, after, state = await run_in_threadpool(_read, house, session, after)
            for event in batch:
                yield ServerSentEvent(data=event.data, event=event.kind, id=event.id or None)
            if state != told:
                told = state
                yield ServerSentEvent(data=state, event="state")
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), LOOK_AGAIN_WITH_CASE if '"case": ""' not in state else LOOK_AGAIN)


def _read(house: House, session: str, after: int) -> tuple[list[PublicEvent], int, str]:
    """What is new, the id to go on from, and the state now."""
    with house.db.read() as tx:
        log = chat.events_after(tx, session, after, limit=1_000)
        conversation = conversations.find(tx, ChannelName.WEB, session)
        case = cases.latest_of(tx, conversation.id) if conversation else None
        rating = feedback.get(tx, "case", case.id) if case else None
    batch = [public_event(event) for event in log]
    state = state_of(case, rating)
    if log:
        silent = case is not None and case.state is CaseState.CLAIMED
        waits = log[-1].kind == "said" and not silent
        batch.append(PublicEvent("typing", json.dumps({"on": waits})))
    return batch, log[-1].id if log else after, json.dumps(state)


def public_event(event: chat.ChatEvent) -> PublicEvent:
    if event.kind == "message":
        return PublicEvent("message", json.dumps(message_of(event.body, event.key)), str(event.id))
    return PublicEvent(event.kind, event.body, str(event.id))
