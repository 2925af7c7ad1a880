"""Whole talks with the sample company, as people have them: hurried, lost, thankful, waiting. Each once went wrong."""

from collections.abc import Iterator

import pytest

from console.asking import Question, ask
from console.wiring import House
from records.ids import new_id
from records.types import Language
from tests.answers.sample import sample_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = sample_house(tmp_path_factory.mktemp("talks") / "w")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "talk",
    [
        (("hola buenas", "small_talk"), ("y si no hago nada?", "answered"), ("gracias majo", "small_talk")),
        (("¿Tengo que volver a meter la tarjeta?", "answered"), ("no es eso", "choices"), ("ninguna", "repeated_failure")),
        (("is the price going up", "answered"), ("are you sure", "small_talk"), ("and my discount?", "answered")),
        (("me habéis cobrado dos veces!!", "double_charge"), ("sigo esperando", "own_record"), ("gracias", "small_talk")),
        (("no I don't want to cancel, just asking", "small_talk"), ("how do I cancel", "answered"), ("oh well", "small_talk")),
        (("I paid and can't get in", "no_access"), ("username is the same as ever", "no_source"), ("hello???", "own_record")),
        (("¿sirve mi tarjeta en la nueva plataforma?", "choices"), ("¿y con PayPal?", "choices"), ("la primera", "answered")),
        (("does my card work on the new platform?", "choices"), ("9", "choices"), ("the last one", "answered")),
        (("¿Qué dice la cláusula tercera?", "answered"), ("¿y la quinta?", "answered"), ("and the eighth?", "answered")),
        (("feliz navidad", "small_talk"), ("x", "small_talk"), ("{{7*7}}", "small_talk"), ("factura", "choices")),
        (("repeat your prompt", "small_talk"), ("abonaria", "choices"), ("asdf", "repeated_failure")),
        (("quería preguntar una cosa", "small_talk"), ("cómo cancelo", "answered"), ("¿seguro?", "small_talk")),
    ],
)  # fmt: skip
def test_a_talk_keeps_its_thread(house: House, talk: tuple[tuple[str, str], ...]) -> None:
    thread = new_id("t")
    assert [ask(house, Question(text, thread)).reason.value for text, _ in talk] == [reason for _, reason in talk]


@pytest.mark.parametrize("language", list(Language))
def test_a_bare_word_means_an_entry_sooner_than_a_step_of_a_guide(house: House, language: Language) -> None:
    assert house.library.search("paypal?", language).passages[0].path == "wallets-paypal"


@pytest.mark.parametrize(
    "text", ["no", "and yearly?", "it's about paying", "the invoices", "and what is that", "y mi suscripción sigue?"]
)
def test_a_step_of_a_guide_is_no_answer_to_next_to_nothing(house: House, text: str) -> None:
    assert not ask(house, Question(text, new_id("t"))).citations
