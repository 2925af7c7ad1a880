"""The arithmetic of the search against the libraries it is taken from, and one question under many masks."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from bm25s import BM25
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.index import Generation, in_memory
from knowledge.letters import Chars, Letters, Spelt, char_terms
from knowledge.lexicon import shipped_lexicon
from knowledge.masks import Mask
from knowledge.passages import Chunk, Kind
from knowledge.postings import Postings, Terms, word_terms
from knowledge.scope import ANYBODY, Reach, Scope
from knowledge.scorers import Bm25, bag, bag_weights
from knowledge.text import fold
from records.types import Language

ES = Language.ES
WORDS = ["pago", "pagos", "la", "clausula", "de", "tarjeta", "7", "plan", "x", "migracion", "no"]
texts = st.lists(st.sampled_from(WORDS), max_size=12)
many_texts = st.lists(texts.filter(bool), min_size=2, max_size=8)


@given(st.lists(st.text("abcñ7'", min_size=1, max_size=9), max_size=8))
def test_grams_are_those_scikit_learn_fits(words: list[str]) -> None:
    fitted = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False).build_analyzer()
    assert char_terms(" ".join(words)) == Counter(fitted(" ".join(words)))


@settings(max_examples=60)
@given(many_texts, texts, st.booleans(), st.booleans())
def test_cosines_are_those_of_scikit_learn(held: list[list[str]], asked: list[str], often: bool, pairs: bool) -> None:
    """Questions of up to a dozen words meet few lists, those of hundreds many: both ways of adding are taken."""
    weights = bag_weights(sublinear=often, pairs=pairs)
    rows = weights.fit_transform([bag(text) for text in held])
    for question in (asked, [*asked, *(word for text in held for word in text)]):
        plain = (rows @ weights.transform([bag(question)]).T).toarray().ravel()
        found = Postings([(Terms(weights.vocabulary_, weights), rows)]).marks([word_terms(question, pairs=pairs)])
        assert found == pytest.approx(plain, abs=1e-6)


@settings(max_examples=40)
@given(many_texts, texts, st.floats(0.0, 1.0))
def test_two_kinds_of_terms_add_up(held: list[list[str]], asked: list[str], share: float) -> None:
    kinds = [bag_weights(sublinear=False, pairs=pairs) for pairs in (False, True)]
    rows = [weights.fit_transform([bag(text) for text in held]) for weights in kinds]
    ready = [(Terms(weights.vocabulary_, weights), own) for weights, own in zip(kinds, rows, strict=True)]
    for question in (asked, [*asked, *(word for text in held for word in text)]):
        said = [word_terms(question, pairs=pairs) for pairs in (False, True)]
        single, double = (Postings([one]).marks([counts]) for one, counts in zip(ready, said, strict=True))
        assert Postings(ready).marks(said, (1.0, share)) == pytest.approx(single + share * double, abs=1e-6)


@settings(max_examples=40)
@given(many_texts, texts)
def test_grams_weigh_what_they_weigh_in_scikit_learn(held: list[list[str]], asked: list[str]) -> None:
    theirs = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, lowercase=False, dtype=np.float32
    )
    given_, others = [" ".join(text) for text in held], [" ".join(asked), "desconocida palabra", ""]
    theirs.fit(given_)
    rows = Chars(given_).rows(others)
    assert rows.dtype == np.float32
    assert (rows != theirs.transform(others)).nnz == 0


@settings(max_examples=40)
@given(many_texts, many_texts, many_texts, texts)
def test_letters_of_several_groups_are_those_of_scikit_learn_one_by_one(
    some: list[list[str]], others: list[list[str]], later: list[list[str]], asked: list[str]
) -> None:
    """Also where a group was replaced, and for texts of a group that its weights were not fitted on."""

    def spelt(held: list[list[str]], own: list[list[str]]) -> Spelt:
        return Chars([" ".join(text) for text in held]).spelt([" ".join(text) for text in own])

    def plain(held: list[list[str]], own: list[list[str]]) -> list[float]:
        theirs = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, lowercase=False)
        theirs.fit([" ".join(text) for text in held])
        row = theirs.transform([question])
        return list((theirs.transform([" ".join(text) for text in own]) @ row.T).toarray().ravel())

    question = " ".join([*asked, *some[0], "desconocida"])
    letters = Letters.of({"some": spelt(some, some), "others": spelt(others, others), "said": spelt(some, later)})
    for _ in range(2):
        marks = letters.marks(question)
        assert marks["some"] == pytest.approx(plain(some, some), abs=4e-6)
        assert marks["others"] == pytest.approx(plain(others, others), abs=4e-6)
        assert marks["said"] == pytest.approx(plain(some, later), abs=4e-6)
        others = [*others, *later]
        letters = letters.replacing({"others": spelt(others, others)})


@settings(max_examples=40)
@given(many_texts, texts)
def test_marks_are_those_of_bm25s(held: list[list[str]], asked: list[str]) -> None:
    theirs = BM25(k1=1.2, b=0.5)
    theirs.index(held, show_progress=False, leave_progress=False)
    known = [word for word in asked if word in theirs.vocab_dict]
    plain = theirs.get_scores(known) if known else np.zeros(len(held))
    assert Bm25(held, 1.2, 0.5).marks(asked) == pytest.approx(plain, abs=1e-5)


@given(st.text())
def test_fold_leaves_no_accent_and_nothing_else_out(text: str) -> None:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char) and not "\u0300" <= char <= "\u036f")
    assert fold(text) == plain


def _clause(at: int, text: str, reach: Reach) -> Chunk:
    version = f"k-{2024 + at % 2}"
    return Chunk(f"{at}", "contracts/k.md", str(at), text[:8], text, ES, Kind.CONTRACT, contract=version, reach=reach)


CLAUSES = [
    _clause(at, text, Reach(countries=("ES",) if at % 3 else ("MX",)))
    for at, text in enumerate(
        [
            "El pago se hace con tarjeta cada mes.",
            "El contrato se renueva cada año salvo aviso.",
            "Puedes cancelar con un mes de aviso.",
            "La ley aplicable es la de España.",
            "El precio puede subir con treinta días de aviso.",
            "No respondemos de daños indirectos.",
            "Puedes ceder el contrato con permiso escrito.",
        ]
    )
]


@pytest.fixture(scope="module")
def generation() -> Generation:
    return in_memory(CLAUSES, shipped_lexicon())


@settings(max_examples=30)
@given(
    st.sampled_from(["¿se renueva solo?", "¿cuánto aviso hay que dar?", "ley", "precio y pago"]),
    st.lists(st.sets(st.integers(0, len(CLAUSES) - 1), min_size=1), min_size=1, max_size=4),
)
def test_one_question_under_many_masks_is_as_if_each_were_the_first(
    generation: Generation, question: str, shown: Sequence[set[int]]
) -> None:
    together = generation.hear(question, ES, ES)
    for places in shown:
        mask = Mask.of_all(len(CLAUSES)).without(set(range(len(CLAUSES))) - places)
        alone = generation.hear(question, ES, ES).score("clauses", mask.without(())).marked
        again = together.score("clauses", mask).marked
        assert np.array_equal(again.total, alone.total)
        assert set(np.flatnonzero(again.total > -1e8)) == places
        assert {name: list(marks) for name, marks in again.parts.items()} == {
            name: list(marks) for name, marks in alone.parts.items()
        }


def test_people_who_may_find_the_same_share_one_mask(generation: Generation) -> None:
    masker = generation.maskers[ES]
    spain = masker.of_scope(Scope(country="ES"))
    assert masker.of_scope(Scope(country="ES", facts=(("plan", "annual"),)))["clauses"] is spain["clauses"]
    assert masker.of_scope(Scope(country="MX"))["clauses"] is not spain["clauses"]
    assert list(spain["clauses"].shown) == [
        bool(at % 3) and chunk.contract == "k-2025" for at, chunk in enumerate(CLAUSES)
    ]
    older = masker.of_versions("k-2025", ANYBODY)["clauses"]
    assert list(older.shown) == [chunk.contract == "k-2024" for chunk in CLAUSES]
