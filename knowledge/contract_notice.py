"""What changes between two versions of a contract, as text for a notice: every change quoted on both sides. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knowledge.passages import NotGrounded
from records.phrases import load_phrases
from records.types import Language

_TOLD = ("changed", "new", "gone")
_MARKS = ("{{", "{%", "{#")


def notice_text(entries: Sequence[Mapping[str, Any]], language: Language) -> str:
    """Markdown to stand in a template of a campaign: what is changed, new or gone, word for word with its clause.

    `entries` are those of a confirmed comparison. Raises NotGrounded where nothing changes, or where the words of a clause
    would be read as a place-holder of the template.
    """
    parts = [part for entry in entries if entry["change"] in _TOLD for part in _told(entry, language)]
    if not parts:
        raise NotGrounded("the two versions say the same; there is nothing to give notice of.")
    text = "\n\n".join([load_phrases("knowledge").say("notice.heading", language), *parts]) + "\n"
    mark = next((mark for mark in _MARKS if mark in text), "")
    if mark:
        raise NotGrounded(
            f"a clause holds {mark!r}, which a template would read as its own; write that change by hand."
        )
    return text


def _told(entry: Mapping[str, Any], language: Language) -> Iterator[str]:
    names = ("was", "now") if entry["change"] == "changed" else ("gone", "new")
    for name, side in zip(names, (entry["old"], entry["new"]), strict=True):
        if side:
            quote = "\n".join(f"> {line}" for line in (side["text"] or side["heading"]).split("\n"))
            yield load_phrases("knowledge").say(f"notice.{name}", language, clause=_clause(side, language), quote=quote)


def _clause(side: Mapping[str, Any], language: Language) -> str:
    path, heading = str(side["path"]), str(side["heading"])
    if not path[:1].isdigit():
        return heading or path
    key = "notice.clause" if heading else "notice.clause_bare"
    return load_phrases("knowledge").say(key, language, path=path, heading=heading)
