"""Fits what stands around a quantity, and around words of a shape, to what it means: the marked texts of the tests.

    python -m bench.terms [--write]

prints, for each set of texts, how many of its quantities get the meaning marked when it is left out of the fitting, and how
many of its phrases are found by shape and weighing alone, with value and exact words; with `--write`,
`knowledge/term_weights.json`, `knowledge/point_weights.json` (what whole sentences say), `knowledge/clause_weights.json` (what
a clause is about) and `knowledge/term_again.json` (how often a contract states one kind of term with several values) are
replaced by what all of them give. Some minutes of one core.
"""

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from knowledge.clause_keys import ClauseKey
from knowledge.clause_matter import About, Judge, features_of_clause, judge_from
from knowledge.clause_reader import read_contract
from knowledge.clauses import Contract
from knowledge.contract_keeping import locale_of
from knowledge.loaders import load
from knowledge.term_evidence import KINDS, NOTHING, Weighing, features_of, features_of_words, likeliest, weighing_from
from knowledge.term_passages import Passage, Sentence, bare_passages, matters, passages, sentences
from knowledge.term_points import SILENT, features_of_sentence, likeliest_answer, points
from knowledge.term_reading import said_by, setting_of
from knowledge.term_shapes import Span, shapes, spans
from knowledge.term_sides import provider_names
from knowledge.terms import shown
from records.types import Language
from tests.knowledge import test_term_sentences as single
from tests.knowledge.contracts_made.printing import FORMATS
from tests.knowledge.contracts_made.writing import SOURCES, Written, written
from tests.knowledge.test_fresh_contracts import BLIND
from tests.knowledge.test_fresh_contracts import FOLDER as FRESH

_TARGET = Path(__file__).parents[1] / "knowledge" / "term_weights.json"
_AGAIN = _TARGET.with_name("term_again.json")
_CLAUSES = _TARGET.with_name("clause_weights.json")
_POINTS = _TARGET.with_name("point_weights.json")
_GROUPS = (
    6  # of sets; what a clause of one is about is weighed as the other five give it, as that of an unseen contract
)
_LOOSE = {kind: 2.0 for kind in KINDS.values()}  # the inverse of the L2 penalty; of a shape, 1
_LOOSE_POINT = 2.0
_SEEN = 3  # a feature fewer samples show is left out
_BANK = "bank"  # the sentences sorted by kind: how often a kind stands in them says nothing of contracts
_LITTLE = 0.2  # a feature that speaks for or against no meaning by this much is left out

Marks = Mapping[tuple[str, str, str], str]
"""What is marked at a path (empty: anywhere), with a value and exact words."""

Phrases = frozenset[tuple[str, str, str]]
"""What words say: meaning, value, exact words."""


@dataclass(frozen=True)
class Sample:
    """One quantity of a set, or words of a shape: what stands around it, and the meaning marked, or none.

    `says` is what it says if it means anything. Words that only overlap what is marked are no `sure` sample: where words end is
    not what they mean.
    """

    name: str
    kind: str
    features: Mapping[str, float]
    meaning: str
    span: Span | None = None
    says: tuple[str, str] = ("", "")
    sure: bool = True


@dataclass(frozen=True)
class Sentenced:
    """One sentence of a set: its quantities, the words in it that may mean something, and the phrases marked.

    `features` are those of the whole sentence, `answers` by point what it is marked to say.
    """

    name: str
    quantities: tuple[Sample, ...]
    words: tuple[Sample, ...]
    phrases: Phrases
    features: Mapping[str, float]
    answers: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Opened:
    """A marked contract as it is read."""

    name: str
    made: Written
    contract: Contract
    locale: str


@dataclass(frozen=True)
class Clausal:
    """One clause of a set: what speaks for its keys, and those it has by its heading or by a term marked in it."""

    name: str
    features: Mapping[str, float]
    keys: frozenset[str]


def main(arguments: Sequence[str]) -> int:
    """Print how well it carries over; write the weights when asked to."""
    parser = argparse.ArgumentParser(prog="bench.terms", description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args(arguments).write
    read = tuple(opened())
    clauses = tuple(one for contract in read for one in _clauses(contract))
    texts = list(gathered(read, clauses))
    for name in dict.fromkeys(one.name for one in texts):
        print(_judged(name, texts), flush=True)
    for line in _points_judged(texts):
        print(line, flush=True)
    if write:
        _TARGET.write_text(_as_json(fitted(texts)), encoding="utf-8")
        _POINTS.write_text(_as_json(points_fitted(texts)), encoding="utf-8")
        _CLAUSES.write_text(_judge_as_json(judge_fitted(clauses)), encoding="utf-8")
        _AGAIN.write_text(json.dumps(said_again(one.made for one in read), indent=1) + "\n", encoding="utf-8")
    return 0


def _sets() -> Iterator[tuple[str, Path]]:
    yield "made", SOURCES
    yield from ((path.name, path) for path in sorted((*FRESH.iterdir(), *BLIND.iterdir())))


def opened() -> Iterator[Opened]:
    """Every marked contract, in one of its two formats by turns."""
    with TemporaryDirectory(prefix="relevo-terms-") as folder:
        for name, root in _sets():
            for turn, made in enumerate(written(root)):
                yield Opened(name, made, *_read(made, made.formats[turn % 2], Path(folder)))


def _clauses(one: Opened) -> Iterator[Clausal]:
    bare = tuple(bare_passages(one.contract))
    for passage, matter in zip(bare, matters(bare), strict=True):
        marked = {mark.what.split("/")[0] for mark in one.made.planted if mark.path == passage.clause.path}
        yield Clausal(one.name, features_of_clause(matter), frozenset({*marked, *map(str, passage.named)}))


def judge_fitted(clauses: Sequence[Clausal]) -> Mapping[str, Any]:
    """One logistic function a key, as clause_weights.json holds them."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = DictVectorizer()
    matrix = vectors.fit_transform([one.features for one in clauses])
    often = [at for at, seen in enumerate((matrix != 0).sum(axis=0).A1) if seen >= _SEEN]
    keys = [str(key) for key in ClauseKey]
    fits = [LogisticRegression(max_iter=300, solver="liblinear") for _ in keys]
    for key, fit in zip(keys, fits, strict=True):
        fit.fit(matrix[:, often], [key in one.keys for one in clauses])
    names = vectors.get_feature_names_out()
    rows = {str(names[at]): [round(float(fit.coef_[0][column]), 2) for fit in fits] for column, at in enumerate(often)}
    much = {name: row for name, row in rows.items() if max(map(abs, row)) >= _LITTLE}
    return {"keys": keys, "bias": [round(float(fit.intercept_[0]), 2) for fit in fits], "weights": much}


def _abouts(clauses: Sequence[Clausal]) -> Mapping[str, About]:
    """By set, what weighs the clauses of it: fitted without its group of sets."""
    names = sorted({one.name for one in clauses})
    found: dict[str, About] = {}
    for group in range(_GROUPS):
        those = names[group::_GROUPS]
        judge = judge_from(judge_fitted([one for one in clauses if one.name not in those]))
        found |= dict.fromkeys(those, _weighed_by(judge))
    return found


def _weighed_by(judge: Judge) -> About:
    return lambda matter: judge.chances(features_of_clause(matter))


def said_again(marked: Iterable[Written]) -> Mapping[str, float]:
    """By meaning, the share of the contracts stating it that state it with several values (by the rule of succession)."""
    stated: Counter[str] = Counter()
    several: Counter[str] = Counter()
    for made in marked:
        values: dict[str, set[str]] = {}
        for one in made.planted:
            values.setdefault(one.what, set()).add(one.value)
        stated.update(values.keys())
        several.update(what for what, said in values.items() if len(said) > 1)
    return {what: round((several[what] + 1) / (count + 2), 3) for what, count in sorted(stated.items())}


def gathered(read: Sequence[Opened], clauses: Sequence[Clausal]) -> Iterator[Sentenced]:
    """The sentences of every marked text, by set."""
    abouts = _abouts(clauses)
    for contract in read:
        marks = {(mark.path, mark.value, mark.quote): mark.what for mark in contract.made.planted}
        yield from _sentences(contract.name, contract.contract, contract.locale, marks, abouts[contract.name])
    whole = _weighed_by(judge_from(judge_fitted(clauses)))
    for path in sorted(single.FOLDER.iterdir()):
        name, language = path.name.removesuffix(".txt").split(".")
        for one in single.sentences(path.name):
            marks = {("", value, quote): what for what, value, quote in one.states}
            found = _sentences(f"sentences {name}", single.contract_of(one.heading, one.text), language, marks, whole)
            yield from (replace(text, quantities=()) for text in found) if name == _BANK else found


def _read(made: Written, form: str, folder: Path) -> tuple[Contract, str]:
    ending, put = FORMATS[form]
    path = folder / f"{made.name}-{form}.{made.locale}{ending}"
    put(made, path)
    document = load(path, path.name)
    return read_contract(document), locale_of(path, document, Language(made.language), {})


def _sentences(name: str, contract: Contract, locale: str, marks: Marks, about: About) -> Iterator[Sentenced]:
    names = provider_names(contract.text)
    means = {meaning for shape in shapes() for meaning in shape.means}
    for passage in passages(contract, about):
        here = {at: what for at, what in marks.items() if at[0] in (passage.clause.path, "")}
        for sentence in sentences(passage, locale):
            numbers = {shown(place.value) for place in sentence.places}
            phrases = frozenset(
                (what, value, quote)
                for (_, value, quote), what in here.items()
                if what in means and value not in numbers and quote in sentence.text
            )
            numbered = tuple(_quantities(name, passage, sentence, names, here))
            words = tuple(_words(name, passage, sentence, names, phrases))
            answers = _answers(sentence, phrases)
            yield Sentenced(name, numbered, words, phrases, features_of_sentence(passage, sentence), answers)


def _quantities(
    name: str, passage: Passage, sentence: Sentence, names: frozenset[str], marks: Marks
) -> Iterator[Sample]:
    for place in sentence.places:
        if place.start < sentence.own:
            continue
        quote, value = sentence.text[place.start : place.end], shown(place.value)
        meaning = next(
            (marks[at] for path in (passage.clause.path, "") if (at := (path, value, quote)) in marks), NOTHING
        )
        features = features_of(place, sentence.places, setting_of(place, passage, sentence, names))
        yield Sample(name, KINDS[type(place.value)], features, meaning)


def _words(
    name: str, passage: Passage, sentence: Sentence, names: frozenset[str], phrases: Phrases
) -> Iterator[Sample]:
    for span in spans(sentence, passage.keys):
        value, quote = shown(said_by(span, sentence)), sentence.text[span.start : span.end]
        meaning = next((what for what in span.shape.means if (what, value, quote) in phrases), NOTHING)
        near = [mark for mark in phrases if mark[0] in span.shape.means and _overlap(span, mark, sentence, value)]
        features = features_of_words(span.start, span.end, span.value, setting_of(span, passage, sentence, names))
        yield Sample(name, span.shape.name, features, meaning, span, (value, quote), meaning != NOTHING or not near)


def _answers(sentence: Sentence, phrases: Phrases) -> Mapping[str, frozenset[str]]:
    said = [(what, value.replace(" ", "_")) for what, value, quote in phrases if quote in sentence.text[sentence.own :]]
    return {
        name: frozenset(value for what, value in said if what == name) & point.answers
        for name, point in points().items()
    }


def _overlap(span: Span, mark: tuple[str, str, str], sentence: Sentence, value: str) -> bool:
    start = sentence.text.find(mark[2])
    return start < span.end and span.start < start + len(mark[2]) and (span.shape.wants != "word" or mark[1] == value)


def fitted(texts: Sequence[Sentenced]) -> Mapping[str, Mapping[str, Any]]:
    """The weighings of all kinds of quantity and all shapes, as term_weights.json holds them."""
    samples = [one for text in texts for one in (*text.quantities, *text.words) if one.sure]
    kinds = (*KINDS.values(), *(shape.name for shape in shapes()))
    return {kind: _fitted([one for one in samples if one.kind == kind], _LOOSE.get(kind, 1.0)) for kind in kinds}


def points_fitted(texts: Sequence[Sentenced]) -> Mapping[str, Mapping[str, Any]]:
    """One logistic function a point, as point_weights.json holds them; of sentences that give two answers none learns."""
    found = {}
    for point in points():
        those = [one for one in texts if len(one.answers[point]) <= 1]
        samples = [Sample(one.name, point, one.features, next(iter(one.answers[point]), SILENT)) for one in those]
        found[point] = _fitted(samples, _LOOSE_POINT)
    return found


def _fitted(samples: Sequence[Sample], loose: float) -> Mapping[str, Any]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    if (
        len(meanings := {one.meaning for one in samples}) == 1
    ):  # the rule of succession: it may yet be seen to mean nothing
        return {"meanings": [*meanings, NOTHING], "bias": [round(math.log(len(samples) + 1), 2), 0.0], "weights": {}}
    vectors = DictVectorizer()
    matrix = vectors.fit_transform([one.features for one in samples])
    often = [at for at, seen in enumerate((matrix != 0).sum(axis=0).A1) if seen >= _SEEN]
    model = LogisticRegression(C=loose, max_iter=500)
    model.fit(matrix[:, often], [one.meaning for one in samples])
    names = vectors.get_feature_names_out()
    rows = {str(names[at]): _each(model.coef_[:, column]) for column, at in enumerate(often)}
    much = {name: row for name, row in rows.items() if max(map(abs, row)) >= _LITTLE}
    return {"meanings": list(map(str, model.classes_)), "bias": _each(model.intercept_), "weights": much}


def _each(row: Any) -> list[float]:
    """One number a meaning; of two meanings the model gives one number, how far the second is ahead of the first."""
    return [round(float(one), 2) for one in ((-row[0] / 2, row[0] / 2) if len(row) == 1 else row)]


def _judged(left_out: str, texts: Sequence[Sentenced]) -> str:
    weighings = {
        kind: weighing_from(data) for kind, data in fitted([one for one in texts if one.name != left_out]).items()
    }
    those = [one for one in texts if one.name == left_out]
    marked = [one for text in those for one in text.quantities if one.meaning != NOTHING]
    right = sum(_best(weighings[one.kind].chances(one.features)) == one.meaning for one in marked)
    found = [(text.phrases, _found(text, weighings)) for text in those]
    phrases, hit = sum(len(marks) for marks, _ in found), sum(len(marks & got) for marks, got in found)
    more = sum(len(got - marks) for marks, got in found)
    return (
        f"{left_out}: {right} of {len(marked)} quantities, {right / len(marked):.1%}; "
        f"{hit} of {phrases} phrases, {hit / phrases:.1%}, and {more} not marked"
    )


def _points_judged(texts: Sequence[Sentenced]) -> Iterator[str]:
    """By point, how many of the sentences that give an answer are seen to, each group of sets left out of the fitting."""
    names = sorted({one.name for one in texts})
    seen: dict[str, Counter[str]] = {point: Counter() for point in points()}
    for group in range(_GROUPS):
        those = names[group::_GROUPS]
        weighings = points_fitted([one for one in texts if one.name not in those])
        for point, data in weighings.items():
            weighing = weighing_from(data)
            for one in (text for text in texts if text.name in those):
                found = likeliest_answer(weighing, one.features)
                said = found.chance >= points()[point].least
                seen[point][_verdict(one.answers[point], found.value if said else SILENT)] += 1
    for point, count in seen.items():
        marked = count["right"] + count["other"] + count["missed"]
        others = f"{count['other']} another answer, {count['not marked']} not marked"
        yield f"{point}: {count['right']} of {marked} sentences, {others}"


def _verdict(marked: frozenset[str], found: str) -> str:
    if found in marked:
        return "right"
    if not marked:
        return "silent" if found == SILENT else "not marked"
    return "missed" if found == SILENT else "other"


def _best(chances: Mapping[str, float]) -> str:
    return max((name for name in chances if name != NOTHING), key=lambda name: chances[name])


def _found(text: Sentenced, weighings: Mapping[str, Weighing]) -> Phrases:
    """What the words of a sentence say, the first that means anything first, as a contract is read."""
    found: dict[tuple[int, int], tuple[str, str, str]] = {}
    for one in text.words:
        assert one.span is not None
        meaning = likeliest(weighings[one.kind].chances(one.features))
        if meaning and not any(one.span.start < end and start < one.span.end for start, end in found):
            found[one.span.start, one.span.end] = (f"{meaning.key}/{meaning.kind}", *one.says)
    return frozenset(found.values())


def _judge_as_json(data: Mapping[str, Any]) -> str:
    """One line a feature, so that a change shows."""
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(data["weights"].items()))
    head = f' "keys": {json.dumps(data["keys"])},\n "bias": {json.dumps(data["bias"])},'
    return f'{{\n{head}\n "weights": {{\n{rows}\n }}\n}}\n'


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
