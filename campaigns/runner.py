"""What people do with a campaign: check, preview, submit, approve, stop, look. Loads, decides, saves; keeps who did what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from campaigns import calendar, checks, deadline, judging, versions
from campaigns.audience import STAFF_FIELD, Excluded, Person, choose_way, is_staff, why_not
from campaigns.content import Content, load_content, message_for, with_correction
from campaigns.errors import NotAllowed
from campaigns.finding import Finding, Severity
from campaigns.kept import kept_content, standing_of
from campaigns.links import links_nowhere, sample
from campaigns.people import load_people
from campaigns.progress import say_held_back
from campaigns.tick import first_opening
from campaigns.versions import ToTell, Version
from campaigns.workflow import Act, Standing, allows, decide
from channels import outbox
from records import hours
from records.content import MailMessage, TextMessage
from records.database import Database, Tx
from records.errors import NotFound
from records.ids import new_id
from records.ledger import LedgerLine
from records.settings import Settings, Workspace
from records.store import audiences, batches, facts, messages, subscribers
from records.store import campaigns as store
from records.store import retry as failed
from records.store.campaigns import Campaign, Event, StoredVerdict
from records.types import CampaignState, ChannelName, DeliveryState, Language, MessageState


class Refused(NotAllowed):
    """The plan broke a rule; `findings` say which, where and what to do."""

    def __init__(self, name: str, findings: list[Finding]) -> None:
        wrong = [finding for finding in findings if finding.severity is Severity.ERROR]
        lines = [f"  {one.where}: {one.what(Language.EN)} {one.do(Language.EN)}" for one in wrong]
        super().__init__("\n".join((f"Campaign {name!r} cannot be submitted:", *lines)))
        self.findings = findings


@dataclass(frozen=True)
class Previewed:
    """One message as this person would get it; `content` is None with the reason in `why_not`."""

    stage: str
    channel: ChannelName | None
    due: datetime | None
    content: MailMessage | TextMessage | None
    why_not: str = ""


@dataclass(frozen=True)
class WaveStatus:
    """One wave: when it opened (None: not yet), its people, and its rows by (stage, state)."""

    name: str
    opened_at: datetime | None
    size: int
    excluded: int
    rows: Mapping[tuple[str, MessageState], int]
    verdict: StoredVerdict | None


@dataclass(frozen=True)
class CampaignStatus:
    """How a campaign stands, counted from rows. `outcomes`: people who entered a stage and got nothing, by reason."""

    id: str
    name: str
    state: CampaignState
    author: str
    approver: str
    content_hash: str
    waves: tuple[WaveStatus, ...]
    excluded: Mapping[str, int]
    outcomes: Mapping[tuple[str, str], int]
    deliveries: Mapping[tuple[str, DeliveryState], int]
    events: tuple[Event, ...]
    revisions: tuple[Version, ...] = ()
    unheard: ToTell | None = None
    """Who must still hear that something was put right."""

    def total(self, state: MessageState) -> int:
        return sum(count for wave in self.waves for (_, one), count in wave.rows.items() if one is state)


def check(db: Database, workspace: Workspace, plan_path: Path, now: datetime) -> list[Finding]:
    """Everything there is to say about a plan, errors first. Raises PlanError, TemplateError if it cannot be read."""
    return _check(db, workspace, load_content(workspace, plan_path), now)


def _check(db: Database, workspace: Workspace, content: Content, now: datetime) -> list[Finding]:
    links = links_nowhere(workspace.settings.public_url)
    with db.read() as tx:
        people = load_people(tx, content.plan, subscribers.all_ids(tx))
        return checks.check(
            content,
            people,
            lambda one: sample(links, one, content.plan.message_class, now),
            now.date(),
            calendar.window_of(workspace.settings.quiet),
        )


def preview(
    db: Database, workspace: Workspace, plan_path: Path, subscriber_id: str, now: datetime
) -> tuple[Previewed, ...]:
    """Every message of the plan as one person would get it. Raises NotFound, PlanError, TemplateError."""
    content = load_content(workspace, plan_path)
    with db.read() as tx:
        person = next(load_people(tx, content.plan, (subscriber_id,)), None)
    if person is None:
        raise NotFound(f"There is no subscriber {subscriber_id!r}; `relevo subscribers export` lists them.")
    return tuple(_previewed(workspace, content, person, stage.name, now) for stage in content.plan.stages)


def _previewed(workspace: Workspace, content: Content, person: Person, name: str, now: datetime) -> Previewed:
    stage, zone = content.plan.stage(name), workspace.settings.desk.time_zone
    one = person.subscriber
    zones = hours.zones_for(one.time_zone, one.country, zone)
    staff = is_staff(one.fields.get(STAFF_FIELD, ""))
    opening = content.plan.opening_days()[content.plan.wave_of(one.id, staff=staff)]
    anchor = calendar.anchor_day(stage.anchor, one, content.plan.effective_date, opening)
    if anchor is None and not stage.anchor.event:
        return Previewed(name, None, None, None, "no_date")
    days = timedelta(days=stage.offset)
    due = calendar.due_moment(anchor + days, content.plan.at, zones) if anchor is not None else None
    out = why_not(content.plan, person) or choose_way(stage.channels, person, content.plan.message_class)
    if isinstance(out, Excluded):
        return Previewed(name, None, due, None, out)
    links = links_nowhere(workspace.settings.public_url)(one, out, content.plan.message_class, now)
    message = message_for(content, stage, person, out, links, now.date())
    return Previewed(name, out.channel, due, message)


def test_send(
    db: Database, workspace: Workspace, plan_path: Path, subscriber_id: str, stage: str, to: str, by: str, now: datetime
) -> Previewed:
    """One message of the plan, filled for a subscriber, to an address of staff on the channel the subscriber would get it.

    Its links open nothing. Raises NotAllowed if the person would get nothing from that stage; NotFound, PlanError.
    """
    shown = next((one for one in preview(db, workspace, plan_path, subscriber_id, now) if one.stage == stage), None)
    if shown is None:
        raise NotFound(f"{plan_path} has no stage {stage!r}; its `stages` name them.")
    if shown.content is None or shown.channel is None:
        raise NotAllowed(
            f"Subscriber {subscriber_id!r} would get nothing from {stage!r}: {shown.why_not}. Choose another."
        )
    with db.write() as tx:
        outbox.put_reply(tx, channel=shown.channel, address=to, content=shown.content, key=new_id("test"), now=now)
        facts.record_act(tx, by, "campaign.test_send", stage, now, subscriber=subscriber_id)
    return shown


def lines(db: Database, name: str, states: Sequence[MessageState] = tuple(MessageState)) -> tuple[LedgerLine, ...]:
    """Every row of a campaign in these states, oldest first: who got it, who did not, and why. Raises NotFound."""
    with db.read() as tx:
        return messages.lines_of(tx, named(tx, name).id, states, limit=10_000_000)


def left_out(db: Database, name: str) -> tuple[tuple[str, str], ...]:
    """(subscriber, reason) of everyone the campaign leaves out, so far. Raises NotFound."""
    with db.read() as tx:
        return audiences.excluded_people(tx, named(tx, name).id)


# ---------------------------------------------------------------- acts


def submit(db: Database, workspace: Workspace, plan_path: Path, by: str, now: datetime) -> Campaign:
    """Hand a plan in for approval; an earlier approval is void. Raises Refused, NotAllowed, PlanError, TemplateError."""
    content = load_content(workspace, plan_path)
    with db.read() as tx:
        known = store.find(tx, content.plan.campaign)
        correction = versions.check_edit(tx, known, content) if known is not None else None
    if correction is not None:
        content = with_correction(workspace, content, correction)
    check_content(db, workspace, content, now)
    return put_submitted(db, content, by, now)


def check_content(db: Database, workspace: Workspace, content: Content, now: datetime) -> None:
    """Raises Refused if a rule is broken."""
    findings = _check(db, workspace, content, now)
    if checks.refused(findings):
        raise Refused(content.plan.campaign, findings)


def put_submitted(
    db: Database,
    content: Content,
    by: str,
    now: datetime,
    *,
    rehearsal: bool = False,
    act: Act = Act.SUBMIT,
    reason: str = "",
) -> Campaign:
    """Store checked content as submitted, by this act and for this reason. Raises NotAllowed."""
    name = content.plan.campaign
    with db.write() as tx:
        known = store.find(tx, name, rehearsal=rehearsal)
        standing = standing_of(known) if known else Standing(name, CampaignState.DRAFT, "", "")
        state = decide(standing, act, by)
        if known is not None:
            _check_unmoved(tx, known, content)
        campaign = Campaign(
            known.id if known else new_id("cmp"), name, rehearsal, content.text, content.hash, state, by, "", now, now
        )
        store.submit(tx, campaign)
        store.add_event(tx, campaign.id, act.value, by, content.hash if act is Act.SUBMIT else reason, now)
    return campaign


def _check_unmoved(tx: Tx, known: Campaign, content: Content) -> None:
    before = kept_content(known.plan).plan
    if store.waves_of(tx, known.id) and (before.waves, before.audience) != (content.plan.waves, content.plan.audience):
        raise NotAllowed(
            f"Campaign {known.name!r} has begun: its waves and its audience can no longer change, or people would change "
            "wave. Put them back, or cancel it and start one with another name."
        )


def approve(db: Database, workspace: Workspace, plan_path: Path, by: str, now: datetime) -> Campaign:
    """A second person's yes, for exactly what stands in the files now. Raises NotAllowed, NotFound, Refused."""
    content = load_content(workspace, plan_path)
    with db.read() as tx:
        known = store.find(tx, content.plan.campaign)
    correction = versions.waiting(known) if known is not None else None
    if correction is not None:
        content = with_correction(workspace, content, correction)
    check_content(db, workspace, content, now)
    return _act(db, content.plan.campaign, Act.APPROVE, by, now, content_hash=content.hash)


def reject(db: Database, name: str, by: str, reason: str, now: datetime) -> Campaign:
    """Raises NotAllowed, NotFound."""
    return _act(db, name, Act.REJECT, by, now, reason=reason)


def pause(db: Database, name: str, by: str, reason: str, now: datetime) -> Campaign:
    """Nothing more of it leaves, from the next message on. Raises NotAllowed, NotFound."""
    return _act(db, name, Act.PAUSE, by, now, reason=reason)


def resume(db: Database, name: str, by: str, reason: str, now: datetime) -> Campaign:
    """Go on; numbers count afresh from here. Raises NotAllowed, NotFound."""
    return _act(db, name, Act.RESUME, by, now, reason=reason)


def go_on(db: Database, name: str, by: str, reason: str, now: datetime) -> Campaign:
    """A person's yes to the next wave, where the numbers of the last one cannot tell. Raises NotAllowed, NotFound."""
    return _act(db, name, Act.GO_ON, by, now, reason=reason)


def retry(db: Database, name: str, by: str, reason: str, now: datetime) -> Campaign:
    """Try again what failed for a reason that may have passed; never what may have left. Raises NotAllowed, NotFound."""
    return _act(db, name, Act.RETRY, by, now, reason=reason)


def cancel(db: Database, name: str, by: str, reason: str, now: datetime) -> Campaign:
    """Nothing more of it will ever leave. Raises NotAllowed, NotFound."""
    return _act(db, name, Act.CANCEL, by, now, reason=reason)


def _act(
    db: Database, name: str, act: Act, by: str, now: datetime, *, reason: str = "", content_hash: str = ""
) -> Campaign:
    with db.write() as tx:
        return apply(tx, named(tx, name), act, by, now, reason=reason, content_hash=content_hash)


def apply(
    tx: Tx, campaign: Campaign, act: Act, by: str, now: datetime, *, reason: str = "", content_hash: str = ""
) -> Campaign:
    """Decide, save, keep who did it: all in the caller's transaction. Raises NotAllowed."""
    state = decide(standing_of(campaign), act, by, reason=reason, content_hash=content_hash)
    if not store.set_state(tx, campaign, state, now, approver=by if act is Act.APPROVE else ""):
        raise NotAllowed(f"Campaign {campaign.name!r} was just changed by someone else; look at it again.")
    note = campaign.content_hash if act is Act.APPROVE else reason
    store.add_event(tx, campaign.id, act.value, by, note, now)
    if act is Act.APPROVE:
        versions.approve(tx, campaign, by, now)
    if act is Act.RESUME:
        store.make_due(tx, campaign.id, now)
    if act is Act.RETRY:
        _try_again(tx, campaign, now)
    if act is Act.CANCEL:
        store.end_open_rows(tx, campaign.id, now)
    found = store.get(tx, campaign.id)
    if found is None:
        raise NotFound(f"Campaign {campaign.name!r} is gone.")
    return found


def _try_again(tx: Tx, campaign: Campaign, now: datetime) -> None:
    ids = failed.failed_in_passing(tx, campaign.id)
    if not ids:
        raise NotAllowed(
            f"Campaign {campaign.name!r} has nothing to try again: whatever failed did so for good, or may have arrived. "
            "`relevo campaign missed` lists whom it did not reach."
        )
    failed.make_due(tx, campaign.id, ids, now)


def to_try_again(tx: Tx, campaign: Campaign) -> int:
    """How many messages `retry` would try again, as the campaign stands."""
    return len(failed.failed_in_passing(tx, campaign.id)) if allows(campaign.state, Act.RETRY) else 0


def named(tx: Tx, name: str, *, rehearsal: bool = False) -> Campaign:
    """The campaign of this name. Raises NotFound."""
    found = store.find(tx, name, rehearsal=rehearsal)
    if found is None:
        raise NotFound(f"There is no campaign {name!r}; submit its plan first.")
    return found


# ---------------------------------------------------------------- looking


def status(db: Database, name: str, *, rehearsal: bool = False) -> CampaignStatus:
    """How a campaign stands, counted from rows at this moment. Raises NotFound."""
    with db.read() as tx:
        return _status(tx, named(tx, name, rehearsal=rehearsal))


def _status(tx: Tx, campaign: Campaign) -> CampaignStatus:
    opened = {wave.wave: wave for wave in store.waves_of(tx, campaign.id)}
    last = {verdict.wave: verdict for verdict in store.verdicts_of(tx, campaign.id)}
    places = {stage: place for place, stage in enumerate(versions.stage_names(tx, campaign))}

    def place(stage: str) -> tuple[int, str]:
        """As the plan has them; then those only an earlier version had."""
        return places.get(stage, len(places)), stage

    rows: defaultdict[int, dict[tuple[str, MessageState], int]] = defaultdict(dict)
    for (number, stage, state), count in sorted(
        store.row_counts(tx, campaign.id).items(), key=lambda item: (place(item[0][1]), item[0][2])
    ):
        rows[number][stage, MessageState(state)] = count
    deliveries: defaultdict[tuple[str, DeliveryState], int] = defaultdict(int)
    for (stage, _, delivery), count in messages.counts(tx, campaign.id).items():
        deliveries[stage, delivery] += count
    waves = []
    for number, wave in enumerate(kept_content(campaign.plan).plan.waves):
        found = opened.get(number)
        waves.append(
            WaveStatus(
                wave.name,
                found.opened_at if found else None,
                found.size if found else 0,
                found.excluded if found else 0,
                rows[number],
                last.get(number),
            )
        )
    return CampaignStatus(
        campaign.id,
        campaign.name,
        campaign.state,
        campaign.author,
        campaign.approver,
        campaign.content_hash,
        tuple(waves),
        audiences.excluded_counts(tx, campaign.id),
        dict(sorted(batches.outcome_counts(tx, campaign.id).items(), key=lambda item: (place(item[0][0]), item[0][1]))),
        dict(deliveries),
        store.events_of(tx, campaign.id),
        versions.versions_of(tx, campaign),
        versions.to_tell(tx, campaign),
    )


def waiting(db: Database, settings: Settings, campaign_id: str, now: datetime) -> tuple[str, ...]:
    """What its open waves say, what waits for the desk or for money and how long a held notice can wait, for whoever decides.
    Raises NotFound."""
    with db.read() as tx:
        campaign = store.get(tx, campaign_id)
        if campaign is None:
            raise NotFound(f"There is no campaign {campaign_id!r}.")
        said = judging.standing_words(tx, campaign, Language.EN, now)
        found = deadline.countdown_of(tx, campaign, settings)
        unheard = versions.to_tell(tx, campaign)
        held_back = say_held_back(tx, campaign, Language.EN)
        full = judging.say_full_desk(tx, campaign, Language.EN, now)
    told = unheard.say(Language.EN) if unheard else ""
    until = deadline.say_countdown(found, now, settings, Language.EN) if found else ""
    return tuple(words for words in (told, said, full, held_back, until) if words)


def asks(tx: Tx, campaign: Campaign) -> bool:
    """Does its last wave wait for a person's word?"""
    verdicts = store.verdicts_of(tx, campaign.id)
    last = max((verdict.wave for verdict in verdicts), default=-1)
    of_last = [verdict for verdict in verdicts if verdict.wave == last]
    return campaign.state is CampaignState.APPROVED and bool(of_last) and of_last[-1].verdict == "ask"


def opening_of(workspace: Workspace, content: Content) -> datetime:
    """When the first wave opens."""
    return first_opening(content, workspace.settings.desk.time_zone)
