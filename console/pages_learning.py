"""What the bot may learn from use: words of people, the entry they seem to mean, and a person's yes or no."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from console.access import Permission, require
from console.edge import HouseDep, LanguageDep, clean, page
from console.login import LARGEST_FORM, FormStaffDep, StaffDep, who
from records.database import Tx
from records.errors import RelevoError
from records.store import candidates, facts, knowledge, labels, own_entries
from records.store.candidates import Candidate, Standing

router = APIRouter(include_in_schema=False)

MOST_SHOWN = 100
EntryId = Annotated[str, Path(pattern=r"^ent_[0-9a-f]{20}$")]
CandidateId = Annotated[str, Path(pattern=r"^phr_[0-9a-f]{20}$")]


class EmptyEntry(RelevoError):
    """An entry without a question or without an answer."""


@dataclass(frozen=True)
class Shown:
    """A candidate beside the entry it would belong to; `title` is empty when that entry is no longer there."""

    candidate: Candidate
    title: str


def shown(tx: Tx, standing: Standing) -> tuple[Shown, ...]:
    """What most people said first; at most a hundred."""
    titles = {(entry.source, entry.path): entry.title for entry in knowledge.all_entries(tx)}
    found = candidates.listed(tx, standing, MOST_SHOWN)
    return tuple(Shown(one, titles.get((one.phrasing.source, one.phrasing.path), "")) for one in found)


@router.get("/console/learning")
def learning_page(
    request: Request,
    house: HouseDep,
    staff: StaffDep,
    language: LanguageDep,
    standing: Standing = Standing.PROPOSED,
    done: Annotated[Literal["", "approved", "rejected", "masked"], Query()] = "",
) -> Response:
    require(staff.account, Permission.TEACH)
    with house.db.read() as tx:
        found, sure = shown(tx, standing), _sure(tx)
        written = own_entries.proposed(tx) if standing is Standing.PROPOSED else ()
        answering = own_entries.approved(tx) if standing is Standing.APPROVED else ()
    context: dict[str, Any] = {"found": found, "standing": standing, "standings": list(Standing), "done": done}
    context |= {"written": written, "answering": answering, "longest": own_entries.LONGEST_ANSWER}
    return page(request, "learning.html", language, **who(staff), **context, **sure)


def _sure(tx: Tx) -> dict[str, Any]:
    """From which chance on the bot answers, and what that was measured on."""
    from knowledge.library import own_log_of
    from knowledge.own_log import FEWEST

    own = own_log_of(tx)
    return {"own": own, "labelled": 0 if own else len(labels.all_of(tx)), "fewest": FEWEST}


@router.post("/console/learning/entries/{entry_id}", max_body_size=LARGEST_FORM)
def decide_entry(
    house: HouseDep,
    staff: FormStaffDep,
    entry_id: EntryId,
    decision: Annotated[Literal["approved", "rejected"], Form()],
    question: Annotated[str, Form(max_length=own_entries.LONGEST_QUESTION)] = "",
    answer: Annotated[str, Form(max_length=own_entries.LONGEST_ANSWER)] = "",
    back: Annotated[Standing, Form()] = Standing.PROPOSED,
) -> Response:
    """Yes to an answer as it now reads in the form, or no; also to one that was approved before."""
    account, now = staff.account, house.clock.now()
    require(account, Permission.TEACH)
    asked, told = " ".join(clean(question).split()), clean(answer).replace("\r\n", "\n").strip()
    if decision == "approved" and not (asked and told):
        raise EmptyEntry("an entry needs a question and an answer")
    if decision == "approved" and own_entries.MASK in f"{asked} {told}":
        return RedirectResponse(f"/console/learning?standing={back}&done=masked", 303)
    with house.db.write() as tx:
        if decision == "approved":
            own_entries.approve(tx, entry_id, account.email, now, (asked, told))
        else:
            own_entries.dismiss(tx, entry_id)
        facts.record_act(tx, account.email, f"learn_entry_{decision}", entry_id, now)
    house.bell.ring("learning")
    return RedirectResponse(f"/console/learning?standing={back}&done={decision}", 303)


@router.post("/console/learning/{candidate_id}", max_body_size=LARGEST_FORM)
def decide(
    house: HouseDep,
    staff: FormStaffDep,
    candidate_id: CandidateId,
    decision: Annotated[Literal["approved", "rejected"], Form()],
    back: Annotated[Standing, Form()] = Standing.PROPOSED,
) -> Response:
    """Yes or no, with the name of who said it; also what was decided before may be decided again."""
    account = staff.account
    require(account, Permission.TEACH)
    with house.db.write() as tx:
        candidates.decide(tx, candidate_id, Standing(decision), account.email)
        facts.record_act(tx, account.email, f"learn_{decision}", candidate_id, house.clock.now())
    house.bell.ring("learning")
    return RedirectResponse(f"/console/learning?standing={back}&done={decision}", 303)
