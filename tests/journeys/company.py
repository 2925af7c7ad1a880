"""A workspace of the sample company with as many subscribers as a journey needs."""

import csv
import io
from datetime import datetime
from pathlib import Path

from campaigns import runner
from console.sample import copy_sample, sample_folder
from console.wiring import House, open_house
from records.clock import Clock
from subscribers.csv_import import import_csv
from tests.blank import with_records

PLAN = "mudanza-2027"


def subscribers_csv(count: int) -> bytes:
    """The sample's people, repeated under other ids and addresses until there are `count`."""
    text = (sample_folder() / "subscribers.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    for number in range(count):
        row = dict(rows[number % len(rows)])
        row["id"] = f"J-{number:05d}"
        row["email"] = row["email"] and f"j{number}.{row['email']}"
        row["telegram"] = ""
        writer.writerow(row)
    return out.getvalue().encode()


def people_house(folder: Path, count: int, now: datetime, clock: Clock | None, **settings: str) -> House:
    """The sample workspace with `count` people imported; `settings` override its file."""
    copy_sample(folder)
    house = open_house(with_records(folder), clock, **settings)
    report = import_csv(house.db, subscribers_csv(count), now)
    assert (report.added, report.errors) == (count, ())
    return house


def keep_prices(folder: Path) -> None:
    """Of all documents of a workspace, leave the questions on prices: they are read in a moment."""
    for path in (folder / "content").rglob("*.*"):
        if not path.name.startswith("prices."):
            path.unlink()


def approve(house: House, plan: Path, now: datetime) -> str:
    """Submitted by one, approved by another; the campaign's id."""
    runner.submit(house.db, house.workspace, plan, "marketer@farolito.example", now)
    return runner.approve(house.db, house.workspace, plan, "approver@farolito.example", now).id
