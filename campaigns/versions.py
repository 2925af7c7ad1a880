"""Where a campaign stands with its versions: which date holds, what waits to be put right, who must still hear it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from campaigns import correction as corrections
from campaigns.content import Content
from campaigns.errors import NotAllowed
from campaigns.kept import kept_content
from campaigns.words import day_for_staff
from campaigns.workflow import Act
from records.database import Tx
from records.phrases import load_phrases
from records.revisions import Correction, CorrectionKind, Revision
from records.store import campaigns as store
from records.store import revisions
from records.store.campaigns import Campaign
from records.types import CampaignState, Language


@dataclass(frozen=True)
class ToTell:
    """Who has yet to hear of a correction. `approved`: it is going out; until then it waits for a second person."""

    kind: CorrectionKind
    day: date
    people: int
    approved: bool

    def say(self, language: Language) -> str:
        """For whoever looks on, in a sentence."""
        word = "date" if self.kind is CorrectionKind.NEW_DATE else "text"
        key = f"putting_right.{'telling' if self.approved else 'waits'}_{word}"
        return load_phrases("campaigns").say(key, language, day=day_for_staff(self.day, language), people=self.people)


@dataclass(frozen=True)
class Version:
    """One approved content, and how many people got, or may have got, something of it."""

    revision: int
    content_hash: str
    effective_date: date
    author: str
    approver: str
    approved_at: datetime
    why: str
    people: int


def versions_of(tx: Tx, campaign: Campaign) -> tuple[Version, ...]:
    """Every version, oldest first."""
    people = revisions.got(tx, campaign.id)
    return tuple(
        Version(
            one.revision,
            one.content_hash,
            one.effective_date,
            one.author,
            one.approver,
            one.approved_at,
            one.why,
            people.get(one.revision, 0),
        )
        for one in revisions.of_campaign(tx, campaign.id)
    )


def to_tell(tx: Tx, campaign: Campaign) -> ToTell | None:
    """Who must still hear that something was put right; None if nobody has to."""
    if campaign.state is CampaignState.CANCELLED:
        return None
    history = revisions.of_campaign(tx, campaign.id)
    correction = waiting(campaign)
    if correction is not None:
        people = readers(tx, campaign, correction, history)
        day = kept_content(campaign.plan).plan.effective_date
        return ToTell(correction.kind, day, people, approved=False) if people else None
    last = history[-1] if history else None
    if last is None or last.correction is None or not last.unfinished:
        return None
    people = revisions.still_to_tell(tx, campaign.id, last.withdraws, corrections.stage_name(last.revision))
    return ToTell(last.correction.kind, last.effective_date, people, approved=True)


def readers(tx: Tx, campaign: Campaign, correction: Correction, history: Sequence[Revision]) -> int:
    """How many people a correction that was not approved yet would have to reach."""
    return revisions.still_to_tell(tx, campaign.id, corrections.withdrawn(correction, history), "")


def waiting(campaign: Campaign) -> Correction | None:
    """The correction that was handed in and waits for a second person."""
    return kept_content(campaign.plan).correction if campaign.state is CampaignState.SUBMITTED else None


def check_edit(tx: Tx, campaign: Campaign, content: Content) -> Correction | None:
    """What a plan that is merely handed in again goes on putting right. Raises NotAllowed if it moves a day people know."""
    history = revisions.of_campaign(tx, campaign.id)
    if not history:
        return None
    correction, day = waiting(campaign), content.plan.effective_date
    held = history[-1].effective_date if correction is None else kept_content(campaign.plan).plan.effective_date
    if day != held and revisions.got(tx, campaign.id):
        raise NotAllowed(
            f"Campaign {campaign.name!r} moves from {held} to {day}, and people have been told: use `relevo campaign "
            "reschedule`, so that everyone who got another date hears the new one first."
        )
    return corrections.carried(day, correction, history)


def stage_names(tx: Tx, campaign: Campaign) -> tuple[str, ...]:
    """Every stage anybody can have got something from: those of the plan, then the corrections so far."""
    corrected = [one for one in revisions.of_campaign(tx, campaign.id) if one.correction is not None]
    plan = kept_content(campaign.plan).plan
    return (*(stage.name for stage in plan.stages), *(corrections.stage_name(one.revision) for one in corrected))


def approve(tx: Tx, campaign: Campaign, by: str, now: datetime) -> None:
    """The content that was just approved is the one that holds, from the next message on; the same once more is no new one."""
    history = revisions.of_campaign(tx, campaign.id)
    if history and history[-1].content_hash == campaign.content_hash:
        return
    content = kept_content(campaign.plan)
    withdraws = corrections.withdrawn(content.correction, history)
    one = Revision(
        len(history) + 1,
        campaign.content_hash,
        content.plan.effective_date,
        campaign.author,
        by,
        now,
        _why(tx, campaign),
        content.correction,
        withdraws,
    )
    revisions.add(tx, campaign.id, one)


def _why(tx: Tx, campaign: Campaign) -> str:
    """The reason it was handed in for, if it came with one."""
    handed_in = (Act.SUBMIT, Act.RESCHEDULE, Act.CORRECT)
    last = next((event for event in reversed(store.events_of(tx, campaign.id)) if event.what in handed_in), None)
    return last.note if last is not None and last.what != Act.SUBMIT else ""
