"""Commands about what may be learned from use: other ways to ask, proposed by what people did and approved by a person."""

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_common import ByOption, Context, JsonOption, acting, say, say_json

if TYPE_CHECKING:
    from console.wiring import House
    from knowledge.own_log import OwnLog

learn_app = typer.Typer(
    help="Other ways to ask, learned from use once a person approves.", no_args_is_help=True, rich_markup_mode=None
)

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="As `relevo learn list` or `relevo learn entries` names it.")
]


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


@learn_app.command("entries")
def entries(
    context: typer.Context,
    approved: Annotated[bool, typer.Option("--approved", help="Those the bot answers with.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Answers your team wrote that no entry had: those that wait, or answer. Example: relevo learn entries --approved"""
    from records.store import own_entries

    here: Context = context.obj
    with here.house() as house, house.db.read() as tx:
        found = own_entries.approved(tx) if approved else own_entries.proposed(tx)
    if as_json:
        say_json(found)
        return
    for one in found:
        say(f"{one.id}  ({one.written.language.value})  {one.written.question}\n    {one.written.answer}")
    if not found:
        say("no answers of your team")


@learn_app.command("export")
def export(context: typer.Context, by: ByOption) -> None:
    """Write your team's approved answers into content/faq. Example: relevo learn export --by a@b.example"""
    from console.access import Permission, require
    from console.exporting import export as write
    from console.exporting import files_of
    from records.store import facts

    here: Context = context.obj
    with here.house() as house:
        account, now = acting(house, by), house.clock.now()
        require(account, Permission.TEACH)
        made = write(house.db, house.workspace.content, now)
        with house.db.write() as tx:
            facts.record_act(tx, account.email, "learn_export", "", now, entries=len(made.written))
    for name in files_of(made.written):
        say(f"content/{name}: {sum(one.source == name for one in made.written)} written; run `relevo ingest`")
    for one in made.unlike:
        say(
            f"{one.id}: would read otherwise in a file (a heading, a quote or markup in it); write it by hand and reject it"
        )
    if not made.written and not made.unlike:
        say("nothing to write: every approved answer of your team is in the documents")
    if made.unlike:
        raise typer.Exit(1)


@learn_app.command("approve")
def approve(context: typer.Context, candidate: IdArgument, by: ByOption) -> None:
    """Let the bot learn it; it answers by it within seconds. Example: relevo learn approve phr_x --by a@b.example"""
    _decide(context, candidate, "approved", by)


@learn_app.command("reject")
def reject(context: typer.Context, candidate: IdArgument, by: ByOption) -> None:
    """Do not learn it, or forget it again. Example: relevo learn reject phr_x --by a@b.example"""
    _decide(context, candidate, "rejected", by)


@learn_app.command("fit")
def fit(context: typer.Context, by: ByOption) -> None:
    """Fit when to answer outright on this workspace's own questions. Example: relevo learn fit --by a@b.example"""
    from bot.learning import asks_alone
    from console.access import Permission, require
    from knowledge.library import OWN_LOG
    from knowledge.own_log import fit_own, judge
    from records.store import facts, labels

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.TEACH)
        with house.db.read() as tx:
            told = [one for one in labels.all_of(tx) if asks_alone(one.text)]
        until = max((one.at for one in told), default=house.clock.now())
        own = fit_own(judge(told, house.library.as_ingested), house.settings.wrong_answers, until)
        with house.db.write() as tx:
            facts.write(tx, OWN_LOG, own.to_json())
            facts.record_act(tx, account.email, "learn_fit", "", house.clock.now(), questions=own.questions)
        say(_claim(own))


@learn_app.command("claim")
def claim(context: typer.Context) -> None:
    """Whose thresholds count now, and what they were measured on. Example: relevo learn claim"""
    here: Context = context.obj
    with here.house() as house:
        own = house.library.own_log()
    say(_claim(own) if own else "the shipped thresholds; `relevo learn fit` fits them on your own questions")


@learn_app.command("reset")
def reset(context: typer.Context, by: ByOption) -> None:
    """Go back to the shipped thresholds. Example: relevo learn reset --by a@b.example"""
    from console.access import Permission, require
    from knowledge.library import OWN_LOG
    from records.store import facts

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.TEACH)
        with house.db.write() as tx:
            facts.forget(tx, OWN_LOG)
            facts.record_act(tx, account.email, "learn_reset", "", house.clock.now())
    say("the shipped thresholds count again")


def _claim(own: "OwnLog") -> str:
    from knowledge.confidence import nearest_below

    return (
        f"{own.wrong:.1%} wrong and {own.answered:.1%} answered outright, measured on {own.questions} labelled questions "
        f"of yours until {own.until:%Y-%m-%d}, each half by the other's thresholds; bound {own.bound:.1%}, answered "
        f"from a chance of {nearest_below(own.certain, own.bound):.2f}"
    )


def _decide(context: typer.Context, candidate: str, word: str, by: str) -> None:
    from console.access import Permission, require
    from records.store import candidates, facts
    from records.store.candidates import Standing

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.TEACH)
        if candidate.startswith("ent_"):
            _decide_entry(house, candidate, word, account.email)
            return
        with house.db.write() as tx:
            phrasing = candidates.decide(tx, candidate, Standing(word), account.email)
            facts.record_act(tx, account.email, f"learn_{word}", candidate, house.clock.now())
    say(f"{word}: {phrasing.text!r} for {phrasing.source} {phrasing.path}")


def _decide_entry(house: "House", entry: str, word: str, by: str) -> None:
    from records.store import facts, own_entries

    now = house.clock.now()
    with house.db.write() as tx:
        if word == "approved":
            own_entries.approve(tx, entry, by, now)
        else:
            own_entries.dismiss(tx, entry)
        facts.record_act(tx, by, f"learn_entry_{word}", entry, now)
    say(f"{word}: {entry}")
