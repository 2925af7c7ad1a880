"""A verdict on every open wave: loads its numbers, judges, stores what is news, stops what must stop, tells the desk.

Called by the tick for all signals, and by the watch beside a running batch. Everything in the caller's transaction, which holds
the row of the campaign.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from campaigns import gates
from campaigns.content import Content
from campaigns.kept import kept_content, standing_of
from campaigns.workflow import Act, decide
from channels.outbox import put_reply
from records.content import DeskNotice
from records.database import Tx
from records.ids import fingerprint
from records.phrases import load_phrases
from records.store import campaigns as store
from records.store import wave_numbers
from records.store.campaigns import Campaign, Event, OpenWave, StoredVerdict
from records.store.wave_numbers import WaveSpan
from records.types import CampaignState, ChannelName, Language
from records.wave import WaveNumbers

GATE = "relevo"
"""The actor of what the campaign does to itself."""


@dataclass(frozen=True)
class Bench:
    """What a judgement needs: the campaign, its content, the moment; `desk` is the language of notices, None without a desk."""

    tx: Tx
    campaign: Campaign
    content: Content
    now: datetime
    desk: Language | None = None


@dataclass(frozen=True)
class Judged:
    """What every open wave was judged on, up to the one that held the campaign, if one did."""

    numbers: tuple[WaveNumbers, ...] = ()
    held: bool = False


def judge_waves(bench: Bench) -> Judged:
    """Judge every open wave and store what is news."""
    opened = store.waves_of(bench.tx, bench.campaign.id)
    events = store.events_of(bench.tx, bench.campaign.id)
    earlier = store.verdicts_of(bench.tx, bench.campaign.id)
    counted = _counted(bench.tx, bench.campaign, opened, events, bench.now)
    judged: list[WaveNumbers] = []
    for wave in opened:
        numbers = counted[wave.wave]
        judged.append(numbers)
        watch = _watch(bench, wave, events, last=wave is opened[-1])
        verdict = (
            gates.judge(numbers, bench.content.plan.gates, watch, bench.now) if wave.size else gates.Continue("empty")
        )
        _store(bench, wave.wave, verdict, numbers, earlier)
        if isinstance(verdict, gates.Hold):
            stop(bench, f"{verdict.why}:{bench.content.plan.waves[wave.wave].name}")
            return Judged(tuple(judged), held=True)
    return Judged(tuple(judged))


def numbers_now(tx: Tx, campaign: Campaign, now: datetime) -> dict[int, WaveNumbers]:
    """What every open wave would be judged on at this moment, by its number."""
    return _counted(tx, campaign, store.waves_of(tx, campaign.id), store.events_of(tx, campaign.id), now)


def _counted(
    tx: Tx, campaign: Campaign, opened: Sequence[OpenWave], events: Sequence[Event], now: datetime
) -> dict[int, WaveNumbers]:
    began = opened[0].opened_at if opened else now
    return wave_numbers.numbers_of(tx, campaign.id, _spans(opened, events), began, now)


def stop(bench: Bench, why: str) -> None:
    """Pause the campaign, in its own name."""
    after = decide(standing_of(bench.campaign), Act.PAUSE, GATE, reason=why)
    store.set_state(bench.tx, bench.campaign, after, bench.now)
    store.add_event(bench.tx, bench.campaign.id, Act.PAUSE.value, GATE, why, bench.now)


def desk_is_full(bench: Bench) -> bool:
    """Do more cases wait unclaimed than the desk clears in a day? Never a reason to hold what must be said."""
    if bench.content.plan.message_class.mandatory or bench.campaign.rehearsal:
        return False
    cleared = wave_numbers.cases_cleared_a_day(bench.tx, bench.now)
    return cleared is not None and wave_numbers.open_cases(bench.tx) > cleared


def say_full_desk(tx: Tx, campaign: Campaign, language: Language, now: datetime) -> str:
    """That nothing new of it begins because the desk is full, as a sentence for staff; empty where that holds nothing up."""
    waits = campaign.state is CampaignState.APPROVED
    full = waits and desk_is_full(Bench(tx, campaign, kept_content(campaign.plan), now))
    return load_phrases("campaigns").say("desk.full", language) if full else ""


def _spans(opened: Sequence[OpenWave], events: Sequence[Event]) -> dict[int, WaveSpan]:
    """Numbers count from the last resume: the person who resumed has seen the ones before."""
    resumed = next((event.at for event in reversed(events) if event.what == Act.RESUME), None)
    return {
        wave.wave: WaveSpan(resumed, wave.size, resumed=True)
        if resumed is not None and resumed > wave.opened_at
        else WaveSpan(wave.opened_at, wave.size)
        for wave in opened
    }


def _watch(bench: Bench, wave: OpenWave, events: Sequence[Event], *, last: bool) -> gates.Watch:
    plan = bench.content.plan
    since = _spans([wave], events)[wave.wave].since
    waved_on = any(event.what == Act.GO_ON and event.at >= since for event in events)
    return gates.Watch(
        wave.opened_at,
        wave.opened_at + plan.waves[wave.wave].soak,
        mandatory=plan.message_class.mandatory,
        waved_on=waved_on,
        passed=not last,
    )


def _store(
    bench: Bench, wave: int, verdict: gates.Verdict, numbers: WaveNumbers, earlier: Sequence[StoredVerdict]
) -> None:
    last = next((item for item in reversed(earlier) if item.wave == wave), None)
    if last is not None and not isinstance(verdict, gates.Hold) and _same(bench, last, verdict, numbers):
        return
    stored = StoredVerdict(wave, gates.word(verdict), verdict.why, asdict(numbers), bench.now)
    store.add_verdict(bench.tx, bench.campaign.id, stored)
    if isinstance(verdict, gates.Hold | gates.Ask):
        _tell(bench, wave, verdict, numbers)


def _same(bench: Bench, last: StoredVerdict, verdict: gates.Verdict, numbers: WaveNumbers) -> bool:
    limits = bench.content.plan.gates
    before = gates.warnings(numbers_in(last), limits)
    return (last.verdict, last.why, before) == (gates.word(verdict), verdict.why, gates.warnings(numbers, limits))


def numbers_in(verdict: StoredVerdict) -> WaveNumbers:
    """What a stored verdict was given on."""
    return WaveNumbers.of(verdict.numbers)


def _tell(bench: Bench, wave: int, verdict: gates.Hold | gates.Ask, numbers: WaveNumbers) -> None:
    """One notice to the whole desk, with the numbers."""
    if bench.desk is None or bench.campaign.rehearsal:
        return
    key = "notice.paused" if isinstance(verdict, gates.Hold) else "notice.ask"
    title = load_phrases("campaigns").say(
        key, bench.desk, name=bench.campaign.name, wave=bench.content.plan.waves[wave].name
    )
    put_reply(
        bench.tx,
        channel=ChannelName.SLACK,
        address="",
        content=DeskNotice(title, gates.say(verdict, numbers, bench.content.plan.gates, bench.desk)),
        key=f"verdict:{fingerprint(bench.campaign.id, str(wave), verdict.why, bench.now.isoformat())}",
        now=bench.now,
    )


# ---------------------------------------------------------------- in words


def standing_words(tx: Tx, campaign: Campaign, language: Language, now: datetime) -> str:
    """What holds for its last open wave, as a sentence: a verdict that goes on waiting, by the numbers of this moment; one that
    was given, by those it was given on. Empty before anything was judged."""
    verdicts = store.verdicts_of(tx, campaign.id)
    if not verdicts:
        return ""
    last = max(reversed(verdicts), key=lambda verdict: verdict.wave)
    numbers = numbers_now(tx, campaign, now)[last.wave] if last.verdict == "wait" else numbers_in(last)
    return _said(campaign, last, numbers, language)


def say_verdict(campaign: Campaign, verdict: StoredVerdict, language: Language) -> str:
    """A stored verdict as a sentence for staff."""
    return _said(campaign, verdict, numbers_in(verdict), language)


def _said(campaign: Campaign, verdict: StoredVerdict, numbers: WaveNumbers, language: Language) -> str:
    limits = kept_content(campaign.plan).plan.gates
    return gates.say(gates.VERDICTS[verdict.verdict](verdict.why), numbers, limits, language)
