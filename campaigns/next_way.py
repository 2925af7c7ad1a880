"""The next channel: who could not be reached on one hears on the next that the stage names, until one confirms.

A permanent failure goes on at once; silence only where silence means something, after the plan's `fallback_after`.
"""

from collections import defaultdict
from datetime import datetime

from campaigns.content import Content
from campaigns.correction import is_correction
from campaigns.plan import Plan, Stage
from records.database import Tx
from records.store import batches, next_way
from records.store.campaigns import Campaign
from records.store.next_way import Silence
from records.types import ChannelName

CONFIRMING = frozenset({ChannelName.SMS})
"""Channels whose vendor reports each delivery. E-mail and Telegram say nothing more once they took a message: there,
accepted counts as reached unless it is given back."""


def hand_on(tx: Tx, campaign: Campaign, plan: Plan, stage: Stage, most: tuple[int, int], now: datetime) -> None:
    """Batches of those whose last message of this stage came to nothing; `most` people in a batch, and in all."""
    in_batch, at_once = most
    if len(stage.channels) == 1:
        return
    # The last channel has none behind it, but a correction begins with what reached the person; a rehearsal gets no receipts.
    before_last = stage.channels if is_correction(stage.name) else stage.channels[:-1]
    heard = frozenset() if campaign.rehearsal else CONFIRMING.intersection(before_last)
    silence = Silence(heard, now - plan.fallback_after)
    by_wave: defaultdict[int, list[str]] = defaultdict(list)
    for person, wave in next_way.waiting(
        tx, campaign.id, stage.name, silence, at_once, mandatory=plan.message_class.mandatory
    ):
        by_wave[wave].append(person)
    for wave, people in sorted(by_wave.items()):
        for start in range(0, len(people), in_batch):
            batches.make_batch(tx, campaign.id, stage.name, wave, people[start : start + in_batch], now)


def may_come_back_until(tx: Tx, campaign: Campaign, content: Content) -> datetime | None:
    """Until when a message may still turn out to have reached nobody; None where there is no other channel anyway."""
    stages = [stage.name for stage in content.stages_of(campaign.revision) if len(stage.channels) > 1]
    last = next_way.last_done_at(tx, campaign.id, stages)
    return None if last is None else last + content.plan.fallback_after
