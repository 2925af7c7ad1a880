"""Finding the terms of a contract: one sentence at a time, rule by rule. Pure; the rules are data in term_rules.toml."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, assert_never

from knowledge.clause_keys import ClauseKey, keys_by_heading, keys_of
from knowledge.clauses import Clause, Contract
from knowledge.quantities import Amount, Day, Length, Percent, Place, Quantity, Unit, flat, quantities
from knowledge.term_evidence import Meaning, Setting, concepts, weighed
from knowledge.term_sides import actor_of, conditional, party_of, provider_names, scope_of
from knowledge.terms import Formula, Party, Phrase, Term, Value, Word
from knowledge.text import sentence_spans

_LONGEST_SENTENCE = 1_200
_FILL = "\ue001"
_MARKS: Mapping[type[Quantity], str] = {Length: "\ue000", Amount: "\ue002", Percent: "\ue003", Day: "\ue004"}
_RATE = "\ue005"  # an amount that says per what
_NAMES = {"length": Length, "amount": Amount, "percent": Percent, "day": Day}
_WANTS = frozenset({*_NAMES, "word", "phrase", "formula", "each"})
_NEGATED = re.compile(
    r"(?<!\bsi )(?<!\bde )\b(?:(?:no|not)"
    r"(?! (?:be |sera |ser )?(?:more|less|later|fewer|greater|higher|menos|mas|inferior|superior)\b)"
    r"|nunca|never|sin(?! (?:perjuicio|(?:justa )?causa|motivo|avis\w+|preaviso|cumplir|completar|respetar)\b)"
    r"|without(?! (?:prejudice|cause|notice|giving|completing)\b)|ningun[ao]?|neither|nor|ni|tampoco|cannot|en ningun caso"
    r"|excluye\w*)\b[^.;:,]{0,45}$"
)
_NOT_QUITE = re.compile(
    r"\b(?:no|not|nunca|never|tampoco)\s+$"
    r"|\b(?:neither|ningun[ao]?|nadie|nobody|no (?:party|one|person|customer|subscriber|user|member|client))\b[^.;:,]{0,60}$"
)
_MODAL = re.compile(r"(?:pod(?:ra|es)|puede|tendra|tiene|may|can|shall|will|has|have|derecho)")
_EACH: Mapping[str, Unit] = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
_ASIDE = re.compile(
    r",? (?:salvo|excepto|except|unless|provided|siempre (?:que|y cuando)|sin perjuicio|without prejudice|without regard"
    r"|whichever|and in no|y en ningun|(?:conforme a|segun) (?:la|las|el)|under (?:the )?\w+ law)\b.*$|,? (?:plus|mas) ["
    "\ue002\ue005].*$"
)
_SURE = {"phrase": 0.8, "formula": 0.8, "word": 0.85}
_WEIGHED = 0.65  # the most a term is trusted that no rule knows


@dataclass(frozen=True)
class _Rule:
    key: ClauseKey
    kind: str
    wants: str
    value: str
    say: re.Pattern[str]
    near: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    within: frozenset[ClauseKey]
    outside: frozenset[ClauseKey]
    headed: frozenset[ClauseKey]
    party: str
    not_actor: str
    negatable: bool
    goes_on: bool
    cased: bool
    titled: bool


@dataclass(frozen=True)
class _Passage:
    """A clause without its items, or one item.

    `named` are the keys its heading names, `lead` is what has to be read before it, `at` where `text` begins.
    """

    clause: Clause
    keys: tuple[ClauseKey, ...]
    named: tuple[ClauseKey, ...]
    lead: str
    text: str
    at: int


@dataclass(frozen=True)
class _Sentence:
    """`text` is lead and sentence; what counts begins at `own`, which stands at `at` in the contract.

    `before` is the sentence before it in the clause, in small letters without accents."""

    text: str
    plain: str
    masked: str
    places: tuple[Place, ...]
    own: int
    at: int
    before: str


def read_terms(contract: Contract, locale: str) -> tuple[Term, ...]:
    """The terms in the order they stand. `locale` decides `01/02/2027`; a bare `en` leaves both readings."""
    names = provider_names(contract.text)
    found = [
        term
        for passage in _passages(contract)
        for sentence in _sentences(passage, locale)
        for term in _terms(contract, passage, sentence, names)
    ]
    return tuple(sorted(_with_scopes(found), key=lambda term: (term.start, term.end, term.key, term.kind)))


def _with_scopes(terms: Iterable[Term]) -> Iterator[Term]:
    """A sentence that names no plan goes on about those of the sentence before it in the same clause."""
    held: dict[str, tuple[str, ...]] = {}
    for term in terms:
        if term.scope:
            held[term.whole] = term.scope
        yield term if term.scope else replace(term, scope=held.get(term.whole, ()))


def _passages(contract: Contract) -> Iterator[_Passage]:
    whole: dict[str, tuple[ClauseKey, ...]] = {}
    for at, clause in enumerate(contract.clauses):
        keys = keys_of(clause)
        if clause.item:
            keys = tuple(dict.fromkeys((*whole.get(clause.whole, ()), *keys)))
        else:
            whole[clause.path] = keys
        after = contract.clauses[at + 1] if at + 1 < len(contract.clauses) else None
        end = min(clause.end, after.start) if after is not None and after.item else clause.end
        named = keys_by_heading(clause.heading)
        yield _Passage(clause, keys, named, _lead_of(contract, clause), contract.text[clause.body : end], clause.body)


def _lead_of(contract: Contract, clause: Clause) -> str:
    """The last sentence before the first item: an item is read after it."""
    if not clause.item:
        return ""
    whole = next(one for one in contract.clauses if one.path == clause.whole)
    first = next(one for one in contract.clauses if one.whole == clause.whole and one.item)
    leads = (_last_sentence(contract.text[whole.body : first.start]), _above(contract, clause))
    return " ".join(lead for lead in leads if lead)


def _above(contract: Contract, clause: Clause) -> str:
    """What an item of an item goes on from: `(b) restrict your service where: (i)`."""
    above = next((one for one in contract.clauses if one.item and one.path == clause.path.rpartition(" ")[0]), None)
    inner = next((one for one in contract.clauses if above and one.path.startswith(f"{above.path} ")), None)
    return _last_sentence(contract.text[above.body : inner.start]) if above and inner else ""


def _last_sentence(text: str) -> str:
    lead = text.strip()
    if not lead:
        return ""
    start, end = sentence_spans(lead)[-1]
    return lead[start:end]


def _sentences(passage: _Passage, locale: str) -> Iterator[_Sentence]:
    lead = f"{passage.lead} " if passage.lead else ""
    last = ""
    for number, (start, end) in enumerate(_bounded(passage.text)):
        before = lead if number == 0 else ""
        text = before + passage.text[start:end]
        places = quantities(text, locale)
        plain = flat(text)
        yield _Sentence(text, plain, _masked(plain, places), places, len(before), passage.at + start, last)
        last = plain


def _bounded(text: str) -> Iterator[tuple[int, int]]:
    """The sentences; one longer than any person writes is looked through in parts, so that no text takes for ever."""
    for start, end in sentence_spans(text):
        while end - start > _LONGEST_SENTENCE:
            cut = text.rfind(" ", start, start + _LONGEST_SENTENCE)
            cut = cut if cut > start else start + _LONGEST_SENTENCE
            yield start, cut
            start = cut
        yield start, end


def _masked(plain: str, places: tuple[Place, ...]) -> str:
    for place in places:
        mark = _RATE if isinstance(place.value, Amount) and place.value.per else _MARKS[type(place.value)]
        plain = plain[: place.start] + mark + _FILL * (place.end - place.start - 1) + plain[place.end :]
    return plain


def _terms(contract: Contract, passage: _Passage, sentence: _Sentence, names: frozenset[str]) -> Iterator[Term]:
    taken: set[tuple[int, int]] = set()
    held = {type(place.value) for place in sentence.places}
    for rule in _rules():
        if (rule.wants in _NAMES and _NAMES[rule.wants] not in held) or not _applies(rule, passage, sentence):
            continue
        looked_at = sentence.text if rule.cased else sentence.masked
        for match in rule.say.finditer(looked_at):
            start, end = _span(rule, match)
            if start < sentence.own or _overlaps(taken, start, end) or _is_negated(rule, sentence, match.start()):
                continue
            if (rule.party or rule.not_actor) and not _binds(rule, passage, sentence, start, names):
                continue
            taken.add((start, end))
            for value in _values(rule, sentence, start, end):
                yield _term(contract, passage, sentence, names, rule, value, start, end)
    yield from _by_evidence(contract, passage, sentence, names, taken)


def _by_evidence(
    contract: Contract, passage: _Passage, sentence: _Sentence, names: frozenset[str], taken: set[tuple[int, int]]
) -> Iterator[Term]:
    """What no rule has claimed, for what its surroundings say it is."""
    for place in sentence.places:
        if place.start < sentence.own or _overlaps(taken, place.start, place.end):
            continue
        heading, party = flat(passage.clause.heading), _side(passage, sentence, place.start, names)
        setting = Setting(sentence.plain, heading, sentence.before, passage.named, party)
        found = weighed(place, sentence.places, setting)
        if found:
            meaning, score = found
            sure = round(_WEIGHED * score, 2)
            term = _term(contract, passage, sentence, names, meaning, place.value, place.start, place.end)
            yield replace(term, confidence=min(term.confidence, sure))


def _applies(rule: _Rule, passage: _Passage, sentence: _Sentence) -> bool:
    keys = passage.named if rule.titled else ()
    if rule.within and rule.within.isdisjoint(keys or passage.keys):
        return False
    if not rule.outside.isdisjoint(passage.named) or (rule.headed and rule.headed.isdisjoint(passage.named)):
        return False
    if rule.unless and rule.unless.search(sentence.plain):
        return False
    if rule.near is None:
        return True
    near = (sentence.plain, flat(passage.clause.heading), *([sentence.before] if rule.goes_on else []))
    return any(rule.near.search(text) for text in near)


def _span(rule: _Rule, match: re.Match[str]) -> tuple[int, int]:
    name = next((name for name, held in match.groupdict().items() if held is not None), None)
    start, end = match.span(name) if name else match.span()
    if rule.wants in _NAMES:
        return start, end
    held = match.string[start:end]
    aside = (
        _ASIDE.search(flat(held)) if rule.wants in ("phrase", "formula") and rule.key is not ClauseKey.MISC else None
    )
    held = held[: aside.start()] if aside else held
    return start + len(held) - len(held.lstrip()), start + len(held.rstrip(" ,"))


def _overlaps(taken: set[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < last and first < end for first, last in taken)


def _is_negated(rule: _Rule, sentence: _Sentence, start: int) -> bool:
    """A "no" before it. One before `podrá` or `may` counts only right before: `who does not agree may leave`."""
    if not rule.negatable:
        return False
    before = sentence.plain[:start]
    return bool((_NOT_QUITE if _MODAL.match(sentence.plain[start:]) else _NEGATED).search(before))


def _values(rule: _Rule, sentence: _Sentence, start: int, end: int) -> Iterator[Value]:
    if rule.wants in _NAMES:
        yield from (place.value for place in sentence.places if (place.start, place.end) == (start, end))
    elif rule.wants == "word":
        yield Word(rule.value)
    elif rule.wants == "each":
        yield Length(1, _EACH[rule.value])
    elif rule.wants == "phrase":
        yield Phrase(sentence.text[start:end])
    elif rule.wants == "formula":
        yield Formula(sentence.text[start:end])
    else:
        assert_never(rule.wants)  # type: ignore[arg-type]  # checked when the rules are read


def _term(
    contract: Contract,
    passage: _Passage,
    sentence: _Sentence,
    names: frozenset[str],
    rule: _Rule | Meaning,
    value: Value,
    start: int,
    end: int,
) -> Term:
    at = sentence.at + start - sentence.own
    length = end - start
    note = _note(value, sentence, start, end)
    said = sentence.text[sentence.own :]
    return Term(
        rule.key,
        rule.kind,
        value,
        contract.text[at : at + length],
        at,
        at + length,
        said,
        passage.clause.path,
        passage.clause.whole,
        contract.page_at(at),
        _confidence(rule, passage, sentence, value, note),
        party_of(sentence.text, start, names),
        scope_of(sentence.text),
        isinstance(value, Word) and _only_in_a_case(rule, passage, sentence),
        note,
    )


def _binds(rule: _Rule, passage: _Passage, sentence: _Sentence, start: int, names: frozenset[str]) -> bool:
    if rule.not_actor and rule.not_actor == actor_of(sentence.text, start, names):
        return False
    return not rule.party or rule.party == _side(passage, sentence, start, names)


def _side(passage: _Passage, sentence: _Sentence, start: int, names: frozenset[str]) -> Party:
    """Whose duty or right it is; a sentence that names nobody goes on about whom its heading or the one before it names."""
    named = actor_of(sentence.text, start, names) or party_of(sentence.text, start, names)
    return named or party_of(passage.clause.heading, 0, names) or party_of(sentence.before, 0, names)


def _only_in_a_case(rule: _Rule | Meaning, passage: _Passage, sentence: _Sentence) -> bool:
    """`No penalty` in a clause on something else, a change of terms say, holds for that case."""
    named = passage.named
    elsewhere = rule.key is ClauseKey.PENALTY and bool(named) and ClauseKey.PENALTY not in named
    return (elsewhere and ClauseKey.TERM_USER not in named) or conditional(sentence.plain)


def _note(value: Value, sentence: _Sentence, start: int, end: int) -> str:
    if isinstance(value, Day) and len(value.readings) > 1:
        return "the day and the month can be read either way; declare the document's locale"
    twins = sum((place.start, place.end) == (start, end) for place in sentence.places)
    return "the number in words and the one in figures differ" if twins > 1 else ""


def _confidence(rule: _Rule | Meaning, passage: _Passage, sentence: _Sentence, value: Value, note: str) -> float:
    if note:
        return 0.3
    sure = _SURE.get(rule.wants, 0.95) - (0.15 if rule.headed else 0.0)
    if rule.key not in passage.keys:
        sure -= 0.15
    elif rule.key not in passage.named:
        sure -= 0.05
    if sum(type(place.value) is type(value) for place in sentence.places) > 1:
        sure -= 0.1
    return round(sure, 2)


@cache
def _rules() -> tuple[_Rule, ...]:
    data = tomllib.loads((resources.files("knowledge") / "term_rules.toml").read_text(encoding="utf-8"))
    lists = {f"about_{name}": pattern.pattern for name, pattern in concepts().items()}
    lists |= {name: f"(?:{'|'.join(said)})" for name, said in data["lists"].items()}
    return tuple(_rule(row, lists) for row in data["rule"])


def _rule(row: Mapping[str, Any], lists: Mapping[str, str]) -> _Rule:
    if row["wants"] not in _WANTS:
        raise ValueError(
            f"term_rules.toml: {row['key']}/{row['kind']} wants {row['wants']!r}, which is no kind of value."
        )
    return _Rule(
        ClauseKey(row["key"]),
        row["kind"],
        row["wants"],
        row.get("value", ""),
        _pattern("|".join(row["say"]), lists, row["wants"]),
        re.compile(_listed(row["near"], lists)) if "near" in row else None,
        re.compile(_listed(row["unless"], lists)) if "unless" in row else None,
        frozenset(ClauseKey(key) for key in row.get("within", ())),
        frozenset(ClauseKey(key) for key in row.get("outside", ())),
        frozenset(ClauseKey(key) for key in row.get("headed", ())),
        row.get("party", ""),
        row.get("not_actor", ""),
        row.get("negatable", False),
        row.get("goes_on", False),
        row.get("cased", False),
        row.get("titled", False),
    )


def _listed(said: str, lists: Mapping[str, str]) -> str:
    for name, listed in lists.items():
        said = said.replace(f"@{name}", listed)
    return said


def _pattern(said: str, lists: Mapping[str, str], wants: str) -> re.Pattern[str]:
    said = _listed(said, lists)
    said = said.replace("{rate}", f"(?P<rate>{_RATE}{_FILL}*)")
    for name, kind in _NAMES.items():
        parts = said.split(f"{{{name}}}")
        mark = f"[{_MARKS[kind]}{_RATE}]{_FILL}*" if kind is Amount else f"{_MARKS[kind]}{_FILL}*"
        if name != wants:
            said = mark.join(parts)
            continue
        said = parts[0] + "".join(f"(?P<at{number}>{mark}){part}" for number, part in enumerate(parts[1:]))
    first, *others = said.split("(?P<q>")
    return re.compile(first + "".join(f"(?P<q{number}>{part}" for number, part in enumerate(others)))
