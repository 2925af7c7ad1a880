"""A contract as its terms are read: clauses and items, each a sentence at a time, quantities masked. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.clause_keys import ClauseKey, keys_by_heading, keys_of
from knowledge.clause_matter import About, Matter, chances_of_keys, keys_seen
from knowledge.clauses import Clause, Contract
from knowledge.quantities import Amount, Day, Length, Percent, Place, Quantity, flat, quantities
from knowledge.text import sentence_spans

_LONGEST_SENTENCE = 1_200
FILL = "\ue001"
MARKS: Mapping[type[Quantity], str] = {Length: "\ue000", Amount: "\ue002", Percent: "\ue003", Day: "\ue004"}
RATE = "\ue005"  # an amount that says per what


@dataclass(frozen=True)
class Passage:
    """A clause without its items, or one item.

    `named` are the keys its heading names, or if it names none those its words make likely; `listed` are the keys
    known by lists and not weighed. `lead` is what has to be read before it, `at` where `text` begins.
    """

    clause: Clause
    keys: tuple[ClauseKey, ...]
    named: tuple[ClauseKey, ...]
    listed: tuple[ClauseKey, ...]
    lead: str
    text: str
    at: int


@dataclass(frozen=True)
class Sentence:
    """`text` is lead and sentence; what counts begins at `own`, which stands at `at` in the contract.

    `before` is the sentence before it in the clause, in small letters without accents."""

    text: str
    plain: str
    masked: str
    places: tuple[Place, ...]
    own: int
    at: int
    before: str


def passages(contract: Contract, about: About = chances_of_keys) -> Iterator[Passage]:
    """Its clauses and items in order. `about` weighs what a clause is about beyond what its words name."""
    bare = tuple(bare_passages(contract))
    for at, matter in enumerate(matters(bare)):
        keys, named = keys_seen(matter, about)
        yield replace(bare[at], keys=keys, named=named)


def matters(bare: Sequence[Passage]) -> Iterator[Matter]:
    """What each clause shows of what it is about, seen between the clauses before and after it."""
    for at, one in enumerate(bare):
        before = next((other for other in reversed(bare[:at]) if other.clause.whole != one.clause.whole), None)
        after = next((other for other in bare[at + 1 :] if other.clause.whole != one.clause.whole), None)
        sides = (before.named if before else ("start",), after.named if after else ("end",))
        yield Matter(one.clause.heading, one.text, one.named, one.keys, at / len(bare), *sides)


def bare_passages(contract: Contract) -> Iterator[Passage]:
    """As its words name what each clause is about."""
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
        yield Passage(
            clause, keys, named, keys, _lead_of(contract, clause), contract.text[clause.body : end], clause.body
        )


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


def sentences(passage: Passage, locale: str) -> Iterator[Sentence]:
    lead = f"{passage.lead} " if passage.lead else ""
    last = ""
    for number, (start, end) in enumerate(_bounded(passage.text)):
        before = lead if number == 0 else ""
        text = before + passage.text[start:end]
        places = quantities(text, locale)
        plain = flat(text)
        yield Sentence(text, plain, _masked(plain, places), places, len(before), passage.at + start, last)
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
        mark = RATE if isinstance(place.value, Amount) and place.value.per else MARKS[type(place.value)]
        plain = plain[: place.start] + mark + FILL * (place.end - place.start - 1) + plain[place.end :]
    return plain
