"""From which chance on a workspace's own questions are answered rightly enough. Pure but for the search it is given.

The chances stay the shipped ones; fitted is only the table `certain` of entries, and only towards more caution: nobody labels a
question that has no answer, so the log cannot show that less would do. The claim is made on questions the table has not seen:
each half of the log is judged by the table of the other half.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np

from knowledge.confidence import nearest_below, shipped_heads
from knowledge.fitting import certain_table
from knowledge.passages import Found, Kind, KnowledgeError
from records.ids import share_of
from records.store.labels import Label
from records.types import Language

FEWEST = 500
"""Below this many labelled questions nothing is claimed: of 500, three in a hundred wrong is known to about 1.5 either way."""


@dataclass(frozen=True)
class Judged:
    """One labelled question: the chance of its first passage, whether that would be a wrong answer, and its half."""

    chance: float
    wrong: bool
    half: bool


@dataclass(frozen=True)
class OwnLog:
    """What was fitted and what is claimed. `wrong` and `answered` are shares of all `questions`, at the level `bound`."""

    certain: dict[float, float]
    questions: int
    until: datetime
    bound: float
    wrong: float
    answered: float

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "until": self.until.isoformat()})

    @staticmethod
    def from_json(text: str) -> "OwnLog":
        data = json.loads(text)
        certain = {float(level): float(chance) for level, chance in data["certain"].items()}
        return OwnLog(**{**data, "certain": certain, "until": datetime.fromisoformat(data["until"])})


def judge(labels: Iterable[Label], search: Callable[[str, Language], Found]) -> tuple[Judged, ...]:
    """Ask every labelled question again. Left out: questions another manner of text answers now, and thumbs down on an entry
    that no longer comes first, because nobody said what would be right."""
    judged = []
    for label in labels:
        found = search(label.text, label.language)
        first = found.passages[0] if found.passages else None
        if first is None or first.kind is not Kind.FAQ:
            continue
        same = (first.source, first.path) == (label.source, label.path)
        if label.right or same:
            judged.append(Judged(found.right, same is not label.right, share_of("own log", label.text) < 0.5))
    return tuple(judged)


def fit_own(judged: Sequence[Judged], bound: float, until: datetime) -> OwnLog:
    """The table of all of them, and the claim. Raises KnowledgeError below 500 questions."""
    if len(judged) < FEWEST:
        raise KnowledgeError(
            f"there are {len(judged)} labelled questions; nothing is claimed below {FEWEST}. Thumbs, titles picked and entries "
            "named by staff add to them; the shipped thresholds go on."
        )
    needed = {
        half: nearest_below(_table([one for one in judged if one.half is not half]), bound) for half in (True, False)
    }
    given = [one for one in judged if one.chance >= needed[one.half]]
    return OwnLog(
        certain=_table(judged),
        questions=len(judged),
        until=until,
        bound=bound,
        wrong=sum(one.wrong for one in given) / len(judged),
        answered=len(given) / len(judged),
    )


def _table(judged: Sequence[Judged]) -> dict[float, float]:
    shipped = shipped_heads()["entries"]
    own = certain_table(np.array([one.chance for one in judged]), np.array([one.wrong for one in judged]))
    return {level: max(chance, shipped.certain_from(level)) for level, chance in own.items()}
