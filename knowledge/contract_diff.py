"""Two versions of a contract side by side: which clauses stayed, were reworded or changed, are new or gone. Pure.

Clauses are matched by their words, their heading and their subject, never by number alone, so a clause that only moved
stays the same one. Every clause of either side appears exactly once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from knowledge.clause_keys import ClauseKey, keys_of
from knowledge.clauses import Clause
from knowledge.facts import facts
from knowledge.numbering import read_marker
from knowledge.quantities import flat
from knowledge.terms import Phrase, Term, by_clause, shown, value_to_json
from knowledge.text import words

_LEAST = 0.42
"""Below this likeness two clauses are not versions of one another. Set on the sample company's two versions."""

_NEGATIONS = frozenset(
    (
        "no", "not", "nunca", "never", "sin", "without", "ningun", "ninguna", "ninguno", "tampoco", "neither", "nor",
        "cannot", "unless", "salvo", "excepto", "except",
    )
)  # fmt: skip
_REFERENCES = frozenset(
    (
        "clausula", "clausulas", "articulo", "articulos", "apartado", "apartados", "anexo", "anexos", "clause", "clauses",
        "section", "sections", "article", "articles", "annex", "paragraph", "paragraphs", "schedule",
    )
)  # fmt: skip


class Change(StrEnum):
    """What happened to a clause. `changed`: a term, a number, a date or a "no" differs; `reworded`: only words do."""

    SAME = "same"
    REWORDED = "reworded"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Side:
    """A clause as one version has it."""

    path: str
    heading: str
    text: str


@dataclass(frozen=True)
class Difference:
    """What of substance differs: a term's values on either side (empty where it is not stated), as they are quoted."""

    what: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Matched:
    """A clause that both versions have."""

    change: Change
    keys: tuple[ClauseKey, ...]
    old: Side
    new: Side
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Gone:
    """A clause only the old version has."""

    keys: tuple[ClauseKey, ...]
    old: Side
    change: Change = Change.GONE


@dataclass(frozen=True)
class Added:
    """A clause only the new version has."""

    keys: tuple[ClauseKey, ...]
    new: Side
    change: Change = Change.NEW


Entry = Matched | Gone | Added


@dataclass(frozen=True)
class Version:
    """One side of a comparison: its clauses in order and the terms read from them."""

    clauses: Sequence[Clause]
    terms: Sequence[Term]


def diff(old: Version, new: Version) -> tuple[Entry, ...]:
    """Every clause of both versions once, in the order of the new one; what is gone stands where it stood."""
    ours = [clause for clause in old.clauses if not clause.item]
    theirs = [clause for clause in new.clauses if not clause.item]
    pairs = _pairs(ours, theirs)
    said = by_clause(old.terms), by_clause(new.terms)
    back = {there: here for here, there in pairs.items()}
    entries: list[Entry] = []
    waiting = 0
    for at, clause in enumerate(theirs):
        if at not in back:
            entries.append(Added(keys_of(clause), _side(clause)))
            continue
        entries += _gone(ours, range(waiting, back[at]), pairs)
        waiting = max(waiting, back[at] + 1)
        entries.append(_matched(ours[back[at]], clause, *said))
    return (*entries, *_gone(ours, range(waiting, len(ours)), pairs))


def _gone(ours: Sequence[Clause], places: Iterable[int], pairs: Mapping[int, int]) -> Iterator[Gone]:
    return (Gone(keys_of(ours[at]), _side(ours[at])) for at in places if at not in pairs)


def _side(clause: Clause) -> Side:
    return Side(clause.path, clause.heading, clause.text)


def _pairs(ours: Sequence[Clause], theirs: Sequence[Clause]) -> dict[int, int]:
    """Which clause became which: those with the same words first, then the likest."""
    old, new = [_Likeness(clause) for clause in ours], [_Likeness(clause) for clause in theirs]
    scored = sorted(
        (
            (-_score(one, other), abs(here / len(old) - there / len(new)), here, there)
            for here, one in enumerate(old)
            for there, other in enumerate(new)
            if _score(one, other) >= _LEAST
        )
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, here, there in scored:
        if here not in pairs and there not in taken:
            pairs[here] = there
            taken.add(there)
    return pairs


class _Likeness:
    """What two clauses are compared by."""

    def __init__(self, clause: Clause) -> None:
        self.path = clause.path
        self.text = _bare(clause.text)
        self.heading = flat(clause.heading)
        self.words = Counter(words(self.text))
        self.size = self.words.total()
        self.keys = frozenset(keys_of(clause))


def _score(one: _Likeness, other: _Likeness) -> float:
    """2 and more for the same words, else in [0, 1]: shared words count most, then heading and subject."""
    titled = one.heading == other.heading
    if one.text == other.text and (one.text or titled):
        return 2.0 + 0.5 * titled + 0.25 * (one.path == other.path)
    if not one.size or not other.size:
        return 0.0
    shared = 2 * (one.words & other.words).total() / (one.size + other.size)
    subject = len(one.keys & other.keys) / len(one.keys | other.keys)
    return 0.7 * shared + 0.15 * (titled and bool(one.heading)) + 0.15 * subject


def _bare(text: str) -> str:
    """The words without the clause's own number, so that a clause that moved is the same."""
    marker = read_marker(text.split("\n", 1)[0]) if text else None
    if marker is None:
        return " ".join(text.split())
    first, _, rest = text.partition("\n")
    return " ".join(f"{first[len(first) - len(marker.rest) :]}\n{rest}".split())


def _matched(
    old: Clause, new: Clause, said: Mapping[str, tuple[Term, ...]], says: Mapping[str, tuple[Term, ...]]
) -> Matched:
    keys = tuple(dict.fromkeys((*keys_of(new), *keys_of(old))))
    before, after = _bare(old.text), _bare(new.text)
    if before == after and old.heading == new.heading:
        return Matched(Change.SAME, keys, _side(old), _side(new), ())
    stated = tuple(_term_differences(said.get(old.path, ()), says.get(new.path, ())))
    quoted = " ; ".join(quote for one in stated for quote in (*one.old, *one.new))
    found = (*stated, *_other_differences(before, after, frozenset(facts(quoted))))
    return Matched(Change.CHANGED if found else Change.REWORDED, keys, _side(old), _side(new), found)


def _term_differences(old: Sequence[Term], new: Sequence[Term]) -> Iterator[Difference]:
    before, after = _stated(old), _stated(new)
    for what in dict.fromkeys((*before, *after)):
        was, now = before.get(what, {}), after.get(what, {})
        if set(was) != set(now):
            yield Difference(what, tuple(was.values()), tuple(now.values()))


def _stated(terms: Sequence[Term]) -> dict[str, dict[str, str]]:
    """For each kind of term its values, and the words that state them."""
    found: dict[str, dict[str, str]] = {}
    for term in terms:
        if not isinstance(term.value, Phrase) or term.kind in ("court", "law"):
            value = flat(shown(term.value)) if isinstance(term.value, Phrase) else value_to_json(term.value)
            found.setdefault(f"{term.key}/{term.kind}", {})[value] = term.quote
    return found


def _other_differences(before: str, after: str, known: frozenset[str]) -> Iterator[Difference]:
    """Numbers no rule knows, and a "no" more or less: not only words."""
    was, now = facts(_unreferenced(before)), facts(_unreferenced(after))
    if (set(was) ^ set(now)) - known:
        yield Difference(
            "numbers",
            tuple(fact for fact in was if fact not in now and fact not in known),
            tuple(fact for fact in now if fact not in was and fact not in known),
        )
    denied, denies = _negations(before), _negations(after)
    if denied != denies:
        yield Difference("negation", tuple((denied - denies).elements()), tuple((denies - denied).elements()))


def _negations(text: str) -> Counter[str]:
    return Counter(word for word in words(text) if word in _NEGATIONS)


def _unreferenced(text: str) -> str:
    """Without the numbers of other clauses, which move when a contract is renumbered."""
    kept: list[str] = []
    pointing = False
    for word in text.split():
        bare = flat(word).strip(".,;:()«»\"'")
        number = bool(bare) and (bare[0].isdigit() or bare in ("y", "e", "and", "or", "o", "to", "a"))
        if pointing and number:
            continue
        pointing = bare in _REFERENCES
        kept.append(word)
    return " ".join(kept)


def as_plain(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The entries as JSON knows them; `old` or `new` is null where there is none."""
    return [
        {
            "change": entry.change.value,
            "keys": [key.value for key in entry.keys],
            "old": vars(entry.old) if isinstance(entry, Matched | Gone) else None,
            "new": vars(entry.new) if isinstance(entry, Matched | Added) else None,
            "differences": [
                {"what": one.what, "old": list(one.old), "new": list(one.new)}
                for one in (entry.differences if isinstance(entry, Matched) else ())
            ],
        }
        for entry in entries
    ]
