"""What was read from each contract, kept beside the index: text, clauses, terms. Runner.

Works from what stands in the records: a contract whose content hash is not the one it was last read from is read again,
one that is gone or refused is forgotten. What the reader gave up on, at its limits, is not opened here, where there are none.
Running it again, or after a crash, comes to the same.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from knowledge.passages import Kind, Unreadable
from records.database import Database
from records.store import contracts as store
from records.store import knowledge as sources

_READER = "2"  # raise when a contract would now be read differently

Blanks = Mapping[str, Mapping[str, str]]


def register_contracts(
    db: Database, files: Mapping[str, Path], blanks: Blanks, said: Mapping[str, Mapping[str, str]], now: datetime
) -> None:
    """Bring what is kept of contracts up to the sources in the records."""
    with db.read() as tx:
        kept = store.hashes(tx)
        wanted = {
            source.id: f"{_READER}:{source.content_hash}"
            for source in sources.all_sources(tx)
            if source.kind == Kind.CONTRACT.value and source.id in files and not source.problem
        }
    for source in kept.keys() - wanted.keys():
        with db.write() as tx:
            store.forget(tx, source)
    for source, digest in wanted.items():
        if kept.get(source) != digest:
            _register(db, source, files[source], digest, blanks, said.get(source, {}), now)


def _register(
    db: Database, source: str, path: Path, digest: str, blanks: Blanks, said: Mapping[str, str], now: datetime
) -> None:
    from knowledge.contract_keeping import locale_of, read_stored
    from knowledge.reading import read_document

    try:
        document, language = read_document(path, source, blanks, said)
    except Unreadable:  # the ingest has named it already
        with db.write() as tx:
            store.forget(tx, source)
        return
    read = read_stored(document, source, digest, locale_of(path, document, language, said), now)
    with db.write() as tx:
        store.put(tx, read)
