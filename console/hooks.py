"""Where vendors deliver. A delivery is read by its adapter, kept, and only then acknowledged; a forged one leaves nothing."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import structlog
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from channels.contract import Channel, ChannelError, Delivery, Forged
from console.house import House
from console.intake import take
from console.metrics import Metrics
from console.naming import Named, named_by_typing
from records.clock import Clock
from records.types import ChannelName

router = APIRouter()

LARGEST_DELIVERY = 1_000_000
TWILIO_ANSWER = Response(
    '<?xml version="1.0" encoding="UTF-8"?><Response></Response>', media_type="text/xml; charset=utf-8"
)


@runtime_checkable
class AnswersItself(Protocol):
    """A channel whose vendor library answers deliveries over HTTP (acknowledgements, challenges)."""

    def bolt_app(self, deliver: Callable[[Delivery], Any], clock: Clock, suggest: Named) -> Any: ...

    def http_handler(self, delivery: Delivery) -> tuple[int, dict[str, str], str]:
        """Status, headers, body."""
        ...


@runtime_checkable
class AnswersTaps(Protocol):
    """A channel whose vendor takes a call of its API as the answer to a delivery: it ends the waiting sign of a tap."""

    def webhook_answer(self, delivery: Delivery) -> str:
        """The body of the answer, empty when there is nothing to say."""
        ...


def _answer(house: House, channel: ChannelName, delivery: Delivery, metrics: Metrics) -> Response:
    if channel not in house.hook_secrets:
        return Response(status_code=404)
    adapter = house.channels[channel]
    try:
        if isinstance(adapter, AnswersItself):
            # Looked at before the vendor's library opens it: that one parses first and asks for the signature later.
            adapter.read(delivery, house.hook_secrets[channel], house.clock.now())
            status, headers, body = adapter.http_handler(delivery)
            _count(metrics, channel, {200: "taken", 401: "forged", 403: "forged"}.get(status, "unreadable"))
            return Response(body, status, headers)
        take(house, channel, delivery)
    except Forged:
        _count(metrics, channel, "forged")
        structlog.get_logger().warning("hook_forged", channel=channel.value)
        return Response(status_code=403)
    except ChannelError:
        _count(metrics, channel, "unreadable")
        return Response(status_code=400)
    _count(metrics, channel, "taken")
    return _thanks(channel, adapter, delivery)


def _thanks(channel: ChannelName, adapter: Channel, delivery: Delivery) -> Response:
    """What each vendor wants to hear after a delivery is kept."""
    if isinstance(adapter, AnswersTaps):
        return Response(adapter.webhook_answer(delivery), media_type="application/json")
    return TWILIO_ANSWER if channel is ChannelName.SMS else Response(status_code=200)


def _count(metrics: Metrics, channel: ChannelName, outcome: str) -> None:
    metrics.hooks.labels(channel.value, outcome).inc()


async def _receive(request: Request, channel: ChannelName) -> Response:
    house: House = request.app.state.house
    url = house.workspace.settings.public_url.rstrip("/") + request.url.path
    if request.url.query:
        url += f"?{request.url.query}"
    delivery = Delivery(await request.body(), dict(request.headers), public_url=url)
    return await run_in_threadpool(_answer, house, channel, delivery, request.app.state.metrics)


def prepare(house: House) -> None:
    """Tell vendor libraries that answer by themselves where their deliveries go. Once, before the first delivery."""
    for name, adapter in house.channels.items():
        if name in house.hook_secrets and isinstance(adapter, AnswersItself):
            adapter.bolt_app(_deliver_to(house, name), house.clock, named_by_typing(house))


def _deliver_to(house: House, name: ChannelName) -> Callable[[Delivery], None]:
    def deliver(delivery: Delivery) -> None:
        take(house, name, delivery)

    return deliver


@router.post("/hooks/telegram", max_body_size=LARGEST_DELIVERY)
async def telegram(request: Request) -> Response:
    """Updates of Telegram; 403 without the secret we registered."""
    return await _receive(request, ChannelName.TELEGRAM)


@router.post("/hooks/slack", max_body_size=LARGEST_DELIVERY)
async def slack(request: Request) -> Response:
    """Events and button presses of Slack; 401 or 403 without a fresh signature."""
    return await _receive(request, ChannelName.SLACK)


@router.post("/hooks/twilio/messages", max_body_size=LARGEST_DELIVERY)
async def twilio_messages(request: Request) -> Response:
    """Texts people send us; 403 without Twilio's signature."""
    return await _receive(request, ChannelName.SMS)


@router.post("/hooks/twilio/status", max_body_size=LARGEST_DELIVERY)
async def twilio_status(request: Request) -> Response:
    """What became of our texts; 403 without Twilio's signature."""
    return await _receive(request, ChannelName.SMS)
