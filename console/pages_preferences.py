"""`/u/TOKEN`: what a person hears from us and where. Looking changes nothing; one POST of a mail program unsubscribes."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from console.edge import HouseDep, choose_language, page, phrases
from console.house import House
from records.types import ChannelName, Purpose
from subscribers.errors import ExpiredLink
from subscribers.links import PersonalLink, read_link
from subscribers.preferences import Preferences, Wish, apply_preferences, preferences_of, unsubscribe

router = APIRouter()

Token = Annotated[str, Path(max_length=1_000)]
LARGEST_FORM = 16_384
Done = Literal["", "saved", "stopped"]


@router.get("/u/{token}", include_in_schema=False)
def show(request: Request, house: HouseDep, token: Token, done: Done = "") -> Response:
    """The choices as they stand; `done`: what its form has just done. Changes nothing: mail programs and scanners follow
    links. Whoever has just stopped through a late link sees so."""
    now = house.clock.now()
    link = _even_late(house, token, now) if done == "stopped" else read_link(token, house.secret, now)
    with house.db.read() as tx:
        standing = preferences_of(tx, link)
    return _form(request, link, standing, done=done)


@router.post("/u/{token}", max_body_size=LARGEST_FORM)
async def change(request: Request, house: HouseDep, token: Token) -> Response:
    """`List-Unsubscribe=One-Click` (RFC 8058) ends the link's topic, without cookies or redirects; the page's own forms
    lead back to it, so that looking at it again sends nothing again."""
    form = await request.form(max_fields=50, max_files=1)
    return await run_in_threadpool(_change, request, house, token, form)


def _change(request: Request, house: House, token: str, form: FormData) -> Response:
    now = house.clock.now()
    if form.get("List-Unsubscribe") == "One-Click":
        late = _even_late(house, token, now)
        with house.db.write() as tx:
            standing = unsubscribe(tx, late, now)
        if form.get("page") == "yes":
            return _back(request, "stopped")
        return PlainTextResponse(phrases().say("preferences.unsubscribed", standing.language))
    link = read_link(token, house.secret, now)
    if "save" not in form:
        with house.db.read() as tx:
            standing = preferences_of(tx, link)
        return _form(request, link, standing, status=400)
    with house.db.write() as tx:
        apply_preferences(tx, link, ticked(form), now)
    return _back(request, "saved")


def _back(request: Request, done: Done) -> Response:
    return RedirectResponse(f"?{urlencode({**request.query_params, 'done': done})}", 303)


def _even_late(house: House, token: str, now: datetime) -> PersonalLink:
    """A no is a no, also through a link whose time has passed."""
    try:
        return read_link(token, house.secret, now)
    except ExpiredLink as error:
        return error.link


def ticked(form: FormData) -> frozenset[Wish]:
    """The boxes that are ticked: fields `<channel>.<purpose>`."""
    return frozenset(
        (channel, purpose)
        for channel in ChannelName
        for purpose in Purpose
        if form.get(f"{channel}.{purpose}") == "yes"
    )


def _form(
    request: Request,
    link: PersonalLink,
    standing: Preferences,
    *,
    done: Done = "",
    status: int = 200,
) -> Response:
    """A link sent for stopping offers that first, while there is something to stop."""
    channels = dict.fromkeys(line.channel for line in standing.lines)
    topics = tuple(Purpose) if link.topic is None else (link.topic,)
    still = any((link.channel, topic) in standing.granted() for topic in topics)
    return page(
        request,
        "preferences.html",
        choose_language(request.query_params.get("lang", ""), "", "", standing.language.value),
        status=status,
        rows=[(channel, [line for line in standing.lines if line.channel is channel]) for channel in channels],
        done="" if done == "stopped" and still else done,
        anything=bool(standing.granted()),
        leaving=link.purpose == "unsubscribe" and still,
        link_channel=link.channel,
        link_topics=topics,
    )
