"""What was read from each contract, kept beside the index: text, clauses, terms. Runner.

Works from what stands in the records: a contract whose content hash is not the one it was last read from is read again,
one that is gone is forgotten. Running it again, or after a crash, comes to the same.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from knowledge.clause_keys import keys_of
from knowledge.clause_reader import read_contract
from knowledge.clauses import Clause
from knowledge.passages import Document, Kind, Unreadable
from knowledge.reading import read_document
from knowledge.term_reading import read_terms
from knowledge.terms import plain_term
from records.database import Database
from records.store import contracts as store
from records.store import knowledge as sources
from records.store.contracts import StoredClause, StoredContract, StoredTerm
from records.types import Language

_READER = "2"  # raise when a contract would now be read differently
_LOCALE = re.compile(r"^(?:es|en)-[A-Za-z0-9]{2,3}$")

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
            if source.kind == Kind.CONTRACT.value and source.id in files
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
    try:
        document, language = read_document(path, source, blanks, said)
    except Unreadable:  # the ingest has named it already
        with db.write() as tx:
            store.forget(tx, source)
        return
    read = read_stored(document, source, digest, locale_of(path, document, language, said), now)
    with db.write() as tx:
        store.put(tx, read)


def read_stored(document: Document, source: str, digest: str, locale: str, now: datetime) -> StoredContract:
    """A contract's text, clauses and terms as they are kept."""
    contract = read_contract(document)
    terms = read_terms(contract, locale)
    return StoredContract(
        source,
        digest,
        locale,
        contract.text,
        now,
        tuple(_stored_clause(clause) for clause in contract.clauses),
        tuple({term.id: term for term in (StoredTerm(one.id_in(source), plain_term(one)) for one in terms)}.values()),
    )


def locale_of(path: Path, document: Document, language: Language, said: Mapping[str, str]) -> str:
    """The locale a contract declares, else its language alone: `locale` or `language` beside or in it, or the file's name."""
    declared = (said.get("locale"), said.get("language"), document.front.get("locale"), document.front.get("language"))
    for word in (*declared, *path.name.split(".")[1:-1]):
        if word and _LOCALE.match(word) and word[:2] == language.value:
            return f"{word[:2]}-{word[3:].upper()}"
    return language.value


def stored_clauses(contract: StoredContract) -> tuple[Clause, ...]:
    """The clauses with their text, as they were read."""
    return tuple(
        Clause(
            one.path,
            one.heading,
            contract.text[one.body : one.ends],
            one.starts,
            one.body,
            one.ends,
            one.page,
            one.whole,
        )
        for one in contract.clauses
    )


def _stored_clause(clause: Clause) -> StoredClause:
    keys = tuple(key.value for key in keys_of(clause))
    return StoredClause(
        clause.path, clause.whole, clause.heading, keys, clause.start, clause.body, clause.end, clause.page
    )
