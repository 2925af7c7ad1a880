"""A tutorial is told one step at a time, with how far it is; on and back by a tap or a word."""

from dataclasses import replace

import pytest

from bot.steps import BACK, NEXT, step_said
from knowledge.passages import Found, Kind, Passage
from records.types import Language, Reason
from tests.pure.talks import Shelf, heard, play, said, talk

SOURCE = "tutorials/move.es.md"


def section(path: str, title: str, text: str) -> Passage:
    return Passage(f"chk_{path}", SOURCE, path, title, text, Language.ES, Kind.TUTORIAL, 0.9)


GUIDE = (
    section("move", "Mover", "Son cinco minutos."),
    section("move#start", "Mover: Empieza", "1. Abre la página."),
    section("move#check", "Mover: Revisa", "1. Mira tus datos."),
    section("move#check · 2", "Mover: Revisa", "2. Corrige lo que falte."),
    section("move#end", "Mover: Termina", "1. Confirma."),
)
SHELF = Shelf(
    mover=Found(GUIDE[:1], 0.99, 0.99), empieza=Found(GUIDE[1:2], 0.99, 0.99), rest=Found(GUIDE, 0.1, 0.1),
    factura=Found((replace(GUIDE[0], source="faq/a.md", path="f", kind=Kind.FAQ, title="F", chunk_id="f"),), 0.99, 0.99),
)  # fmt: skip


def test_the_steps_are_told_in_order_with_progress_and_a_source() -> None:
    now, actions = play(talk(), heard("¿cómo puedo mover mi cuenta?"), SHELF)
    assert "(en total: 3)" in said(actions).text
    assert [choice.data for choice in said(actions).choices] == [NEXT]
    texts = []
    for word in ("siguiente", "listo", "vale"):
        now, actions = play(now, heard(word), SHELF)
        assert said(actions).reason is Reason.ANSWERED
        assert all(citation.source == SOURCE for citation in said(actions).citations)
        texts.append(said(actions).text)
    assert [text.split("\n")[0] for text in texts] == ["Paso 1 de 3", "Paso 2 de 3", "Paso 3 de 3"]
    assert "Corrige lo que falte" in texts[1], "a long step is told whole"
    now, actions = play(now, heard("atrás"), SHELF)
    assert said(actions).text.startswith("Paso 2 de 3")
    now, _ = play(now, heard("siguiente"), SHELF)
    now, actions = play(now, heard("listo"), SHELF)
    assert said(actions).text.startswith("¡Eso era todo!")
    _, actions = play(now, heard("siguiente"), SHELF)
    assert said(actions).reason is Reason.SMALL_TALK


def test_a_step_that_is_found_is_told_from_there() -> None:
    now, actions = play(talk(), heard("cómo empieza la guía"), SHELF)
    assert said(actions).text.startswith("Paso 1 de 3")
    now, actions = play(now, heard("atrás"), SHELF)
    assert "Son cinco minutos" in said(actions).text
    _, actions = play(now, heard("atrás"), SHELF)
    assert "Este es el principio" in said(actions).text


def test_a_guide_that_is_in_no_other_language_says_so_at_every_step_and_offers_a_person() -> None:
    alone = tuple(replace(one, alone=True) for one in GUIDE)
    shelf = Shelf(account=Found(alone[:1], 0.99, 0.99), rest=Found(alone, 0.1, 0.1))
    english = replace(talk(), language=Language.EN)
    now, actions = play(english, heard("how do I move my account?", Language.EN), shelf)
    for word in ("next", "next"):
        assert "I only have this in Spanish" in said(actions).text
        assert said(actions).choices[-1].data == "person"
        now, actions = play(now, heard(word, Language.EN), shelf)
        assert said(actions).text.startswith("Step ")
    both = Shelf(account=Found(alone[:1], 0.99, 0.99), rest=Found(GUIDE, 0.1, 0.1))
    assert said(play(english, heard("how do I move my account?", Language.EN), both)[1]).reason is not Reason.ANSWERED


def test_another_question_leaves_the_guide() -> None:
    now, _ = play(talk(), heard("¿cómo puedo mover mi cuenta?"), SHELF)
    now, _ = play(now, heard("¿dónde veo una factura?"), SHELF)
    _, actions = play(now, heard("siguiente"), SHELF)
    assert said(actions).reason is Reason.SMALL_TALK


@pytest.mark.parametrize(("text", "way"), [("Siguiente.", NEXT), ("NEXT", NEXT), ("¡listo!", NEXT), ("back", BACK)])
def test_ways_in_words(text: str, way: str) -> None:
    assert step_said(text) == way


@pytest.mark.parametrize("text", ["el siguiente cobro", "ya he pagado", "volver a pagar", "gracias"])
def test_near_misses_are_no_steps(text: str) -> None:
    assert step_said(text) == ""
