"""What people do when a campaign that has begun was wrong: move its day, or put its text right. Loads, decides, saves."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from campaigns import correction as corrections
from campaigns import runner, versions
from campaigns.content import Content, load_content, with_correction
from campaigns.errors import NotAllowed
from campaigns.kept import kept_content
from campaigns.plan import plan_text, with_effective_date
from campaigns.workflow import Act
from records.database import Database, Tx
from records.revisions import Correction, CorrectionKind, Revision
from records.settings import Workspace
from records.store import revisions
from records.store.campaigns import Campaign
from records.types import CampaignState


@dataclass(frozen=True)
class Revised:
    """A correction as it was handed in: `people` must hear it. `changed` is False if all of it had been said before."""

    campaign: Campaign
    people: int
    changed: bool


@dataclass(frozen=True)
class Asked:
    """Who asks for it, and why."""

    by: str
    now: datetime
    reason: str = ""


@dataclass(frozen=True)
class _Standing:
    """A campaign that has begun."""

    campaign: Campaign
    history: tuple[Revision, ...]

    @property
    def waits(self) -> bool:
        return self.campaign.state is CampaignState.SUBMITTED

    @property
    def waiting(self) -> Correction | None:
        return versions.waiting(self.campaign)

    @property
    def kept(self) -> Content:
        """What was handed in last: approved, waiting or rejected."""
        return kept_content(self.campaign.plan)

    @property
    def kept_holds(self) -> bool:
        return self.campaign.content_hash == self.history[-1].content_hash

    @property
    def day(self) -> date:
        """The effective date that holds or, where something waits for approval, the one that would."""
        return self.kept.plan.effective_date if self.waits else self.history[-1].effective_date

    def knows(self, content: Content) -> bool:
        """Is it word for word what waits for approval?"""
        return self.waits and content.hash == self.campaign.content_hash


def reschedule(
    db: Database, workspace: Workspace, path: Path, asked: Asked, *, day: date | None = None, template: str = ""
) -> Revised:
    """Hand in a new effective date: `day`, which is written into the plan file, or the one that stands there.

    After a second person's yes everyone who was told another date hears the new one first. The same date again changes nothing.
    Raises Refused, NotAllowed, NotFound, PlanError, TemplateError.
    """
    before = plan_text(path)
    text = before if day is None else with_effective_date(before, day, str(path))
    content = load_content(workspace, path, text)
    standing = _begun(db, content)
    day = content.plan.effective_date
    word = template or CorrectionKind.NEW_DATE.value
    correction = corrections.of_date(day, standing.history, word, standing.waiting)
    moved = with_correction(workspace, content, correction)
    if standing.knows(moved) or day == standing.day == standing.history[-1].effective_date:
        revised = _unchanged(db, standing)
    else:
        revised = _hand_in(db, workspace, moved, Act.RESCHEDULE, asked)
    if text != before:
        _write(path, text)
    return revised


def correct(db: Database, workspace: Workspace, path: Path, of: str, asked: Asked, *, template: str = "") -> Revised:
    """Hand in the mended text of a plan: whoever got the content with the hash `of` hears so first, after a second person's
    yes. The same again changes nothing. Raises Refused, NotAllowed, NotFound, PlanError, TemplateError."""
    content = load_content(workspace, path)
    standing = _begun(db, content)
    day = content.plan.effective_date
    if day != standing.day:
        raise NotAllowed(
            f"{path}: `effective_date` has changed, too. Use `relevo campaign reschedule {path}`: it carries the mended text "
            "along."
        )
    word = template or CorrectionKind.NEW_TEXT.value
    correction = corrections.of_text(of, day, standing.history, word, standing.waiting)
    mended = with_correction(workspace, content, correction)
    if standing.knows(mended) or _was_mended(standing, content, correction):
        return _unchanged(db, standing)
    if (
        standing.kept_holds
        and standing.kept.said == content.said
        and standing.campaign.content_hash in correction.hashes
    ):
        raise NotAllowed(
            f"{path} and its templates still say what was approved as {standing.campaign.content_hash[:8]}. Mend them first."
        )
    return _hand_in(db, workspace, mended, Act.CORRECT, asked)


def _begun(db: Database, content: Content) -> _Standing:
    with db.read() as tx:
        campaign = runner.named(tx, content.plan.campaign)
        history = revisions.of_campaign(tx, campaign.id)
    if not history:
        raise NotAllowed(
            f"Campaign {campaign.name!r} has never been approved, so nobody was told anything: edit the plan and submit it."
        )
    return _Standing(campaign, history)


def _was_mended(standing: _Standing, content: Content, correction: Correction) -> bool:
    """Does what holds say the same, and put right at least as much?"""
    last = standing.history[-1].correction
    same = standing.kept_holds and standing.kept.said == content.said
    return same and last is not None and set(correction.hashes) <= set(last.hashes)


def _hand_in(db: Database, workspace: Workspace, content: Content, act: Act, asked: Asked) -> Revised:
    runner.check_content(db, workspace, content, asked.now)
    campaign = runner.put_submitted(db, content, asked.by, asked.now, act=act, reason=asked.reason)
    with db.read() as tx:
        return Revised(campaign, _people(tx, campaign), changed=True)


def _unchanged(db: Database, standing: _Standing) -> Revised:
    with db.read() as tx:
        return Revised(standing.campaign, _people(tx, standing.campaign), changed=False)


def _people(tx: Tx, campaign: Campaign) -> int:
    found = versions.to_tell(tx, campaign)
    return found.people if found is not None else 0


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
