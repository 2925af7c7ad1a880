"""`relevo report outcomes`: the same numbers in lines, as a sheet and as JSON."""

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest

from console.wiring import open_house
from records.clock import ManualClock
from tests.blank import with_records
from tests.console.command_line import run
from tests.console.outcomes import begin


@pytest.fixture
def folder(tmp_path: Path, now: datetime) -> Path:
    (tmp_path / "relevo.toml").write_text(f'clock = "{now:%Y-%m-%dT%H:%M:%SZ}"\n[company]\nname = "Farolito"\n')
    house = open_house(with_records(tmp_path), ManualClock(now))
    begin(house.db, now)
    house.close()
    return tmp_path


def test_outcomes_are_told_in_lines_as_a_sheet_and_as_json(folder: Path) -> None:
    (found,) = run(folder, "report", "outcomes", "--json").json["campaigns"]
    (wave,) = found["waves"]
    assert (found["campaign"], found["verdict"], wave["verdict"]) == ("mudanza", "harm", "harm")
    assert (wave["went"]["cancelled"]["count"], wave["went"]["cancelled"]["of"], wave["days"]) == (9, 50, 7)
    assert (wave["compared"]["waiting"]["count"], wave["compared"]["waiting"]["of"]) == (1, 50)
    lines = run(folder, "report", "outcomes").out
    assert "mudanza: More people leave than among those who were still waiting for their wave: piloto." in lines
    assert "first charges failed   2 of 10: 20.0 % (5.67 to 50.98)" in lines
    assert "lost                   9 anual: €801.00" in lines
    sheet = {row["what"]: row for row in csv.DictReader(io.StringIO(run(folder, "report", "outcomes", "--csv").out))}
    assert [sheet["moved"][name] for name in ("campaign", "wave", "count", "of", "percent")] == [
        "mudanza",
        "piloto",
        "20",
        "50",
        "40.0",
    ]
    assert float(sheet["difference"]["percent"]) == 16.0
    assert float(sheet["difference"]["low"]) == round(100 * wave["compared"]["low"], 2)


def test_one_campaign_is_asked_for_by_name_and_one_form_at_a_time(folder: Path) -> None:
    assert run(folder, "report", "outcomes", "--campaign", "mudanza").out == run(folder, "report", "outcomes").out
    unknown = run(folder, "report", "outcomes", "--campaign", "otra")
    assert (unknown.code, unknown.out) == (1, "")
    assert "There is no campaign 'otra'" in unknown.err
    assert run(folder, "report", "outcomes", "--csv", "--json").code == 2
