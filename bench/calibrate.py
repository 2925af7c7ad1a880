"""Fits the two chances anew on labelled question sets, and says how well they carry over to sets they have not seen.

    python -m bench.calibrate SETS [--documents SET=OTHER] [--without SET] [--write [--to FOLDER]]

SETS holds one folder a set (see `knowledge/fitting.py`). `--documents` says whose documents a set without its own uses. With
`--write`, `knowledge/calibration.json` and the table in `knowledge/calibration.md` are replaced; with `--to` they are written
there instead, to be compared first. The numbers shipped come from

    python -m bench.calibrate SETS --documents contracts_es2en=contracts_en --without handoff_bitext --write

which takes two and a half minutes of one core and 1 GB of memory.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from knowledge.fitting import Judged, Sample, fit, judge, samples, to_json
from knowledge.passages import KnowledgeError

_ROOM = Path(__file__).parents[1] / "knowledge"
_TABLE = "<!-- written by bench.calibrate -->"


def main(arguments: Sequence[str]) -> int:
    """Print the table; write it and the numbers when asked to."""
    given = _parser().parse_args(arguments)
    try:
        asked = list(samples(given.sets, dict(pair.split("=", 1) for pair in given.documents), given.without))
        lines = table(judge(asked), asked)
        print("\n".join(lines))
        if given.write:
            _write(given.to, to_json(fit(asked), asked), lines)
    except (KnowledgeError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.calibrate", description="Fit the chances on labelled question sets.")
    parser.add_argument("sets", type=Path)
    parser.add_argument("--documents", action="append", default=[], metavar="SET=OTHER")
    parser.add_argument("--without", action="append", default=[], metavar="SET")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--to", type=Path, default=_ROOM, metavar="FOLDER")
    return parser


def table(judged: Sequence[Judged], asked: Sequence[Sample]) -> list[str]:
    """Markdown, one row a set."""
    rows = ["| set | manner | questions | first is right | P(right) apart / within | P(answerable) apart / within |"]
    rows.append("| --- | --- | --- | --- | --- | --- |")
    for one in judged:
        those = [sample for sample in asked if (sample.name, sample.manner) == (one.name, one.manner)]
        answered = max(1, sum(sample.answerable for sample in those))
        first = sum(sample.right for sample in those) / answered
        right = f"{_shown(one.right)} / {_shown(one.right_within)}"
        answerable = f"{_shown(one.answerable)} / {_shown(one.answerable_within)}"
        rows.append(f"| {one.name} | {one.manner} | {one.questions} | {first:.3f} | {right} | {answerable} |")
    return rows


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _write(to: Path, numbers: str, lines: list[str]) -> None:
    head = (_ROOM / "calibration.md").read_text(encoding="utf-8").split(_TABLE)[0]
    (to / "calibration.json").write_text(numbers, encoding="utf-8")
    (to / "calibration.md").write_text("\n".join([head + _TABLE, "", *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
