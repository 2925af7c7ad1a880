"""The sample company, read into an index once for all tests that ask it questions."""

import json
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from console.sample import copy_sample
from console.wiring import House, open_house
from knowledge.ingest import ingest
from knowledge.passages import Kind, Passage
from records.clock import ManualClock
from tests.blank import with_records
from tests.conftest import NOW

QUESTIONS = Path(__file__).parent / "questions"
SOURCES = Path(__file__).parents[2] / "examples" / "farolito-src"

# The contract's own topics (`{#topic}` in its sources) as the question sets name them.
_TOPICS = {
    "term": "duration",
    "term_user": "cancellation",
    "term_provider": "suspension",
    "penalty": "exit",
    "assign": "assignment",
}


@dataclass(frozen=True)
class Asked:
    """One question of a set, with the sources that would each be a right first one."""

    id: str
    text: str
    language: str
    expect: frozenset[str]
    decision: str


def read_set(name: str) -> list[Asked]:
    rows = [json.loads(line) for line in (QUESTIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    return [Asked(row["id"], row["text"], row["language"], frozenset(row["expect"]), row["decision"]) for row in rows]


def sample_house(folder: Path) -> House:
    """The sample workspace with its index, as `relevo ingest` leaves it."""
    shutil.copytree(Path(_ingested().name), folder)
    return open_house(folder, ManualClock(NOW))


@cache
def _ingested() -> TemporaryDirectory[str]:
    """Read once and copied: reading takes seconds, and gives the same each time. Ends with the process."""
    kept = TemporaryDirectory(prefix="relevo-sample-")
    copy_sample(Path(kept.name))
    house = open_house(with_records(Path(kept.name)), ManualClock(NOW))
    ingest(house.db, house.workspace, NOW)
    house.close()
    return kept


def clause_topics() -> dict[str, dict[str, str]]:
    """Topic by clause number, by contract version, from the contracts' own sources."""
    found: dict[str, dict[str, str]] = {}
    for version in ("terms-2024", "terms-2027"):
        text = (SOURCES / f"{version}.es.md").read_text(encoding="utf-8")
        topics = re.findall(r"^#+ .*\{#([a-z_]+)\}", text, re.MULTILINE)
        found[version] = {str(number): _TOPICS.get(topic, topic) for number, topic in enumerate(topics, start=1)}
    return found


def label(source: str, path: str, kind: str, topics: dict[str, dict[str, str]]) -> str:
    """What the question sets call this place."""
    if kind == Kind.CONTRACT:
        version = Path(source).name.split(".")[0]
        return f"contract:{topics[version].get(re.split(r'[. ]', path)[0], '?')}"
    return re.split(r"[/ #]", path)[0]


def label_of(passage: Passage, topics: dict[str, dict[str, str]]) -> str:
    return label(passage.source, passage.path, passage.kind, topics)
