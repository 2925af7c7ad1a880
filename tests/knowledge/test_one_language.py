"""What is written in one language only is found from the other; what is in both never is."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.confidence import shipped_heads
from knowledge.index import Generation, in_memory
from knowledge.ingest import ingest
from knowledge.lexicon import shipped_lexicon
from knowledge.library import LiveLibrary
from knowledge.passages import Chunk, Kind
from knowledge.search import search
from knowledge.twins import alone
from records.database import Database
from records.types import Language
from tests.knowledge.documents import FAQ_EN, make_workspace, write

ES, EN = Language.ES, Language.EN
_ENTRIES = {
    "price": ("¿Cuánto cuesta?", "Cuesta 8,99 € al mes.", "How much is it?", "It is €8.99 a month."),
    "password": ("¿Y si olvido la contraseña?", "Pulsa «Olvidé».", "What if I forget my password?", "Press Forgot."),
    "invoice": ("¿Dónde veo mis facturas?", "En tu cuenta.", "Where are my invoices?", "In your account."),
    "refund": ("¿Me devolvéis el dinero?", "Sí, en 14 días.", "Do I get a refund?", "Yes, within 14 days."),
    "device": ("¿En cuántos aparatos puedo verlo?", "En cinco.", "On how many devices can I watch?", "On five."),
}


def entry(path: str, language: Language, source: str = "faq/a") -> Chunk:
    es, es_text, en, en_text = _ENTRIES[path]
    title, text = (es, es_text) if language is ES else (en, en_text)
    return Chunk(f"{source}{path}{language}", f"{source}.{language}.md", path, title, text, language, Kind.FAQ)


def generation(spanish: set[str], english: set[str]) -> Generation:
    chunks = [entry(path, ES) for path in sorted(spanish)] + [entry(path, EN) for path in sorted(english)]
    return in_memory(chunks, shipped_lexicon())


def ids(*chunks: Chunk) -> frozenset[str]:
    return frozenset(chunk.id for chunk in chunks)


ALL = set(_ENTRIES)


@pytest.mark.parametrize("path", sorted(ALL))
def test_an_english_entry_answers_a_spanish_question_beside_spanish_entries(path: str) -> None:
    held = generation(ALL - {path}, ALL)
    found = search(held, shipped_heads(), _ENTRIES[path][0], ES)
    first = found.passages[0]
    assert (first.path, first.language, first.alone) == (path, EN, True)
    assert {one.language for one in found.passages[1:]} <= {ES}
    assert found.right == pytest.approx(first.score)


@settings(max_examples=25)
@given(st.sets(st.sampled_from(sorted(ALL)), min_size=1), st.sets(st.sampled_from(sorted(ALL)), min_size=1))
def test_what_is_in_both_languages_is_found_in_the_persons_own_alone(spanish: set[str], english: set[str]) -> None:
    held = generation(spanish, english)
    for language, own, other in ((ES, spanish, english), (EN, english, spanish)):
        for title, _, english_title, _ in _ENTRIES.values():
            found = search(held, shipped_heads(), title if language is ES else english_title, language)
            foreign = {one.path for one in found.passages if one.language is not language}
            assert foreign <= other - own
            assert all(one.alone for one in found.passages if one.language is not language)
            chances = [one.score for one in found.passages[1:]]
            assert chances == sorted(chances, reverse=True)


def test_which_texts_are_alone() -> None:
    price, precio = entry("price", EN), entry("price", ES)
    assert alone([price, precio]) == frozenset()
    refund = entry("refund", EN)
    assert alone([price, precio, refund]) == ids(refund)
    assert alone([price, entry("price", ES, "faq/b")]) == ids(price, entry("price", ES, "faq/b"))
    guide = replace(price, id="g", source="tutorials/g.en.md", path="g#start", kind=Kind.TUTORIAL)
    twin = replace(guide, id="t", source="tutorials/g.es.md", path="g#empieza", language=ES)
    assert alone([guide, twin]) == frozenset(), "sections are named after headings that were translated"
    assert alone([guide]) == ids(guide)


def test_entries_without_an_id_are_not_taken_for_alone_beside_each_other() -> None:
    named = replace(entry("price", EN), path="how-much-is-it")
    same = replace(entry("price", ES), path="cuanto-cuesta")
    assert alone([named, same]) == frozenset()
    assert alone([named, entry("refund", ES)]) == ids(named, entry("refund", ES))


def test_it_holds_from_the_documents_on(db: Database, tmp_path: Path, now: datetime) -> None:
    workspace = make_workspace(tmp_path)
    gift = "\n## Can I give a subscription as a gift? {#gift}\n\n> gift card for a friend\n\nYes, from the shop page.\n"
    write(tmp_path, "faq/basics.en.md", FAQ_EN + gift)
    ingest(db, workspace, now)
    library = LiveLibrary(db, workspace)
    assert library.search("¿puedo regalar una suscripción?", ES).passages[0].path == "gift"
    (section,) = [one for one in library.sections("faq/basics.en.md") if one.path == "gift"]
    assert section.alone
    steps = library.search("where do I put the numbers of my new card?", EN).passages[0]
    assert (steps.source, steps.alone) == ("tutorials/card.es.md", True)
