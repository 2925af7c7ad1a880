"""Commands about campaigns: check, preview, submit, approve, stop, look, rehearse."""

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli_common import ByOption, Context, JsonOption, acting, plain, progress_bar, say, say_json
from console.written import paid

if TYPE_CHECKING:
    from campaigns.runner import CampaignStatus

campaign_app = typer.Typer(
    help="Announcements: check, preview, approve, stop, look.", no_args_is_help=True, rich_markup_mode=None
)


def _plan_file(context: typer.Context, plan: Path) -> Path:
    """The file itself, or the one of this name in the workspace's campaigns/."""
    here: Context = context.obj
    named = here.root / "campaigns" / f"{plan.name.removesuffix('.yaml')}.yaml"
    return named if not plan.exists() and named.exists() else plan


PlanArgument = Annotated[
    Path,
    typer.Argument(metavar="PLAN", help="The plan: its YAML file, or its name in campaigns/.", callback=_plan_file),
]
NameArgument = Annotated[str, typer.Argument(metavar="PLAN", help="The campaign's name, or its plan file.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept in the campaign's history.")]


def campaign_name(text: str) -> str:
    """The name of a campaign given by it or by its plan file."""
    from campaigns.plan import read_plan

    path = Path(text)
    return read_plan(path)[0].campaign if path.suffix in (".yaml", ".yml") else text


@campaign_app.command("schema")
def schema() -> None:
    """The schema of a plan, as JSON. Example: relevo campaign schema"""
    from campaigns.plan import schema as of_plan

    say_json(of_plan())


@campaign_app.command("check")
def check(context: typer.Context, plan: PlanArgument, as_json: JsonOption = False) -> None:
    """What is wrong or worth a look, before anybody gets anything. Example: relevo campaign check campaigns/x.yaml"""
    from campaigns import checks, runner
    from records.types import Language

    here: Context = context.obj
    with here.house() as house:
        findings = runner.check(house.db, house.workspace, plan, house.clock.now())
    if as_json:
        say_json(
            [
                {"severity": one.severity, "where": one.where, "what": one.what(Language.EN), "do": one.do(Language.EN)}
                for one in findings
            ]
        )
    else:
        for one in findings:
            say(f"{one.severity:8} {one.where}: {one.what(Language.EN)} {one.do(Language.EN)}")
        say("nothing stands in its way" if not checks.refused(findings) else "it cannot be submitted like this")
    if checks.refused(findings):
        raise typer.Exit(1)


@campaign_app.command("preview")
def preview(
    context: typer.Context,
    plan: PlanArgument,
    subscriber: Annotated[str, typer.Option("--for", help="The subscriber, by external id.")],
    as_json: JsonOption = False,
) -> None:
    """Every message as one person would get it. Example: relevo campaign preview campaigns/x.yaml --for F-0001"""
    from campaigns import runner
    from records.content import MailMessage

    here: Context = context.obj
    with here.house() as house:
        shown = runner.preview(house.db, house.workspace, plan, subscriber, house.clock.now())
    if as_json:
        say_json(shown)
        return
    for one in shown:
        if one.content is None:
            say(f"== {one.stage}: nothing ({one.why_not})\n")
            continue
        say(
            f"== {one.stage}: {one.channel}, due {one.due:%Y-%m-%d %H:%M} UTC"
            if one.due
            else f"== {one.stage}: {one.channel}"
        )
        if isinstance(one.content, MailMessage):
            say(f"Subject: {one.content.subject}")
        say(one.content.text + "\n")


@campaign_app.command("rehearse")
def rehearse(context: typer.Context, plan: PlanArgument, by: ByOption, as_json: JsonOption = False) -> None:
    """The whole calendar in one go, on sandbox channels; read it in the outbox.

    Example: relevo campaign rehearse campaigns/x.yaml --by a@b.example
    """
    from console.access import Permission, require
    from console.wiring import rehearse as run

    here: Context = context.obj
    with here.house() as house, progress_bar("rehearse") as progress:
        account = acting(house, by)
        require(account, Permission.WRITE_CAMPAIGNS)
        done = run(house, plan, account.email, lambda now: progress(0, 0, f"{now:%Y-%m-%d}"))
    if as_json:
        say_json(done)
    else:
        say(
            f"{done.began:%Y-%m-%d} to {done.ended:%Y-%m-%d}: {done.drained.sent} sent, {done.drained.suppressed} held back"
        )
        _show(done.status)


@campaign_app.command("submit")
def submit(context: typer.Context, plan: PlanArgument, by: ByOption) -> None:
    """Hand a plan in for a second person's approval. Example: relevo campaign submit campaigns/x.yaml --by m@b.example"""
    from campaigns import runner
    from console.access import Permission, require

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.WRITE_CAMPAIGNS)
        campaign = runner.submit(house.db, house.workspace, plan, account.email, house.clock.now())
    say(f"{campaign.name} is submitted; a second person approves it with `relevo campaign approve {plan} --by EMAIL`")


@campaign_app.command("approve")
def approve(context: typer.Context, plan: PlanArgument, by: ByOption) -> None:
    """A second person's yes, for exactly this content. Example: relevo campaign approve campaigns/x.yaml --by p@b.example"""
    from campaigns import runner
    from console.access import Permission, require

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.JUDGE_CAMPAIGNS)
        campaign = runner.approve(house.db, house.workspace, plan, account.email, house.clock.now())
    say(f"{campaign.name} is approved")


@campaign_app.command("reject")
def reject(context: typer.Context, plan: NameArgument, by: ByOption, reason: ReasonOption) -> None:
    """A second person's no. Example: relevo campaign reject NAME --by p@b.example --reason "wrong date\""""
    _act(context, "reject", plan, by, reason)


@campaign_app.command("pause")
def pause(context: typer.Context, plan: NameArgument, by: ByOption, reason: ReasonOption) -> None:
    """Nothing more of it leaves. Example: relevo campaign pause NAME --by m@b.example --reason "typo\""""
    _act(context, "pause", plan, by, reason)


@campaign_app.command("resume")
def resume(context: typer.Context, plan: NameArgument, by: ByOption, reason: ReasonOption) -> None:
    """Go on after a pause. Example: relevo campaign resume NAME --by m@b.example --reason "looked at it\""""
    _act(context, "resume", plan, by, reason)


@campaign_app.command("go-on")
def go_on(context: typer.Context, plan: NameArgument, by: ByOption, reason: ReasonOption) -> None:
    """Yes to the next wave where too few messages were sent to judge the last one.

    Example: relevo campaign go-on NAME --by m@b.example --reason "looked at the numbers"
    """
    _act(context, "go-on", plan, by, reason)


@campaign_app.command("retry")
def retry(context: typer.Context, plan: NameArgument, by: ByOption, reason: ReasonOption) -> None:
    """Try again what failed in passing: a vendor that was down, a full mailbox, our own account. Never what may have left.

    Example: relevo campaign retry NAME --by m@b.example --reason "the mail server is back"
    """
    _act(context, "retry", plan, by, reason)


@campaign_app.command("cancel")
def cancel(context: typer.Context, plan: NameArgument, by: ByOption, reason: ReasonOption = "") -> None:
    """Nothing of it will ever leave again. Example: relevo campaign cancel NAME --by m@b.example"""
    _act(context, "cancel", plan, by, reason)


def _act(context: typer.Context, act: str, plan: str, by: str, reason: str) -> None:
    from campaigns import runner
    from console.access import Permission, require

    acts = {
        "reject": (runner.reject, Permission.JUDGE_CAMPAIGNS),
        "pause": (runner.pause, Permission.STOP_CAMPAIGNS),
        "resume": (runner.resume, Permission.STOP_CAMPAIGNS),
        "go-on": (runner.go_on, Permission.STOP_CAMPAIGNS),
        "retry": (runner.retry, Permission.STOP_CAMPAIGNS),
        "cancel": (runner.cancel, Permission.STOP_CAMPAIGNS),
    }
    do, permission = acts[act]
    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, permission)
        campaign = do(house.db, campaign_name(plan), account.email, reason, house.clock.now())
    say(f"{campaign.name} is {campaign.state}")


@campaign_app.command("status")
def status(
    context: typer.Context,
    plan: NameArgument,
    rehearsal: Annotated[bool, typer.Option("--rehearsal", help="Of its last rehearsal.")] = False,
    as_json: JsonOption = False,
) -> None:
    """How it stands, counted from rows. Example: relevo campaign status mudanza-2027"""
    from campaigns import runner
    from campaigns.reach import cost_so_far

    here: Context = context.obj
    with here.house() as house:
        found = runner.status(house.db, campaign_name(plan), rehearsal=rehearsal)
        waiting = runner.waiting(house.db, house.settings, found.id, house.clock.now())
        cost = {} if rehearsal else cost_so_far(house.db, found.name, house.settings.prices.currency)
    if as_json:
        say_json(plain(found) | cost)
        return
    _show(found, waiting)
    if cost:
        say(f"  cost so far {paid(cost)}")


def _show(found: "CampaignStatus", waiting: tuple[str, ...] = ()) -> None:
    from campaigns.reasons import say_reason
    from records.types import Language

    say(f"{found.name}: {found.state} (by {found.author}, approved by {found.approver or 'nobody yet'})")
    for wave in found.waves:
        opened = f"opened {wave.opened_at:%Y-%m-%d %H:%M} UTC, {wave.size} people" if wave.opened_at else "not open yet"
        say(f"  {wave.name}: {opened}")
        if wave.verdict:
            say(f"    {wave.verdict.verdict}: {wave.verdict.why} ({wave.verdict.at:%Y-%m-%d %H:%M} UTC)")
        for (stage, state), count in wave.rows.items():
            say(f"    {stage:16} {state:12} {count}")
    for line in waiting:
        say(f"  {line}")
    _show_revisions(found)
    for title, counts in (("left out", found.excluded), ("got nothing", found.outcomes)):
        for where, count in counts.items():
            stage, reason = where if isinstance(where, tuple) else ("", where)
            say(f"  {title}: {f'{stage}: ' if stage else ''}{say_reason(reason, Language.EN)}: {count}")


def _show_revisions(found: "CampaignStatus") -> None:
    for one in found.revisions:
        got = f"{one.people} people got it" if one.people else "nobody got it"
        held = f"{one.effective_date}, by {one.author}, approved by {one.approver}"
        name = f"revision {one.revision}" if len(found.revisions) > 1 else "content"
        say(f"  {name} {one.content_hash}: {held}: {got}{f' ({one.why})' if one.why else ''}")


@campaign_app.command("test-send")
def test_send(
    context: typer.Context,
    plan: PlanArgument,
    stage: Annotated[str, typer.Option(help="The stage whose message is sent.")],
    subscriber: Annotated[str, typer.Option("--for", help="As this subscriber would get it.")],
    to: Annotated[str, typer.Option(help="The address of a colleague, on that subscriber's channel.")],
    by: ByOption,
) -> None:
    """One message to a colleague's own address; its links open nothing.

    Example: relevo campaign test-send campaigns/x.yaml --stage anuncio --for F-0001 --to me@b.example --by m@b.example
    """
    from campaigns import runner
    from console.access import Permission, require

    here: Context = context.obj
    with here.house() as house:
        account = acting(house, by)
        require(account, Permission.WRITE_CAMPAIGNS)
        now = house.clock.now()
        sent = runner.test_send(house.db, house.workspace, plan, subscriber, stage, to, account.email, now)
    say(f"{sent.stage} is on its way over {sent.channel}; a running worker sends it within a second")


@campaign_app.command("export")
def export(
    context: typer.Context,
    plan: NameArgument,
    out: Annotated[Path, typer.Option(help="Where the CSV goes.")],
) -> None:
    """Who got what, who did not, and why, as CSV. Example: relevo campaign export mudanza-2027 --out who.csv"""
    from campaigns import runner
    from campaigns.reasons import say_reason
    from console.sheets import write_csv

    here: Context = context.obj
    with here.house() as house, out.open("w", encoding="utf-8", newline="") as file:
        name, language = campaign_name(plan), house.settings.company.languages[0]
        written = (
            (
                line.subscriber_id,
                line.stage,
                line.channel,
                line.state,
                line.delivery,
                line.reason,
                line.at.isoformat(),
                say_reason(line.reason, language) if line.reason else "",
            )
            for line in runner.lines(house.db, name)
        )
        left_out = (
            (person, "", "", "left out", "", why, "", say_reason(why, language))
            for person, why in runner.left_out(house.db, name)
        )
        heads = ("subscriber", "stage", "channel", "state", "delivery", "reason", "at", "why")
        write_csv(file, heads, chain(written, left_out))
