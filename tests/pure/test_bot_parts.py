"""Several questions in one message: told apart, each answered by itself, none forgotten."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import AddToCase, Gather, How, Lookup, OpenCase, OptOut, ReadRecord, Say
from bot.conversation import decide
from bot.parts import MOST_PARTS, Parts, split_parts
from knowledge.passages import Found
from records.types import Language, Reason
from tests.pure.talks import NOW, Shelf, case, heard, only, passage, play, said, sure, talk, unsure

DISCOUNT = "El descuento se mantiene."
PAYPAL = "PayPal vale igual."


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("¿cuándo me toca y cuánto voy a pagar?", ("¿cuándo me toca", "cuánto voy a pagar?")),
        ("What happens to my discount? And can I still use PayPal?",
         ("What happens to my discount?", "And can I still use PayPal?")),
        ("what happens to my discount? and can i still use paypal?",
         ("what happens to my discount?", "and can i still use paypal?")),
        ("1) ¿Cuándo me cambiáis?\n2) ¿Sube el precio?", ("¿Cuándo me cambiáis?", "¿Sube el precio?")),
        ("Tengo dos dudas: 1. cuándo me cambiáis 2. si sube el precio", ("cuándo me cambiáis", "si sube el precio")),
        ("- do I have to do anything\n- will my price go up", ("do I have to do anything", "will my price go up")),
        ("¿Cuándo es el cambio?\n¿Tengo que hacer algo?", ("¿Cuándo es el cambio?", "¿Tengo que hacer algo?")),
        ("do i have to do anything and will my price go up", ("do i have to do anything", "will my price go up")),
        ("Quiero saber cuándo me cobráis y además si puedo cambiar de plan",
         ("Quiero saber cuándo me cobráis", "si puedo cambiar de plan")),
        ("Can I use PayPal, and also will I keep my price?", ("Can I use PayPal", "will I keep my price?")),
        ("¿Tengo que hacer algo? También quiero saber si sube el precio.",
         ("¿Tengo que hacer algo?", "También quiero saber si sube el precio.")),
        ("Dime qué plan tengo y cuánto pago", ("Dime qué plan tengo", "cuánto pago")),
    ],
)  # fmt: skip
def test_questions_are_told_apart(text: str, asked: tuple[str, ...]) -> None:
    assert split_parts(text) == Parts(asked)


@pytest.mark.parametrize(
    "text",
    [
        "¿Cómo me doy de alta y baja?", "¿Cómo y cuándo pago?", "¿Sabéis cómo y cuándo se mueve mi cuenta?",
        "can I change my name and address?", "how much and when will I be charged?", "Is my card safe and sound?",
        "what changes and what stays the same?", "¿qué cambia y qué no cambia?", "What if I cancel and want to come back?",
        "¿Qué pasa si cancelo y si luego vuelvo?", "¿Me vais a cobrar dos veces? ¿Una en cada plataforma?",
        "¿Puedo pagar con PayPal y además tener descuento?", "¿Puedo pagar con tarjeta? ¿Y con PayPal?",
        "No puedo entrar. ¿Qué hago?", "Hola, ¿qué tal? ¿Cuándo me toca?", "¿Sube el precio? Gracias", "¿Sube el precio, no?",
        "Will my price go up? Thanks and bye", "qué dice la cláusula 7.2 b y la 7.3", "¿Subís el precio? ¿Sí o no?",
        "¿Qué día me cobráis ahora? ¿El mismo de siempre?", "What day do you bill me? The same as before?",
        "terms and conditions", "¿qué pasa con mi descuento si pago con PayPal y vivo en México?", "", "?", "y", "1. 2. 3.",
    ],
)  # fmt: skip
def test_one_question_stays_whole(text: str) -> None:
    assert split_parts(text) == Parts((text,))


def test_at_most_three_and_the_rest_is_owned_up_to() -> None:
    four = "¿Cuándo me cambiáis? ¿Tengo que hacer algo? ¿Sube el precio? ¿Vale mi tarjeta?"
    assert split_parts(four).asked == ("¿Cuándo me cambiáis?", "¿Tengo que hacer algo?", "¿Sube el precio?")
    assert split_parts(four).more
    shelf = Shelf(cambi=sure("En marzo."), algo=sure("Nada."), precio=sure("No."))
    _, actions = play(talk(), heard(four), shelf)
    assert "tres primeras" in said(actions).text


BITS = st.sampled_from(["¿", "?", " y ", "cuándo", "1.", "2)", " además ", "\n", " and ", "can I ", "-", ". ", "pago "])


@given(st.lists(BITS, max_size=30).map("".join))
def test_no_text_breaks_it_and_no_part_is_invented(text: str) -> None:
    parts = split_parts(text)
    assert 1 <= len(parts.asked) <= MOST_PARTS
    left = text
    for part in parts.asked if len(parts.asked) > 1 else ():
        for word in part.split():
            assert word in left, "a part holds the message's own words in their order"
            left = left[left.index(word) + len(word) :]


def test_each_part_is_answered_from_its_own_source() -> None:
    shelf = Shelf(descuento=sure(DISCOUNT, path="discount"), paypal=sure(PAYPAL, path="paypal"))
    _, actions = play(talk(), heard("¿Qué pasa con mi descuento? ¿Y puedo pagar con PayPal?"), shelf)
    turn = said(actions)
    assert turn.reason is Reason.ANSWERED
    assert [citation.path for citation in turn.citations] == ["discount", "paypal"]
    assert turn.text.index(DISCOUNT) < turn.text.index(PAYPAL)


def test_a_part_that_is_unclear_is_asked_back_beside_the_answer_of_the_other() -> None:
    shelf = Shelf(descuento=sure(DISCOUNT), factura=unsure("¿Dónde están?", "¿Me llegan?"))
    later, actions = play(talk(), heard("¿Qué pasa con mi descuento? ¿Y dónde veo una factura?"), shelf)
    turn = said(actions)
    assert [choice.label for choice in turn.choices] == ["¿Dónde están?", "¿Me llegan?"]
    assert DISCOUNT in turn.text
    assert "una factura" in turn.text
    assert not only(actions, OpenCase)
    _, again = play(later, heard("¿Qué pasa con mi descuento? ¿Y dónde veo una factura?"), shelf)
    assert only(again, OpenCase), "asked back once, then a person"


def test_titles_stand_under_the_part_they_are_for() -> None:
    shelf = Shelf(precio=unsure("¿Sube?", "¿Baja?"), factura=unsure("¿Dónde?", "¿Sube?"), descuento=sure(DISCOUNT))
    _, asked = play(talk(), heard("¿Qué hay del precio? ¿Y dónde veo una factura?"), shelf)
    assert [choice.label for choice in said(asked).choices] == ["¿Sube?", "¿Dónde?", "¿Baja?"]
    text = said(asked).text
    assert text.index("precio") < text.index("• ¿Sube?\n• ¿Baja?") < text.index("factura") < text.index("• ¿Dónde?")
    _, beside = play(talk(), heard("¿Qué hay del precio? ¿Y una factura, dónde está? ¿Y mi descuento?"), shelf)
    text = said(beside).text
    assert text.index("• ¿Sube?\n• ¿Baja?") < text.index("factura") < text.index("• ¿Dónde?") < text.index(DISCOUNT)


def test_a_part_without_a_source_goes_to_a_person_and_is_said_so() -> None:
    shelf = Shelf(descuento=sure(DISCOUNT))
    text = "¿Qué pasa con mi descuento? ¿Y quién ganó la liga?"
    _, actions = play(talk(), heard(text), shelf)
    (opened,) = only(actions, OpenCase)
    assert isinstance(opened, OpenCase)
    assert "liga" in opened.summary
    assert "R-7K3P" in said(actions).text
    _, joined = play(talk(case=case()), heard(text), shelf)
    assert only(joined, AddToCase)
    assert "R-2222" in said(joined).text


def test_no_part_with_an_answer_is_one_question_back_or_one_person() -> None:
    shelf = Shelf(precio=unsure("¿Sube?"), factura=unsure("¿Dónde?"))
    _, asked = play(talk(), heard("¿Qué hay del precio? ¿Y dónde veo una factura?"), shelf)
    assert [choice.label for choice in said(asked).choices] == ["¿Sube?", "¿Dónde?"]
    _, handed = play(talk(), heard("¿Quién ganó la liga? ¿Y cuándo es la final?"), shelf)
    assert said(handed).reason is Reason.NO_SOURCE
    assert len(only(handed, OpenCase)) == 1


def test_an_act_in_any_part_wins() -> None:
    shelf = Shelf(descuento=sure(DISCOUNT))
    for text in (
        "¿Qué pasa con mi descuento? Quiero darme de baja",
        "What about my discount? I want to cancel my subscription",
    ):
        _, actions = play(talk(), heard(text), shelf)
        assert said(actions).reason is Reason.CANCELLATION
    _, stopped = play(talk(), heard("¿Qué pasa con mi descuento? Y no me mandéis más mensajes"), shelf)
    assert only(stopped, OptOut)
    assert not shelf.asked


def test_their_own_record_is_one_of_the_parts() -> None:
    text = "¿Qué pasa con mi descuento? ¿Y cuánto pago?"
    (asked,) = only(decide(talk(proven=True), heard(text), NOW), Gather)
    assert isinstance(asked, Gather)
    assert asked.asks == (Lookup("¿Qué pasa con mi descuento?"), ReadRecord("¿Y cuánto pago?", ("price",)))
    shelf = Shelf(descuento=sure(DISCOUNT), pago=sure("El precio es 8,99 €."))
    later, actions = play(talk(), heard(text), shelf)
    turn = said(actions)
    assert DISCOUNT in turn.text
    assert "8,99" not in turn.text, "a general text cannot say what this person pays"
    assert "comprobar que eres tú" in turn.text
    assert [choice.data for choice in turn.choices] == ["prove"]
    assert later.conversation.memory["pending_topics"] == ["price"]
    (lookup,) = [one for one in only(decide(talk(), heard(text), NOW), Gather)]
    assert isinstance(lookup, Gather)
    assert lookup.asks[1] == Lookup("¿Y cuánto pago?", How.RECORD, ("price",))


def test_it_is_said_in_the_language_of_the_question() -> None:
    stays = passage("It stays.", "Discount", language=Language.EN)
    shelf = Shelf(discount=Found((stays,), 0.99, 0.99))
    english = replace(talk(), language=Language.EN)
    _, actions = play(english, heard("What happens to my discount? And who won the league?", Language.EN), shelf)
    assert "I'm passing it to a person" in said(actions).text
    assert len(only(actions, Say)) == 1


def test_a_part_that_only_the_other_language_has_says_so_and_offers_a_person() -> None:
    foreign = replace(passage("It stays.", "Discount", language=Language.EN), alone=True)
    shelf = Shelf(descuento=Found((foreign,), 0.99, 0.99), precio=sure("No sube.", "Precio"))
    _, actions = play(talk(), heard("¿Qué pasa con mi descuento? ¿Sube el precio?"), shelf)
    turn = said(actions)
    assert "Esto solo lo tengo en inglés" in turn.text
    assert "It stays." in turn.text
    assert "No sube." in turn.text
    assert [choice.data for choice in turn.choices] == ["person"]
