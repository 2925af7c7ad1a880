"""The delivery state of a message only climbs, so receipts may come in any order and any number of times. Pure."""

from collections.abc import Iterable

from records.types import DELIVERY_RANK, DeliveryState


def raise_to(current: DeliveryState, new: DeliveryState) -> DeliveryState:
    """The higher of the two. `failed` stands under `delivered`: what reached the person cannot come back."""
    return max(current, new, key=DELIVERY_RANK.__getitem__)


def final(states: Iterable[DeliveryState]) -> DeliveryState:
    """Where a message ends after these receipts, whatever their order."""
    return max(states, key=DELIVERY_RANK.__getitem__, default=DeliveryState.UNKNOWN)
