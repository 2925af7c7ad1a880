"""How the two chances are fitted: what counts as a set, what the heads promise, and the one command end to end."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.calibrate import main
from knowledge.confidence import FEATURES, Head, Heads
from knowledge.fitting import LEVELS, Sample, certain_table, fit, judge, samples, to_json
from knowledge.passages import KnowledgeError

TOPICS = ("invoice", "password", "delivery", "refund", "holiday", "warranty", "parking", "meals")


def _sample(name: str, number: int, strength: float, *, right: bool, family: str = "") -> Sample:
    features = dict.fromkeys(FEATURES["entries"], 0.0) | {"cover": strength, "char": strength / 2}
    return Sample(name, family or name, "entries", f"{name}-{number}", features, right, right)


def _set(name: str, count: int, slope: float, family: str = "") -> list[Sample]:
    """Questions whose strength speaks for being right, or against it where `slope` is negative; one in five is an exception."""
    return [
        _sample(name, at, at / count, right=(slope * (at / count - 0.5) > 0) != (at % 5 == 0), family=family)
        for at in range(count)
    ]


def _chances(heads: Heads, those: list[Sample]) -> list[float]:
    return [heads.right.chance(one.features) for one in those]


# ---------------------------------------------------------------- what the heads promise


def test_chances_are_right_on_average_over_families() -> None:
    big, small = _set("a", 90, 1.0), _set("b", 30, 0.5)
    heads = fit([*big, *small])["entries"]
    said = [float(np.mean(_chances(heads, those))) for those in (big, small)]
    true = [float(np.mean([one.right for one in those])) for those in (big, small)]
    assert sum(said) == pytest.approx(sum(true), abs=0.001)


def test_more_questions_of_the_same_kind_weigh_no_more() -> None:
    """Each family counts the same, so asking the questions of one twice changes nothing."""
    one, other = _set("a", 40, 1.0), _set("b", 40, -0.3)
    twice = [replace(sample, question=f"{sample.question} again") for sample in one]
    before, after = (_chances(fit(those)["entries"], other) for those in ([*one, *other], [*one, *twice, *other]))
    assert after == pytest.approx(before, abs=0.005)


def test_sets_of_one_family_share_its_weight() -> None:
    """A family of three sets pulls no harder than one of a single set."""
    pair = [*_set("a", 40, 1.0), *_set("b", 40, -1.0)]
    third = [*_set("a", 40, 1.0), *_set("b", 40, -1.0, "f"), *_set("c", 40, -1.0, "f"), *_set("d", 40, -1.0, "f")]
    strong = pair[35]
    before, after = (fit(those)["entries"].right.chance(strong.features) for those in (pair, third))
    assert after == pytest.approx(before, abs=0.05)


def test_apart_has_not_seen_the_family_and_within_has() -> None:
    """Two families that teach one thing and a third that teaches the opposite: apart it is misjudged."""
    found = {one.name: one for one in judge([*_set("a", 60, 1.0), *_set("b", 60, 1.0), *_set("odd", 60, -1.0)])}
    assert found["odd"].right is not None
    assert found["odd"].right < 0.5
    assert found["a"].right is not None
    assert found["a"].right > 0.5


def test_one_family_is_judged_half_by_half() -> None:
    (found,) = judge(_set("a", 80, 1.0))
    assert found.questions == 80
    assert found.right is not None
    assert found.right > 0.7


def test_a_set_of_one_kind_has_no_order_and_nothing_is_fitted_on_it_alone() -> None:
    same = [_sample("same", at, at / 10, right=True) for at in range(10)]
    found = {one.name: one for one in judge([*_set("a", 40, 1.0), *_set("b", 40, 1.0), *same])}
    assert found["same"].right is None
    with pytest.raises(KnowledgeError, match="all turned out the same"):
        fit(same)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=40))
def test_from_the_certain_chance_on_no_more_are_wrong_than_allowed(asked: list[tuple[float, bool]]) -> None:
    chances, wrong = np.array([chance for chance, _ in asked]), np.array([bad for _, bad in asked])
    table = certain_table(chances, wrong)
    assert list(table) == list(LEVELS)
    for level, chance in table.items():
        if chance < 1.0:
            assert (wrong & (chances >= chance)).sum() / len(asked) <= level
    assert list(table.values()) == sorted(table.values(), reverse=True)


def test_what_is_written_says_the_same_when_read() -> None:
    asked = [*_set("a", 40, 1.0), *_set("b", 30, 0.5)]
    heads = fit(asked)
    data = json.loads(to_json(heads, asked))["entries"]
    read = Head(data["right"]["bias"], data["right"]["weights"])
    assert data["questions"] == 70
    assert [read.chance(one.features) for one in asked] == pytest.approx(_chances(heads["entries"], asked), abs=0.001)
    assert {float(level): chance for level, chance in data["certain"].items()} == heads["entries"].certain


# ---------------------------------------------------------------- sets on disk


def _put(folder: Path, documents: list[dict[str, object]], queries: list[dict[str, object]]) -> None:
    folder.mkdir(parents=True)
    for name, rows in (("documents.jsonl", documents), ("queries.dev.jsonl", queries)):
        if rows:
            (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _entries(prefix: str, topics: tuple[str, ...] = TOPICS) -> list[dict[str, object]]:
    return [
        {
            "id": f"{prefix}-{topic}",
            "title": f"How does the {topic} work?",
            "text": f"Open the {topic} page and follow the steps for your {topic}.",
            "phrasings": [f"{topic} help", f"problem with my {topic}"],
            "lang": "en",
        }
        for topic in topics
    ]


def _questions(prefix: str, unanswered: int = 0) -> list[dict[str, object]]:
    """One of each topic in plain words, one in words of other topics, and some that nothing answers."""
    rows: list[dict[str, object]] = []
    for at, topic in enumerate(TOPICS):
        other = TOPICS[(at + 3) % len(TOPICS)]
        rows.append({"id": f"p{at}", "text": f"please help with the {topic}", "relevant": [f"{prefix}-{topic}"]})
        rows.append({"id": f"v{at}", "text": f"{other} problem, page {at}", "relevant": [f"{prefix}-{topic}"]})
    rows += [{"id": f"n{at}", "text": f"zebra number {at} in the garden", "relevant": []} for at in range(unanswered)]
    return [{**row, "lang": "en"} for row in rows]


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """`one` and `two` are entries (`two` with questions nothing answers), `loan` borrows the documents of `one`."""
    folder = tmp_path / "sets"
    _put(folder / "one", _entries("one"), _questions("one"))
    _put(folder / "two", _entries("two"), _questions("two", unanswered=6))
    _put(folder / "loan", [], _questions("one"))
    return folder


def test_families_and_the_half_that_is_missing(sets: Path) -> None:
    asked = list(samples(sets, {"loan": "one"}))
    families = {sample.name: sample.family for sample in asked}
    # Who borrows documents is of the family; only where everything is answered is half taken away.
    assert families["loan"] == families["one"] != families["two"]
    assert set(families) == {"one", "one, half missing", "loan", "loan, half missing", "two"}
    assert {sample.manner for sample in asked} == {"entries"}
    missing = [sample for sample in asked if sample.name == "one, half missing"]
    assert any(sample.answerable for sample in missing)
    assert not all(sample.answerable for sample in missing)
    assert all(sample.answerable for sample in asked if sample.name == "one")
    assert not any(sample.right and not sample.answerable for sample in asked)


def test_without_leaves_a_set_out(sets: Path) -> None:
    assert {sample.name for sample in samples(sets, {}, ("loan", "one"))} == {"two"}


def test_a_line_that_is_not_as_it_should_be_is_named(sets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sets / "two" / "queries.dev.jsonl").write_text('{"id": "x", "text": "y"}\n', encoding="utf-8")
    to = sets.parent
    assert main([str(sets), "--documents", "loan=one", "--write", "--to", str(to)]) == 1
    assert "queries.dev.jsonl:1: needs the key 'relevant'" in capsys.readouterr().err
    assert not (to / "calibration.json").exists()


def test_the_command_writes_numbers_and_table_and_the_same_again(
    sets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = []
    for name in ("first", "second"):
        to = sets.parent / name
        to.mkdir()
        assert main([str(sets), "--documents", "loan=one", "--write", "--to", str(to)]) == 0
        written.append([(to / file).read_text(encoding="utf-8") for file in ("calibration.json", "calibration.md")])
    numbers, told = written[0]
    assert written[0] == written[1]
    assert set(json.loads(numbers)["entries"]["right"]["weights"]) <= set(FEATURES["entries"])
    assert "| one, half missing | entries | 16 |" in told
    assert told.startswith("# How the numbers")
    assert "oos_clinc" not in told
    assert "| two | entries | 22 |" in capsys.readouterr().out
