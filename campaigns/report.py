"""What a campaign came to: who was reached by what, who was not and why, what it cost, what its gates saw and people said.

Every number is a count of rows at the moment of asking. The report's page and the command show the same ones.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from campaigns import judging, reach, runner, versions
from campaigns.kept import kept_content
from campaigns.plan import Plan
from campaigns.reasons import say_reason
from records.database import Database, Tx
from records.phrases import load_phrases
from records.store import audiences, wave_numbers
from records.store import campaigns as store
from records.store import report as rows
from records.store.campaigns import Campaign, OpenWave, StoredVerdict
from records.store.reach import Standing, people_reached
from records.store.report import Rows, Voice
from records.store.retry import TRANSIENT
from records.store.wave_numbers import WaveSpan
from records.types import CampaignState, ChannelName, DeliveryState, Language, MessageClass, MessageState, Reason
from records.wave import WaveNumbers


@dataclass(frozen=True)
class Asked:
    """In whose words, in which currency, and when a report is made."""

    language: Language
    currency: str
    now: datetime


@dataclass(frozen=True)
class Counts:
    """Messages by what became of them; each is counted once, `confirmed` and `complained` once more among the reached."""

    reached: int = 0  # a vendor took it and has not given it back
    returned: int = 0  # taken, then given back for good
    failed: int = 0  # refused for good
    uncertain: int = 0  # it may have left when a process died
    waiting: int = 0
    held_back: int = 0  # it must not leave
    expired: int = 0  # its time passed
    confirmed: int = 0  # reached, and the vendor says it arrived
    complained: int = 0  # reached, and reported as unwanted


@dataclass(frozen=True)
class Way:
    """One stage of one wave on one channel: a person has one message there at most, so these are people, too."""

    wave: str
    stage: str
    channel: ChannelName
    counts: Counts
    cost: Mapping[str, str]


@dataclass(frozen=True)
class Came:
    """One stage over all waves: how the people it is for stand. They add up to the frozen audience; of a correction, to those
    it had to reach."""

    stage: str
    people: Mapping[Standing, int]
    cost: Mapping[str, str]


@dataclass(frozen=True)
class Cause:
    """Why messages did not arrive or people got none: the ledger's word, the same in words, and how many."""

    stage: str
    channel: str
    reason: str
    words: str
    count: int


@dataclass(frozen=True)
class Judged:
    """One verdict on a wave."""

    at: datetime
    verdict: str
    why: str
    words: str


@dataclass(frozen=True)
class Echo:
    """What came back from the people of a wave since it opened. `usual_…`: what so many people would bring in that time."""

    questions: int
    handovers: int
    usual_handovers: float
    cases: Mapping[Reason, int]
    thumbs_up: int
    thumbs_down: int
    ratings: int
    mean_rating: float | None
    opt_outs: int
    complaints: int
    first_charges: int
    first_charges_failed: int
    cancellations: int


@dataclass(frozen=True)
class WaveReport:
    """One wave that has opened: `people` are in it, `left_out` are not."""

    name: str
    opened_at: datetime
    people: int
    left_out: int
    verdicts: tuple[Judged, ...]
    echo: Echo


@dataclass(frozen=True)
class Report:
    """Everything the records hold about a campaign, for whoever answers for it."""

    campaign: str
    state: CampaignState
    message_class: MessageClass
    effective_date: date
    author: str
    approver: str
    revision: int
    content_hash: str
    at: datetime
    people: int
    left_out: int
    reached: int
    cost: Mapping[str, str]
    stages: tuple[Came, ...]
    ways: tuple[Way, ...]
    not_arrived: tuple[Cause, ...]
    got_nothing: tuple[Cause, ...]
    excluded: tuple[Cause, ...]
    waves: tuple[WaveReport, ...]
    unopened: tuple[str, ...]
    advice: tuple[str, ...] = ()
    """What somebody can do about those it did not reach, as sentences; nothing after a rehearsal."""


def report(db: Database, name: str, asked: Asked, *, rehearsal: bool = False) -> Report:
    """The report of this campaign. Raises NotFound."""
    with db.read() as tx:
        return report_of(tx, runner.named(tx, name, rehearsal=rehearsal), asked)


def report_of(tx: Tx, campaign: Campaign, asked: Asked) -> Report:
    """The same, for a campaign at hand."""
    plan = kept_content(campaign.plan).plan
    opened, groups = store.waves_of(tx, campaign.id), rows.rows_of(tx, campaign.id)
    reached = people_reached(tx, campaign.id)
    stages, not_arrived = _stages(tx, campaign, groups, asked.currency), _not_arrived(groups, asked.language)
    return Report(
        campaign=campaign.name,
        state=campaign.state,
        message_class=plan.message_class,
        effective_date=plan.effective_date,
        author=campaign.author,
        approver=campaign.approver,
        revision=campaign.revision,
        content_hash=campaign.content_hash,
        at=asked.now,
        people=sum(wave.size for wave in opened),
        left_out=sum(wave.excluded for wave in opened),
        reached=reached,
        cost=reach.cost_in(asked.currency, sum(one.cost for one in groups), reached),
        stages=stages,
        ways=_ways(plan, groups, asked.currency),
        not_arrived=not_arrived,
        got_nothing=_got_nothing(tx, campaign, asked.language),
        excluded=_causes(
            {("", "", why): count for why, count in audiences.excluded_counts(tx, campaign.id).items()}, asked.language
        ),
        waves=_waves(tx, campaign, plan, opened, asked),
        unopened=tuple(wave.name for wave in plan.waves[len(opened) :]),
        advice=() if campaign.rehearsal else _advice(campaign.name, stages, not_arrived, asked.language),
    )


def _advice(name: str, stages: Sequence[Came], not_arrived: Sequence[Cause], language: Language) -> tuple[str, ...]:
    unreached = sum(one.people[Standing.UNREACHED] for one in stages)
    passing = sum(one.count for one in not_arrived if f"{one.reason}:".startswith(TRANSIENT))
    say = load_phrases("campaigns").say
    return (
        *([say("advice.to_call", language, count=unreached, name=name)] if unreached else ()),
        *([say("advice.retry", language, count=passing, name=name)] if passing else ()),
    )


# ---------------------------------------------------------------- who was reached by what


def _stages(tx: Tx, campaign: Campaign, groups: Sequence[Rows], currency: str) -> tuple[Came, ...]:
    spent: Counter[str] = Counter()
    for one in groups:
        spent[one.stage] += one.cost
    found = []
    for stage in versions.stage_names(tx, campaign):
        people = reach.counts_of(tx, campaign, stage)
        every = {standing: people.get(standing, 0) for standing in Standing}
        found.append(Came(stage, every, reach.cost_in(currency, spent[stage], every[Standing.REACHED])))
    return tuple(found)


def _ways(plan: Plan, groups: Sequence[Rows], currency: str) -> tuple[Way, ...]:
    order = {stage.name: place for place, stage in enumerate(plan.stages)}
    by_way: defaultdict[tuple[int, str, ChannelName], list[Rows]] = defaultdict(list)
    for one in groups:
        by_way[one.wave, one.stage, one.channel].append(one)
    keys = sorted(by_way, key=lambda key: (key[0], order.get(key[1], len(order)), key[1], key[2]))
    found = []
    for key in keys:
        wave, stage, channel = key
        counts = counts_of(by_way[key])
        cost = reach.cost_in(currency, sum(one.cost for one in by_way[key]), counts.reached)
        found.append(Way(plan.waves[wave].name, stage, channel, counts, cost))
    return tuple(found)


def counts_of(groups: Iterable[Rows]) -> Counts:
    """These messages by what became of them."""
    found: Counter[str] = Counter()
    for one in groups:
        for name in _became(one):
            found[name] += one.count
    return Counts(**{field.name: found[field.name] for field in fields(Counts)})


_ENDS: Mapping[MessageState, str] = {
    MessageState.PLANNED: "waiting",
    MessageState.CLAIMED: "waiting",
    MessageState.SENDING: "waiting",
    MessageState.SENT: "reached",
    MessageState.FAILED: "failed",
    MessageState.SUPPRESSED: "held_back",
    MessageState.EXPIRED: "expired",
    MessageState.UNCERTAIN: "uncertain",
}
_BESIDES: Mapping[DeliveryState, str] = {
    DeliveryState.DELIVERED: "confirmed",
    DeliveryState.READ: "confirmed",
    DeliveryState.COMPLAINED: "complained",
}


def _became(one: Rows) -> tuple[str, ...]:
    end = _ENDS[one.state]
    if end != "reached":
        return (end,)
    if one.delivery is DeliveryState.FAILED:
        return ("returned",)
    return (end, *([_BESIDES[one.delivery]] if one.delivery in _BESIDES else []))


# ---------------------------------------------------------------- who was not, and why


def _not_arrived(groups: Sequence[Rows], language: Language) -> tuple[Cause, ...]:
    found: Counter[tuple[str, str, str]] = Counter()
    for one in groups:
        end = _became(one)[0]
        if end not in ("reached", "waiting"):
            reason = "returned" if end == "returned" else one.reason
            found[one.stage, one.channel.value, reason.partition(":")[0].strip()] += one.count
    return _causes(found, language)


def _got_nothing(tx: Tx, campaign: Campaign, language: Language) -> tuple[Cause, ...]:
    found: Counter[tuple[str, str, str]] = Counter()
    for (_, stage, outcome), count in store.people_counts(tx, campaign.id).items():
        if outcome:
            found[stage, "", outcome] += count
    return _causes(found, language)


def _causes(found: Mapping[tuple[str, str, str], int], language: Language) -> tuple[Cause, ...]:
    """The most frequent first."""
    ordered = sorted(found.items(), key=lambda item: (item[0][0], -item[1], item[0]))
    return tuple(
        Cause(stage, channel, reason, say_reason(reason, language), count)
        for (stage, channel, reason), count in ordered
    )


# ---------------------------------------------------------------- what its gates saw and people said


def _waves(tx: Tx, campaign: Campaign, plan: Plan, opened: Sequence[OpenWave], asked: Asked) -> tuple[WaveReport, ...]:
    # From the opening on, also after a resume: the gates then begin to count afresh, a report does not.
    spans = {wave.wave: WaveSpan(wave.opened_at, wave.size) for wave in opened}
    began = opened[0].opened_at if opened else asked.now
    numbers = wave_numbers.numbers_of(tx, campaign.id, spans, began, asked.now)
    voices, verdicts = rows.voices_of(tx, campaign.id, spans), store.verdicts_of(tx, campaign.id)

    def words(verdict: StoredVerdict) -> str:
        return judging.say_verdict(campaign, verdict, asked.language)

    return tuple(
        WaveReport(
            plan.waves[wave.wave].name,
            wave.opened_at,
            wave.size,
            wave.excluded,
            _judged([one for one in verdicts if one.wave == wave.wave], words),
            _echo(numbers[wave.wave], voices[wave.wave]),
        )
        for wave in opened
    )


def _judged(verdicts: Sequence[StoredVerdict], words: Callable[[StoredVerdict], str]) -> tuple[Judged, ...]:
    return tuple(Judged(one.at, one.verdict, one.why, words(one)) for one in verdicts)


def _echo(numbers: WaveNumbers, voice: Voice) -> Echo:
    return Echo(
        questions=voice.questions,
        handovers=numbers.handovers,
        usual_handovers=round(numbers.usual_handovers, 2),
        cases=voice.kinds or {},
        thumbs_up=voice.thumbs_up,
        thumbs_down=numbers.thumbs_down,
        ratings=numbers.ratings,
        mean_rating=round(numbers.rating_sum / numbers.ratings, 2) if numbers.ratings else None,
        opt_outs=numbers.opt_outs,
        complaints=numbers.complaints,
        first_charges=numbers.first_charges,
        first_charges_failed=numbers.first_charges_failed,
        cancellations=numbers.cancellations,
    )
