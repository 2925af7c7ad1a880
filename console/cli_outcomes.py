"""`relevo report outcomes`: did the move go well, in lines, as CSV or as JSON."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_common import Context, JsonOption, say, say_json

if TYPE_CHECKING:
    from campaigns.outcome_report import CampaignWent, WaveWent
    from console.outcome_rows import Line


def register(app: typer.Typer) -> None:
    app.command()(outcomes)


def outcomes(
    context: typer.Context,
    campaign: Annotated[str, typer.Option(help="Only this campaign; without it, every one that has begun.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a line for each wave and measure.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Did the move go well: who moved, whose first payment failed, who left, beside those still waiting for their wave.

    Example: relevo report outcomes --campaign mudanza-2027
    """
    from campaigns.outcome_report import outcomes_of
    from console.outcome_rows import COLUMNS, sheet
    from console.sheets import write_csv
    from records.types import Language

    if as_csv and as_json:
        raise typer.BadParameter("choose --csv or --json, not both")
    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        found = outcomes_of(tx, Language.EN, house.clock.now(), campaign)
    if as_json:
        say_json(found)
    elif as_csv:
        write_csv(sys.stdout, COLUMNS, (row for one in found.campaigns for row in sheet(one, Language.EN)))
    else:
        known = f"{found.known_at:%Y-%m-%d %H:%M} UTC" if found.known_at else "never"
        say(f"outcomes last imported: {known}")
        for one in found.campaigns:
            _print(one)
        if not found.campaigns:
            say("no campaign has begun")


def _print(found: "CampaignWent") -> None:
    from console.outcome_rows import columns_of
    from records.types import Language

    say(f"{found.campaign}: {found.words}")
    said = {wave.name: wave for wave in found.waves}
    for column in columns_of(found, Language.EN):
        say(f"  {_head(said[column.wave]) if column.wave else 'all waves'}")
        for line in column.lines:
            if told := _told(line):
                say(f"    {line.what.replace('_', ' '):22} {told}")
    if found.unopened:
        say(f"  not open yet: {', '.join(found.unopened)}")


def _head(wave: "WaveWent") -> str:
    return f"{wave.name}, opened {wave.opened_at:%Y-%m-%d %H:%M} UTC: {wave.words}"


def _told(line: "Line") -> str:
    """Its numbers; empty where there are none."""
    from console.outcome_rows import Gap, Number, percent

    if isinstance(line, Number):
        return "" if line.count is None else f"{line.count} {line.detail}".strip()
    if isinstance(line, Gap):
        return f"{line.points:+.2f} points ({line.low:+.2f} to {line.high:+.2f})"
    share = line.share
    if share.share is None:
        return ""
    return f"{share.count} of {share.of}: {percent(share.share)} % ({percent(share.low)} to {percent(share.high)})"
