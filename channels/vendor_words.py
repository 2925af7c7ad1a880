"""Every vendor's errors, bounces and complaints in neutral words, from one table: `vendor_words.toml`, each with its source.

What no row explains is `UNKNOWN`: the message has failed, nobody's address is blamed, and the word is kept as it was said.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from channels.contract import Reach, Refusal, Refused, RetryLater

_FILE = Path(__file__).with_name("vendor_words.toml")
_LATER = ("slow_down", "trouble")


class Scope(StrEnum):
    """Whom a refusal concerns."""

    ADDRESS = "address"  # this person's address
    CONTENT = "content"  # what we wanted to say
    OURS = "ours"  # our account, sender or policy: no address is at fault
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Kind:
    """Hard: never again. Soft: it may pass."""

    hard: bool
    scope: Scope


@dataclass(frozen=True)
class Row:
    """One word of a vendor. `means` is a Refusal, or slow_down, or trouble; `source` says where it is written."""

    says: str
    means: str
    source: str
    at: tuple[str, ...] = ()
    seconds: float = 0.0
    reach: Reach = Reach.MESSAGE
    at_last: Refusal = Refusal.OTHER

    def answer(self, detail: str, seconds: float = 0.0) -> Refused | RetryLater:
        """What this word comes to; `seconds` is what the vendor itself asked for, if it did."""
        if self.means in _LATER:
            asked = self.means == "slow_down"
            return RetryLater(seconds or self.seconds, detail, self.reach, asked, self.at_last)
        return Refused(Refusal(self.means), detail, self.says)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def kinds() -> Mapping[Refusal, Kind]:
    """Hard or soft, and whom it concerns, by neutral word."""
    return {Refusal(word): Kind(kind["hard"], Scope(kind["scope"])) for word, kind in _table()["means"].items()}


@cache
def rows(vendor: str, status: int = 0) -> tuple[Row, ...]:
    """The rows of a vendor in the order of the file; for Telegram those of one HTTP status."""
    return tuple(_rows(vendor, status))


def _rows(vendor: str, status: int) -> Iterator[Row]:
    sources = _table()["sources"]
    for group in _table()[vendor]:
        if group.get("status", 0) == status:
            for row in group["rows"]:
                yield Row(
                    says=row["says"],
                    means=row["means"],
                    source=sources[row.get("source", vendor)],
                    at=tuple(row.get("at", ())),
                    seconds=float(row.get("seconds", 0)),
                    reach=Reach(row.get("reach", "message")),
                    at_last=Refusal(row.get("at_last", "other")),
                )


@cache
def _exact(vendor: str) -> Mapping[str, Row]:
    return {row.says: row for row in rows(vendor)}


def exact(vendor: str, word: str) -> Row | None:
    """The row of this very code or word (Twilio, Slack, DSN actions, ARF feedback types)."""
    return _exact(vendor).get(word)


def unknown(word: str, detail: str) -> Refused:
    """No row explains it."""
    return Refused(Refusal.UNKNOWN, detail, word[:80])


# ---------------------------------------------------------------- mail

_ENHANCED = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_OTHER_WAIT = Row("4", "slow_down", "RFC 5321 §4.2.1", seconds=120.0)


def smtp(step: str, code: int, words: str, detail: str) -> Refused | RetryLater:
    """A mail server's no at this step. Codes of the 5xx class are for good, all others are for now."""
    kind = "5" if 500 <= code <= 599 else "4"
    found = next((status for status in _ENHANCED.finditer(words) if status.group(1) == kind), None)
    row = (smtp_status(found.group(), step) if found else None) or _best(str(code), step)
    if row is not None:
        return row.answer(detail)
    if kind == "4":
        return _OTHER_WAIT.answer(detail)
    if step in ("open", "sender"):
        return Refused(Refusal.CREDENTIALS, detail, str(code))
    return unknown(found.group() if found else str(code), detail)


def smtp_status(status: str, step: str = "") -> Row | None:
    """The row of an enhanced status (`5.1.1`), of a reply or of a delivery report; else that of its subject (`5.1`)."""
    return _best(status, step) or _best(status.rpartition(".")[0], step)


def returned(status: str, diagnostic: str, step: str) -> Refused:
    """Why a mail came back for good, by its delivery report: the enhanced status where it says something, else what the far
    server said. `step` is where it said so, if the report tells. What was only given up after waiting is soft."""
    vague = not status or status.endswith(".0.0")
    told = next((one.group() for one in _ENHANCED.finditer(diagnostic)), status) if vague else status
    row, code = smtp_status(told, step), re.match(r"\D*([245]\d\d)\b", diagnostic)
    if row is not None:
        answer = row.answer(told)
    elif code is not None:
        answer = smtp(step or "report", int(code[1]), diagnostic, told)
    else:
        answer = _OTHER_WAIT.answer(told) if told.startswith("4") else unknown(told, told)
    word = told or (code[1] if code else "")
    if isinstance(answer, Refused):
        return Refused(answer.reason, told, word)
    return Refused(Refusal.UNREACHABLE if answer.at_last is Refusal.OTHER else answer.at_last, told, word)


def _best(says: str, step: str) -> Row | None:
    fitting = [row for row in rows("smtp") if row.says == says and (not row.at or step in row.at)]
    return max(fitting, key=lambda row: bool(row.at), default=None)


# ---------------------------------------------------------------- Telegram


@cache
def _otherwise(status: int) -> Refusal:
    return next(
        (Refusal(group["otherwise"]) for group in _table()["telegram"] if group["status"] == status), Refusal.UNKNOWN
    )


def telegram(status: int, description: str, detail: str) -> Refused:
    """A refusal of the Bot API: the first row whose words occur in its description, else what the status alone means."""
    lowered = description.lower()
    row = next((row for row in rows("telegram", status) if row.says in lowered), None)
    if row is not None:
        return Refused(Refusal(row.means), detail, row.says)
    return Refused(_otherwise(status), detail, detail[:80])
