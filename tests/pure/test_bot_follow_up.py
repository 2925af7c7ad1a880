"""A message that leans on the one before keeps its topic; one that stands alone never does; a topic fades."""

import pytest

from bot.actions import Lookup, LookupFollowUp
from bot.conversation import decide
from bot.follow_up import LASTS, adds, leans, may_lean
from knowledge.passages import Found
from records.types import Reason
from tests.pure.talks import NOTHING, NOW, Shelf, heard, only, passage, play, said, sure, talk, unsure

CARD = Found((passage("Con tarjeta no haces nada.", "¿Tengo que hacer algo?", "card"),), 0.99, 0.99)
CARD_PAYPAL = Found((passage("Con PayPal tampoco.", "¿Tengo que hacer algo?", "paypal"),), 0.99, 0.99)


@pytest.mark.parametrize(
    "text",
    [
        "¿y con PayPal?", "y en México?", "and for annual plans?", "what about my invoices?", "¿y si no?", "¿y los anuales?",
        "con PayPal", "If not?", "but without a card?", "¿y mi descuento?", "how about Apple Pay", "¿Y para el plan familiar?",
    ],
)  # fmt: skip
def test_these_lean_on_the_question_before(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "¿Y por qué cambiáis de plataforma ahora?", "¿Con qué tarjeta puedo pagar?", "in which country are you?",
        "¿y cuándo me toca el cambio?", "hola", "", "For how long do you keep my data?", "and when will I be charged?",
        "¿Y dónde veo mis facturas del año pasado?", "con qué frecuencia me cobráis",
    ],
)  # fmt: skip
def test_these_stand_alone(text: str) -> None:
    assert not leans(text)


def test_only_a_circumstance_is_part_of_the_question_beside_it() -> None:
    assert adds("¿Y con PayPal?")
    assert not adds("¿Y mi descuento?")
    assert may_lean("¿y cuánto tarda eso?")
    assert not may_lean("¿por qué me cobráis eso en dos plazos este mes y el siguiente?")


def test_the_new_words_are_read_behind_the_question_before() -> None:
    shelf = Shelf(tarjeta=CARD, paypal=unsure("¿Puedo pagar con PayPal?"))
    later, _ = play(talk(), heard("¿Tengo que hacer algo con mi tarjeta?"), shelf)
    shelf.by_word = {"tarjeta? ¿y con paypal": CARD_PAYPAL, **shelf.by_word}
    _, actions = play(later, heard("¿y con PayPal?"), shelf)
    assert said(actions).citations[0].path == "paypal"
    assert shelf.asked[-2:] == ["¿y con PayPal?", "¿Tengo que hacer algo con mi tarjeta? ¿y con PayPal?"]


def test_an_answer_without_the_new_words_is_not_given_again_as_certain() -> None:
    shelf = Shelf(tarjeta=CARD)
    later, _ = play(talk(), heard("¿Tengo que hacer algo con mi tarjeta?"), shelf)
    for text in ("¿y con PayPal?", "¿y si no?"):
        _, actions = play(later, heard(text), shelf)
        assert said(actions).reason is Reason.CHOICES
        assert [choice.label for choice in said(actions).choices] == ["¿Tengo que hacer algo?"]


def test_what_stands_alone_is_answered_alone() -> None:
    shelf = Shelf(tarjeta=CARD, paypal=sure("Se paga en tu cuenta.", "¿Cómo pago con PayPal?", "how"))
    later, _ = play(talk(), heard("¿Tengo que hacer algo con mi tarjeta?"), shelf)
    shelf.by_word = {"tarjeta?": CARD, "paypal": shelf.by_word["paypal"]}
    _, actions = play(later, heard("¿Cómo pago con PayPal?"), shelf)
    assert said(actions).citations[0].path == "how"
    assert shelf.asked[-1] == "¿Cómo pago con PayPal?"
    assert only(decide(later, heard("¿Dónde están mis facturas de marzo?"), NOW), Lookup)


def test_without_a_topic_nothing_is_added() -> None:
    assert only(decide(talk(), heard("¿y con PayPal?"), NOW), Lookup)
    assert not only(decide(talk(), heard("¿y con PayPal?"), NOW), LookupFollowUp)


def test_a_topic_fades_and_a_new_one_takes_its_place() -> None:
    shelf = Shelf(tarjeta=CARD, factura=sure("En tu cuenta.", "¿Dónde están mis facturas?", "invoices"))
    later, _ = play(talk(), heard("¿Tengo que hacer algo con mi tarjeta?"), shelf)
    changed, _ = play(later, heard("¿dónde veo una factura?"), shelf)
    topic = changed.conversation.memory["topic"]
    assert isinstance(topic, list)
    assert topic[0] == "¿dónde veo una factura?"
    for _ in range(LASTS):
        later, _ = play(later, heard("gracias"), shelf)
    assert only(decide(later, heard("¿y con PayPal?"), NOW), Lookup), "after three messages it is forgotten"


def test_a_question_that_found_nothing_ends_the_topic() -> None:
    shelf = Shelf(tarjeta=CARD)
    later, _ = play(talk(), heard("¿Tengo que hacer algo con mi tarjeta?"), shelf)
    later, actions = play(later, heard("¿quién ganó la liga de baloncesto?"), shelf)
    assert shelf.of("liga") == NOTHING
    assert said(actions).reason is Reason.NO_SOURCE
    assert only(decide(later, heard("¿y con PayPal?"), NOW), Lookup)


def test_what_leans_on_a_question_that_was_asked_back_is_asked_back_itself_once() -> None:
    shelf = Shelf(tarjeta=unsure("La tarjeta", "El cambio"), paypal=unsure("Otra cosa", "Pagar con PayPal"))
    asked, _ = play(talk(), heard("¿sirve mi tarjeta?"), shelf)
    again, actions = play(asked, heard("¿y con PayPal?"), shelf)
    assert shelf.asked[-2:] == ["¿y con PayPal?", "¿sirve mi tarjeta? ¿y con PayPal?"]
    assert said(actions).reason is Reason.CHOICES
    assert said(actions).choices[0].label == "Pagar con PayPal", "what is called by the new word comes first"
    assert said(play(again, heard("¿y con el perro?"), shelf)[1]).reason is Reason.REPEATED_FAILURE
    assert said(play(asked, heard("¿vale mi tarjeta de siempre?"), shelf)[1]).reason is Reason.REPEATED_FAILURE


def test_what_was_only_asked_back_gave_no_text_to_be_sure_of() -> None:
    shelf = Shelf(tarjeta=unsure("La tarjeta"))
    asked, _ = play(talk(), heard("¿sirve mi tarjeta?"), shelf)
    assert said(play(asked, heard("¿seguro?"), shelf)[1]).reason is not Reason.SMALL_TALK


def test_another_clause_is_asked_for_by_its_number_alone() -> None:
    third, fifth = sure("3.1. Se renueva.", "Renovación", "3.1"), sure("5.1. Te das de baja.", "Baja", "5.1")
    shelf = Shelf(**{"cláusula tercera": third, "cláusula tercera? ¿y la quinta": fifth})
    later, _ = play(talk(), heard("¿Qué dice la cláusula tercera?"), shelf)
    assert said(play(later, heard("¿y la quinta?"), shelf)[1]).citations[0].path == "5.1"
    assert said(play(later, heard("¿y la otra?"), shelf)[1]).reason is Reason.CHOICES
