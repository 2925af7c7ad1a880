"""The tick: what a campaign owes by `now`. Small transactions; run twice or by two processes at once, the effect is one.

Per campaign the row of the campaign is held while people move, so two ticks take turns; a wave, a person's place and a
person's entry into a stage each have a unique key.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from campaigns import calendar, next_way, putting_right
from campaigns.audience import STAFF_FIELD, is_staff, why_not
from campaigns.content import Content
from campaigns.correction import stage_name
from campaigns.judging import GATE, Bench, desk_is_full, judge_waves, stop
from campaigns.kept import kept_content, standing_of
from campaigns.people import load_people
from campaigns.plan import Anchor, Stage
from campaigns.workflow import Act, Standing, decide
from records import hours
from records.database import Database, Tx
from records.ids import fingerprint
from records.revisions import Revision
from records.store import audiences, batches, money, subscribers
from records.store import campaigns as store
from records.store.audiences import Pending
from records.store.campaigns import Campaign, OpenWave
from records.types import CampaignState, Language

BATCH = 500
"""People in one batch: a durable workflow carries hundreds, never one (89 workflows a second on SQLite)."""

HANDED_OUT = 64
"""Batches of one campaign handed out at a time: 32,000 messages, more than is sent before the next tick. A million people are
two thousand batches, and naming each to the engine every second took longer than the second."""

AT_ONCE = 20_000
"""People in one transaction of a tick: about a second of work."""


@dataclass(frozen=True)
class Run:
    """A batch to be run; together with `runs` it names one workflow for ever."""

    batch_id: str
    runs: int


@dataclass(frozen=True)
class Work:
    """One campaign in one tick."""

    tx: Tx
    campaign: Campaign
    content: Content
    company_zone: str
    now: datetime


def tick(
    db: Database,
    now: datetime,
    company_zone: str = "Europe/Madrid",
    *,
    rehearsal: bool = False,
    desk: Language | None = None,
) -> list[Run]:
    """Open what is due, judge what is open, batch who is due; the batches to run now, oldest first.

    Rehearsals are left alone unless `rehearsal` says that only they are meant. `desk` is the language in which the desk is told
    of a campaign that paused itself or waits for a decision.
    """
    with db.read() as tx:
        going = store.listed(tx, rehearsal=rehearsal, states=[CampaignState.APPROVED])
        owed = money.is_owed(tx)
    while owed:
        with db.write() as tx:
            owed = money.give_back_ended(tx, AT_ONCE) == AT_ONCE
    runs: list[Run] = []
    for campaign in reversed(going):
        reached: _Reached | None = _START
        while reached is not None:
            with db.write() as tx:
                some, reached = _advance(tx, campaign.id, company_zone, desk, now, reached)
            runs += some
    return runs


@dataclass(frozen=True)
class _Reached:
    """How far a tick has come with many people: in which step, and behind whom. Each step goes on in a transaction of its
    own, so that a million people hold up no reply; whoever is stopped in between begins again and finds the rest."""

    step: str
    after: str

    def behind(self, step: str) -> str:
        """Where this step begins: behind the last person it has seen, or at the first."""
        return self.after if self.step == step else ""


_START = _Reached("", "")
_Step = tuple[list[Run], _Reached | None]
_NOTHING: _Step = ([], None)


def _advance(
    tx: Tx, campaign_id: str, company_zone: str, desk: Language | None, now: datetime, reached: _Reached
) -> _Step:
    campaign = store.locked(tx, campaign_id)
    if campaign is None or campaign.state is not CampaignState.APPROVED:
        return _NOTHING
    standing = standing_of(campaign)
    work = Work(tx, campaign, kept_content(campaign.plan), company_zone, now)
    bench = Bench(tx, campaign, work.content, now, desk)
    if not standing.may_send or fingerprint(campaign.plan) != campaign.content_hash:
        stop(bench, "not_approved")
        return _NOTHING
    if reached is _START and judge_waves(bench).held:
        return _NOTHING
    if putting_right.take_back(tx, campaign, work.content, now):
        return [], _Reached("taken_back", "")
    if (one := putting_right.pending(tx, campaign)) is not None:
        return _put_right(work, one, reached)
    full = desk_is_full(bench)
    further = None if full else _open_next(work, reached)
    further = further or _enter_all(work, reached)
    if further is not None:
        return [], further
    for stage in work.content.stages_of(campaign.revision):
        next_way.hand_on(tx, campaign, work.content.plan, stage, (BATCH, AT_ONCE), now)
    batches.settle_batches(tx, campaign.id, now)
    batches.rerun_due(tx, campaign.id, now)
    _finish(work, standing)
    # With a full desk nothing new begins; what has begun goes on.
    runs = [
        Run(one.id, one.runs) for one in batches.planned_batches(tx, campaign.id, HANDED_OUT) if one.runs or not full
    ]
    return runs, None


def _put_right(work: Work, one: Revision, reached: _Reached) -> _Step:
    """While someone has yet to hear of a correction nothing else of the campaign begins or goes on."""
    tx, campaign, step = work.tx, work.campaign, "correction"
    last = putting_right.advance(tx, campaign, work.content, one, reached.behind(step), (BATCH, AT_ONCE), work.now)
    if last:
        return [], _Reached(step, last)
    planned = batches.planned_batches(tx, campaign.id, HANDED_OUT, stage_name(one.revision))
    return [Run(found.id, found.runs) for found in planned], None


# ---------------------------------------------------------------- waves


def first_opening(content: Content, company_zone: str) -> datetime:
    """When the first wave opens, by the company's clock."""
    plan = content.plan
    return hours.local_moment(
        plan.effective_date + timedelta(days=plan.opens), plan.at, hours.zones_for(company_zone, "", "UTC")[0]
    )


def _open_next(work: Work, reached: _Reached) -> _Reached | None:
    """Open the next wave if it is time; where to go on if not everybody has been settled yet."""
    opened = store.waves_of(work.tx, work.campaign.id)
    number = len(opened)
    if number >= len(work.content.plan.waves):
        return None
    if opened:
        words = [item for item in store.verdicts_of(work.tx, work.campaign.id) if item.wave == number - 1]
        if not words or words[-1].verdict not in _OPENS[work.campaign.rehearsal]:
            return None
    elif work.now < first_opening(work.content, work.company_zone):
        return None
    return _freeze(work, number, reached)


_OPENS = {False: ("continue",), True: ("continue", "ask")}
"""The verdicts on which the next wave opens: nobody is there to be asked at a rehearsal."""


def _freeze(work: Work, number: int, reached: _Reached) -> _Reached | None:
    """Settle who is in this wave and who is not, with the reason; latecomers of earlier waves come along. The wave opens once
    everybody is settled."""
    plan, step = work.content.plan, f"wave:{number}"
    ids = audiences.unsettled(work.tx, work.campaign.id, reached.behind(step), AT_ONCE)
    own = _staff(work, ids)
    place = {one: wave for one in ids if (wave := plan.wave_of(one, staff=one in own)) <= number}
    people = load_people(work.tx, plan, tuple(place))
    settled = [(one.subscriber.id, place[one.subscriber.id], str(why_not(plan, one) or "")) for one in people]
    audiences.freeze(work.tx, work.campaign.id, settled)
    if len(ids) == AT_ONCE:
        return _Reached(step, ids[-1])
    size, out = audiences.newly_settled(work.tx, work.campaign.id)
    if store.open_wave(work.tx, work.campaign.id, OpenWave(number, work.now, size, out)):
        store.add_event(work.tx, work.campaign.id, "wave_opened", GATE, plan.waves[number].name, work.now)
    return None


def _staff(work: Work, ids: Sequence[str]) -> frozenset[str]:
    """The company's own people among these, where the plan has a wave for them."""
    if not any(wave.staff for wave in work.content.plan.waves):
        return frozenset()
    said = subscribers.field_of_many(work.tx, ids, STAFF_FIELD)
    return frozenset(one for one, word in said.items() if is_staff(word))


# ---------------------------------------------------------------- stages


def _enter_all(work: Work, reached: _Reached) -> _Reached | None:
    """Let people enter every stage; where to go on if there were more than one transaction should hold."""
    waves = store.waves_of(work.tx, work.campaign.id)
    opened = {wave.wave: calendar.wave_day(wave.opened_at, work.company_zone) for wave in waves}
    included = sum(wave.size for wave in waves)
    stages = work.content.plan.stages
    names = [stage.name for stage in stages]
    begin = names.index(reached.step.removeprefix("stage:")) if reached.step.startswith("stage:") else 0
    for stage in stages[begin:] if opened else ():
        if not stage.anchor.personal and _all_in(work, stage, included):
            continue  # nobody has to be looked for among a million
        last = _enter(work, stage, opened, reached.behind(f"stage:{stage.name}"))
        if last:
            return _Reached(f"stage:{stage.name}", last)
    return None


_full: set[tuple[str, str, int]] = set()
"""Campaigns and stages this process has seen so many people enter. Nobody leaves a stage, and counting them at every tick
took longer than the rest of it."""


def _all_in(work: Work, stage: Stage, included: int) -> bool:
    key = (work.campaign.id, stage.name, included)
    if key not in _full and batches.entered(work.tx, work.campaign.id, stage.name) >= included:
        _full.add(key)
    return key in _full


def _enter(work: Work, stage: Stage, opened: dict[int, date], after: str) -> str:
    """Everyone whose local moment has come enters the stage and falls into a batch. At most a group of them; the last one
    looked at if there may be more."""
    upto = work.now.date() + timedelta(days=1 - stage.offset) if stage.anchor.personal else None
    candidates = _candidates(work, stage, upto, opened, after)
    turns: dict[tuple[object, ...], _Turn] = {}
    sorted_out: defaultdict[tuple[_Turn, int], list[str]] = defaultdict(list)
    for one in candidates:
        person, *alike = one
        key = tuple(alike)
        turn = turns.get(key)
        if turn is None:  # worked out once for all who are alike
            turn = turns[key] = _turn(work, stage, one, opened)
        sorted_out[turn, one.wave].append(person)
    for (turn, wave), people in sorted(sorted_out.items()):
        if turn is _Turn.DUE:
            _batch_up(work, stage, wave, people)
        elif turn is _Turn.PAST:
            batches.enter_stage(work.tx, work.campaign.id, stage.name, people, "too_late")
    if len(candidates) == AT_ONCE:
        return candidates[-1].subscriber_id
    _give_up_undated(work, stage)
    return ""


class _Turn(StrEnum):
    """Where a person stands with a stage."""

    AHEAD = "ahead"
    DUE = "due"
    PAST = "past"


def _turn(work: Work, stage: Stage, one: Pending, opened: dict[int, date]) -> _Turn:
    anchor = _anchor(work, stage, one, opened)
    zones = hours.zones_for(one.time_zone, one.country, work.company_zone)
    moment = calendar.due_moment(anchor + timedelta(days=stage.offset), work.content.plan.at, zones)
    if moment > work.now:
        return _Turn.AHEAD
    return _Turn.PAST if _too_late(work, stage, anchor, moment, zones) else _Turn.DUE


def _candidates(work: Work, stage: Stage, upto: date | None, opened: dict[int, date], after: str) -> Sequence[Pending]:
    if stage.anchor is Anchor.WAVE:
        earliest = min(opened.values()) + timedelta(days=stage.offset - 1)
    elif stage.anchor is Anchor.EFFECTIVE_DATE:
        earliest = work.content.plan.effective_date + timedelta(days=stage.offset - 1)
    else:
        return audiences.pending(work.tx, work.campaign.id, stage.name, stage.anchor, upto, after, AT_ONCE)
    # Nobody's day begins more than a day before it does in UTC: until then there is nothing to look up.
    if work.now.date() < earliest:
        return ()
    return audiences.pending(work.tx, work.campaign.id, stage.name, stage.anchor, None, after, AT_ONCE)


def _anchor(work: Work, stage: Stage, one: Pending, opened: dict[int, date]) -> date:
    if stage.anchor is Anchor.WAVE:
        return opened[max(wave for wave in opened if wave <= max(one.wave, 0))]
    if stage.anchor is Anchor.EFFECTIVE_DATE or one.day is None:
        return work.content.plan.effective_date
    return one.day


def _too_late(work: Work, stage: Stage, anchor: date, moment: datetime, zones: Sequence[ZoneInfo]) -> bool:
    if work.content.plan.message_class.mandatory or stage.anchor is Anchor.WAVE:
        return False
    return work.now >= calendar.expiry(stage, anchor, moment, zones)


def _batch_up(work: Work, stage: Stage, wave: int, people: Sequence[str]) -> None:
    batches.enter_stage(work.tx, work.campaign.id, stage.name, people)
    for start in range(0, len(people), BATCH):
        batches.make_batch(work.tx, work.campaign.id, stage.name, wave, people[start : start + BATCH], work.now)


def _give_up_undated(work: Work, stage: Stage) -> None:
    """Who has no date for a stage is told of no date: settled once the change applies and everyone dated has entered."""
    if not stage.anchor.personal or not _all_open(work):
        return
    if work.now.date() <= _dated_until(work, stage):
        return
    if audiences.next_pending_day(work.tx, work.campaign.id, stage.name, stage.anchor) is not None:
        return
    people = [
        one.subscriber_id
        for one in audiences.pending(work.tx, work.campaign.id, stage.name, stage.anchor, None, "", AT_ONCE)
    ]
    batches.enter_stage(work.tx, work.campaign.id, stage.name, people, "no_date")


EVENTS_WITHIN = timedelta(days=90)
"""How long after the change a stage waits for what may still happen to a person; a first charge comes within a month."""


def _dated_until(work: Work, stage: Stage) -> date:
    """Until this day someone may still get a date for the stage."""
    patience = EVENTS_WITHIN if stage.anchor.event else timedelta(0)
    return work.content.plan.effective_date + patience + timedelta(days=max(stage.offset, 0))


def _all_open(work: Work) -> bool:
    return len(store.waves_of(work.tx, work.campaign.id)) == len(work.content.plan.waves)


def _finish(work: Work, standing: Standing) -> None:
    """Done when every wave is open, everyone has entered every stage, no row waits and none is likely to come back."""
    if not _all_open(work) or batches.any_open_batch(work.tx, work.campaign.id):
        return
    if any(audiences.any_pending(work.tx, work.campaign.id, stage.name) for stage in work.content.plan.stages):
        return
    until = next_way.may_come_back_until(work.tx, work.campaign, work.content)
    if until is not None and work.now < until:
        return
    if putting_right.comes_late(work.tx, work.campaign):
        return
    if store.set_state(work.tx, work.campaign, decide(standing, Act.FINISH, GATE), work.now):
        store.add_event(work.tx, work.campaign.id, Act.FINISH.value, GATE, "", work.now)
