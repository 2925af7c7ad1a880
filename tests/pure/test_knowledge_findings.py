"""What does not fit between documents is listed; what fits is not."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from knowledge.findings import Findings, look_at
from knowledge.passages import Chunk, Kind
from knowledge.scope import EVERYBODY, Label, Reach, meet
from records.types import Language

BOTH = (Language.ES, Language.EN)
NOTHING = Findings((), (), (), ())


def chunk(source: str, path: str, text: str, *, title: str = "", contract: str = "", reach: Reach = EVERYBODY) -> Chunk:
    language = Language.ES if ".es." in source else Language.EN
    kinds = {"faq": Kind.FAQ, "tutorials": Kind.TUTORIAL, "contracts": Kind.CONTRACT}
    kind = kinds[source.split("/")[0]]
    return Chunk(f"{source}{path}", source, path, title or path, text, language, kind, (), contract, reach=reach)


ES = chunk("faq/prices.es.md", "price", "El plan cuesta 8,99 € al mes desde el 1 de marzo de 2027.")
EN = chunk("faq/prices.en.md", "price", "The plan costs €8.99 a month from 1 March 2027.")


def test_what_fits_is_not_listed() -> None:
    assert look_at([ES, EN], BOTH) == NOTHING


def test_missing_in_a_language_by_entry_and_by_file() -> None:
    alone = chunk("faq/prices.es.md", "discount", "No hay descuentos.")
    found = look_at([ES, EN, alone], BOTH)
    assert [(one.place.path, one.language) for one in found.missing] == [("discount", Language.EN)]
    found = look_at([ES], BOTH)
    assert [(one.place.source, one.place.path) for one in found.missing] == [("faq/prices.es.md", "")]
    assert look_at([ES], (Language.ES,)) == NOTHING
    old = chunk("contracts/terms-2024.es.pdf", "1", "El contrato dura un mes.", contract="terms-2024")
    new = chunk("contracts/terms-2024.en.docx", "1", "The contract lasts one month.", contract="terms-2024")
    assert look_at([old, new], BOTH).missing == ()


def test_other_figures_in_the_other_language() -> None:
    other = chunk("faq/prices.en.md", "price", "The plan costs €9.99 a month from 1 March 2027.")
    (pair,) = look_at([ES, other], BOTH).unlike
    assert (pair.one.source, pair.other.source) == ("faq/prices.en.md", "faq/prices.es.md")
    assert "9.99" in " ".join(pair.only_one)
    assert "8.99" in " ".join(pair.only_other)


def test_said_twice_and_said_differently() -> None:
    again = chunk(
        "faq/more.es.md", "cost", "El plan cuesta 8,99 € al mes desde el 1 de marzo de 2027.", title="¿Cuánto es?"
    )
    found = look_at([ES, again], (Language.ES,))
    assert [(one.one.path, one.other.path) for one in found.twice] == [("price", "cost")]
    assert found.contradictions == ()
    clash = chunk("tutorials/pay.es.md", "pay#1", "El plan cuesta 9,99 € al mes desde el 1 de marzo de 2027.")
    (one,) = look_at([ES, clash], (Language.ES,)).contradictions
    assert {one.one.path, one.other.path} == {"price", "pay#1"}
    assert "8,99" in one.says + one.other_says


def test_what_is_for_other_people_is_no_contradiction() -> None:
    here = chunk("faq/a.es.md", "a", "El plazo para desistir es de 14 días naturales.", reach=Reach(countries=("ES",)))
    there = chunk("faq/b.es.md", "b", "El plazo para desistir es de 7 días naturales.", reach=Reach(countries=("MX",)))
    assert look_at([here, there], (Language.ES,)).contradictions == ()
    versions = [
        chunk(f"contracts/{name}.es.md", "2", f"El plazo para desistir es de {days} días naturales.", contract=name)
        for name, days in (("terms-2024", 7), ("terms-2027", 14))
    ]
    assert look_at(versions, (Language.ES,)).contradictions == ()
    assert len(look_at([*versions, chunk("faq/c.es.md", "c", here.text)], (Language.ES,)).contradictions) == 1


def test_who_can_be_one_person() -> None:
    assert meet(Label("terms-2027"), Label("privacy-2024"))
    assert not meet(Label("terms-2027"), Label("terms-2024"))
    assert not meet(Label("terms-2027"), Label(reach=Reach(contracts=("terms-2024",))))
    assert not meet(Label(reach=Reach(valid_until=date(2027, 1, 1))), Label(reach=Reach(valid_from=date(2027, 1, 2))))
    assert not meet(
        Label(reach=Reach(segment=(("plan", "annual"),))), Label(reach=Reach(segment=(("plan", "monthly"),)))
    )


_labels = st.builds(
    Label,
    contract=st.sampled_from(["", "terms-1", "terms-2", "privacy"]),
    reach=st.builds(
        Reach,
        countries=st.lists(st.sampled_from(["ES", "MX"]), max_size=2).map(tuple),
        stage=st.sampled_from(["", "before", "after"]),
    ),
)


@given(_labels, _labels)
def test_meeting_is_mutual(one: Label, other: Label) -> None:
    assert meet(one, one)
    assert meet(one, other) is meet(other, one)


def test_sections_named_after_translated_headings_stand_side_by_side() -> None:
    steps = [
        chunk("tutorials/move.es.md", "move#empieza", "Tardas 5 minutos."),
        chunk("tutorials/move.es.md", "move#termina", "Espera 2 días."),
        chunk("tutorials/move.en.md", "move#begin", "It takes 5 minutes."),
        chunk("tutorials/move.en.md", "move#finish", "Wait 3 days."),
    ]
    found = look_at(steps, BOTH)
    assert found.missing == ()
    assert [(one.one.path, one.other.path) for one in found.unlike] == [("move#finish", "move#termina")]
    lost = look_at(steps[:-1], BOTH)
    assert {one.place.path for one in lost.missing} == {"move#empieza", "move#termina", "move#begin"}


def test_the_number_of_a_step_is_no_figure() -> None:
    one = chunk("tutorials/card.es.md", "card#antes", "1. Ten a mano la tarjeta con la que pagas.")
    other = chunk("tutorials/move.es.md", "move#antes", "2. Ten a mano la tarjeta con la que pagas.")
    assert look_at([one, other], (Language.ES,)).contradictions == ()
