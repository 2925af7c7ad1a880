"""Commands for a campaign that has begun and was wrong: another day, a mended text."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_campaigns import PlanArgument
from console.cli_common import ByOption, Context, JsonOption, acting, say, say_json

if TYPE_CHECKING:
    from campaigns.revising import Revised

TemplateOption = Annotated[
    str, typer.Option(help="The text in templates/ that tells people; without it, a text of ours in both languages.")
]
WhyOption = Annotated[str, typer.Option("--reason", help="Why; kept in the campaign's history.")]


def register(app: typer.Typer) -> None:
    app.command()(reschedule)
    app.command()(correct)


def reschedule(
    context: typer.Context,
    plan: PlanArgument,
    by: ByOption,
    effective_date: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The new day, written into the plan; without it, the one that stands there."
        ),
    ] = None,
    template: TemplateOption = "",
    reason: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """The day of the change moves: once a second person approves, everyone who was told another day hears the new one first.

    Example: relevo campaign reschedule campaigns/x.yaml --effective-date 2027-04-15 --by m@b.example
    """
    from campaigns import revising
    from console.access import Permission, require

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.WRITE_CAMPAIGNS)
        asked = revising.Asked(account.email, house.clock.now(), reason)
        day = effective_date.date() if effective_date else None
        done = revising.reschedule(house.db, house.workspace, plan, asked, day=day, template=template)
    _show(done, plan, as_json=as_json)


def correct(
    context: typer.Context,
    plan: PlanArgument,
    of: Annotated[
        str, typer.Option("--of", help="The hash of the wrong content; `relevo campaign status` lists them.")
    ],
    by: ByOption,
    template: TemplateOption = "",
    reason: WhyOption = "",
    as_json: JsonOption = False,
) -> None:
    """A text was wrong: mend the files first. Once a second person approves, everyone who got the wrong text hears so first.

    Example: relevo campaign correct campaigns/x.yaml --of 1a2b3c4d --by m@b.example
    """
    from campaigns import revising
    from console.access import Permission, require

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.WRITE_CAMPAIGNS)
        asked = revising.Asked(account.email, house.clock.now(), reason)
        done = revising.correct(house.db, house.workspace, plan, of, asked, template=template)
    _show(done, plan, as_json=as_json)


def _show(done: "Revised", plan: object, *, as_json: bool) -> None:
    campaign = done.campaign
    if as_json:
        say_json({"campaign": campaign.name, "state": campaign.state, "changed": done.changed, "people": done.people})
    elif not done.changed:
        say(
            f"{campaign.name}: nothing changes, this holds or waits for approval already ({done.people} still to be told)"
        )
    else:
        say(
            f"{campaign.name} is submitted: {done.people} people will be told before anything else of it goes out. "
            f"A second person approves it with `relevo campaign approve {plan} --by EMAIL`"
        )
