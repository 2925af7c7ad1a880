"""Whom a campaign reached and whom it did not, with the reason; and who is left for people to call."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from campaigns.correction import is_correction
from campaigns.runner import named
from campaigns.versions import stage_names
from channels.gate import WhyNot
from records.database import Database, Tx
from records.errors import NotFound
from records.store import money, reach, subscribers
from records.store.campaigns import Campaign
from records.store.reach import Meant, Reached, Standing
from records.types import ChannelName

_AT_ONCE = 500


@dataclass(frozen=True)
class ToCall:
    """Someone whom no channel reaches: what a colleague needs to call them. `phone` is empty where nobody knows one."""

    subscriber_id: str
    name: str
    language: str
    phone: str
    stage: str
    why: str


def standings(db: Database, name: str) -> dict[str, dict[Standing, int]]:
    """By stage, how many people stand how; each stage adds up to the frozen audience. Raises NotFound."""
    with db.read() as tx:
        campaign = named(tx, name)
        return {stage: counts_of(tx, campaign, stage) for stage in stage_names(tx, campaign)}


def costs(db: Database, name: str) -> dict[str, int]:
    """By stage, what its messages cost, in thousandths of a minor unit; without those that cost nothing. Raises NotFound."""
    with db.read() as tx:
        return money.spent_by_stage(tx, named(tx, name).id)


def cost_so_far(db: Database, name: str, currency: str) -> dict[str, str]:
    """What the whole campaign has cost, as `cost_in` says it. Raises NotFound."""
    with db.read() as tx:
        campaign = named(tx, name)
        spent = sum(money.spent_by_stage(tx, campaign.id).values())
        return cost_in(currency, spent, reach.people_reached(tx, campaign.id)) if spent else {}


def cost_in(currency: str, thousandths: int, people: int) -> dict[str, str]:
    """A cost in whole units of the currency, in all and for each of the people reached; empty where nothing was paid."""
    if not thousandths:
        return {}
    from babel.numbers import get_currency_precision

    amount = Decimal(thousandths).scaleb(-3 - get_currency_precision(currency))
    told = {"cost": f"{amount:f}", "currency": currency}
    return told | ({"cost_per_person": f"{amount / people:.5f}"} if people else {})


def missed(db: Database, name: str, stage: str = "") -> Iterator[Reached]:
    """Everyone whom a stage (or, without one, any of them) has not reached. Raises NotFound."""
    with db.read() as tx:
        yield from missed_of(tx, named(tx, name), stage)


def missed_of(tx: Tx, campaign: Campaign, stage: str = "") -> Iterator[Reached]:
    """The same, for a campaign at hand."""
    for one in _chosen(tx, campaign, stage):
        yield from reach.missed(tx, campaign.id, one, meant=_meant(one))


def to_call(db: Database, name: str, stage: str = "") -> Iterator[ToCall]:
    """Those whom the campaign tried in vain: a hard bounce of a notice does not end the duty to give it. Whom it never wrote to
    because it was cancelled is not among them. Raises NotFound."""
    with db.read() as tx:
        yield from to_call_of(tx, named(tx, name), stage)


def to_call_of(tx: Tx, campaign: Campaign, stage: str = "") -> Iterator[ToCall]:
    """The same, for a campaign at hand."""
    waiting: list[Reached] = []
    for person in missed_of(tx, campaign, stage):
        if person.standing is Standing.UNREACHED and person.why != WhyNot.CANCELLED:
            waiting.append(person)
        if len(waiting) >= _AT_ONCE:
            yield from _with_phones(tx, waiting)
            waiting = []
    yield from _with_phones(tx, waiting)


def _with_phones(tx: Tx, people: list[Reached]) -> Iterator[ToCall]:
    ids = [one.subscriber_id for one in people]
    known, contacts = subscribers.many(tx, ids), subscribers.contacts_of_many(tx, ids)
    for one in people:
        person = known.get(one.subscriber_id)
        if person is not None:
            own = contacts.get(one.subscriber_id, ())
            phone = next((contact.address for contact in own if contact.channel is ChannelName.SMS), "")
            yield ToCall(person.id, person.name, person.language.value, phone, one.stage, one.why)


def counts_of(tx: Tx, campaign: Campaign, stage: str) -> dict[Standing, int]:
    """How many of those a stage is for stand how."""
    return reach.counts(tx, campaign.id, stage, meant=_meant(stage))


def _meant(stage: str) -> Meant:
    """A correction is for whoever got what was wrong, every other stage for the whole audience."""
    return Meant.ENTERED if is_correction(stage) else Meant.AUDIENCE


def _chosen(tx: Tx, campaign: Campaign, stage: str) -> tuple[str, ...]:
    names = stage_names(tx, campaign)
    if stage and stage not in names:
        raise NotFound(f"Campaign {campaign.name!r} has no stage {stage!r}; it has {', '.join(names)}.")
    return (stage,) if stage else names
