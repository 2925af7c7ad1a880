"""The inbox of staff. A page only reads; every act becomes one row of the inbox, and the bot does what it means."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from console.access import CaseFile, Permission, access_case, access_cases, require
from console.edge import HouseDep, LanguageDep, clean, page, render
from console.house import House
from console.login import LARGEST_FORM, FormStaffDep, Staff, StaffDep, who
from records.errors import RelevoError
from records.ids import new_id
from records.inbound import StaffPressed, StaffSaid
from records.store import accounts, cases, inbox
from records.types import Case, CaseState, ChannelName

router = APIRouter(include_in_schema=False)

CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
ActId = Annotated[str, Form(pattern=r"^[a-z]{1,8}_[0-9a-z]{22}$")]
LONGEST_REPLY = 4_000
Action = Literal["claim", "release", "resolve", "reopen"]


class EmptyText(RelevoError):
    """A reply or note without words."""


@dataclass(frozen=True)
class Queue:
    """The cases of one heading, in the order they should be worked."""

    key: str
    cases: tuple[Case, ...]


def queues(found: tuple[Case, ...], me: str) -> tuple[Queue, ...]:
    """Open ones first (promised soonest on top), then mine, then others', then the last resolved."""
    mine = [case for case in found if case.state is CaseState.CLAIMED and case.claimed_by == me]
    others = [case for case in found if case.state is CaseState.CLAIMED and case.claimed_by != me]
    waiting = [case for case in found if case.state is CaseState.OPEN]
    waiting.sort(key=lambda case: case.promised_at or case.opened_at)
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
    context: dict[str, Any] = {"queues": queues(found, staff.account.email), "now": house.clock.now()}
    if part == "list":
        return _fragment(render(request, "inbox_list.html", language, **context))
    return page(request, "inbox.html", language, **who(staff), **context)


@router.get("/console/inbox/{case_id}")
def case_page(
    request: Request, house: HouseDep, staff: StaffDep, language: LanguageDep, case_id: CaseId, part: str = ""
) -> Response:
    with house.db.read() as tx:
        file = access_case(tx, staff.account, case_id)
    context: dict[str, Any] = {
        "file": file,
        "me": staff.account.email,
        "acts": acts_for(file.case, staff.account.email),
    }
    if part == "talk":
        return _fragment(render(request, "case_talk.html", language, **context))
    if part == "state":
        return _fragment(render(request, "case_state.html", language, **context, **who(staff), act_id=new_id("act")))
    return page(request, "case.html", language, **who(staff), **context, act_id=new_id("act"), reply_id=new_id("act"))


def acts_for(case: Case, me: str) -> tuple[Action, ...]:
    """What this person can do with the case as it stands."""
    if case.state is CaseState.OPEN:
        return ("claim", "resolve")
    if case.state is CaseState.RESOLVED:
        return ("reopen",)
    return ("resolve", "release") if case.claimed_by == me else ("resolve",)


@router.post("/console/inbox/{case_id}/act", max_body_size=LARGEST_FORM)
def act(
    house: HouseDep, staff: FormStaffDep, case_id: CaseId, action: Annotated[Action, Form()], act_id: ActId
) -> Response:
    file = _workable(house, staff, case_id)
    now = house.clock.now()
    pressed = StaffPressed(ChannelName.CONSOLE, act_id, file.case.id, file.case.id, staff.account.email, action, now)
    with house.db.write() as tx:
        inbox.put(tx, pressed, now)
        accounts.record_act(tx, staff.account.email, f"case_{action}", file.case.id, now)
    house.bell.ring("inbox")
    return _back(case_id)


@router.post("/console/inbox/{case_id}/say", max_body_size=LARGEST_FORM)
def say(
    house: HouseDep,
    staff: FormStaffDep,
    case_id: CaseId,
    act_id: ActId,
    text: Annotated[str, Form(max_length=LONGEST_REPLY)] = "",
    internal: Annotated[bool, Form()] = False,
) -> Response:
    """A reply or an internal note. Only the claimer's replies reach the subscriber; the bot sees to that."""
    file = _workable(house, staff, case_id)
    words = clean(text).strip()
    if not words:
        raise EmptyText("nothing was written")
    if internal:
        _keep_note(house, file.case, staff.account.email, words, act_id)
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
        accounts.record_act(tx, by, "case_reply", case.id, now)
    house.bell.ring("inbox")


def _workable(house: House, staff: Staff, case_id: str) -> CaseFile:
    require(staff.account, Permission.WORK_INBOX)
    with house.db.read() as tx:
        return access_case(tx, staff.account, case_id)


def _fragment(html: str) -> Response:
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def _back(case_id: str) -> Response:
    return RedirectResponse(f"/console/inbox/{case_id}", 303)
