"""The campaigns' money: reserved in the claim, row by row; an empty pot holds the queue and is told once to the desk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from channels.outbox import put_reply
from channels.prices import Ceilings, Prices, Scope, refills_at, scopes_of, thousandths
from records.content import DeskNotice
from records.database import Tx
from records.ledger import Facts, StoredMessage
from records.phrases import load_phrases
from records.settings import Settings
from records.store import campaigns, forms, money
from records.store.money import Cost
from records.types import ChannelName, Language, MessageKind

WHAT, WHO = "ceiling", "relevo"
"""How the history of a campaign names an empty pot."""


def purse_of(settings: Settings) -> "Purse":
    """The purse of a workspace. The desk is told where it is in Slack."""
    prices, ceilings = settings.prices, settings.ceilings
    by_country = {country: thousandths(price) for country, price in prices.sms.items()}
    each = {channel: thousandths(price / 1_000) for channel, price in prices.per_thousand.items()}
    return Purse(
        Prices(by_country, by_country.get("other", 0), each),
        Ceilings(
            None if ceilings.day is None else thousandths(ceilings.day),
            None if ceilings.campaign is None else thousandths(ceilings.campaign),
            {channel: thousandths(most) for channel, most in ceilings.channel.items()},
            {country: thousandths(most) for country, most in ceilings.country.items()},
        ),
        ZoneInfo(settings.desk.time_zone),
        settings.company.languages[0] if settings.has_slack() else None,
    )


@dataclass(frozen=True)
class Held:
    """A row whose money is not there: until when, and which pot is empty."""

    until: datetime
    scope: Scope


@dataclass(frozen=True)
class _Bill:
    """One row that has to be paid, and from which pots."""

    row: StoredMessage
    amount: int
    scopes: tuple[Scope, ...]

    def change(self, before: Mapping[str, int]) -> Counter[str]:
        """What it adds to each pot, when what it was reserved on another day goes back to its pots."""
        change = Counter({scope.name: self.amount for scope in self.scopes})
        change.subtract(before)
        return change


@dataclass(frozen=True)
class Purse:
    """What campaigns may spend. A day is a day of `zone`; `desk` is the language of the desk, None without one."""

    prices: Prices
    ceilings: Ceilings
    zone: ZoneInfo
    desk: Language | None = None

    def admit(
        self, tx: Tx, rows: Sequence[StoredMessage], facts: Mapping[int, Facts], now: datetime
    ) -> dict[int, Held]:
        """Reserve what these rows cost; those that do not fit any more, by id. What answers a person is never held."""
        day = now.astimezone(self.zone).date()
        bills = [bill for row in rows if (bill := self._bill(tx, row, facts, now)) is not None]
        if not bills:
            return {}
        before = money.reserved_for(tx, [bill.row.id for bill in bills if bill.row.reserved_on is not None])
        names = {scope.name for bill in bills for scope in bill.scopes}.union(*before.values())
        pots = money.held(tx, sorted(names)) if names else {}
        taken: Counter[str] = Counter()
        costs: list[Cost] = []
        short: dict[int, Held] = {}
        for bill in bills:
            change = bill.change(before.get(bill.row.id, {}))
            empty = next(
                (one for one in bill.scopes if pots[one.name] + taken[one.name] + change[one.name] > one.cap), None
            )
            if empty is not None:
                short[bill.row.id] = Held(refills_at(empty, self.zone, now), empty)
                continue
            taken.update(change)
            costs.append(Cost(bill.row.id, bill.amount, day, {scope.name: bill.amount for scope in bill.scopes}))
        money.reserve(tx, taken, costs)
        self._tell(tx, bills, short, now)
        return short

    def _bill(self, tx: Tx, row: StoredMessage, facts: Mapping[int, Facts], now: datetime) -> _Bill | None:
        """None for what costs nothing, and for what was paid before on this very day."""
        day = now.astimezone(self.zone).date()
        if row.kind is not MessageKind.CAMPAIGN or row.reserved_on == day:
            return None
        country = facts[row.id].country
        payload = forms.body_of(tx, row.content) if row.channel is ChannelName.SMS else None
        amount = self.prices.of(row.channel, country, payload)
        if not amount:
            return None
        return _Bill(row, amount, scopes_of(self.ceilings, row.campaign_id, row.channel, country, day))

    def _tell(self, tx: Tx, bills: Sequence[_Bill], short: Mapping[int, Held], now: datetime) -> None:
        """Once a pot and ceiling: a line in the campaign's history, and a notice to the desk."""
        found = {held.scope: bill.row for bill in bills if (held := short.get(bill.row.id)) is not None}
        for scope, row in found.items():
            if not money.first_refusal(tx, scope.name, scope.cap):
                continue
            campaigns.add_event(tx, row.campaign_id, WHAT, WHO, " ".join(_parts(scope)).strip(), now)
            if self.desk is not None:
                put_reply(
                    tx,
                    channel=ChannelName.SLACK,
                    address="",
                    content=self._notice(tx, scope, row.campaign_id, self.desk),
                    key=f"ceiling:{scope.name}:{scope.cap}",
                    now=now,
                )

    def _notice(self, tx: Tx, scope: Scope, campaign_id: str, language: Language) -> DeskNotice:
        phrases = load_phrases("channels")
        found = campaigns.get(tx, campaign_id)
        which = which_pot(" ".join(_parts(scope)), found.name if found else campaign_id, language)
        after = "ceiling.ever" if scope.day is None else "ceiling.today"
        return DeskNotice(phrases.say("ceiling.title", language, which=which), phrases.say(after, language))


def which_pot(note: str, campaign: str, language: Language) -> str:
    """The pot that was empty, as a campaign's history notes it (`day`, `channel sms`), in words."""
    kind, _, what = note.partition(" ")
    return load_phrases("channels").say(f"ceiling.{kind}", language, what=what.strip(), name=campaign)


def _parts(scope: Scope) -> tuple[str, str]:
    """(`day`, ``), (`channel`, `sms`), (`country`, `MX`) or (`campaign`, ``)."""
    kind, _, rest = scope.name.partition(":")
    return kind, rest.rpartition(":")[0]
