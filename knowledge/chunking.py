"""Sections to chunks. Pure: a chunk that is the same in every respect has the same id for ever."""

from collections.abc import Iterator

from knowledge.passages import Chunk, Kind, Section, Source
from knowledge.scope import reach_said
from knowledge.text import sentence_spans
from records.ids import fingerprint

MOST_CHARACTERS = 1_500


def chunks_of(source: Source, sections: tuple[Section, ...], contract: str = "") -> tuple[Chunk, ...]:
    """One chunk a section; what is longer than 1,500 characters is cut between sentences (`3.1 · 2`), FAQ answers never.

    Raises BadReach for a section that says something about whom it is for that cannot be understood.
    """
    return tuple(chunk for section in sections for chunk in _cut(source, section, contract))


def _cut(source: Source, section: Section, contract: str) -> Iterator[Chunk]:
    reach = reach_said(section.said, source.reach)
    pieces = [section.text] if source.kind is Kind.FAQ else _pieces(section.text)
    for number, text in enumerate(pieces, start=1):
        path = section.path if number == 1 else f"{section.path} · {number}"
        yield Chunk(
            id=fingerprint(
                source.id,
                path,
                text,
                section.heading,
                *section.phrasings,
                contract,
                repr(reach),
                section.note,
                section.short,
            ),
            source=source.id,
            path=path,
            title=section.heading or source.title,
            text=text,
            language=source.language,
            kind=source.kind,
            phrasings=section.phrasings,
            contract=contract,
            reach=reach,
            note=section.note if number == 1 else "",
            short=section.short,
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
