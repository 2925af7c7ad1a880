"""What comes in: documents into the index, subscribers into the register."""

import csv
import importlib
import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bench.announcing import NOW
from bench.figures import Figure, rate_of
from bench.people import subscribers_csv
from console.wiring import House, open_house
from knowledge.gathering import content_files
from knowledge.ingest import IngestReport, ingest
from records.clock import ManualClock
from records.database import Database
from records.migrations import upgrade
from records.store import knowledge
from subscribers.csv_import import import_csv

_LIBRARIES = ("chromadb", "langchain_chroma", "sklearn.decomposition", "pypdf", "docx")


def documents(house: House) -> list[Figure]:
    """The sample's documents into an empty index, then once more unchanged. Leaves the index answering.

    Loading the libraries takes seconds and is not what is measured.
    """
    for name in _LIBRARIES:
        importlib.import_module(name)
    files = list(content_files(house.workspace.content).values())
    bare = rate_of(len(files), lambda: _read_all(files))
    first = rate_of(len(files), lambda: _ingest(house))
    with house.db.read() as tx:
        chunks = len(knowledge.chunks_of(tx, knowledge.live(tx)))
    again = rate_of(len(files), lambda: _ingest(house))
    hashing = rate_of(len(files), lambda: [path.read_bytes() for path in files])
    return [
        Figure("ingest into an empty index", "documents/s", first, "reading the text of each", bare),
        Figure("  the same in chunks", "chunks/s", first * chunks / len(files), "", bare * chunks / len(files)),
        Figure("ingest again, nothing changed", "documents/s", again, "reading the bytes of each", hashing),
    ]


def many_documents(folder: Path, count: int) -> list[Figure]:
    """`count` small entries in an index, then asked about again: nothing is read, only the file system is asked."""
    files = [_small_entry(folder / "content" / "faq" / f"{number}.es.md", number) for number in range(count)]
    (folder / "relevo.toml").write_text("", encoding="utf-8")
    house = open_house(folder, ManualClock(NOW))
    try:
        for _ in range(2):  # what was written in the same moment as the note of it is read once more
            _ingest(house)
        again = rate_of(count, lambda: _ingest(house))
    finally:
        house.close()
    bare = rate_of(count, lambda: [path.stat() for path in files])
    return [Figure(f"ingest {count:,} again, nothing changed", "documents/s", again, "asking for size and time", bare)]


def _small_entry(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"¿Qué dice la ficha {number}? {{#f{number}}}\n\n> ficha {number}\n\nLa ficha {number} dice {number * 7}."
    path.write_text(f"---\nlanguage: es\n---\n\n## {text}\n", encoding="utf-8")
    return path


def _ingest(house: House) -> IngestReport:
    report = ingest(house.db, house.workspace, house.clock.now())
    assert not report.refused, report.refused[0]
    return report


def _read_all(files: Sequence[Path]) -> int:
    return sum(len(_text_of(path)) for path in files)


def _text_of(path: Path) -> str:
    if path.suffix == ".pdf":
        from pypdf import PdfReader

        return "".join(page.extract_text() for page in PdfReader(path).pages)
    if path.suffix == ".docx":
        import docx

        return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    return path.read_text(encoding="utf-8")


def subscribers(folder: Path, house: House, rows: int) -> list[Figure]:
    """A file of `rows` invented people into an empty register, then once more unchanged."""
    data = subscribers_csv(rows)
    with closing(sqlite3.connect(folder / "bare.db")) as connection:
        bare = rate_of(rows, lambda: _bare_import(connection, data))
    db = Database(f"sqlite:///{folder / 'import.db'}")
    try:
        upgrade(db)
        first = rate_of(rows, lambda: import_csv(db, data, house.clock.now()))
        again = rate_of(rows, lambda: import_csv(db, data, house.clock.now()))
    finally:
        db.close()
    return [
        Figure("import subscribers, all new", "rows/s", first, "csv + sqlite3, cells unread", bare),
        Figure("import the same file again", "rows/s", again, "csv + sqlite3, cells unread", bare),
    ]


def _bare_import(connection: sqlite3.Connection, data: bytes) -> None:
    """The cells as they are, in one table: nothing checked, no contacts, no consents."""
    header, *rows = csv.reader(io.StringIO(data.decode()))
    connection.execute(f"CREATE TABLE people ({', '.join(header)}, PRIMARY KEY (id))")
    connection.executemany(f"INSERT INTO people VALUES ({', '.join('?' * len(header))})", rows)
    connection.commit()
