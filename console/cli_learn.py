"""Commands about what may be learned from use: other ways to ask, proposed by what people did and approved by a person."""

from typing import Annotated

import typer

from console.cli_common import ByOption, Context, JsonOption, acting, say, say_json

learn_app = typer.Typer(
    help="Other ways to ask, learned from use once a person approves.", no_args_is_help=True, rich_markup_mode=None
)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The candidate, as `relevo learn list` names it.")]


@learn_app.command("list")
def listed(
    context: typer.Context,
    standing: Annotated[str, typer.Option(help="proposed, approved or rejected.")] = "proposed",
    as_json: JsonOption = False,
) -> None:
    """What waits for a decision, what most people said first. Example: relevo learn list --standing approved"""
    from console.cli_answers import one_of
    from records.store import candidates
    from records.store.candidates import Standing

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        found = candidates.listed(tx, one_of(Standing, standing, "--standing"))
    if as_json:
        say_json(found)
        return
    for one in found:
        origins = ", ".join(one.origins)
        say(f"{one.id}  {one.phrasing.source} {one.phrasing.path}  ({one.people}; {origins})  {one.phrasing.text}")
    if not found:
        say(f"nothing is {standing}")


@learn_app.command("approve")
def approve(context: typer.Context, candidate: IdArgument, by: ByOption) -> None:
    """Let the bot learn it; it answers by it within seconds. Example: relevo learn approve phr_x --by a@b.example"""
    _decide(context, candidate, "approved", by)


@learn_app.command("reject")
def reject(context: typer.Context, candidate: IdArgument, by: ByOption) -> None:
    """Do not learn it, or forget it again. Example: relevo learn reject phr_x --by a@b.example"""
    _decide(context, candidate, "rejected", by)


def _decide(context: typer.Context, candidate: str, word: str, by: str) -> None:
    from console.access import Permission, require
    from records.store import candidates, facts
    from records.store.candidates import Standing

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.TEACH)
        with house.db.write() as tx:
            phrasing = candidates.decide(tx, candidate, Standing(word), account.email)
            facts.record_act(tx, account.email, f"learn_{word}", candidate, house.clock.now())
    say(f"{word}: {phrasing.text!r} for {phrasing.source} {phrasing.path}")
