"""What people do with answers becomes a proposal, in the same transaction, and goes again when they turn away."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from knowledge.passages import Found
from records.database import Database
from records.phrasings import Origin, Written
from records.store import candidates, knowledge, own_entries
from records.store.candidates import Candidate
from records.store.knowledge import StoredChunk
from records.store.own_entries import Proposed
from records.types import ChannelName, Language, Reason
from tests.bot.house import Talker, person
from tests.bot.library import SURE, UNSURE, FakeLibrary

ASKED = "algo del precio de lucia@correo.example"
WORDS: Mapping[str, Found] = {
    "cambi": SURE,
    "precio": UNSURE,
    "¿sube el precio?": Found(UNSURE.passages[:1], 0.9, 0.95),
}


@pytest.fixture
def talker(db: Database, now: datetime) -> Talker:
    held = [
        StoredChunk(one.chunk_id, one.source, one.path, one.title, one.text, one.language.value, "faq", (), "", {})
        for one in (*SURE.passages, *UNSURE.passages)
    ]
    with db.write() as tx:
        number = knowledge.begin(tx, now)
        knowledge.finish(tx, number, [], held)
        knowledge.point(tx, number)
    return Talker(db, now, library=FakeLibrary(WORDS))


def proposed(talker: Talker) -> tuple[Candidate, ...]:
    with talker.db.read() as tx:
        return candidates.listed(tx)


def answer_id(talker: Talker) -> str:
    return next(turn.answer_id for turn in reversed(talker.turns()) if turn.answer_id)


@pytest.mark.parametrize("tap", ["pick:1", "1"])
def test_a_title_picked_when_asked_back_proposes_the_question_masked(talker: Talker, tap: str) -> None:
    talker.say(ASKED)
    result = talker.press(tap) if tap.startswith("pick") else talker.say(tap)
    assert result.reason is Reason.ANSWERED
    (one,) = proposed(talker)
    assert (one.phrasing.source, one.phrasing.path, one.origins) == ("faq/price.md", "price", (Origin.CHOICE,))
    assert one.phrasing.text.startswith("algo del precio")
    assert "lucia@" not in one.phrasing.text


@pytest.mark.parametrize("away", ["person", "thumb", "words"])
def test_who_turns_away_from_what_they_picked_takes_it_back(talker: Talker, away: str) -> None:
    talker.say(ASKED)
    talker.press("pick:1")
    moves = {"person": "person", "thumb": f"thumb:{answer_id(talker)}:down"}
    talker.say("quiero hablar con una persona") if away == "words" else talker.press(moves[away])
    assert proposed(talker) == ()


def test_a_person_asked_for_after_another_answer_takes_nothing_back(talker: Talker) -> None:
    talker.say(ASKED)
    talker.press("pick:1")
    talker.say("¿Por qué cambiáis de plataforma?")
    talker.press("person")
    assert len(proposed(talker)) == 1


def test_a_thumb_up_proposes_the_question_that_led_to_the_answer_and_down_takes_it_back(talker: Talker) -> None:
    talker.say("¿Para qué cambiáis de tienda ahora?")
    up, down = f"thumb:{answer_id(talker)}:up", f"thumb:{answer_id(talker)}:down"
    talker.press(up)
    (one,) = proposed(talker)
    assert (one.phrasing.path, one.phrasing.text) == ("why", "¿Para qué cambiáis de tienda ahora?")
    assert one.origins == (Origin.THUMB,)
    talker.press(up)
    assert proposed(talker)[0].people == 1
    talker.press(down)
    assert proposed(talker) == ()


@pytest.mark.parametrize("question", ["¿Por qué cambiáis?", "¿por que cambiáis"])
def test_the_title_itself_teaches_nothing(talker: Talker, question: str) -> None:
    talker.say(question)
    talker.press(f"thumb:{answer_id(talker)}:up")
    assert proposed(talker) == ()


def test_the_same_words_of_two_people_are_one_proposal_said_twice(talker: Talker) -> None:
    for address in ("web1", "web2"):
        talker.say("algo del precio", address)
        talker.press("pick:1", address)
    (one,) = proposed(talker)
    assert one.people == 2


def test_staff_who_name_the_entry_propose_the_question_of_the_case(talker: Talker) -> None:
    talker.say("¿esto de la tarifa nueva a santo de qué viene?")
    case = talker.case()
    assert case.kind is Reason.NO_SOURCE
    talker.clock.advance(timedelta(minutes=1))
    talker.say("hola")
    talker.staff("claim", case)
    talker.staff("resolve:chk_why", case)
    (one,) = proposed(talker)
    assert (one.phrasing.path, one.origins) == ("why", (Origin.STAFF,))
    assert one.phrasing.text == "¿esto de la tarifa nueva a santo de qué viene?"


def test_after_two_failures_the_first_question_is_what_staff_answer(talker: Talker) -> None:
    talker.say("algo del precio")
    talker.say("lo del precio que digo")
    case = talker.case()
    assert case.kind is Reason.REPEATED_FAILURE
    talker.staff("resolve:chk_price", case)
    assert proposed(talker)[0].phrasing.text == "algo del precio"


@pytest.mark.parametrize("action", ["resolve", "resolve:chk_gone"])
def test_a_resolution_that_names_no_entry_of_ours_only_resolves(talker: Talker, action: str) -> None:
    talker.say("¿cuál es la capital de Francia?")
    talker.staff(action, talker.case())
    assert talker.case().resolved_at is not None
    assert proposed(talker) == ()


def test_acts_are_no_way_to_ask(talker: Talker) -> None:
    talker.say("quiero darme de baja")
    talker.staff("resolve:chk_why", talker.case())
    assert proposed(talker) == ()


def test_a_person_who_is_known_loses_their_name_before_it_is_kept(talker: Talker, now: datetime) -> None:
    telegram = ChannelName.TELEGRAM
    talker.register(person(now), (telegram, "tg1"))
    talker.say("soy Ana Ruiz, ¿para qué cambiáis de tienda?", "tg1", telegram)
    given = next(turn.answer_id for turn in talker.turns("tg1", telegram) if turn.answer_id)
    talker.bot.handle(talker.pressed(f"thumb:{given}:up", "tg1", telegram))
    assert [one.phrasing.text for one in proposed(talker) if "Ruiz" in one.phrasing.text] == []
    with talker.db.write() as tx:
        assert candidates.forget_person(tx, "s1") == 1


# ---------------------------------------------------------------- what staff wrote, where no entry answers

TRAINS = "¿esto de la tarifa nueva a santo de qué viene?"


def entries(talker: Talker) -> tuple[Proposed, ...]:
    with talker.db.read() as tx:
        return own_entries.proposed(tx)


def answered(talker: Talker, *replies: str, question: str = TRAINS, resolve: str = "resolve") -> None:
    """A case that staff claim, answer with these words, and resolve."""
    talker.say(question)
    case = talker.case()
    talker.staff("claim", case)
    for reply in replies:
        talker.write(reply, case)
    talker.staff(resolve, case)


def test_what_staff_wrote_is_proposed_as_an_entry_masked_and_tied_to_its_case(talker: Talker) -> None:
    answered(talker, "Suben los impuestos en abril.", "Y nada más. Dudas: marta@correo.example", "// nota interna")
    (one,) = entries(talker)
    assert one.written == Written(TRAINS, "Suben los impuestos en abril.\n\nY nada más. Dudas: •••@•••", Language.ES)
    assert (one.case_id, one.staff) == (talker.case().id, "marta")


def test_what_a_case_answered_before_is_replaced_when_it_is_resolved_again(talker: Talker) -> None:
    answered(talker, "Suben los impuestos en abril.")
    case = talker.case()
    talker.staff("reopen", case)
    talker.staff("claim", case)
    talker.write("Perdona: en mayo.", case)
    talker.staff("resolve", case)
    (one,) = entries(talker)
    assert one.written.answer == "Suben los impuestos en abril.\n\nPerdona: en mayo."


@pytest.mark.parametrize(
    ("question", "reply", "resolve"),
    [
        (TRAINS, "", "resolve"),  # resolved without a word
        (TRAINS, "Suben los impuestos en abril.", "resolve:chk_why"),  # an entry was named
        ("quiero darme de baja", "Hecho, desde hoy.", "resolve"),  # an act
        ("¿y eso?", "Suben los impuestos en abril.", "resolve"),  # says nothing alone
        (
            TRAINS,
            "Taxes are going up in April, and nothing else is.",
            "resolve",
        ),  # in another language than the question
    ],
)
def test_nothing_is_proposed_otherwise(talker: Talker, question: str, reply: str, resolve: str) -> None:
    answered(talker, *([reply] if reply else []), question=question, resolve=resolve)
    assert entries(talker) == ()


def test_nothing_is_proposed_where_an_entry_answers_by_now(talker: Talker) -> None:
    talker.say(TRAINS)
    case = talker.case()
    talker.staff("claim", case)
    talker.write("Suben los impuestos en abril.", case)
    talker.library.by_word = {"santo": SURE}
    talker.staff("resolve", case)
    assert entries(talker) == ()


def test_it_goes_with_whom_it_answered_until_somebody_decides(talker: Talker, now: datetime) -> None:
    telegram = ChannelName.TELEGRAM
    talker.register(person(now), (telegram, "tg1"))
    talker.say(TRAINS, "tg1", telegram)
    case = talker.case("tg1", telegram)
    talker.staff("claim", case)
    talker.write("Hola, Ana Ruiz: suben los impuestos.", case)
    talker.staff("resolve", case)
    (one,) = entries(talker)
    assert one.written.answer == "Hola, ••• •••: suben los impuestos."
    with talker.db.write() as tx:
        assert own_entries.forget_person(tx, "somebody") == 0
        assert own_entries.forget_person(tx, "s1") == 1
        assert own_entries.proposed(tx) == ()
