"""Finding the terms of a contract: one sentence at a time, rule by rule. Pure; the rules are data in term_rules.toml."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from knowledge.clause_keys import ClauseKey
from knowledge.clauses import Contract
from knowledge.quantities import Day, Length, Place, Quantity, flat
from knowledge.term_evidence import Meaning, Setting, chances, chances_of_words, likeliest
from knowledge.term_once import Weighed, settled
from knowledge.term_passages import Passage, Sentence, passages, sentences
from knowledge.term_points import answer, features_of_sentence, points, words_of
from knowledge.term_rules import NAMES, Rule, applies, is_negated, rules, span
from knowledge.term_shapes import Span, spans
from knowledge.term_sides import actor_of, conditional, party_of, provider_names, scope_of
from knowledge.terms import WEIGHED, Formula, Party, Phrase, Term, Value, Word

Chances = Mapping[tuple[int, Value], Mapping[str, float]]
"""Of a quantity at a place of the contract, the chance of each of its meanings."""

Read = Sequence[tuple[Passage, Sentence]]
"""The sentences of a contract, each with the clause or item it stands in."""

_EACH: Mapping[str, Length] = {
    "week": Length(1, "week"),
    "month": Length(1, "month"),
    "quarter": Length(3, "month"),
    "half-year": Length(6, "month"),
    "year": Length(1, "year"),
}
_SURE = {"phrase": 0.8, "formula": 0.8, "word": 0.85}
_EVEN = 0.5
_TWO = 0.3
_SAYS_TWO = "the sentence says two things about this; see whom or which case each is for"
_UNLIKELY, _LIKELIER = 0.3, 0.5  # chances from which what stands around a quantity overrules a rule


def read_terms(contract: Contract, locale: str) -> tuple[Term, ...]:
    """The terms in the order they stand. `locale` decides `01/02/2027`; a bare `en` leaves both readings."""
    names = provider_names(contract.text)
    read = [(passage, sentence) for passage in passages(contract) for sentence in sentences(passage, locale)]
    weighed = _weighed(read, names)
    found = [
        term
        for passage, sentence in read
        for term in _told_apart(tuple(_terms(contract, passage, sentence, names, weighed)))
    ]
    found += _unsaid(contract, read, names, tuple(found))
    return tuple(sorted(_with_scopes(found), key=lambda term: (term.start, term.end, term.key, term.kind)))


def _unsaid(contract: Contract, read: Read, names: frozenset[str], found: Sequence[Term]) -> Iterator[Term]:
    """What sentences most likely say on points nothing else was found on in them (`knowledge.term_points`)."""
    seen = [(features_of_sentence(*at), at) for at in read]
    for name, point in points().items():
        key, kind = name.split("/")
        known = [term.start for term in found if (term.key, term.kind) == (key, kind)]
        said = [(one, at) for features, at in seen if (one := answer(name, features, at[1]))]
        best = max((one.chance for one, _ in said), default=0.0)
        for one, (passage, sentence) in said:
            again = one.chance >= point.again and not any(_within(sentence, at) for at in known)
            if (again or (one.chance == best and not known)) and (words := words_of(name, one.value, sentence)):
                meaning = Meaning(ClauseKey(key), kind, one.chance)
                yield _term(contract, passage, sentence, names, meaning, Word(one.value), *words)


def _within(sentence: Sentence, at: int) -> bool:
    return sentence.at <= at < sentence.at + len(sentence.text) - sentence.own


def _told_apart(terms: Sequence[Term]) -> Iterator[Term]:
    """The terms of one sentence; words that say two things on one point of the same side, or of nobody, are for a person."""
    for term in terms:
        point = (term.key, term.kind, term.party)
        said = {one.value for one in terms if isinstance(one.value, Word) and (one.key, one.kind, one.party) == point}
        at_odds = isinstance(term.value, Word) and len(said) > 1
        yield replace(term, confidence=_TWO, note=_SAYS_TWO) if at_odds else term


def _with_scopes(terms: Iterable[Term]) -> Iterator[Term]:
    """A sentence that names no plan goes on about those of the sentence before it in the same clause."""
    held: dict[str, tuple[str, ...]] = {}
    for term in terms:
        if term.scope:
            held[term.whole] = term.scope
        yield term if term.scope else replace(term, scope=held.get(term.whole, ()))


def _weighed(read: Read, names: frozenset[str]) -> Chances:
    """By where a quantity stands and what it is, the chances of its meanings, seeing what the contract's others mean."""
    alone = {
        _at(place, sentence): chances(place, sentence.places, setting_of(place, passage, sentence, names))
        for passage, sentence in read
        for place in sentence.places
        if place.start >= sentence.own
    }
    together = settled([Weighed(value, found) for (_, value), found in alone.items()])
    return dict(zip(alone, together, strict=True))


def _at(place: Place, sentence: Sentence) -> tuple[int, Quantity]:
    """Where in the contract a quantity stands, and what it is: a number in words and one in figures may stand at one place."""
    return sentence.at + place.start - sentence.own, place.value


def _terms(
    contract: Contract, passage: Passage, sentence: Sentence, names: frozenset[str], weighed: Chances
) -> Iterator[Term]:
    words = tuple(_words(passage, sentence, names))
    taken: set[tuple[int, int]] = set()
    for rule, start, end in _claims(passage, sentence, names):
        if _overlaps(taken, start, end) or any(_says_more(one, rule, start, end) for one in words):
            continue
        taken.add((start, end))
        for value in _values(rule, sentence, start, end):
            yield _doubted(_term(contract, passage, sentence, names, rule, value, start, end), weighed)
    for one, meaning in words:
        if not _overlaps(taken, one.start, one.end):
            taken.add((one.start, one.end))
            value = said_by(one, sentence)
            yield _term(contract, passage, sentence, names, meaning, value, one.start, one.end)
    for place in sentence.places:
        if place.start < sentence.own or _overlaps(taken, place.start, place.end):
            continue
        likely = likeliest(weighed[_at(place, sentence)])
        if likely:
            yield _term(contract, passage, sentence, names, likely, place.value, place.start, place.end)


def _words(passage: Passage, sentence: Sentence, names: frozenset[str]) -> Iterator[tuple[Span, Meaning]]:
    """What words of the sentence most likely mean; of those that overlap the first that means anything."""
    taken: set[tuple[int, int]] = set()
    for one in spans(sentence, passage.keys):
        if _overlaps(taken, one.start, one.end):
            continue
        around = setting_of(one, passage, sentence, names)
        meaning = likeliest(chances_of_words(one.shape.name, one.start, one.end, one.value, around))
        if meaning:
            taken.add((one.start, one.end))
            yield one, meaning


def _says_more(words: tuple[Span, Meaning], rule: Rule, start: int, end: int) -> bool:
    """Do the words turn round what a rule has found (`may not transfer it`, `unless we agree`), or is that only a part of what
    they say (`you may leave`, `free of charge`)?"""
    one, meaning = words
    said = rule.wants == one.shape.wants == "word" and meaning.chance > _EVEN
    if not (said and one.start < end and start < one.end):
        return False
    if (rule.key, rule.kind) == (meaning.key, meaning.kind):
        return one.value in one.shape.turns.get(rule.value, ())
    return one.start < start and end <= one.end


def _claims(passage: Passage, sentence: Sentence, names: frozenset[str]) -> Iterator[tuple[Rule, int, int]]:
    """What each rule finds in a sentence, and where; the first of them at a place holds."""
    held = {type(place.value) for place in sentence.places}
    for rule in rules():
        if (rule.wants in NAMES and NAMES[rule.wants] not in held) or not applies(rule, passage, sentence):
            continue
        for match in rule.say.finditer(sentence.text if rule.cased else sentence.masked):
            start, end = span(rule, match)
            if start < sentence.own or is_negated(rule, sentence, match.start()):
                continue
            if not (rule.party or rule.not_actor) or _binds(rule, passage, sentence, start, names):
                yield rule, start, end


def setting_of(place: Place | Span, passage: Passage, sentence: Sentence, names: frozenset[str]) -> Setting:
    """What stands around a quantity or words. `names`: what the contract calls the company."""
    heading, party = flat(passage.clause.heading), _side(passage, sentence, place.start, names)
    return Setting(sentence.plain, heading, sentence.before, passage.named, passage.keys, party)


def _doubted(term: Term, weighed: Chances) -> Term:
    """What a rule has found, as what stands around it says: another meaning where that is likelier, or just less sure."""
    found = weighed.get((term.start, term.value))
    if found is None:
        return term
    if found.get(f"{term.key}/{term.kind}", 0.0) > _UNLIKELY:
        return term
    meaning = likeliest(found)
    if meaning is None or meaning.chance < _LIKELIER:
        return replace(term, confidence=min(term.confidence, WEIGHED))
    return replace(term, key=meaning.key, kind=meaning.kind, confidence=min(term.confidence, WEIGHED))


def _overlaps(taken: set[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < last and first < end for first, last in taken)


def _values(rule: Rule, sentence: Sentence, start: int, end: int) -> Iterator[Value]:
    if rule.wants in NAMES:
        yield from (place.value for place in sentence.places if (place.start, place.end) == (start, end))
    else:
        yield _worded(rule.wants, rule.value, sentence.text[start:end])


def said_by(words: Span, sentence: Sentence) -> Value:
    """What words of a shape say if they mean anything."""
    return _worded(words.shape.wants, words.value, sentence.text[words.start : words.end])


def _worded(wants: str, value: str, words: str) -> Value:
    if wants == "word":
        return Word(value)
    if wants == "each":
        return _EACH[value]
    if wants == "phrase":
        return Phrase(words)
    if wants == "formula":
        return Formula(words)
    assert_never(wants)  # type: ignore[arg-type]  # checked when the rules are read


def _term(
    contract: Contract,
    passage: Passage,
    sentence: Sentence,
    names: frozenset[str],
    rule: Rule | Meaning,
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


def _binds(rule: Rule, passage: Passage, sentence: Sentence, start: int, names: frozenset[str]) -> bool:
    if rule.not_actor and rule.not_actor == actor_of(sentence.text, start, names):
        return False
    return not rule.party or rule.party == _side(passage, sentence, start, names)


def _side(passage: Passage, sentence: Sentence, start: int, names: frozenset[str]) -> Party:
    """Whose duty or right it is; a sentence that names nobody goes on about whom its heading or the one before it names."""
    named = actor_of(sentence.text, start, names) or party_of(sentence.text, start, names)
    return named or party_of(passage.clause.heading, 0, names) or party_of(sentence.before, 0, names)


def _only_in_a_case(rule: Rule | Meaning, passage: Passage, sentence: Sentence) -> bool:
    """`No penalty` in a clause on something else, a change of terms say, holds for that case."""
    named = passage.named
    elsewhere = rule.key is ClauseKey.PENALTY and bool(named) and ClauseKey.PENALTY not in named
    return (elsewhere and ClauseKey.TERM_USER not in named) or conditional(sentence.plain)


def _note(value: Value, sentence: Sentence, start: int, end: int) -> str:
    if isinstance(value, Day) and len(value.readings) > 1:
        return "the day and the month can be read either way; declare the document's locale"
    twins = sum((place.start, place.end) == (start, end) for place in sentence.places)
    return "the number in words and the one in figures differ" if twins > 1 else ""


def _confidence(rule: Rule | Meaning, passage: Passage, sentence: Sentence, value: Value, note: str) -> float:
    if note:
        return _TWO
    if isinstance(rule, Meaning):
        return round(WEIGHED * rule.chance, 2)
    sure = _SURE.get(rule.wants, 0.95) - (0.15 if rule.headed else 0.0)
    if rule.key not in passage.listed:
        sure -= 0.15
    elif rule.key not in passage.named:
        sure -= 0.05
    if any(needed and needed.isdisjoint(passage.listed) for needed in (rule.within, rule.headed)):
        sure = min(sure, WEIGHED)
    if sum(type(place.value) is type(value) for place in sentence.places) > 1:
        sure -= 0.1
    return round(sure, 2)
