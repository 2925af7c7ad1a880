"""`python -m bench`: the figures of docs/measurements.md, in one run. `--quick` takes smaller amounts.

What leaves the house is measured by `python -m bench.sending`, what two workers do together by `python -m bench.two_workers`.
Speeds vary up to fourfold between machines and moments; read the ratios.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.announcing import NOW, announced_in
from bench.answers import answering
from bench.figures import HEADING, Figure
from bench.intake import documents, many_documents, subscribers
from bench.mail import filling
from console.sample import copy_sample
from console.wiring import open_house
from records.clock import ManualClock


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller amounts, under a minute")
    quick = parser.parse_args(arguments).quick
    people, asked = (1_000, 100) if quick else (10_000, 1_000)
    print(f"{people:,} people, at most {asked:,} questions\n{HEADING}")
    with TemporaryDirectory(prefix="relevo-bench-") as folder:
        _run(Path(folder), people, asked)


def _run(folder: Path, people: int, asked: int) -> None:
    copy_sample(folder / "w")
    house = open_house(folder / "w", ManualClock(NOW))
    try:
        _show(documents(house))
        _show(many_documents(folder / "many", asked))
        _show(answering(house, asked))
        _show(subscribers(folder, house, people))
        _show([filling(announced_in(house, people))])
    finally:
        house.close()


def _show(figures: Iterable[Figure]) -> None:
    for figure in figures:
        print(figure, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
