"""`python -m bench.outcomes`: what became of 100,000 people, counted, on SQLite and on PostgreSQL.

Three of four waves are open; each of their people was sent two messages, nine in ten have moved and were charged.
Time of this process beside the wall clock: on PostgreSQL the database works in processes of its own.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, update

from campaigns.content import content_from_text
from campaigns.outcome_report import outcomes_of
from campaigns.runner import put_submitted
from records.content import TextMessage
from records.database import Database
from records.ledger import NewMessage
from records.migrations import upgrade
from records.store import audiences, messages, outcomes
from records.store import campaigns as store
from records.store.campaigns import OpenWave
from records.store.outcomes import OutcomeKind, PersonOutcome
from records.tables import conversations, subscribers, turns
from records.tables import messages as ledger
from records.types import ChannelName, Language, MessageClass, MessageKind
from tests.servers import PostgresServer

NOW = datetime(2027, 4, 30, 10, tzinfo=UTC)
OPENED = tuple(NOW - timedelta(days=days) for days in (40, 30, 20))
_GROUP = 10_000
_PLAN = {
    "campaign": "bench",
    "class": "service",
    "effective_date": "2027-03-01",
    "opens": "-21d",
    "audience": {"all": True},
    "waves": [{"name": f"w{number}", "share": "25%", "soak": "5d"} for number in range(4)],
    "stages": [{"name": "s0", "anchor": "wave", "offset": "0d", "channels": ["sms"], "template": "t"}],
}
_TEMPLATE = '---\nsubject: Aviso\nsms: "Aviso. Responde BAJA"\n---\nHola. [Tus preferencias]({{ unsubscribe }})\n'


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.outcomes", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    people: int = parser.parse_args().people
    with TemporaryDirectory(prefix="relevo-outcomes-") as folder:
        lite = Database(f"sqlite:///{Path(folder) / 'relevo.db'}")
        upgrade(lite)
        _measure("SQLite", lite, people)
        lite.close()
        server = PostgresServer(Path(folder) / "server")
        try:
            with server.lent() as url:
                postgres = Database(url)
                _measure("PostgreSQL", postgres, people)
                postgres.close()
        finally:
            server.stop()


def _measure(name: str, db: Database, people: int) -> None:
    _fill(db, people)
    for turn in ("first", "again"):
        began, busy = time.perf_counter(), time.process_time()
        with db.read() as tx:
            (found,) = outcomes_of(tx, Language.EN, NOW).campaigns
        wall, busy = time.perf_counter() - began, time.process_time() - busy
        print(f"{name}, {people:,} people, {turn}: {wall:.2f} s, {busy:.2f} s of this process; {found.words}")


def _fill(db: Database, people: int) -> None:
    told = people * 3 // 4 // _GROUP * _GROUP
    content = {"plan": _PLAN, "templates": {"t.es": _TEMPLATE}, "facts": {"es": {"company": "Farolito"}}}
    campaign = put_submitted(db, content_from_text(json.dumps(content)), "bench@farolito.example", NOW).id
    with db.write() as tx:
        for start in range(0, people, _GROUP):
            tx.execute(insert(subscribers), [_person(number) for number in range(start, start + _GROUP)])
        audiences.freeze(tx, campaign, [(_id(number), number % 3, "") for number in range(told)])
        for wave, at in enumerate(OPENED):
            store.open_wave(tx, campaign, OpenWave(wave, at, len(range(wave, told, 3)), 0))
        for start in range(0, told, _GROUP):
            messages.put_many(tx, list(_messages(campaign, range(start, start + _GROUP))))
        tx.execute(update(ledger).values(state="sent", settled_at=NOW - timedelta(days=5)))
        for start in range(0, people, _GROUP):
            outcomes.add(tx, list(_became(range(start, start + _GROUP), told)), NOW)
        asked = range(0, told, 20)
        tx.execute(insert(conversations), [_talk(number) for number in asked])
        tx.execute(insert(turns), [_turn(number) for number in asked])


def _id(number: int) -> str:
    return f"B-{number:07}"


def _person(number: int) -> dict[str, object]:
    return {
        "id": _id(number), "name": "Lucía Ejemplo", "language": "es", "country": "ES", "locale": "es-ES",
        "time_zone": "Europe/Madrid", "plan": ("mensual", "anual")[number % 2], "price_minor": 899, "currency": "EUR",
        "renewal_date": None, "next_charge_date": date(2027, 4, 1), "payment_method": "card", "contract": "terms",
        "cutover_date": None, "moved_at": None, "updated_at": NOW, "fields": {}, "term_end_date": None,
        "deadline_date": None,
    }  # fmt: skip


def _messages(campaign: str, numbers: range) -> Iterator[NewMessage]:
    said, at = TextMessage("Aviso", "es"), NOW - timedelta(days=19)
    for number in numbers:
        for stage in ("s0", "s1"):
            yield NewMessage(
                f"{stage}:{number}", MessageKind.CAMPAIGN, ChannelName.SMS, f"+346{number:08}", said, at, at,
                subscriber_id=_id(number), campaign_id=campaign, stage=stage, batch_id=f"bat_{number // 500}",
                message_class=MessageClass.SERVICE,
            )  # fmt: skip


def _became(numbers: range, told: int) -> Iterator[PersonOutcome]:
    """Nine in ten of those told move within a week, are charged within ten days more, one in 30 in vain; one in 40 leaves."""
    for number in numbers:
        if number < told and number % 10:
            moved = OPENED[number % 3].date() + timedelta(days=number % 7)
            yield PersonOutcome(_id(number), OutcomeKind.MOVED, moved)
            fine = OutcomeKind.FIRST_CHARGE_FAILED if number % 30 == 1 else OutcomeKind.FIRST_CHARGE_FINE
            yield PersonOutcome(_id(number), fine, moved + timedelta(days=number % 11))
        if number % 40 == 0:
            yield PersonOutcome(_id(number), OutcomeKind.CANCELLED, NOW.date() - timedelta(days=number % 15))


def _talk(number: int) -> dict[str, object]:
    return {
        "id": f"con_{number}", "channel": "sms", "address": f"+346{number:08}", "subscriber_id": _id(number),
        "language": "es", "proof": "linked", "proof_until": None, "memory": {}, "opened_at": NOW,
    }  # fmt: skip


def _turn(number: int) -> dict[str, object]:
    return {
        "id": f"turn_{number}", "conversation_id": f"con_{number}", "seq": 1, "author": "subscriber", "staff": "",
        "text": "?", "citations": [], "choices": [], "answer_id": "", "reason": "", "at": NOW - timedelta(days=4),
    }  # fmt: skip


if __name__ == "__main__":
    main()
