"""The one way in: a delivery is read by its adapter and kept; whoever called may acknowledge only after this returned."""

from datetime import datetime

from channels.contract import Delivery
from console.house import House
from records.inbound import Inbound, Receipt
from records.store import inbox, messages
from records.types import ChannelName


def take(house: House, channel: ChannelName, delivery: Delivery) -> int:
    """Read one delivery and keep what is in it; how much of it was new. Raises Forged, ChannelError."""
    now = house.clock.now()
    events = house.channels[channel].read(delivery, house.hook_secrets.get(channel, ""), now)
    fresh = [_keep(house, event, now) for event in events]
    if any(fresh):
        house.bell.ring("inbox")
    return sum(fresh)


def _keep(house: House, event: Inbound | Receipt, now: datetime) -> bool:
    """Each in a unit of its own; if one fails the whole delivery comes again, and what was kept is known then."""
    with house.db.write() as tx:
        return messages.record_receipt(tx, event) if isinstance(event, Receipt) else inbox.put(tx, event, now)
