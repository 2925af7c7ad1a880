"""The web app: routes of every face, one place for headers and for what an error looks like."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console import (
    health,
    hooks,
    login,
    pages_campaigns,
    pages_chat,
    pages_learning,
    pages_missed,
    pages_outbox,
    pages_outcomes,
    pages_preferences,
    pages_report,
    pages_staff,
)
from console.access import NotAllowed, NotSignedIn
from console.edge import STATIC, language_of, page, phrases
from console.house import House
from console.live import ChatHub
from console.login import BadForm, safe_next
from console.metrics import new_metrics
from records.errors import Conflict, NotFound, RelevoError
from records.phrases import PhraseError
from subscribers.errors import BadLink

LARGEST_BODY = 1_000_000
STATUS_OF: tuple[tuple[type[RelevoError], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (NotAllowed, 403, "not_allowed"),
    (BadForm, 403, "bad_form"),
    (Conflict, 409, "conflict"),
    (BadLink, 404, ""),
    (PhraseError, 500, "internal"),
    (RelevoError, 400, ""),
)
"""Our errors: the status, and the phrase that says it; empty: one named like the error."""
ROOMS = (
    pages_chat,
    login,
    pages_staff,
    pages_campaigns,
    pages_learning,
    pages_outbox,
    pages_preferences,
    pages_report,
    pages_missed,
    pages_outcomes,
    hooks,
    health,
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
DEFAULT_POLICY = "default-src 'none'; frame-ancestors 'none'"


def create_app(house: House) -> FastAPI:
    """Every page, door and webhook of one workspace. Starts no worker."""
    app = FastAPI(
        title="Relevo",
        version=health.version_here(),
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        max_body_size=LARGEST_BODY,
    )
    app.state.house = house
    app.state.hub = ChatHub(house.db, house.bell)
    app.state.limiter = pages_chat.Limiter()
    app.state.metrics = new_metrics()
    hooks.prepare(house)
    for room in ROOMS:
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.middleware("http")(_around)
    app.add_middleware(HeadLikeGet)
    app.add_exception_handler(NotSignedIn, _to_sign_in)
    app.add_exception_handler(RelevoError, _on_our_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_bad_request)
    app.add_exception_handler(Exception, _on_defect)
    return app


class HeadLikeGet:
    """Answers HEAD as it would GET, without the body (RFC 9110, 9.3.2); the framework's own routes answer 405.

    What never ends sees a HEAD as such, and answers it without beginning.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self._app(scope, receive, send)

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        asked = scope if scope["path"] == pages_chat.EVENTS else {**scope, "method": "GET"}
        return await self._app(asked, receive, send_head)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.hub.close()


async def _around(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    started = time.perf_counter()
    # The routes' own limits answer in bare English, and only they see a body that comes without its length.
    response = _show(request, 413, "content_too_large") if _too_long(request) else await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", DEFAULT_POLICY)
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if request.url.query else "no-cache"
    route = getattr(request.scope.get("route"), "path", "other")
    metrics = request.app.state.metrics
    metrics.requests.labels(route, response.status_code).inc()
    metrics.seconds.labels(route).observe(time.perf_counter() - started)
    return response


def _too_long(request: Request) -> bool:
    limit = pages_chat.LARGEST_BODY if request.url.path.startswith("/chat/") else LARGEST_BODY
    length = request.headers.get("content-length", "")
    return length.isascii() and length.isdigit() and int(length[:20]) > limit


# ---------------------------------------------------------------- errors


def _wants_page(request: Request) -> bool:
    path = request.url.path
    return path == "/" or path.startswith(("/console", "/u/")) or "text/html" in request.headers.get("accept", "")


def _show(request: Request, status: int, key: str, headers: dict[str, str] | None = None) -> Response:
    """The sentence for `key`, as a page or as JSON `{error, message}`."""
    language = language_of(request)
    known = phrases().texts[language]
    message = known.get(f"error.{key}") or known.get(f"error.{status}") or known["error.400"]
    if not _wants_page(request):
        return JSONResponse({"error": key, "message": message}, status, headers)
    response = page(request, "error.html", language, status=status, message=message)
    response.headers.update(headers or {})
    return response


async def _to_sign_in(request: Request, error: Exception) -> Response:  # noqa: ARG001  the framework's signature
    if "part" not in request.query_params and (page_asked := _page_asked(request)):
        return RedirectResponse(f"/console/login?next={quote(page_asked)}", 303)
    return _show(request, 401, "not_signed_in")


def _page_asked(request: Request) -> str:
    """Where a person stands who must sign in: the page they asked for, or the one whose form they sent."""
    return request.url.path if request.method == "GET" else safe_next(urlsplit(request.headers.get("referer", "")).path)


async def _on_our_error(request: Request, error: Exception) -> Response:
    status, key = next((status, key) for kind, status, key in STATUS_OF if isinstance(error, kind))
    if status >= 500:
        structlog.get_logger().error("defect", kind=type(error).__name__, what=str(error))
    return _show(request, status, key or _key(type(error).__name__))


def _key(name: str) -> str:
    """`NotAllowed` -> `not_allowed`."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    key = detail if detail.isidentifier() else _key(HTTPStatus(error.status_code).phrase.title().replace(" ", ""))
    return _show(request, error.status_code, key, dict(error.headers or {}))


async def _on_bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = {item["loc"][0] for item in error.errors() if item["loc"]}
    if "path" in places:
        return _show(request, 404, "not_found")
    if _wants_page(request):
        return _show(request, 400, "bad_request")
    wrong = [{"where": ".".join(str(part) for part in item["loc"]), "what": item["msg"]} for item in error.errors()]
    body = {"error": "bad_request", "message": phrases().say("error.400", language_of(request)), "fields": wrong}
    return JSONResponse(body, 422)


async def _on_defect(request: Request, error: Exception) -> Response:
    # The class only: the text of an error may quote what a person wrote.
    structlog.get_logger().error("defect", kind=type(error).__name__, route=request.url.path.split("/")[1])
    return _show(request, 500, "internal")
