"""What each part of the search is for, on small indexes in memory."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.cognates import cognates
from knowledge.confidence import shipped_heads
from knowledge.index import Generation, in_memory
from knowledge.letters import Chars, Letters
from knowledge.lexicon import shipped_lexicon
from knowledge.passages import Chunk, Found, Kind
from knowledge.questions import read_query
from knowledge.search import search
from knowledge.topics import Topics, shipped_topics
from knowledge.voices import SAID, Said, Voices
from records.types import Language

ES, EN = Language.ES, Language.EN


def _chunk(source: str, path: str, title: str, text: str, kind: Kind, language: Language = EN, **more: object) -> Chunk:
    phrasings = tuple(str(more.get("phrasings", "")).split("|")) if "phrasings" in more else ()
    contract = str(more.get("contract", ""))
    return Chunk(f"{source}#{path}", source, path, title, text, language, kind, phrasings, contract)


def _asked(chunks: Sequence[Chunk], question: str, language: Language = EN) -> Found:
    return search(in_memory(chunks, shipped_lexicon()), shipped_heads(), question, language)


CLAUSES = [
    ("1", "Definitions", "In this Agreement, Services means the services described in Schedule A."),
    ("2", "Fees", "Customer shall pay all invoices within thirty (30) days of receipt by wire transfer."),
    ("3", "Confidentiality", "Each party shall hold the other's Confidential Information in strict confidence."),
    ("4", "Miscellaneous", "This Agreement shall be governed by and construed in accordance with the laws of Ohio."),
    ("5", "Miscellaneous", "Neither party may assign this Agreement without the prior written consent of the other."),
    ("6", "Insurance", "Supplier shall maintain commercial general liability insurance at its own expense."),
]


@pytest.mark.parametrize(
    ("question", "language", "clause"),
    [
        ("which country's courts decide if we fall out?", EN, "4"),
        ("¿qué ley se aplica si acabamos en un juzgado?", ES, "4"),
        ("can you hand my contract to somebody else?", EN, "5"),
        ("¿pueden pasarle mi contrato a otra empresa?", ES, "5"),
        ("¿qué seguro tenéis que tener?", ES, "6"),
    ],
)
def test_lay_question_finds_the_clause_that_shares_no_word_with_it(
    question: str, language: Language, clause: str
) -> None:
    chunks = [_chunk("contracts/k.md", path, title, text, Kind.CONTRACT, contract="k") for path, title, text in CLAUSES]
    assert _asked(chunks, question, language).passages[0].path == clause


def test_topics_are_chances_in_both_languages() -> None:
    topics = Topics(shipped_topics(), shipped_lexicon())
    for question, language in (("does it renew by itself?", EN), ("¿se renueva sola?", ES), ("", EN)):
        chances = topics.chances(read_query(question, language, language, shipped_lexicon()))
        assert chances.sum() == pytest.approx(1.0)
        if question:
            assert topics.topics[int(chances.argmax())].id == "renewal"


FAQ_ES = [
    ("price", "¿Cuánto cuesta?", "Cuesta lo de siempre.", "qué precio tiene|cuánto vale"),
    ("card", "¿Cómo cambio la tarjeta?", "En tu cuenta.", "tarjeta nueva|poner otra tarjeta"),
    ("share", "¿Puedo compartirla?", "Con quien viva contigo.", "dejársela a un amigo"),
]
ENTRIES_ES = [
    _chunk("faq/a.es.md", path, title, text, Kind.FAQ, ES, phrasings=said) for path, title, text, said in FAQ_ES
]


def test_twin_entries_share_what_they_mean() -> None:
    """The English entry speaks of closing; only its Spanish twin says what a subscriber would call it."""
    closing = _chunk("faq/b.en.md", "end", "Wrapping up", "Open the last page.", Kind.FAQ, EN, phrasings="wrap up")
    other = _chunk("faq/b.en.md", "look", "Looks", "Pick a colour.", Kind.FAQ, EN, phrasings="make it dark")
    twin = _chunk(
        "faq/b.es.md", "end", "¿Cómo me doy de baja?", "En la última página.", Kind.FAQ, ES, phrasings="quiero cancelar"
    )
    generation = in_memory([closing, other, twin], shipped_lexicon())
    entries = generation.tongues[EN].manners["entries"]
    assert entries.part.concepts.holds("cancel_sub", 0)
    assert not entries.part.concepts.holds("cancel_sub", 1)
    assert search(generation, shipped_heads(), "how do i cancel", EN).passages[0].path == "end"


def test_learned_phrasings_find_the_entry_without_a_new_index() -> None:
    generation = in_memory(ENTRIES_ES, shipped_lexicon())
    asked = "¿se aclara el zumbido del trombón?"
    before = _votes(generation, asked)
    few = generation.with_phrasings({"faq/a.es.md#share": ["aclarar el zumbido"]})
    assert _votes(few, asked)[2] > before[2] + 0.1
    assert not few.tongues[ES].manners["entries"].part.words.holds("zumb", 2)
    many = generation.with_phrasings({"faq/a.es.md#share": [f"aclarar el zumbido {number}" for number in range(5)]})
    assert many.tongues[ES].manners["entries"].part.words.holds("zumb", 2)
    assert search(many, shipped_heads(), asked, ES).passages[0].path == "share"
    assert _votes(generation, asked) == before
    assert generation.with_phrasings({"gone": ["x"]}).tongues[ES].manners["entries"].chunks == tuple(ENTRIES_ES)


def _votes(generation: Generation, question: str) -> list[float]:
    entries = next(one for one in generation.score(question, ES, ES) if one.manner.part.voices is not None)
    return [float(vote) for vote in entries.marked.parts["votes"]]


def test_word_nobody_uses_lowers_the_chance() -> None:
    known = _asked(ENTRIES_ES, "¿cuánto cuesta?", ES)
    strange = _asked(ENTRIES_ES, "¿cuánto cuesta para trombonistas?", ES)
    assert strange.passages[0].path == known.passages[0].path == "price"
    assert 1 - strange.right > 5 * (1 - known.right)
    assert 1 - strange.answerable > 5 * (1 - known.answerable)


def test_whole_question_in_one_sentence_beats_its_words_apart() -> None:
    apart = "The harbour opens at nine. A lamp burns there. Boats need a permit from the keeper. The keeper sells fish."
    together = (
        "The keeper of the harbour lamp is elected by the boats. It rains. The town is old. Bread is cheap there."
    )
    chunks = [
        _chunk("tutorials/t.md", str(at), "Town", text, Kind.TUTORIAL)
        for at, text in enumerate((apart, together, "Bread is baked at dawn.", "The town has a mill."))
    ]
    assert _asked(chunks, "who is the keeper of the harbour lamp?").passages[0].path == "1"


@pytest.mark.parametrize(
    ("word", "language", "other"),
    [
        ("migracion", ES, "migration"),
        ("estado", ES, "stated"),
        ("velocidad", ES, "velocity"),
        ("migration", EN, "migracion"),
    ],
)
def test_cognates(word: str, language: Language, other: str) -> None:
    assert cognates([word], language) == [other]
    assert cognates(["2027", "x"], language) == []


@settings(max_examples=30)
@given(
    st.lists(
        st.sampled_from(["pagar con tarjeta", "cambiar de plan", "darme de baja", "ver facturas"]),
        min_size=1,
        max_size=6,
    )
)
def test_a_voice_is_recognised_in_any_order(phrases: list[str]) -> None:
    lexicon = shipped_lexicon()
    distinct = sorted(set(phrases))
    said = [Said(distinct.index(phrase), read_query(phrase, ES, ES, lexicon)) for phrase in phrases]
    chars = Chars(distinct)
    voices, turned = (Voices(ordered, len(distinct), chars) for ordered in (said, said[::-1]))
    letters, turned_letters = (Letters.of({SAID: one.spelt(chars)}) for one in (voices, turned))
    for at, phrase in enumerate(distinct):
        query = read_query(phrase, ES, ES, lexicon)
        votes = voices.marks(query, letters.marks(query.folded)[SAID])
        assert int(votes.argmax()) == at
        assert turned.marks(query, turned_letters.marks(query.folded)[SAID]) == pytest.approx(votes)


def test_every_candidate_says_what_each_scorer_gave_it() -> None:
    chunks = [_chunk("contracts/k.md", path, title, text, Kind.CONTRACT, contract="k") for path, title, text in CLAUSES]
    found = _asked(chunks, "how many days do I have to pay an invoice?")
    scorers = [dict(passage.parts) for passage in found.passages]
    assert all({"word", "char", "vector", "concept", "topic"} <= parts.keys() for parts in scorers)
    assert scorers[0]["word"] == max(parts["word"] for parts in scorers)
    assert found.passages[0].path == "2"


@pytest.mark.parametrize(
    ("question", "clause"),
    [("what does clause 4 say?", "4"), ("¿qué dice la cláusula 7.2?", "7.2"), ("and section 8?", "8.1")],
)
def test_a_clause_asked_for_by_its_number_comes_first_whatever_its_words(question: str, clause: str) -> None:
    numbered = [*CLAUSES, ("7.2", "", "Late fees apply."), ("7.2 b", "", "Interest."), ("8.1", "", "Nothing else.")]
    chunks = [
        _chunk("contracts/k.md", path, title, text, Kind.CONTRACT, contract="k") for path, title, text in numbered
    ]
    assert _asked(chunks, question).passages[0].path == clause
