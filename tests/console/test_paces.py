"""Whoever watches sees how each sender and each large domain is paced, what no table explains, and nobody's own chat."""

from datetime import datetime, timedelta

from fastapi.testclient import TestClient

from channels.pace import Ask, Limit, Toll, admit
from console.wiring import House
from records.clock import RealClock
from records.store import bounces, pace
from records.types import ChannelName


def use(house: House, key: str, units: int, at: datetime) -> None:
    with house.db.write() as tx:
        asks = [Ask(number, (Toll(key, 1, Limit()),)) for number in range(units)]
        pace.save(tx, admit(asks, pace.take(tx, [key], at), {}, at).paces.values())


def test_metrics_show_paces_but_nobodys_chat(house: House, client: TestClient) -> None:
    now = RealClock().now()
    for key, units in (("email", 300), ("email:domain:gmail.com", 100), ("email:domain:casa.example", 99)):
        use(house, key, units, now)
    use(house, "telegram:chat:abc", 500, now)
    with house.db.write() as tx:
        pace.hold(tx, "email:domain:gmail.com", now + timedelta(hours=1), "421", now)
        pace.count_refusal(tx, "email", now)
    text = client.get("/metrics").text
    assert 'relevo_pace_units{key="email"} 300.0' in text
    assert 'relevo_pace_refusals{key="email"} 1.0' in text
    assert 'relevo_pace_holds{key="email:domain:gmail.com"} 1.0' in text
    held = next(line for line in text.splitlines() if line.startswith('relevo_pace_held_seconds{key="email:domain:gm'))
    assert 3_500 < float(held.split()[-1]) <= 3_600
    assert "casa.example" not in text
    assert "telegram:chat" not in text


def test_health_names_the_words_no_table_explains(house: House, client: TestClient, now: datetime) -> None:
    assert client.get("/health").json()["unknown_words"] == []
    for _ in range(2):
        with house.db.write() as tx:
            bounces.note_unknown(tx, ChannelName.SLACK, "a_word_of_tomorrow", "Slack: a_word_of_tomorrow", now)
    (word,) = client.get("/health").json()["unknown_words"]
    assert (word["channel"], word["word"], word["seen"]) == ("slack", "a_word_of_tomorrow", 2)
