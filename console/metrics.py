"""What Prometheus reads at `/metrics`. Labels are few and never a person's."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from channels.pace import rate_now
from channels.tolls import is_shown
from console.house import House
from console.live import ChatHub
from records.clock import RealClock
from records.store import cases, inbox, pace
from records.types import CaseState


@dataclass(frozen=True)
class Metrics:
    """One registry an app, so that two apps of one process do not mix."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    hooks: Counter
    inbox: Gauge
    cases: Gauge
    chats: Gauge
    paces: "Paces"


@dataclass(frozen=True)
class Paces:
    """How the keys of the pacers stand. Keys of single chats, and of domains few write to, are nobody's to see."""

    rate: Gauge
    held: Gauge
    units: Gauge
    holds: Gauge
    refusals: Gauge


def new_metrics() -> Metrics:
    registry = CollectorRegistry()
    return Metrics(
        registry=registry,
        requests=Counter("relevo_requests", "HTTP answers.", ["route", "status"], registry=registry),
        seconds=Histogram("relevo_request_seconds", "Time to an answer.", ["route"], registry=registry),
        hooks=Counter("relevo_deliveries", "Deliveries of vendors.", ["channel", "outcome"], registry=registry),
        inbox=Gauge("relevo_inbox_rows", "Inbox rows that are not done.", ["state"], registry=registry),
        cases=Gauge("relevo_cases", "Cases that are not resolved.", ["state"], registry=registry),
        chats=Gauge("relevo_open_chats", "Web chats with an open stream in this process.", registry=registry),
        paces=_new_paces(registry),
    )


def _new_paces(registry: CollectorRegistry) -> Paces:
    def gauge(name: str, help_text: str) -> Gauge:
        return Gauge(f"relevo_pace_{name}", help_text, ["key"], registry=registry)

    return Paces(
        rate=gauge("per_second", "Units a second through a key over its last ten seconds of use."),
        held=gauge("held_seconds", "How long a vendor's wait still holds a key."),
        units=gauge("units", "Units ever sent through a key."),
        holds=gauge("holds", "How often a vendor asked for quiet on a key."),
        refusals=gauge("refusals", "Messages refused for good, by sender."),
    )


def scrape(metrics: Metrics, house: House, hub: ChatHub) -> bytes:
    """The numbers now, in the text format of Prometheus."""
    with house.db.read() as tx:
        waiting = inbox.open_count(tx)
        unresolved = {state: len(cases.listed(tx, state)) for state in (CaseState.OPEN, CaseState.CLAIMED)}
    for state in ("new", "working", "failed"):
        metrics.inbox.labels(state).set(waiting.get(state, 0))
    for state_, number in unresolved.items():
        metrics.cases.labels(state_.value).set(number)
    metrics.chats.set(hub.open_count())
    _show_paces(metrics.paces, house)
    return generate_latest(metrics.registry)


def _show_paces(paces: Paces, house: House) -> None:
    now = RealClock().now()  # the pacers' clock: vendors' limits run in real time
    with house.db.read() as tx:
        standing = [one for one in pace.listed(tx) if is_shown(one.key, one.units)]
    for one in standing:
        held = max(0.0, (one.held_until - now).total_seconds()) if one.held_until is not None else 0.0
        paces.rate.labels(one.key).set(rate_now(one, now))
        paces.held.labels(one.key).set(held)
        paces.units.labels(one.key).set(one.units)
        paces.holds.labels(one.key).set(one.holds)
        paces.refusals.labels(one.key).set(one.refusals)
