"""Fits what an act or a complaint sounds like, on sentences of our own in bench/act_words/ and the sample company's questions.

    python -m bench.acts [--write]

prints, with each fifth of the sentences left out of the fitting in turn, how many acts come far enough to go to a person, how
many lean that way, and how many questions do so wrongly; with `--write`, `bot/acts_weights.json` is replaced.
A minute of one core.
"""

import argparse
import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.acts import LEANS, NOTHING, SURE, Sounds, features_of, sounds_by, weighing_from
from bot.rules import ruled
from bot.text import Clause, read_clauses
from knowledge.faq import faq_sections
from knowledge.reading import read_document
from records.settings import load_workspace
from records.types import Language

WORDS = Path(__file__).parent / "act_words"
_SAMPLE = Path(__file__).parents[1] / "examples" / "farolito"
_CONCEPTS = Path(__file__).parents[1] / "bot" / "acts.toml"
_TARGET = Path(__file__).parents[1] / "bot" / "acts_weights.json"
_LOOSE = 6.0  # the inverse of the L2 penalty
_SEEN = 4  # a feature fewer sentences show is left out
_FAINT = 0.2  # so is one that says less than this for every kind
_FOLDS = 5


@dataclass(frozen=True)
class Sample:
    """One sentence and its kind. `group`: acts, near (only sounds like one) or faq; `near_to`: the kind it stands under."""

    text: str
    kind: str
    language: Language
    group: str
    near_to: str = ""

    def clauses(self) -> tuple[Clause, ...]:
        return read_clauses(self.text).each


def main(arguments: Sequence[str]) -> int:
    """Print how well it carries over; write the weights when asked to."""
    parser = argparse.ArgumentParser(prog="bench.acts", description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args(arguments).write
    samples = [*written(), *asked_of_the_sample()]
    if write:
        _TARGET.write_text(_as_json(fitted(samples)), encoding="utf-8")
    judged = list(_judged(samples))
    for language in Language:
        for group in ("acts", "near", "faq"):
            print(
                _line(
                    language,
                    group,
                    [(one, heard) for one, heard in judged if (one.language, one.group) == (language, group)],
                )
            )
    return 0


def written() -> Iterator[Sample]:
    """The sentences of bench/act_words/."""
    for language in Language:
        kinds = tomllib.loads((WORDS / f"{language.value}.toml").read_text(encoding="utf-8"))
        for kind, groups in kinds.items():
            for group, text in groups.items():
                yield from (
                    Sample(line, kind if group == "acts" else NOTHING, language, group, kind)
                    for line in text.split("\n")
                    if line
                )


def digest() -> str:
    """Tells these sentences and concepts from any others."""
    files = [*(WORDS / f"{language.value}.toml" for language in Language), _CONCEPTS]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def asked_of_the_sample() -> Iterator[Sample]:
    """What the sample company's entries answer, without those the rules hand over."""
    blanks = load_workspace(_SAMPLE).settings.blanks
    for file in sorted((_SAMPLE / "content" / "faq").glob("*.md")):
        document, language = read_document(file, f"faq/{file.name}", blanks, {})
        sections, _ = faq_sections(document)
        for section in sections:
            for text in (section.heading, *section.phrasings):
                if not ruled(text):
                    yield Sample(text, NOTHING, language, "faq")


def without_marks(samples: Sequence[Sample]) -> Iterator[Sample]:
    """Questions once more without question marks, as many people type them."""
    for one in samples:
        bare = one.text.replace("¿", "").rstrip("?").replace("?", ",")
        if one.kind == NOTHING and bare != one.text:
            yield Sample(bare, NOTHING, one.language, one.group)


def fitted(samples: Sequence[Sample]) -> Mapping[str, Any]:
    """The weighing as acts_weights.json holds it."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    those = [*samples, *without_marks(samples)]
    vectors = DictVectorizer()
    matrix = vectors.fit_transform([features_of(one.clauses()) for one in those])
    often = [at for at, seen in enumerate((matrix != 0).sum(axis=0).A1) if seen >= _SEEN]
    model = LogisticRegression(C=_LOOSE, max_iter=150, tol=1e-3)
    model.fit(matrix[:, often], [one.kind for one in those])
    names = vectors.get_feature_names_out()
    rows = {str(names[at]): model.coef_[:, column] for column, at in enumerate(often)}
    loud = {name: _hundredths(row) for name, row in rows.items() if np.abs(row).max() >= _FAINT}
    return {
        "fitted_on": digest(),
        "kinds": list(map(str, model.classes_)),
        "bias": _hundredths(model.intercept_),
        "weights": loud,
    }


def _hundredths(row: Any) -> list[int]:
    return [round(100 * float(one)) for one in row]


def _judged(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Sounds]]:
    """Every sentence as it is heard when its fifth is left out; the order of the files deals them out."""
    for fold in range(_FOLDS):
        rest = [one for at, one in enumerate(samples) if at % _FOLDS != fold]
        weighing = weighing_from(fitted(rest))
        yield from ((one, sounds_by(weighing, one.clauses())) for at, one in enumerate(samples) if at % _FOLDS == fold)


def _line(language: Language, group: str, judged: Sequence[tuple[Sample, Sounds]]) -> str:
    sure = sum(heard.chance >= SURE for _, heard in judged)
    leaning = sum(LEANS <= heard.chance < SURE for _, heard in judged)
    ruled_too = sum(heard.chance >= SURE or bool(ruled(one.text)) for one, heard in judged)
    right = sum(one.kind in (NOTHING, heard.kind.value) for one, heard in judged if heard.chance >= SURE)
    return (
        f"{language.value} {group}: of {len(judged)} {sure / len(judged):.1%} sure ({right} of them of that kind), "
        f"{leaning / len(judged):.1%} leaning; {ruled_too / len(judged):.1%} with the rules"
    )


def _as_json(weighing: Mapping[str, Any]) -> str:
    """One line a feature, so that a change shows."""
    rows = [f" {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(weighing["weights"].items())]
    head = "".join(f'"{name}": {json.dumps(weighing[name])},\n' for name in ("fitted_on", "kinds", "bias"))
    return "{" + head + '"weights": {\n' + ",\n".join(rows) + "\n}}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
