"""A contract as it is kept: its text, clauses and terms. Reads, and keeps nothing itself."""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from knowledge.clause_keys import keys_of
from knowledge.clause_reader import read_contract
from knowledge.clauses import Clause
from knowledge.passages import Document
from knowledge.term_reading import read_terms
from knowledge.terms import plain_term
from records.store.contracts import StoredClause, StoredContract, StoredTerm
from records.types import Language

_LOCALE = re.compile(r"^(?:es|en)-[A-Za-z0-9]{2,3}$")


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
