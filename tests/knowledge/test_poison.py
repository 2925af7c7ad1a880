"""Poisoned documents: what is hidden is not quotable, what speaks to a machine is held back, ordinary text is not."""

from pathlib import Path

import pytest

from knowledge.reader import Reader
from knowledge.reading import Read, ReadWhat, read_source
from knowledge.suspicion import suspicions
from tests.knowledge.poison import (
    INSTRUCTIONS,
    ORDINARY,
    SECRET,
    Poisoned,
    hidden_documents,
    plain_documents,
)

HIDDEN = list(hidden_documents())
PLAIN = list(plain_documents())


def _read(folder: Path, poisoned: Poisoned) -> Read:
    path = folder / poisoned.name
    path.parent.mkdir(parents=True, exist_ok=True)
    poisoned.write(path)
    return read_source(ReadWhat(path, poisoned.name, "x", {}, {}, frozenset()))


def test_there_are_enough_of_them() -> None:
    assert len(HIDDEN) + len(PLAIN) >= 200


@pytest.mark.parametrize("poisoned", HIDDEN, ids=lambda one: one.name)
def test_what_is_hidden_is_not_quotable(tmp_path: Path, poisoned: Poisoned) -> None:
    read = _read(tmp_path, poisoned)
    assert read.source.problem == ""
    assert read.chunks or read.flagged
    for chunk in read.chunks:
        whole = "\n".join((chunk.title, chunk.text, *chunk.phrasings))
        assert SECRET not in whole
        assert "evil.example" not in whole
        assert "data:" not in whole
        assert "![" not in whole
    if "meta" not in poisoned.name:
        assert any("tarjeta" in chunk.text or "card" in chunk.text for chunk in read.chunks)


@pytest.mark.parametrize("poisoned", PLAIN, ids=lambda one: one.name)
def test_what_speaks_to_a_machine_is_held_back(tmp_path: Path, poisoned: Poisoned) -> None:
    read = _read(tmp_path, poisoned)
    assert all(SECRET not in f"{chunk.title} {chunk.text}" for chunk in read.chunks)
    assert len(read.flagged) == 1


@pytest.mark.parametrize("line", [line for lines in ORDINARY.values() for line in lines])
def test_ordinary_text_is_not(line: str) -> None:
    assert suspicions(line) == ()


def test_the_flag_is_bound_to_every_word(tmp_path: Path) -> None:
    poisoned = PLAIN[0]
    flag = _read(tmp_path, poisoned).flagged[0]
    path = tmp_path / poisoned.name
    cleared = frozenset({flag.id})
    assert read_source(ReadWhat(path, poisoned.name, "x", {}, {}, cleared)).flagged == ()
    path.write_text(path.read_text(encoding="utf-8").replace("9999", "9998"), encoding="utf-8")
    assert len(read_source(ReadWhat(path, poisoned.name, "x", {}, {}, cleared)).flagged) == 1


def test_every_instruction_is_told_apart_by_itself() -> None:
    missed = [line for lines in INSTRUCTIONS.values() for line in lines if not suspicions(line)]
    assert missed == []


def test_the_reader_apart_gives_the_same(tmp_path: Path) -> None:
    some = [one for one in HIDDEN if "html-class" in one.name or ".pdf" in one.name or ".docx" in one.name][:6]
    with Reader({}) as reader:
        for poisoned in some:
            here = _read(tmp_path, poisoned)
            assert reader.read(tmp_path / poisoned.name, poisoned.name, "x", {}) == here
