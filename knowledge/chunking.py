"""Sections to chunks. Pure: the same source, path and text give the same chunk id for ever."""

from collections.abc import Iterator

from knowledge.passages import Chunk, Section, Source
from knowledge.text import sentence_spans
from records.ids import fingerprint

MOST_CHARACTERS = 1_500


def chunks_of(source: Source, sections: tuple[Section, ...], contract: str = "") -> tuple[Chunk, ...]:
    """One chunk a section; what is longer than 1,500 characters is cut between sentences (`3.1 · 2`), FAQ answers never."""
    return tuple(chunk for section in sections for chunk in _cut(source, section, contract))


def _cut(source: Source, section: Section, contract: str) -> Iterator[Chunk]:
    pieces = [section.text] if section.phrasings else _pieces(section.text)
    for number, text in enumerate(pieces, start=1):
        path = section.path if number == 1 else f"{section.path} · {number}"
        yield Chunk(
            id=fingerprint(source.id, path, text),
            source=source.id,
            path=path,
            title=section.heading or source.title,
            text=text,
            language=source.language,
            kind=source.kind,
            phrasings=section.phrasings,
            contract=contract,
        )


def _pieces(text: str) -> list[str]:
    if len(text) <= MOST_CHARACTERS:
        return [text]
    pieces: list[str] = []
    start = end = 0
    for first, last in sentence_spans(text):
        if last - start > MOST_CHARACTERS and end > start:
            pieces.append(text[start:end])
            start = first
        end = last
    pieces.append(text[start:end])
    return pieces
