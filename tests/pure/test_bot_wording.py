"""How a proven answer is said: notes beside clauses, short forms by SMS, what differs from person to person."""

from dataclasses import replace

import pytest

from bot.answering import found
from bot.events import ChoiceTaken, PassagesFound, Talk
from bot.wording import fits
from knowledge.contracts import clauses
from knowledge.faq import faq_sections
from knowledge.passages import Block, Document, Found, Kind, Passage, Shape
from knowledge.scope import Reach
from records.types import ChannelName, Language, Reason
from tests.pure.talks import NOW, Shelf, passage, play, said, talk

LONG = " ".join(f"Frase número {number} de una respuesta larga sobre tu descuento." for number in range(1, 12))
CLAUSE = Passage(
    "c", "contracts/terms-2027.es.md", "7.2", "Penalización", "7.2. No hay penalización si avisas con 30 días.",
    Language.ES, Kind.CONTRACT, 0.97, contract="terms-2027", note="Si avisas un mes antes no pagas nada.",
)  # fmt: skip


def by_sms() -> Talk:
    base = talk()
    return replace(base, conversation=replace(base.conversation, channel=ChannelName.SMS))


def asked(question: str, *passages: Passage, variants: tuple[Passage, ...] = ()) -> PassagesFound:
    return PassagesFound(question, Found(passages, 0.99, 0.99, variants=variants))


def test_a_clause_that_denies_is_quoted_as_it_stands() -> None:
    turn = said(found(talk(), asked("¿hay penalización?", CLAUSE), NOW))
    assert "7.2. No hay penalización si avisas con 30 días." in turn.text
    assert turn.text.startswith("Lo dice la cláusula 7.2, «Penalización»")


@pytest.mark.parametrize(("note", "shown"), [("Avisa con 30 días y no pagas.", True), ("Avisa con 15 días.", False)])
def test_a_note_is_marked_as_not_the_contract_and_may_not_add_a_fact(note: str, shown: bool) -> None:
    turn = said(found(talk(), asked("¿hay penalización?", replace(CLAUSE, note=note)), NOW))
    assert (f"no el texto del contrato): {note}" in turn.text) is shown
    assert note not in turn.citations[0].quote


def test_notes_are_read_below_their_clause_and_from_beside_the_file() -> None:
    blocks = (
        Block(Shape.HEADING, "1. Objeto", 2), Block(Shape.TEXT, "1.1. Damos el servicio."), Block(Shape.TEXT, "1.2. Es tuyo."),
        Block(Shape.QUOTE, "En claro: te damos el servicio\ny es tuyo."), Block(Shape.HEADING, "2. Precio", 2),
        Block(Shape.TEXT, "2.1. Pagas."),
    )  # fmt: skip
    sections = {one.path: one for one in clauses(Document("t.md", {"note 2.1": "Pagas y ya."}, blocks))}
    assert {path: one.note for path, one in sections.items() if one.note} == {
        "1.2": "te damos el servicio y es tuyo.",
        "2.1": "Pagas y ya.",
    }
    assert all("servicio\ny" not in one.text and "En claro" not in one.text for one in sections.values())


def test_an_entry_may_give_its_own_short_form() -> None:
    blocks = (
        Block(Shape.HEADING, "¿Y mi descuento?", 2), Block(Shape.QUOTE, "qué pasa con mi rebaja"), Block(Shape.TEXT, LONG),
        Block(Shape.QUOTE, "SMS: Tu descuento sigue."), Block(Shape.QUOTE, "una cita de verdad"),
    )  # fmt: skip
    (entry,), problems = faq_sections(Document("a.md", {}, blocks))
    assert not problems
    assert (entry.short, entry.phrasings) == ("Tu descuento sigue.", ("qué pasa con mi rebaja",))
    assert "SMS" not in entry.text
    assert "una cita de verdad" in entry.text


def test_a_short_form_with_an_open_blank_keeps_its_entry_out() -> None:
    blocks = (
        Block(Shape.HEADING, "¿Y mi descuento?", 2),
        Block(Shape.TEXT, "Sigue."),
        Block(Shape.QUOTE, "SMS: Mira [[account_url]]."),
    )
    entries, problems = faq_sections(Document("a.md", {}, blocks))
    assert (entries, len(problems)) == ((), 1)


@pytest.mark.parametrize("short", ["", "Tu descuento sigue."])
def test_by_sms_it_is_said_in_two_messages_with_the_rest_on_request(short: str) -> None:
    entry = replace(passage(LONG, "¿Y mi descuento?"), short=short)
    now = by_sms()
    turn = said(found(now, asked("¿y mi descuento?", entry), NOW))
    assert fits(turn.text)
    assert turn.text == short if short else turn.text in LONG
    (more,) = turn.choices
    assert more.data.startswith("more:")
    _, whole = play(now, ChoiceTaken(more.data, more.label), Shelf(descuento=Found((entry,), 0.2, 0.2)))
    assert said(whole).text == LONG


@pytest.mark.parametrize("short", ["", "Tu descuento sigue."])
def test_by_sms_a_text_in_another_language_is_announced_in_short_too(short: str) -> None:
    now = replace(by_sms(), language=Language.EN)
    turn = said(found(now, asked("discount?", replace(passage(LONG), short=short, alone=True)), NOW))
    assert fits(turn.text)
    assert turn.text.startswith("I only have this in Spanish:")
    assert [choice.data.split(":")[0] for choice in turn.choices] == ["more", "person"]


@pytest.mark.parametrize(
    ("question", "text", "said_as"),
    [
        ("¿cuándo se cobra?", "No. El día es el mismo.", "¿Cambia el día de cobro? No. El día es el mismo."),
        ("¿sigue igual el cobro?", "No. El día es el mismo.", "¿Cambia el día de cobro? No. El día es el mismo."),
        ("cambia el dia de cobro", "No. El día es el mismo.", "No. El día es el mismo."),
        ("¿cuándo se cobra?", "No cambia: es el mismo.", "No cambia: es el mismo."),
    ],
)
@pytest.mark.parametrize("channel", [ChannelName.WEB, ChannelName.SMS, ChannelName.EMAIL])
def test_a_yes_or_no_never_stands_before_what_was_not_asked(
    question: str, text: str, said_as: str, channel: ChannelName
) -> None:
    now = replace(talk(), conversation=replace(talk().conversation, channel=channel))
    assert said(found(now, asked(question, passage(text, "¿Cambia el día de cobro?")), NOW)).text == said_as


def test_the_short_form_has_its_title_too_where_it_says_no() -> None:
    entry = replace(passage(f"No. {LONG}", "¿Pierdo mi descuento?"), short="No. Sigue.")
    assert said(found(by_sms(), asked("¿y mi rebaja?", entry), NOW)).text == "¿Pierdo mi descuento? No. Sigue."
    plain = said(found(by_sms(), asked("¿y mi rebaja?", replace(entry, short="")), NOW)).text
    assert fits(plain)
    assert not plain.startswith("No.")


def test_elsewhere_and_when_it_fits_it_is_said_whole() -> None:
    assert said(found(talk(), asked("¿y mi descuento?", passage(LONG)), NOW)).text == LONG
    assert said(found(by_sms(), asked("¿sube?", passage("No sube.")), NOW)).choices == ()


def test_what_differs_is_shown_with_whom_and_when_and_proof_is_offered() -> None:
    old = replace(
        CLAUSE, chunk_id="o", source="contracts/terms-2024.es.md", contract="terms-2024", note="",
        text="7.2. La penalización es del 20 %.",
    )  # fmt: skip
    turn = said(found(talk(), asked("¿hay penalización?", CLAUSE, variants=(old,)), NOW))
    assert turn.reason is Reason.ANSWERED
    assert [citation.source for citation in turn.citations] == [CLAUSE.source, old.source]
    for words in ("contrato terms-2027", "contrato terms-2024", "No hay penalización", "20 %", "comprobar que eres tú"):
        assert words in turn.text
    assert [choice.data for choice in turn.choices] == ["prove"]
    assert said(found(talk(proven=True), asked("¿hay?", CLAUSE, variants=(old,)), NOW)).choices == ()


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        (Reach(countries=("MX",)), "México"), (Reach(stage="before"), "antes de tu cambio"), (Reach(stage="after"), "después"),
        (Reach(segment=(("plan", "anual"),)), "plan anual"), (Reach(contracts=("terms-2024",)), "contrato terms-2024"),
    ],
)  # fmt: skip
def test_whom_it_is_for_is_said_in_words(reach: Reach, words: str) -> None:
    here = replace(passage("Sí."), reach=reach, depends=("country",))
    there = replace(passage("No.", path="b"), chunk_id="b")
    assert words in said(found(talk(), asked("¿puedo?", here, variants=(there,)), NOW)).text
