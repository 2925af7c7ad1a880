"""Contracts to what is indexed of them: clauses, and items with the sentence that leads to them. Pure.

An item (`a)`) stands in its own section together with its lead, because it means nothing alone. The whole clause
stands beside it.
"""

import re
from dataclasses import replace

from knowledge.clause_reader import read_contract
from knowledge.clauses import Clause, Contract
from knowledge.contract_lines import note_in
from knowledge.passages import NOTE, Document, Section
from knowledge.text import sentence_spans

GAP = "[…]"
"""Stands in an item's section where other items of the clause were left out."""

_LONGEST_LEAD = 400
_LANGUAGE_ENDING = re.compile(r"[._-](?:es|en)(?:-[A-Za-z0-9]{2,3})?$")


def clauses(document: Document) -> tuple[Section, ...]:
    """What of a contract is indexed: every clause that says something, and every item with the sentence that leads to it."""
    contract, notes = read_contract(document), notes_of(document)
    own = {clause.path: clause for clause in contract.clauses}
    return tuple(
        replace(_section(clause, own[clause.whole], contract), note=notes.get(clause.path, ""))
        for clause in contract.clauses
        if clause.text or clause.item
    )


def notes_of(document: Document) -> dict[str, str]:
    """The author's plain words by clause: from a note below it, or from what is said beside the file (`note 7.2`)."""
    beside = {key.removeprefix(NOTE): text for key, text in document.front.items() if key.startswith(NOTE)}
    inside = {_last_path(document, at): note for at, block in enumerate(document.blocks) if (note := note_in(block))}
    return {**inside, **beside}


def _last_path(document: Document, at: int) -> str:
    """The clause that block `at` stands below."""
    before = read_contract(replace(document, blocks=document.blocks[:at])).clauses
    return before[-1].whole if before else ""


def _section(clause: Clause, whole: Clause, contract: Contract) -> Section:
    if not clause.item:
        return Section(clause.path, clause.heading, clause.text)
    first = next(one for one in contract.clauses if one.whole == whole.path and one.item)
    lead = _last_sentences(contract.text[whole.body : first.start].strip())
    gap = GAP if lead and clause is not first else ""
    return Section(clause.path, clause.heading, "\n".join(part for part in (lead, gap, clause.text) if part))


def _last_sentences(lead: str) -> str:
    if len(lead) <= _LONGEST_LEAD:
        return lead
    first, last = sentence_spans(lead)[-1]
    return lead[first:last]


def version_of(stem: str, front_version: str = "") -> str:
    """The name of a contract version: what its front matter says, else the file's name without language."""
    return front_version or _LANGUAGE_ENDING.sub("", stem)
