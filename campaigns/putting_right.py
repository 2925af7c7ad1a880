"""What the tick does about versions: takes back what an earlier one had planned, and lets a correction reach everyone it must
before anything else of the campaign goes on.

Whom it must reach is counted from the ledger at every step, so a crash in between loses nobody; who has entered the stage of a
correction never enters it again.
"""

from collections import defaultdict
from datetime import datetime

from campaigns import next_way
from campaigns.content import Content
from campaigns.correction import stage_name
from records.database import Tx
from records.revisions import Revision
from records.store import batches, revisions
from records.store import campaigns as store
from records.store.campaigns import Campaign

OUT = "corrected_out"
"""The event of everyone having heard."""

_ITSELF = "relevo"


def take_back(tx: Tx, campaign: Campaign, content: Content, now: datetime) -> bool:
    """What was planned from an earlier version is written anew from this one; superseded corrections are over. Was anything
    taken back? Then the unit ends with it: it has money in hand, and whoever claims rows waits for that."""
    if campaign.revision <= 1:
        return False
    stages = [stage.name for stage in content.plan.stages]
    return revisions.void(tx, campaign.id, campaign.revision, [*stages, stage_name(campaign.revision)], now) > 0


def pending(tx: Tx, campaign: Campaign) -> Revision | None:
    """The approved version, while someone has yet to hear that it puts an earlier one right."""
    one = revisions.get(tx, campaign.id, campaign.revision)
    return one if one is not None and one.unfinished else None


def advance(
    tx: Tx, campaign: Campaign, content: Content, one: Revision, after: str, most: tuple[int, int], now: datetime
) -> str:
    """Write to those who must hear; `most` people in a batch, and in all. The last one looked at if there may be more.

    Nobody is looked for while earlier batches of the correction are still going out: a look is a walk over the ledger.
    """
    name = stage_name(one.revision)
    next_way.hand_on(tx, campaign, content.plan, content.stage(name), most, now)
    batches.settle_batches(tx, campaign.id, now)
    batches.rerun_due(tx, campaign.id, now)
    if not after and batches.any_open_batch(tx, campaign.id, name):
        return ""
    found = _enter(tx, campaign, one, after, most, now)
    if len(found) == most[1]:
        return found[-1]
    if not batches.any_open_batch(tx, campaign.id, name) and not revisions.any_in_hand(tx, campaign.id, one.withdraws):
        revisions.set_out(tx, campaign.id, one.revision, now)
        store.add_event(tx, campaign.id, OUT, _ITSELF, content.hash, now)
    return ""


def comes_late(tx: Tx, campaign: Campaign) -> bool:
    """Did a vendor say after all that something withdrawn arrived? Then its correction goes on until they have heard, too."""
    one = revisions.get(tx, campaign.id, campaign.revision)
    if one is None or one.correction is None:
        return False
    if not revisions.to_tell(tx, campaign.id, one.withdraws, stage_name(one.revision), "", 1):
        return False
    revisions.set_out(tx, campaign.id, one.revision, None)
    return True


def _enter(
    tx: Tx, campaign: Campaign, one: Revision, after: str, most: tuple[int, int], now: datetime
) -> tuple[str, ...]:
    in_batch, at_once = most
    name = stage_name(one.revision)
    found = revisions.to_tell(tx, campaign.id, one.withdraws, name, after, at_once)
    by_wave: defaultdict[int, list[str]] = defaultdict(list)
    for person, wave in found:
        by_wave[wave].append(person)
    batches.enter_stage(tx, campaign.id, name, [person for person, _ in found])
    for wave, people in sorted(by_wave.items()):
        for start in range(0, len(people), in_batch):
            batches.make_batch(tx, campaign.id, name, wave, people[start : start + in_batch], now)
    return tuple(person for person, _ in found)
