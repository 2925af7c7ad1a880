"""The one way in: a delivery is read by its adapter and kept; whoever called may acknowledge only after this returned."""

from channels.contract import Delivery
from console.house import House
from records.inbound import Receipt
from records.store import inbox, messages
from records.types import ChannelName


def take(house: House, channel: ChannelName, delivery: Delivery) -> int:
    """Read one delivery and keep what is in it; how much of it was new. Raises Forged, ChannelError."""
    now = house.clock.now()
    events = house.channels[channel].read(delivery, house.hook_secrets.get(channel, ""), now)
    with house.db.write() as tx:
        fresh = [
            messages.record_receipt(tx, event) if isinstance(event, Receipt) else inbox.put(tx, event, now)
            for event in events
        ]
    if any(fresh):
        house.bell.ring("inbox")
    return sum(fresh)
