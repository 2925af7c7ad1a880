"""Filling a batch: what a person gets never depends on who else is in it, and is written as any other row would be."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from campaigns.audience import Person
from campaigns.content import Content, load_content
from campaigns.filling import Filling, House, Known, Place
from campaigns.links import personal_links
from channels import outbox
from channels.caps import Caps
from records.content import kept_from_json
from records.database import Database, Tx
from records.forms import Form, Letter, Places
from records.hours import Window
from records.ledger import Heard, Line, NewMessage, Sheet
from records.store import attempts, messages
from records.store.batches import Batch
from records.store.campaigns import Campaign
from records.store.next_way import Tried
from records.tables import messages as ledger
from records.types import CampaignState, ChannelName, Consent, MessageClass, MessageKind, Purpose
from tests.campaigns.world import PLAN, person, write_workspace

NOW = datetime(2027, 2, 20, 9, 30, tzinfo=UTC)
WAYS = (ChannelName.EMAIL, ChannelName.SMS)

days = st.none() | st.dates(date(2027, 2, 15), date(2027, 4, 20))
people = st.builds(
    lambda traits, ways, agreed, shut, held: Person(
        person(**traits),
        {way: f"{traits['number']}@{way}" for way in ways},
        tuple(Consent(way, purpose, granted) for (way, purpose), granted in agreed.items()),
        shut,
        held,
    ),
    st.fixed_dictionaries(
        {
            "number": st.integers(0, 9999),
            "name": st.text(max_size=20),
            "country": st.sampled_from(("ES", "MX", "US", "XX")),
            "locale": st.sampled_from(("es-ES", "es-MX", "en-US", "xx")),
            "time_zone": st.sampled_from(("Europe/Madrid", "America/Mexico_City", "", "no/where")),
            "price_minor": st.integers(0, 200_000),
            "payment_method": st.sampled_from(("card", "sepa", "apple_pay", "", "cheque")),
            "next_charge_date": days,
            "cutover_date": days,
            "moved_at": st.none() | st.just(NOW),
        }
    ),
    st.sets(st.sampled_from(WAYS)),
    st.dictionaries(st.tuples(st.sampled_from(WAYS), st.sampled_from(Purpose)), st.booleans()),
    st.frozensets(st.sampled_from(WAYS), max_size=1),
    st.booleans(),
)


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Content]:
    return {of: _content(tmp_path_factory.mktemp(of), of) for of in ("service", "contract_notice", "marketing")}


def _content(folder: Path, of_class: str) -> Content:
    workspace = write_workspace(folder, PLAN.replace("class: service", f"class: {of_class}"))
    return load_content(workspace, workspace.campaigns / "mudanza.yaml")


def _filled(content: Content, stage: str, some: Sequence[Person], known: Known) -> Filling:
    batch = Batch("bat_1", "cam_1", stage, 0, "planned", 0)
    campaign = Campaign("cam_1", "mudanza", False, "", "", CampaignState.APPROVED, "a", "b", NOW, NOW)
    house = House(
        personal_links("k" * 32, "https://farolito.example"),
        Window.parse("09:00", "20:00"),
        "Europe/Madrid",
        Caps(1, 2),
    )
    place = Place(batch, campaign, content, content.plan.stage(stage), NOW - timedelta(days=20))
    filling = Filling(place, house, known, NOW)
    for one in some:
        filling.add(one)
    return filling


@given(st.data())
def test_what_a_person_gets_does_not_depend_on_the_others(contents: dict[str, Content], data: st.DataObject) -> None:
    content = contents[data.draw(st.sampled_from(sorted(contents)))]
    stage = data.draw(st.sampled_from([stage.name for stage in content.plan.stages]))
    some = data.draw(st.lists(people, max_size=8, unique_by=lambda one: one.subscriber.id))
    ids = st.sampled_from([one.subscriber.id for one in some] or [""])
    moments = st.lists(st.integers(0, 6).map(lambda ago: NOW - timedelta(days=ago)), max_size=3).map(sorted)
    known = Known(
        data.draw(
            st.dictionaries(ids, st.builds(Tried, st.frozensets(st.sampled_from(WAYS), min_size=1), st.booleans()))
        ),
        data.draw(st.dictionaries(ids, st.builds(Heard, moments.map(tuple), st.integers(0, 1)))),
    )
    together = _filled(content, stage, some, known)
    alone = [_filled(content, stage, [one], known) for one in some]
    assert together.lines == [line for filling in alone for line in filling.lines]
    assert together.outcomes == {who: why for filling in alone for who, why in filling.outcomes.items()}
    assert all(len(filling.lines) + len(filling.outcomes) <= 1 for filling in alone)


sheets = Sheet("cam_1", "anuncio", "bat_1", 3, MessageClass.SERVICE, NOW)
forms = (
    Form("mail", "es", Places(("Hola ", "0", "")), Places(("x",)), Places(("<p>", "0", "</p>"))),
    Form("text", "en", Places(("", "0", "!"))),
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
lines = st.builds(
    Line,
    st.uuids().map(str),
    st.uuids().map(str),
    st.sampled_from(WAYS),
    texts,
    st.builds(Letter, st.sampled_from(forms), st.lists(texts, min_size=1, max_size=4).map(tuple)),
    st.sampled_from([NOW, NOW + timedelta(hours=3, microseconds=7)]),
    st.none() | st.just(NOW + timedelta(days=1)),
    st.sampled_from([(), ("not_moved",), ("not_moved", "unconfirmed")]),
)


def test_a_line_is_written_as_the_whole_message_would_be(db: Database) -> None:
    @given(st.lists(lines, max_size=6, unique_by=(lambda line: line.key, lambda line: line.subscriber_id)))
    def prove(some: list[Line]) -> None:
        assert _written(db, lambda tx: outbox.put_campaign(tx, sheets, some)) == _written(
            db, lambda tx: messages.put_many(tx, [_whole(line) for line in some])
        )

    prove()


def test_what_was_written_is_as_it_will_be_read(db: Database) -> None:
    @given(st.lists(lines, max_size=6, unique_by=(lambda line: line.key, lambda line: line.subscriber_id)))
    def prove(some: list[Line]) -> None:
        with suppress(_Undone), db.write() as tx:
            kept = outbox.put_campaign(tx, sheets, some)
            assert kept == messages.due_of_batch(tx, sheets.batch_id, NOW + timedelta(days=1), 100)
            raise _Undone

    prove()


def test_what_a_hand_takes_is_as_if_planned_and_then_taken(db: Database) -> None:
    @given(st.lists(lines, max_size=6, unique_by=(lambda line: line.key, lambda line: line.subscriber_id)))
    def prove(some: list[Line]) -> None:
        def at_once(tx: Tx) -> None:
            outbox.put_campaign(tx, sheets, some, hand)

        def one_by_one(tx: Tx) -> None:
            new = outbox.put_campaign(tx, sheets, some)
            token = attempts.claim(tx, [row.id for row in new if row.not_before <= NOW], hand.holder)
            tx.execute(update(ledger).where(ledger.c.token == token).values(token=hand.token))

        assert _written(db, at_once) == _written(db, one_by_one)

    hand = attempts.hand("w1", NOW)
    prove()


def test_a_line_is_written_once(db: Database) -> None:
    line = Line("k", "s1", ChannelName.EMAIL, "a@b.example", Letter(forms[0], ("Ana",)), NOW, None, ())
    again = line._replace(key="another", letter=Letter(forms[1], ("Eva",)))
    with db.write() as tx:
        assert [row.key for row in outbox.put_campaign(tx, sheets, [line])] == [line.key]
        assert outbox.put_campaign(tx, sheets, [line, again]) == ()


class _Undone(Exception):
    """Leaves the ledger as it was."""


def _written(db: Database, put: Any) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    with suppress(_Undone), db.write() as tx:
        put(tx)
        found = [dict(row) | {"id": 0} for row in tx.execute(select(ledger).order_by(ledger.c.key)).mappings()]
        raise _Undone
    return [row | {"body": None, "said": _said(row)} for row in found]


def _said(row: dict[str, object]) -> object:
    return kept_from_json(str(row["body"]))


def _whole(line: Line) -> NewMessage:
    of_sheet = {one.name: getattr(sheets, one.name) for one in fields(sheets)}
    of_line = line._asdict()
    return NewMessage(kind=MessageKind.CAMPAIGN, content=of_line.pop("letter"), **of_line, **of_sheet)
