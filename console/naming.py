"""Naming the entry that would have answered a case: what may be named, in the console and in Slack."""

from collections.abc import Callable, Iterable

from console.house import House
from knowledge.text import words
from records.database import Tx
from records.store import cases, knowledge
from records.store.knowledge import StoredChunk
from records.types import CaseState, Choice, Language

Named = Callable[[str, str], Iterable[Choice]]


def entries_in(tx: Tx, language: Language) -> list[StoredChunk]:
    """The entries of this language, by title."""
    own = (entry for entry in knowledge.all_entries(tx) if entry.language == language.value)
    return sorted(own, key=lambda entry: entry.title.casefold())


def named_by_typing(house: House) -> Named:
    """For a case and what was typed: the entries in its language whose titles have words that begin so, in any order."""

    def suggest(case_id: str, typed: str) -> tuple[Choice, ...]:
        with house.db.read() as tx:
            case = cases.get(tx, case_id)
            held = case is not None and case.state is not CaseState.RESOLVED
            entries = entries_in(tx, case.language) if case is not None and held else []
        wanted = words(typed)
        return tuple(Choice(entry.id, entry.title) for entry in entries if _has(words(entry.title), wanted))

    return suggest


def _has(title: list[str], wanted: list[str]) -> bool:
    return all(any(word.startswith(part) for word in title) for part in wanted)
