"""Words that may state a term, by shape: what they mean where no rule knows them, whose "no" they are, and how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.clauses import Contract
from knowledge.term_evidence import NOTHING, chances_of_words
from knowledge.term_passages import passages, sentences
from knowledge.term_reading import read_terms, setting_of
from knowledge.term_shapes import shapes, spans
from knowledge.terms import Term, shown
from tests.knowledge.test_term_sentences import contract_of


def _terms(heading: str, text: str) -> dict[str, Term]:
    return {f"{term.key}/{term.kind}": term for term in read_terms(contract_of(heading, text), "es")}


@pytest.mark.parametrize(
    ("heading", "marked", "what", "value"),
    [
        ("Cambios", "Si no le parece, [puede tumbar el plan sin pagar ninguna multa].", "change/exit_right", "yes"),
        ("Permanencia", "[No hay amarre]: te quedas el tiempo que quieras.", "penalty/commitment", "none"),
        ("Cesión", "[No se lo podés pasar a otra persona].", "assign/allowed", "forbidden"),
        ("Transfer", "You [mustn't let anyone else use your membership].", "assign/allowed", "forbidden"),
        ("Renewal", "It lapses at the end of the season and [is not rolled over].", "renewal/mode", "none"),
        ("Leaving", "You can [go whenever it suits you].", "term_user/anytime", "yes"),
        ("Baja", "La baja se pide [en el mostrador] con 5 días.", "notice/medium", "en el mostrador"),
        ("Cancelling", "Tell us you are leaving [through the app] 3 days before.", "notice/medium", "through the app"),
        ("Renovación", "Se prorroga automáticamente por [trimestres].", "renewal/period", "3 months"),
        ("Early termination", "Exit fee: [none].", "penalty/amount", "none"),
        ("Cambios", "Si no los acepta, [se da de baja y le devolvemos lo no usado].", "change/exit_right", "yes"),
        ("Changes", "You may refuse and [leave with a pro rata refund].", "change/exit_right", "yes"),
        ("Cesión", "Para cederlo [no se requiere autorización previa].", "assign/allowed", "without consent"),
        ("Transfer", "For the transfer [no consent is needed].", "assign/allowed", "without consent"),
        ("Ley", "Rige [el Código de Comercio].", "law/law", "el Código de Comercio"),
        ("Fuero", "Para cualquier pleito, [los juzgados de tu ciudad].", "law/court", "los juzgados de tu ciudad"),
    ],
)
def test_words_no_rule_knows_are_found_and_left_to_a_person(heading: str, marked: str, what: str, value: str) -> None:
    term = _terms(heading, marked.replace("[", "").replace("]", ""))[what]
    assert (shown(term.value), term.quote) == (value, marked[marked.index("[") + 1 : marked.index("]")])
    assert term.confidence <= 0.65


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "El usuario no podrá traspasar la línea a un tercero sin que la empresa lo autorice por escrito.",
            "with consent",
        ),
        ("La empresa podrá transferir el contrato a otra sociedad sin tener que pedirte permiso.", "without consent"),
        ("You shall not assign this agreement save with the prior written consent of the Club.", "with consent"),
    ],
)
def test_what_follows_turns_round_what_a_rule_has_found(text: str, value: str) -> None:
    assert shown(_terms("Cesión / Assignment", text)["assign/allowed"].value) == value


def test_two_things_said_of_one_side_in_one_sentence_are_for_a_person() -> None:
    text = "The plan renews automatically each year and the plan is not renewed after the third."
    found = [term for term in read_terms(contract_of("Renewal", text), "en") if term.kind == "mode"]
    assert {shown(term.value) for term in found} == {"automatic", "none"}
    assert {term.confidence for term in found} == {0.3}
    assert all("two things" in term.note for term in found)


@given(st.sampled_from([shape.name for shape in shapes()]), st.text("abc no sin fee ", max_size=60))
def test_chances_of_words_add_up_to_one(shape: str, text: str) -> None:
    contract: Contract = contract_of("Bajas", f"{text} sin coste.")
    for passage in passages(contract):
        for sentence in sentences(passage, "es"):
            for span in spans(sentence, passage.keys):
                found = chances_of_words(
                    shape, span.start, span.end, span.value, setting_of(span, passage, sentence, frozenset())
                )
                assert sum(found.values()) == pytest.approx(1.0)
                assert set(found) <= {NOTHING, *(means for one in shapes() if one.name == shape for means in one.means)}
