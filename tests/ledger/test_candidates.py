"""What may be learned from use: masked, tied to its author until a person decides, gone with an erasure."""

from datetime import datetime, timedelta

import pytest

from records.database import Database
from records.errors import NotFound
from records.phrasings import Origin, Phrasing
from records.store import candidates, conversations
from records.store.candidates import Standing
from records.types import ChannelName, Language
from tests.campaigns.world import add_people, person

PAUSE = Phrasing("faq/account.es.md", "pause", Language.ES, "quiero parar un par de meses")


def _talk(db: Database, who: str, now: datetime) -> str:
    with db.write() as tx:
        return conversations.open_or_get(tx, ChannelName.WEB, who, now).id


def test_the_same_words_of_several_people_are_one_candidate(db: Database, now: datetime) -> None:
    talks = [_talk(db, f"session-{number}", now) for number in range(3)]
    with db.write() as tx:
        for talk in talks:
            assert candidates.propose(tx, PAUSE, Origin.CHOICE, talk, "", now)
        assert not candidates.propose(tx, PAUSE, Origin.CHOICE, talks[0], "", now)
        candidates.propose(
            tx, Phrasing(PAUSE.source, PAUSE.path, PAUSE.language, "parar"), Origin.THUMB, talks[0], "", now
        )
        first, second = candidates.listed(tx)
    assert (first.phrasing, first.people, first.origins) == (PAUSE, 3, (Origin.CHOICE,))
    assert second.people == 1


def test_nothing_is_learned_before_a_person_says_so_and_a_no_is_kept(db: Database, now: datetime) -> None:
    talk = _talk(db, "session-1", now)
    with db.write() as tx:
        candidates.propose(tx, PAUSE, Origin.CHOICE, talk, "", now)
        assert candidates.approved(tx) == ()
        before = candidates.version(tx)
        candidates.decide(tx, PAUSE.id, Standing.APPROVED, "ana@farolito.example")
        assert candidates.approved(tx) == (PAUSE,)
        assert candidates.version(tx) == before + 1
        candidates.decide(tx, PAUSE.id, Standing.REJECTED, "ana@farolito.example")
        assert candidates.approved(tx) == ()
        assert not candidates.propose(tx, PAUSE, Origin.CHOICE, talk, "", now)
        with pytest.raises(NotFound, match="learn list"):
            candidates.decide(tx, "phr_unknown", Standing.APPROVED, "ana@farolito.example")


def test_what_identifies_a_person_is_masked_before_it_is_kept(db: Database, now: datetime) -> None:
    add_people(db, [person(1)], now)
    said = "soy Persona, mi correo es lucia@correo.example y pago con 4111 1111 1111 1111"
    with db.write() as tx:
        candidates.propose(
            tx, Phrasing(PAUSE.source, PAUSE.path, PAUSE.language, said), Origin.CHOICE, "con_1", "s0001", now
        )
        (kept,) = candidates.listed(tx)
    for secret in ("Persona", "lucia@correo.example", "4111 1111"):
        assert secret not in kept.phrasing.text


def test_who_thinks_better_of_it_takes_back_only_their_own_words(db: Database, now: datetime) -> None:
    with db.write() as tx:
        for talk in ("con_1", "con_2"):
            candidates.propose(tx, PAUSE, Origin.CHOICE, talk, "", now)
        assert candidates.take_back(tx, PAUSE.source, "another", "con_1") == 0
        assert candidates.take_back(tx, PAUSE.source, PAUSE.path, "con_1") == 1
        (left,) = candidates.listed(tx)
        assert left.people == 1
        candidates.decide(tx, PAUSE.id, Standing.APPROVED, "ana@farolito.example")
        assert candidates.take_back(tx, PAUSE.source, PAUSE.path, "con_2") == 0


def test_an_erasure_takes_undecided_words_along_and_cannot_find_the_approved(db: Database, now: datetime) -> None:
    other = Phrasing(PAUSE.source, PAUSE.path, PAUSE.language, "congelar la cuota")
    with db.write() as tx:
        candidates.propose(tx, PAUSE, Origin.CHOICE, "con_1", "s0001", now)
        candidates.propose(tx, other, Origin.CHOICE, "con_1", "s0001", now + timedelta(minutes=1))
        candidates.decide(tx, other.id, Standing.APPROVED, "ana@farolito.example")
        assert candidates.forget_person(tx, "s0001") == 1
        assert candidates.listed(tx) == ()
        assert candidates.approved(tx) == (other,)


def test_a_story_is_no_way_to_ask(db: Database, now: datetime) -> None:
    with db.write() as tx:
        long = Phrasing(PAUSE.source, PAUSE.path, PAUSE.language, "x" * (candidates.LONGEST + 1))
        assert not candidates.propose(tx, long, Origin.CHOICE, "con_1", "", now)
        assert candidates.listed(tx) == ()
