"""Learned embeddings through the real wiring, with a stand-in that computes or spoils them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from console.doctor import Mark, examine
from console.wiring import House, open_house
from knowledge.dense import Dense, load_embeddings
from knowledge.ingest import IngestReport, ingest
from knowledge.passages import ModelFailed, ModelUnusable
from records.clock import ManualClock
from records.embeddings import EmbeddingChoice
from records.errors import SettingsError
from records.types import Language
from tests.conftest import NOW
from tests.knowledge.documents import FAQ_ES, make_workspace, write
from tests.standins.model import DIMENSIONS, ModelServer, hashed, says

QUESTION = "qué precio tiene cada mes"


@dataclass(frozen=True)
class Place:
    """A small workspace and the stand-in that embeds for it."""

    root: Path
    server: ModelServer

    def house(self, embeddings: str = "openai:bge-m3") -> House:
        return open_house(self.root, ManualClock(NOW), embeddings=embeddings, embeddings_url=self.server.url)

    def sent(self) -> str:
        return "\n".join(text for batch in self.server.embedded for text in batch)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ModelServer(says(lambda _: "")) as server:
        yield Place(make_workspace(tmp_path).root, server)


def read_in(house: House) -> IngestReport:
    return ingest(house.db, house.workspace, NOW, dense=house.dense)


def paths(house: House, question: str, language: Language = Language.ES) -> list[str]:
    return [one.path for one in house.library.search(question, language).passages]


def near(word: str, other: str) -> Callable[[list[str]], list[list[float]]]:
    """Texts that hold either word point the same way; all others elsewhere."""

    def embed(texts: list[str]) -> list[list[float]]:
        alike = [word in text.casefold() or other in text.casefold() for text in texts]
        return [[1.0, 0.0, 0.0] if one else [0.0, 1.0, 0.0] for one in alike]

    return embed


def test_what_is_near_in_meaning_rises(place: Place) -> None:
    plain = open_house(place.root, ManualClock(NOW))
    ingest(plain.db, plain.workspace, NOW)
    before = paths(plain, "xilófono cuenta", Language.ES)
    assert before[0] == "share"
    place.server.embed = near("xilófono", "pantalla de entrada")
    house = place.house()
    assert read_in(house).generation == 2  # nothing changed but the embeddings
    found = house.library.search("xilófono cuenta", Language.ES)
    assert [one.path for one in found.passages].index("password") < before.index("password")
    assert read_in(house).generation == 2


def test_languages_it_does_not_know_are_left_alone(place: Place) -> None:
    house = place.house("openai:all-minilm@en")
    read_in(house)
    assert paths(house, QUESTION)[0] == "price"
    assert "monthly" in place.sent()
    assert "mensual" not in place.sent()
    assert "cada mes" not in place.sent()
    assert paths(house, "forgot my password", Language.EN)[0] == "password"
    assert place.server.embedded[-1] == ["forgot my password"]


@pytest.mark.parametrize(
    "name",
    [
        "openai:all-minilm",
        "ollama:nomic-embed-text@es,en",
        "huggingface:BAAI/bge-small-en-v1.5",
        "x:intfloat/e5-base-v2@es",
    ],
)
def test_an_english_model_is_refused_for_spanish(tmp_path: Path, name: str) -> None:
    root = make_workspace(tmp_path).root
    with pytest.raises(SettingsError, match="English only"):
        open_house(root, ManualClock(NOW), embeddings=name)


@pytest.mark.parametrize("name", ["bge-m3", "openai:", "openai:x@fr", "openai:x@"])
def test_another_form_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="provider:model"):
        EmbeddingChoice.parse(name)


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("openai:bge-m3", "es en"),
        ("ollama:bge-m3:latest@es", "es"),
        ("huggingface:intfloat/multilingual-e5-base", "es en"),
        ("ollama:nomic-embed-text-v2-moe", "es en"),
        ("ollama:snowflake-arctic-embed2", "es en"),
        ("openai:text-embedding-3-small@en", "en"),
    ],
)
def test_names_and_languages(name: str, languages: str) -> None:
    choice = EmbeddingChoice.parse(name)
    assert (choice.name, " ".join(choice.languages)) == (name.split("@")[0], languages)


def shorter_later(texts: list[str]) -> list[list[float]]:
    """English comes second, and a number short."""
    cut = 1 if any("monthly" in text for text in texts) else 0
    return [row[: DIMENSIONS - cut] for row in hashed(texts)]


SPOILED: dict[str, Callable[[list[str]], list[list[float]]]] = {
    "not_a_number": lambda texts: [[float("nan")] * DIMENSIONS for _ in texts],
    "infinite": lambda texts: [[1e39] * DIMENSIONS for _ in texts],
    "ragged": lambda texts: [row[: DIMENSIONS - at] for at, row in enumerate(hashed(texts))],
    "one_too_few": lambda texts: hashed(texts)[1:],
    "none": lambda _: [],
    "no_dimensions": lambda texts: [[] for _ in texts],
    "another_length_for_the_second_language": shorter_later,
}


@pytest.mark.parametrize("case", SPOILED, ids=str)
def test_a_spoiled_ingest_says_so_and_the_old_index_answers(place: Place, case: str) -> None:
    house = place.house()
    read_in(house)
    assert paths(house, QUESTION)[0] == "price"
    write(place.root, "faq/basics.es.md", FAQ_ES.replace("mensual", "de cada mes"))
    good, place.server.embed = place.server.embed, SPOILED[case]
    with pytest.raises(ModelFailed):
        read_in(house)
    place.server.embed = good
    assert house.library.number() == 1
    assert paths(house, QUESTION)[0] == "price"
    assert read_in(house).generation == 3
    assert paths(house, QUESTION)[0] == "price"


def test_a_question_that_cannot_be_embedded_is_searched_without(place: Place) -> None:
    house = place.house()
    read_in(house)
    place.server.embed = SPOILED["another_length_for_the_second_language"]
    assert paths(house, "monthly price", Language.EN)[0] == "price"
    place.server.embed = SPOILED["not_a_number"]
    hits = place.server.hits
    for _ in range(5):
        assert paths(house, QUESTION)[0] == "price"
    assert place.server.hits == hits + 2  # with the one before, three failures in a row: then they rest
    place.server.embed = hashed
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(timedelta(seconds=61))
    paths(house, QUESTION)
    assert place.server.hits == hits + 3


def test_a_question_put_to_both_languages_is_embedded_once(place: Place) -> None:
    house = place.house()
    read_in(house)
    before = place.server.hits
    found = house.library.search("forgot my password", Language.EN)
    assert {one.language for one in found.passages} == {Language.ES, Language.EN}
    assert place.server.hits == before + 1


def test_other_embeddings_than_the_indexs_are_not_asked(place: Place) -> None:
    read_in(place.house())
    other = place.house("openai:another")
    hits = place.server.hits
    assert paths(other, QUESTION)[0] == "price"
    assert place.server.hits == hits
    mended = {one.what: one for one in examine(other)}["embeddings openai:another"]
    assert (mended.mark, mended.mend) == (Mark.WRONG, "Run `relevo ingest`.")
    assert read_in(other).generation == 2
    assert {one.what: one for one in examine(other)}["embeddings openai:another"].mark is Mark.WELL
    paths(other, QUESTION)
    assert place.server.embedded[-1] == [QUESTION]


def test_a_question_is_masked_before_it_leaves(place: Place) -> None:
    house = place.house()
    read_in(house)
    paths(house, "soy ana@correo.example, DNI 12345678Z, qué precio tiene")
    assert place.server.embedded[-1] == ["soy •••@•••, DNI •••, qué precio tiene"]


def test_a_server_that_fails_is_named_without_its_words(place: Place) -> None:
    vectors = load_embeddings(EmbeddingChoice.parse("openai:bge-m3"), "http://127.0.0.1:9/v1")
    dense = Dense.of(EmbeddingChoice.parse("openai:bge-m3"), vectors, ManualClock(NOW))
    with pytest.raises(ModelFailed, match="call failed"):
        dense.of_texts(["hola"], lambda _: None)
    with pytest.raises(ModelUnusable, match="langchain-huggingface"):
        load_embeddings(EmbeddingChoice.parse("huggingface:intfloat/multilingual-e5-base"))
