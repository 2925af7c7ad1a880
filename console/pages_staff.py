"""The inbox of staff. A page only reads; every act becomes one row of the inbox, and the bot does what it means."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from bot.handing import headline_of, summary_in
from console.access import CaseFile, Permission, access_case, access_cases, access_names, require
from console.edge import HouseDep, LanguageDep, clean, page, render
from console.house import House
from console.login import LARGEST_FORM, FormStaffDep, Staff, StaffDep, who
from console.naming import entries_in
from console.purse import is_spent
from records.database import Tx
from records.errors import RelevoError
from records.ids import new_id
from records.inbound import StaffPressed, StaffSaid
from records.store import cases, facts, inbox
from records.types import Case, CaseState, ChannelName, Language, Reason

router = APIRouter(include_in_schema=False)

CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
ActId = Annotated[str, Form(pattern=r"^[a-z]{1,8}_[0-9a-z]{22}$")]
EntryId = Annotated[str, Form(pattern=r"^([0-9a-f]{24})?$")]
LONGEST_REPLY = 4_000
PARTS = ("state", "talk", "reply", "history")
Action = Literal["claim", "release", "resolve", "reopen"]
GRAVEST: tuple[Reason, ...] = (
    Reason.FRAUD,
    Reason.BEREAVEMENT,
    Reason.NO_ACCESS,
    Reason.DOUBLE_CHARGE,
    Reason.LEGAL,
    Reason.CANCELLATION,
    Reason.ERASURE,
    Reason.OBJECTION,
    Reason.COMPLAINT,
    Reason.DISPUTE,
    Reason.HARDSHIP,
)
"""What cannot wait, the gravest first; everything else comes after, by the time that was promised."""
_GRAVITY = {kind: place for place, kind in enumerate(GRAVEST)}


class EmptyText(RelevoError):
    """A reply or note without words."""


@dataclass(frozen=True)
class Queue:
    """The cases of one heading, in the order they should be worked."""

    key: str
    cases: tuple[Case, ...]


def queues(found: tuple[Case, ...], me: str) -> tuple[Queue, ...]:
    """Open ones first (the gravest on top, then what was promised soonest), then mine, then others', then the last resolved."""
    mine = [case for case in found if case.state is CaseState.CLAIMED and case.claimed_by == me]
    others = [case for case in found if case.state is CaseState.CLAIMED and case.claimed_by != me]
    waiting = [case for case in found if case.state is CaseState.OPEN]
    waiting.sort(key=lambda case: (_GRAVITY.get(case.kind, len(GRAVEST)), case.promised_at or case.opened_at))
    resolved = [case for case in found if case.state is CaseState.RESOLVED]
    resolved.sort(key=lambda case: case.resolved_at or case.opened_at, reverse=True)
    return (
        Queue("open", tuple(waiting)),
        Queue("mine", tuple(mine)),
        Queue("others", tuple(others)),
        Queue("resolved", tuple(resolved[:50])),
    )


@router.get("/console/inbox")
def inbox_page(request: Request, house: HouseDep, staff: StaffDep, language: LanguageDep, part: str = "") -> Response:
    with house.db.read() as tx:
        found = access_cases(tx, staff.account)
        names = access_names(tx, staff.account, found)
    context: dict[str, Any] = {
        "queues": queues(found, staff.account.email),
        "headlines": {case.id: headline_of(case, language) for case in found},
        "names": names,
        "now": house.clock.now(),
    }
    if part == "list":
        return _fragment(render(request, "inbox_list.html", language, **context))
    spent = is_spent(house.db, house.workspace.settings, house.clock.now())
    return page(request, "inbox.html", language, **who(staff), **context, model_spent=spent)


@router.get("/console/inbox/{case_id}")
def case_page(
    request: Request, house: HouseDep, staff: StaffDep, language: LanguageDep, case_id: CaseId, part: str = ""
) -> Response:
    with house.db.read() as tx:
        context = _case_context(tx, access_case(tx, staff.account, case_id), staff, language)
    if part in PARTS:
        return _fragment(render(request, f"case_{part}.html", language, **context))
    return page(request, "case.html", language, **context)


def _case_context(tx: Tx, file: CaseFile, staff: Staff, language: Language, *, draft: str = "") -> dict[str, Any]:
    """`draft`: a reply that could not go out, because its writer does not hold the case."""
    me = staff.account.email
    return {
        **who(staff),
        "file": file,
        "summary": summary_in(file.case.summary, language),
        "acts": acts_for(file.case, me),
        "holds": holds(file.case, me),
        "entries": entries_in(tx, file.case.language) if holds(file.case, me) else (),
        "draft": draft,
        "act_id": new_id("act"),
        "reply_id": new_id("act"),
    }


def holds(case: Case, me: str) -> bool:
    """Whether what this person writes may reach the subscriber."""
    return case.state is CaseState.CLAIMED and case.claimed_by == me


def acts_for(case: Case, me: str) -> tuple[Action, ...]:
    """What this person can do with the case as it stands."""
    if case.state is CaseState.OPEN:
        return ("claim", "resolve")
    if case.state is CaseState.RESOLVED:
        return ("reopen",)
    return ("resolve", "release") if holds(case, me) else ("resolve",)


@router.post("/console/inbox/{case_id}/act", max_body_size=LARGEST_FORM)
def act(
    house: HouseDep,
    staff: FormStaffDep,
    case_id: CaseId,
    action: Annotated[Action, Form()],
    act_id: ActId,
    entry: EntryId = "",
) -> Response:
    """One of the buttons; `entry` is what would have answered, named by who resolves the case."""
    file = _workable(house, staff, case_id)
    now = house.clock.now()
    meant = f"{action}:{entry}" if action == "resolve" and entry else action
    pressed = StaffPressed(ChannelName.CONSOLE, act_id, file.case.id, file.case.id, staff.account.email, meant, now)
    with house.db.write() as tx:
        inbox.put(tx, pressed, now)
        facts.record_act(tx, staff.account.email, f"case_{action}", file.case.id, now)
    house.bell.ring("inbox")
    return _back(case_id)


@router.post("/console/inbox/{case_id}/say", max_body_size=LARGEST_FORM)
def say(
    request: Request,
    house: HouseDep,
    staff: FormStaffDep,
    language: LanguageDep,
    case_id: CaseId,
    act_id: ActId,
    text: Annotated[str, Form(max_length=LONGEST_REPLY)] = "",
    internal: Annotated[bool, Form()] = False,
) -> Response:
    """An internal note, or a reply, which is the holder's alone to write: anybody else gets their words back."""
    file = _workable(house, staff, case_id)
    words = clean(text).strip()
    if not words:
        raise EmptyText("nothing was written")
    if internal:
        _keep_note(house, file.case, staff.account.email, words, act_id)
    elif not holds(file.case, staff.account.email):
        with house.db.read() as tx:
            context = _case_context(tx, file, staff, language, draft=words)
        return page(request, "case.html", language, status=409, **context)
    else:
        _put_reply(house, file.case, staff.account.email, words, act_id)
    return _back(case_id)


def _keep_note(house: House, case: Case, by: str, words: str, act_id: str) -> None:
    """Straight into the case: a note passes nothing that could carry it to the subscriber."""
    with house.db.write() as tx:
        if cases.event_by_external_id(tx, case.id, act_id) is None:
            cases.add_event(tx, case.id, "note", by, words, house.clock.now(), act_id)


def _put_reply(house: House, case: Case, by: str, words: str, act_id: str) -> None:
    now = house.clock.now()
    said = StaffSaid(
        channel=ChannelName.CONSOLE,
        external_id=act_id,
        address=case.id,
        case_id=case.id,
        thread="",
        staff=by,
        text=words,
        at=now,
    )
    with house.db.write() as tx:
        inbox.put(tx, said, now)
        facts.record_act(tx, by, "case_reply", case.id, now)
    house.bell.ring("inbox")


def _workable(house: House, staff: Staff, case_id: str) -> CaseFile:
    require(staff.account, Permission.WORK_INBOX)
    with house.db.read() as tx:
        return access_case(tx, staff.account, case_id)


def _fragment(html: str) -> Response:
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def _back(case_id: str) -> Response:
    return RedirectResponse(f"/console/inbox/{case_id}", 303)
