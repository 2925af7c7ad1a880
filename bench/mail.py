"""An announcement: filling its batches, beside a bare loop that puts a rendered body into a table."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2.sandbox import SandboxedEnvironment

from bench.announcing import Announced, runner_of
from bench.figures import Figure, rate_of
from channels.courier import GROUP, Drained, Fill
from records.database import Database, Tx


@dataclass(frozen=True)
class _Later:
    """Stands where the courier is, so that a batch is filled and nothing of it leaves."""

    db: Database
    now: datetime

    def drain_batch(self, batch_id: str, look: Callable[[Tx], None], fill: Fill) -> Drained:  # noqa: ARG002  the courier's
        while not fill.done:
            with self.db.write() as tx:
                fill.write(tx, self.now, GROUP)
        return Drained()


def filling(announced: Announced) -> Figure:
    """Every batch filled: channel chosen, values found, links signed, rows put into the outbox."""
    fill, house = runner_of(announced, _Later(announced.house.db, announced.now)), announced.house
    rate = rate_of(announced.people, lambda: [fill.run(batch, announced.now) for batch in announced.batches])
    bare = _bare_fill(house.workspace.templates / "anuncio.es.md", house.workspace.state / "bare.db", announced.people)
    return Figure("fill batches: choose, values, sign, put", "people/s", rate, "Jinja body + sqlite3 rows", bare)


def _bare_fill(template: Path, file: Path, people: int) -> float:
    """The same body through Jinja as it stands, and a row with the result: no Markdown, no HTML, no links, no checks."""
    body = SandboxedEnvironment().from_string(template.read_text(encoding="utf-8").split("---\n", 2)[2])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE rows (key TEXT PRIMARY KEY, body TEXT)")

        def fill() -> None:
            rows = [(f"k{number}", body.render(name=f"Persona Número {number}")) for number in range(people)]
            connection.executemany("INSERT INTO rows VALUES (?, ?)", rows)
            connection.commit()

        return rate_of(people, fill)
