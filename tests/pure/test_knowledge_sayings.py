"""How a question and the phrasings of an entry are compared: both ways, the next entries beside it, and what says no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexicon import shipped_lexicon
from knowledge.questions import Query, read_query
from knowledge.sayings import Saying, Sayings, alike
from knowledge.scorers import Bm25
from records.types import Language

ES, EN = Language.ES, Language.EN
UNABLE = ("unable to verify my identity", "I can't prove who I am", "the identity check does not work")
WHY = ("why must I verify my identity", "what is the identity check for")
WORDS = st.lists(st.sampled_from(["card", "invoice", "plan", "no", "cancel", "identity"]), min_size=1, max_size=6)


def _read(text: str, language: Language = EN) -> Query:
    return read_query(text, language, language, shipped_lexicon())


def _sayings(*entries: tuple[str, ...]) -> Sayings:
    lines = [[_read(line) for line in lines] for lines in entries]
    return Sayings.of(lines, Bm25([[stem for line in entry for stem in line.stems] for entry in lines], 1.5, 0.5))


def test_a_title_whose_words_the_question_leaves_out_is_said_in_part() -> None:
    sayings = _sayings(("disposable virtual card", "throw-away card"), ("physical card", "plastic card"))
    whole = sayings.features(_read("can I have a disposable virtual card"), 0, [1])
    part = sayings.features(_read("can I have a card"), 0, [1])
    assert whole["title"] == pytest.approx(1.0)
    assert 0.0 < part["title"] < whole["title"]
    assert whole["alike_gap"] > 0.0 >= part["alike_gap"]


def test_an_entry_that_says_no_is_not_the_same_as_a_question_that_says_none() -> None:
    sayings = _sayings(UNABLE, WHY)
    calm, stuck = _read("how do I verify my identity"), _read("I can't verify my identity")
    assert sayings.features(calm, 0, [1])["denial"] == pytest.approx(1.0)
    assert sayings.features(stuck, 0, [1])["denial"] == pytest.approx(0.0)
    assert sayings.features(stuck, 1, [0])["denial"] == pytest.approx(1.0)


def test_the_no_of_a_long_question_counts_less() -> None:
    sayings = _sayings(UNABLE, WHY)
    told = "I can't say since when but last week your people wrote that everybody has to verify identity, is that so"
    assert 0.0 < sayings.features(_read(told), 1, [0])["denial"] < 0.5


def test_how_it_is_done_is_not_asked_of_an_entry_that_is_never_asked_so() -> None:
    sayings = _sayings(("my subscription is paused", "I have it on pause"), ("how do I pay", "card"))
    assert sayings.features(_read("how do I pause"), 0, [1])["unasked"] == 1.0
    assert sayings.features(_read("is it still paused"), 0, [1])["unasked"] == 0.0
    assert sayings.features(_read("how can I pay"), 1, [0])["unasked"] == 0.0


@pytest.mark.parametrize(
    ("text", "language", "ways"),
    [
        ("¿Cómo pauso mi suscripción?", ES, {"steps"}),
        ("tengo la suscripción en pausa, ¿qué pasa?", ES, set()),
        ("todo sigue como siempre, no como uno espera", ES, set()),
        ("como cancelo", ES, {"steps"}),
        ("¿cuántos días dura la prueba?", ES, {"span"}),
        ("¿Tenéis descuento para jubilados?", ES, {"offer"}),
        ("¿hay que firmar algo?", ES, set()),
        ("where can I get a discount, and how long is it for", EN, {"steps", "offer", "span"}),
        ("do I have to do anything", EN, set()),
        ("does the trial get shorter", EN, set()),
        ("can former customers have another free trial", EN, {"offer"}),
        ("¿a qué hora pasáis el recibo?", ES, {"hour"}),
        ("what time of day do you take the money", EN, {"hour"}),
        ("¿qué día me cobráis?", ES, {"day"}),
        ("what's the longest I can stay paused?", EN, {"most"}),
        ("¿cuántos perfiles caben?", ES, {"count"}),
        ("how many of us can share it", EN, {"count"}),
        ("¿cuánto cuesta anunciarse?", ES, {"price"}),
        ("why does it look different", EN, {"why"}),
        ("¿quién lee los libros?", ES, {"who"}),
        ("quiero regalar un año a mi madre", ES, {"giving"}),
        ("quiero regalar una suscripción", ES, {"giving"}),
        ("me regalaron la suscripción", ES, set()),
        ("mi hija me regaló seis meses", ES, set()),
        ("can I gift it to my sister", EN, {"giving"}),
        ("buy a year as a birthday present", EN, {"giving"}),
        ("I have a gift card", EN, set()),
    ],
)
def test_a_way_of_asking_is_told_from_the_words_of_other_ones(text: str, language: Language, ways: set[str]) -> None:
    assert _read(text, language).asks == ways


def test_whether_there_is_such_a_thing_is_not_asked_of_an_entry_about_those_who_have_it() -> None:
    sayings = _sayings(("do I keep my discount", "student discount"), ("do you have a trial", "how long is it"))
    assert sayings.features(_read("can I get a student discount"), 0, [1])["unasked"] == 1.0
    assert sayings.features(_read("is my student discount kept"), 0, [1])["unasked"] == 0.0
    assert sayings.features(_read("is there a trial, and how long is it"), 1, [0])["unasked"] == 0.0
    assert sayings.features(_read("how do I start a trial"), 1, [0])["unasked"] == 1.0


def test_words_that_the_title_of_another_entry_has_are_weighed() -> None:
    sayings = _sayings(("do I enter my card again", "card"), ("does Apple Pay still work", "wallet"), ("invoices",))
    apart = _read("do I enter my card again with apple").content
    assert sayings.titled(apart[-1:], [1, 2]) > 0.4
    assert sayings.titled(apart[-1:], [2]) == 0.0
    assert sayings.titled((), [1, 2]) == 0.0


@pytest.mark.parametrize(
    ("text", "language", "denies"),
    [
        ("No me deja entrar", ES, True),
        ("¿Cómo entro?", ES, False),
        ("It won't let me in", EN, True),
        ("how do I get in", EN, False),
    ],
)
def test_words_that_deny_are_known_in_both_languages(text: str, language: Language, *, denies: bool) -> None:
    assert _read(text, language).denies is denies
    other = EN if language is ES else ES
    assert read_query(text, language, other, shipped_lexicon()).denies is denies


def test_an_entry_without_a_rival_and_a_question_of_unknown_words_are_judged_too() -> None:
    sayings = _sayings(("parking",))
    found = sayings.features(_read("zzqx vvkk"), 0, [])
    assert found == {"alike": 0.0, "alike_gap": 0.0, "title": 0.0, "denial": 0.0, "unasked": 0.0}
    assert sayings.features(_read("parking"), 0, [])["alike"] == pytest.approx(1.0)


@given(WORDS, WORDS)
def test_likeness_is_a_share_and_whole_only_with_oneself(one: list[str], other: list[str]) -> None:
    rarity = Bm25([one, other, ["boat"]], 1.5, 0.5)
    mine, theirs = (Saying.of(_read(" ".join(tokens)), rarity) for tokens in (one, other))
    assert 0.0 <= alike(mine, theirs) <= 1.0
    assert alike(mine, mine) == pytest.approx(1.0 if mine.weights else 0.0)
