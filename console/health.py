"""For whoever watches the service: is it up, can it work, how is it doing."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from console.edge import HouseDep
from console.metrics import scrape
from records.store import bounces, inbox
from records.types import ChannelName

router = APIRouter()


def version_here() -> str:
    try:
        return version("relevo")
    except PackageNotFoundError:
        return "unknown"


@router.get("/health")
def health(house: HouseDep) -> dict[str, Any]:
    """The process answers. `clock` is the workspace's own time; `clock_set` says that it is not the machine's."""
    return {
        "status": "ok",
        "version": version_here(),
        "clock": house.clock.now().isoformat(),
        "clock_set": bool(house.workspace.settings.clock),
        "channels": {name.value: _kind(house, name) for name in house.channels},
        "unknown_words": _unknown_words(house),
    }


def _unknown_words(house: HouseDep) -> list[dict[str, Any]]:
    """What vendors said that no table explains: somebody should add a row. Empty while the database does not answer."""
    try:
        with house.db.read() as tx:
            words = bounces.unknown(tx)
    except Exception:
        structlog.get_logger().exception("unknown words cannot be read")
        return []
    return [
        {"channel": one.channel.value, "word": one.word, "seen": one.seen, "last": one.last_at.isoformat()}
        for one in words
    ]


def _kind(house: HouseDep, name: ChannelName) -> str:
    sandbox = "sandbox" in type(house.channels[name]).__name__.lower()
    return "sandbox" if sandbox else "ready"


@router.get("/ready")
def ready(house: HouseDep) -> Response:
    """200 when the database answers, else 503."""
    from fastapi.responses import JSONResponse

    try:
        with house.db.read() as tx:
            inbox.open_count(tx)
    except Exception:
        structlog.get_logger().exception("not_ready")
        return JSONResponse({"status": "not ready", "database": "does not answer"}, 503)
    return JSONResponse({"status": "ready"})


@router.get("/metrics")
def metrics(request: Request, house: HouseDep) -> Response:
    """Prometheus text format."""
    text = scrape(request.app.state.metrics, house, request.app.state.hub)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
