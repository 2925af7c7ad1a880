"""The terms a contract states: a key, a kind, a value and the exact words that say it. Pure.

Nothing is worked out that does not stand in the text, and what says "no" is never read as its opposite.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Discriminator, TypeAdapter

from knowledge.clause_keys import ClauseKey
from knowledge.quantities import Amount, Day, Length, Percent
from records.ids import fingerprint

WEIGHED = 0.65
"""The most a term is trusted that no rule knows, or that what stands around it contradicts: it is for a person to confirm."""


@dataclass(frozen=True)
class Word:
    """One of a few known words: `automatic`, `none`, `with_consent`… The rules file lists them by kind."""

    word: str
    type: Literal["word"] = "word"


@dataclass(frozen=True)
class Phrase:
    """What can only be said in the contract's own words: a court, a law, a file format."""

    words: str
    type: Literal["phrase"] = "phrase"


@dataclass(frozen=True)
class Formula:
    """How an amount is reckoned, in the contract's own words. Nobody has reckoned it."""

    words: str
    type: Literal["formula"] = "formula"


Value = Length | Amount | Percent | Day | Word | Phrase | Formula
_values: TypeAdapter[Value] = TypeAdapter(Annotated[Value, Discriminator("type")])

Party = Literal["customer", "provider", "both", ""]


@dataclass(frozen=True)
class Term:
    """One stated term. `quote` is `contract.text[start:end]`; `sentence` is what it stands in, `whole` the clause of an item.

    `party` is whom it binds and `scope` the plans it names, empty where the sentence does not say. `conditional`: only in
    some case. `confidence` is in [0, 1]; `note` says what a reviewer should look at.
    """

    key: ClauseKey
    kind: str
    value: Value
    quote: str
    start: int
    end: int
    sentence: str
    path: str
    whole: str
    page: int
    confidence: float
    party: Party = ""
    scope: tuple[str, ...] = ()
    conditional: bool = False
    note: str = ""

    def id_in(self, source: str) -> str:
        """A name that stays as long as the same words say the same thing in the same clause."""
        said = (self.path, self.key, self.kind, value_to_json(self.value), self.sentence)
        return fingerprint(source, *said, str(self.start - self.sentence_start))

    @property
    def sentence_start(self) -> int:
        return self.start - max(0, self.sentence.find(self.quote))


_terms: TypeAdapter[Term] = TypeAdapter(Term)


@dataclass(frozen=True)
class Conflict:
    """Clauses of one contract that say different things about the same point. `precedence` is what the contract says about
    which of its parts prevails; nobody has applied it."""

    key: ClauseKey
    kind: str
    terms: tuple[Term, ...]
    precedence: tuple[Term, ...] = field(default=())


def value_to_json(value: Value) -> str:
    return _values.dump_json(value).decode()


def value_from_json(text: str) -> Value:
    return _values.validate_json(text)


def plain_term(term: Term) -> dict[str, Any]:
    """A term as JSON knows it."""
    plain: dict[str, Any] = _terms.dump_python(term, mode="json")
    return plain


def term_from_plain(plain: Mapping[str, Any]) -> Term:
    return _terms.validate_python(plain)


def shown(value: Value) -> str:
    """A value in a few plain words, for the command line."""
    match value:
        case Length():
            days = "" if value.days == "unstated" or value.unit != "day" else f"{value.days} "
            return f"{value.count} {days}{value.unit}{'' if value.count == 1 else 's'}"
        case Amount():
            return f"{value.amount} {value.currency}" + (f" per {value.per}" if value.per else "")
        case Percent():
            return f"{value.percent} %"
        case Day():
            return " or ".join(day.isoformat() for day in value.readings)
        case Word():
            return value.word.replace("_", " ")
        case Phrase() | Formula():
            return value.words


_SEVERAL = frozenset(
    {
        "address",
        "anytime",
        "precedence",
        "exit_right",
        "format",
        "late_fee",
        "method",
        "credit",
        "response",
        "arbitration",
        "refund",
        "contact",
        "medium",
        "exclusion",
    }
)
"""Kinds a contract may well state more than once with different values."""


def conflicts(terms: Sequence[Term]) -> tuple[Conflict, ...]:
    """Where clauses differ on one point. Both are given; which one holds is for a person to say."""
    precedence = tuple(term for term in terms if term.kind == "precedence")
    groups: dict[tuple[ClauseKey, str], list[Term]] = {}
    for term in terms:
        if term.kind not in _SEVERAL:
            groups.setdefault((term.key, term.kind), []).append(term)
    found = []
    for (key, kind), group in groups.items():
        at_odds = tuple(term for term in group if any(_differ(term, other) for other in group))
        if at_odds:
            found.append(Conflict(key, kind, at_odds, precedence))
    return tuple(found)


def _differ(one: Term, other: Term) -> bool:
    if one.whole == other.whole:
        return (one.start, one.end) == (other.start, other.end) and one.value != other.value
    return _same_point(one, other) and not _agree(one.value, other.value)


def _same_point(one: Term, other: Term) -> bool:
    parties = not one.party or not other.party or one.party == other.party or "both" in (one.party, other.party)
    if one.kind == "amount" and one.key is ClauseKey.PRICE:
        return one.scope == other.scope and _per(one.value) == _per(other.value)
    scopes = not one.scope or not other.scope or bool(set(one.scope) & set(other.scope))
    return parties and scopes and one.conditional == other.conditional


def _per(value: Value) -> str:
    return value.per if isinstance(value, Amount) else ""


def _agree(one: Value, other: Value) -> bool:
    if isinstance(one, Length) and isinstance(other, Length):
        days = one.days == other.days or "unstated" in (one.days, other.days)
        return (one.count, one.unit) == (other.count, other.unit) and days
    if isinstance(one, Day) and isinstance(other, Day):
        return bool(set(one.readings) & set(other.readings))
    if isinstance(one, Amount) and isinstance(other, Amount):
        return (float(one.amount), one.currency) == (float(other.amount), other.currency)
    if isinstance(one, Phrase) and isinstance(other, Phrase):
        return _bare(one.words) == _bare(other.words)
    return one == other


def _bare(words: str) -> str:
    """Without articles: `the laws of Spain` and `laws of Spain` are one; `ley` and `legislación` stay two."""
    return " ".join(word for word in words.lower().split() if word not in ("the", "la", "los", "las", "el"))


def by_clause(terms: Sequence[Term]) -> Mapping[str, tuple[Term, ...]]:
    """The terms of each clause, those of its items among them."""
    found: dict[str, tuple[Term, ...]] = {}
    for term in terms:
        found[term.whole] = (*found.get(term.whole, ()), term)
    return found
