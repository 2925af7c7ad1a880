"""What the move came to, campaign by campaign: loads what `campaigns.outcomes` counts, and says it.

The page and the command show the same numbers; what a campaign's own report counts is counted here the same way.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from campaigns import outcomes, runner
from campaigns.kept import kept_content
from campaigns.outcomes import Compared, Counts, NotCompared, Step, Verdict, Went, Why
from campaigns.plan import Plan
from records.became import History
from records.database import Tx
from records.phrases import load_phrases
from records.store import became, reach, wave_numbers
from records.store import campaigns as store
from records.store import report as rows
from records.store.campaigns import Campaign, OpenWave
from records.store.wave_numbers import WaveSpan
from records.types import CampaignState, Language


@dataclass(frozen=True)
class WaveWent:
    """One wave that has opened, `days` ago, and what can be said of it."""

    name: str
    opened_at: datetime
    days: int
    went: Went
    compared: Compared | NotCompared
    verdict: Verdict
    words: str


@dataclass(frozen=True)
class CampaignWent:
    """One campaign: its waves, all of them together, who stays by days since the opening, and the verdict on the whole."""

    id: str
    campaign: str
    state: CampaignState
    effective_date: date
    waves: tuple[WaveWent, ...]
    together: Went
    staying: tuple[Step, ...]
    unopened: tuple[str, ...]
    verdict: Verdict
    words: str


@dataclass(frozen=True)
class Outcomes:
    """Counted `at` this moment; `known_at`: when outcomes were last imported, None if never."""

    at: datetime
    known_at: datetime | None
    campaigns: tuple[CampaignWent, ...]


def begun(tx: Tx) -> tuple[Campaign, ...]:
    """Every campaign that has a wave open, the newest first."""
    return tuple(one for one in store.listed(tx) if store.waves_of(tx, one.id))


def outcomes_of(tx: Tx, language: Language, now: datetime, name: str = "") -> Outcomes:
    """Every campaign that has begun, the newest first, or the one of this name. Raises NotFound for a name nobody submitted."""
    known_at = became.known_at(tx)
    asked = (runner.named(tx, name),) if name else begun(tx)
    return Outcomes(now, known_at, tuple(_campaign(tx, one, known_at, language, now) for one in asked))


def _campaign(tx: Tx, campaign: Campaign, known_at: datetime | None, language: Language, now: datetime) -> CampaignWent:
    plan, opened = kept_content(campaign.plan).plan, store.waves_of(tx, campaign.id)
    days = {wave.wave: wave.opened_at.date() for wave in opened}
    histories = became.histories(tx, campaign.id, days)
    counts, lost = _counts(tx, campaign.id, opened, histories, now), became.lost(tx, campaign.id, days)
    compared = _compared(tx, campaign.id, plan, opened, histories, counts, known_at)
    waves = tuple(
        WaveWent(
            plan.waves[wave.wave].name,
            wave.opened_at,
            (now - wave.opened_at).days,
            outcomes.went(counts[wave.wave], lost.get(wave.wave, ())),
            compared[wave.wave],
            outcomes.verdict_on(compared[wave.wave]),
            say_compared(compared[wave.wave], language),
        )
        for wave in opened
    )
    everyone = sum((counts[wave.wave] for wave in opened), Counts())
    verdict = outcomes.verdict_of_all(wave.verdict for wave in waves)
    return CampaignWent(
        id=campaign.id,
        campaign=campaign.name,
        state=campaign.state,
        effective_date=plan.effective_date,
        waves=waves,
        together=outcomes.went(everyone, [one for several in lost.values() for one in several]),
        staying=outcomes.staying(days, known_at.date(), counts, histories) if known_at else (),
        unopened=tuple(wave.name for wave in plan.waves[len(opened) :]),
        verdict=verdict,
        words=_say_all(verdict, waves, known_at, language),
    )


# ---------------------------------------------------------------- counted


def _counts(
    tx: Tx, campaign_id: str, opened: Sequence[OpenWave], histories: Sequence[History], now: datetime
) -> dict[int, Counts]:
    """Everything about each wave, what its people said from its opening on included."""
    spans = {wave.wave: WaveSpan(wave.opened_at, wave.size) for wave in opened}
    numbers = wave_numbers.said_of(tx, campaign_id, spans, now)
    voices, asked = rows.voices_of(tx, campaign_id, spans), became.first_questions(tx, campaign_id, spans)
    people, told = became.sizes(tx, campaign_id), reach.reached_by_wave(tx, campaign_id)
    happened, alone = outcomes.became(histories), outcomes.settled(asked, now)
    return {
        wave: happened.get(wave, Counts())
        + alone.get(wave, Counts())
        + Counts(
            people=people.get(wave, 0),
            told=told.get(wave, 0),
            questions=voices[wave].questions,
            handovers=numbers[wave].handovers,
            thumbs_up=voices[wave].thumbs_up,
            thumbs_down=numbers[wave].thumbs_down,
            ratings=numbers[wave].ratings,
            rating_sum=numbers[wave].rating_sum,
        )
        for wave in spans
    }


def _compared(
    tx: Tx,
    campaign_id: str,
    plan: Plan,
    opened: Sequence[OpenWave],
    histories: Sequence[History],
    counts: Mapping[int, Counts],
    known_at: datetime | None,
) -> dict[int, Compared | NotCompared]:
    """Each wave beside those whose wave had not opened over the same days."""
    if known_at is None:
        return {wave.wave: NotCompared(Why.NO_OUTCOMES) for wave in opened}
    days = {wave.wave: wave.opened_at.date() for wave in opened}
    windows = outcomes.windows(days, len(plan.waves), known_at.date())
    behind = outcomes.waited_behind(days, len(plan.waves))
    waiting = became.waiting(tx, campaign_id, behind, windows, _meant(plan))
    theirs: defaultdict[int, list[History]] = defaultdict(list)
    for one in histories:
        theirs[one.wave].append(one)

    def compare(wave: int) -> Compared | NotCompared:
        if plan.waves[wave].staff:
            return NotCompared(Why.STAFF)
        if wave > behind:
            return NotCompared(Why.NOBODY_WAITS)
        if wave not in windows:
            return NotCompared(Why.TOO_YOUNG)
        return outcomes.compare(windows[wave], plan.waves[wave].soak, counts[wave].people, theirs[wave], waiting[wave])

    return {wave: compare(wave) for wave in days}


def _meant(plan: Plan) -> Mapping[str, Sequence[str]]:
    """The columns of the register the plan's audience is chosen by, with the values it means."""
    where = plan.audience.where
    chosen = {field.name: getattr(where, field.name) for field in fields(where)} if where else {}
    return {column: [str(value) for value in values] for column, values in chosen.items() if values}


# ---------------------------------------------------------------- in words


def say_compared(compared: Compared | NotCompared, language: Language) -> str:
    """What can be said of a wave, as a sentence."""
    say = load_phrases("campaigns").say
    if isinstance(compared, NotCompared):
        return say(f"outcomes.{compared.why}", language, fewest=outcomes.FEWEST)
    return say(
        f"outcomes.{outcomes.verdict_on(compared)}",
        language,
        days=compared.days,
        here=_percent(compared.here.share),
        waiting=_percent(compared.waiting.share),
        difference=_points(compared.difference),
        low=_points(compared.low),
        high=_points(compared.high),
    )


def _say_all(verdict: Verdict, waves: Sequence[WaveWent], known_at: datetime | None, language: Language) -> str:
    key = "never_imported" if known_at is None else f"all_{verdict}"
    harmed = ", ".join(wave.name for wave in waves if wave.verdict is Verdict.HARM)
    judged = sum(wave.verdict is not Verdict.TOO_EARLY for wave in waves)
    return load_phrases("campaigns").say(f"outcomes.{key}", language, waves=harmed, judged=judged, opened=len(waves))


def _percent(share: float | None) -> float:
    return round(100 * (share or 0.0), 1)


def _points(difference: float) -> float:
    """Without a sign before nought."""
    return round(100 * difference, 1) + 0.0
