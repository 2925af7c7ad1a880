"""Did the move go well, and were people satisfied: one page, and its table as a file."""

import io
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from campaigns.outcome_report import CampaignWent, begun, outcomes_of
from campaigns.outcomes import Share, share_of
from console import bars
from console.access import Permission, require
from console.edge import HouseDep, LanguageDep, clean, page, phrases
from console.login import StaffDep, who
from console.outcome_rows import COLUMNS, MEASURES, Gap, Line, Number, columns_of, sheet
from console.sheets import write_csv
from console.written import percent
from records.phrases import written
from records.store import feedback
from records.store.feedback import FeedbackSummary
from records.types import Language

router = APIRouter(include_in_schema=False)

Name = Annotated[str, Query(max_length=120)]
CELLS = {Language.ES: (";", ","), Language.EN: (",", ".")}
"""What a spreadsheet in that language takes for the border of a cell, and for where a fraction begins."""


@dataclass(frozen=True)
class Cell:
    """A number as it is read, and in small letters what it rests on."""

    main: str
    small: str = ""


@router.get("/console/outcomes")
def outcomes_page(
    request: Request, house: HouseDep, staff: StaffDep, language: LanguageDep, campaign: Name = ""
) -> Response:
    """Of the campaign of this name, else of the one that began last. Raises NotAllowed; NotFound for an unknown name."""
    require(staff.account, Permission.SEE_REPORTS)
    with house.db.read() as tx:
        names, opinions = [one.name for one in begun(tx)], feedback.summary(tx)
        chosen = clean(campaign) or next(iter(names), "")
        found = outcomes_of(tx, language, house.clock.now(), chosen) if chosen else None
    shown: dict[str, Any] = {
        "names": names,
        "chosen": chosen,
        "known_at": found.known_at if found else None,
        "found": found.campaigns[0] if found else None,
        "satisfaction": _satisfaction(opinions, language),
        "stars": opinions.ratings,
    }
    if found:
        shown |= _table(found.campaigns[0], language) | _pictures(found.campaigns[0], language)
    return page(request, "outcomes.html", language, **who(staff), **shown, said=lambda share: _share(share, language))


@router.get("/console/outcomes.csv")
def outcomes_file(house: HouseDep, staff: StaffDep, language: LanguageDep, campaign: Name) -> Response:
    """The table of one campaign. Raises NotAllowed; NotFound for an unknown name."""
    require(staff.account, Permission.SEE_REPORTS)
    file, (separator, point) = io.StringIO(newline=""), CELLS[language]
    with house.db.read() as tx:
        (found,) = outcomes_of(tx, language, house.clock.now(), clean(campaign)).campaigns
    say = phrases().say
    rows = (
        (name, wave, say(f"outcomes.{what}", language), *cells) for name, wave, what, *cells in sheet(found, language)
    )
    heads = [say(f"outcomes.column_{column}", language) for column in COLUMNS]
    write_csv(file, heads, rows, separator=separator, point=point)
    name = f"{found.campaign}-{say('outcomes.file', language)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    # The mark is what tells a spreadsheet that the names are UTF-8.
    return Response(file.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


# ---------------------------------------------------------------- as it is read


def _table(found: CampaignWent, language: Language) -> dict[str, Any]:
    """The measures as rows, the waves as columns."""
    columns = columns_of(found, language)
    rows = [
        (what, [[_cell(line, language) for line in column.of(what)] for column in columns])
        for what in MEASURES
        if any(column.of(what) for column in columns)
    ]
    return {"columns": columns, "rows": rows}


def _pictures(found: CampaignWent, language: Language) -> dict[str, Any]:
    curve = bars.curve(found)
    told = curve and phrases().say(
        "outcomes.stay_told", language, share=_one(curve.last, language), days=curve.days[-1][1]
    )
    return {"chart": bars.draw(found), "curve": curve, "curve_told": told}


def _cell(line: Line, language: Language) -> Cell:
    if isinstance(line, Number):
        return Cell("–" if line.count is None else str(written(line.count, language)), line.detail)
    if isinstance(line, Gap):
        return Cell(_one(line.points, language), _between(line.low, line.high, language))
    return _share(line.share, language)


def _share(share: Share, language: Language) -> Cell:
    if share.share is None:
        return Cell("–")
    say = phrases().say
    rests = say("outcomes.rests", language, count=share.count, of=share.of)
    main = percent(round(100 * share.share, 1), language)
    return Cell(main, f"{rests} {_between(100 * share.low, 100 * share.high, language)}")


def _between(low: float, high: float, language: Language) -> str:
    return phrases().say("outcomes.between", language, low=_one(low, language), high=_one(high, language))


def _one(value: float, language: Language) -> str:
    """With one decimal, and no sign before nought."""
    return str(written(round(value, 1) + 0.0, language))


def _satisfaction(opinions: FeedbackSummary, language: Language) -> tuple[tuple[str, Cell], ...]:
    """What `relevo report satisfaction` counts, as shares."""
    thumbs, rated = opinions.thumbs_up + opinions.thumbs_down, opinions.rated
    return (
        ("helped", _share(share_of(opinions.thumbs_up, thumbs), language)),
        ("ratings_asked", Cell(str(opinions.ratings_asked))),
        ("ratings", Cell(str(rated))),
        ("satisfied", _share(share_of(opinions.satisfied, rated), language)),
    )
