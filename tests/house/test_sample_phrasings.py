"""The entries that ship, in the sample company and in the starter pack: each asked in many ways, none claimed twice."""

import re
from collections import Counter
from pathlib import Path

import pytest

from console.sample import make_workspace, sample_folder
from knowledge.blanks import fill_document
from knowledge.faq import faq_sections
from knowledge.loaders import load
from knowledge.text import words
from records.types import Language

_FEWEST = 8
_BLANK = re.compile(r"\[\[(\w+)\]\]")


def _entries(workspace: Path, language: Language) -> dict[str, tuple[str, ...]]:
    """Plain words of the title and of every phrasing, by entry; blanks are left out."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((workspace / "content" / "faq").glob(f"*.{language.value}.md")):
        document = load(path, path.name)
        filled = fill_document(document, dict.fromkeys(_BLANK.findall(path.read_text(encoding="utf-8")), "·"))
        sections, problems = faq_sections(filled)
        assert problems == ()
        for section in sections:
            found[section.path] = tuple(" ".join(words(text)) for text in (section.heading, *section.phrasings))
    return found


@pytest.fixture(params=["sample", "starter"])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "sample":
        return sample_folder()
    make_workspace(tmp_path / "mine", starter_pack=True)
    return tmp_path / "mine"


@pytest.mark.parametrize("language", Language)
def test_every_entry_is_asked_in_many_ways(workspace: Path, language: Language) -> None:
    entries = _entries(workspace, language)
    assert len(entries) > 50
    assert {path: len(said) - 1 for path, said in entries.items() if len(said) - 1 < _FEWEST} == {}


@pytest.mark.parametrize("language", Language)
def test_no_phrasing_is_said_twice(workspace: Path, language: Language) -> None:
    counted = Counter(text for said in _entries(workspace, language).values() for text in said)
    assert [text for text, times in counted.items() if times > 1] == []


def test_both_languages_have_the_same_entries(workspace: Path) -> None:
    assert set(_entries(workspace, Language.ES)) == set(_entries(workspace, Language.EN))
