"""Which texts exist in one language only, and what is found of them from the other. Pure.

Entries are the same in two languages by file and id, tutorials and contracts as whole documents: their sections may be named
after headings that were translated.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.faq import slug
from knowledge.passages import Chunk, Found, Kind, Passage
from records.types import Language

_LANGUAGE = re.compile(r"[._-](?:es|en)(?=\.[^.]+$)")

Sides = dict[Language, list[Chunk]]
"""One document, by language."""


def document_of(chunk: Chunk) -> str:
    """What the files of one document in several languages share: the contract version, or the name without language."""
    return chunk.contract or _LANGUAGE.sub("", chunk.source).rsplit(".", 1)[0]


def alone(chunks: Iterable[Chunk]) -> frozenset[str]:
    """The ids of texts that are in no other language."""
    documents: dict[tuple[Kind, str], Sides] = defaultdict(lambda: defaultdict(list))
    for chunk in chunks:
        documents[chunk.kind, document_of(chunk)][chunk.language].append(chunk)
    return frozenset(chunk.id for (kind, _), sides in documents.items() for chunk in _alone(kind, sides))


def _alone(kind: Kind, sides: Sides) -> Iterator[Chunk]:
    for language, own in sides.items():
        others = [chunk for other, held in sides.items() if other is not language for chunk in held]
        if not others:
            yield from own
        elif kind is Kind.FAQ:
            yield from _entries_alone(own, others)


def _entries_alone(own: list[Chunk], others: list[Chunk]) -> Iterator[Chunk]:
    """An entry without an id is named after its question, so its translation has another name: beside such a one without a
    twin nobody can say which of the two is alone."""
    mine, theirs = {chunk.path for chunk in own}, {chunk.path for chunk in others}
    doubtful = any(_is_named_after_question(chunk) and chunk.path not in mine for chunk in others)
    for chunk in own:
        if chunk.path not in theirs and not (doubtful and _is_named_after_question(chunk)):
            yield chunk


def _is_named_after_question(chunk: Chunk) -> bool:
    return chunk.path == slug(chunk.title)


# ---------------------------------------------------------------- found from the other language


def with_others(own: Found, other: Found, lonely: frozenset[str], most: int) -> Found:
    """What was found in the person's language, and beside it what the other language alone has.

    `lonely`: the ids of texts that are in the other language only; nothing else of `other` is taken. One leads when it is the
    best of its language (else the best is a text that exists in both) and likelier to be right than all of the person's.
    """
    there = _lonely(other.passages, lonely)
    if not there:
        return own
    likelier = there[0].chunk_id == other.passages[0].chunk_id and other.right > own.right
    leads = likelier or not own.passages
    first = there[0] if leads else own.passages[0]
    rest = sorted((one for one in (*own.passages, *there) if one is not first), key=lambda one: -one.score)
    passages = (first, *rest)[:most]
    answerable = max(own.answerable, other.answerable) if likelier else max(own.answerable, there[0].score)
    if not leads:
        return replace(own, passages=passages, answerable=answerable)
    right = other.right if likelier else there[0].score
    variants = _lonely(other.variants, lonely)
    return replace(other, passages=passages, right=right, answerable=answerable, variants=variants)


def _lonely(passages: Iterable[Passage], lonely: frozenset[str]) -> tuple[Passage, ...]:
    return tuple(replace(one, alone=True) for one in passages if one.chunk_id in lonely)
