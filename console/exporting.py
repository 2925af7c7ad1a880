"""The entries staff wrote, as files of `content/faq`: appended, so that what somebody changed there by hand stays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from knowledge.faq import faq_sections
from knowledge.loaders import read_markdown
from records.database import Database
from records.store import own_entries
from records.store.own_entries import OwnEntry


@dataclass(frozen=True)
class Exported:
    """What was written, and what would read otherwise in a file and was left where it is."""

    written: tuple[OwnEntry, ...]
    unlike: tuple[OwnEntry, ...]


def export(db: Database, content: Path, now: datetime) -> Exported:
    """Write every approved entry that was not written before into its file of `content`."""
    with db.read() as tx:
        waiting = [one for one in own_entries.approved(tx) if one.exported_at is None]
    unlike = tuple(one for one in waiting if not reads_alike(one))
    due = [one for one in waiting if one not in unlike]
    for one in due:
        _append(content / one.source, one)
    with db.write() as tx:
        for one in due:
            own_entries.note_export(tx, one, now)
    return Exported(tuple(due), unlike)


def _append(path: Path, one: OwnEntry) -> None:
    """Behind what stands in the file; nothing if it stands there already."""
    held = path.read_text(encoding="utf-8").rstrip() if path.exists() else _front(one)
    if f"{{#{one.path}}}" not in held:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{held}\n\n{as_markdown(one)}", encoding="utf-8")


def as_markdown(one: OwnEntry) -> str:
    """The entry as it stands in a file."""
    question = one.written.question.replace("{#", "{ #")
    return f"## {question} {{#{one.path}}}\n\n{one.written.answer.strip()}\n"


def reads_alike(one: OwnEntry) -> bool:
    """Would `relevo ingest` read this very answer from the file? Not where it holds a heading, a quote first, or markup."""
    document = read_markdown(f"{_front(one)}\n\n{as_markdown(one)}", one.source)
    sections, _ = faq_sections(document)
    same = [section.text.split() for section in sections] == [one.written.answer.split()]
    return same and not sections[0].phrasings and not sections[0].short


def _front(one: OwnEntry) -> str:
    return f"---\nlanguage: {one.written.language.value}\n---"


def files_of(entries: Iterable[OwnEntry]) -> tuple[str, ...]:
    """The files these entries stand in, once each."""
    return tuple(dict.fromkeys(one.source for one in entries))
