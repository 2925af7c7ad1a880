"""Commands about whom a campaign reached: how many, who not and why, whom to call."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_campaigns import NameArgument, campaign_name
from console.cli_common import Context, JsonOption, say, say_json

if TYPE_CHECKING:
    from campaigns.reach import ToCall
    from records.store.reach import Reached, Standing

StageOption = Annotated[str, typer.Option(help="Only this stage; without it, all of them.")]
OutOption = Annotated[Path | None, typer.Option(help="A CSV file to write; without it the list is printed.")]


def register(app: typer.Typer) -> None:
    app.command()(reach)
    app.command()(missed)


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
            cost = _cost(counts, spent[stage], currency)
            each = f", {cost['cost_per_person']} for each person reached" if "cost_per_person" in cost else ""
            say(f"  cost {cost['cost']} {currency}{each}")


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
        _write(rows, names, out)
    else:
        say("\t".join(names))
        for row in rows:
            say("\t".join(str(value) for value in astuple(row)))


def _write(rows: "Iterable[Reached | ToCall]", names: list[str], out: Path) -> None:
    import csv

    from subscribers.csv_text import escape

    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([escape(str(value)) for value in astuple(row)] for row in rows)
