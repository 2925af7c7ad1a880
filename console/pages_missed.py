"""Whom a campaign did not reach, and who must be called: on a page, and as a file for whoever calls."""

import io
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from campaigns import reach, versions
from campaigns.reasons import say_reason
from console.access import Permission, require
from console.edge import HouseDep, LanguageDep, clean, page, phrases
from console.login import StaffDep, who
from console.pages_campaigns import campaign_at, stage_words
from console.sheets import write_csv
from records.database import Tx
from records.store import facts
from records.store.campaigns import Campaign
from records.types import Language

router = APIRouter(include_in_schema=False)

CampaignId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
StageName = Annotated[str, Query(max_length=80)]
SHOWN = 100
SEPARATORS = {Language.ES: ";", Language.EN: ","}
"""What a spreadsheet in that language takes for the border of a cell when it opens a file by itself."""


class Sheet(StrEnum):
    """A list that can be taken away; its columns are its heads in the phrases."""

    CALL = "call"
    MISSED = "missed"


COLUMNS = {
    Sheet.CALL: ("subscriber_id", "name", "language", "phone", "stage", "why"),
    Sheet.MISSED: ("subscriber_id", "stage", "standing", "channel", "why"),
}
Row = tuple[str, ...]


@router.get("/console/campaigns/{campaign_id}/missed")
def missed_page(
    request: Request,
    house: HouseDep,
    staff: StaffDep,
    language: LanguageDep,
    campaign_id: CampaignId,
    stage: StageName = "",
) -> Response:
    """Raises NotAllowed; NotFound for a stage the campaign does not have."""
    require(staff.account, Permission.CALL_PEOPLE)
    with house.db.read() as tx:
        campaign, stage = campaign_at(tx, campaign_id), clean(stage)
        lists = {sheet: list(islice(_rows(tx, campaign, sheet, stage, language), SHOWN + 1)) for sheet in Sheet}
        stages = [(name, stage_words(name, language)) for name in versions.stage_names(tx, campaign)]
    shown: dict[str, Any] = {
        "campaign": campaign,
        "stages": stages,
        "chosen": stage,
        "lists": lists,
        "columns": COLUMNS,
    }
    return page(request, "missed.html", language, **who(staff), **shown, most=SHOWN)


@router.get("/console/campaigns/{campaign_id}/missed/{sheet}.csv")
def missed_file(
    house: HouseDep,
    staff: StaffDep,
    language: LanguageDep,
    campaign_id: CampaignId,
    sheet: Sheet,
    stage: StageName = "",
) -> Response:
    """The whole list; who took it is kept. Raises NotAllowed; NotFound for a stage the campaign does not have."""
    require(staff.account, Permission.CALL_PEOPLE)
    file = io.StringIO(newline="")
    with house.db.read() as tx:
        campaign = campaign_at(tx, campaign_id)
        rows = _rows(tx, campaign, sheet, clean(stage), language)
        write_csv(file, _heads(sheet, language), rows, separator=SEPARATORS[language])
    with house.db.write() as tx:
        facts.record_act(
            tx, staff.account.email, f"took_list_{sheet}", campaign.id, house.clock.now(), stage=clean(stage)
        )
    name = f"{campaign.name}-{phrases().say(f'missed.file_{sheet}', language)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    # The mark is what tells a spreadsheet that the names are UTF-8.
    return Response(file.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _heads(sheet: Sheet, language: Language) -> list[str]:
    return [phrases().say(f"missed.{column}", language) for column in COLUMNS[sheet]]


def _rows(tx: Tx, campaign: Campaign, sheet: Sheet, stage: str, language: Language) -> Iterator[Row]:
    """The list in the reader's words, in the order of its columns."""
    say = phrases().say
    if sheet is Sheet.CALL:
        for call in reach.to_call_of(tx, campaign, stage):
            where, why = stage_words(call.stage, language), say_reason(call.why, language)
            yield (call.subscriber_id, call.name, call.language, call.phone, where, why)
        return
    for one in reach.missed_of(tx, campaign, stage):
        where, why = stage_words(one.stage, language), say_reason(one.why, language) if one.why else ""
        channel = say(f"channel.{one.channel}", language) if one.channel else ""
        yield (one.subscriber_id, where, say(f"standing.{one.standing}", language), channel, why)
