"""How far each stage of each open wave has come and what waits for money: for a page that looks every few seconds."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns import versions
from campaigns.correction import is_correction
from campaigns.kept import kept_content
from campaigns.reasons import say_reason
from records.database import Tx
from records.phrases import load_phrases
from records.store import campaigns as store
from records.store import money
from records.store.campaigns import Campaign, OpenWave
from records.types import Language


@dataclass(frozen=True)
class Progress:
    """One stage of an open wave: its people are those written to, those left out and those who are not due yet.

    `counts` are messages by state: a person may get a second one on another channel.
    """

    wave: str
    stage: str
    people: int
    written: int
    reasons: tuple[tuple[str, int], ...]
    counts: Mapping[str, int]

    @property
    def left_out(self) -> int:
        return sum(number for _, number in self.reasons)

    @property
    def not_due(self) -> int:
        return max(0, self.people - self.written - self.left_out)


def progress(tx: Tx, campaign: Campaign, waves: Sequence[OpenWave], language: Language) -> tuple[Progress, ...]:
    """Every stage of every open wave, also those nobody has entered."""
    names = [wave.name for wave in kept_content(campaign.plan).plan.waves]
    counts: defaultdict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for (wave, stage, state), number in store.row_counts(tx, campaign.id).items():
        counts[wave, stage][state] = number
    written: Counter[tuple[int, str]] = Counter()
    reasons: defaultdict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
    for (wave, stage, outcome), number in store.people_counts(tx, campaign.id).items():
        if outcome:
            reasons[wave, stage].append((say_reason(outcome, language), number))
        else:
            written[wave, stage] = number
    keys = [(wave, (wave.wave, stage)) for wave in waves for stage in versions.stage_names(tx, campaign)]
    return tuple(
        Progress(
            names[wave.wave],
            key[1],
            # A correction is for those who got what was wrong, everything else for the whole wave.
            wave.size if not is_correction(key[1]) else written[key] + sum(number for _, number in reasons[key]),
            written[key],
            tuple(sorted(reasons[key])),
            counts[key],
        )
        for wave, key in keys
        if not is_correction(key[1]) or written[key] or reasons[key]
    )


def say_held_back(tx: Tx, campaign: Campaign, language: Language) -> str:
    """How many messages wait for money and what to do about it, as a sentence for staff; empty where none does."""
    count = money.held_back(tx, campaign.id)
    return load_phrases("campaigns").say("money.waiting", language, count=count) if count else ""
