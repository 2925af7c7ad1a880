"""Lists as files a spreadsheet opens."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

from subscribers.csv_text import escape


def write_csv(file: TextIO, heads: Sequence[str], rows: Iterable[Iterable[object]], *, separator: str = ",") -> None:
    """A line of heads, then one a row; no cell is a formula. `file` is open with newline=""."""
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(heads)
    writer.writerows([escape(str(value)) for value in row] for row in rows)
