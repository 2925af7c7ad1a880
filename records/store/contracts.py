"""Contracts as they read: text, clauses, the terms found in them and what people said about those; confirmed comparisons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, select, update

from records.database import Tx, insert_new, upsert
from records.errors import NotFound
from records.tables import contract_clauses, contract_diffs, contract_terms, contract_texts

Status = Literal["proposed", "confirmed", "rejected"]


@dataclass(frozen=True)
class StoredClause:
    """`text[body:ends]` of the contract, from `starts` with its heading. `page` is 0 where the file has no pages."""

    path: str
    whole: str
    heading: str
    keys: tuple[str, ...]
    starts: int
    body: int
    ends: int
    page: int


@dataclass(frozen=True)
class StoredTerm:
    """One term as it was read, and what a person said about it."""

    id: str
    term: Mapping[str, Any]
    status: Status = "proposed"
    reviewed_by: str = ""
    reviewed_at: datetime | None = None


@dataclass(frozen=True)
class StoredContract:
    """One contract as it reads; clauses and terms in order."""

    source: str
    content_hash: str
    locale: str
    text: str
    read_at: datetime
    clauses: tuple[StoredClause, ...]
    terms: tuple[StoredTerm, ...]


@dataclass(frozen=True)
class ConfirmedDiff:
    """How two contracts differ, as a person confirmed it; `entries` as `relevo contracts diff --json` prints them."""

    old_source: str
    new_source: str
    entries: tuple[Mapping[str, Any], ...]
    confirmed_by: str
    confirmed_at: datetime


def hashes(tx: Tx) -> dict[str, str]:
    """The content hash each stored contract was read from, by source."""
    rows = tx.execute(select(contract_texts.c.source_id, contract_texts.c.content_hash))
    return {row.source_id: row.content_hash for row in rows}


def put(tx: Tx, contract: StoredContract) -> None:
    """Replace what was read before. What a person said about a term stays with it as long as its id is still read."""
    said = {term.id: term for term in _terms(tx, contract.source) if term.status != "proposed"}
    forget(tx, contract.source)
    insert_new(
        tx,
        contract_texts,
        {
            "source_id": contract.source,
            "content_hash": contract.content_hash,
            "locale": contract.locale,
            "text": contract.text,
            "read_at": contract.read_at,
        },
    )
    insert_new(
        tx,
        contract_clauses,
        [
            {"source_id": contract.source, "position": at} | vars(clause) | {"keys": list(clause.keys)}
            for at, clause in enumerate(contract.clauses)
        ],
    )
    kept = (said.get(term.id, term) for term in contract.terms)
    insert_new(
        tx,
        contract_terms,
        [
            {"source_id": contract.source, "position": at} | vars(term) | {"term": dict(read.term)}
            for at, (term, read) in enumerate(zip(kept, contract.terms, strict=True))
        ],
    )


def forget(tx: Tx, source: str) -> None:
    """The file is gone, or no longer reads as a contract."""
    for table in (contract_terms, contract_clauses, contract_texts):
        tx.execute(delete(table).where(table.c.source_id == source))


def contract(tx: Tx, source: str) -> StoredContract:
    """Raises NotFound."""
    row = tx.execute(select(contract_texts).where(contract_texts.c.source_id == source)).one_or_none()
    if row is None:
        raise NotFound(f"the index has no contract {source!r}; `relevo contracts list` names them")
    found = tx.execute(
        select(contract_clauses).where(contract_clauses.c.source_id == source).order_by(contract_clauses.c.position)
    ).mappings()
    clauses = tuple(
        StoredClause(
            **{name: value for name, value in one.items() if name not in ("source_id", "position", "keys")},
            keys=tuple(one["keys"]),
        )
        for one in found
    )
    return StoredContract(source, row.content_hash, row.locale, row.text, row.read_at, clauses, _terms(tx, source))


def trusted_terms(tx: Tx, source: str, above: float) -> tuple[Mapping[str, Any], ...]:
    """What a person confirmed, and what nobody rejected and has a confidence `above`; empty where there is no such contract."""
    return tuple(
        one.term
        for one in _terms(tx, source)
        if one.status == "confirmed" or (one.status != "rejected" and one.term["confidence"] > above)
    )


def _terms(tx: Tx, source: str) -> tuple[StoredTerm, ...]:
    rows = tx.execute(
        select(contract_terms).where(contract_terms.c.source_id == source).order_by(contract_terms.c.position)
    )
    return tuple(StoredTerm(row.id, row.term, row.status, row.reviewed_by, row.reviewed_at) for row in rows)


def review(tx: Tx, source: str, term: str, status: Status, by: str, now: datetime) -> None:
    """A person confirmed or rejected a term. Raises NotFound."""
    done = tx.execute(
        update(contract_terms)
        .where(contract_terms.c.source_id == source, contract_terms.c.id == term)
        .values(status=status, reviewed_by=by, reviewed_at=now)
    )
    if not done.rowcount:
        raise NotFound(f"{source} has no term {term!r}; `relevo contracts show {source}` names them")


def confirm_diff(
    tx: Tx, old: StoredContract, new: StoredContract, entries: list[dict[str, Any]], by: str, now: datetime
) -> None:
    """A person read this comparison and stands by it. It counts until either file changes."""
    row = {
        "old_source": old.source,
        "new_source": new.source,
        "old_hash": old.content_hash,
        "new_hash": new.content_hash,
        "entries": entries,
        "confirmed_by": by,
        "confirmed_at": now,
    }
    upsert(tx, contract_diffs, row, ["old_source", "new_source"])


def confirmed_diff(tx: Tx, old: str, new: str) -> ConfirmedDiff | None:
    """The comparison a person confirmed for exactly the texts that are in the index now; None where there is none."""
    row = tx.execute(
        select(contract_diffs).where(contract_diffs.c.old_source == old, contract_diffs.c.new_source == new)
    ).one_or_none()
    now = hashes(tx)
    if row is None or (now.get(old), now.get(new)) != (row.old_hash, row.new_hash):
        return None
    return ConfirmedDiff(old, new, tuple(row.entries), row.confirmed_by, row.confirmed_at)


def confirmed_diffs(tx: Tx) -> tuple[ConfirmedDiff, ...]:
    """Every comparison that counts now, in a fixed order."""
    pairs = tx.execute(
        select(contract_diffs.c.old_source, contract_diffs.c.new_source).order_by(
            contract_diffs.c.new_source.desc(), contract_diffs.c.old_source
        )
    ).all()
    return tuple(found for old, new in pairs if (found := confirmed_diff(tx, old, new)) is not None)
