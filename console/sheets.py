"""Lists as files a spreadsheet opens."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

from subscribers.csv_text import escape


def write_csv(
    file: TextIO, heads: Sequence[str], rows: Iterable[Iterable[object]], *, separator: str = ",", point: str = "."
) -> None:
    """A line of heads, then one a row; no cell is a formula. `file` is open with newline="". `point`: how a fraction begins."""
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(heads)
    writer.writerows([_cell(value, point) for value in row] for row in rows)


def _cell(value: object, point: str) -> str:
    """A number runs nothing, not even one below nought."""
    if isinstance(value, int | float):
        return str(value).replace(".", point)
    return escape(str(value))
