"""One turn of the bot outside any chat: what `relevo ask` does, alone or line by line from a file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from records.errors import NotFound, RelevoError
from records.ids import fingerprint, new_id
from records.inbound import Said
from records.store import chat, conversations, subscribers
from records.types import ChannelName, Language, Proof

if TYPE_CHECKING:
    from bot.runner import TurnResult
    from console.wiring import House

PROOF_LASTS = timedelta(minutes=30)


class BadQuestion(RelevoError):
    """A line of a question file cannot be read; the message names file, line and field."""


@dataclass(frozen=True)
class Question:
    """One thing said, by whom and where. Questions that share `thread` continue one conversation."""

    text: str
    thread: str
    language: Language | None = None
    subscriber_id: str = ""
    proof: Proof = Proof.ANONYMOUS
    channel: ChannelName = ChannelName.WEB


def ask(house: "House", question: Question) -> "TurnResult":
    """One turn, as it would happen in a chat: stored, and a case opened where the bot opens one."""
    now = house.clock.now()
    _prepare(house, question, now)
    said = Said(question.channel, new_id("ask"), question.thread, question.text, now)
    return house.bot.handle(said)


def _prepare(house: "House", question: Question, now: datetime) -> None:
    with house.db.write() as tx:
        if question.channel is ChannelName.WEB:
            chat.open_session(tx, question.thread, "", now)
        if question.subscriber_id and subscribers.get(tx, question.subscriber_id) is None:
            raise NotFound(f"there is no subscriber {question.subscriber_id!r}; import them first")
        conversation = conversations.open_or_get(tx, question.channel, question.thread, now)
        known = replace(conversation, language=question.language or conversation.language)
        if question.subscriber_id and question.proof is not Proof.ANONYMOUS:
            known = replace(
                known, subscriber_id=question.subscriber_id, proof=question.proof, proof_until=now + PROOF_LASTS
            )
        conversations.save(tx, known)


def result_as_json(result: "TurnResult") -> dict[str, Any]:
    """The public shape of one turn (`relevo ask --json`)."""
    return {
        "decision": result.decision.value,
        "reason": result.reason.value,
        "text": result.text,
        "language": str(result.language),
        "choices": [choice.label for choice in result.choices],
        "citations": [
            {"source": citation.source, "path": citation.path, "quote": citation.quote} for citation in result.citations
        ],
        "confidence": round(result.confidence, 4),
    }


def read_questions(path: Path, identity: Proof, channel: ChannelName) -> Iterator[tuple[str, Question]]:
    """The lines of a question file as (id, question). Raises BadQuestion naming file and line."""
    run = new_id("run")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadQuestion(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read_line(f"{path}:{number}", line, run, identity, channel)


def _read_line(where: str, line: str, run: str, identity: Proof, channel: ChannelName) -> tuple[str, Question]:
    try:
        row = json.loads(line)
        key, text = str(row["id"]), str(row["text"])
        language = Language(row["language"]) if row.get("language") else None
        proof = Proof(row["identity"]) if row.get("identity") else identity
    except (json.JSONDecodeError, TypeError, KeyError, ValueError) as error:
        raise BadQuestion(
            f'{where}: each line is JSON like {{"id": "1", "text": "…"}}, with language es or en and identity '
            f"anonymous, linked or verified where given; this one is not ({type(error).__name__}: {error})"
        ) from error
    thread = f"ask_{fingerprint(run, str(row.get('conversation') or key))}"
    return key, Question(text, thread, language, str(row.get("as") or ""), proof, channel)
