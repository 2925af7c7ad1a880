"""A confirmed comparison of two contracts as it can be quoted: what changed, is new or gone, from the clauses. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from knowledge.answers import shortened
from knowledge.passages import Altered, Passage, Quoted

LONGEST = 300
"""Characters of one side of one change."""

_TOLD = ("changed", "new", "gone")


def quoted_alterations(
    entries: Iterable[Mapping[str, Any]], old: Sequence[Passage], new: Sequence[Passage]
) -> tuple[Altered, ...]:
    """`entries` as a comparison is kept, `old` and `new` the sections of either contract. Empty unless every change can be
    quoted on each side it has: a list with holes would be taken for the whole."""
    found: list[Altered] = []
    for entry in entries:
        if entry["change"] not in _TOLD or not any(side and side["text"] for side in (entry["old"], entry["new"])):
            continue
        sides = [_quoted(entry, name, sections) for name, sections in (("old", old), ("new", new))]
        if any(bool(entry[name]) != bool(quote) for name, quote in zip(("old", "new"), sides, strict=True)):
            return ()
        found.append(Altered(*sides))
    return tuple(found)


def _quoted(entry: Mapping[str, Any], name: str, sections: Sequence[Passage]) -> Quoted | None:
    """The sentences of one side that hold what differs."""
    side = entry[name]
    if not side:
        return None
    words = " ".join(word for one in entry["differences"] for word in one[name])
    held = [section for section in sections if section.path.split(" · ")[0] == side["path"]]
    best = next((section for section in held if words and words in section.text), held[0] if held else None)
    return Quoted(best, shortened(words, best.text, best.language, LONGEST)) if best is not None else None
