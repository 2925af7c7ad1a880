"""What Prometheus reads at `/metrics`. Labels are few and never a person's."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from console.house import House
from console.live import ChatHub
from records.store import cases, inbox
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
    return generate_latest(metrics.registry)
