"""Real adapters, two workers, and stand-ins that refuse what goes too fast: nothing is refused, and little is left unused."""

import pytest

from bench.pacing import LOADS
from bench.pacing_clock import on_one_clock
from bench.pacing_parts import Load
from records.database import Database


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.vendor)
def test_what_a_vendor_allows_is_used_and_never_passed(lite: Database, load: Load) -> None:
    seen, share = on_one_clock(lite, Load(load.vendor, 160, load.times / 4, load.allowed))
    assert (seen.messages, seen.refused, seen.twice) == (160, 0, 0)
    assert share >= 0.9  # the end of a short run counts for more; the long ones are in docs/measurements.md
