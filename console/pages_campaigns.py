"""Campaigns as marketing and its approver see them: the plan as a picture, what it will say to whom, and how it goes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from campaigns import checks, deadline, judging, runner, versions
from campaigns.audience import Person, Way
from campaigns.calendar import window_of
from campaigns.content import Content, message_for
from campaigns.correction import is_correction
from campaigns.errors import NotAllowed as NotInThisState
from campaigns.finding import Finding
from campaigns.kept import kept_content
from campaigns.links import links_nowhere, sample
from campaigns.people import load_people
from campaigns.plan import Anchor, Plan, Stage
from campaigns.progress import progress, say_held_back
from campaigns.reasons import say_reason, say_stop
from campaigns.workflow import Act, allows
from channels.purse import WHAT as CEILING
from channels.purse import which_pot
from channels.render import segments
from console.access import Permission, access_judgement, may, require
from console.edge import HouseDep, LanguageDep, clean, mail_page, page, phrases, render
from console.house import House
from console.login import LARGEST_FORM, FormStaffDep, Staff, StaffDep, who
from console.timeline import draw
from records.content import MailMessage, TextMessage
from records.database import Tx
from records.errors import NotFound, RelevoError
from records.store import audiences, facts, subscribers
from records.store import campaigns as store
from records.store.campaigns import Campaign, Event
from records.types import CampaignState, ChannelName, Language

router = APIRouter(include_in_schema=False)

CampaignId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
PersonId = Annotated[str, Query(max_length=80)]
SAMPLES = 6
LOOKED_AT = 400
JUDGEMENTS = (Act.REJECT, Act.APPROVE)
CHECKED_FOR_PAGE = 2_000


@dataclass(frozen=True)
class Preview:
    """One stage as one person would read it on one channel."""

    stage: str
    channel: ChannelName
    language: Language
    subject: str
    text: str
    segments: int
    problem: str


@dataclass(frozen=True)
class Undone:
    """Why what was asked for on the page was not done; `findings`: what the checks found, if it was they who refused it."""

    status: int
    words: str
    findings: tuple[Finding, ...] = ()


@router.get("/console/campaigns")
def campaigns_page(request: Request, house: HouseDep, staff: StaffDep, language: LanguageDep) -> Response:
    require(staff.account, Permission.SEE_CAMPAIGNS)
    with house.db.read() as tx:
        campaigns = store.listed(tx)
    return page(request, "campaigns.html", language, **who(staff), campaigns=campaigns)


@router.get("/console/campaigns/{campaign_id}")
def campaign_page(
    request: Request,
    house: HouseDep,
    staff: StaffDep,
    language: LanguageDep,
    campaign_id: CampaignId,
    person: PersonId = "",
    part: str = "",
    seen: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The page, or a part of it. `seen` is the content its reader has before them: no part offers to approve another."""
    require(staff.account, Permission.SEE_CAMPAIGNS)
    with house.db.read() as tx:
        campaign = campaign_at(tx, campaign_id)
        if part in _PARTS:
            if seen and seen != campaign.content_hash:
                return HTMLResponse("", 409)
            shown = _PARTS[part](house, tx, campaign, staff, language)
            html = render(request, f"campaign_{part}.html", language, **who(staff), campaign=campaign, **shown)
            return HTMLResponse(html, headers={"Cache-Control": "no-store"})
    return _page(request, house, staff, language, campaign_id, person=clean(person))


def _page(
    request: Request,
    house: House,
    staff: Staff,
    language: Language,
    campaign_id: str,
    *,
    person: str = "",
    undone: Undone | None = None,
) -> Response:
    with house.db.read() as tx:
        campaign = campaign_at(tx, campaign_id)
        content = kept_content(campaign.plan)
        parts = [part(house, tx, campaign, staff, language) for part in _PARTS.values()]
        opened = [_desk_day(house, wave.opened_at) for wave in store.waves_of(tx, campaign_id)]
        samples = _samples(tx, content.plan, person)
        dates = {Anchor(name): days for name, days in subscribers.date_ranges(tx).items()}
    chosen = next((one for one in samples if one.subscriber.id == person), samples[0] if samples else None)
    return page(
        request,
        "campaign.html",
        language,
        status=undone.status if undone else 200,
        **who(staff),
        **{name: value for part in parts for name, value in part.items()},
        problem=undone.words if undone else "",
        campaign=campaign,
        timeline=draw(content.plan, _desk_day(house, house.clock.now()), dates, opened),
        findings=(undone and undone.findings) or _still_said(campaign, _findings(house, content, everyone=False)),
        samples=samples,
        chosen=chosen,
        previews=_previews(house, content, chosen) if chosen else (),
    )


def _desk_day(house: House, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(house.workspace.settings.desk.time_zone)).date()


def _note(event: Event, campaign: Campaign, language: Language) -> str:
    """What a campaign noted of itself, in words; what people wrote, as they wrote it."""
    if event.what == Act.PAUSE and event.actor == judging.GATE:
        return say_stop(event.note, language)
    return which_pot(event.note, campaign.name, language) if event.what == CEILING else event.note


_STOPPING = (Act.PAUSE, Act.RESUME, Act.GO_ON, Act.RETRY, Act.CANCEL)


def acts_for(campaign: Campaign, staff: Staff, *, asks: bool, failed: int) -> tuple[Act, ...]:
    """What this person can do with the campaign as it stands, the most careful first: the key Enter presses that one.

    `asks`: its last wave waits for somebody's word. `failed`: so many messages could be tried again.
    """
    account, own = staff.account, staff.account.email == campaign.author.lower()
    judges = may(account, Permission.JUDGE_CAMPAIGNS) and not own
    stops = may(account, Permission.STOP_CAMPAIGNS)
    pointless = {Act.GO_ON: not asks, Act.RETRY: not failed}
    wanted = (*(JUDGEMENTS if judges else ()), *(_STOPPING if stops else ()))
    return tuple(act for act in wanted if allows(campaign.state, act) and not pointless.get(act))


@router.get("/console/campaigns/{campaign_id}/mail/{stage}")
def mail_preview(
    house: HouseDep, staff: StaffDep, campaign_id: CampaignId, stage: str, person: PersonId = ""
) -> Response:
    """A stage's e-mail for one person, for a frame: without scripts, without anything from elsewhere."""
    require(staff.account, Permission.SEE_CAMPAIGNS)
    with house.db.read() as tx:
        content = kept_content(campaign_at(tx, campaign_id).plan)
        people = tuple(load_people(tx, content.plan, [clean(person)]))
    wanted = next((one for one in content.stages if one.name == stage), None)
    if not people or wanted is None:
        raise NotFound("this campaign has no such stage, or nobody has that id")
    message = _message(house, content, wanted, people[0], ChannelName.EMAIL)
    assert isinstance(message, MailMessage)
    return mail_page(message.html)


@router.post("/console/campaigns/{campaign_id}/act", max_body_size=LARGEST_FORM)
def act(
    request: Request,
    house: HouseDep,
    staff: FormStaffDep,
    language: LanguageDep,
    campaign_id: CampaignId,
    action: Annotated[Act, Form()],
    why: Annotated[str, Form(max_length=1_000)] = "",
    content_hash: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """What cannot be done is told on the campaign's own page, as it stands by then. Raises NotAllowed, Conflict, NotFound."""
    with house.db.read() as tx:
        campaign = campaign_at(tx, campaign_id)
    if action in JUDGEMENTS:
        access_judgement(staff.account, campaign.author)
    else:
        require(staff.account, Permission.STOP_CAMPAIGNS)
    undone = _try(house, action, campaign, staff.account.email, clean(why).strip(), clean(content_hash), language)
    if undone:
        return _page(request, house, staff, language, campaign_id, undone=undone)
    house.bell.ring("outbox")
    return RedirectResponse(f"/console/campaigns/{campaign.id}", 303)


def _try(
    house: House, action: Act, campaign: Campaign, by: str, why: str, content_hash: str, language: Language
) -> Undone | None:
    say = phrases().say
    if action is not Act.APPROVE and not why:
        return Undone(400, say("error.why_missing", language))
    try:
        _do(house, action, campaign, by, why, content_hash)
    except runner.Refused as error:
        return Undone(409, say("error.refused", language), tuple(error.findings))
    except NotInThisState:
        return Undone(409, say("error.moved_on", language))
    return None


def _do(house: House, action: Act, campaign: Campaign, by: str, why: str, content_hash: str) -> None:
    """Raises Refused when the checks stop an approval, NotAllowed when the state does not allow the act."""
    now = house.clock.now()
    if action is Act.APPROVE:
        findings = _findings(house, kept_content(campaign.plan), everyone=True)
        if checks.refused(findings):
            raise runner.Refused(campaign.name, findings)
    with house.db.write() as tx:
        runner.apply(tx, campaign_at(tx, campaign.id), action, by, now, reason=why, content_hash=content_hash)
        facts.record_act(tx, by, f"campaign_{action}", campaign.id, now, why=why)


def _still_said(campaign: Campaign, findings: list[Finding]) -> list[Finding]:
    return checks.after_approval(findings) if campaign.approved_hash == campaign.content_hash else findings


def _findings(house: House, content: Content, *, everyone: bool) -> list[Finding]:
    """Every message is filled for everyone before an approval; for the page, for the first two thousand people."""
    now = house.clock.now()
    links = links_nowhere(house.workspace.settings.public_url)
    with house.db.read() as tx:
        ids = subscribers.all_ids(tx)
        people = load_people(tx, content.plan, ids if everyone else ids[:CHECKED_FOR_PAGE])
        return checks.check(
            content,
            people,
            lambda one: sample(links, one, content.plan.message_class, now),
            now.date(),
            window_of(house.workspace.settings.quiet),
        )


# ---------------------------------------------------------------- what the page shows


def campaign_at(tx: Tx, campaign_id: str) -> Campaign:
    """The campaign of this id. Raises NotFound."""
    campaign = store.get(tx, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id!r}")
    return campaign


_GOING = (CampaignState.APPROVED, CampaignState.PAUSED)
"""States of a campaign whose last verdict somebody may wait for."""


def _head(_house: House, tx: Tx, campaign: Campaign, staff: Staff, _language: Language) -> dict[str, Any]:
    """What it is, how it stands and what this person can do with it."""
    acts = acts_for(campaign, staff, asks=runner.asks(tx, campaign), failed=runner.to_try_again(tx, campaign))
    return {"plan": kept_content(campaign.plan).plan, "acts": acts}


def _history(_house: House, tx: Tx, campaign: Campaign, _staff: Staff, language: Language) -> dict[str, Any]:
    return {"events": [(event, _note(event, campaign, language)) for event in store.events_of(tx, campaign.id)]}


def _going(house: House, tx: Tx, campaign: Campaign, _staff: Staff, language: Language) -> dict[str, Any]:
    plan, waiting = kept_content(campaign.plan).plan, deadline.countdown_of(tx, campaign, house.workspace.settings)
    now = house.clock.now()
    names = {number: wave.name for number, wave in enumerate(plan.waves)}
    waves = store.waves_of(tx, campaign.id)
    excluded = audiences.excluded_counts(tx, campaign.id)
    unheard = versions.to_tell(tx, campaign)
    return {
        "unheard": unheard.say(language) if unheard else "",
        "standing": judging.standing_words(tx, campaign, language, now) if campaign.state in _GOING else "",
        "full_desk": judging.say_full_desk(tx, campaign, language, now),
        "held_back": say_held_back(tx, campaign, language),
        "versions": versions.versions_of(tx, campaign) if campaign.revision > 1 else (),
        "progress": progress(tx, campaign, waves, language),
        "stage_name": lambda name: stage_words(name, language),
        "waves": waves,
        "wave_names": names,
        "countdown": deadline.say_countdown(waiting, now, house.workspace.settings, language) if waiting else "",
        "verdicts": [
            (verdict, judging.say_verdict(campaign, verdict, language))
            for verdict in store.verdicts_of(tx, campaign.id)
        ],
        "excluded": sorted(
            ((say_reason(reason, language), number) for reason, number in excluded.items()), key=lambda pair: -pair[1]
        ),
    }


_PARTS: dict[str, Callable[[House, Tx, Campaign, Staff, Language], dict[str, Any]]] = {
    "head": _head,
    "progress": _going,
    "history": _history,
}
"""What an open page looks at again by itself, and what each shows."""


def stage_words(name: str, language: Language) -> str:
    """A stage by the name its plan gives it; a correction by the revision it tells of, once it has one."""
    if not is_correction(name):
        return name
    number = name.rpartition(":")[2]
    return phrases().say("campaign.correction" if number else "campaign.correction_new", language, number=number)


def _samples(tx: Tx, plan: Plan, asked: str) -> tuple[Person, ...]:
    """Who to show the texts for: the person asked for, then one of each language and payment method."""
    ids = subscribers.all_ids(tx)[:LOOKED_AT]
    kinds: dict[tuple[str, str], str] = {}
    for one, subscriber in subscribers.many(tx, ids).items():
        kinds.setdefault((subscriber.language.value, subscriber.payment_method), one)
    wanted = dict.fromkeys([*([asked] if asked else []), *kinds.values()])
    return tuple(load_people(tx, plan, list(wanted)[:SAMPLES]))


def _previews(house: House, content: Content, person: Person) -> tuple[Preview, ...]:
    """A correction first: it is what an approval is asked for, and it goes out before anything else."""
    stages = sorted(content.stages, key=lambda stage: not is_correction(stage.name))
    return tuple(_preview(house, content, stage, person, channel) for stage in stages for channel in stage.channels)


def _message(
    house: House, content: Content, stage: Stage, person: Person, channel: ChannelName
) -> MailMessage | TextMessage:
    """As it would be sent, with links that open nothing. Raises TemplateError for a person who lacks a value."""
    now, way = house.clock.now(), Way(channel, "")
    links = links_nowhere(house.workspace.settings.public_url)(person.subscriber, way, content.plan.message_class, now)
    return message_for(content, stage, person, way, links, now.date())


def _preview(house: House, content: Content, stage: Stage, person: Person, channel: ChannelName) -> Preview:
    language = person.subscriber.language
    try:
        message = _message(house, content, stage, person, channel)
    except (RelevoError, KeyError) as error:
        return Preview(stage.name, channel, language, "", "", 0, str(error))
    count = segments(message.text).count if channel is ChannelName.SMS else 0
    subject = message.subject if isinstance(message, MailMessage) else ""
    return Preview(stage.name, channel, language, subject, message.text, count, "")
