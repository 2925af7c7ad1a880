"""Fits what stands around a quantity to what it means, on the marked contracts and sentences of the tests.

    python -m bench.terms [--write]

prints, for each set of texts, how many of its quantities get the meaning marked when it is left out of the fitting; with
`--write`, `knowledge/term_weights.json` is replaced by what all of them give. A minute of one core.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from knowledge.clause_reader import read_contract
from knowledge.clauses import Contract
from knowledge.contract_register import locale_of
from knowledge.loaders import load
from knowledge.term_evidence import KINDS, NOTHING, features_of, weighing_from
from knowledge.term_passages import passages, sentences
from knowledge.term_reading import setting_of
from knowledge.term_sides import provider_names
from knowledge.terms import shown
from records.types import Language
from tests.knowledge import test_term_sentences as single
from tests.knowledge.contracts_made.printing import FORMATS
from tests.knowledge.contracts_made.writing import SOURCES, Written, written
from tests.knowledge.test_fresh_contracts import FOLDER as FRESH

_TARGET = Path(__file__).parents[1] / "knowledge" / "term_weights.json"
_LOOSE = 4.0  # the inverse of the L2 penalty
_SEEN = 3  # a feature fewer quantities show is left out

Marks = Mapping[tuple[str, str, str], str]
"""What is marked at a path (empty: anywhere), with a value and exact words."""


@dataclass(frozen=True)
class Sample:
    """One quantity of a set: its kind, what stands around it, and the meaning marked, or none."""

    name: str
    kind: str
    features: Mapping[str, float]
    meaning: str


def main(arguments: Sequence[str]) -> int:
    """Print how well it carries over; write the weights when asked to."""
    parser = argparse.ArgumentParser(prog="bench.terms", description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args(arguments).write
    samples = list(gathered())
    for name in dict.fromkeys(one.name for one in samples):
        print(_judged(name, samples), flush=True)
    if write:
        _TARGET.write_text(_as_json({kind: fitted(samples, kind) for kind in KINDS.values()}), encoding="utf-8")
    return 0


def gathered() -> Iterator[Sample]:
    """The quantities of every marked text, by set."""
    with TemporaryDirectory(prefix="relevo-terms-") as folder:
        for name, root in (("made", SOURCES), *((path.name, path) for path in sorted(FRESH.iterdir()))):
            for turn, made in enumerate(written(root)):
                marks = {(one.path, one.value, one.quote): one.what for one in made.planted}
                yield from _samples(name, *_read(made, made.formats[turn % 2], Path(folder)), marks)
    for path in sorted(single.FOLDER.iterdir()):
        name, language = path.name.removesuffix(".txt").split(".")
        for one in single.sentences(path.name):
            marks = {("", value, quote): what for what, value, quote in one.states}
            yield from _samples(f"sentences {name}", single.contract_of(one.heading, one.text), language, marks)


def _read(made: Written, form: str, folder: Path) -> tuple[Contract, str]:
    ending, put = FORMATS[form]
    path = folder / f"{made.name}-{form}.{made.locale}{ending}"
    put(made, path)
    document = load(path, path.name)
    return read_contract(document), locale_of(path, document, Language(made.language), {})


def _samples(name: str, contract: Contract, locale: str, marks: Marks) -> Iterator[Sample]:
    names = provider_names(contract.text)
    for passage in passages(contract):
        for sentence in sentences(passage, locale):
            for place in sentence.places:
                if place.start < sentence.own:
                    continue
                quote, value = sentence.text[place.start : place.end], shown(place.value)
                paths = (passage.clause.path, "")
                meaning = next((marks[at] for path in paths if (at := (path, value, quote)) in marks), NOTHING)
                features = features_of(place, sentence.places, setting_of(place, passage, sentence, names))
                yield Sample(name, KINDS[type(place.value)], features, meaning)


def fitted(samples: Sequence[Sample], kind: str) -> Mapping[str, Any]:
    """The weighing of one kind of quantity, as term_weights.json holds it."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    those = [one for one in samples if one.kind == kind]
    vectors = DictVectorizer()
    matrix = vectors.fit_transform([one.features for one in those])
    often = [at for at, seen in enumerate((matrix != 0).sum(axis=0).A1) if seen >= _SEEN]
    model = LogisticRegression(C=_LOOSE, max_iter=500)
    model.fit(matrix[:, often], [one.meaning for one in those])
    names = vectors.get_feature_names_out()
    rows = {str(names[at]): _rounded(model.coef_[:, column]) for column, at in enumerate(often)}
    return {"meanings": list(map(str, model.classes_)), "bias": _rounded(model.intercept_), "weights": rows}


def _rounded(row: Any) -> list[float]:
    return [round(float(one), 2) for one in row]


def _judged(left_out: str, samples: Sequence[Sample]) -> str:
    rest = [one for one in samples if one.name != left_out]
    weighings = {kind: weighing_from(fitted(rest, kind)) for kind in KINDS.values()}
    marked = [one for one in samples if one.name == left_out and one.meaning != NOTHING]
    right = sum(_best(weighings[one.kind].chances(one.features)) == one.meaning for one in marked)
    return f"{left_out}: {right} of {len(marked)}, {right / len(marked):.1%}"


def _best(chances: Mapping[str, float]) -> str:
    return max((name for name in chances if name != NOTHING), key=lambda name: chances[name])


def _as_json(data: Mapping[str, Mapping[str, Any]]) -> str:
    """One line a feature, so that a change shows."""
    lines = ["{"]
    for kind, weighing in data.items():
        lines.append(f' {json.dumps(kind)}: {{"meanings": {json.dumps(weighing["meanings"])},')
        lines.append(f'  "bias": {json.dumps(weighing["bias"])}, "weights": {{')
        rows = [f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(weighing["weights"].items())]
        lines.append(",\n".join(rows) + "\n }},")
    return "\n".join(lines).rstrip(",") + "\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
