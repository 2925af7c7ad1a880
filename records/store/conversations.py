"""Conversations and what was said in them. One conversation per (channel, address)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from records.database import Tx, insert_new
from records.ids import new_id
from records.tables import conversations, turns
from records.types import Author, ChannelName, Choice, Citation, Conversation, Language, Proof, Turn


@dataclass(frozen=True)
class NewTurn:
    """A turn before it has a place in its conversation. `id` is derived from what caused it, so a repeat adds nothing."""

    id: str
    conversation_id: str
    author: Author
    text: str
    at: datetime
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    answer_id: str = ""
    reason: str = ""
    staff: str = ""


def open_or_get(tx: Tx, channel: ChannelName, address: str, now: datetime) -> Conversation:
    """The conversation with this address, made if there is none; locked for this transaction where the database can."""
    row: dict[str, object] = {
        "id": new_id("con"),
        "channel": channel.value,
        "address": address,
        "subscriber_id": None,
        "language": None,
        "proof": Proof.ANONYMOUS.value,
        "proof_until": None,
        "memory": {},
        "opened_at": now,
    }
    insert_new(tx, conversations, row)
    found = tx.execute(
        select(conversations)
        .where(conversations.c.channel == channel.value, conversations.c.address == address)
        .with_for_update()
    ).one()
    return _conversation(found)


def get(tx: Tx, conversation_id: str) -> Conversation | None:
    row = tx.execute(select(conversations).where(conversations.c.id == conversation_id)).one_or_none()
    return None if row is None else _conversation(row)


def lock(tx: Tx, conversation_id: str) -> Conversation | None:
    """Like `get`, and nobody else may change it until this transaction ends."""
    row = tx.execute(select(conversations).where(conversations.c.id == conversation_id).with_for_update()).one_or_none()
    return None if row is None else _conversation(row)


def find(tx: Tx, channel: ChannelName, address: str) -> Conversation | None:
    """The conversation with this address, or none; makes nothing."""
    row = tx.execute(
        select(conversations).where(conversations.c.channel == channel.value, conversations.c.address == address)
    ).one_or_none()
    return None if row is None else _conversation(row)


def save(tx: Tx, conversation: Conversation) -> None:
    """Keep language, proof, subscriber and memory; channel and address never change."""
    tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation.id)
        .values(
            subscriber_id=conversation.subscriber_id,
            language=conversation.language.value if conversation.language else None,
            proof=conversation.proof.value,
            proof_until=conversation.proof_until,
            memory=conversation.memory,
        )
    )


def add_turn(tx: Tx, turn: NewTurn) -> Turn:
    """Append the turn. A turn whose id is already there is returned as it stands, and nothing is added."""
    last = tx.execute(
        select(func.max(turns.c.seq)).where(turns.c.conversation_id == turn.conversation_id)
    ).scalar_one_or_none()
    insert_new(tx, turns, _turn_row(turn, (last or 0) + 1))
    stored = turn_of(tx, turn.id)
    if stored is None:
        raise RuntimeError(f"turn {turn.id!r} met another turn in its place; lock the conversation before adding")
    return stored


def turn_of(tx: Tx, turn_id: str) -> Turn | None:
    row = tx.execute(select(turns).where(turns.c.id == turn_id)).one_or_none()
    return None if row is None else _turn(row)


def turn_of_answer(tx: Tx, answer_id: str) -> Turn | None:
    """The turn that said this answer."""
    row = tx.execute(select(turns).where(turns.c.answer_id == answer_id)).first()
    return None if row is None else _turn(row)


def turns_of(tx: Tx, conversation_id: str, last: int = 0) -> tuple[Turn, ...]:
    """Turns in the order they were said; with `last`, only that many from the end."""
    query = select(turns).where(turns.c.conversation_id == conversation_id).order_by(turns.c.seq.desc())
    rows = tx.execute(query.limit(last) if last else query)
    return tuple(reversed([_turn(row) for row in rows]))


def turns_by_reason(tx: Tx, reasons: Iterable[str], since: datetime, limit: int = 1000) -> tuple[Turn, ...]:
    """What the bot said for these reasons since then, newest first; for reports."""
    rows = tx.execute(
        select(turns)
        .where(turns.c.reason.in_(list(reasons)), turns.c.at >= since)
        .order_by(turns.c.at.desc(), turns.c.seq.desc())
        .limit(limit)
    )
    return tuple(_turn(row) for row in rows)


def before(tx: Tx, turn: Turn, author: Author) -> Turn | None:
    """The last turn of this author before `turn`: the question an answer belongs to."""
    row = tx.execute(
        select(turns)
        .where(turns.c.conversation_id == turn.conversation_id, turns.c.seq < turn.seq, turns.c.author == author.value)
        .order_by(turns.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _turn(row)


def last_said(tx: Tx, conversation_id: str, author: Author, at: datetime) -> str:
    """The last words of this author up to that moment; empty when there are none."""
    said = select(turns.c.text).where(turns.c.conversation_id == conversation_id, turns.c.author == author.value)
    text = tx.execute(said.where(turns.c.at <= at).order_by(turns.c.seq.desc()).limit(1)).scalar()
    return text or ""


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(
        id=row.id,
        channel=ChannelName(row.channel),
        address=row.address,
        subscriber_id=row.subscriber_id,
        language=Language(row.language) if row.language else None,
        proof=Proof(row.proof),
        proof_until=row.proof_until,
        memory=dict(row.memory),
        opened_at=row.opened_at,
    )


def _turn_row(turn: NewTurn, seq: int) -> dict[str, object]:
    return {
        "id": turn.id,
        "conversation_id": turn.conversation_id,
        "seq": seq,
        "author": turn.author.value,
        "staff": turn.staff,
        "text": turn.text,
        "citations": [[c.source, c.path, c.quote, c.title] for c in turn.citations],
        "choices": [[c.data, c.label] for c in turn.choices],
        "answer_id": turn.answer_id,
        "reason": turn.reason,
        "at": turn.at,
    }


def _turn(row: Row[Any]) -> Turn:
    return Turn(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        author=Author(row.author),
        text=row.text,
        at=row.at,
        citations=tuple(Citation(*parts) for parts in row.citations),
        choices=tuple(Choice(*parts) for parts in row.choices),
        answer_id=row.answer_id,
        reason=row.reason,
        staff=row.staff,
    )
