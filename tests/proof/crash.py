"""`python -m tests.proof.crash --kills 1000`: announcements to 10,000 people each, by a worker killed again and again.

Goes on where it stopped: what each finished send came to stands in `--state`. Exit code 1 if the promise was broken once.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from records.types import ChannelName
from tests.proof.providers import KINDS
from tests.proof.send import Send, Verdict, announced, killed_at_random, processes

THREADS, LINES = 4, 4
Done = dict[str, list[dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="in all, over the four kinds of provider")
    parser.add_argument("--each", type=int, default=125, help="kills in one send")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--state", type=Path, default=Path(".proof-crash.json"))
    chosen = parser.parse_args()
    done: Done = json.loads(chosen.state.read_text()) if chosen.state.exists() else {}
    templates: dict[ChannelName, Path] = {}
    with TemporaryDirectory(prefix="relevo-crash-") as folder:
        while (kind := _next_kind(done, chosen.kills / len(KINDS))) is not None:
            kills = min(chosen.each, round(chosen.kills / len(KINDS)) - _kills(done, kind))
            verdict = _one(Path(folder), templates, kind, chosen.people, max(1, kills))
            done.setdefault(kind, []).append(asdict(verdict))
            chosen.state.write_text(json.dumps(done))
            print(table(done), flush=True)
    print(table(done))
    sys.exit(0 if all(Verdict(**one).is_kept(THREADS * LINES) for many in done.values() for one in many) else 1)


def _kills(done: Done, kind: str) -> int:
    return sum(one["kills"] for one in done.get(kind, []))


def _next_kind(done: Done, wanted: float) -> str | None:
    """The kind that has had the fewest kills, of those that have not had theirs."""
    open_kinds = [kind for kind in KINDS if _kills(done, kind) < round(wanted)]
    return min(open_kinds, key=lambda kind: _kills(done, kind), default=None)


def _one(folder: Path, templates: dict[ChannelName, Path], kind: str, people: int, kills: int) -> Verdict:
    provider = KINDS[kind]()
    template = folder / provider.channel.value
    if provider.channel not in templates:
        announced(template, provider.channel, people)
        templates[provider.channel] = template
    try:
        verdict = killed_at_random(folder / "send", template, provider, people, kills, (THREADS, LINES), _tell)
    finally:
        provider.close()
        shutil.rmtree(folder / "send", ignore_errors=True)
    return verdict


def _tell(send: Send) -> None:
    if send.kills % 25 == 0:
        print(f"  {send.provider.name}: {send.kills} kills, {len(send.provider.log()):,} taken", flush=True)


_COLUMNS = (
    *("sends", "kills", "messages", "sent", "uncertain", "of them unanswered", "most at one kill", "lost", "twice"),
    "not in the log",
)


def table(done: Mapping[str, list[dict[str, Any]]]) -> str:
    """One line for each kind of provider."""
    lines = [f"| provider | {' | '.join(_COLUMNS)} | kills/minute |", "| --- |" + " ---: |" * (len(_COLUMNS) + 1)]
    for kind, many in done.items():
        total = {name: sum(one[name] for one in many) for name in many[0]}
        worst, minutes = max(one["worst"] for one in many), total["seconds"] / 60
        counts = [total[name] for name in ("kills", "people", "sent", "uncertain", "unanswered")]
        faults = [total[name] for name in ("lost", "twice", "unlogged")]
        cells = [len(many), *counts, worst, *faults, round(total["kills"] / minutes)]
        lines.append(f"| {kind} | {' | '.join(f'{cell:,}' for cell in cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    processes()
    main()
