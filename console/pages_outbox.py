"""What the sandbox channels accepted: every message as its reader would see it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from console.access import Permission, require
from console.edge import HouseDep, LanguageDep, clean, mail_page, page
from console.login import StaffDep, who
from records.content import MailMessage
from records.errors import NotFound
from records.store import sandbox
from records.types import ChannelName

router = APIRouter(include_in_schema=False)

PAGE = 30
RowId = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/console/outbox")
def outbox_page(
    request: Request,
    house: HouseDep,
    staff: StaffDep,
    language: LanguageDep,
    channel: str = "",
    person: Annotated[str, Query(max_length=80)] = "",
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    require(staff.account, Permission.SEE_OUTBOX)
    wanted = next((name for name in ChannelName if name.value == channel), None)
    with house.db.read() as tx:
        found = sandbox.listed(tx, channel=wanted, subscriber_id=clean(person).strip(), limit=PAGE + 1, before=before)
    return page(
        request,
        "outbox.html",
        language,
        **who(staff),
        messages=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else 0,
        channel=wanted.value if wanted else "",
        person=clean(person),
        channels=[name.value for name in ChannelName if name is not ChannelName.CONSOLE],
    )


@router.get("/console/outbox/{row_id}/mail")
def mail_body(house: HouseDep, staff: StaffDep, row_id: RowId) -> Response:
    """One e-mail's HTML, for a frame: without scripts, without anything from elsewhere."""
    require(staff.account, Permission.SEE_OUTBOX)
    with house.db.read() as tx:
        rows = sandbox.listed(tx, channel=ChannelName.EMAIL, limit=1, before=row_id + 1)
    if not rows or rows[0].id != row_id or not isinstance(rows[0].content, MailMessage):
        raise NotFound(f"the outbox has no e-mail {row_id}")
    return mail_page(rows[0].content.html)
