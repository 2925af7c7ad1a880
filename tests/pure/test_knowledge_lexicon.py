"""The lexicon: what its forms meet, what a file of it may say, and what the lint finds in the one that ships."""

import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import resources
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from knowledge.lexicon import (
    Form,
    Lexicon,
    build_lexicon,
    extended_lexicon,
    light_form,
    part_fits,
    shipped_file,
    shipped_lexicon,
    version_of,
)
from knowledge.lexicon_file import merged, read_lexicon_file, whole
from knowledge.lexicon_lint import common_words, lint, unknown_words
from knowledge.passages import BadLexicon
from knowledge.text import words
from records.phrases import load_phrases
from records.types import Language

_ROOT = Path(__file__).parents[2]
_BLANK = re.compile(r"\[\[\w+\]\]|\{[^}]*\}")

SMALL = """
concepts:
- {id: money, es: [dinero], en: [money]}
- {id: refund, es: [reembols*, devolver el dinero, cobr* + dos veces], en: [refund*, money back], up: [money]}
abbrev:
  es: {xq: por que}
"""


def _small(more: str = "") -> Lexicon:
    file = whole(read_lexicon_file(SMALL, "small.yaml"))
    return build_lexicon(merged(file, read_lexicon_file(more, "own.yaml")) if more else file)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("quiero un reembolso", {"refund": 1.0, "money": 0.5}),
        ("money back please", {"refund": 1.0, "money": 1.0}),
        ("devolver casi todo el dinero", {"money": 1.0}),  # two words stand between
        ("devolver ya el dinero", {"refund": 1.0, "money": 1.0}),
        ("dos o tres veces me cobraron", {"refund": 1.0, "money": 0.5}),
        ("los dineros", {"money": 1.0}),
        ("nada de eso", {}),
    ],
)
def test_forms_meet_words_phrases_and_company(said: str, meant: dict[str, float]) -> None:
    assert _small().concepts(words(said)) == meant


WORDS = st.sampled_from(
    [
        "quiero",
        "devolver",
        "ya",
        "casi",
        "el",
        "dinero",
        "money",
        "back",
        "refund",
        "reembolso",
        "cobro",
        "dos",
        "veces",
    ]
)


def _rest_fits(form: Form, tokens: list[str], light: list[str], at: int) -> bool:
    if form.ordered:
        return form.follows(tokens, light, at)
    return all(any(map(part_fits, repeat(part), tokens, light)) for part in form.parts[1:])


@given(st.lists(WORDS, max_size=12))
def test_forms_are_met_as_if_each_were_tried_at_every_word(tokens: list[str]) -> None:
    lexicon = _small()
    light = [light_form(token) for token in tokens]
    said: dict[int, set[str]] = defaultdict(set)
    for form in chain(*lexicon.by_word.values(), *lexicon.by_prefix.values()):
        for at, token in enumerate(tokens):
            if part_fits(form.parts[0], token, light[at]) and _rest_fits(form, tokens, light, at):
                for place in (at, *form.places(tokens, light)):
                    said[place].add(form.concept)
    assert lexicon.said_by(tokens) == said
    assert lexicon.concepts(tokens) == lexicon.with_broader(set[str]().union(*said.values()))


def test_prefix_meets_the_bare_word_too() -> None:
    lexicon = build_lexicon(read_lexicon_file("concepts: [{id: a, es: [motivo*], en: [x]}]", "f"))
    assert set(lexicon.concepts(["motivo"])) == set(lexicon.concepts(["motivos"])) == {"a"}


def test_own_file_adds_concepts_forms_and_spellings() -> None:
    lexicon = _small(
        "concepts: [{id: money, es: [guita]}, {id: tram, es: [tranvia], en: [tram]}]\nabbrev: {es: {tv: tele}}"
    )
    assert set(lexicon.concepts(words("la guita del tranvía"))) == {"money", "tram"}
    assert lexicon.plain(["xq", "tv"], Language.ES) == ["por", "que", "tele"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("concepts: [{id: refund, es: ", "own.yaml is not YAML"),
        ("- a\n- b", "own.yaml: the file"),
        ("concept: []", "own.yaml: concept: extra inputs"),
        ("concepts: [{id: tram, es: [tranvia]}]", "concept 'tram' has no 'en' forms"),
        ("concepts: [{id: tram, es: [t], en: [t], up: [trains]}]", "'tram', up: there is no concept 'trains'"),
        ("concepts: [{id: money, up: [refund]}]", "goes round in a circle"),
        ("concepts: [{id: money, es: plata}]", "concept 'money', es:"),
        ("concepts: [{es: [a], en: [b]}]", "concept number 1, id:"),
        ("concepts: [{id: Big One, es: [a], en: [b]}]", "concept 'Big One', id:"),
        ("concepts: [{id: money, es: [a]}, {id: money, es: [b]}]", "concept 'money' stands there twice"),
        ("concepts: [{id: money, es: ['*']}]", "has no letters or digits"),
        ("concepts: [{id: money, es: ['']}]", "concept 'money', es, 0:"),
        ("abbrev: {fr: {a: b}}", "own.yaml: abbrev, fr"),
        ("abbrev: {es: {'!': b}}", "abbrev, es: '!' has no letters"),
    ],
)
def test_bad_file_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadLexicon) as refused:
        _small(text)
    assert said in str(refused.value)
    assert str(refused.value).startswith("own.yaml")


@given(st.text(alphabet="abcñé* +-'[]{}:,#\n", max_size=60))
def test_any_file_is_read_or_refused(text: str) -> None:
    try:
        file = read_lexicon_file(text, "own.yaml")
    except BadLexicon:
        return
    build_lexicon(file).concepts(["a", "b"])


def test_own_file_changes_the_version() -> None:
    added = "concepts: [{id: price, es: [tarifita]}]"
    assert len({version_of(own) for own in ("", "concepts: []", added)}) == 3
    assert "price" in extended_lexicon(added).concepts(["tarifita"])
    assert extended_lexicon("") is shipped_lexicon()


# -------------------------------------------------------------------------------------------------------------- the lint


def _lint(more: str) -> str:
    file = read_lexicon_file(more, "own.yaml")
    common = common_words({Language.ES: ["la red con el plan real", "partes pares"], Language.EN: ["the van", "parts"]})
    return "\n".join(map(str, lint(file, common)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("concepts: [{id: color, es: [rojo], en: [red]}]", "concept 'color', 'red' (en): also meets es red"),
        ("concepts: [{id: scam, es: [estafa], en: [con]}]", "also meets es con"),
        ("concepts: [{id: halt, es: [par*], en: [stop]}]", "begins the everyday word 'para'"),
        (
            "concepts: [" + ", ".join(f"{{id: {one}, es: [plan], en: [{one}x]}}" for one in "abcd") + "]",
            "form 'plan': is of 4 concepts (a, b, c, d)",
        ),
        ("abbrev: {es: {plan: plan}}", "abbrev es, 'plan': stands for itself"),
        ("abbrev: {es: {que: plan}}", "'que': is an everyday word"),
        ("abbrev: {es: {pln: plano}}", "stands for 'plano', which no concept and no text uses"),
        ("abbrev: {es: {p-n: plan}}", "is more than one word"),
    ],
)
def test_lint_finds(text: str, said: str) -> None:
    assert said in _lint(text)


@pytest.mark.parametrize(
    "text",
    [
        "concepts: [{id: net, es: [red], en: [red]}]",  # meant in both
        "concepts: [{id: color, es: [rojo], en: [red car]}]",  # a phrase does not meet the word alone
        "concepts: [{id: a, es: [plan], en: [ax]}, {id: b, es: [plan], en: [bx], up: [a]}]",
        "abbrev: {es: {pln: plan}, en: {vn: van}}",
    ],
)
def test_lint_leaves_alone(text: str) -> None:
    assert _lint(text) == ""


def test_prefix_cut_too_short_is_found() -> None:
    texts = {Language.ES: ["casa cama cara carta cable cabra cacao cadena caja cal calma camino canal"]}
    found = lint(read_lexicon_file("concepts: [{id: a, es: [ca*], en: [b]}]", "f"), common_words(texts))
    assert "different words" in str(found[0])


# ----------------------------------------------------------------------------------------------------- the one that ships


def _texts(language: Language) -> Iterator[str]:
    """What the project itself says in a language: entries, tutorials, terms, phrases, contract topics."""
    for folder in ("examples/farolito/content", "examples/farolito-src"):
        for path in sorted((_ROOT / folder).rglob(f"*.{language.value}.md")):
            yield _BLANK.sub(" ", path.read_text(encoding="utf-8").partition("\n---\n")[2])
    for room in ("knowledge", "channels", "campaigns", "bot", "console"):
        yield from (_BLANK.sub(" ", text) for text in load_phrases(room).texts[language].values())
    topics: list[dict[str, Any]] = YAML(typ="safe").load(
        (resources.files("knowledge") / "topics.yaml").read_text(encoding="utf-8")
    )["topics"]
    for topic in topics:
        yield from (*topic["questions"][language.value], *topic["wording"][language.value])


def test_shipped_lexicon_passes_its_lint() -> None:
    common = common_words({language: _texts(language) for language in Language})
    assert min(len(one) for one in common.values()) > 1_500  # else nothing was looked at
    assert list(map(str, lint(shipped_file(), common))) == []


def test_shipped_lexicon_is_large_in_both_languages() -> None:
    entries = shipped_file().entries.values()
    assert len(entries) >= 560
    assert all(sum(len(entry.forms[language]) for entry in entries) >= 5_000 for language in Language)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("me llegó la factura muy alta", "necesito factura con iva"),
        ("no me llega el código", "olvidé mi contraseña"),
        ("cuánto cuesta", "perdí el descuento"),
        ("tengo saldo a favor", "quiero mi reembolso"),
        ("se renueva solo?", "cuándo acaba mi contrato"),
        ("quiero pausar la suscripción", "quiero cancelar la suscripción"),
        ("is there a student discount", "is there a senior discount"),
        ("the app keeps crashing", "my phone was stolen"),
        ("where is my order", "return an item"),
        ("my card hasn't arrived", "my card was declined"),
    ],
)
def test_siblings_differ(one: str, other: str) -> None:
    lexicon = shipped_lexicon()
    first, second = (set(lexicon.concepts(words(text))) for text in (one, other))
    assert first - second
    assert second - first


def test_what_renews_by_itself_is_no_car() -> None:
    lexicon = shipped_lexicon()
    renews, drives = (set(lexicon.concepts(words(text))) for text in ("does it auto renew", "renew my driving licence"))
    assert renews & drives == set(lexicon.concepts(["renew"]))
    assert "vehicle" in lexicon.concepts(words("se me rompió el auto"))


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("me debitaron dos veces la plata", "you charged me twice"),
        ("tenés que devolverme la guita", "give me my money back"),
        ("me quiero dar de baja ya", "i want to cancel"),
        ("no me toma la tarjeta", "my card was declined"),
        ("se me venció la tarjeta", "my card has expired"),
        ("con cuánta anticipación aviso", "how much notice must i give"),
        ("me hackearon la cuenta", "my account was hacked"),
        ("llegó roto el pedido", "my order arrived broken"),
    ],
)
def test_languages_meet_in_concepts(spanish: str, english: str) -> None:
    lexicon = shipped_lexicon()
    assert set(lexicon.concepts(words(spanish))) & set(lexicon.concepts(words(english)))


# -------------------------------------------------------------------------------------------------------------- coverage


def test_unknown_words_are_counted_by_question() -> None:
    asked = ["el tranvía a Girona tranvía", "¿hay tranvía y dinero?", "dinero 42 ya", "xq reembolsasteis"]
    assert unknown_words(asked, _small()) == (("tranvia", 2), ("girona", 1))
