"""What people said about answers (thumbs: -1, 1) and about cases (ratings: 1 to 5). The latest word counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from records.database import Tx, upsert
from records.tables import case_events, feedback

ALLOWED: Mapping[str, frozenset[int]] = {"answer": frozenset({-1, 1}), "case": frozenset({1, 2, 3, 4, 5})}


@dataclass(frozen=True)
class FeedbackSummary:
    """Counts as they are; shares are left to whoever prints them, beside the number of answers they rest on."""

    thumbs_up: int
    thumbs_down: int
    ratings: Mapping[int, int]  # how many gave each of 1..5
    ratings_asked: int  # cases whose person was asked for a rating

    @property
    def rated(self) -> int:
        return sum(self.ratings.values())

    @property
    def satisfied(self) -> int:
        """Ratings of 4 and 5: the numerator of CSAT."""
        return self.ratings.get(4, 0) + self.ratings.get(5, 0)


@dataclass(frozen=True)
class Feedback:
    """One person's latest word about one answer or case."""

    about: str
    about_id: str
    conversation_id: str
    value: int
    comment: str
    at: datetime


def record(tx: Tx, about: str, about_id: str, conversation_id: str, value: int, comment: str, now: datetime) -> None:
    """Keep it, replacing an earlier word about the same thing. Raises ValueError for a value outside the scale."""
    if value not in ALLOWED[about]:
        raise ValueError(f"{value} is not on the scale for {about}: {sorted(ALLOWED[about])}")
    row = {
        "about": about,
        "about_id": about_id,
        "conversation_id": conversation_id,
        "value": value,
        "comment": comment,
        "at": now,
    }
    upsert(tx, feedback, row, key=("about", "about_id"))


def get(tx: Tx, about: str, about_id: str) -> Feedback | None:
    row = tx.execute(select(feedback).where(feedback.c.about == about, feedback.c.about_id == about_id)).one_or_none()
    if row is None:
        return None
    return Feedback(row.about, row.about_id, row.conversation_id, row.value, row.comment, row.at)


def listed(tx: Tx, about: str, limit: int = 1000) -> tuple[Feedback, ...]:
    """Newest first."""
    rows = tx.execute(select(feedback).where(feedback.c.about == about).order_by(feedback.c.at.desc()).limit(limit))
    return tuple(Feedback(r.about, r.about_id, r.conversation_id, r.value, r.comment, r.at) for r in rows)


def summary(tx: Tx) -> FeedbackSummary:
    query = select(feedback.c.about, feedback.c.value, func.count()).group_by(feedback.c.about, feedback.c.value)
    counts = {(about, value): number for about, value, number in tx.execute(query)}
    asked = tx.execute(
        select(func.count(func.distinct(case_events.c.case_id))).where(case_events.c.what == "rating_asked")
    ).scalar_one()
    ratings = {value: counts.get(("case", value), 0) for value in range(1, 6)}
    return FeedbackSummary(counts.get(("answer", 1), 0), counts.get(("answer", -1), 0), ratings, asked)
