"""What staff do, and what the person hears of it. Pure. Only the claimer's own words reach the person; a note never does."""

from datetime import datetime, timedelta
from typing import assert_never

from bot import learning
from bot.actions import (
    Action,
    AskRating,
    ClaimCase,
    KeepNote,
    PostToDesk,
    RelayToSubscriber,
    ReleaseCase,
    ReopenCase,
    ResolveCase,
    StaySilent,
)
from bot.events import (
    CaseOverdue,
    NoteSent,
    StaffClaimed,
    StaffReleased,
    StaffReopened,
    StaffResolved,
    StaffWrote,
    Talk,
    WrittenLookedUp,
)
from bot.hours import is_open, promise
from bot.replies import moment_text, phrase, remember, say
from records.types import Case, CaseState, Choice, Reason

StaffEvent = (
    StaffWrote | StaffClaimed | StaffReleased | StaffResolved | WrittenLookedUp | StaffReopened | NoteSent | CaseOverdue
)

_AWAY = timedelta(minutes=60)


def decide(talk: Talk, event: StaffEvent, now: datetime) -> tuple[Action, ...]:
    case = talk.target or talk.case
    if case is None:
        return (StaySilent(),)
    match event:
        case StaffWrote():
            return _wrote(talk, case, event)
        case NoteSent():
            return _send_note(talk, case, event)
        case StaffClaimed():
            return _claimed(talk, case, event)
        case StaffReleased():
            return _released(talk, case, event.staff, now)
        case StaffResolved():
            return _resolved(talk, case, event)
        case WrittenLookedUp():
            return learning.looked_up(talk, event)
        case StaffReopened():
            return _reopened(talk, case, event.staff, now)
        case CaseOverdue():
            return _overdue(talk, case, now)
        case _:
            assert_never(event)


def relay_to_desk(talk: Talk, case: Case, text: str, now: datetime) -> tuple[Action, ...]:
    """The person wrote while somebody holds the case: into the thread, and silence. Nobody there: the claim goes back."""
    post = PostToDesk(case.id, phrase("desk.person", talk.policy.staff_language), text)
    last_word = max(case.last_staff_at or case.opened_at, case.claimed_at or case.opened_at)
    if is_open(now, talk.policy.hours) or now - last_word < _AWAY:
        return (post, StaySilent())
    return (post, *_overdue(talk, case, now))


def _wrote(talk: Talk, case: Case, event: StaffWrote) -> tuple[Action, ...]:
    holds = case.state is CaseState.CLAIMED and case.claimed_by == event.staff
    if holds and not event.marked_internal:
        return (RelayToSubscriber(case.id, event.staff, event.text),)
    note = KeepNote(case.id, event.staff, event.text)
    if event.marked_internal:
        return (note, StaySilent())
    return (note, _whisper(talk, case, event.staff, "desk.not_delivered"), StaySilent())


def _send_note(talk: Talk, case: Case, event: NoteSent) -> tuple[Action, ...]:
    if case.state is CaseState.RESOLVED:
        return (_whisper(talk, case, event.staff, "desk.resolved_already"), StaySilent())
    return (RelayToSubscriber(case.id, event.staff, event.note.text),)


def _claimed(talk: Talk, case: Case, event: StaffClaimed) -> tuple[Action, ...]:
    if case.state is CaseState.CLAIMED and case.claimed_by == event.staff:
        return (StaySilent(),)
    if case.state is not CaseState.OPEN:
        return (_whisper(talk, case, event.staff, "desk.taken", holder=case.claimed_by or "-"), StaySilent())
    return (ClaimCase(case.id, event.staff), *say(talk, "staff.joined", Reason.STAFF_HOLDS, code=case.code))


def _released(talk: Talk, case: Case, actor: str, now: datetime) -> tuple[Action, ...]:
    if case.state is not CaseState.CLAIMED:
        return (StaySilent(),)
    promised = promise(now, talk.policy.hours, talk.policy.first_reply_minutes)
    when = moment_text(promised, now, talk.language, talk.policy.hours.time_zone)
    return (
        ReleaseCase(case.id, actor, promised),
        *say(talk, "staff.released", Reason.STAFF_HOLDS, code=case.code, when=when),
    )


def _overdue(talk: Talk, case: Case, now: datetime) -> tuple[Action, ...]:
    return _released(talk, case, "", now)


def _resolved(talk: Talk, case: Case, event: StaffResolved) -> tuple[Action, ...]:
    if case.state is CaseState.RESOLVED:
        return (StaySilent(),)
    choices = tuple(
        Choice(f"rate:{case.id}:{value}", phrase(f"rating.{value}", talk.language)) for value in range(1, 6)
    )
    asked = say(talk, "staff.resolved", Reason.STAFF_HOLDS, choices=choices, code=case.code)
    taught = (*learning.judged(talk, event), *learning.answered_in_words(case, event))
    done = (ResolveCase(case.id, event.staff), AskRating(case.id), *taught)
    # What went wrong before belongs to this case: the next question starts afresh.
    return (*done, remember(failures=None, asked=None), *asked)


def _reopened(talk: Talk, case: Case, staff: str, now: datetime) -> tuple[Action, ...]:
    if case.state is not CaseState.RESOLVED:
        return (StaySilent(),)
    if talk.case is not None and talk.case.id != case.id:
        return (_whisper(talk, case, staff, "desk.other_open", code=talk.case.code), StaySilent())
    promised = promise(now, talk.policy.hours, talk.policy.first_reply_minutes)
    when = moment_text(promised, now, talk.language, talk.policy.hours.time_zone)
    told = say(talk, "staff.reopened", Reason.STAFF_HOLDS, code=case.code, when=when)
    return (ReopenCase(case.id, staff, promised), *told)


def _whisper(talk: Talk, case: Case, staff: str, key: str, **fields: object) -> PostToDesk:
    fields = {"code": case.code, **fields}
    return PostToDesk(case.id, "", phrase(key, talk.policy.staff_language, **fields), whisper_to=staff)
