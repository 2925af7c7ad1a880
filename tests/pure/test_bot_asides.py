"""What is said about the talk itself: none of these, are you sure, I am still waiting; and what it means as things stand."""

from dataclasses import replace

import pytest

from bot.actions import AddToCase, OpenCase, Say
from bot.conversation import decide
from bot.events import PassagesFound, Talk
from bot.rules import hear
from knowledge.passages import Found
from records.types import Choice, Language, Reason
from tests.pure.talks import NOW, Shelf, case, heard, only, play, said, sure, talk, unsure

SHELF = Shelf(tarjeta=sure("Tu tarjeta pasa sola.", "La tarjeta"), descuento=unsure("El descuento", "El cupón"))


def _after(now_talk: Talk, *texts: str) -> tuple[Talk, Say]:
    """The talk after these messages, and the last thing said."""
    for text in texts:
        now_talk, actions = play(now_talk, heard(text), SHELF)
    return now_talk, said(actions)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hola buenas", "greeting"), ("hola???", "greeting"), ("oiga, buenas tardes joven", "greeting"),
        ("hi there love", "greeting"),
        ("gracias majo", "thanks"), ("dale, gracias", "thanks"), ("ah ya entendí gracias", "thanks"), ("ta love", "thanks"),
        ("oh I see now thanks", "thanks"), ("thanks for your help", "thanks"), ("ok espero", "thanks"),
        ("pues vaya", "fine"), ("oh well", "fine"), ("never mind", "fine"), ("no, gracias", "fine"), ("ya está", "fine"),
        ("hola, soy yo otra vez", "greeting"), ("ok se lo digo", "thanks"), ("thank you very kind", "thanks"),
        ("gracias robot", "thanks"),
        ("Merci", "thanks"), ("merci beaucoup!", "thanks"), ("Danke schön", "thanks"), ("Grazie mille", "thanks"),
        ("muito obrigada", "thanks"), ("gràcies", "thanks"), ("Ciao, grazie", "thanks"), ("eskerrik asko", "thanks"),
        ("Bonjour", "greeting"), ("Guten Tag", "greeting"), ("bon dia", "greeting"), ("arrivederci", "goodbye"),
        ("quería preguntar una cosa", "help"), ("I've got a question", "help"),
        ("vale, pero mi tarjeta", ""), ("gracias a Dios no me cobraron", ""), ("ya no puedo entrar", ""),
        ("well it failed", ""),
        ("nada funciona", ""), ("sorry it does not work", ""),
    ],
)  # fmt: skip
def test_niceties_in_any_order_are_small_talk_and_a_matter_behind_them_is_not(text: str, kind: str) -> None:
    assert hear(text).talk == kind


@pytest.mark.parametrize(
    ("text", "aside"),
    [
        ("no es eso", "turned"), ("no es eso lo que pregunto", "turned"), ("pues ninguna de esas", "turned"),
        ("no me sirve, gracias", "turned"),
        ("nada de eso", "turned"), ("that's not what I asked", "turned"), ("none of the above", "turned"),
        ("that doesn't help", "turned"),
        ("no, no quiero cancelar, solo saber", "asking"), ("era una pregunta nomás", "asking"), ("just asking", "asking"),
        ("¿seguro?", "sure"), ("are you sure?", "sure"), ("sigo esperando", "waiting"), ("still waiting", "waiting"),
        ("¿cuánto van a tardar?", "waiting"), ("how long will that take", "waiting"), ("no tengo correo, soy mayor", "without"),
        ("I can't remember the email", "without"), ("sí", "yes"), ("no", "no"),
        ("ya lo probé y nada", "turned"), ("did that, doesn't work", "turned"), ("no no no, eso no", "turned"),
        ("been waiting two days", "waiting"),
        ("no quiero darme de baja", "staying"), ("ya no quiero darme de baja", "staying"), ("no me deis de baja", "staying"),
        ("no quiero cancelar mi suscripción todavía", "staying"), ("no me quiero ir", "staying"),
        ("I don't want to cancel", "staying"), ("please don't cancel my subscription", "staying"),
        ("I'm not leaving", "staying"),
        ("no quiero cancelar la tarjeta", ""), ("no quiero seguir", ""), ("you did not cancel my subscription", ""),
        ("no es eso lo que me preocupa, es el precio de mi plan", ""), ("how long will my refund take", ""),
        ("¿es seguro pagar aquí?", ""),
        ("ninguna tarjeta funciona", ""), ("quiero saber cuánto pago", ""), ("I never got the code", ""),
    ],
)  # fmt: skip
def test_asides_are_the_whole_message(text: str, aside: str) -> None:
    assert hear(text).aside == aside


@pytest.mark.parametrize(
    "text",
    [
        "no es eso", "that's not what I asked", "era solo una pregunta", "¿seguro?", "ya no quiero darme de baja",
        "please don't cancel my subscription",
    ],
)  # fmt: skip
def test_an_aside_is_no_act(text: str) -> None:
    assert hear(text).reasons == hear(text).leans == ()


def test_an_answer_turned_down_is_asked_for_in_other_words_and_then_goes_to_a_person() -> None:
    first, turn = _after(talk(), "¿y mi tarjeta?", "no es eso")
    assert turn.reason is Reason.CHOICES
    assert [choice.data for choice in turn.choices] == ["person"]
    assert _after(first, "no me sirve")[1].reason is Reason.REPEATED_FAILURE
    assert _after(first, "¿qué pasa con mi tarjeta?")[1].reason is Reason.ANSWERED


def test_titles_turned_down_are_not_taken_for_the_second_failure() -> None:
    asked, turn = _after(talk(), "¿y mi descuento?")
    assert turn.reason is Reason.CHOICES
    for text in ("ninguna", "no"):
        turned, again = _after(asked, text)
        assert again.reason is Reason.CHOICES
        _, actions = play(turned, heard("ninguna de esas"), SHELF)
        (opened,) = only(actions, OpenCase)
        assert isinstance(opened, OpenCase)
        assert "¿y mi descuento?" in opened.summary


def test_without_anything_to_turn_down_or_doubt_it_is_no_aside() -> None:
    assert _after(talk(), "no es eso")[1].reason is Reason.SMALL_TALK
    assert _after(talk(), "¿y mi tarjeta?", "¿seguro?")[1].choices[0].data == "person"
    assert _after(talk(), "¿seguro?")[1].reason is not Reason.SMALL_TALK


def test_who_waits_is_told_how_the_case_stands_and_who_does_not_is_heard_out() -> None:
    waiting = talk(case=case())
    for text in ("sigo esperando", "nadie me responde", "hola? hay alguien?", "hola", "¿cuánto van a tardar?"):
        turn = _after(waiting, text)[1]
        assert turn.reason is Reason.OWN_RECORD
        assert "R-2222" in turn.text
    assert _after(talk(), "sigo esperando")[1].reason is not Reason.OWN_RECORD


def test_what_is_told_and_not_asked_joins_the_open_case_without_titles_to_choose_from() -> None:
    _, actions = play(talk(case=case()), heard("pone otra cosa en el descuento"), SHELF)
    assert only(actions, AddToCase)
    assert "R-2222" in said(actions).text
    assert _after(talk(case=case()), "¿qué pone en mi descuento?")[1].reason is Reason.CHOICES
    assert _after(talk(), "pone otra cosa en el descuento")[1].reason is Reason.CHOICES


def test_only_asking_is_noted_as_nothing_unless_a_case_is_open() -> None:
    assert _after(talk(), "era solo una pregunta")[1].reason is Reason.SMALL_TALK
    assert only(play(talk(case=case()), heard("era solo una pregunta"), SHELF)[1], AddToCase)


@pytest.mark.parametrize("text", ["no quiero darme de baja", "please don't cancel my subscription"])
def test_who_wants_to_stay_is_noted_as_nothing_and_an_open_case_hears_of_it(text: str) -> None:
    shelf = Shelf(
        baja=sure("Así te das de baja.", "¿Cómo cancelo?"), cancel=sure("Así te das de baja.", "¿Cómo cancelo?")
    )
    _, actions = play(talk(), heard(text), shelf)
    assert said(actions).reason is Reason.SMALL_TALK
    assert not only(actions, OpenCase)
    (joined,) = only(play(talk(case=case(kind=Reason.CANCELLATION)), heard(text), shelf)[1], AddToCase)
    assert isinstance(joined, AddToCase)
    assert text in joined.line


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no voy a cancelar, me habéis cobrado dos veces", Reason.DOUBLE_CHARGE),
        ("no quiero pagar más, cancelad mi cuenta", Reason.CANCELLATION),
        ("I don't want to stay, please cancel my subscription", Reason.CANCELLATION),
    ],
)
def test_a_denied_wish_takes_nothing_from_what_stands_beside_it(text: str, reason: Reason) -> None:
    assert hear(text).reasons[0] is reason


def test_who_has_no_address_or_keeps_it_is_not_asked_again() -> None:
    proving, turn = _after(talk(), "¿cuánto pago yo?")
    assert turn.reason is Reason.UNVERIFIED
    kept, told = _after(proving, "no quiero dar mi correo")
    assert told.reason is Reason.UNVERIFIED
    assert [choice.data for choice in told.choices] == ["person"]
    assert kept.conversation.memory.get("proof_step") is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("la primera", "El descuento"),
        ("2", "El cupón"),
        ("the second one", "El cupón"),
        ("lo del cupón", "El cupón"),
        ("la última", "El cupón"),
        ("the last one", "El cupón"),
        ("opción 1", "El descuento"),
        ("la 2.", "El cupón"),
    ],
)
def test_a_choice_is_taken_by_its_place_or_by_its_words(text: str, label: str) -> None:
    asked, _ = _after(talk(), "¿y mi descuento?")
    shelf = Shelf(**{label.casefold(): sure(f"Sobre {label}.", label)})
    assert f"Sobre {label}." in said(play(asked, heard(text), shelf)[1]).text


@pytest.mark.parametrize("text", ["la segunda", "la última", "the last one"])
def test_a_place_where_nothing_was_offered_opens_no_case(text: str) -> None:
    assert _after(talk(), text)[1].reason is Reason.SMALL_TALK


@pytest.mark.parametrize("text", ["7", "la 7", "la quinta", "option 12"])
def test_a_place_beyond_the_list_says_how_many_there_are_and_offers_them_again(text: str) -> None:
    asked, first = _after(talk(), "¿y mi descuento?")
    beyond, turn = _after(asked, text)
    assert "2" in turn.text
    assert turn.choices == first.choices
    assert beyond.conversation.memory["failures"] == asked.conversation.memory["failures"]
    assert _after(beyond, "¿y mi tarjeta?", "¿y mi descuento?", text)[1].choices == first.choices


def test_a_number_beyond_the_list_is_told_once_and_then_read_as_any_message() -> None:
    assert _after(talk(), "¿y mi descuento?", "7", "7")[1].reason is Reason.REPEATED_FAILURE


def test_a_yes_takes_the_only_choice() -> None:
    memory = {"greeted": True, "offered": [["person", "Hablar con una persona"]]}
    offered = replace(talk(), conversation=replace(talk().conversation, memory=memory))
    assert _after(offered, "sí, por favor")[1].reason is Reason.PERSON
    assert _after(talk(), "sí")[1].reason is Reason.SMALL_TALK


def test_titles_that_share_the_words_said_are_not_chosen_between() -> None:
    choices = (Choice("pick:1", "Cambiar la tarjeta"), Choice("pick:2", "La tarjeta caducada"))
    memory = {"greeted": True, "failures": 1, "offered": [[one.data, one.label] for one in choices]}
    offered = replace(talk(), conversation=replace(talk().conversation, memory=memory), language=Language.ES)
    assert said(play(offered, heard("la tarjeta"), SHELF)[1]).reason is Reason.ANSWERED


def _found(share: float, cover: float) -> Found:
    return replace(unsure("El regalo"), features={"share": share, "cover": cover})


@pytest.mark.parametrize(
    ("text", "found", "reason"),
    [
        ("feliz navidad", _found(0.0, 0.4), Reason.SMALL_TALK),
        ("x", _found(0.0, 1.0), Reason.SMALL_TALK),
        ("abonaria", _found(0.0, 1.0), Reason.CHOICES),
        ("regalo navidad", _found(0.5, 0.4), Reason.CHOICES),
        ("mi prima cumple pronto muchos años", _found(0.0, 0.4), Reason.CHOICES),
    ],
)
def test_next_to_nothing_is_asked_for_in_other_words_without_titles(text: str, found: Found, reason: Reason) -> None:
    turn = said(decide(talk(), PassagesFound(text, found), NOW))
    assert turn.reason is reason
    assert (len(turn.choices), turn.choices[0].data) == (
        (1, "person") if reason is Reason.SMALL_TALK else (1, "pick:1")
    )


def test_next_to_nothing_joins_a_case_that_waits_and_fails_where_titles_have_been_offered() -> None:
    found = PassagesFound("feliz navidad", _found(0.0, 0.4))
    assert said(decide(talk(case=case()), found, NOW)).reason is not Reason.SMALL_TALK
    asked, _ = _after(talk(), "¿y mi descuento?")
    assert said(decide(asked, found, NOW)).reason is Reason.REPEATED_FAILURE
