"""A no given by any channel, at any moment of a running batch, stops every later start to that address."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import bounces
from channels.bounces import Back, Patience
from channels.contract import Accepted, Outgoing, Refusal, SendResult
from channels.courier import Courier
from channels.pacer import Pacer
from records.clock import ManualClock
from records.content import TextMessage
from records.database import Database, Tx
from records.hours import Window
from records.ids import new_id
from records.ledger import NewMessage
from records.store import messages, subscribers
from records.tables import campaigns
from records.types import ChannelName, Consent, Contact, MessageClass, MessageKind, Purpose
from subscribers.links import make_link, read_link
from subscribers.preferences import apply_preferences, unsubscribe
from tests.ledger.people import ScriptedChannel, person

WINDOW = Window.parse("00:00", "23:59")
CHANNELS = (ChannelName.EMAIL, ChannelName.SMS, ChannelName.TELEGRAM)
SECRET = "a secret of at least thirty-two characters"
PEOPLE = 8
Where = tuple[str, ChannelName, str]
"""A person's id, a channel, and their address on it."""


def _by_word(tx: Tx, where: Where, now: datetime) -> None:
    subscribers.opt_out(tx, where[1], where[2], "chat", now)


def _by_page(tx: Tx, where: Where, now: datetime) -> None:
    link = read_link(make_link(SECRET, where[0], where[1], "preferences", now, 30, None), SECRET, now)
    apply_preferences(tx, link, {(other, Purpose.SERVICE) for other in CHANNELS if other is not where[1]}, now)


def _by_one_click(tx: Tx, where: Where, now: datetime) -> None:
    link = read_link(make_link(SECRET, where[0], where[1], "unsubscribe", now, 30, Purpose.SERVICE), SECRET, now)
    unsubscribe(tx, link, now)


def _by_vendor(tx: Tx, where: Where, now: datetime) -> None:
    bounces.act_on(tx, Back(where[1], where[2], Refusal.OPTED_OUT, "21610", ""), Patience(), now)


def _by_complaint(tx: Tx, where: Where, now: datetime) -> None:
    bounces.act_on(tx, Back(where[1], where[2], Refusal.COMPLAINED, "abuse", ""), Patience(), now)


def _by_colleague(tx: Tx, where: Where, now: datetime) -> None:
    subscribers.set_consent(tx, where[0], where[1], Purpose.SERVICE, False, "console", now)


WAYS: tuple[Callable[[Tx, Where, datetime], None], ...] = (
    _by_word,
    _by_page,
    _by_one_click,
    _by_vendor,
    _by_complaint,
    _by_colleague,
)
_noes = st.tuples(
    st.integers(0, PEOPLE * len(CHANNELS)), st.integers(0, PEOPLE - 1), st.sampled_from(CHANNELS), st.sampled_from(WAYS)
)


def _prepare(db: Database, now: datetime) -> tuple[str, tuple[Where, ...]]:
    """A campaign with one row a person and channel, for people of its own."""
    name = new_id("cam")
    agreed = [Consent(channel, Purpose.SERVICE, True) for channel in CHANNELS]
    places = []
    with db.write() as tx:
        tx.execute(
            campaigns.insert().values(
                id=name, name=name, rehearsal=False, plan="{}", content_hash="", state="approved",
                author="a@farolito.example", approver="b@farolito.example", created_at=now, changed_at=now,
            )
        )  # fmt: skip
        for number in range(PEOPLE):
            who = f"{name}-{number}"
            own = [(who, channel, f"{channel}-{who}") for channel in CHANNELS]
            subscribers.save(tx, replace(person(number, now), id=who), [Contact(*place) for place in own], agreed, now)
            places += own
        messages.put_many(tx, [_row(name, place, now) for place in places])
    return name, tuple(places)


def _row(name: str, place: Where, now: datetime) -> NewMessage:
    return NewMessage(
        key=f"{name}:{place[0]}:{place[1]}",
        kind=MessageKind.CAMPAIGN,
        channel=place[1],
        address=place[2],
        content=TextMessage("Hola", "es"),
        planned_at=now,
        not_before=now,
        subscriber_id=place[0],
        campaign_id=name,
        stage="anuncio",
        batch_id=name,
        message_class=MessageClass.SERVICE,
    )


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_noes, max_size=10))
def test_a_no_at_any_moment_stops_every_later_start(
    db: Database, now: datetime, noes: list[tuple[int, int, ChannelName, Callable[[Tx, Where, datetime], None]]]
) -> None:
    name, places = _prepare(db, now)
    refused: set[str] = set()
    taken: list[str] = []

    def say_no(moment: int) -> None:
        for at, number, channel, way in noes:
            if at == moment:
                place = next(one for one in places if one[0] == f"{name}-{number}" and one[1] is channel)
                with db.write() as tx:
                    way(tx, place, now)
                refused.add(place[2])

    def answer(outgoing: Outgoing) -> SendResult:
        assert outgoing.address not in refused, "a message started after its no was acknowledged"
        taken.append(outgoing.address)
        say_no(len(taken))
        return Accepted(f"id:{outgoing.key}")

    say_no(0)
    channel = ScriptedChannel(answer)
    courier = Courier(db, dict.fromkeys(CHANNELS, channel), ManualClock(now), WINDOW, "w1", Pacer({}))
    courier.drain_batch(name)
    courier.drain_batch(name)
    assert len(taken) == len(set(taken))
    # And nobody else is held back.
    assert set(taken) | refused == {place[2] for place in places}
