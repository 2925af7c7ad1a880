"""What a campaign came to, as a page of the console and as a file that needs nothing beside it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from markupsafe import Markup

from campaigns.report import Asked, Report, report_of
from console.access import Permission, require
from console.edge import STATIC, HouseDep, LanguageDep, page, rendered
from console.house import House
from console.login import StaffDep, who
from console.pages_campaigns import campaign_at, stage_words
from records.types import Language

router = APIRouter(include_in_schema=False)

CampaignId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]


@router.get("/console/campaigns/{campaign_id}/report")
def report_page(
    request: Request, house: HouseDep, staff: StaffDep, language: LanguageDep, campaign_id: CampaignId
) -> Response:
    require(staff.account, Permission.SEE_CAMPAIGNS)
    asked = Asked(language, house.workspace.settings.prices.currency, house.clock.now())
    with house.db.read() as tx:
        report = report_of(tx, campaign_at(tx, campaign_id), asked)
    shown = _shown(report, language)
    return page(request, "report.html", language, **who(staff), **shown, campaign_id=campaign_id)


def report_file(house: House, report: Report, language: Language) -> str:
    """The same as one file of HTML, its style inside."""
    style = Markup((STATIC / "relevo.css").read_text(encoding="utf-8"))  # noqa: S704  # a file of ours, nobody's words
    return rendered(house, "report_file.html", language, **_shown(report, language), style=style)


def _shown(report: Report, language: Language) -> dict[str, Any]:
    return {"report": report, "stage_name": lambda name: stage_words(name, language)}
