"""What answers questions, for a worker: loaded at the first question. A worker whose campaign has begun sends at once, and one
that is never asked never holds an index."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.hours import parse_hours
from records.inbound import Inbound
from records.store import cases
from records.types import CaseState

if TYPE_CHECKING:
    from console.wiring import House


@dataclass(frozen=True)
class LazyBot:
    """The bot of this house. Loading it is half a second of processor, seconds where bytecode has to be made first."""

    house: "House"

    def check(self) -> None:
        """What is set up wrongly is said when a worker starts, not to the first person who asks. Raises ModelUnusable for a
        model or embeddings, BadHours for the desk's hours."""
        settings = self.house.settings
        if settings.model or settings.embeddings:
            _ = self.house.bot  # only their own packages can tell
        parse_hours(settings.desk.hours, settings.desk.time_zone)

    def handle(self, inbound: Inbound) -> object:
        return self.house.bot.handle(inbound)

    def learn(self) -> bool:
        """Nothing is learned by an index that nobody has asked yet: it is loaded with everything that was approved."""
        return "library" in self.house.__dict__ and self.house.library.learn()

    def tick(self, now: datetime) -> None:
        """Put back the claims of whoever has been silent too long."""
        with self.house.db.read() as tx:
            claimed = cases.listed(tx, CaseState.CLAIMED, limit=1)
        if claimed:
            self.house.bot.tick(now)
