"""What a campaign has said, version by version, and what puts an earlier version right. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class CorrectionKind(StrEnum):
    """Why people must hear from us once more; also the name of the text that tells them by default."""

    NEW_DATE = "new-date"  # the day of the change has moved
    NEW_TEXT = "new-text"  # something in the text was wrong


@dataclass(frozen=True)
class Correction:
    """Who was told one of these effective dates, or got content with one of these hashes, hears `template` before all else."""

    kind: CorrectionKind
    template: str
    dates: tuple[date, ...] = ()
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revision:
    """One content as it was approved. `withdraws`: the revisions whose readers must hear of this one; `out_at`: when all of
    them had, None while some have not (or there was nothing to put right)."""

    revision: int
    content_hash: str
    effective_date: date
    author: str
    approver: str
    approved_at: datetime
    why: str = ""
    correction: Correction | None = None
    withdraws: tuple[int, ...] = ()
    out_at: datetime | None = None

    @property
    def unfinished(self) -> bool:
        return self.correction is not None and self.out_at is None


def correction_to_data(correction: Correction) -> dict[str, Any]:
    return {
        "kind": correction.kind.value,
        "template": correction.template,
        "dates": [day.isoformat() for day in correction.dates],
        "hashes": list(correction.hashes),
    }


def correction_from_data(data: Mapping[str, Any] | None) -> Correction | None:
    if data is None:
        return None
    return Correction(
        CorrectionKind(data["kind"]),
        data["template"],
        tuple(date.fromisoformat(day) for day in data["dates"]),
        tuple(data["hashes"]),
    )
