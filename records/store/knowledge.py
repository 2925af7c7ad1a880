"""Sources, chunks and generations of the index. The pointer to the live generation is one workspace fact, switched in the same
transaction as the sources and chunks it stands for, so that a crash leaves the old index whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, select, update

from records.database import Tx, insert_new, upsert
from records.errors import NotFound
from records.store import own_entries
from records.store.own_entries import OwnEntry
from records.tables import chunks, flags, generation_chunks, generations, sources, workspace_facts

LIVE = "live_generation"
ENTRY = "faq"
"""The kind of chunk that is one question with its answer."""


@dataclass(frozen=True)
class StoredSource:
    """One file of `content/`. `id` is its path in there; `problem` is empty or why (part of) it is not in the index."""

    id: str
    kind: str
    language: str
    title: str
    content_hash: str
    problem: str
    read_at: datetime


@dataclass(frozen=True)
class StoredChunk:
    """One immutable piece of a source. `contract` names the contract version and is empty outside contracts.

    `reach` says whom it is for, as JSON keeps it; empty for everybody.
    """

    id: str
    source: str
    path: str
    title: str
    text: str
    language: str
    kind: str
    phrasings: tuple[str, ...]
    contract: str
    reach: Mapping[str, object]
    note: str = ""
    short: str = ""


@dataclass(frozen=True)
class Generation:
    """One index on disk. `state` is building, ready, held (finished, but worse than the one that answers) or failed.

    `forced_by` is who let it answer although it was worse.
    """

    id: int
    folder: str
    made_at: datetime
    chunk_count: int
    state: str
    forced_by: str


@dataclass(frozen=True)
class Flag:
    """A section held back until a person has read it. `id` is bound to every word of it."""

    id: str
    source_id: str
    path: str
    title: str
    text: str
    reasons: tuple[str, ...]
    flagged_at: datetime


def live(tx: Tx) -> int:
    """The number of the generation that answers now; 0 when nothing has been ingested."""
    value = tx.execute(select(workspace_facts.c.value).where(workspace_facts.c.key == LIVE)).scalar()
    return int(value) if value else 0


def generation(tx: Tx, number: int) -> Generation:
    """Raises NotFound."""
    row = tx.execute(select(generations).where(generations.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"there is no generation {number} of the index")
    return Generation(**row._mapping)


def ready(tx: Tx) -> tuple[Generation, ...]:
    """Every finished generation that may answer, newest first."""
    return tuple(one for one in finished(tx) if one.state == "ready")


def finished(tx: Tx) -> tuple[Generation, ...]:
    """Every finished generation, those held back too, newest first."""
    done = generations.c.state.in_(("ready", "held"))
    rows = tx.execute(select(generations).where(done).order_by(generations.c.id.desc()))
    return tuple(Generation(**row._mapping) for row in rows)


def begin(tx: Tx, now: datetime) -> int:
    """The number of a new generation, which is being built from now on."""
    number: int = (tx.execute(select(func.max(generations.c.id))).scalar() or 0) + 1
    row = {"id": number, "folder": str(number), "made_at": now, "chunk_count": 0, "state": "building", "forced_by": ""}
    insert_new(tx, generations, row)
    return number


def fail(tx: Tx, number: int) -> None:
    """The build of this generation came to nothing."""
    tx.execute(update(generations).where(generations.c.id == number).values(state="failed"))


def finish(tx: Tx, number: int, held: Sequence[StoredSource], pieces: Sequence[StoredChunk]) -> None:
    """The generation is on disk: its sources and its chunks in order. It does not answer before `point`."""
    tx.execute(sources.delete())
    insert_new(tx, sources, [_source_row(source) for source in held])
    insert_new(tx, chunks, [_chunk_row(chunk) for chunk in pieces])
    insert_new(
        tx,
        generation_chunks,
        [{"generation_id": number, "chunk_id": chunk.id, "position": at} for at, chunk in enumerate(pieces)],
    )
    ended = update(generations).where(generations.c.id == number)
    tx.execute(ended.values(state="held", chunk_count=len(pieces)))


def point(tx: Tx, number: int, forced_by: str = "") -> None:
    """Let this generation answer from now on; `forced_by` is who wants it although it is worse."""
    upsert(tx, workspace_facts, {"key": LIVE, "value": str(number)}, ["key"])
    let = {"state": "ready"} | ({"forced_by": forced_by} if forced_by else {})
    tx.execute(update(generations).where(generations.c.id == number).values(let))


def keep_flags(tx: Tx, read_again: Iterable[str], found: Sequence[Flag]) -> None:
    """What is held back of the sources that were read again or are gone; what was cleared before stays on record."""
    stale = delete(flags).where(flags.c.source_id.in_(list(read_again)), flags.c.cleared_by == "")
    tx.execute(stale)
    rows = [dict(vars(flag)) | {"reasons": list(flag.reasons), "cleared_by": "", "cleared_at": None} for flag in found]
    insert_new(tx, flags, rows)


def pending_flags(tx: Tx) -> tuple[Flag, ...]:
    """Every section a person still has to read, by source and path."""
    query = select(flags).where(flags.c.cleared_by == "").order_by(flags.c.source_id, flags.c.path)
    return tuple(
        Flag(
            row["id"],
            row["source_id"],
            row["path"],
            row["title"],
            row["text"],
            tuple(row["reasons"]),
            row["flagged_at"],
        )
        for row in tx.execute(query).mappings()
    )


def cleared_flags(tx: Tx) -> frozenset[str]:
    """The ids of sections somebody has read and let pass."""
    return frozenset(tx.execute(select(flags.c.id).where(flags.c.cleared_by != "")).scalars())


def clear_flag(tx: Tx, flag: Flag, by: str, now: datetime) -> None:
    """Somebody has read it and lets it pass, word for word as it stands; the next ingest reads its source again."""
    tx.execute(update(flags).where(flags.c.id == flag.id).values(cleared_by=by, cleared_at=now))
    tx.execute(update(sources).where(sources.c.id == flag.source_id).values(content_hash=""))


def all_sources(tx: Tx) -> tuple[StoredSource, ...]:
    """The sources of the newest finished generation, by path."""
    return tuple(StoredSource(**row._mapping) for row in tx.execute(select(sources).order_by(sources.c.id)))


def chunks_of(tx: Tx, number: int, only: Iterable[str] = ()) -> tuple[StoredChunk, ...]:
    """The chunks of a generation in order; with `only`, those of these sources."""
    wanted = list(only)
    query = _pieces_of(number)
    if wanted:
        query = query.where(chunks.c.source_id.in_(wanted))
    return tuple(_chunk(row) for row in tx.execute(query).mappings())


def entries(tx: Tx) -> tuple[StoredChunk, ...]:
    """Every FAQ entry of the live index, in order."""
    rows = tx.execute(_pieces_of(live(tx)).where(chunks.c.kind == ENTRY)).mappings()
    return tuple(_chunk(row) for row in rows)


def own_entries_now(tx: Tx) -> tuple[StoredChunk, ...]:
    """The approved entries of staff that no file speaks for: not there, and not exported before the live index was begun."""
    number = live(tx)
    begun = generation(tx, number).made_at if number else None
    written = {(one.source, one.path) for one in entries(tx)}
    return tuple(
        _own_chunk(one)
        for one in own_entries.approved(tx)
        if (one.source, one.path) not in written
        and not (begun is not None and one.exported_at is not None and one.exported_at < begun)
    )


def all_entries(tx: Tx) -> tuple[StoredChunk, ...]:
    """Every entry that answers now, from files and from staff."""
    return (*entries(tx), *own_entries_now(tx))


def entry(tx: Tx, source: str, path: str) -> StoredChunk | None:
    """The FAQ entry that answers there now, if there is one."""
    there = (chunks.c.kind == ENTRY, chunks.c.source_id == source, chunks.c.path == path)
    row = tx.execute(_pieces_of(live(tx)).where(*there)).mappings().first()
    if row is not None:
        return _chunk(row)
    return next((one for one in own_entries_now(tx) if (one.source, one.path) == (source, path)), None)


def entry_of(tx: Tx, chunk_id: str) -> StoredChunk | None:
    """The FAQ entry of this id, if it answers now."""
    there = (chunks.c.kind == ENTRY, chunks.c.id == chunk_id)
    row = tx.execute(_pieces_of(live(tx)).where(*there)).mappings().first()
    if row is not None:
        return _chunk(row)
    return next((one for one in own_entries_now(tx) if one.id == chunk_id), None)


def _own_chunk(one: OwnEntry) -> StoredChunk:
    said = one.written
    return StoredChunk(
        one.chunk_id, one.source, one.path, said.question, said.answer, said.language.value, ENTRY, (), "", {}
    )


def _pieces_of(number: int) -> Select[Any]:
    pieces = select(chunks).join(generation_chunks).where(generation_chunks.c.generation_id == number)
    return pieces.order_by(generation_chunks.c.position)


def _chunk(row: RowMapping) -> StoredChunk:
    return StoredChunk(
        id=row["id"],
        source=row["source_id"],
        path=row["path"],
        title=row["title"],
        text=row["text"],
        language=row["language"],
        kind=row["kind"],
        phrasings=tuple(row["phrasings"]),
        contract=row["meta"].get("contract", ""),
        reach=row["meta"].get("reach", {}),
        note=row["meta"].get("note", ""),
        short=row["meta"].get("short", ""),
    )


def _source_row(source: StoredSource) -> dict[str, object]:
    return dict(vars(source))


def _chunk_row(chunk: StoredChunk) -> dict[str, object]:
    return {
        "id": chunk.id,
        "source_id": chunk.source,
        "path": chunk.path,
        "title": chunk.title,
        "text": chunk.text,
        "language": chunk.language,
        "kind": chunk.kind,
        "phrasings": list(chunk.phrasings),
        "meta": {"contract": chunk.contract, "reach": dict(chunk.reach), "note": chunk.note, "short": chunk.short},
    }
