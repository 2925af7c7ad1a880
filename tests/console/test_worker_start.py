"""A worker begins to send without what answers questions, and says at its start what is set up wrongly."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.hours import BadHours
from console.lazy_bot import LazyBot
from console.wiring import House, open_house
from console.working import start_worker
from knowledge.passages import ModelUnusable
from records.clock import ManualClock
from records.store import cases
from records.types import Case, CaseState

UNASKED = """\
import sys
from pathlib import Path
from console.wiring import open_house
from console.working import start_worker

house = open_house(Path(sys.argv[1]))
start_worker(house).stop()
house.close()
print(sorted({"bot.runner", "chromadb", "knowledge.library", "langchain", "numpy", "sklearn"} & sys.modules.keys()))
"""


def test_a_worker_nobody_asked_holds_no_index(tmp_path: Path) -> None:
    (tmp_path / "relevo.toml").write_text("", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", UNASKED, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("settings", "error"),
    [('[desk]\nhours = "whenever"\n', BadHours), ('model = "nobody:at-all"\n', ModelUnusable)],
)
def test_what_is_set_up_wrongly_is_said_at_the_start(tmp_path: Path, settings: str, error: type[Exception]) -> None:
    (tmp_path / "relevo.toml").write_text(settings, encoding="utf-8")
    house = open_house(tmp_path)
    try:
        with pytest.raises(error):
            start_worker(house)
        house.take_slot().release()  # nobody holds it
    finally:
        house.close()


def test_a_claim_left_lying_goes_back_though_nobody_has_asked_yet(house: House, clock: ManualClock, case: Case) -> None:
    bot = LazyBot(house)
    with house.db.write() as tx:
        cases.claim(tx, case.id, "Nora", clock.now())
    bot.tick(clock.now())
    assert _state(house, case.id) is CaseState.CLAIMED
    clock.advance(timedelta(days=7))
    bot.tick(clock.now())
    assert _state(house, case.id) is CaseState.OPEN


def _state(house: House, case_id: str) -> CaseState:
    with house.db.read() as tx:
        return cases.require(tx, case_id).state
