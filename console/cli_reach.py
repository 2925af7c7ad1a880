"""Commands about whom a campaign reached: how many, who not and why, whom to call, and what it all came to."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_campaigns import NameArgument, campaign_name
from console.cli_common import Context, JsonOption, say, say_json
from console.sheets import write_csv
from console.written import paid

if TYPE_CHECKING:
    from campaigns.reach import ToCall
    from campaigns.report import Cause, Counts, Echo, Report
    from records.store.reach import Reached, Standing

StageOption = Annotated[str, typer.Option(help="Only this stage; without it, all of them.")]
OutOption = Annotated[Path | None, typer.Option(help="A CSV file to write; without it the list is printed.")]


def register(app: typer.Typer) -> None:
    app.command()(reach)
    app.command()(missed)
    app.command()(report)


def reach(context: typer.Context, plan: NameArgument, as_json: JsonOption = False) -> None:
    """How many people each message reached; each line adds up to the audience. Example: relevo campaign reach mudanza-2027"""
    from campaigns.reach import costs, standings
    from records.store.reach import Standing

    here: Context = context.obj
    with here.house() as house:
        found, spent = standings(house.db, campaign_name(plan)), costs(house.db, campaign_name(plan))
        currency = house.settings.prices.currency
    if as_json:
        say_json({stage: counts | _cost(counts, spent.get(stage, 0), currency) for stage, counts in found.items()})
        return
    for stage, counts in found.items():
        told = ", ".join(f"{standing.value.replace('_', ' ')} {counts.get(standing, 0)}" for standing in Standing)
        say(f"{stage}: {told}")
        if stage in spent:
            say(f"  cost {paid(_cost(counts, spent[stage], currency))}")


def _cost(counts: "Mapping[Standing, int]", thousandths: int, currency: str) -> dict[str, str]:
    from campaigns.reach import cost_in
    from records.store.reach import Standing

    return cost_in(currency, thousandths, counts.get(Standing.REACHED, 0))


def missed(
    context: typer.Context,
    plan: NameArgument,
    stage: StageOption = "",
    to_call: Annotated[
        bool, typer.Option("--to-call", help="Only those no channel reaches, with their phones.")
    ] = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who did not get it, and why. Example: relevo campaign missed mudanza-2027 --to-call --out call.csv"""
    from campaigns import reach as people
    from campaigns.reach import ToCall
    from campaigns.reasons import say_reason
    from records.store.reach import Reached

    here: Context = context.obj
    with here.house() as house:
        name = campaign_name(plan)
        language = house.settings.company.languages[0]
        found: Iterable[Reached | ToCall] = (
            people.to_call(house.db, name, stage) if to_call else people.missed(house.db, name, stage)
        )
        if not as_json:  # a program reads the word, a person the words
            found = (replace(one, why=say_reason(one.why, language)) for one in found)
        _give(found, ToCall if to_call else Reached, out, as_json=as_json)


def _give(
    rows: "Iterable[Reached | ToCall]", kind: "type[Reached] | type[ToCall]", out: Path | None, *, as_json: bool
) -> None:
    names = [field.name for field in fields(kind)]
    if as_json:
        say_json(list(rows))
    elif out is not None:
        with out.open("w", encoding="utf-8", newline="") as file:
            write_csv(file, names, map(astuple, rows))
    else:
        say("\t".join(names))
        for row in rows:
            say("\t".join(str(value) for value in astuple(row)))


# ---------------------------------------------------------------- what it came to


def report(
    context: typer.Context,
    plan: NameArgument,
    out: Annotated[
        Path | None, typer.Option(help="An HTML file to write, the same as the campaign's report page.")
    ] = None,
    language: Annotated[str, typer.Option(help="es or en; without it a file is in the company's first language.")] = "",
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help="Of its last rehearsal.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Who was reached by what, who was not and why, what it cost, what came back.

    Example: relevo campaign report mudanza-2027 --out report.html
    """
    from campaigns.report import Asked
    from campaigns.report import report as of_campaign
    from console.pages_report import report_file
    from records.types import Language

    if language and language not in tuple(Language):
        raise typer.BadParameter("write es or en", param_hint="--language")
    here: Context = context.obj
    with here.house() as house:
        said = Language(language or (house.settings.company.languages[0] if out is not None else Language.EN))
        asked = Asked(said, house.settings.prices.currency, house.clock.now())
        found = of_campaign(house.db, campaign_name(plan), asked, rehearsal=rehearsal)
        if out is not None:
            out.write_text(report_file(house, found, said), encoding="utf-8")
    if as_json:
        say_json(found)
    elif out is not None:
        say(f"the report is in {out}")
    else:
        _print(found)


def _print(found: "Report") -> None:
    say(f"{found.campaign}: {found.state}, applies on {found.effective_date}; counted {found.at:%Y-%m-%d %H:%M} UTC")
    say(f"  {found.people} people, {found.left_out} left out, {found.reached} reached{_paid(found.cost)}")
    for came in found.stages:
        people = ", ".join(f"{standing.value.replace('_', ' ')} {count}" for standing, count in came.people.items())
        say(f"{came.stage}: {people}{_paid(came.cost)}")
        for way in found.ways:
            if way.stage == came.stage:
                say(f"  {way.wave}, {way.channel}: {_nonzero(way.counts)}{_paid(way.cost)}")
    for sentence in found.advice:
        say(f"  {sentence}")
    for title, causes in (("not arrived", found.not_arrived), ("got nothing", found.got_nothing)):
        _print_causes(title, causes)
    _print_causes("left out", found.excluded)
    for wave in found.waves:
        say(f"{wave.name}: opened {wave.opened_at:%Y-%m-%d %H:%M} UTC, {wave.people} people")
        say(f"  since then: {_nonzero(wave.echo) or 'nothing came back'}")
        for one in wave.verdicts:
            say(f"  {one.at:%Y-%m-%d %H:%M} UTC {one.verdict}: {one.words}")
    if found.unopened:
        say(f"not open yet: {', '.join(found.unopened)}")


def _print_causes(title: str, causes: "Iterable[Cause]") -> None:
    for one in causes:
        where = ", ".join(part for part in (one.stage, one.channel) if part)
        say(f"{title}: {f'{where}: ' if where else ''}{one.words}: {one.count}")


def _nonzero(counts: "Counts | Echo") -> str:
    """What there is any of."""
    named = ((field.name.replace("_", " "), getattr(counts, field.name)) for field in fields(counts))
    return ", ".join(f"{name} {value}" for name, value in named if isinstance(value, int | float) and value)


def _paid(cost: Mapping[str, str]) -> str:
    return f"; cost {paid(cost)}" if cost else ""
