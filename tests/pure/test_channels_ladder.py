"""Receipts in any order, any number of times, give the same delivery state."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from channels.ladder import final, raise_to
from records.types import DELIVERY_RANK, DeliveryState

_receipts = st.lists(st.sampled_from(DeliveryState), max_size=12)


@given(_receipts, st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_repetition_change_nothing(receipts: list[DeliveryState], chance: object, times: int) -> None:
    shuffled = receipts * times
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert _climb(shuffled) is _climb(receipts) is final(receipts)


@given(_receipts)
def test_it_only_climbs(receipts: list[DeliveryState]) -> None:
    ranks = [DELIVERY_RANK[_climb(receipts[:n])] for n in range(len(receipts) + 1)]
    assert ranks == sorted(ranks)


def test_delivered_beats_a_failure_told_late() -> None:
    assert raise_to(DeliveryState.DELIVERED, DeliveryState.FAILED) is DeliveryState.DELIVERED
    assert raise_to(DeliveryState.FAILED, DeliveryState.DELIVERED) is DeliveryState.DELIVERED
    assert raise_to(DeliveryState.READ, DeliveryState.COMPLAINED) is DeliveryState.COMPLAINED


def test_every_state_has_a_step_of_its_own() -> None:
    assert len(set(DELIVERY_RANK.values())) == len(DeliveryState) == len(DELIVERY_RANK)


def _climb(receipts: list[DeliveryState]) -> DeliveryState:
    return reduce(raise_to, receipts, DeliveryState.UNKNOWN)
